"""The level 2 book: applies frames, verifies every one, emits immutable views.

Each side is three parallel lists, best level first: sort keys (the price as a float, negated for
bids), checksum tokens (made once, when a level is written) and the levels themselves, as the text
of the wire. A double is a safe key though it is not a safe value: two prices of at most fifteen
digits never share one. Only the side whose top ten changed is joined again for the checksum.

A view shares the lists of levels with the book; before a side changes its list is copied if anybody
else still refers to it, which its reference count tells: an emitted view never changes, and costs
nothing to those who drop it.

The exchange sends numbers at full precision, so their text is taken as it is. Recordings that went
through a JSON parser have lost trailing zeros, which the checksum needs, or hold integers and
exponents. A book turns *tolerant* with the first frame that only verifies once all numbers are
written at the pair's precision (without a known one, as wide as the widest text seen), or that has
no checksum to catch what cannot be read; from then on each number is rewritten as it comes.
Source: spec ``v2-market-data`` §7.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from math import inf
from operator import itemgetter
from sys import getrefcount
from typing import Generic, TypeVar
from zlib import crc32

import attrs

from rxkraken.errors import BookError, ChecksumMismatch, CrossedBook
from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.wire.numbers import decimals_of, padded, plain
from rxkraken.wire.v2 import BookData, BookLevel, BookMessage

N = TypeVar("N")

_CHECKED = 10  # levels a side that the checksum covers
_NOWHERE = inf  # the key of the best level of an empty side, which crosses nothing


@attrs.frozen
class Precision:
    """Decimals of prices and quantities of a pair, as the instrument channel tells them."""

    price: int
    qty: int


class _Side:
    """One side of a book; ``sign`` is -1 for bids, so that keys ascend from the best level."""

    __slots__ = ("keys", "levels", "sign", "tokens", "top")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.empty()

    def empty(self) -> None:
        self.top = _NOWHERE
        self.keys: list[float] = []
        self.tokens: list[str] = []
        self.levels: list[BookLevel] = []


_SIDE = _Side(1)
_UNSHARED = getrefcount(_SIDE.levels)  # what the count is when only the side has the list


class Book(Generic[N]):
    """The state of one book, from its snapshot on.

    >>> from rxkraken.wire.v2 import BookData
    >>> book = Book("BTC/USD", depth=10, number=Decimal)
    >>> levels = [BookLevel("100.1", "2.0")]
    >>> book.apply(BookMessage([BookData("BTC/USD", [], levels)], "snapshot")).best_ask
    Level(price=Decimal('100.1'), qty=Decimal('2.0'))
    """

    __slots__ = (
        "_asks",
        "_asks_crc",
        "_bids",
        "_bids_joined",
        "_decimals",
        "_depth",
        "_identity",
        "_known",
        "_last",
        "_tolerant",
    )

    def __init__(
        self,
        symbol: str,
        depth: int = 10,
        *,
        number: Callable[[str], N] = Decimal,  # type: ignore[assignment] # the default of N
        precision: Precision | None = None,
    ) -> None:
        self._depth = depth
        self._identity = BookIdentity(symbol, depth, number)
        self._bids = _Side(-1)
        self._asks = _Side(1)
        self._bids_joined = b""
        self._asks_crc = 0
        self._known = precision is not None
        self._decimals = precision or Precision(0, 0)
        self._tolerant = False
        self._last: BookData | None = None  # the frame applied last; None while not valid

    @property
    def valid(self) -> bool:
        """A snapshot was applied and nothing went wrong since."""
        return self._last is not None

    def set_precision(self, precision: Precision) -> None:
        """Take over the pair's precision; what is held already follows it."""
        self._known = True
        self._decimals = precision
        if self._tolerant:
            self._rewrite()

    def view(self) -> OrderBook[N] | None:
        """Give the book as it stands, None while it is not valid."""
        last = self._last
        if last is None:
            return None
        bids, asks = self._bids.levels, self._asks.levels
        return OrderBook(self._identity, bids, asks, last.checksum, last.timestamp)

    def invalidate(self) -> None:
        """Trust nothing until the next snapshot: the stream of frames was interrupted."""
        self._last = None

    def apply(self, message: BookMessage) -> OrderBook[N] | None:
        """Apply a frame; give the new view, or None for an update before any snapshot.

        Raises:
            ChecksumMismatch: the checksum of the frame and of the book differ.
            CrossedBook: the best bid is not below the best ask.
            BookError: a level cannot be read.

        After an error the book is invalid until the next snapshot.
        """
        data = message.data[0]
        if message.type == "snapshot":
            self._clear()
        elif self._last is None:
            return None
        asks = self._asks
        bids = self._bids
        checksum = data.checksum
        try:
            if self._tolerant or checksum is None:
                self._apply_rewritten(data)
            else:
                if data.asks and self._merge(asks, data.asks) < _CHECKED:
                    self._asks_crc = crc32("".join(asks.tokens[:_CHECKED]).encode())
                if data.bids and self._merge(bids, data.bids) < _CHECKED:
                    self._bids_joined = "".join(bids.tokens[:_CHECKED]).encode()
        except (ValueError, TypeError, AttributeError):  # what is no text behaves like none
            self._reread(data)
        found = crc32(self._bids_joined, self._asks_crc)
        if found != checksum and checksum is not None:
            self._recheck(data, checksum)
        if asks.top + bids.top <= 0:  # those of bids are negative
            bid, ask = bids.levels[0].price, asks.levels[0].price
            raise self._failure(CrossedBook, f"best bid {bid} is not below best ask {ask}")
        self._last = data
        if len(asks.keys) > self._depth or len(bids.keys) > self._depth:
            self._truncate()
        return OrderBook(self._identity, bids.levels, asks.levels, checksum, data.timestamp)

    def _merge(self, side: _Side, changes: Sequence[BookLevel]) -> int:
        """Apply changed levels in order, and give the lowest index that changed."""
        if getrefcount(side.levels) > _UNSHARED:
            side.levels = side.levels.copy()
        keys = side.keys
        tokens = side.tokens
        levels = side.levels
        sign = side.sign
        touched = _CHECKED
        for level in changes:
            price = level.price
            key = float(price) * sign
            index = bisect_left(keys, key)
            held = index < len(keys) and keys[index] == key
            token = level.qty.lstrip("0.").replace(".", "")
            if token:
                token = price.lstrip("0.").replace(".", "") + token
                if held:
                    tokens[index] = token
                    levels[index] = level
                else:
                    keys.insert(index, key)
                    tokens.insert(index, token)
                    levels.insert(index, level)
            elif held:
                del keys[index], tokens[index], levels[index]
            else:
                continue
            if index < touched:
                touched = index
            elif index >= _CHECKED:
                float(level.qty)  # no checksum covers it, so it has to be a number by itself
        if not touched:
            side.top = keys[0] if keys else _NOWHERE
        return touched

    def _recheck(self, data: BookData, checksum: int) -> None:
        """See whether the frame verifies once all numbers are written at the pair's precision."""
        if not self._tolerant:
            self._reread(data)
        found = crc32(self._bids_joined, self._asks_crc)
        if found != checksum:
            raise self._failure(
                ChecksumMismatch, f"checksum {found} of the book differs from {checksum}"
            )

    def _truncate(self) -> None:
        """Drop what lies beyond the subscribed depth, once the whole frame has been applied."""
        depth = self._depth
        for side in (self._asks, self._bids):
            del side.keys[depth:], side.tokens[depth:], side.levels[depth:]

    def _reread(self, data: BookData) -> None:
        """Apply a frame that is not all plain text, from the beginning, or say what is wrong."""
        try:
            self._apply_rewritten(data)
        except ValueError as error:
            raise self._failure(BookError, f"a level cannot be read: {error}") from None

    def _apply_rewritten(self, data: BookData) -> None:
        """Apply a frame at the pair's precision; doing so twice does no harm."""
        sides = [(side, [_plain(level) for level in changes]) for side, changes in self._of(data)]
        if not self._known:
            levels = [*self._bids.levels, *self._asks.levels]
            levels += [level for _, changes in sides for level in changes]
            self._learn(map(_plain, levels) if not self._tolerant else levels)
        if not self._tolerant:
            self._tolerant = True
            self._rewrite()
        for side, changes in filter(itemgetter(1), sides):
            self._merge(side, [_widened(level, self._decimals) for level in changes])
        self._join()

    def _of(self, data: BookData) -> tuple[tuple[_Side, list[BookLevel]], ...]:
        return (self._asks, data.asks), (self._bids, data.bids)

    def _learn(self, levels: Iterable[BookLevel]) -> None:
        """Widen the precision to that of the widest texts, where nobody told it."""
        price, qty = self._decimals.price, self._decimals.qty
        for level in levels:
            price = max(price, decimals_of(level.price))
            qty = max(qty, decimals_of(level.qty))
        if (price, qty) != (self._decimals.price, self._decimals.qty):
            self._decimals = Precision(price, qty)
            if self._tolerant:
                self._rewrite()

    def _rewrite(self) -> None:
        """Write all levels at the present precision."""
        for side in (self._bids, self._asks):
            held = [_widened(_plain(level), self._decimals) for level in side.levels]
            side.empty()
            self._merge(side, held)
        self._join()

    def _join(self) -> None:
        self._bids_joined = "".join(self._bids.tokens[:_CHECKED]).encode()
        self._asks_crc = crc32("".join(self._asks.tokens[:_CHECKED]).encode())

    def _clear(self) -> None:
        for side in (self._bids, self._asks):
            side.empty()
        self._bids_joined, self._asks_crc = b"", 0
        self._tolerant = False
        if not self._known:
            self._decimals = Precision(0, 0)

    def _failure(self, kind: type[BookError], what: str) -> BookError:
        self._last = None
        symbol = self._identity.symbol
        return kind(f"{symbol}: {what}", symbol=symbol)


def _plain(level: BookLevel) -> BookLevel:
    """Write both numbers of a level as plain decimal text.

    Raises:
        ValueError: one is no number.
    """
    return BookLevel(plain(level.price), plain(level.qty))


def _widened(level: BookLevel, decimals: Precision) -> BookLevel:
    return BookLevel(padded(level.price, decimals.price), padded(level.qty, decimals.qty))
