"""Bars made of the trades of a simulated hour are the candles that the exchange itself sends."""

import asyncio
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_UP

import pytest

from rxkraken import Kraken
from rxkraken.operators.bars import bars
from rxkraken.operators.closed_candles import closed_candles
from rxkraken.sim import Simulator

SYMBOLS = ("BTC/USD", "DOGE/USD")
MINUTES = 60

pytestmark = pytest.mark.asyncio


class Collected:
    """Everything that came of a stream, and a way to wait for more."""

    def __init__(self, observable):
        self.values = []
        self._more = asyncio.Event()
        self.subscription = observable.subscribe(self._take, self._take)

    def _take(self, value):
        self.values.append(value)
        self._more.set()

    async def until(self, holds):
        while not holds(self.values):
            self._more.clear()
            await self._more.wait()


class Hour:
    """One hour of two markets: raw trades and candles, and what is made of them."""

    def __init__(self, kraken):
        trades, candles = kraken.trade(*SYMBOLS), kraken.ohlc(*SYMBOLS)
        self.trades, self.candles = Collected(trades), Collected(candles)
        self.bars = Collected(trades.pipe(bars(every="1m")))
        self.tick_bars = Collected(trades.pipe(bars(ticks=7)))
        self.notional_bars = Collected(trades.pipe(bars(notional=1000)))
        self.closed = Collected(candles.pipe(closed_candles()))

    async def pass_by(self, sim):
        """Let it pass minute by minute; wait until each trade and its candle have arrived."""
        await self.candles.until(lambda seen: {one.symbol for one in seen} == set(SYMBOLS))
        before = sim.history.trades_made
        for _ in range(MINUTES):
            await sim.step(60)
            made = sim.history.trades_made - before
            await self.trades.until(lambda seen, made=made: len(seen) == made)
            for symbol in SYMBOLS:
                last = self.last(symbol)
                await self.candles.until(
                    lambda seen, last=last: last is None or _reached(seen, last)
                )

    def last(self, symbol):
        mine = [trade for trade in self.trades.values if trade.symbol == symbol]
        return mine[-1] if mine else None


def _reached(candles, trade):
    last = next(one for one in reversed(candles) if one.symbol == trade.symbol)
    return last.close == trade.price and last.interval_begin <= trade.timestamp < last.interval_end


@asynccontextmanager
async def an_hour():
    simulator = Simulator(SYMBOLS, seed=5, clock="stepped", rate=2.0, idle_timeout=1e6)
    async with asyncio.timeout(50), simulator as sim, Kraken(sim.environment) as kraken:
        hour = Hour(kraken)
        await hour.pass_by(sim)
        yield hour


async def test_bars_are_the_candles_of_the_exchange():
    async with an_hour() as hour:
        for symbol in SYMBOLS:
            candles = {
                candle.interval_begin: candle
                for candle in hour.closed.values
                if candle.symbol == symbol
            }
            whole = [bar for bar in hour.bars.values if bar.symbol == symbol][1:]
            assert len(whole) > MINUTES // 2
            for bar in whole:
                candle = candles[bar.begin]
                assert candle.interval_end == bar.end
                assert (bar.open, bar.high, bar.low, bar.close) == (
                    candle.open,
                    candle.high,
                    candle.low,
                    candle.close,
                )
                assert (bar.volume, bar.count) == (candle.volume, candle.trades)
                assert bar.vwap.quantize(candle.vwap, ROUND_HALF_UP) == candle.vwap
            _check_sums(hour, symbol)


def _check_sums(hour, symbol):
    """What closed bars of ticks and notional hold is what the first trades hold, exactly."""
    trades = [trade for trade in hour.trades.values if trade.symbol == symbol]
    ticks = [bar for bar in hour.tick_bars.values if bar.symbol == symbol]
    inside = trades[: 7 * len(ticks)]
    assert sum(bar.volume for bar in ticks) == sum(trade.qty for trade in inside)
    assert sum(bar.notional for bar in ticks) == sum(trade.qty * trade.price for trade in inside)
    notional = [bar.notional for bar in hour.notional_bars.values if bar.symbol == symbol]
    assert notional == [1000] * int(sum(trade.qty * trade.price for trade in trades) / 1000)
