"""One value for each interval of a time grid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar, overload

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.errors import ConfigurationError
from rxkraken.models.bars import Ohlc
from rxkraken.operators.arithmetic import arithmetic_of
from rxkraken.operators.intervals import index_of
from rxkraken.operators.timing import duration, scheduler_of

T = TypeVar("T")
V = TypeVar("V")

Time = Callable[[T], datetime | None]


@overload
def resample(
    every: str | float | timedelta,
    *,
    how: Literal["last", "first", "mean"] = "last",
    value: None = None,
    time: Time[T] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]: ...
@overload
def resample(
    every: str | float | timedelta,
    *,
    how: Literal["ohlc"],
    value: None = None,
    time: Time[T] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[Ohlc[T]]]: ...
@overload
def resample(
    every: str | float | timedelta,
    *,
    how: Literal["last", "first", "mean"] = "last",
    value: Callable[[T], V],
    time: Time[T] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[V]]: ...
@overload
def resample(
    every: str | float | timedelta,
    *,
    how: Literal["ohlc"],
    value: Callable[[T], V],
    time: Time[T] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[Ohlc[V]]]: ...
def resample(
    every: str | float | timedelta,
    *,
    how: str = "last",
    value: Callable[[Any], Any] | None = None,
    time: Time[Any] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Emit one value for each interval in which there was one: by default the last.

    ::

        source           -a-b-----c---------d-|
        grid             |----|----|----|----|
        resample         -----b----c---------(d|)

    Intervals begin at multiples of ``every`` since 1970. Without ``time`` they end by the clock of
    the scheduler; with it, by the time of the events: an interval ends when an event of a later one
    comes, and an event without a time, or with an earlier one, counts into the current interval.
    What is there of the interval that is open when the source completes is emitted before the end.

    Args:
        every: length of an interval: seconds, a ``timedelta``, or a text such as ``"1s"``.
        how: ``"last"`` or ``"first"`` of the interval; ``"mean"``, each value counting once however
            long it held; ``"ohlc"``: an `Ohlc` of them. The last two need numbers; of ``Decimal``
            numbers a mean is rounded once, in the division.
        value: gives the value to be used of an event; by default the event itself.
        time: gives the time of an event, an aware ``datetime``, for event time.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: ``every`` is no duration above zero, ``how`` is none of the four, or
            ``value`` or ``time`` is not callable.

    >>> import reactivex
    >>> from datetime import UTC
    >>> at = lambda second: datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    >>> source = reactivex.of((at(0), 1.0), (at(0), 2.0), (at(2), 5.0))
    >>> moment, number = lambda event: event[0], lambda event: event[1]
    >>> last = source.pipe(resample("1s", value=number, time=moment))
    >>> _ = last.subscribe(print)
    2.0
    5.0
    >>> mean = source.pipe(resample("1s", how="mean", value=number, time=moment))
    >>> _ = mean.subscribe(print)
    1.5
    5.0
    """
    length = duration(every, "every")
    fold = _FOLDS.get(how)
    if fold is None:
        raise ConfigurationError(f"how must be one of {', '.join(_FOLDS)}, not {how!r}")
    for name, function in (("value", value), ("time", time)):
        if function is not None and not callable(function):
            raise ConfigurationError(f"{name} must be a function from an event, not {function!r}")

    if time is None:
        return lambda source: _by_clock(source, length, fold, value, scheduler)
    return lambda source: _by_events(source, length, fold, value, time)


@attrs.frozen
class _Fold:
    """A way to make one value of several: the first, the next ones, and what is made of them."""

    begin: Callable[[Any], Any]
    add: Callable[[Any, Any], Any]
    finish: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _sum_and_count(held: tuple[Any, int], value: Any) -> tuple[Any, int]:
    return arithmetic_of(value).add(held[0], value), held[1] + 1


def _widened(held: Ohlc[Any], value: Any) -> Ohlc[Any]:
    high, low = max(held.high, value), min(held.low, value)
    return Ohlc(held.open, high, low, value, held.count + 1)


_FOLDS = {
    "last": _Fold(_same, lambda _, value: value, _same),
    "first": _Fold(_same, lambda held, _: held, _same),
    "mean": _Fold(lambda value: (value, 1), _sum_and_count, lambda held: held[0] / held[1]),
    "ohlc": _Fold(lambda value: Ohlc(value, value, value, value, 1), _widened, _same),
}


def _by_events(
    source: Observable[Any],
    length: timedelta,
    fold: _Fold,
    value_of: Callable[[Any], Any] | None,
    at: Time[Any],
) -> Observable[Any]:
    def subscribe(
        observer: abc.ObserverBase[Any], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        held: list[Any] = []
        current = -1

        def on_next(event: Any) -> None:
            nonlocal current
            try:
                moment = at(event)
                interval = current if moment is None else index_of(moment, length)
                ended = interval > current and bool(held)
                result = fold.finish(held.pop()) if ended else None
                value = event if value_of is None else value_of(event)
                held[:] = [fold.add(held[0], value) if held else fold.begin(value)]
            except Exception as error:  # noqa: BLE001 - whatever the functions raise
                observer.on_error(error)
                return
            current = max(current, interval)
            if ended:
                observer.on_next(result)

        def on_completed() -> None:
            _finish(observer, fold, held)
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=subscription)

    return Observable(subscribe)


def _by_clock(
    source: Observable[Any],
    length: timedelta,
    fold: _Fold,
    value_of: Callable[[Any], Any] | None,
    scheduler: abc.SchedulerBase | None,
) -> Observable[Any]:
    def subscribe(
        observer: abc.ObserverBase[Any], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        clock = scheduler_of(scheduler, subscription)
        timer = SerialDisposable()
        held: list[Any] = []

        def close(*_: object) -> None:
            _finish(observer, fold, held)

        def on_next(event: Any) -> None:
            try:
                value = event if value_of is None else value_of(event)
                if held:
                    held[0] = fold.add(held[0], value)
                    return
                held.append(fold.begin(value))
            except Exception as error:  # noqa: BLE001 - whatever the functions raise
                observer.on_error(error)
                return
            # a timer runs only while something waits for it
            passed = clock.to_timedelta(clock.now) % length
            timer.disposable = clock.schedule_relative(length - passed, close)

        def on_completed() -> None:
            timer.dispose()
            _finish(observer, fold, held)
            observer.on_completed()

        upstream = source.subscribe(
            on_next, observer.on_error, on_completed, scheduler=subscription
        )
        return CompositeDisposable(timer, upstream)

    return Observable(subscribe)


def _finish(observer: abc.ObserverBase[Any], fold: _Fold, held: list[Any]) -> None:
    if not held:
        return
    try:
        result = fold.finish(held.pop())
    except Exception as error:  # noqa: BLE001 - a mean of what are no numbers
        observer.on_error(error)
    else:
        observer.on_next(result)
