"""The last value of each interval of a time grid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.errors import ConfigurationError
from rxkraken.operators.timing import duration, scheduler_of

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def resample(
    every: str | float | timedelta,
    *,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    """Emit the last value of each interval in which there was one.

    ::

        source           -a-b-----c---------d-|
        grid             |----|----|----|----|
        resample         -----b----c---------(d|)

    Intervals begin at multiples of ``every`` since 1970. Without ``time`` they end by the clock of
    the scheduler; with it, by the time of the events: an interval ends when an event of a later one
    comes, and an event without a time counts into the current interval. The value of the interval
    that is open when the source completes is emitted before the end.

    Args:
        every: length of an interval: seconds, a ``timedelta``, or a text such as ``"1s"``.
        time: gives the time of an event, an aware ``datetime``, for event time.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: ``every`` is no duration above zero, or ``time`` is not callable.

    >>> import reactivex
    >>> at = lambda second: datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    >>> source = reactivex.of((at(0), "a"), (at(0), "b"), (at(2), "c"))
    >>> last = source.pipe(resample("1s", time=lambda event: event[0]))
    >>> _ = last.subscribe(lambda event: print(event[1]))
    b
    c
    """
    length = duration(every, "every")
    if time is not None and not callable(time):
        raise ConfigurationError(f"time must be a function from an event, not {time!r}")

    if time is None:
        return lambda source: _by_clock(source, length, scheduler)
    return lambda source: _by_events(source, length, time)


def _by_events(
    source: Observable[T], length: timedelta, at: Callable[[T], datetime | None]
) -> Observable[T]:
    def subscribe(
        observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        held: list[T] = []
        current = -1

        def on_next(value: T) -> None:
            nonlocal current
            try:
                moment = at(value)
                interval = current if moment is None else (moment - _EPOCH) // length
            except Exception as error:  # noqa: BLE001 - whatever the function raises
                observer.on_error(error)
                return
            if interval > current:
                if held:
                    observer.on_next(held.pop())
                current = interval
            held[:] = [value]

        def on_completed() -> None:
            if held:
                observer.on_next(held.pop())
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=subscription)

    return Observable(subscribe)


def _by_clock(
    source: Observable[T], length: timedelta, scheduler: abc.SchedulerBase | None
) -> Observable[T]:
    def subscribe(
        observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        clock = scheduler_of(scheduler, subscription)
        timer = SerialDisposable()
        held: list[T] = []

        def close(*_: object) -> None:
            observer.on_next(held.pop())

        def on_next(value: T) -> None:
            if not held:  # a timer runs only while something waits for it
                passed = clock.to_timedelta(clock.now) % length
                timer.disposable = clock.schedule_relative(length - passed, close)
            held[:] = [value]

        def on_completed() -> None:
            timer.dispose()
            if held:
                observer.on_next(held.pop())
            observer.on_completed()

        upstream = source.subscribe(
            on_next, observer.on_error, on_completed, scheduler=subscription
        )
        return CompositeDisposable(timer, upstream)

    return Observable(subscribe)
