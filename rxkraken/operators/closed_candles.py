"""The final state of each candle of the exchange, which never says that one is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.models.market import Candle
from rxkraken.operators.intervals import clock_of, span

N = TypeVar("N")


def closed_candles(
    *, grace: str | float | timedelta = 1, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[Candle[N]]], Observable[Candle[N]]]:
    """Emit each candle of an ``ohlc`` stream once, when it is final.

    ::

        ohlc (interval)    1-1--1----2-2----3-----------|
        grid               |-------|-------|-------|----|
        closed_candles     ----------1------2--------3--|

    A candle is final when one of a later interval comes, or when the scheduler says that its
    interval is over by ``grace``. Symbols and interval lengths of one stream are kept apart; the
    history of a snapshot comes out at once but for its last candle; candles that come again, after
    a reconnect for example, or that are older than one emitted, are dropped. Of one interval the
    state with the most trades counts, in whatever order the states come.

    The time of day of the scheduler is believed where a candle first comes within its own interval,
    give or take ``grace``. Where it does not (a tape, a simulated market, the history of a quiet
    one) the candle gets the whole length of its interval from when it came, so none is emitted
    before its time as long as events do not come slower than they happened. Without a scheduler,
    and outside any event loop, later candles alone close. A candle that is not final when the
    source ends is dropped, as are candles without ``interval_begin``.

    Args:
        grace: seconds that the scheduler allows for the way from the exchange and for its clock.
        scheduler: closes candles of a quiet market; by default that of the subscription, or the
            loop.

    Raises:
        ConfigurationError: ``grace`` is no duration.

    Source: spec ``v2-market-data`` §10.

    >>> import reactivex
    >>> from datetime import UTC
    >>> at = lambda minute: datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    >>> states = [(0, 100.0), (0, 101.0), (1, 102.0), (1, 103.0)]
    >>> ohlc = reactivex.of(*[Candle("BTC/USD", 1, at(m), close=price) for m, price in states])
    >>> _ = ohlc.pipe(closed_candles()).subscribe(lambda candle: print(candle.close))
    101.0
    """
    allowed = span(grace, "grace")
    return lambda source: _closed(source, allowed, scheduler)


@attrs.define(eq=False)
class ClosingCandles(Generic[N]):
    """The candle of one symbol and interval length that may still change.

    Attributes:
        running: the candle of the latest interval, None while that is closed.
        closed: begin of the last interval that was emitted.
    """

    running: Candle[N] | None = None
    closed: datetime | None = None

    def add(self, candle: Candle[N]) -> Sequence[Candle[N]]:
        """Take a state of a candle; give what is final with it."""
        begin, running = candle.interval_begin, self.running
        if begin is None or (self.closed is not None and begin <= self.closed):
            return ()
        if running is None or running.interval_begin is None:
            self.running = candle
            return ()
        if begin == running.interval_begin:
            if (candle.trades or 0) >= (running.trades or 0):
                self.running = candle
            return ()
        if begin < running.interval_begin:
            self.closed = begin
            return (candle,)
        self.running, self.closed = candle, running.interval_begin
        return (running,)

    def close(self) -> Sequence[Candle[N]]:
        """Let the running interval be over."""
        running, self.running = self.running, None
        if running is None:
            return ()
        self.closed = running.interval_begin
        return (running,)


def _closed(
    source: Observable[Candle[N]], grace: timedelta, scheduler: abc.SchedulerBase | None
) -> Observable[Candle[N]]:
    def subscribe(
        observer: abc.ObserverBase[Candle[N]], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        clock = clock_of(scheduler, subscription)
        topics: dict[tuple[str, int], _Topic[N]] = {}
        timers = CompositeDisposable()

        def begin(candle: Candle[N]) -> _Topic[N]:
            topic = topics[candle.symbol, candle.interval] = _Topic(observer, clock, grace)
            timers.add(topic.timer)
            return topic

        def on_next(candle: Candle[N]) -> None:
            try:
                topic = topics.get((candle.symbol, candle.interval)) or begin(candle)
                final = topic.candles.add(candle)
            except Exception as error:  # noqa: BLE001 - what is no candle raises anything
                observer.on_error(error)
                return
            for one in final:
                observer.on_next(one)
            running = topic.candles.running
            if running is not None and running.interval_begin is not topic.timed:
                topic.time(running)

        upstream = source.subscribe(
            on_next, observer.on_error, observer.on_completed, scheduler=subscription
        )
        return CompositeDisposable(timers, upstream)

    return Observable(subscribe)


@attrs.define(eq=False)
class _Topic(Generic[N]):
    """The candles of one symbol and interval length, with the timer that closes them."""

    observer: abc.ObserverBase[Candle[N]]
    clock: abc.SchedulerBase | None
    grace: timedelta
    candles: ClosingCandles[N] = attrs.field(factory=ClosingCandles)
    timer: SerialDisposable = attrs.field(factory=SerialDisposable)
    timed: datetime | None = None

    def time(self, candle: Candle[N]) -> None:
        begin, end = candle.interval_begin, candle.interval_end
        if self.clock is None or begin is None or end is None or begin == self.timed:
            return
        now = self.clock.now
        believed = begin - self.grace <= now < end + self.grace
        wait = end - now if believed else end - begin
        self.timed = begin
        self.timer.disposable = self.clock.schedule_relative(wait + self.grace, self.close)

    def close(self, *_: object) -> None:
        for candle in self.candles.close():
            self.observer.on_next(candle)
