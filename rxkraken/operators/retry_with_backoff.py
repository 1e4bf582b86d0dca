"""Subscribe again after a failure, at the pace of a policy."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable

from rxkraken.core.backoff import Backoff, ReconnectPolicy, Retry
from rxkraken.operators.timing import scheduler_of

T = TypeVar("T")
OnFailure = Callable[[Exception, Retry | None], None]


def _always(_: Exception) -> bool:
    return True


def _never() -> bool:
    return False


def retry_with_backoff(
    policy: ReconnectPolicy | None = None,
    *,
    retryable: Callable[[Exception], bool] = _always,
    maintenance: Callable[[], bool] = _never,
    on_failure: OnFailure | None = None,
    chance: Callable[[], float] = random.random,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    """Subscribe to the source again when it fails, after the delay that the policy gives.

    ::

        source      --a--x          --b--c-->
        retry(1s)   --a-----1s----- --b--c-->

    Put it upstream of any sharing: a shared source that failed stays failed. The count of failures
    starts anew once the source, counted from its first value, lived for ``policy.stable_after``.

    Args:
        policy: delays and limits; by default those Kraken asks for (spec ``connection`` §6).
        retryable: whether an error is worth another attempt; others pass on at once.
        maintenance: whether the exchange is in maintenance, where no attempt is immediate.
        on_failure: called with each error and the coming attempt, None when there is none.
        chance: source of jitter, evenly between 0 and 1.
        scheduler: clock and timer; by default those of the subscription.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> attempts = iter([reactivex.throw(OSError("down")), reactivex.just("up")])
    >>> source = reactivex.defer(lambda _: next(attempts))
    >>> _ = source.pipe(retry_with_backoff(scheduler=clock)).subscribe(print)
    >>> _ = clock.start()
    up
    """
    chosen = policy or ReconnectPolicy()

    def retry(source: Observable[T]) -> Observable[T]:
        def subscribe(
            observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = scheduler_of(scheduler, subscription)
            backoff = Backoff(chosen)
            upstream, timer = SerialDisposable(), SerialDisposable()

            def now() -> float:
                return clock.to_seconds(clock.now)

            def on_next(value: T) -> None:
                if backoff.well_since is None:
                    backoff.succeeded(now())
                observer.on_next(value)

            def on_error(error: Exception) -> None:
                again = (
                    backoff.failed(error, now(), chance(), maintenance=maintenance())
                    if retryable(error)
                    else None
                )
                if on_failure is not None:
                    on_failure(error, again)
                if again is None:
                    observer.on_error(error)
                else:
                    timer.disposable = clock.schedule_relative(again.delay, attempt)

            def attempt(*_: object) -> None:
                current = SingleAssignmentDisposable()  # in place before a source fails at once
                upstream.disposable = current
                current.disposable = source.subscribe(
                    on_next, on_error, observer.on_completed, scheduler=subscription
                )

            attempt()
            return CompositeDisposable(timer, upstream)

        return Observable(subscribe)

    return retry
