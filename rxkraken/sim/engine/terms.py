"""What of an order can be amended, and what it is after a change (spec ``v2-trading`` §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from rxkraken.sim.engine.drafting import check_display, limit_price
from rxkraken.sim.engine.refusals import ORDER_MINIMUM, Refused, invalid_arguments
from rxkraken.sim.engine.requests import LIMIT_PRICED, TRAILING, Amendment, OrderRequest, Trigger
from rxkraken.sim.engine.triggers import level_of

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.orders import Ticket, TriggerState


@attrs.frozen
class Terms:
    """The part of an order that amendments change."""

    request: OrderRequest
    quantity: int | None
    display: int | None
    limit_price: int | None
    trigger: TriggerState | None
    budget: int

    @staticmethod
    def of(ticket: Ticket) -> Terms:
        """The terms as they are."""
        return Terms(
            ticket.request,
            ticket.quantity,
            ticket.display,
            ticket.limit_price,
            ticket.trigger,
            ticket.budget,
        )

    def put_into(self, ticket: Ticket) -> None:
        """Let an order have these terms."""
        ticket.request, ticket.quantity = self.request, self.quantity
        ticket.display, ticket.limit_price = self.display, self.limit_price
        ticket.trigger, ticket.budget = self.trigger, self.budget


def amended_terms(desk: OrderDesk, ticket: Ticket, change: Amendment) -> Terms:
    """The terms after the change.

    Raises:
        Refused: they make no sense.
    """
    quantity = _new_quantity(desk, ticket, change)
    remaining = 0 if quantity is None else quantity - ticket.filled
    display = _new_display(desk, ticket, change, remaining)
    request = _new_request(ticket, change)
    trigger = _new_trigger(desk, ticket, request, change)
    limit = ticket.limit_price
    if change.limit_price is not None and _has_fired(ticket):
        limit = desk.grid.ticks(change.limit_price)
    elif change.limit_price is not None or (trigger != ticket.trigger and limit is not None):
        limit = limit_price(request, trigger, desk.grid)
    if change.quantity is not None and quantity is not None and remaining:
        price = limit or (trigger.level if trigger is not None else desk.engine.last_price)
        desk.grid.check_minimums(quantity, price * quantity)
    return Terms(request, quantity, display, limit, trigger, ticket.budget)


def _new_quantity(desk: OrderDesk, ticket: Ticket, change: Amendment) -> int | None:
    """Total lots; never below what is filled."""
    if change.quantity is None:
        return ticket.quantity
    if ticket.cash is not None:
        raise invalid_arguments("volume")
    lots = desk.grid.lots(change.quantity)
    if not ticket.filled and lots < desk.grid.minimum_lots:
        raise Refused(ORDER_MINIMUM)
    return max(lots, ticket.filled)


def _new_display(desk: OrderDesk, ticket: Ticket, change: Amendment, remaining: int) -> int | None:
    if change.display is None:
        return ticket.display
    display = desk.grid.lots(change.display)
    if ticket.request.order_type != "iceberg":
        raise invalid_arguments("display volume")
    check_display(display, remaining)
    return display


def _new_request(ticket: Ticket, change: Amendment) -> OrderRequest:
    """The client's parameters with the changed ones folded in."""
    request = ticket.request
    changes: dict[str, Any] = {}
    if change.quantity is not None:
        changes["quantity"] = change.quantity
    if change.display is not None:
        changes["display"] = change.display
    if change.limit_price is not None:
        if request.order_type not in LIMIT_PRICED:
            raise invalid_arguments("price")
        changes["limit_price"] = change.limit_price
        trails = request.order_type == "trailing-stop-limit" and not _has_fired(ticket)
        kind = change.limit_price_type or ("quote" if trails else "static")
        if kind not in ({"static", "pct", "quote"} if trails else {"static"}):
            raise invalid_arguments("price type")
        changes["limit_price_type"] = kind
    if change.trigger_price is not None:
        changes["trigger"] = _retriggered(ticket, change)
    return attrs.evolve(request, **changes)


def _retriggered(ticket: Ticket, change: Amendment) -> Trigger:
    """The trigger as ordered now."""
    old, price = ticket.request.trigger, change.trigger_price
    if old is None or price is None or _has_fired(ticket) or not price.is_finite():
        raise invalid_arguments("trigger price")
    trails = ticket.request.order_type in TRAILING
    kind = change.trigger_price_type or (old.price_type if trails else "static")
    if trails and (kind == "static" or price <= 0):
        raise invalid_arguments("trigger price")
    return attrs.evolve(old, price=price, price_type=kind)


def _new_trigger(
    desk: OrderDesk, ticket: Ticket, request: OrderRequest, change: Amendment
) -> TriggerState | None:
    """The trigger with its new level; a distance counts from the reference as it is now."""
    state, ordered = ticket.trigger, request.trigger
    if change.trigger_price is None or state is None or ordered is None:
        return state
    start = state.peak
    if start is None:
        start = desk.reference_price(state.reference)
    level = level_of(request, ordered, start, desk.grid)
    return attrs.evolve(state, price=ordered.price, price_type=ordered.price_type, level=level)


def _has_fired(ticket: Ticket) -> bool:
    return ticket.trigger is not None and ticket.trigger.fired_ns is not None
