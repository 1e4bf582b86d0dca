"""How far a curve is below its peak."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, overload

from reactivex import Observable, abc

from rxkraken.core.aggregates import Extreme
from rxkraken.core.windows import Machine
from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT, ROUNDED
from rxkraken.operators.windowing import Length, exact, fold, fold_in_time, function, window_of

T = TypeVar("T")
N = TypeVar("N", float, Decimal)


@overload
def drawdown(
    window: Length | None = None,
    *,
    relative: bool = True,
    value: None = None,
    time: Callable[[N], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[N]], Observable[N]]: ...


@overload
def drawdown(
    window: Length | None = None,
    *,
    relative: bool = True,
    value: Callable[[T], N | None],
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[N]]: ...


def drawdown(
    window: Length | None = None,
    *,
    relative: bool = True,
    value: Callable[[Any], Any] | None = None,
    time: Callable[[Any], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Emit how far each value is below the highest so far: a share of that, 0 at the peak.

    ::

        source        -100-120-90--60-|
        drawdown()    -0---0---.25-.5-|

    Of ``Decimal`` values the distance is exact and the share a ``Decimal`` of 28 digits.

    Args:
        window: a number of values, or a length of time: only the highest of these counts (see
            `rolling`); None for all since the beginning.
        relative: give the share of the peak; else the distance in the unit of the values.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``, for a window of event time.
        scheduler: clock of a window of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: a share is asked for
            while the peak is not above zero, or an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(100, 120, 90, 60).pipe(drawdown()).subscribe(print)
    0.0
    0.0
    0.25
    0.5
    """
    chosen = window_of(window, 1)
    read = exact("drawdown", value)
    function("time", time)

    def begin() -> Machine[Any, Any]:
        aggregate = _Peak() if window is None else Extreme[Any](operator.gt)
        return _Below(chosen.around(aggregate), relative=relative)

    if chosen.length is None:
        return fold(begin, read)
    return fold_in_time(begin, read, time, scheduler)


class _Peak:
    """The greatest value since the beginning, from which nothing leaves."""

    def __init__(self) -> None:
        self._peak: Any = None

    def enter(self, value: Any) -> None:
        """Take a new value in."""
        if self._peak is None or value > self._peak:
            self._peak = value

    def leave(self, value: Any) -> None:
        """Keep the peak: it is of all values."""

    def result(self) -> Any:
        """Give the peak."""
        return self._peak


class _Below:
    """How far values are below the peak of a window."""

    def __init__(self, window: Machine[Any, Any], *, relative: bool) -> None:
        self._window = window
        self._relative = relative

    def push(self, value: Any, at: datetime | None) -> Any:
        """Take the next value."""
        peak = self._window.push(value, at)
        if peak is None:
            return None
        exactly = isinstance(value, Decimal)
        below = EXACT.subtract(peak, value) if exactly else peak - value
        if not self._relative:
            return below
        if peak <= 0:
            raise ConfigurationError(
                f"drawdown gives a share of a peak above zero, not of {peak}: "
                "ask for distances with relative=False"
            )
        return ROUNDED.divide(below, peak) if exactly else below / peak
