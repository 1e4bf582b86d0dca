"""What the trades of a command bring about: triggers fire, and fills get their closing orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine import reports
from rxkraken.sim.engine.drafting import closing_request, draft
from rxkraken.sim.engine.entering import accept, register, reserve
from rxkraken.sim.engine.events import Event, Happening, OrderReport, TradeMade
from rxkraken.sim.engine.firing import fire, triggered
from rxkraken.sim.engine.refusals import Refused

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.orders import Ticket


def concluded(desk: OrderDesk, events: list[Event], now_ns: int) -> list[Happening]:
    """What a command did to a market, with all its consequences; empty if it did nothing."""
    if desk.watching:
        react(desk, events, now_ns)
    return [Happening(desk.pair.symbol, events, now_ns)] if events else []


def react(desk: OrderDesk, events: list[Event], now_ns: int) -> None:
    """Do what the trades among the events bring about, and append it to them.

    It goes in rounds: what is made because of the trades of one round sees only those of the
    next. Closing orders of fills come before triggered orders, older before younger ones.
    """
    done = 0
    while done < len(events):
        happened, done = events[done:], len(events)
        fired: list[Ticket] = []
        for event in happened:
            if isinstance(event, TradeMade):
                fired += triggered(desk, "last", event.price, now_ns, events)
                if desk.watch.index is None:
                    fired += triggered(desk, "index", event.price, now_ns, events)
        for event in happened:
            if isinstance(event, OrderReport) and _opens_another(event):
                desk.watching -= 1
                _close_out(desk, event, now_ns, events)
        for ticket in fired:
            fire(desk, ticket, now_ns, events)


def _opens_another(event: OrderReport) -> bool:
    """Whether a fill has to be followed by a closing order."""
    return event.fill is not None and event.order.request.conditional is not None


def _close_out(desk: OrderDesk, opened: OrderReport, now_ns: int, events: list[Event]) -> None:
    """Make the closing order of one fill; it is cancelled at once if there is no money for it.

    Where the price has run away so far that the template gives none at all, there is no order.
    """
    primary = opened.order
    lots = 0 if opened.fill is None else opened.fill.quantity
    quantity = Decimal(lots).scaleb(-desk.pair.qty_precision)
    request = closing_request(primary.request, quantity)
    grid = attrs.evolve(desk.grid, minimum_lots=0, cost_minimum=0)
    try:
        ticket = draft(desk, desk.office.accounts[primary.account], request, now_ns, grid)
    except Refused:
        return
    ticket.parent_id = primary.order_id
    try:
        reserve(desk, ticket)
    except Refused:
        register(desk, ticket, now_ns, events)
        desk.finish(ticket, "canceled", reports.NO_FUNDS, now_ns, events)
        return
    accept(desk, ticket, now_ns, events)
