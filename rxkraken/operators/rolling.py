"""Statistics of the last so many values, or of the last so long: in float, exact at the edges.

``window=20`` is the last 20 values, the newest among them. ``window="5m"`` (or a ``timedelta``) is
at time t what is of (t - 5 minutes, t]: a value exactly five minutes old has left. Values are given
for each item that comes; nothing is emitted because time goes by. ``minimum`` is the number of
values below which nothing is emitted: by default the whole window, or one for a window of time.

Time is that of the events (``time``), else that of the scheduler. An event that is late, or has no
time, counts at the latest time known; before there is one it is passed over, as is an item that is
None, NaN, infinite, or a float of 1e300 or more.

Sums, means and deviations are made of exact integers (`rxkraken.core.exact`): each result is that
of its window alone, however much passed through before.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, SupportsFloat, TypeVar

from reactivex import Observable, abc

from rxkraken.core.aggregates import Deviation, Extreme, Mean, Median, Score, Sum
from rxkraken.core.windows import Aggregate
from rxkraken.operators.windowing import Length, floats, one_of, over, window_of

T = TypeVar("T")
Statistic = Literal["mean", "std", "min", "max", "sum", "median"]

_AGGREGATES: dict[str, Callable[[bool], Aggregate[float, float]]] = {
    "mean": lambda _: Mean(),
    "std": lambda population: Deviation(population=population),
    "min": lambda _: Extreme(operator.lt),
    "max": lambda _: Extreme(operator.gt),
    "sum": lambda _: Sum(),
    "median": lambda _: Median(),
}


def rolling(
    how: Statistic,
    *,
    window: Length,
    minimum: int | None = None,
    population: bool = False,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit the mean, standard deviation, least, greatest, sum or median of the last values.

    ::

        source               -1-2-6-4-|
        rolling(max, 2)      ---2-6-6-|
        rolling(max, 2, minimum=1)
                             -1-2-6-6-|

    Each costs the same per value whatever the window is, but the median: the logarithm of it.

    Args:
        how: ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"sum"`` or ``"median"``.
        window: a number of values, or a length of time: a text such as ``"5m"``, a ``timedelta``.
        minimum: how many values there must be; by default the window's number, or 1. A sample of
            one has no deviation.
        population: divide a deviation by the number of values, not by one less.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``, for a window of event time.
        scheduler: clock of a window of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(1, 2, 6, 4).pipe(rolling("median", window=3)).subscribe(print)
    2.0
    4.0
    """
    one_of("how", how, tuple(_AGGREGATES))
    chosen = window_of(window, minimum, least=2 if how == "std" and not population else 1)
    read = floats(f"rolling {how}", value)
    return over(chosen, lambda: _AGGREGATES[how](population), read, time, scheduler)


def sma(
    window: Length,
    *,
    minimum: int | None = None,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit the simple moving average: the mean of the last values.

    ::

        source      -1-2-6-4-|
        sma(2)      ---1.5-4-5-|

    Args:
        window: a number of values, or a length of time: a text such as ``"5m"``, a ``timedelta``.
        minimum: how many values there must be; by default the window's number, or 1.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``, for a window of event time.
        scheduler: clock of a window of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(1, 2, 6, 4).pipe(sma(2)).subscribe(print)
    1.5
    4.0
    5.0
    """
    return over(window_of(window, minimum), Mean, floats("sma", value), time, scheduler)


def zscore(
    window: Length,
    *,
    minimum: int | None = None,
    population: bool = False,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit how many standard deviations each value is above the mean of the last ones.

    ::

        source       -1-2-3-3-3-|
        zscore(3)    -----1-.58-0-|

    The value itself is one of them. Where all are equal nothing deviates, and the score is 0.

    Args:
        window: a number of values, at least 2, or a length of time: ``"5m"``, a ``timedelta``.
        minimum: how many values there must be; by default the window's number, or 1. Of a sample
            of one there is no score.
        population: divide the deviation by the number of values, not by one less.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``, for a window of event time.
        scheduler: clock of a window of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(1, 2, 3, 3, 3).pipe(zscore(3)).subscribe(lambda z: print(f"{z:.2f}"))
    1.00
    0.58
    0.00
    """
    read: Callable[[Any], float | None] = floats("zscore", value)
    chosen = window_of(window, minimum, least=2)
    return over(chosen, lambda: Score(population=population), read, time, scheduler)
