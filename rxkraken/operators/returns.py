"""Changes of prices, and how much they vary."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, SupportsFloat, TypeVar, overload

from reactivex import Observable, abc

from rxkraken.core.aggregates import RootSquare
from rxkraken.core.windows import Machine
from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT, ROUNDED
from rxkraken.operators.windowing import (
    Length,
    exact,
    floats,
    fold,
    fold_in_time,
    function,
    one_of,
    positive,
    whole,
    window_of,
)

T = TypeVar("T")
N = TypeVar("N", float, Decimal)


@overload
def returns(
    how: Literal["simple"] = "simple", *, periods: int = 1, value: None = None
) -> Callable[[Observable[N]], Observable[N]]: ...


@overload
def returns(
    how: Literal["simple"] = "simple", *, periods: int = 1, value: Callable[[T], N | None]
) -> Callable[[Observable[T]], Observable[N]]: ...


@overload
def returns(
    how: Literal["log"],
    *,
    periods: int = 1,
    value: Callable[[T], SupportsFloat | None] | None = None,
) -> Callable[[Observable[T]], Observable[float]]: ...


def returns(
    how: Literal["simple", "log"] = "simple",
    *,
    periods: int = 1,
    value: Callable[[Any], Any] | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Emit by what share each price is above the one before it.

    ::

        prices     -100-110-99-|
        returns    -----.1--(-.1)-|

    The simple return is ``price / before - 1``, of ``Decimal`` prices a ``Decimal`` of 28 digits;
    the log return is the natural logarithm of ``price / before``, in float.

    Args:
        how: ``"simple"`` or ``"log"``.
        periods: how many prices before to compare with; the first so many emit nothing.
        value: gives the price of an item; by default items are prices.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: a price is not above
            zero, or no number.

    >>> import reactivex
    >>> prices = reactivex.of(Decimal("100"), Decimal("110"), Decimal("99"))
    >>> _ = prices.pipe(returns()).subscribe(print)
    0.1
    -0.1
    """
    one_of("how", how, ("simple", "log"))
    size = whole("periods", periods)
    if how == "log":
        return fold(lambda: _Change(_log_return, size), _above_zero("returns", floats, value))
    return fold(lambda: _Change(_simple_return, size), _above_zero("returns", exact, value))


def realized_volatility(
    window: Length,
    *,
    minimum: int | None = None,
    periods_per_year: float | None = None,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit the realized volatility: the root of the sum of the last squared log returns, in float.

    ::

        prices                    -100-110-100-|
        realized_volatility(2)    ---------.135|

    The window is one of returns, each at the time of its later price: one of 20 items is full with
    price 21. See `rolling` for windows and time. No mean is taken off.

    Args:
        window: a number of returns, or a length of time: a text such as ``"5m"``, a ``timedelta``.
        minimum: how many returns there must be; by default the window's number, or 1.
        periods_per_year: how many such returns a year has: the result is then the root of their
            mean square times this, the volatility of a year.
        value: gives the price of an item; by default items are prices.
        time: gives the time of an item, an aware ``datetime``, for a window of event time.
        scheduler: clock of a window of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: a price is not above
            zero, or no number.

    >>> import reactivex
    >>> volatility = realized_volatility(2)
    >>> _ = reactivex.of(100, 110, 100).pipe(volatility).subscribe(lambda x: print(f"{x:.4f}"))
    0.1348
    """
    chosen = window_of(window, minimum)
    scale = None if periods_per_year is None else positive("periods_per_year", periods_per_year)
    function("time", time)
    read: Callable[[Any], float | None] = _above_zero("realized_volatility", floats, value)

    def begin() -> Machine[float, float]:
        return _Volatility(chosen.around(RootSquare(scale)))

    if chosen.length is None:
        return fold(begin, read)
    return fold_in_time(begin, read, time, scheduler)


def _above_zero(
    name: str,
    reader: Callable[[str, Callable[[Any], Any] | None], Callable[[Any], Any]],
    value: Callable[[Any], Any] | None,
) -> Callable[[Any], Any]:
    read = reader(name, value)

    def price(item: Any) -> Any:
        number = read(item)
        if number is not None and number <= 0:
            raise ConfigurationError(f"{name} takes prices above zero, not {number}")
        return number

    return price


def _simple_return(price: N, before: N) -> N:
    if isinstance(price, Decimal):
        return ROUNDED.divide(EXACT.subtract(price, before), before)
    return (price - before) / before


def _log_return(price: float, before: float) -> float:
    if 0.5 <= price / before <= 2.0:  # noqa: PLR2004 - where the difference of floats is exact
        return math.log1p((price - before) / before)
    return math.log(price) - math.log(before)


class _Change:
    """Compares a price with the one so many periods before."""

    def __init__(self, compare: Callable[[Any, Any], Any], periods: int) -> None:
        self._compare = compare
        self._before: deque[Any] = deque(maxlen=periods)

    def push(self, value: Any, at: datetime | None) -> Any:  # noqa: ARG002 - of every machine
        """Take the next price."""
        before = self._before
        full = len(before) == before.maxlen
        oldest = before[0] if full else None
        before.append(value)
        return self._compare(value, oldest) if full else None


class _Volatility:
    """Squared log returns of prices, in a window."""

    def __init__(self, window: Machine[float, float]) -> None:
        self._window = window
        self._before: float | None = None

    def push(self, value: float, at: datetime | None) -> float | None:
        """Take the next price."""
        before, self._before = self._before, value
        if before is None:
            return None
        change = _log_return(value, before)
        return self._window.push(change * change, at)
