"""Bars of one symbol over the intervals of a time grid, in event time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

import attrs

from rxkraken.models.bars import Bar
from rxkraken.models.market import Trade
from rxkraken.operators.arithmetic import Arithmetic
from rxkraken.operators.growing_bar import GrowingBar, growing_bar
from rxkraken.operators.intervals import EPOCH, begin_of, index_of

N = TypeVar("N")

Gaps = Literal["skip", "carry", "empty"]


@attrs.frozen
class Windows(Generic[N]):
    """What the bars of all symbols have in common."""

    length: timedelta
    lateness: timedelta
    gaps: Gaps
    running: bool
    on_late: Callable[[Trade[N]], None]


@attrs.define(eq=False)
class WindowBars(Generic[N]):
    """The open intervals of one symbol: no more than lateness makes necessary.

    Attributes:
        watermark: the latest moment known to have come, by trades or by the clock.
        closed: index of the last interval that is closed, and with it all before.
        boundary: the moment at which the interval after that is to be closed.
        due: the moment at which the next bar can be emitted; None while there is none to wait for.
    """

    windows: Windows[N]
    arithmetic: Arithmetic[N]
    symbol: str
    watermark: datetime
    closed: int = attrs.field(init=False)
    boundary: datetime = attrs.field(init=False)
    due: datetime | None = None
    open: dict[int, GrowingBar[N]] = attrs.field(factory=dict)
    previous: Bar[N] | None = None
    late: int = 0
    # The interval of the last trade, where the next one is looked for first.
    begin: datetime = EPOCH
    end: datetime = EPOCH
    bar: GrowingBar[N] | None = None

    def __attrs_post_init__(self) -> None:
        self._close_through(self._closable(self.watermark))

    def add(self, trade: Trade[N]) -> Sequence[Bar[N]]:
        """Take a trade; give what is to be emitted."""
        moment = trade.timestamp
        notional = self.arithmetic.multiply(trade.price, trade.qty)
        if self.bar is not None and self.begin <= moment < self.end:
            self.bar.add(trade, trade.qty, notional)
        elif not self._find(trade, notional):
            return ()
        self.watermark = max(self.watermark, moment)
        closed = self.advance(moment) if moment >= self.boundary else ()
        if self.windows.running and self.bar is not None:
            return (*closed, self._seen(self.bar, self.begin, closed=False))
        return closed

    def advance(self, moment: datetime) -> Sequence[Bar[N]]:
        """Let event time come to a moment; give the bars that this closes."""
        self.watermark = max(self.watermark, moment)
        return self._emit_through(self._closable(moment))

    def stop(self) -> Sequence[Bar[N]]:
        """Give what is left: intervals that are over, then the one that is not."""
        over = self._emit_through(index_of(self.watermark, self.windows.length) - 1)
        rest = sorted(self.open.items())
        return [*over, *(self._seen(bar, self._begin(at), closed=False) for at, bar in rest)]

    def _find(self, trade: Trade[N], notional: N) -> bool:
        """Add a trade to the bar of its interval; False when that is closed."""
        index = index_of(trade.timestamp, self.windows.length)
        if index <= self.closed:
            self.late += 1
            self.windows.on_late(trade)
            return False
        bar = self.open.get(index)
        if bar is None:
            bar = growing_bar(self.arithmetic, trade, trade.qty, notional)
            self.open[index] = bar
            self._set_due()
        else:
            bar.add(trade, trade.qty, notional)
        self.bar, self.begin, self.end = bar, self._begin(index), self._begin(index + 1)
        return True

    def _emit_through(self, last: int) -> Sequence[Bar[N]]:
        bars: list[Bar[N]] = []
        for index in self._indexes(last):
            begin = self._begin(index)
            bar = self.open.pop(index, None)
            if bar is not None:
                bars.append(self._seen(bar, begin, closed=True))
            elif self.previous is not None:
                bars.append(self._gap(self.previous, begin))
            else:
                continue
            self.previous = bars[-1]
            self.late = 0
        self._close_through(max(last, self.closed))
        return bars

    def _indexes(self, last: int) -> Iterable[int]:
        if self.windows.gaps == "skip":
            return sorted(index for index in self.open if index <= last)
        return range(self.closed + 1, last + 1)

    def _close_through(self, last: int) -> None:
        self.closed = last
        self.boundary = self._begin(last + 2) + self.windows.lateness
        if self.end <= self._begin(last + 1):
            self.bar = None
        self._set_due()

    def _set_due(self) -> None:
        if self.windows.gaps != "skip" and self.previous is not None:
            self.due = self.boundary
        elif self.open:
            self.due = self._begin(min(self.open) + 1) + self.windows.lateness
        else:
            self.due = None

    def _closable(self, moment: datetime) -> int:
        return index_of(moment - self.windows.lateness, self.windows.length) - 1

    def _begin(self, index: int) -> datetime:
        return begin_of(index, self.windows.length)

    def _seen(self, bar: GrowingBar[N], begin: datetime, *, closed: bool) -> Bar[N]:
        return bar.seen(begin, begin + self.windows.length, closed=closed, late=self.late)

    def _gap(self, previous: Bar[N], begin: datetime) -> Bar[N]:
        price = previous.close if self.windows.gaps == "carry" else None
        zero, end = self.arithmetic.zero, begin + self.windows.length
        return Bar(
            self.symbol, begin, end, price, price, price, price, zero, zero, 0, True, self.late
        )
