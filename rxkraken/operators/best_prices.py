"""Best bid and ask of whatever has them."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

N_co = TypeVar("N_co", covariant=True)


class Priced(Protocol[N_co]):
    """A price level."""

    @property
    def price(self) -> N_co: ...  # noqa: D102 - see Level


class BookLike(Protocol[N_co]):
    """An `OrderBook`, or what has its best levels."""

    @property
    def best_bid(self) -> Priced[N_co] | None: ...  # noqa: D102 - see OrderBook
    @property
    def best_ask(self) -> Priced[N_co] | None: ...  # noqa: D102 - see OrderBook


class TopLike(Protocol[N_co]):
    """A `TopOfBook`, or what has its best levels."""

    @property
    def bid(self) -> Priced[N_co] | None: ...  # noqa: D102 - see TopOfBook
    @property
    def ask(self) -> Priced[N_co] | None: ...  # noqa: D102 - see TopOfBook


class QuoteLike(Protocol[N_co]):
    """A `Ticker`, a `Spread`, or what has their bid and ask."""

    @property
    def bid(self) -> N_co: ...  # noqa: D102 - see Ticker
    @property
    def ask(self) -> N_co: ...  # noqa: D102 - see Ticker


Prices = BookLike[N_co] | TopLike[N_co] | QuoteLike[N_co]


def best_prices(value: Any) -> tuple[Any, Any] | None:
    """Give best bid and ask in quote units, None while a side is empty.

    >>> from rxkraken.models import Spread
    >>> best_prices(Spread("BTC/USD", 99.0, 1.0, 101.0, 1.0))
    (99.0, 101.0)
    """
    if hasattr(value, "best_bid"):
        bid, ask = value.best_bid, value.best_ask
    else:
        bid, ask = value.bid, value.ask
    if bid is None or ask is None:
        return None
    return getattr(bid, "price", bid), getattr(ask, "price", ask)
