"""Candles, day statistics and the last trades of one market, all folded from the same trades.

Everything is whole numbers: prices in ticks, volumes in lots, costs in ticks times lots, so that
averages are exact until they are written (spec ``v2-market-data`` §5, §10, §11).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rxkraken.sim.engine import TradeMade

MINUTE_NS = 60_000_000_000
INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
_CANDLES_STREAMED = 10
# As many as REST gives out.
_CANDLES_KEPT = 720
_TRADES_KEPT = 50
_TAPE_KEPT = 5000
_DAY_MINUTES = 1440


def rounded_ratio(numerator: int, denominator: int) -> int:
    """Divide whole numbers and round to the nearest, halves upwards.

    >>> rounded_ratio(7, 2), rounded_ratio(-7, 2), rounded_ratio(10, 3)
    (4, -3, 3)
    """
    return (2 * numerator + denominator) // (2 * denominator)


@attrs.define
class Candle:
    """Trades of one span of time; grows while the span lasts.

    Attributes:
        begin_ns: start of the span, a multiple of its length since 1970.
        cost: sum of price times quantity, in ticks times lots.
    """

    begin_ns: int
    open: int
    high: int
    low: int
    close: int
    trades: int = 0
    volume: int = 0
    cost: int = 0

    @property
    def vwap(self) -> int:
        """Average price weighted by quantity, to the nearest tick."""
        return rounded_ratio(self.cost, self.volume)

    def add(self, price: int, quantity: int) -> None:
        """Count one more trade."""
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.trades += 1
        self.volume += quantity
        self.cost += price * quantity


class CandleSeries:
    """The last candles of one interval; spans without trades have none."""

    __slots__ = ("_length_ns", "candles")

    def __init__(self, minutes: int, kept: int = _CANDLES_KEPT) -> None:
        self._length_ns = minutes * MINUTE_NS
        self.candles: deque[Candle] = deque(maxlen=kept)

    def add(self, price: int, quantity: int, timestamp_ns: int) -> None:
        """Count a trade; a later span than the running one begins a new candle."""
        begin = timestamp_ns - timestamp_ns % self._length_ns
        if not self.candles or self.candles[-1].begin_ns != begin:
            self.candles.append(Candle(begin, price, price, price, price))
        self.candles[-1].add(price, quantity)

    def recent(self, now_ns: int) -> list[Candle]:
        """The candles of the last ten intervals, the running one included, oldest first."""
        first = now_ns - now_ns % self._length_ns - (_CANDLES_STREAMED - 1) * self._length_ns
        return [candle for candle in self.candles if candle.begin_ns >= first]


@attrs.frozen
class DaySummary:
    """Trading of the last 24 hours; prices in ticks, volume in lots."""

    last: int
    volume: int
    vwap: int
    low: int
    high: int
    change: int
    change_hundredths_percent: int


class DayStatistics:
    """Rolling 24 hours in steps of a minute: the running minute and the 1439 before it.

    Whole minutes bound the memory; the sums are made anew once a minute, when one falls out.
    """

    __slots__ = ("_last", "_minutes", "_total")

    def __init__(self) -> None:
        self._minutes = CandleSeries(1, kept=_DAY_MINUTES)
        self._total: Candle | None = None
        self._last = 0

    def add(self, price: int, quantity: int, timestamp_ns: int) -> None:
        """Count a trade."""
        self._expire(timestamp_ns)
        self._minutes.add(price, quantity, timestamp_ns)
        self._last = price
        if self._total is None:
            self._total = Candle(timestamp_ns, price, price, price, price)
        self._total.add(price, quantity)

    def summary(self, now_ns: int) -> DaySummary:
        """Sum up; without a trade in 24 hours everything but the last price is zero."""
        self._expire(now_ns)
        total = self._total
        if total is None:
            return DaySummary(self._last, 0, self._last, self._last, self._last, 0, 0)
        change = self._last - total.open
        return DaySummary(
            last=self._last,
            volume=total.volume,
            vwap=total.vwap,
            low=total.low,
            high=total.high,
            change=change,
            change_hundredths_percent=rounded_ratio(change * 10_000, total.open),
        )

    def _expire(self, now_ns: int) -> None:
        minutes = self._minutes.candles
        first = (now_ns // MINUTE_NS - _DAY_MINUTES + 1) * MINUTE_NS
        if not minutes or minutes[0].begin_ns >= first:
            return
        while minutes and minutes[0].begin_ns < first:
            minutes.popleft()
        self._total = _merged(minutes)


def _merged(candles: Sequence[Candle]) -> Candle | None:
    if not candles:
        return None
    return Candle(
        begin_ns=candles[0].begin_ns,
        open=candles[0].open,
        high=max(candle.high for candle in candles),
        low=min(candle.low for candle in candles),
        close=candles[-1].close,
        trades=sum(candle.trades for candle in candles),
        volume=sum(candle.volume for candle in candles),
        cost=sum(candle.cost for candle in candles),
    )


class MarketData:
    """What a market publishes about its trades.

    Attributes:
        trades: the last fifty, oldest first.
        tape: the last five thousand.
        series: minutes of the interval to its candles.
        day: statistics of 24 hours.
    """

    __slots__ = ("day", "series", "tape", "trades")

    def __init__(self) -> None:
        self.trades: deque[TradeMade] = deque(maxlen=_TRADES_KEPT)
        self.tape: deque[TradeMade] = deque(maxlen=_TAPE_KEPT)
        self.series = {minutes: CandleSeries(minutes) for minutes in INTERVALS}
        self.day = DayStatistics()

    def record(self, trade: TradeMade) -> None:
        """Take in one trade; trades come in the order of their time."""
        self.trades.append(trade)
        self.tape.append(trade)
        price, quantity, now_ns = trade.price, trade.quantity, trade.timestamp_ns
        self.day.add(price, quantity, now_ns)
        for series in self.series.values():
            series.add(price, quantity, now_ns)
