"""Sums over the levels of one side of a book, which keep what consecutive books share.

Books share the level objects that did not change, and a whole side where only the other one did:
what is computed of a level is kept by level, and as little as possible is computed again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial, reduce
from typing import Any

from rxkraken.models.book import BookIdentity, LevelText, OrderBook
from rxkraken.models.exact import EXACT

_add, _subtract = EXACT.add, EXACT.subtract


class Rows(dict[LevelText, tuple[Any, Any, Any]]):
    """Price, quantity and notional by level, computed at the first look.

    When it holds many times the levels of a book, it forgets them all and begins anew.
    """

    __slots__ = ("_limit", "number")

    def __init__(self) -> None:
        self._limit = 0
        self.number: Any = None

    def serve(self, identity: BookIdentity[Any]) -> None:
        """Make numbers as a book does; to be called before the first look."""
        self._limit = 16 * identity.depth
        self.number = identity.number

    def __missing__(self, level: LevelText) -> tuple[Any, Any, Any]:
        if len(self) >= self._limit:
            self.clear()
        number = self.number
        price, size = number(level.price), number(level.qty)
        row = self[level] = price, size, price * size
        return row


class Total:
    """Quantity and notional of some levels, followed from book to book.

    Decimals are added and subtracted exactly, as levels come and go; floats, which would gather
    errors that way, are summed anew. So are levels of which two are alike.
    """

    __slots__ = ("_followed", "_rows", "notional", "qty")

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._followed: set[LevelText] | None = None
        self.qty: Any = None
        self.notional: Any = None

    def take(self, levels: Sequence[LevelText]) -> None:
        """Make the sums those of these levels."""
        if isinstance(self.qty, float):
            self._take_anew(levels)
            return
        rows, now, before = self._rows, set(levels), self._followed
        if before is None or len(now) != len(levels):
            self._take_anew(levels)
            self._followed = now if len(now) == len(levels) else None
            return
        qty, notional = self.qty, self.notional
        for level in now - before:
            _, size, worth = rows[level]
            qty, notional = _add(qty, size), _add(notional, worth)
        for level in before - now:
            _, size, worth = rows[level]
            qty, notional = _subtract(qty, size), _subtract(notional, worth)
        self.qty, self.notional, self._followed = qty, notional, now

    def _take_anew(self, levels: Sequence[LevelText]) -> None:
        zero = self._rows.number("0")
        rows = list(map(self._rows.__getitem__, levels))
        add_all: Any = sum if isinstance(zero, float) else partial(reduce, _add)
        self.qty = add_all([size for _, size, _ in rows], zero)
        self.notional = add_all([worth for _, _, worth in rows], zero)


class Ladder:
    """The quantity and notional from the best level of one side up to each.

    Levels are read only as far as somebody asks. Of the next book, those are kept that come before
    the first level that changed. Both lists begin with zero, for the place before the first level.

    Attributes:
        quantities: sums of quantities.
        notionals: sums of price times quantity.
    """

    __slots__ = ("_levels", "_rows", "notionals", "quantities")

    def __init__(self) -> None:
        self._levels: Sequence[LevelText] = ()
        self._rows = Rows()
        self.quantities: list[Any] = []
        self.notionals: list[Any] = []

    def stand_on(self, levels: Sequence[LevelText], identity: BookIdentity[Any]) -> None:
        """Take the levels of the next book."""
        before, quantities = self._levels, self.quantities
        if levels is before:
            return
        if not quantities:
            self._rows.serve(identity)
            number = identity.number
            quantities.append(number("0"))
            self.notionals.append(number("0"))
        same = 1
        for level, old in zip(levels, before[: len(quantities) - 1], strict=False):
            if level is not old:
                break
            same += 1
        del quantities[same:], self.notionals[same:]
        self._levels = levels

    def price(self, place: int) -> Any:
        """Give the price of a level that was read, the first one being number 1."""
        return self._rows[self._levels[place - 1]][0]

    def reach(self, sums: list[Any], target: Any) -> int:
        """Read on until a list goes beyond a target; give the first place that is not below it."""
        if sums[-1] > target:
            return bisect_left(sums, target)
        rows, quantities, notionals = self._rows, self.quantities, self.notionals
        qty, notional = quantities[-1], notionals[-1]
        for level in self._levels[len(quantities) - 1 :]:
            _, size, worth = rows[level]
            qty += size
            notional += worth
            quantities.append(qty)
            notionals.append(notional)
            if sums[-1] > target:
                break
        return bisect_left(sums, target)


class Middle:
    """The sum of both best prices, computed anew only when one of these levels is another."""

    __slots__ = ("_ask", "_bid", "twice")

    def __init__(self) -> None:
        self._bid: LevelText | None = None
        self._ask: LevelText | None = None
        self.twice: Any = None

    def moved(self, book: OrderBook[Any]) -> bool:
        """Take the next book, with no side empty; tell whether a best level is another."""
        bid, ask = book.bid_texts[0], book.ask_texts[0]
        if bid is self._bid and ask is self._ask:
            return False
        number = book.identity.number
        self._bid, self._ask = bid, ask
        self.twice = number(bid.price) + number(ask.price)
        return True
