"""Handing values over to another turn or thread, with a bound and a declared rule.

A socket's values are delivered while its frame is being read; whoever computes long at that moment
holds up everybody. These operators let go of the producer: values wait, as many as agreed, and are
delivered in one batch by the scheduler.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, Literal, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.errors import BufferOverflow, ConfigurationError
from rxkraken.models.flow import FlowCounters
from rxkraken.operators.timing import scheduler_of

T = TypeVar("T")
Rule = Literal["latest", "drop_oldest", "block", "error"]

RULES = ("latest", "drop_oldest", "block", "error")


def overflow(
    size: int,
    rule: Rule,
    *,
    counters: FlowCounters | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    """Deliver values in a later turn of the scheduler, of which at most ``size`` wait.

    ::

        source                   -abcd-----e-|
        overflow(2, latest)      -----d----e-|
        overflow(2, drop_oldest) -----cd---e-|
        overflow(2, block)       --ab-cd---e-|
        overflow(2, error)       --x

    Rules when the buffer is full: ``latest`` keeps the newest value only, for states such as books;
    ``drop_oldest`` drops the one that waited longest; ``block`` makes the producer deliver the
    oldest itself, so that nothing is lost and it goes no faster than the consumer; ``error`` ends
    the stream.

    Args:
        size: values that may wait, at least 1.
        rule: what happens beyond it.
        counters: counts what is received, delivered and dropped.
        scheduler: delivers; by default that of the subscription.

    Raises:
        ConfigurationError: the size or the rule is none.
        BufferOverflow: passed to ``on_error`` by the rule ``error``.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> burst = reactivex.of(1, 2, 3, 4)
    >>> _ = burst.pipe(overflow(2, "drop_oldest", scheduler=clock)).subscribe(print)
    >>> _ = clock.start()
    3
    4
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ConfigurationError(f"size must be a whole number of at least 1, not {size!r}")
    if rule not in RULES:
        raise ConfigurationError(f"rule must be one of {RULES}, not {rule!r}")

    def hand_over(source: Observable[T]) -> Observable[T]:
        def subscribe(
            observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            clock = scheduler_of(scheduler, subscription)
            buffer = _Buffer(observer, clock, size, rule, counters or FlowCounters())
            upstream = source.subscribe(
                buffer.put, buffer.fail, buffer.complete, scheduler=subscription
            )
            return CompositeDisposable(buffer.timer, upstream)

        return Observable(subscribe)

    return hand_over


@attrs.define(eq=False)
class _Buffer(Generic[T]):
    """What waits between a producer and a scheduler, which may be different threads."""

    observer: abc.ObserverBase[T]
    clock: abc.SchedulerBase
    size: int
    rule: Rule
    counters: FlowCounters
    waiting: deque[T] = attrs.field(factory=deque)
    lock: Lock = attrs.field(factory=Lock)
    timer: SerialDisposable = attrs.field(factory=SerialDisposable)
    scheduled: bool = False
    stopped: bool = False
    ending: Callable[[], None] | None = None

    def put(self, value: T) -> None:
        if self.stopped:
            return
        overrun = None
        with self.lock:
            self.counters.received += 1
            if len(self.waiting) == self.size:
                if self.rule == "error":
                    self.stopped = True
                elif self.rule == "latest":
                    self.counters.dropped += self.size
                    self.waiting.clear()
                elif self.rule == "drop_oldest":
                    self.counters.dropped += 1
                    self.waiting.popleft()
                else:
                    overrun = self.waiting.popleft()
            self.waiting.append(value)
            self.counters.most_waiting = max(self.counters.most_waiting, len(self.waiting))
        if self.stopped:
            self.observer.on_error(
                BufferOverflow(f"{self.size} values wait and the rule is 'error'")
            )
            return
        if overrun is not None:
            self._deliver(overrun)
        self._schedule()

    def fail(self, error: Exception) -> None:
        self.stopped = True
        self.waiting.clear()
        self.observer.on_error(error)

    def complete(self) -> None:
        self.ending = self.observer.on_completed
        self._schedule()

    def _schedule(self) -> None:
        with self.lock:
            if self.scheduled:
                return
            self.scheduled = True
        self.timer.disposable = self.clock.schedule(self._drain)

    def _drain(self, *_: object) -> None:
        with self.lock:
            batch, self.waiting = self.waiting, deque()
            self.scheduled = False
        for value in batch:
            self._deliver(value)
        if self.ending is not None and not self.waiting:
            self.ending()

    def _deliver(self, value: T) -> None:
        self.counters.delivered += 1
        self.observer.on_next(value)


def conflate(
    key: Callable[[T], Hashable], *, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[T]], Observable[T]]:
    """Deliver the last value of each key in a later turn of the scheduler.

    ::

        source    -(b1 e1 b2)----e2-|
        conflate  -----------(b2 e1)---e2-|

    For states, such as books or tickers of many symbols: what waits is bounded by their number.
    Keys are delivered in the order in which they were first seen since the last delivery.

    Args:
        key: gives the key of a value.
        scheduler: delivers; by default that of the subscription.

    Raises:
        ConfigurationError: ``key`` is not callable.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> ticks = reactivex.of(("BTC", 1), ("ETH", 5), ("BTC", 2))
    >>> _ = ticks.pipe(conflate(lambda tick: tick[0], scheduler=clock)).subscribe(print)
    >>> _ = clock.start()
    ('BTC', 2)
    ('ETH', 5)
    """
    if not callable(key):
        raise ConfigurationError(f"key must be a function from a value, not {key!r}")

    return lambda source: _conflated(source, key, scheduler)


def _conflated(
    source: Observable[T], key: Callable[[T], Hashable], scheduler: abc.SchedulerBase | None
) -> Observable[T]:
    def subscribe(
        observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        clock = scheduler_of(scheduler, subscription)
        timer = SerialDisposable()
        last: dict[Hashable, T] = {}
        ended = False

        def deliver(*_: object) -> None:
            batch = list(last.values())
            last.clear()
            for value in batch:
                observer.on_next(value)
            if ended and not last:
                observer.on_completed()

        def on_next(value: T) -> None:
            try:
                name = key(value)
            except Exception as error:  # noqa: BLE001 - whatever the function raises
                observer.on_error(error)
                return
            if not last:
                timer.disposable = clock.schedule(deliver)
            last[name] = value

        def on_completed() -> None:
            nonlocal ended
            ended = True
            if not last:
                observer.on_completed()

        upstream = source.subscribe(
            on_next, observer.on_error, on_completed, scheduler=subscription
        )
        return CompositeDisposable(timer, upstream)

    return Observable(subscribe)
