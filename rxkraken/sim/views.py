"""What subscribers of one (symbol, depth) were last told about the book.

Spec ``v2-market-data`` §7.2: after a command one message says what changed in the window. Levels
that vanished come with quantity 0, levels that entered the window with their full quantity, and
levels that were merely pushed out are not mentioned: the client drops them itself.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING
from zlib import crc32

from rxkraken.sim import text_v2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rxkraken.sim.engine import Book, BookSide
    from rxkraken.sim.market import Market

DEPTHS = (10, 25, 100, 500, 1000)
_CHECKED_LEVELS = 10


def checksum(book: Book) -> int:
    """CRC32 of the best ten levels a side (spec ``v2-market-data`` §7.3).

    A number's token is its wire text without point and leading zeros, which is just the whole
    number of ticks or lots.
    """
    tokens = [
        f"{price}{quantity}"
        for side in (book.asks, book.bids)
        for price, quantity in side.top(_CHECKED_LEVELS)
    ]
    return crc32("".join(tokens).encode("ascii"))


class SideView:
    """The best `depth` levels of one side, as last told."""

    __slots__ = ("_depth", "_edge", "_side", "_told")

    def __init__(self, side: BookSide, depth: int) -> None:
        self._side = side
        self._depth = depth
        self._told = {key: side.quantities[key] for key in side.keys[:depth]}
        self._edge = self._last_key()

    def levels(self) -> list[tuple[int, int]]:
        """Price and quantity of every level of the window, best first."""
        sign, told = self._side.sign, self._told
        return [(sign * key, told[key]) for key in sorted(told)]

    def changes(self, touched: Iterable[int]) -> list[tuple[int, int]]:
        """Bring the view up to date after a command that changed the levels `touched` (keys).

        Returns:
            price and new quantity of each level that a subscriber has to be told.
        """
        told, last, keys = self._told, self._last_key(), self._side.keys
        changed = [key for key in touched if self._take_over(key, last)]
        # Without an edge the window had room: all levels were in it, none can move in unasked.
        beyond = len(keys) if self._edge is None else bisect_right(keys, self._edge)
        changed += self._moved_in(beyond)
        for key in keys[self._depth : beyond]:
            told.pop(key, None)
        self._edge = last
        sign = self._side.sign
        return [(sign * key, told.get(key, 0)) for key in changed]

    def _take_over(self, key: int, last: int | None) -> bool:
        """Note the present quantity of one level; tell whether that is news."""
        quantity = self._side.quantities.get(key)
        if quantity is None:
            return self._told.pop(key, None) is not None
        if (last is not None and key > last) or self._told.get(key) == quantity:
            return False
        self._told[key] = quantity
        return True

    def _moved_in(self, first: int) -> list[int]:
        """Note levels from position `first` on that nobody touched and that now are inside."""
        told, quantities = self._told, self._side.quantities
        entered = [key for key in self._side.keys[first : self._depth] if key not in told]
        for key in entered:
            told[key] = quantities[key]
        return entered

    def _last_key(self) -> int | None:
        """Key of the last level of a full window, None when there is room."""
        keys = self._side.keys
        return keys[self._depth - 1] if len(keys) >= self._depth else None


class BookView:
    """Both sides of one (symbol, depth), shared by all who subscribed to it."""

    __slots__ = ("_asks", "_bids", "_snapshot")

    def __init__(self, book: Book, depth: int) -> None:
        self._bids = SideView(book.bids, depth)
        self._asks = SideView(book.asks, depth)
        self._snapshot: bytes | None = None

    def changes(
        self, bids: Iterable[int], asks: Iterable[int]
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Bring both sides up to date; see `SideView.changes`."""
        changed = self._bids.changes(bids), self._asks.changes(asks)
        if any(changed):
            self._snapshot = None
        return changed

    def snapshot(self, market: Market) -> bytes:
        """The whole window as one message, encoded once until it changes."""
        if self._snapshot is None:
            self._snapshot = text_v2.book(
                "snapshot",
                market.pair,
                (self._bids.levels(), self._asks.levels()),
                checksum(market.book),
                market.updated_ns,
            )
        return self._snapshot
