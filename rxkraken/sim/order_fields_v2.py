"""Fields of orders as v2 writes them, and the judgement of their types (spec ``v2-trading`` §2)."""

from __future__ import annotations

from typing import Any

from rxkraken.sim.engine.requests import LIMIT_PRICED, TRIGGERED
from rxkraken.sim.parameters_v2 import Parameters
from rxkraken.sim.requests_v2 import Objection, refuse_unknown

_COMMON = frozenset({"token", "symbol", "deadline", "validate"})
ORDER_FIELDS = frozenset(
    {
        "order_type",
        "side",
        "order_qty",
        "cash_order_qty",
        "limit_price",
        "limit_price_type",
        "triggers",
        "time_in_force",
        "expire_time",
        "effective_time",
        "margin",
        "reduce_only",
        "post_only",
        "cl_ord_id",
        "order_userref",
        "conditional",
        "display_qty",
        "fee_preference",
        "stp_type",
        "sender_sub_id",
        "no_mpp",
        "stop_price",
        "trigger",
    }
)
ADD_FIELDS = ORDER_FIELDS | _COMMON
AMEND_FIELDS = frozenset(
    {
        "order_id",
        "cl_ord_id",
        "order_qty",
        "display_qty",
        "limit_price",
        "limit_price_type",
        "post_only",
        "trigger_price",
        "trigger_price_type",
        "deadline",
        "symbol",
        "token",
    }
)
EDIT_FIELDS = _COMMON | {
    "order_id",
    "order_qty",
    "limit_price",
    "display_qty",
    "triggers",
    "fee_preference",
    "post_only",
    "reduce_only",
    "order_userref",
    "no_mpp",
    "price",
    "trigger",
    "stop_price",
}
_NUMBERS = ("order_qty", "cash_order_qty", "limit_price", "display_qty", "stop_price")
_FLAGS = ("margin", "reduce_only", "post_only", "no_mpp")
_TEXTS = (
    "cl_ord_id",
    "sender_sub_id",
    "trigger",
    "stp_type",
    "fee_preference",
    "time_in_force",
    "expire_time",
    "effective_time",
    "limit_price_type",
)
_TRIGGER_FIELDS = frozenset({"reference", "price", "price_type"})
_CONDITIONAL_FIELDS = frozenset(
    {
        "order_type",
        "limit_price",
        "limit_price_type",
        "trigger_price",
        "trigger_price_type",
        "stop_price",
    }
)


def refuse_wrong_types(given: dict[str, Any], method: str) -> None:
    """Judge the fields of one order before anybody asks who sends it.

    Raises:
        Objection: a field has the wrong type, or one is missing.
    """
    params = Parameters(given)
    kind = params.required_text("order_type")
    params.required_text("side")
    for read, names in (
        (params.number, _NUMBERS),
        (params.integer, ("order_userref",)),
        (params.flag, _FLAGS),
        (params.text, _TEXTS),
    ):
        for name in names:
            read(name)
    for name, known in (("triggers", _TRIGGER_FIELDS), ("conditional", _CONDITIONAL_FIELDS)):
        inner = params.object(name)
        if inner is not None:
            refuse_unknown(given[name], known, method)
            for number in ("price", "limit_price", "trigger_price", "stop_price"):
                inner.number(number)
    _refuse_missing(params, kind)


def _refuse_missing(params: Parameters, kind: str) -> None:
    trigger = params.object("triggers")
    untriggered = "stop_price" not in params and (trigger is None or "price" not in trigger)
    if kind in LIMIT_PRICED and "limit_price" not in params:
        raise Objection("Price(s) not found")
    if kind in TRIGGERED and untriggered:
        raise Objection("Price(s) not found")
    if "order_qty" not in params and "cash_order_qty" not in params:
        raise Objection("Order_qty(s) not found")
