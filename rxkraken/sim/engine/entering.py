"""A checked order's way into its market: money held, registered, let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.engine.firing import wait_for_trigger
from rxkraken.sim.engine.outlook import cost_of_taking
from rxkraken.sim.engine.reports import report

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.events import Event
    from rxkraken.sim.engine.orders import Ticket


def reserve(desk: OrderDesk, ticket: Ticket, freed: int = 0) -> None:
    """Hold what an order may cost (step 8 of spec ``v2-trading`` §2.6).

    Args:
        desk: its market.
        ticket: the order.
        freed: units of the same asset that are about to be released.

    Raises:
        Refused: the account has not so much.
    """
    if ticket.request.side == "buy" and ticket.limit_price is None and ticket.cash is None:
        trigger = ticket.trigger
        ticket.budget = (
            cost_of_taking(desk.engine.book, ticket)
            if trigger is None
            else trigger.level * ticket.remaining
        )
    desk.clearing.reserve(ticket, freed)


def accept(desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
    """Take an order on, and let it into the market unless it is scheduled for later."""
    register(desk, ticket, now_ns, events)
    starts_ns = ticket.request.starts_ns
    if starts_ns is None or starts_ns <= now_ns:
        let_in(desk, ticket, now_ns, events)


def register(desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
    """Give an order its id and tell that it is pending."""
    office = desk.office
    ticket.order_id = office.new_order_id()
    ticket.sequence = next(office.sequence)
    office.dossiers[ticket.account.name].add(ticket)
    report(events, "pending", ticket, now_ns)


def let_in(desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
    """Let an order into the market: to wait for its trigger, or to trade."""
    ticket.live = True
    ticket.status = "new"
    report(events, "new", ticket, now_ns)
    if ticket.trigger is None:
        desk.send(ticket, now_ns, events)
    else:
        desk.watch.start(ticket, desk.reference_price(ticket.trigger.reference))
        wait_for_trigger(desk, ticket, now_ns, events)
