"""The level 2 book: applies frames, verifies every one, emits immutable views.

Each side is three parallel lists, best level first: sort keys (the price as a float, negated for
bids), checksum tokens (made once, when a level is written) and the levels themselves, as the text
of the wire. A double is a safe key though it is not a safe value: two prices of at most fifteen
digits never share one. Only the side whose top ten changed is joined again for the checksum.

A view shares the list of levels with the book; before a change the list is copied if the last view
is still referenced, so an emitted view never changes and costs nothing to those who drop it.

Recordings that went through a JSON parser have lost trailing zeros, which the checksum needs. Each
number whose decimal point is not where the pair's precision puts it is repaired; without a known
precision the widest text seen stands for it.
Source: spec ``v2-market-data`` §7.
"""

from __future__ import annotations

import weakref
from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar
from zlib import crc32

import attrs

from rxkraken.errors import BookError, ChecksumMismatch, CrossedBook
from rxkraken.models.book import OrderBook
from rxkraken.wire.numbers import checksum_token, decimals_of, padded, plain
from rxkraken.wire.v2 import BookLevel, BookMessage

N = TypeVar("N")

_CHECKED = 10  # levels a side that the checksum covers


@attrs.frozen
class Precision:
    """Decimals of prices and quantities of a pair, as the instrument channel tells them."""

    price: int
    qty: int


class _Side:
    """One side of a book; ``sign`` is -1 for bids, so that keys ascend from the best level."""

    __slots__ = ("keys", "levels", "sign", "tokens")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[float] = []
        self.tokens: list[str] = []
        self.levels: list[BookLevel] = []

    def joined(self) -> bytes:
        return "".join(self.tokens[:_CHECKED]).encode()


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
        "_depth",
        "_known",
        "_number",
        "_price_decimals",
        "_price_point",
        "_qty_decimals",
        "_qty_point",
        "_symbol",
        "_valid",
        "_view",
    )

    def __init__(
        self,
        symbol: str,
        depth: int = 10,
        *,
        number: Callable[[str], N] = Decimal,  # type: ignore[assignment] # the default of N
        precision: Precision | None = None,
    ) -> None:
        self._symbol = symbol
        self._depth = depth
        self._number = number
        self._known = precision is not None
        self._bids = _Side(-1)
        self._asks = _Side(1)
        self._bids_joined = b""
        self._asks_crc = 0
        self._valid = False
        self._view: Callable[[], OrderBook[N] | None] = _no_view
        self._set_decimals(*(attrs.astuple(precision) if precision else (0, 0)))

    @property
    def valid(self) -> bool:
        """A snapshot was applied and nothing went wrong since."""
        return self._valid

    def set_precision(self, precision: Precision) -> None:
        """Take over the pair's precision; tokens of levels already held follow it."""
        self._known = True
        if (precision.price, precision.qty) != (self._price_decimals, self._qty_decimals):
            self._widen(precision.price, precision.qty)

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
            self._clear(data.bids, data.asks)
        elif not self._valid:
            return None
        self._valid = False
        shared = self._view() is not None
        try:
            if data.asks and self._merge(self._asks, data.asks, shared=shared) < _CHECKED:
                self._asks_crc = crc32(self._asks.joined())
            if data.bids and self._merge(self._bids, data.bids, shared=shared) < _CHECKED:
                self._bids_joined = self._bids.joined()
        except ValueError as error:
            raise BookError(
                f"{self._symbol}: a level cannot be read: {error}", symbol=self._symbol
            ) from None
        if data.checksum is not None:
            found = crc32(self._bids_joined, self._asks_crc)
            if found != data.checksum:
                raise ChecksumMismatch(
                    f"{self._symbol}: checksum {found} of the book differs from {data.checksum}",
                    symbol=self._symbol,
                )
        asks, bids = self._asks, self._bids
        if asks.keys and bids.keys and -bids.keys[0] >= asks.keys[0]:
            raise CrossedBook(
                f"{self._symbol}: best bid {bids.levels[0].price} is not below "
                f"best ask {asks.levels[0].price}",
                symbol=self._symbol,
            )
        self._valid = True
        view = OrderBook(
            self._symbol,
            self._depth,
            bids.levels,
            asks.levels,
            data.checksum,
            data.checksum is not None,
            data.timestamp,
            self._number,
        )
        self._view = weakref.ref(view)
        return view

    def _merge(self, side: _Side, changes: Sequence[BookLevel], *, shared: bool) -> int:
        """Apply changed levels in order, truncate, and give the lowest index that changed."""
        if shared:
            side.levels = side.levels.copy()
        keys, tokens, levels, sign = side.keys, side.tokens, side.levels, side.sign
        price_point, qty_point = self._price_point, self._qty_point
        touched = _CHECKED
        for level in changes:
            price, qty = level.price, level.qty
            if (
                price.__class__ is not str
                or qty.__class__ is not str
                or price[price_point : price_point + 1] != "."
                or qty[qty_point : qty_point + 1] != "."
            ):
                price, qty = self._repaired(price, qty)
                price_point, qty_point = self._price_point, self._qty_point
                level = BookLevel(price, qty)  # noqa: PLW2901 - the repaired one takes its place
            key = sign * float(price)
            index = bisect_left(keys, key)
            held = index < len(keys) and keys[index] == key
            token = qty.lstrip("0.").replace(".", "")
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
            if index < touched:  # noqa: PLR1730 - min() costs a call a level
                touched = index
        if len(keys) > self._depth:
            del keys[self._depth :], tokens[self._depth :], levels[self._depth :]
        return touched

    def _clear(self, *sides: Sequence[BookLevel]) -> None:
        """Forget all levels; learn the precision from a snapshot where nobody told it."""
        for side in (self._bids, self._asks):
            side.keys, side.tokens, side.levels = [], [], []
        self._bids_joined, self._asks_crc = b"", 0
        if not self._known:
            prices = [plain(level.price) for side in sides for level in side]
            quantities = [plain(level.qty) for side in sides for level in side]
            self._set_decimals(
                max(map(decimals_of, prices), default=0),
                max(map(decimals_of, quantities), default=0),
            )

    def _repaired(self, price: Any, qty: Any) -> tuple[str, str]:
        """Write a level whose text is not as wide as the pair's numbers are."""
        price, qty = plain(price), plain(qty)
        if not self._known:
            price_decimals = max(self._price_decimals, decimals_of(price))
            qty_decimals = max(self._qty_decimals, decimals_of(qty))
            if (price_decimals, qty_decimals) != (self._price_decimals, self._qty_decimals):
                self._widen(price_decimals, qty_decimals)
        return padded(price, self._price_decimals), padded(qty, self._qty_decimals)

    def _widen(self, price_decimals: int, qty_decimals: int) -> None:
        """Make all tokens again at another precision."""
        self._set_decimals(price_decimals, qty_decimals)
        for side in (self._bids, self._asks):
            side.tokens[:] = [
                checksum_token(padded(level.price, price_decimals))
                + checksum_token(padded(level.qty, qty_decimals))
                for level in side.levels
            ]
        self._bids_joined = self._bids.joined()
        self._asks_crc = crc32(self._asks.joined())

    def _set_decimals(self, price: int, qty: int) -> None:
        self._price_decimals, self._qty_decimals = price, qty
        self._price_point, self._qty_point = -price - 1, -qty - 1


def _no_view() -> None:
    return None
