"""The armed orders of one market, and the prices they watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine.reports import report
from rxkraken.sim.engine.requests import TRAILING
from rxkraken.sim.engine.triggers import Waiting, fires_falling, level_of

if TYPE_CHECKING:
    from rxkraken.sim.engine.events import Event
    from rxkraken.sim.engine.grid import Grid
    from rxkraken.sim.engine.orders import Ticket, TriggerState
    from rxkraken.sim.engine.requests import Reference

# How often a trailing order tells that its level has moved (spec v2-account §3.5).
_SILENCE_NS = 1_000_000_000


class Watch:
    """Waiting orders by the reference price they watch.

    Attributes:
        index: the index price in ticks, None while there is none: then the last price stands in.
    """

    __slots__ = ("_grid", "_waiting", "index")

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._waiting: dict[Reference, Waiting] = {"last": Waiting(), "index": Waiting()}
        self.index: int | None = None

    def start(self, ticket: Ticket, reference_price: int) -> None:
        """Let an order that trails begin at the reference price of this moment."""
        trigger = state_of(ticket)
        if ticket.request.order_type in TRAILING and trigger.peak != reference_price:
            ticket.trigger = self._trailed(ticket, trigger, reference_price)

    def arm(self, ticket: Ticket) -> None:
        """Let an order wait."""
        self._waiting[state_of(ticket).reference].add(ticket)

    def disarm(self, ticket: Ticket) -> None:
        """Let an order wait no more."""
        self._waiting[state_of(ticket).reference].remove(ticket)

    def moved(
        self, reference: Reference, price: int, now_ns: int, events: list[Event]
    ) -> list[Ticket]:
        """Let the levels of trailing orders follow a price; return the orders it fires."""
        waiting = self._waiting[reference]
        for ticket in waiting.trailing():
            self._follow(waiting, ticket, price, now_ns, events)
        return waiting.fired(price)

    def _follow(
        self, waiting: Waiting, ticket: Ticket, price: int, now_ns: int, events: list[Event]
    ) -> None:
        trigger = state_of(ticket)
        peak = trigger.peak
        improved = peak is None or (price > peak if ticket.request.side == "sell" else price < peak)
        if not improved:
            return
        waiting.remove(ticket)
        ticket.trigger = self._trailed(ticket, trigger, price)
        waiting.add(ticket)
        if now_ns - ticket.told_ns >= _SILENCE_NS:
            ticket.told_ns = now_ns
            report(events, "status", ticket, now_ns)

    def _trailed(self, ticket: Ticket, trigger: TriggerState, peak: int) -> TriggerState:
        """The trigger with another peak, and the level that belongs to it."""
        request = ticket.request
        if request.trigger is None:
            raise TypeError(f"order {ticket.order_id} has no trigger")
        level = level_of(request, request.trigger, peak, self._grid)
        return attrs.evolve(trigger, peak=peak, level=level)


def is_met(ticket: Ticket, price: int) -> bool:
    """Whether a reference price fires an order."""
    level = state_of(ticket).level
    falling = fires_falling(ticket.request.order_type, ticket.request.side)
    return price <= level if falling else price >= level


def state_of(ticket: Ticket) -> TriggerState:
    """The trigger of an order that has one."""
    if ticket.trigger is None:
        raise TypeError(f"order {ticket.order_id} has no trigger")
    return ticket.trigger
