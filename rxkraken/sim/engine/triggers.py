"""Triggers: at which price an order fires, and who is waiting for which price.

Levels are whole ticks without losing exactness: an order that fires when the reference falls to
its level has it rounded down, one that fires when the reference rises to it has it rounded up
(arithmetic of spec ``v2-trading`` §2.2).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from operator import attrgetter
from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine.orders import Ticket, TriggerState
from rxkraken.sim.engine.refusals import INVALID_PRICE, Refused
from rxkraken.sim.engine.requests import TRAILING, OrderRequest, PriceType, Side, Trigger

if TYPE_CHECKING:
    from decimal import Decimal

    from rxkraken.sim.engine.grid import Grid

# A percentage beyond this is nonsense, and its integer would fill the memory.
_MOST_DIGITS = 40
_STOPS = frozenset({"stop-loss", "stop-loss-limit"}) | TRAILING


def fires_falling(order_type: str, side: Side) -> bool:
    """Whether the order fires when the reference price falls to its level.

    >>> fires_falling("stop-loss", "sell"), fires_falling("take-profit", "sell")
    (True, False)
    """
    return (order_type in _STOPS) == (side == "sell")


def moved(start: int, by: Decimal, price_type: PriceType, grid: Grid, *, down: bool) -> int:
    """The price in ticks that lies `by` (percent or quote units) away from `start`.

    Raises:
        Refused: the distance is off the grid.
    """
    if price_type == "quote":
        return start + grid.offset(by)
    if not by.is_finite() or abs(by.adjusted()) > _MOST_DIGITS:
        raise Refused(INVALID_PRICE)
    numerator, denominator = by.as_integer_ratio()
    exact = start * (100 * denominator + numerator)
    return exact // (100 * denominator) if down else -(-exact // (100 * denominator))


def level_of(request: OrderRequest, trigger: Trigger, start: int, grid: Grid) -> int:
    """The level in ticks; `start` is the reference at entry, or the peak of a trailing order.

    Raises:
        Refused: there is no such price.
    """
    down = fires_falling(request.order_type, request.side)
    if trigger.price_type == "static":
        return grid.ticks(trigger.price)
    trailing_back = request.order_type in TRAILING and down
    by = -trigger.price if trailing_back else trigger.price
    level = moved(start, by, trigger.price_type, grid, down=down)
    if level <= 0:
        raise Refused(INVALID_PRICE)
    return level


def armed_state(request: OrderRequest, trigger: Trigger, start: int, grid: Grid) -> TriggerState:
    """The state of a trigger at entry.

    Raises:
        Refused: its price makes no sense.
    """
    return TriggerState(
        trigger.reference,
        trigger.price,
        trigger.price_type,
        level_of(request, trigger, start, grid),
        start if request.order_type in TRAILING else None,
    )


def limit_at_trigger(request: OrderRequest, level: int, grid: Grid) -> int:
    """Limit price of an order whose limit may hang on its trigger level.

    Raises:
        Refused: a price is off the grid.
    """
    price, kind = request.limit_price, request.limit_price_type
    if price is None:
        raise Refused(INVALID_PRICE)
    if request.order_type != "trailing-stop-limit" or kind == "static":
        return grid.ticks(price)
    down = request.side == "buy"
    return grid.snapped(moved(level, price, kind or "quote", grid, down=down), down=down)


@attrs.frozen(order=True)
class _Place:
    """Where a ticket stands among those that wait for the same direction."""

    key: int
    sequence: int
    ticket: Ticket = attrs.field(eq=False, order=False)


_key = attrgetter("key")


class Waiting:
    """Tickets whose triggers watch one reference price.

    Two sorted lists, so that a price finds those it fires by one bisect: keys are levels of those
    that fire rising, negative levels of those that fire falling.
    """

    __slots__ = ("_falling", "_rising", "_trailing")

    def __init__(self) -> None:
        self._rising: list[_Place] = []
        self._falling: list[_Place] = []
        self._trailing: dict[str, Ticket] = {}

    def trailing(self) -> tuple[Ticket, ...]:
        """Those whose level follows the price, oldest first."""
        return tuple(self._trailing.values())

    def add(self, ticket: Ticket) -> None:
        """Let a ticket wait."""
        places, place = self._place(ticket)
        insort(places, place)
        if ticket.request.order_type in TRAILING:
            self._trailing[ticket.order_id] = ticket

    def remove(self, ticket: Ticket) -> None:
        """Let a ticket wait no more; its level must not have changed."""
        places, place = self._place(ticket)
        del places[bisect_left(places, place)]
        self._trailing.pop(ticket.order_id, None)

    def fired(self, price: int) -> list[Ticket]:
        """Those that this price fires, oldest order first; they go on waiting until removed."""
        rising = self._rising[: bisect_right(self._rising, price, key=_key)]
        falling = self._falling[: bisect_right(self._falling, -price, key=_key)]
        found = [place.ticket for place in (*rising, *falling)]
        return sorted(found, key=attrgetter("sequence"))

    def _place(self, ticket: Ticket) -> tuple[list[_Place], _Place]:
        trigger = ticket.trigger
        if trigger is None:
            raise TypeError(f"order {ticket.order_id} has no trigger")
        if fires_falling(ticket.request.order_type, ticket.request.side):
            return self._falling, _Place(-trigger.level, ticket.sequence, ticket)
        return self._rising, _Place(trigger.level, ticket.sequence, ticket)
