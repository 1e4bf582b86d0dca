"""Price-time priority matching of one market: pure, deterministic, without a clock.

Every command takes the time as an argument and returns the events it caused, in order. The engine
knows no account, no dialect and no number format; those are folded from its events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.engine.book import Book, Order
from rxkraken.sim.engine.events import (
    Event,
    OrderAdded,
    OrderReduced,
    OrderRemoved,
    OrderType,
    RemainderDropped,
    Side,
    TradeMade,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class UnknownOrder(KeyError):  # noqa: N818 - the exchange calls it "Unknown order" too
    """No order of that id rests in the book."""


class MatchingEngine:
    """One market.

    Args:
        new_id: gives the id of the next order.
        first_trade_id: id of the first trade; later ones are consecutive.

    >>> from itertools import count
    >>> engine = MatchingEngine(map(str, count()).__next__)
    >>> engine.limit("sell", quantity=5, price=100, now_ns=0)[0].quantity
    5
    >>> [event.price for event in engine.market("buy", quantity=2, now_ns=1)]
    [100, 100]
    """

    __slots__ = ("_new_id", "book", "next_trade_id")

    def __init__(self, new_id: Callable[[], str], first_trade_id: int = 1) -> None:
        self._new_id = new_id
        self.next_trade_id = first_trade_id
        self.book = Book()

    def limit(
        self, side: Side, *, quantity: int, price: int, now_ns: int, owner: str = ""
    ) -> list[Event]:
        """Trade up to `price`, then rest with what is left."""
        _check_positive(quantity=quantity, price=price)
        order = Order(self._new_id(), side, price, quantity, owner, now_ns)
        events: list[Event] = []
        self._match(order, "limit", price, now_ns, events)
        if order.quantity:
            self.book.side(side).add(order)
            self.book.orders[order.order_id] = order
            events.append(OrderAdded(order.order_id, side, price, order.quantity, now_ns))
        return events

    def market(self, side: Side, *, quantity: int, now_ns: int, owner: str = "") -> list[Event]:
        """Trade at any price; what finds no counterpart is dropped."""
        _check_positive(quantity=quantity)
        order = Order(self._new_id(), side, 0, quantity, owner, now_ns)
        events: list[Event] = []
        self._match(order, "market", None, now_ns, events)
        if order.quantity:
            events.append(RemainderDropped(order.order_id, side, order.quantity, now_ns))
        return events

    def cancel(self, order_id: str, *, now_ns: int) -> list[Event]:
        """Take an order out of the book.

        Raises:
            UnknownOrder: it is not in the book.
        """
        order = self._resting(order_id)
        return [self._remove(order, now_ns)]

    def reduce(self, order_id: str, *, by: int, now_ns: int) -> list[Event]:
        """Make an order smaller by `by` lots; it keeps its place, or is cancelled when used up.

        Raises:
            UnknownOrder: it is not in the book.
        """
        _check_positive(by=by)
        order = self._resting(order_id)
        if by >= order.quantity:
            return [self._remove(order, now_ns)]
        self.book.side(order.side).reduce(order, by)
        return [OrderReduced(order_id, order.side, order.price, order.quantity, now_ns)]

    def _match(
        self, taker: Order, kind: OrderType, limit: int | None, now_ns: int, events: list[Event]
    ) -> None:
        resting = self.book.opposite(taker.side)
        limit_key = None if limit is None else resting.sign * limit
        while taker.quantity and resting.keys:
            if limit_key is not None and resting.keys[0] > limit_key:
                break
            maker = resting.best_order()
            traded = min(taker.quantity, maker.quantity)
            taker.quantity -= traded
            resting.reduce(maker, traded)
            events.append(
                TradeMade(
                    self.next_trade_id,
                    taker.side,
                    maker.price,
                    traded,
                    kind,
                    taker.order_id,
                    maker.order_id,
                    now_ns,
                )
            )
            self.next_trade_id += 1
            events.append(self._after_fill(maker, now_ns))

    def _after_fill(self, maker: Order, now_ns: int) -> OrderReduced | OrderRemoved:
        identity = (maker.order_id, maker.side, maker.price, maker.quantity)
        if maker.quantity:
            return OrderReduced(*identity, now_ns)
        del self.book.orders[maker.order_id]
        return OrderRemoved(*identity, "filled", now_ns)

    def _remove(self, order: Order, now_ns: int) -> OrderRemoved:
        self.book.side(order.side).remove(order)
        del self.book.orders[order.order_id]
        return OrderRemoved(
            order.order_id, order.side, order.price, order.quantity, "cancelled", now_ns
        )

    def _resting(self, order_id: str) -> Order:
        order = self.book.orders.get(order_id)
        if order is None:
            raise UnknownOrder(order_id)
        return order


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, not {value}")
