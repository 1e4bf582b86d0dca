"""Level 2 order books: the frames of the ``book`` channel and the book made of them.

`OrderBook` is a view that is made once a frame, so it is a msgspec Struct (0.07 us to make, an
attrs class 0.5 us) over the texts of the wire; numbers are made when they are looked at.
Source: spec ``v2-market-data`` §6, §7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast, overload

import attrs
import msgspec

if TYPE_CHECKING:
    import polars

N = TypeVar("N")


class LevelText(Protocol):
    """A price level as the texts of the wire."""

    @property
    def price(self) -> str: ...  # noqa: D102 - see Level
    @property
    def qty(self) -> str: ...  # noqa: D102 - see Level


@attrs.frozen
class Level(Generic[N]):
    """A price in quote units and the total quantity there in base units."""

    price: N
    qty: N


@attrs.frozen
class BookSnapshot(Generic[N]):
    """The whole book of one symbol to the subscribed depth, best levels first."""

    symbol: str
    bids: tuple[Level[N], ...]
    asks: tuple[Level[N], ...]
    checksum: int | None = None
    timestamp: datetime | None = None


@attrs.frozen
class BookUpdate(Generic[N]):
    """Changed levels, in the order they are to be applied; quantity 0 removes a level."""

    symbol: str
    bids: tuple[Level[N], ...]
    asks: tuple[Level[N], ...]
    checksum: int | None = None
    timestamp: datetime | None = None


class Levels(Sequence[Level[N]], Generic[N]):
    """One side of an `OrderBook`, best level first, read lazily."""

    __slots__ = ("_number", "_texts")

    def __init__(self, texts: list[LevelText], number: Callable[[str], N]) -> None:
        self._texts = texts
        self._number = number

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> Level[N]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Level[N], ...]: ...
    def __getitem__(self, index: int | slice) -> Level[N] | tuple[Level[N], ...]:
        if isinstance(index, slice):
            return tuple(map(self._level, self._texts[index]))
        return self._level(self._texts[index])

    def __iter__(self) -> Iterator[Level[N]]:
        return map(self._level, self._texts)

    def _level(self, text: LevelText) -> Level[N]:
        return Level(self._number(text.price), self._number(text.qty))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


@attrs.frozen
class BookIdentity(Generic[N]):
    """What all views of one book share: symbol, depth, and the maker of numbers."""

    symbol: str
    depth: int
    number: Callable[[str], N]


class OrderBook(msgspec.Struct, Generic[N], frozen=True, gc=False, eq=False):
    """A level 2 book after one frame, immutable, valid for ever.

    Attributes:
        checksum: CRC32 over the top ten levels, with which the book agrees; None when the
            exchange sent none.
    """

    identity: BookIdentity[N]
    bid_texts: list[Any]
    ask_texts: list[Any]
    checksum: int | None
    timestamp_text: str | None

    @property
    def symbol(self) -> str:
        """The pair."""
        return self.identity.symbol

    @property
    def depth(self) -> int:
        """The subscribed number of price levels a side."""
        return self.identity.depth

    @property
    def verified(self) -> bool:
        """The exchange sent a checksum, and the book agrees with it."""
        return self.checksum is not None

    @property
    def bids(self) -> Levels[N]:
        """Bids, the highest price first."""
        return Levels(self.bid_texts, self.identity.number)

    @property
    def asks(self) -> Levels[N]:
        """Asks, the lowest price first."""
        return Levels(self.ask_texts, self.identity.number)

    @property
    def best_bid(self) -> Level[N] | None:
        """The highest bid, None when there is no bid."""
        return self.bids[0] if self.bid_texts else None

    @property
    def best_ask(self) -> Level[N] | None:
        """The lowest ask, None when there is no ask."""
        return self.asks[0] if self.ask_texts else None

    @property
    def mid(self) -> N | None:
        """Half way between best bid and best ask in quote units, None when a side is empty."""
        bid, ask = cast("Any", self.best_bid), cast("Any", self.best_ask)
        return None if bid is None or ask is None else (bid.price + ask.price) / 2

    @property
    def spread(self) -> N | None:
        """Best ask minus best bid in quote units, None when a side is empty."""
        bid, ask = cast("Any", self.best_bid), cast("Any", self.best_ask)
        return None if bid is None or ask is None else ask.price - bid.price

    @property
    def timestamp(self) -> datetime | None:
        """Time of the book at the exchange, in UTC; None when it sent none that can be read."""
        try:
            return datetime.fromisoformat(self.timestamp_text or "")
        except ValueError:
            return None

    def to_frame(self) -> polars.DataFrame:
        """Give the levels as a polars frame: ``side``, ``level`` (0 is best), ``price``, ``qty``.

        Raises:
            ModuleNotFoundError: polars is missing; the message names the extra.
        """
        try:
            import polars  # noqa: PLC0415 - an extra is imported where it is needed
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                "to_frame() needs polars: pip install 'rxkraken[frames]'"
            ) from None
        levels = [*self.bids, *self.asks]
        sides = ["bid"] * len(self.bids) + ["ask"] * len(self.asks)
        ranks = [*range(len(self.bids)), *range(len(self.asks))]
        return polars.DataFrame(  # by column: by row, digits past those of the first rows get lost
            {
                "side": polars.Series(sides, dtype=polars.String),
                "level": polars.Series(ranks, dtype=polars.Int64),
                "price": [level.price for level in levels],
                "qty": [level.qty for level in levels],
            }
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OrderBook):
            return NotImplemented
        return (
            self.symbol == other.symbol
            and self.depth == other.depth
            and self.checksum == other.checksum
            and self.timestamp == other.timestamp
            and self.bids == other.bids
            and self.asks == other.asks
        )

    def __ne__(self, other: object) -> bool:  # a Struct does not derive it from __eq__
        return not self == other

    def __hash__(self) -> int:
        return hash((self.symbol, self.depth, self.checksum, self.timestamp))

    def __repr__(self) -> str:
        bid, ask = self.best_bid, self.best_ask
        return (
            f"OrderBook({self.symbol!r}, depth={self.depth}, "
            f"bid={f'{bid.qty} @ {bid.price}' if bid else None}, "
            f"ask={f'{ask.qty} @ {ask.price}' if ask else None}, verified={self.verified})"
        )
