"""Cancelling an order and placing another one in its stead (spec ``v2-trading`` §4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import attrs

from rxkraken.sim.engine.entering import reserve
from rxkraken.sim.engine.outcomes import Edited
from rxkraken.sim.engine.outlook import crosses
from rxkraken.sim.engine.placing import checked
from rxkraken.sim.engine.reacting import concluded
from rxkraken.sim.engine.refusals import POST_ONLY, Refused, invalid_arguments, refuse_if
from rxkraken.sim.engine.reports import REPLACED
from rxkraken.sim.engine.requests import TRIGGERED, ByOrderId
from rxkraken.sim.engine.rules import charged
from rxkraken.sim.engine.timers import take_on
from rxkraken.sim.engine.validation import check_elapsed

if TYPE_CHECKING:
    from rxkraken.sim.engine.events import Event
    from rxkraken.sim.engine.grid import Grid
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Edit, OrderRequest

_Value = TypeVar("_Value")


def edit(
    office: Office, account: str, order_id: str, change: Edit, now_ns: int, *, validate: bool
) -> Edited:
    """Replace an open order, or only check whether it could be.

    Raises:
        Refused: with the exchange's text; the old order is as it was.
    """
    old = office.dossier(account).only(ByOrderId(order_id))
    desk = office.desks[old.request.symbol]
    limited = None if validate else charged(office, "edit", old, now_ns)
    request = _replacement(old, change, desk.grid)
    ticket = checked(office, old.account, request, now_ns)
    ticket.parent_id = old.order_id
    if validate:
        return Edited("", order_id, [])
    refuse_if(limited)
    check_elapsed(change.deadline_ns, now_ns)
    reserve(desk, ticket, freed=old.held if old.held_asset == ticket.held_asset else 0)
    if office.post_only_refuses and request.post_only and crosses(desk.engine.book, ticket):
        desk.clearing.release(ticket)
        raise Refused(POST_ONLY)
    events: list[Event] = []
    desk.finish(old, "canceled", REPLACED, now_ns, events)
    take_on(desk, ticket, now_ns, events)
    return Edited(ticket.order_id, order_id, concluded(desk, events, now_ns))


def _replacement(old: Ticket, change: Edit, grid: Grid) -> OrderRequest:
    """The request of the new order.

    Its quantity is the new total less what the old order has executed: those fills stay with the
    old one. Whether the difference is large enough is checked like that of any other order.

    Raises:
        Refused: the order cannot be edited, or has executed more than the new quantity.
    """
    request = old.request
    if request.conditional is not None or request.order_type in TRIGGERED:
        raise invalid_arguments("ordertype")
    if request.client_id is not None:
        raise invalid_arguments("cl_ord_id")
    if change.symbol != request.symbol:
        raise invalid_arguments("pair")
    if change.trigger is not None:
        raise invalid_arguments("trigger price")
    wanted = change.quantity if change.quantity is not None else request.quantity
    if wanted is None:
        raise invalid_arguments("volume")
    lots = grid.lots(wanted) - old.filled
    if lots <= 0:
        raise invalid_arguments("volume")
    return attrs.evolve(
        request,
        quantity=Decimal(lots).scaleb(-grid.quantity_decimals),
        limit_price=_first(change.limit_price, request.limit_price),
        display=_first(change.display, request.display),
        fee_in=_first(change.fee_in, request.fee_in),
        post_only=bool(change.post_only),
        reduce_only=change.reduce_only,
        reference=_first(change.reference, request.reference),
        deadline_ns=change.deadline_ns,
    )


def _first(new: _Value | None, old: _Value) -> _Value:
    return old if new is None else new
