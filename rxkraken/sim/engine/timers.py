"""Orders that begin or end at a time of their own: scheduled starts, and expiry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rxkraken.sim.engine.entering import accept, let_in
from rxkraken.sim.engine.reacting import concluded
from rxkraken.sim.engine.reports import EXPIRED

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.events import Event, Happening
    from rxkraken.sim.engine.orders import Ticket


def take_on(desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
    """Accept an order, and note in the agenda what will happen to it."""
    request, agenda = ticket.request, desk.office.agenda
    accept(desk, ticket, now_ns, events)
    if ticket.is_closed:
        return
    if request.starts_ns is not None and not ticket.live:
        agenda.add(request.starts_ns, partial(_start, desk, ticket))
    if request.expires_ns is not None:
        agenda.add(request.expires_ns, partial(_expire, desk, ticket))


def _start(desk: OrderDesk, ticket: Ticket, now_ns: int) -> list[Happening]:
    """Let a scheduled order into the market, unless it was cancelled meanwhile."""
    if ticket.is_closed:
        return []
    events: list[Event] = []
    let_in(desk, ticket, now_ns, events)
    return concluded(desk, events, now_ns)


def _expire(desk: OrderDesk, ticket: Ticket, now_ns: int) -> list[Happening]:
    """Close an order whose time is over."""
    if ticket.is_closed:
        return []
    events: list[Event] = []
    desk.finish(ticket, "expired", EXPIRED, now_ns, events)
    return concluded(desk, events, now_ns)
