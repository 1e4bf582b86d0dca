"""What the channels say of one market is consistent: trades, candles, tickers and books."""

import asyncio
from decimal import Decimal
from itertools import pairwise

import pytest

from rxkraken import Kraken
from rxkraken.models import InstrumentSnapshot
from rxkraken.sim import Simulator

from .listening import Listener, agrees

SYMBOLS = ("BTC/USD", "ETH/USD", "DOGE/USD")

pytestmark = pytest.mark.asyncio


class Observed:
    """Three minutes of three markets, seen through every channel."""

    def __init__(self, kraken):
        self.trades = Listener(kraken.trade(*SYMBOLS))
        self.candles = Listener(kraken.ohlc(*SYMBOLS))
        self.tickers = Listener(kraken.ticker(*SYMBOLS))
        self.bests = Listener(kraken.ticker(*SYMBOLS, event_trigger="bbo"))
        self.instrument = Listener(kraken.instrument())
        self.books = {symbol: Listener(kraken.order_book(symbol)) for symbol in SYMBOLS}

    def of(self, listener, symbol):
        return [value for value in listener.values if value.symbol == symbol]


async def observe(sim, kraken):
    """Let 180 seconds of the market pass; wait until everything of them has arrived."""
    seen = Observed(kraken)
    for listener in (seen.candles, seen.tickers, seen.bests):
        for symbol in SYMBOLS:
            await listener.until(lambda one, symbol=symbol: seen.of(one, symbol))
    await seen.instrument.begun()
    for listener in seen.books.values():
        await listener.begun()
    await _settled(sim, seen)
    before = sim.history.trades_made
    await sim.step(180)
    made = sim.history.trades_made - before
    await seen.trades.until(lambda one: len(one.values) == made)
    await _settled(sim, seen)
    return seen


async def _settled(sim, seen):
    for symbol, listener in seen.books.items():
        truth = sim.book(symbol)
        await listener.until(lambda one, truth=truth: agrees(one.last, truth))


@pytest.fixture
def market():
    return Simulator(SYMBOLS, seed=11, clock="stepped", rate=8.0, idle_timeout=1e6)


async def test_channels_agree_with_each_other(market):
    async with asyncio.timeout(30):
        async with market as sim, Kraken(sim.environment) as kraken:
            seen = await observe(sim, kraken)
            for symbol in SYMBOLS:
                trades = seen.of(seen.trades, symbol)
                _check_trades(trades)
                await seen.candles.until(
                    lambda one, symbol=symbol, last=trades[-1]: (
                        seen.of(one, symbol)[-1].close == last.price
                    )
                )
                _check_candles(seen.of(seen.candles, symbol), trades)
                await seen.tickers.until(
                    lambda one, symbol=symbol, last=trades[-1]: (
                        seen.of(one, symbol)[-1].last == last.price
                    )
                )
                _check_tickers(seen.of(seen.tickers, symbol))
                await seen.bests.until(
                    lambda one, symbol=symbol: (
                        _best(seen.of(one, symbol)[-1]) == _top(seen.books[symbol].last)
                    )
                )
                _check_books(seen.books[symbol].values)
            _check_instrument(seen.instrument.last)


def _best(ticker):
    return ticker.bid, ticker.bid_qty, ticker.ask, ticker.ask_qty


def _top(book):
    return book.best_bid.price, book.best_bid.qty, book.best_ask.price, book.best_ask.qty


def _check_trades(trades):
    assert len(trades) > 10
    assert all(later.trade_id == earlier.trade_id + 1 for earlier, later in pairwise(trades))
    assert all(later.timestamp >= earlier.timestamp for earlier, later in pairwise(trades))
    assert all(trade.price > 0 and trade.qty > 0 for trade in trades)
    assert {trade.side for trade in trades} == {"buy", "sell"}


def _check_candles(candles, trades):
    """Candles of whole minutes are those that the trades of these minutes make."""
    final = {candle.interval_begin: candle for candle in candles}
    minutes = {}
    for trade in trades:
        minute = trade.timestamp.replace(second=0, microsecond=0)
        minutes.setdefault(minute, []).append(trade)
    whole = sorted(minutes)[1:-1]
    assert whole
    for minute in whole:
        inside, candle = minutes[minute], final[minute]
        prices = [trade.price for trade in inside]
        volume = sum((trade.qty for trade in inside), Decimal(0))
        assert (candle.open, candle.close) == (prices[0], prices[-1])
        assert (candle.low, candle.high) == (min(prices), max(prices))
        assert candle.trades == len(inside)
        assert candle.volume == volume
        assert candle.low <= candle.vwap <= candle.high
        assert (candle.interval_end - candle.interval_begin).total_seconds() == 60


def _check_tickers(tickers):
    for ticker in tickers:
        assert ticker.bid < ticker.ask
        assert ticker.low <= ticker.last <= ticker.high
        assert ticker.low <= ticker.vwap <= ticker.high
        assert ticker.volume > 0


def _check_books(books):
    assert len(books) > 50
    for book in books:
        bids, asks = ([level.price for level in side] for side in (book.bids, book.asks))
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert bids[0] < asks[0]
        assert book.mid == (bids[0] + asks[0]) / 2
        assert book.spread == asks[0] - bids[0]
        assert book.verified
    assert all(
        later.timestamp >= earlier.timestamp
        for earlier, later in pairwise(books)
        if earlier.timestamp and later.timestamp
    )


def _check_instrument(value):
    assert isinstance(value, InstrumentSnapshot)
    assert {pair.symbol for pair in value.pairs} == set(SYMBOLS)
    names = {asset.id for asset in value.assets}
    assert all({pair.base, pair.quote} <= names for pair in value.pairs)
    for pair in value.pairs:
        assert pair.qty_increment == Decimal(1).scaleb(-pair.qty_precision)
