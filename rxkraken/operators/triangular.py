"""A rate against the rate that two others imply."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.models.combined import Triangle
from rxkraken.operators.arithmetic import arithmetic_of
from rxkraken.operators.best_prices import Prices, best_prices
from rxkraken.operators.joining import Step, check_sources, joined

N = TypeVar("N", Decimal, float)


def triangular(
    a: Observable[Prices[N]], b: Observable[Prices[N]], c: Observable[Prices[N]]
) -> Observable[Triangle[N]]:
    """Emit implied and direct rate of X in Z, given X/Y, Y/Z and X/Z, when one of them changed.

    ::

        a (ETH/BTC)    -.05---------------.06---|
        b (BTC/USD)    -----100-----------------|
        c (ETH/USD)    -----------4.8-----------|
        triangular     -----------(5~4.8)-(6~4.8)|

    The implied bid is the bid of a times the bid of b, the implied ask the ask of a times the ask
    of b; of ``Decimal`` prices both are exact. `Triangle` tells what both directions earn in basis
    points, before fees and at the best prices only, whatever quantity is there. The latest prices
    count, however old; while a side of a book is empty, nothing is emitted.

    Args:
        a: order books, tickers or spreads of X/Y, or anything with ``best_bid`` and ``best_ask``
            levels, or with ``bid`` and ``ask``, prices or levels.
        b: the same of Y/Z.
        c: the same of X/Z.

    Raises:
        ConfigurationError: an argument is no Observable. The stream ends with one when values have
            symbols that make no such triangle.

    >>> import reactivex
    >>> from rxkraken.models import Spread
    >>> quotes = ("ETH/BTC", 0.05, 0.051), ("BTC/USD", 100.0, 101.0), ("ETH/USD", 4.7, 4.8)
    >>> a, b, c = (reactivex.just(Spread(pair, bid, 1.0, ask, 1.0)) for pair, bid, ask in quotes)
    >>> _ = triangular(a, b, c).subscribe(lambda rates: print(rates.implied_bid, rates.direct_ask))
    5.0 4.8
    """
    check_sources(a=a, b=b, c=c)
    return joined((a, b, c), _triangle)


def _triangle() -> Step[Triangle[Any]]:
    latest: list[tuple[Any, Any] | None] = [None, None, None]
    symbols: list[str | None] = [None, None, None]
    last: Triangle[Any] | None = None

    def step(number: int, value: Any) -> Triangle[Any] | None:
        nonlocal last
        symbol, prices = getattr(value, "symbol", None), best_prices(value)
        if symbol != symbols[number]:
            symbols[number] = symbol
            _check_triangle(symbols)
        if prices == latest[number]:
            return None
        latest[number] = prices
        a, b, c = latest
        if a is None or b is None or c is None:
            return None
        multiply = arithmetic_of(a[0]).multiply
        triangle = Triangle(multiply(a[0], b[0]), multiply(a[1], b[1]), *c)
        if triangle == last:
            return None
        last = triangle
        return triangle

    return step


def _check_triangle(symbols: list[str | None]) -> None:
    """Refuse three symbols that are not X/Y, Y/Z and X/Z."""
    a, b, c = (symbol.split("/") if symbol else None for symbol in symbols)
    if a and b and c and not (a[0] == c[0] and a[-1] == b[0] and b[-1] == c[-1]):
        raise ConfigurationError(
            "triangular needs streams of X/Y, Y/Z and X/Z, in this order, not of "
            f"{', '.join(map(str, symbols))}"
        )
