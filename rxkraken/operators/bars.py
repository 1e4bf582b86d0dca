"""Bars of open, high, low, close, volume and notional, made of trades."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar, get_args

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.errors import ConfigurationError
from rxkraken.models.bars import Bar
from rxkraken.models.market import Trade
from rxkraken.operators.arithmetic import arithmetic_of
from rxkraken.operators.bar_sizes import SizeBars, size_bars
from rxkraken.operators.bar_windows import Gaps, WindowBars, Windows
from rxkraken.operators.intervals import clock_of, span
from rxkraken.operators.timing import duration

N = TypeVar("N")


def _ignore(_: Trade[Any]) -> None:
    pass


def bars(
    *,
    every: str | float | timedelta | None = None,
    ticks: int | None = None,
    volume: Decimal | float | None = None,
    notional: Decimal | float | None = None,
    lateness: str | float | timedelta = 0,
    gaps: Gaps = "skip",
    running: bool = False,
    grace: str | float | timedelta = 1,
    on_late: Callable[[Trade[N]], None] = _ignore,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[Trade[N]]], Observable[Bar[N]]]:
    """Sum trades up to bars, by time or by size; each symbol of the stream has bars of its own.

    ::

        trades             -1-2-----3-----------4-|
        grid               |-----|-----|-----|-----|
        bars(every=)       -------(12)-(3)--------(4)|     the last with closed=False
        bars(ticks=2)      ---(12)--------------(34)|

    A bar is emitted once, when it is closed. When the source completes, what is left comes with
    ``closed=False``; when it fails, what is left is lost. A trade that comes twice counts twice.

    Bars of a time grid (``every``) begin at multiples of it since 1970 and are in event time: a bar
    is closed by the first trade of its symbol at or after its end plus ``lateness``. In a quiet
    market it is closed by the scheduler, of which only the time that passes is used, never the time
    of day: from the last trade that opened an interval the scheduler waits as long as was left
    until the end, plus ``lateness`` and ``grace``. So tapes and clocks that are wrong do no harm,
    as long as events do not come slower than they happened. Without a scheduler, and outside any
    event loop, bars are closed by trades alone.

    Of ``Decimal`` trades all sums are exact. A trade that overfills a bar of ``volume`` or
    ``notional`` is split, also over many bars, which all have exactly that size. For ``notional``
    the quantity at the boundary, measured from the start of the trade, is rounded down to 18
    decimals and the rest goes to the next bar, so no volume and no notional is lost or made. Of
    floats sums are rounded as float sums are. A trade that would make more than 100 000 bars ends
    the stream with a `ConfigurationError`.

    Args:
        every: length of the intervals: seconds, a ``timedelta``, or a text such as ``"1m"``.
        ticks: trades a bar.
        volume: base units a bar.
        notional: quote units a bar.
        lateness: how far trades may overtake each other; with ``every`` only. A bar is emitted
            that much later, and is the same in whatever order such trades come.
        gaps: what is emitted for intervals without trades, after the first with some: ``"skip"``
            nothing, ``"carry"`` a bar at the close before, ``"empty"`` a bar without prices.
        running: emit the bar, with ``closed=False``, after each trade that does not close it.
        grace: seconds that the scheduler allows for the way from the exchange.
        on_late: takes each trade that came after its bar was closed; `Bar.late` counts them.
        scheduler: closes bars of a quiet market; by default that of the subscription, or the loop.

    Raises:
        ConfigurationError: not exactly one of ``every``, ``ticks``, ``volume`` and ``notional`` is
            given, or an argument is not what it should be.

    Source: spec ``v2-market-data`` §11.

    >>> import reactivex
    >>> from datetime import UTC
    >>> def trade(number, second, price, qty):
    ...     moment = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    ...     return Trade("BTC/USD", "buy", Decimal(price), Decimal(qty), "limit", number, moment)
    >>> first, second, third = trade(1, 5, 100, 1), trade(2, 7, 103, 2), trade(3, 12, 99, 1)
    >>> trades = reactivex.of(first, second, third)
    >>> tens = trades.pipe(bars(every="10s"))
    >>> _ = tens.subscribe(lambda bar: print(bar.open, bar.close, bar.vwap, bar.closed))
    100 103 102 True
    99 99 99 False
    >>> pairs = trades.pipe(bars(volume=2))
    >>> _ = pairs.subscribe(lambda bar: print(bar.volume, bar.notional, bar.count))
    2 203 2
    2 202 2
    """
    _check_measures(every=every, ticks=ticks, volume=volume, notional=notional)
    wait, allowed = span(lateness, "lateness"), span(grace, "grace")
    if gaps not in get_args(Gaps):
        raise ConfigurationError(f"gaps must be 'skip', 'carry' or 'empty', not {gaps!r}")
    if not callable(on_late):
        raise ConfigurationError(f"on_late must be a function of a trade, not {on_late!r}")
    if every is None:
        if wait or gaps != "skip":
            raise ConfigurationError(
                "lateness and gaps need every: other bars take trades in the order they come"
            )
        begin = size_bars(ticks, volume, notional, running=running)
        return lambda source: _by_size(source, begin)
    windows = Windows(duration(every, "every"), wait, gaps, running, on_late)
    return lambda source: _by_time(source, windows, allowed, scheduler)


def _by_size(
    source: Observable[Trade[N]], begin: Callable[[Trade[N]], SizeBars[N]]
) -> Observable[Bar[N]]:
    def subscribe(
        observer: abc.ObserverBase[Bar[N]], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        symbols: dict[str, SizeBars[N]] = {}

        def on_next(trade: Trade[N]) -> None:
            try:
                sizes = symbols.get(trade.symbol)
                if sizes is None:
                    sizes = symbols[trade.symbol] = begin(trade)
                emitted = sizes.add(trade)
            except Exception as error:  # noqa: BLE001 - what is no trade raises anything
                observer.on_error(error)
                return
            for bar in emitted:
                observer.on_next(bar)

        def on_completed() -> None:
            for sizes in symbols.values():
                for bar in sizes.end():
                    observer.on_next(bar)
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=subscription)

    return Observable(subscribe)


def _by_time(
    source: Observable[Trade[N]],
    windows: Windows[N],
    grace: timedelta,
    scheduler: abc.SchedulerBase | None,
) -> Observable[Bar[N]]:
    def subscribe(
        observer: abc.ObserverBase[Bar[N]], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        timed = _TimedBars(windows, grace, observer, clock_of(scheduler, subscription))
        upstream = source.subscribe(
            timed.on_next, observer.on_error, timed.on_completed, scheduler=subscription
        )
        return CompositeDisposable(timed.timers, upstream)

    return Observable(subscribe)


@attrs.define(eq=False)
class _TimedBars(Generic[N]):
    """One subscription to bars of a time grid: the symbols seen so far."""

    windows: Windows[N]
    grace: timedelta
    observer: abc.ObserverBase[Bar[N]]
    clock: abc.SchedulerBase | None
    symbols: dict[str, _Symbol[N]] = attrs.field(factory=dict)
    timers: CompositeDisposable = attrs.field(factory=CompositeDisposable)

    def on_next(self, trade: Trade[N]) -> None:
        try:
            symbol = self.symbols.get(trade.symbol) or self.begin(trade)
            emitted = symbol.bars.add(trade)
        except Exception as error:  # noqa: BLE001 - what is no trade raises anything
            self.observer.on_error(error)
            return
        symbol.emit(emitted)
        if symbol.bars.due is not symbol.armed:
            symbol.arm(self.grace)

    def on_completed(self) -> None:
        for symbol in self.symbols.values():
            symbol.emit(symbol.bars.stop())
        self.observer.on_completed()

    def begin(self, trade: Trade[N]) -> _Symbol[N]:
        arithmetic = arithmetic_of(trade.qty)
        made = WindowBars(self.windows, arithmetic, trade.symbol, trade.timestamp)
        symbol = self.symbols[trade.symbol] = _Symbol(made, self.observer, self.clock)
        self.timers.add(symbol.timer)
        return symbol


@attrs.define(eq=False)
class _Symbol(Generic[N]):
    """The bars of one symbol, with the timer that closes them in a quiet market."""

    bars: WindowBars[N]
    observer: abc.ObserverBase[Bar[N]]
    clock: abc.SchedulerBase | None
    timer: SerialDisposable = attrs.field(factory=SerialDisposable)
    armed: datetime | None = None

    def emit(self, emitted: Iterable[Bar[N]]) -> None:
        for bar in emitted:
            self.observer.on_next(bar)

    def arm(self, allowance: timedelta) -> None:
        due = self.armed = self.bars.due
        if due is None or self.clock is None:
            self.timer.disposable = None
        else:
            wait = due - self.bars.watermark + allowance
            self.timer.disposable = self.clock.schedule_relative(wait, self.close)

    def close(self, *_: object) -> None:
        if self.armed is not None:
            self.emit(self.bars.advance(self.armed))
            self.arm(timedelta(0))  # grace was given once: this timer is late by it already


def _check_measures(**measures: object) -> None:
    given = [name for name, value in measures.items() if value is not None]
    if len(given) != 1:
        raise ConfigurationError(
            "bars needs exactly one of every, ticks, volume and notional, "
            f"not {' and '.join(given) or 'none'}"
        )
