"""Price-time priority matching of one market: pure, deterministic, without a clock.

Every command takes the time as an argument and appends the events it caused, in order. The engine
knows no account, no dialect and no number format. Clients' orders carry a ticket; what else they
need when they meet another order is asked of the `Desk`. The crowd's orders have no ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rxkraken.sim.engine.book import Book, Order
from rxkraken.sim.engine.events import (
    Event,
    OrderAdded,
    OrderReduced,
    OrderRemoved,
    RemainderDropped,
    TakerType,
    TradeMade,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rxkraken.sim.engine.requests import Side


class UnknownOrder(KeyError):  # noqa: N818 - the exchange calls it "Unknown order" too
    """No order of that id rests in the book."""


class Desk(Protocol):
    """Looks after the orders that carry a ticket."""

    watching: int
    """How many orders wait for something that a trade may bring."""

    def permit(
        self, taker: Order, maker: Order, size: int, now_ns: int, events: list[Event]
    ) -> int:
        """How much of `size` may trade; if nothing, maker or taker has been withdrawn."""

    def filled(self, taker: Order, maker: Order, trade: TradeMade, events: list[Event]) -> None:
        """Account for a trade that a ticket took part in."""

    def react(self, events: list[Event], now_ns: int) -> None:
        """Do what the trades among the events bring about, and append it to them."""


class MatchingEngine:
    """One market.

    Args:
        new_id: gives the id of the crowd's next order.
        first_trade_id: id of the first trade; later ones are consecutive.
        last_price: price of the trade before that; ticks.

    >>> from itertools import count
    >>> engine = MatchingEngine(map(str, count()).__next__)
    >>> engine.limit("sell", quantity=5, price=100, now_ns=0)[0].quantity
    5
    >>> [event.price for event in engine.market("buy", quantity=2, now_ns=1)]
    [100, 100]
    """

    __slots__ = ("_new_id", "book", "desk", "last_price", "next_trade_id")

    def __init__(
        self, new_id: Callable[[], str], first_trade_id: int = 1, last_price: int = 0
    ) -> None:
        self._new_id = new_id
        self.next_trade_id = first_trade_id
        self.last_price = last_price
        self.book = Book()
        self.desk: Desk | None = None

    # -- the crowd's commands -------------------------------------------------------------------

    def limit(
        self, side: Side, *, quantity: int, price: int, now_ns: int, owner: str = ""
    ) -> list[Event]:
        """Trade up to `price`, then rest with what is left."""
        _check_positive(quantity=quantity, price=price)
        order = Order(self._new_id(), side, price, quantity, owner, now_ns)
        events: list[Event] = []
        self.match(order, "limit", price, now_ns, events)
        if order.quantity:
            self.rest(order, events)
        return self._followed(events, now_ns)

    def market(self, side: Side, *, quantity: int, now_ns: int, owner: str = "") -> list[Event]:
        """Trade at any price; what finds no counterpart is dropped."""
        _check_positive(quantity=quantity)
        order = Order(self._new_id(), side, 0, quantity, owner, now_ns)
        events: list[Event] = []
        self.match(order, "market", None, now_ns, events)
        if order.quantity:
            events.append(RemainderDropped(order.order_id, side, order.quantity, now_ns))
        return self._followed(events, now_ns)

    def cancel(self, order_id: str, *, now_ns: int) -> list[Event]:
        """Take one of the crowd's orders out of the book.

        Raises:
            UnknownOrder: it is not in the book.
        """
        events: list[Event] = []
        self.withdraw(self._crowd_order(order_id), now_ns, events)
        return events

    def reduce(self, order_id: str, *, by: int, now_ns: int) -> list[Event]:
        """Make one of the crowd's orders smaller by `by` lots; it keeps its place.

        It is cancelled when it is used up.

        Raises:
            UnknownOrder: it is not in the book.
        """
        _check_positive(by=by)
        order = self._crowd_order(order_id)
        if by >= order.quantity:
            return self.cancel(order_id, now_ns=now_ns)
        events: list[Event] = []
        self.resize(order, order.quantity - by, now_ns, events)
        return events

    def _crowd_order(self, order_id: str) -> Order:
        order = self.book.orders.get(order_id)
        if order is None or order.ticket is not None:
            raise UnknownOrder(order_id)
        return order

    def _followed(self, events: list[Event], now_ns: int) -> list[Event]:
        if self.desk is not None and self.desk.watching:
            self.desk.react(events, now_ns)
        return events

    # -- what every order goes through ----------------------------------------------------------

    def match(
        self, taker: Order, kind: TakerType, limit: int | None, now_ns: int, events: list[Event]
    ) -> None:
        """Trade `taker` against the other side up to `limit`, at the prices of what rests."""
        resting, desk = self.book.opposite(taker.side), self.desk
        limit_key = None if limit is None else resting.sign * limit
        while taker.quantity and resting.keys:
            if limit_key is not None and resting.keys[0] > limit_key:
                break
            maker = resting.best_order()
            size = min(taker.quantity, maker.quantity)
            if taker.ticket is not None and desk is not None:
                size = desk.permit(taker, maker, size, now_ns, events)
                if not size:
                    continue
            taker.quantity -= size
            resting.reduce(maker, size)
            trade = self._trade(taker, maker, size, kind, now_ns)
            events.append(trade)
            events.append(self._after_fill(maker, now_ns))
            if desk is not None and (taker.ticket is not None or maker.ticket is not None):
                desk.filled(taker, maker, trade, events)

    def rest(self, order: Order, events: list[Event]) -> None:
        """Put an order behind all others of its price."""
        self.book.side(order.side).add(order)
        self.book.orders[order.order_id] = order
        events.append(
            OrderAdded(order.order_id, order.side, order.price, order.quantity, order.timestamp_ns)
        )

    def withdraw(self, order: Order, now_ns: int, events: list[Event]) -> None:
        """Take a resting order out of the book."""
        self.book.side(order.side).remove(order)
        del self.book.orders[order.order_id]
        events.append(
            OrderRemoved(
                order.order_id, order.side, order.price, order.quantity, "cancelled", now_ns
            )
        )

    def resize(self, order: Order, quantity: int, now_ns: int, events: list[Event]) -> None:
        """Change the visible quantity of a resting order, which keeps its place."""
        self.book.side(order.side).resize(order, quantity)
        events.append(OrderReduced(order.order_id, order.side, order.price, quantity, now_ns))

    def _trade(
        self, taker: Order, maker: Order, size: int, kind: TakerType, now_ns: int
    ) -> TradeMade:
        number = self.next_trade_id
        self.next_trade_id = number + 1
        self.last_price = maker.price
        return TradeMade(
            number, taker.side, maker.price, size, kind, taker.order_id, maker.order_id, now_ns
        )

    def _after_fill(self, maker: Order, now_ns: int) -> OrderReduced | OrderRemoved:
        identity = (maker.order_id, maker.side, maker.price, maker.quantity)
        if maker.quantity:
            return OrderReduced(*identity, now_ns)
        del self.book.orders[maker.order_id]
        return OrderRemoved(*identity, "filled", now_ns)


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, not {value}")
