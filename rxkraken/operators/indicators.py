"""Indicators of technical analysis by their inventors' definitions, in float."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, SupportsFloat, TypeVar

from reactivex import Observable, abc

from rxkraken.core.exact import ExactMoments
from rxkraken.core.smoothing import RelativeStrength, TrueRange
from rxkraken.models.statistics import Bands
from rxkraken.operators.windowing import (
    Length,
    floats,
    fold,
    over,
    positive,
    whole,
    window_of,
)

T = TypeVar("T")


class HighLowClose(Protocol):
    """What a bar must have for `atr`: `Candle` and `Bar` do."""

    @property
    def high(self) -> SupportsFloat | None:
        """The highest price."""

    @property
    def low(self) -> SupportsFloat | None:
        """The lowest price."""

    @property
    def close(self) -> SupportsFloat | None:
        """The last price."""


H = TypeVar("H", bound=HighLowClose)


def rsi(
    window: int = 14, *, value: Callable[[T], SupportsFloat | None] | None = None
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit Wilder's relative strength index: of all movement, the share that went up, in percent.

    ::

        source    -1-2-4-3-|
        rsi(2)    -----100-60-|

    The first average gain and loss are means of ``window`` changes, so the first index comes with
    value ``window + 1``; after that each change counts for one part in ``window``. A market that
    has not moved at all is at 50.

    Args:
        window: a number of changes, at least 1; Wilder's average is by items, not by time.
        value: gives the number of an item; by default items are numbers.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(1, 2, 4, 3).pipe(rsi(2)).subscribe(lambda index: print(f"{index:.1f}"))
    100.0
    60.0
    """
    size = whole("window", window)
    return fold(lambda: RelativeStrength(size), floats("rsi", value))


def atr(window: int = 14) -> Callable[[Observable[H]], Observable[float]]:
    """Emit Wilder's average true range of bars or candles, in the unit of the price.

    ::

        bars      -(5 3 4)-(6 4 5)-(9 8 9)-|     (high low close)
        atr(2)    --------- 2 ----- 3 -----|

    The true range of a bar is from its low to its high, stretched to the close of the bar before.
    The first average is the mean of ``window`` ranges; after that each counts for one part in
    ``window``. Bars of which one of the three is missing are passed over. The candles of the
    exchange come again with each trade: let only closed ones through.

    Args:
        window: a number of bars, at least 1; Wilder's average is by items, not by time.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item has no high,
            low and close.

    >>> import reactivex
    >>> from rxkraken.models import Candle
    >>> prices = [(5.0, 3.0, 4.0), (6.0, 4.0, 5.0), (9.0, 8.0, 9.0)]
    >>> candles = [Candle("BTC/USD", 1, high=h, low=l, close=c) for h, l, c in prices]
    >>> _ = reactivex.from_iterable(candles).pipe(atr(2)).subscribe(print)
    2.0
    3.0
    """
    size = whole("window", window)
    number = floats("atr", None)

    def read(bar: Any) -> tuple[float, float, float] | None:
        high, low, close = number(bar.high), number(bar.low), number(bar.close)
        if high is None or low is None or close is None:
            return None
        return high, low, close

    return fold(lambda: TrueRange(size), read)


def bollinger(
    window: Length = 20,
    *,
    deviations: float = 2.0,
    minimum: int | None = None,
    population: bool = True,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[Bands]]:
    """Emit Bollinger's bands: the moving average, and so many standard deviations around it.

    ::

        source            -1-3-5-5-|
        bollinger(2)      ---0-2-5-|     (lower bands)

    See `rolling` for windows and time.

    Args:
        window: a number of values, or a length of time: a text such as ``"5m"``, a ``timedelta``.
        deviations: the distance of each band from the average, in standard deviations.
        minimum: how many values there must be; by default the window's number, or 1.
        population: divide the deviation by the number of values (Bollinger's way), not by one less.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``, for a window of event time.
        scheduler: clock of a window of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(1, 3, 5, 5).pipe(bollinger(2)).subscribe(lambda b: print(b.lower, b.upper))
    0.0 4.0
    2.0 6.0
    5.0 5.0
    """
    width = positive("deviations", deviations)
    chosen = window_of(window, minimum, least=1 if population else 2)
    read: Callable[[Any], float | None] = floats("bollinger", value)
    return over(chosen, lambda: _Bollinger(width, population=population), read, time, scheduler)


class _Bollinger:
    def __init__(self, width: float, *, population: bool) -> None:
        self._width = width
        self._population = population
        self._moments = ExactMoments()
        self._newest = 0.0
        self.leave = self._moments.remove

    def enter(self, value: float) -> None:
        """Take a new value in."""
        self._newest = value
        self._moments.add(value)

    def result(self) -> Bands | None:
        """Give the bands; there are none around a sample of one."""
        if self._moments.count == 1 and not self._population:
            return None
        middle = self._moments.mean()
        distance = self._width * self._moments.deviation(population=self._population)
        return Bands(self._newest, middle - distance, middle, middle + distance)
