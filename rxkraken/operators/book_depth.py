"""How much an order book holds: near its mid, and for an order that walks through it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.models.book import OrderBook
from rxkraken.models.book_measures import BookDepth, BookWalk, Side, SideDepth
from rxkraken.operators.ladder import Ladder
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
        below, above = Ladder(-1), Ladder(1)
        scale: Any = None

        def step(book: OrderBook[N]) -> BookDepth[N] | None:
            nonlocal scale
            bids, asks = book.bid_texts, book.ask_texts
            if not bids or not asks:
                return None
            number = book.identity.number
            if scale is None:
                width = number(text)
                scale = width, width - _WHOLE, width + _WHOLE
            below.stand_on(bids, number)
            above.stand_on(asks, number)
            twice_mid = number(bids[0].price) + number(asks[0].price)
            return BookDepth(
                book.symbol,
                scale[0],
                _held(below, twice_mid * scale[1] / (2 * _WHOLE)),
                _held(above, twice_mid * scale[2] / (2 * _WHOLE)),
            )

        return step

    return stepping(begin)


def _held(ladder: Ladder, edge: Any) -> SideDepth[Any]:
    """Sum up to an edge, those on it included."""
    places = ladder.places
    ladder.reach(places, edge)
    inside = bisect_right(places, edge) - 1
    return SideDepth(ladder.quantities[inside], ladder.notionals[inside], inside < len(places) - 1)


def walk_book(
    side: Side, *, qty: Amount | None = None, notional: Amount | None = None
) -> Callable[[Observable[OrderBook[N]]], Observable[BookWalk[N]]]:
    """Emit, for each book, what a market order would get from its levels.

    ::

        asks                       -1 @ 100, 1 @ 102-->
        walk_book("buy", qty=1.5)  -2 levels, 100.67-->

    The walk goes level by level from the best one, the last perhaps in part, until the order is
    filled or the book ends; what the book does not show, the result calls a ``shortfall``.

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
        ladder = Ladder(-1 if side == "sell" else 1)
        wanted: Any = None

        def step(book: OrderBook[N]) -> BookWalk[N]:
            nonlocal wanted
            bids, asks, number = book.bid_texts, book.ask_texts, book.identity.number
            if wanted is None:
                wanted = number(size)
            ladder.stand_on(asks if side == "buy" else bids, number)
            filled, spent, eaten, shortfall = eat(ladder, wanted)
            mid = (number(bids[0].price) + number(asks[0].price)) / 2 if bids and asks else None
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
    return wanted, worths[last - 1] + abs(ladder.places[last]) * rest, last, sizes[0]


def _eat_notional(ladder: Ladder, wanted: N) -> tuple[N, N, int, N]:
    """Do the same for an amount of the quote currency."""
    sizes, worths = ladder.quantities, ladder.notionals
    last = ladder.reach(worths, wanted)
    if last == len(worths):
        return sizes[-1], worths[-1], last - 1, wanted - worths[-1]
    rest = wanted - worths[last - 1]
    return sizes[last - 1] + rest / abs(ladder.places[last]), wanted, last, worths[0]


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
