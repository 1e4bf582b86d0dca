"""Orders and changes of orders as v2 writes them, read into requests to the venue.

Spec ``v2-trading`` §2, §3, §4 and §8. Types are judged here, meaning by the venue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim.engine import Amendment, Conditional, Edit, OrderRequest, Refused, Trigger
from rxkraken.sim.engine.requests import CONDITIONAL_TYPES, ORDER_TYPES
from rxkraken.sim.parameters_v2 import Parameters

if TYPE_CHECKING:
    from rxkraken.sim.engine.requests import PriceType

_SIDES = frozenset({"buy", "sell"})
_PRICE_TYPES = frozenset({"static", "pct", "quote"})
_REFERENCES = frozenset({"last", "index"})
_TIMES = frozenset({"gtc", "gtd", "ioc", "fok"})
_PREVENTIONS = frozenset({"cancel_newest", "cancel_oldest", "cancel_both"})
_CURRENCIES = frozenset({"quote", "base"})
_REPLACED = {
    "no_mpp": "no_mpp is deprecated",
    "stop_price": "stop_price is deprecated, use triggers.price",
    "trigger": "trigger is deprecated, use triggers.reference",
    "price": "price is deprecated, use limit_price",
}
_SECOND_NS = 1_000_000_000
_USUAL_DEADLINE_NS = 5 * _SECOND_NS
_LATEST_DEADLINE_NS = 60 * _SECOND_NS
_LATEST_EXPIRY_NS = 31 * 86_400 * _SECOND_NS


def warnings(given: dict[str, Any]) -> list[str]:
    """One sentence for each deprecated field."""
    return [sentence for name, sentence in _REPLACED.items() if name in given]


def deadline(params: Parameters, now_ns: int) -> int:
    """Until when the order may match.

    Raises:
        Refused: it is more than a minute away.
    """
    moment = params.moment("deadline")
    if moment is None:
        return now_ns + _USUAL_DEADLINE_NS
    if moment - now_ns > _LATEST_DEADLINE_NS:
        raise Refused("EGeneral:Invalid arguments:deadline")
    return moment


def new_order(given: dict[str, Any], symbol: str, deadline_ns: int, now_ns: int) -> OrderRequest:
    """Read one order whose types are right.

    Raises:
        Refused: a word or a time makes no sense.
    """
    params = Parameters(given)
    expires_ns = params.moment("expire_time")
    if expires_ns is not None and expires_ns - now_ns > _LATEST_EXPIRY_NS:
        raise Refused("EGeneral:Invalid arguments:expire_time")
    return OrderRequest(
        symbol=symbol,
        side=params.word("side", _SIDES),
        order_type=params.word("order_type", ORDER_TYPES),
        quantity=params.number("order_qty"),
        cash=params.number("cash_order_qty"),
        limit_price=params.number("limit_price"),
        limit_price_type=params.word("limit_price_type", _PRICE_TYPES),
        trigger=_trigger(params),
        display=params.number("display_qty"),
        time_in_force=params.word("time_in_force", _TIMES) or "gtc",
        starts_ns=params.moment("effective_time"),
        expires_ns=expires_ns,
        deadline_ns=deadline_ns,
        post_only=params.flag("post_only"),
        reduce_only=params.flag("reduce_only"),
        margin=params.flag("margin"),
        # The page on orders says "base" for sells, but every sample and capture has "quote".
        fee_in=params.word("fee_preference", _CURRENCIES) or "quote",
        self_trade=params.word("stp_type", _PREVENTIONS) or "cancel_newest",
        client_id=params.text("cl_ord_id"),
        reference=params.integer("order_userref"),
        trader_id=params.text("sender_sub_id"),
        conditional=_conditional(params),
    )


def amendment(given: dict[str, Any], now_ns: int) -> Amendment:
    """Read the changes of ``amend_order``."""
    params = Parameters(given)
    return Amendment(
        quantity=params.number("order_qty"),
        display=params.number("display_qty"),
        limit_price=params.number("limit_price"),
        limit_price_type=params.word("limit_price_type", _PRICE_TYPES),
        trigger_price=params.number("trigger_price"),
        trigger_price_type=params.word("trigger_price_type", _PRICE_TYPES),
        post_only=params.flag("post_only"),
        deadline_ns=deadline(params, now_ns),
    )


def edit(given: dict[str, Any], now_ns: int) -> Edit:
    """Read the changes of ``edit_order``."""
    params = Parameters(given)
    limit = params.number("limit_price")
    return Edit(
        symbol=params.required_text("symbol"),
        quantity=params.number("order_qty"),
        limit_price=params.number("price") if limit is None else limit,
        display=params.number("display_qty"),
        trigger=_trigger(params),
        fee_in=params.word("fee_preference", _CURRENCIES),
        post_only=params.flag("post_only") if "post_only" in params else None,
        reduce_only=params.flag("reduce_only"),
        reference=params.integer("order_userref"),
        deadline_ns=deadline(params, now_ns),
    )


def _trigger(params: Parameters) -> Trigger | None:
    inner = params.object("triggers")
    if inner is not None and (price := inner.number("price")) is not None:
        return Trigger(
            price=price,
            price_type=inner.word("price_type", _PRICE_TYPES) or "static",
            reference=inner.word("reference", _REFERENCES) or "last",
        )
    stop = params.number("stop_price")
    if stop is None:
        return None
    return Trigger(price=stop, reference=params.word("trigger", _REFERENCES) or "last")


def _conditional(params: Parameters) -> Conditional | None:
    inner = params.object("conditional")
    if inner is None:
        return None
    kind = inner.word("order_type", CONDITIONAL_TYPES)
    if kind is None:
        raise Refused("EGeneral:Invalid arguments:conditional")
    trigger = inner.number("trigger_price")
    return Conditional(
        order_type=kind,
        limit_price=inner.number("limit_price"),
        limit_price_type=inner.word("limit_price_type", _PRICE_TYPES),
        trigger_price=inner.number("stop_price") if trigger is None else trigger,
        trigger_price_type=_price_type(inner),
    )


def _price_type(inner: Parameters) -> PriceType:
    name: PriceType | None = inner.word("trigger_price_type", _PRICE_TYPES)
    return name or "static"
