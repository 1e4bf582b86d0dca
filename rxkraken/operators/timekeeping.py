"""When values came, how late, how many, and whether they still come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.errors import ConfigurationError
from rxkraken.models.flow import Receipt, Stamped
from rxkraken.operators.timing import duration, scheduler_of

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamped(
    receipt: Callable[[], Receipt] | None = None, *, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[T]], Observable[Stamped[T]]]:
    """Attach to each value when it was received, and on which session.

    ::

        source   -a-----b-->
        stamped  -a@1---b@7-->

    Args:
        receipt: gives the receipt of the frame being dispatched: ``kraken.receipt``. Without it,
            the time is that of the scheduler and the session is None.
        scheduler: clock; by default that of the subscription.

    >>> import reactivex
    >>> ticks = reactivex.of("a").pipe(stamped(lambda: Receipt(1_700_000_000_000_000_000, 1)))
    >>> _ = ticks.subscribe(print)
    Stamped(value='a', received_ns=1700000000000000000, session=1)
    """
    if receipt is not None and not callable(receipt):
        raise ConfigurationError(f"receipt must be a function without arguments, not {receipt!r}")

    def stamp(source: Observable[T]) -> Observable[Stamped[T]]:
        def subscribe(
            observer: abc.ObserverBase[Stamped[T]], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = scheduler_of(scheduler, subscription)

            def on_next(value: T) -> None:
                if receipt is None:
                    nanoseconds = clock.to_timedelta(clock.now) // timedelta(microseconds=1) * 1000
                    observer.on_next(Stamped(value, nanoseconds))
                else:
                    now = receipt()
                    observer.on_next(Stamped(value, now.received_ns, now.session))

            return source.subscribe(
                on_next, observer.on_error, observer.on_completed, scheduler=subscription
            )

        return Observable(subscribe)

    return stamp


def _timestamp(value: Any) -> datetime | None:
    return value.timestamp  # type: ignore[no-any-return] # the field of market events


def latency(
    *,
    time: Callable[[T], datetime | None] = _timestamp,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Measure how long after its own time each value comes, in seconds.

    ::

        source   -a(0.1 s old)----b(0.3 s old)-->
        latency  -0.1-------------0.3-->

    The clocks of the exchange and of this machine differ; so a constant part means nothing, and a
    value may be negative. Values without a time are passed over.

    Args:
        time: gives a value's time, an aware ``datetime``; by default its ``timestamp``.
        scheduler: clock; by default that of the subscription.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> clock.advance_to(2.0)
    >>> born = reactivex.of(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    >>> _ = born.pipe(latency(time=lambda value: value, scheduler=clock)).subscribe(print)
    1.0
    """
    if not callable(time):
        raise ConfigurationError(f"time must be a function from a value, not {time!r}")

    def measure(source: Observable[T]) -> Observable[float]:
        def subscribe(
            observer: abc.ObserverBase[float], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = scheduler_of(scheduler, subscription)

            def on_next(value: T) -> None:
                try:
                    moment = time(value)
                    late = (
                        None
                        if moment is None
                        else clock.to_timedelta(clock.now) - (moment - _EPOCH)
                    )
                except Exception as error:  # noqa: BLE001 - whatever the function raises
                    observer.on_error(error)
                    return
                if late is not None:
                    observer.on_next(late.total_seconds())

            return source.subscribe(
                on_next, observer.on_error, observer.on_completed, scheduler=subscription
            )

        return Observable(subscribe)

    return measure


def rate(
    every: str | float | timedelta = "1s", *, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[Any]], Observable[float]]:
    """Count values, as values a second, once an interval, silent intervals included.

    ::

        source      -a-bc------d---|
        rate("1s")  ------3.0---1.0|

    Intervals begin with the subscription. What came since the last one is not told at the end.

    Args:
        every: length of an interval.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: ``every`` is no duration above zero.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> burst = reactivex.of("a", "b", "c").pipe(reactivex.operators.concat(reactivex.never()))
    >>> counted = burst.pipe(rate("2s", scheduler=clock)).subscribe(print)
    >>> clock.advance_to(4.0)
    1.5
    0.0
    >>> counted.dispose()
    """
    length = duration(every, "every")

    def count(source: Observable[Any]) -> Observable[float]:
        def subscribe(
            observer: abc.ObserverBase[float], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = scheduler_of(scheduler, subscription)
            timer = SerialDisposable()
            seen = 0

            def tell(*_: object) -> None:
                nonlocal seen
                counted, seen = seen, 0
                timer.disposable = clock.schedule_relative(length, tell)
                observer.on_next(counted / length.total_seconds())

            def on_next(_: Any) -> None:
                nonlocal seen
                seen += 1

            timer.disposable = clock.schedule_relative(length, tell)
            upstream = source.subscribe(
                on_next, observer.on_error, observer.on_completed, scheduler=subscription
            )
            return CompositeDisposable(timer, upstream)

        return Observable(subscribe)

    return count


def stale_after(
    silence: str | float | timedelta, *, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[Any]], Observable[bool]]:
    """Tell whether a stream has gone stale: no value for some time.

    ::

        source             -a-b-----------c-->
        stale_after("5s")  -F-------T-----F-->

    Emits False with the first value, True when none came for ``silence``, and False with the value
    that ends the silence. Silence before the first value counts from the subscription.

    Args:
        silence: the time without a value.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: ``silence`` is no duration above zero.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> once = reactivex.of("a").pipe(reactivex.operators.concat(reactivex.never()))
    >>> watched = once.pipe(stale_after("5s", scheduler=clock)).subscribe(print)
    False
    >>> clock.advance_to(30.0)
    True
    """
    length = duration(silence, "silence")

    def watch(source: Observable[Any]) -> Observable[bool]:
        def subscribe(
            observer: abc.ObserverBase[bool], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = scheduler_of(scheduler, subscription)
            timer = SerialDisposable()
            stale: bool | None = None
            heard = 0  # values since the timer was set: it is moved once an interval, not a value
            heard_at = clock.now

            def look(*_: object) -> None:
                nonlocal stale, heard
                if heard:
                    heard = 0
                    timer.disposable = clock.schedule_relative(heard_at + length - clock.now, look)
                else:
                    stale = True
                    observer.on_next(stale)

            def on_next(_: Any) -> None:
                nonlocal stale, heard, heard_at
                heard += 1
                heard_at = clock.now
                if stale is not False:
                    if stale:
                        heard = 0
                        timer.disposable = clock.schedule_relative(length, look)
                    stale = False
                    observer.on_next(stale)

            timer.disposable = clock.schedule_relative(length, look)
            upstream = source.subscribe(
                on_next, observer.on_error, observer.on_completed, scheduler=subscription
            )
            return CompositeDisposable(timer, upstream)

        return Observable(subscribe)

    return watch
