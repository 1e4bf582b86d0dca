"""The difference of the prices of two markets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.models.combined import CrossSpread
from rxkraken.operators.best_prices import Prices, best_prices
from rxkraken.operators.joining import Step, check_sources, joined

N = TypeVar("N", Decimal, float)


def spread_between(
    a: Observable[Prices[N]], b: Observable[Prices[N]]
) -> Observable[CrossSpread[N]]:
    """Emit the best prices of two markets beside each other whenever one of the four changed.

    ::

        a (bid/ask)       -9/10---------10/11--|
        b (bid/ask)       ------8/9---8/9------|
        spread_between    ------(+1)----(+2)---|     `CrossSpread.mid`, in quote units

    Both must price the same base in the same quote (or in quotes one takes for equal, as USD and
    USDT). The latest prices of each market count, however old they are; while a side of a book is
    empty, nothing is emitted. The stream completes when both did, or one without any value.

    Args:
        a: order books, tickers, spreads, or anything with ``best_bid`` and ``best_ask`` levels, or
            with ``bid`` and ``ask``, prices or levels.
        b: the same, of the market to compare with.

    Raises:
        ConfigurationError: an argument is no Observable.

    >>> import reactivex
    >>> from rxkraken.models import Spread
    >>> a = reactivex.just(Spread("BTC/USD", 101.0, 1.0, 103.0, 1.0))
    >>> b = reactivex.just(Spread("BTC/USDT", 99.0, 1.0, 101.0, 1.0))
    >>> _ = spread_between(a, b).subscribe(lambda spread: print(spread.mid, spread.basis_points))
    2.0 200.0
    """
    check_sources(a=a, b=b)
    return joined((a, b), _spread)


def _spread() -> Step[CrossSpread[Any]]:
    latest: list[tuple[Any, Any] | None] = [None, None]
    last: CrossSpread[Any] | None = None

    def step(number: int, value: Any) -> CrossSpread[Any] | None:
        nonlocal last
        prices = best_prices(value)
        if prices == latest[number]:
            return None
        latest[number] = prices
        if latest[0] is None or latest[1] is None:
            return None
        spread = CrossSpread(*latest[0], *latest[1])
        if spread == last:
            return None
        last = spread
        return spread

    return step
