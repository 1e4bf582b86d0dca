"""How much an order book holds: near its mid, and for an order that walks through it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.models.book import LevelText, OrderBook
from rxkraken.models.book_measures import BookDepth, BookWalk, Side, SideDepth
from rxkraken.operators.ladder import Ladder, Middle, Rows, Total
from rxkraken.operators.stepping import stepping
from rxkraken.wire.numbers import plain

N = TypeVar("N", Decimal, float)
Amount = Decimal | float | str

_WHOLE = 10_000  # basis points


def depth_within(
    basis_points: Amount,
) -> Callable[[Observable[OrderBook[N]]], Observable[BookDepth[N]]]:
    """Emit quantity and notional of each side within a band around the mid.

    ::

        99.5 x 2 / 100.5 x 3     -o---->
        depth_within(100)        -2|3-->

    The edges of the band belong to it. A book shows a limited number of levels: ``whole`` tells of
    each side whether it reaches beyond the band. Books with an empty side
    have no mid and give nothing.

    The cost of a book grows with the levels that changed, and little with those in the band: at
    depth 10 with all 20 levels in it at most 30 times that of a bare ``map``, 1.5 a level.

    Args:
        basis_points: half the width of the band, in hundredths of a percent of the mid.

    Raises:
        ConfigurationError: basis_points is no number above zero.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> asks = (Level("100.5", "3"), Level("105", "7"))
    >>> frames = reactivex.just(BookSnapshot("BTC/USD", bids=(Level("99.5", "2"),), asks=asks))
    >>> depths = frames.pipe(order_book("BTC/USD"), depth_within(100))
    >>> _ = depths.subscribe(lambda depth: print(depth.bids.qty, depth.asks))
    2 SideDepth(qty=Decimal('3'), notional=Decimal('301.5'), whole=True)
    """
    text = positive_text(basis_points, "basis_points")

    def begin() -> Callable[[OrderBook[N]], BookDepth[N] | None]:
        below, above, middle = _Band(-1), _Band(1), Middle()
        width: Any = None
        scale: Any = None
        low: Any = None
        high: Any = None

        def step(book: OrderBook[N]) -> BookDepth[N] | None:
            nonlocal width, scale, low, high
            identity, bids, asks = book.identity, book.bid_texts, book.ask_texts
            if not bids or not asks:
                return None
            if width is None:
                below.rows.serve(identity)
                above.rows.serve(identity)
                width = identity.number(text)
                scale = (_WHOLE - width) / (2 * _WHOLE), (_WHOLE + width) / (2 * _WHOLE)
            if middle.moved(book):
                low, high = middle.twice * scale[0], middle.twice * scale[1]
            return BookDepth(
                identity.symbol, width, below.up_to(low, bids), above.up_to(high, asks)
            )

        return step

    return stepping(begin)


class _Band:
    """The part of one side up to an edge, summed anew only when a level in it is another."""

    __slots__ = ("_edge", "_inside", "_levels", "_side", "_sign", "_total", "rows")

    def __init__(self, sign: int) -> None:
        self.rows = Rows()
        self._sign = sign
        self._total = Total(self.rows)
        self._levels: Sequence[LevelText] = ()
        self._inside: Sequence[LevelText] | None = None
        self._edge: Any = None
        self._side: SideDepth[Any] = SideDepth(0, 0, whole=False)

    def up_to(self, edge: Any, levels: Sequence[LevelText]) -> SideDepth[Any]:
        """Sum up to an edge, levels on it included."""
        if levels is self._levels and edge is self._edge:
            return self._side
        rows, sign, count = self.rows, self._sign, len(levels)
        last = rows[levels[-1]][0]
        if last < edge if sign < 0 else last > edge:
            count = bisect_right(levels, edge * sign, key=lambda level: rows[level][0] * sign)
        inside, whole = levels[:count], count < len(levels)
        if inside != self._inside or whole is not self._side.whole:
            self._total.take(inside)
            self._side = SideDepth(self._total.qty, self._total.notional, whole)
        self._levels, self._edge, self._inside = levels, edge, inside
        return self._side


def walk_book(
    side: Side, *, qty: Amount | None = None, notional: Amount | None = None
) -> Callable[[Observable[OrderBook[N]]], Observable[BookWalk[N]]]:
    """Emit, for each book, what a market order would get from its levels.

    ::

        asks                       -1 @ 100, 1 @ 102-->
        walk_book("buy", qty=1.5)  -2 levels, 100.67-->

    The walk goes level by level from the best one, the last perhaps in part, until the order is
    filled or the book ends; what the book does not show, the result calls a ``shortfall``.
    A book of depth 10 costs at most 15 times a bare ``map`` while the first levels fill the order,
    and at most 20 times, 2 a level, when all ten are eaten.

    Args:
        side: of the order: ``"buy"`` eats asks, ``"sell"`` eats bids.
        qty: size of the order in base units; either this or ``notional``.
        notional: size of the order in quote units.

    Raises:
        ConfigurationError: the side is neither of the two, or not exactly one size above zero is
            given.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> asks = (Level("100", "1"), Level("102", "1"))
    >>> frames = reactivex.just(BookSnapshot("BTC/USD", bids=(Level("98", "1"),), asks=asks))
    >>> walks = frames.pipe(order_book("BTC/USD"), walk_book("buy", qty=2))
    >>> _ = walks.subscribe(lambda walk: print(walk.average_price, walk.slippage_bps, walk.levels))
    101 202.0202020202020202020202020 2
    """
    if side not in ("buy", "sell"):
        raise ConfigurationError(f"side must be 'buy' or 'sell', not {side!r}")
    if (qty is None) == (notional is None):
        raise ConfigurationError("walk_book needs exactly one of qty and notional")
    by_qty = qty is not None
    size = positive_text(qty, "qty") if by_qty else positive_text(notional, "notional")
    eat = _eat_qty if by_qty else _eat_notional

    def begin() -> Callable[[OrderBook[N]], BookWalk[N]]:
        ladder, middle = Ladder(), Middle()
        wanted: Any = None
        mid: Any = None

        def step(book: OrderBook[N]) -> BookWalk[N]:
            nonlocal wanted, mid
            bids, asks, identity = book.bid_texts, book.ask_texts, book.identity
            if wanted is None:
                wanted = identity.number(size)
            ladder.stand_on(asks if side == "buy" else bids, identity)
            filled, spent, eaten, shortfall = eat(ladder, wanted)
            if not bids or not asks:
                return BookWalk(book.symbol, side, filled, spent, eaten, shortfall, None)
            if middle.moved(book):
                mid = middle.twice / 2
            return BookWalk(book.symbol, side, filled, spent, eaten, shortfall, mid)

        return step

    return stepping(begin)


def _eat_qty(ladder: Ladder, wanted: N) -> tuple[N, N, int, N]:
    """Give what was filled, what it cost, how many levels it took, and what is missing."""
    sizes, worths = ladder.quantities, ladder.notionals
    last = ladder.reach(sizes, wanted)
    if last == len(sizes):
        return sizes[-1], worths[-1], last - 1, wanted - sizes[-1]
    rest = wanted - sizes[last - 1]
    return wanted, worths[last - 1] + ladder.price(last) * rest, last, sizes[0]


def _eat_notional(ladder: Ladder, wanted: N) -> tuple[N, N, int, N]:
    """Do the same for an amount of the quote currency."""
    sizes, worths = ladder.quantities, ladder.notionals
    last = ladder.reach(worths, wanted)
    if last == len(worths):
        return sizes[-1], worths[-1], last - 1, wanted - worths[-1]
    rest = wanted - worths[last - 1]
    return sizes[last - 1] + rest / ladder.price(last), wanted, last, worths[0]


def positive_text(value: Any, name: str) -> str:
    """Write a number above zero as plain text, which the number type of a book can read.

    Raises:
        ConfigurationError: it is none; the message names the argument.
    """
    try:
        text = plain(value)
        positive = Decimal(text) > 0
    except ValueError:
        positive = False
    if not positive:
        raise ConfigurationError(f"{name} must be a number above zero, not {repr(value)[:60]}")
    return text
