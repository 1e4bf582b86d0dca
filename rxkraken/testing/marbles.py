"""Readable tables in virtual time, with market events as letters.

>>> from rxkraken.testing import marbles
>>> prices = marbles.hot("-a-b--c|", a=1, b=2, c=3)
>>> marbles.run(prices.map(lambda price: price * 10)).expect("-x-y--z|", x=10, y=20, z=30)

A `MarbleTable` offers the channels of `Kraken` that have a row:

>>> table = marbles.MarbleTable('''
...     trade  -a-b--c|
... ''', a=marbles.trade("100"), b=marbles.trade("101"), c=marbles.trade("99"))
>>> def last_price(market):
...     return market.trade("BTC/USD").map(lambda trade: str(trade.price))
>>> table.run(last_price).expect("-x-y--z|", x="100", y="101", z="99")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable
from reactivex.testing import TestScheduler

from rxkraken.errors import ConfigurationError
from rxkraken.testing.diagrams import Mark, draw, read
from rxkraken.testing.events import EPOCH
from rxkraken.testing.letters import book, candle, stamped, ticker, trade

__all__ = ["MarbleTable", "Timeline", "book", "candle", "cold", "hot", "run", "ticker", "trade"]

_LATEST = 100_000.0  # ticks after which a pipeline that never ends is left
_table: ContextVar[_Clock | None] = ContextVar("table", default=None)


@attrs.frozen(eq=False)
class _Clock:
    """The virtual time of one run: seconds a tick, counted from `EPOCH`."""

    scheduler: TestScheduler
    step: float


@attrs.frozen
class Timeline:
    """What came out of a run, tick by tick."""

    marks: tuple[Mark, ...]
    step: float

    @property
    def values(self) -> list[Any]:
        """The values alone."""
        return [mark.value for mark in self.marks if mark.kind == "next"]

    def expect(self, diagram: str, error: Exception | None = None, **letters: Any) -> None:
        """Compare with a diagram.

        Args:
            diagram: what should have come.
            error: what ``#`` stands for; by default any error.
            **letters: what letters stand for; one without a meaning stands for itself.

        Raises:
            AssertionError: it differs; both timelines are printed one under the other.
        """
        expected = [
            attrs.evolve(mark, value=stamped(mark.value, mark.tick * self.step))
            for mark in read(diagram, letters, error)
        ]
        if len(expected) == len(self.marks) and all(map(_alike, expected, self.marks)):
            return
        raise AssertionError(_difference(expected, self.marks, letters))


def hot(diagram: str, *, error: Exception | None = None, **letters: Any) -> Observable[Any]:
    """Make a stream that runs from the beginning of the table, whoever listens.

    Args:
        diagram: one character a tick, see `rxkraken.testing.diagrams`.
        error: what ``#`` stands for.
        **letters: what letters stand for. Market events without a time get that of their tick.

    Raises:
        ConfigurationError: a character is out of place.
    """
    return _stream(read(diagram, letters, error), from_subscription=False)


def cold(diagram: str, *, error: Exception | None = None, **letters: Any) -> Observable[Any]:
    """Make a stream that runs anew for each subscriber, from its subscription on."""
    return _stream(read(diagram, letters, error), from_subscription=True)


def run(
    what: Observable[Any] | Callable[[Any], Observable[Any]],
    on: Any = None,
    *,
    step: float = 1.0,
) -> Timeline:
    """Run a stream, an operator or a pipeline in virtual time.

    Args:
        what: an Observable, or a function that makes one of ``on``.
        on: a stream for an operator, a `MarbleTable` for a pipeline.
        step: seconds a tick.
    """
    if not step > 0:
        raise ConfigurationError(f"step must be above 0 seconds, not {step!r}")
    clock = _Clock(TestScheduler(EPOCH.timestamp()), step)
    marks: list[Mark] = []

    def mark(kind: Any) -> Callable[..., None]:
        return lambda value=None: marks.append(Mark(_tick(clock), kind, value))

    token = _table.set(clock)
    try:
        observable = what(on) if callable(what) and not isinstance(what, Observable) else what
        subscription = observable.subscribe(
            mark("next"), mark("error"), mark("completed"), scheduler=clock.scheduler
        )
        clock.scheduler.advance_to(EPOCH.timestamp() + _LATEST * step)
        subscription.dispose()
    finally:
        _table.reset(token)
    return Timeline(tuple(marks), step)


class MarbleTable:
    """Rows of marbles, each named after a channel: a market with the methods of `Kraken`.

    Args:
        rows: lines of a channel (``trade``, ``order_book``, ``ticker``...) and its diagram.
        step: seconds a tick.
        **letters: what letters stand for; a row gives what belongs to the symbols it is asked for.

    Raises:
        ConfigurationError: a row has no diagram, or a character is out of place.
    """

    def __init__(self, rows: str, *, step: float = 1.0, **letters: Any) -> None:
        self._rows: dict[str, Observable[Any]] = {}
        self._text = "\n".join(line.strip() for line in rows.strip().splitlines())
        self._step = step
        for line in self._text.splitlines():
            name, _, diagram = line.strip().partition(" ")
            if not diagram.strip():
                raise ConfigurationError(f"the row {line!r} needs a channel and a diagram")
            self._rows[name] = hot(diagram, **letters)

    def run(self, pipeline: Callable[[Any], Observable[Any]]) -> Timeline:
        """Run a pipeline over this table in virtual time."""
        return run(pipeline, self, step=self._step)

    def __getattr__(self, channel: str) -> Callable[..., Observable[Any]]:
        if channel.startswith("_"):
            raise AttributeError(channel)
        if channel not in self._rows:
            raise ConfigurationError(
                f"the table has no row {channel!r}, only {', '.join(self._rows) or 'none'}"
            )
        return lambda *symbols, **_: self._rows[channel].filter(
            lambda value: not symbols or getattr(value, "symbol", None) in {None, *symbols}
        )

    def __repr__(self) -> str:
        return f"MarbleTable of\n{self._text}"


def _stream(marks: list[Mark], *, from_subscription: bool) -> Observable[Any]:
    def subscribe(
        observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        clock = _table.get()
        if clock is None:
            raise ConfigurationError("marbles run in a table: use marbles.run(...)")
        begin = _tick(clock) if from_subscription else 0
        opened = CompositeDisposable()
        for mark in marks:
            tick = begin + mark.tick
            if tick >= _tick(clock):
                opened.add(_scheduled(clock, observer, mark, tick))
        return opened

    return Observable(subscribe)


def _scheduled(
    clock: _Clock, observer: abc.ObserverBase[Any], mark: Mark, tick: float
) -> abc.DisposableBase:
    def happen(*_: object) -> None:
        if mark.kind == "next":
            observer.on_next(stamped(mark.value, tick * clock.step))
        elif mark.kind == "error":
            observer.on_error(mark.value)
        else:
            observer.on_completed()

    due = EPOCH.timestamp() + tick * clock.step
    return clock.scheduler.schedule_absolute(due, happen)


def _tick(clock: _Clock) -> float:
    ticks = (clock.scheduler.now - EPOCH).total_seconds() / clock.step
    return round(ticks, 6)


def _alike(expected: Mark, received: Mark) -> bool:
    if (expected.tick, expected.kind) != (received.tick, received.kind):
        return False
    left, right = expected.value, received.value
    if expected.kind == "error" and isinstance(right, Exception):
        return bool(left == right) or (type(left) is type(right) and left.args == right.args)
    return left is right or bool(left == right)


def _difference(
    expected: list[Mark], received: tuple[Mark, ...], letters: Mapping[str, Any]
) -> str:
    drawn, meant = draw(expected, letters)
    came, found = draw(received, {**letters, **meant})
    parts = next(
        (i for i, pair in enumerate(zip(expected, received, strict=False)) if not _alike(*pair)),
        min(len(expected), len(received)),
    )
    column = min(int(mark.tick) for row in (expected, received) for mark in row[parts : parts + 1])
    legend = [f"  {letter} = {value!r}" for letter, value in {**letters, **meant, **found}.items()]
    told = [
        f"  at {mark.tick:g} ticks came {mark.value!r}"
        for mark in received
        if mark.tick != int(mark.tick)
    ]
    lines = ["", f"expected  {drawn}", f"received  {came}", f"          {' ' * column}^", *legend]
    return "\n".join([*lines, *told])
