"""Orders that wait for a trigger: how they begin to wait, when they fire, what they turn into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine.refusals import Refused
from rxkraken.sim.engine.reports import report
from rxkraken.sim.engine.requests import LIMIT_PRICED
from rxkraken.sim.engine.triggers import limit_at_trigger
from rxkraken.sim.engine.watch import is_met, state_of

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.events import Event
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Reference

_REFERENCES: tuple[Reference, ...] = ("last", "index")


def wait_for_trigger(desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
    """Let an order wait for its trigger, which may have been passed already."""
    price = desk.reference_price(state_of(ticket).reference)
    desk.arm(ticket)
    if desk.matching and is_met(ticket, price):
        _mark_fired(desk, ticket, price, now_ns)
        fire(desk, ticket, now_ns, events)


def triggered(
    desk: OrderDesk, reference: Reference, price: int, now_ns: int, events: list[Event]
) -> list[Ticket]:
    """The orders that a price fires; they wait no more. None do while nothing is matched."""
    if not desk.matching:
        return []
    fired = desk.watch.moved(reference, price, now_ns, events)
    for ticket in fired:
        _mark_fired(desk, ticket, price, now_ns)
    return fired


def fire(desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
    """Turn an order that waited into the market or limit order it stands for."""
    level = state_of(ticket).level
    try:
        if ticket.request.order_type in LIMIT_PRICED:
            ticket.limit_price = limit_at_trigger(ticket.request, level, desk.grid)
            desk.clearing.reserve(ticket)
    except Refused as refused:
        reason = refused.text.partition(":")[2]
        desk.finish(ticket, "canceled", reason, now_ns, events)
        return
    report(events, "status", ticket, now_ns)
    desk.send(ticket, now_ns, events)


def price_moved(desk: OrderDesk, now_ns: int, events: list[Event]) -> None:
    """Compare the waiting orders with the reference prices of this moment."""
    fired = [
        ticket
        for reference in _REFERENCES
        for ticket in triggered(desk, reference, desk.reference_price(reference), now_ns, events)
    ]
    for ticket in fired:
        fire(desk, ticket, now_ns, events)


def _mark_fired(desk: OrderDesk, ticket: Ticket, price: int, now_ns: int) -> None:
    desk.disarm(ticket)
    ticket.trigger = attrs.evolve(state_of(ticket), fired_price=price, fired_ns=now_ns)
