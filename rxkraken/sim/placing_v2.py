"""Trading methods that add and change orders (spec ``v2-trading`` §2, §3, §4 and §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim import orders_v2
from rxkraken.sim.engine import ByClientId, ByOrderId, Refused
from rxkraken.sim.order_fields_v2 import (
    ADD_FIELDS,
    AMEND_FIELDS,
    EDIT_FIELDS,
    ORDER_FIELDS,
    refuse_wrong_types,
)
from rxkraken.sim.outcomes_v2 import Method, Outcome
from rxkraken.sim.parameters_v2 import Parameters
from rxkraken.sim.requests_v2 import Objection, refuse_unknown

if TYPE_CHECKING:
    from rxkraken.sim.clientele import Clientele
    from rxkraken.sim.engine import Placed, Selector

    Given = dict[str, Any]

_BATCH_FIELDS = frozenset({"symbol", "orders", "deadline", "validate", "token"})
_ORDERS_OF_A_BATCH = range(2, 16)


# -- add ------------------------------------------------------------------------------------------


def _check_add(given: Given) -> None:
    refuse_unknown(given, ADD_FIELDS, "add_order")
    params = Parameters(given)
    params.required_text("symbol")
    params.text("deadline")
    params.flag("validate")
    refuse_wrong_types(given, "add_order")


def _add(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    params = Parameters(given)
    symbol = clientele.tradable(params.required_text("symbol"))
    request = orders_v2.new_order(given, symbol, orders_v2.deadline(params, now_ns), now_ns)
    validate = params.flag("validate")
    placed = clientele.venue.add(account, request, now_ns=now_ns, validate=validate)
    result = {"order_id": placed.order_id} | _echo(given)
    return Outcome([_warned(result, given)], placed.happenings)


def _check_batch_add(given: Given) -> None:
    refuse_unknown(given, _BATCH_FIELDS, "batch_add")
    params = Parameters(given)
    params.required_text("symbol")
    params.text("deadline")
    params.flag("validate")
    orders = params.objects("orders")
    if not orders:
        raise Objection("Orders(s) not found")
    for order in orders:
        refuse_unknown(order, ORDER_FIELDS, "batch_add")
        refuse_wrong_types(order, "batch_add")


def _batch_add(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    params = Parameters(given)
    symbol = clientele.tradable(params.required_text("symbol"))
    deadline_ns = orders_v2.deadline(params, now_ns)
    orders = params.objects("orders")
    if len(orders) not in _ORDERS_OF_A_BATCH:
        raise Refused("EGeneral:Invalid arguments:orders")
    requests = [orders_v2.new_order(order, symbol, deadline_ns, now_ns) for order in orders]
    validate = params.flag("validate")
    placed = clientele.venue.add_batch(account, requests, now_ns=now_ns, validate=validate)
    rows = [_row(row, order) for row, order in zip(placed.rows, orders, strict=True)]
    return Outcome([rows], placed.happenings)


def _row(row: Placed | Refused, given: Given) -> dict[str, Any]:
    if isinstance(row, Refused):
        return {"error": row.text}
    result = {"order_id": row.order_id} if row.order_id else {}
    return _warned(result | _echo(given), given)


def _echo(given: Given) -> dict[str, Any]:
    names = ("cl_ord_id", "order_userref")
    return {name: given[name] for name in names if given.get(name) is not None}


def _warned(result: dict[str, Any], given: Given) -> dict[str, Any]:
    warnings = orders_v2.warnings(given)
    return result | ({"warnings": warnings} if warnings else {})


# -- change ---------------------------------------------------------------------------------------


def _check_amend(given: Given) -> None:
    refuse_unknown(given, AMEND_FIELDS, "amend_order")
    params = Parameters(given)
    for name in ("order_qty", "display_qty", "limit_price", "trigger_price"):
        params.number(name)
    for name in ("order_id", "cl_ord_id", "limit_price_type", "trigger_price_type", "symbol"):
        params.text(name)
    params.text("deadline")
    params.flag("post_only")
    if "order_id" not in params and "cl_ord_id" not in params:
        raise Objection("Order_id(s) not found")


def _amend(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    params = Parameters(given)
    order_id, client_id = params.text("order_id"), params.text("cl_ord_id")
    if order_id is not None and client_id is not None:
        raise Refused("EGeneral:Invalid arguments:order_id and cl_ord_id are exclusive")
    if order_id is not None:
        selector: Selector = ByOrderId(order_id)
        named = {"order_id": order_id}
    else:
        selector = ByClientId(client_id or "")
        named = {"cl_ord_id": client_id or ""}
    change = orders_v2.amendment(given, now_ns)
    amended = clientele.venue.amend(account, selector, change, now_ns=now_ns)
    return Outcome([{"amend_id": amended.amend_id} | named], amended.happenings)


def _check_edit(given: Given) -> None:
    refuse_unknown(given, EDIT_FIELDS, "edit_order")
    params = Parameters(given)
    params.required_text("order_id")
    params.required_text("symbol")
    for name in ("order_qty", "limit_price", "display_qty", "price", "stop_price"):
        params.number(name)
    for name in ("post_only", "reduce_only", "validate", "no_mpp"):
        params.flag(name)
    for name in ("fee_preference", "trigger", "deadline"):
        params.text(name)
    params.integer("order_userref")
    trigger = params.object("triggers")
    if trigger is not None:
        trigger.number("price")


def _edit(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    params = Parameters(given)
    clientele.tradable(params.required_text("symbol"))
    edited = clientele.venue.edit(
        account,
        params.required_text("order_id"),
        orders_v2.edit(given, now_ns),
        now_ns=now_ns,
        validate=params.flag("validate"),
    )
    result = {"order_id": edited.order_id, "original_order_id": edited.original_order_id}
    return Outcome([_warned(result, given)], edited.happenings)


METHODS = {
    "add_order": Method(_check_add, _add, "modify_orders"),
    "batch_add": Method(_check_batch_add, _batch_add, "modify_orders"),
    "amend_order": Method(_check_amend, _amend, "modify_orders"),
    "edit_order": Method(_check_edit, _edit, "modify_orders"),
}
