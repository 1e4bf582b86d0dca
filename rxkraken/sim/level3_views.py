"""What subscribers of one (symbol, depth) of ``level3`` were last told, order by order.

Spec ``v2-market-data`` §8 and §9: a window of the best price levels with every order of them. Of
orders that were merely pushed out nothing is said; when their level comes back, all of them are
added again. An order that lost its place in the queue is deleted and added.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Literal, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rxkraken.sim.engine import Book, BookSide

DEPTHS = (10, 100, 1000)
_CHECKED_LEVELS = 10


class Resting(NamedTuple):
    """One visible order: whole numbers of ticks, lots and nanoseconds."""

    order_id: str
    price: int
    quantity: int
    timestamp_ns: int


class Change(NamedTuple):
    """What happened to one order."""

    event: Literal["add", "modify", "delete"]
    order: Resting


def checksum(book: Book) -> int:
    """CRC32 over every order of the best ten levels a side (spec ``v2-market-data`` §9.2)."""
    return crc32((_tokens(book.asks) + _tokens(book.bids)).encode("ascii"))


def _tokens(side: BookSide) -> str:
    levels, sign = side.levels, side.sign
    return "".join(
        [
            f"{sign * key}{order.quantity}"
            for key in side.keys[:_CHECKED_LEVELS]
            for order in levels[key].values()
        ]
    )


class SideView:
    """The orders of the best `depth` levels of one side, as last told."""

    __slots__ = ("_depth", "_edge", "_side", "_told")

    def __init__(self, side: BookSide, depth: int) -> None:
        self._side = side
        self._depth = depth
        self._told = {key: self._present(key) for key in side.keys[:depth]}
        self._edge = self._last_key()

    def orders(self) -> list[Resting]:
        """Every order of the window: best price first, oldest first within a price."""
        return [order for key in sorted(self._told) for order in self._told[key].values()]

    def changes(self, touched: Iterable[int], now_ns: int) -> list[Change]:
        """Bring the view up to date after a command that changed the levels `touched` (keys)."""
        keys, told, news = self._side.keys, self._told, list[Change]()
        last = self._last_key()
        for key in touched:
            if key not in self._side.levels:
                news += _differences(told.pop(key, {}), {}, now_ns)
            elif last is None or key <= last:
                present = self._present(key)
                news += _differences(told.get(key, {}), present, now_ns)
                told[key] = present
        # Nobody touched the levels behind the old edge: they move in as a whole, or out unsaid.
        beyond = len(keys) if self._edge is None else bisect_right(keys, self._edge)
        for key in keys[beyond : self._depth]:
            if key not in told:
                told[key] = self._present(key)
                news += [Change("add", order) for order in told[key].values()]
        for key in keys[self._depth : beyond]:
            told.pop(key, None)
        self._edge = last
        return news

    def _last_key(self) -> int | None:
        """Key of the last level of a full window, None when there is room."""
        keys = self._side.keys
        return keys[self._depth - 1] if len(keys) >= self._depth else None

    def _present(self, key: int) -> dict[str, Resting]:
        price = self._side.sign * key
        return {
            order.order_id: Resting(order.order_id, price, order.quantity, order.timestamp_ns)
            for order in self._side.levels[key].values()
        }


def _differences(
    before: dict[str, Resting], after: dict[str, Resting], now_ns: int
) -> list[Change]:
    """How one level became what it is; `before` and `after` are in queue order."""
    news = [
        Change("delete", order._replace(timestamp_ns=now_ns))
        for order in before.values()
        if not _same_place(order, after.get(order.order_id))
    ]
    for order in after.values():
        old = before.get(order.order_id)
        if not _same_place(order, old):
            news.append(Change("add", order))
        elif order != old:
            news.append(Change("modify", order))
    return news


def _same_place(order: Resting, other: Resting | None) -> bool:
    """A place in the queue is lost with the time of it."""
    return other is not None and other.timestamp_ns == order.timestamp_ns


class Level3View:
    """Both sides of one (symbol, depth), shared by all who subscribed to it."""

    __slots__ = ("_asks", "_bids")

    def __init__(self, book: Book, depth: int) -> None:
        self._bids = SideView(book.bids, depth)
        self._asks = SideView(book.asks, depth)

    def changes(
        self, bids: Iterable[int], asks: Iterable[int], now_ns: int
    ) -> tuple[list[Change], list[Change]]:
        """Bring both sides up to date; see `SideView.changes`."""
        return self._bids.changes(bids, now_ns), self._asks.changes(asks, now_ns)

    def orders(self) -> tuple[list[Resting], list[Resting]]:
        """Every order of the window, bids and asks."""
        return self._bids.orders(), self._asks.orders()
