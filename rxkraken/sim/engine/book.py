"""The resting orders of one market, by price and then by time.

A side keeps its prices in one sorted list of *keys*, best first: the key is the price for asks and
the negative price for bids. One bisect and one dictionary serve both sides, and a view of the best
``n`` levels is a slice.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Side


@attrs.define
class Order:
    """One resting order, or the visible part of it.

    Attributes:
        quantity: visible lots left.
        timestamp_ns: when it took its place in the queue.
        ticket: everything else about a client's order; the crowd's have none.
    """

    order_id: str
    side: Side
    price: int
    quantity: int
    owner: str
    timestamp_ns: int
    ticket: Ticket | None = None

    @property
    def whole(self) -> int:
        """Lots left, the hidden ones included."""
        return self.quantity if self.ticket is None else self.ticket.remaining


class BookSide:
    """Bids or asks.

    Attributes:
        keys: sorted keys of all levels, best first; see the module docstring.
        quantities: key to total quantity of the level.
        levels: key to the orders of the level, oldest first.
    """

    __slots__ = ("keys", "levels", "quantities", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = -1 if side == "buy" else 1
        self.keys: list[int] = []
        self.quantities: dict[int, int] = {}
        self.levels: dict[int, OrderedDict[str, Order]] = {}

    def best_price(self) -> int | None:
        """Price of the best level, None when the side is empty."""
        return self.sign * self.keys[0] if self.keys else None

    def best_order(self) -> Order:
        """The order that trades next."""
        return next(iter(self.levels[self.keys[0]].values()))

    def meets(self, price: int) -> bool:
        """Whether an opposite order of this limit price would trade."""
        return bool(self.keys) and self.keys[0] <= self.sign * price

    def top(self, depth: int) -> list[tuple[int, int]]:
        """Price and quantity of the best `depth` levels, best first."""
        sign, quantities = self.sign, self.quantities
        return [(sign * key, quantities[key]) for key in self.keys[:depth]]

    def add(self, order: Order) -> None:
        """Put an order behind all others of its price."""
        key = self.sign * order.price
        level = self.levels.get(key)
        if level is None:
            insort(self.keys, key)
            level = self.levels[key] = OrderedDict()
            self.quantities[key] = 0
        level[order.order_id] = order
        self.quantities[key] += order.quantity

    def resize(self, order: Order, quantity: int) -> None:
        """Change the visible quantity of an order, to more than none; it keeps its place."""
        self.quantities[self.sign * order.price] += quantity - order.quantity
        order.quantity = quantity

    def reduce(self, order: Order, by: int) -> None:
        """Take `by` lots off an order; it leaves the book when nothing is left of it."""
        if by == order.quantity:
            self.remove(order)
        else:
            self.quantities[self.sign * order.price] -= by
        order.quantity -= by

    def remove(self, order: Order) -> None:
        """Take an order out of the book."""
        key = self.sign * order.price
        level = self.levels[key]
        del level[order.order_id]
        if level:
            self.quantities[key] -= order.quantity
        else:
            del self.levels[key], self.quantities[key]
            del self.keys[bisect_left(self.keys, key)]


class Book:
    """Both sides and an index of the orders by id."""

    __slots__ = ("asks", "bids", "orders")

    def __init__(self) -> None:
        self.bids = BookSide("buy")
        self.asks = BookSide("sell")
        self.orders: dict[str, Order] = {}

    def side(self, side: Side) -> BookSide:
        """The side on which orders of this side rest."""
        return self.bids if side == "buy" else self.asks

    def opposite(self, side: Side) -> BookSide:
        """The side against which orders of this side trade."""
        return self.asks if side == "buy" else self.bids
