"""Candles, day statistics and last trades, recomputed naively from the same trades."""

import json
import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.sim.clock import STEPPED_START_NS
from rxkraken.sim.engine import TradeMade
from rxkraken.sim.history import past_trades
from rxkraken.sim.listing import PAIRS
from rxkraken.sim.market_data import INTERVALS, MarketData, rounded_ratio

MINUTE = 60 * 10**9
DAY = 1440 * MINUTE


def trade(number, price, quantity, timestamp_ns):
    return TradeMade(number, "buy", price, quantity, "market", "taker", "maker", timestamp_ns)


@st.composite
def trade_lists(draw):
    gaps = st.one_of(st.integers(0, MINUTE), st.integers(0, 5 * DAY))
    rows = draw(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 10**9), gaps), min_size=1))
    now, trades = STEPPED_START_NS, []
    for number, (price, quantity, gap) in enumerate(rows):
        now += gap
        trades.append(trade(number, price, quantity, now))
    return trades


def half_up(value):
    return int((value + Fraction(1, 2)) // 1)


def naive_candles(trades, minutes, now):
    """Every candle of the last ten intervals, from all trades by plain filtering."""
    length = minutes * MINUTE
    result = []
    for back in range(9, -1, -1):
        begin = now // length * length - back * length
        inside = [t for t in trades if begin <= t.timestamp_ns < begin + length]
        if inside:
            prices = [t.price for t in inside]
            volume = sum(t.quantity for t in inside)
            cost = sum(t.price * t.quantity for t in inside)
            result.append(
                {
                    "begin_ns": begin,
                    "open": prices[0],
                    "high": max(prices),
                    "low": min(prices),
                    "close": prices[-1],
                    "trades": len(inside),
                    "volume": volume,
                    "vwap": half_up(Fraction(cost, volume)),
                }
            )
    return result


def seen_candles(data, minutes, now):
    names = ("begin_ns", "open", "high", "low", "close", "trades", "volume", "vwap")
    return [
        {name: getattr(candle, name) for name in names}
        for candle in data.series[minutes].recent(now)
    ]


def assert_day(data, trades, now):
    first = (now // MINUTE - 1439) * MINUTE
    inside = [t for t in trades if t.timestamp_ns >= first]
    day = data.day.summary(now)
    assert day.last == trades[-1].price
    assert day.volume == sum(t.quantity for t in inside)
    if inside:
        cost = sum(t.price * t.quantity for t in inside)
        change = Fraction(inside[-1].price - inside[0].price)
        assert day.vwap == half_up(Fraction(cost, day.volume))
        assert (day.low, day.high) == (
            min(t.price for t in inside),
            max(t.price for t in inside),
        )
        assert day.change == change
        assert day.change_hundredths_percent == half_up(change * 10_000 / inside[0].price)


@given(trade_lists(), st.integers(0, 2 * DAY))
def test_candles_and_statistics_equal_those_computed_from_all_trades(trades, later):
    data = MarketData()
    for made in trades:
        data.record(made)
    now = trades[-1].timestamp_ns + later
    assert list(data.trades) == trades[-50:]
    for minutes in INTERVALS:
        assert seen_candles(data, minutes, now) == naive_candles(trades, minutes, now)
    assert_day(data, trades, now)


def test_a_trade_leaves_the_statistics_when_its_minute_is_a_day_old():
    data = MarketData()
    noon = STEPPED_START_NS // MINUTE * MINUTE
    data.record(trade(1, 100, 5, noon + MINUTE - 1))
    data.record(trade(2, 110, 7, noon + MINUTE))
    before, after = (data.day.summary(noon + DAY + shift) for shift in (-1, 0))
    assert (before.volume, before.low, before.change) == (12, 100, 10)
    assert (after.volume, after.low, after.change) == (7, 110, 0)
    empty = data.day.summary(noon + 2 * DAY)
    assert (empty.last, empty.volume, empty.change_hundredths_percent) == (110, 0, 0)


@pytest.mark.parametrize("symbol", ["BTC/USD", "BTT/USD", "MLN/EUR"])
def test_the_past_fills_ten_candles_of_every_interval_and_agrees_with_itself(symbol):
    trades = past_trades(PAIRS[symbol], random.Random(1), STEPPED_START_NS)
    data = MarketData()
    for made in trades:
        data.record(made)
    ids = [made.trade_id for made in trades]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    moments = [made.timestamp_ns for made in trades]
    assert moments == sorted(moments)
    assert moments[-1] <= STEPPED_START_NS
    for minutes in INTERVALS:
        candles = seen_candles(data, minutes, STEPPED_START_NS)
        assert len(candles) == 10
        assert candles == naive_candles(trades, minutes, STEPPED_START_NS)
    assert_day(data, trades, STEPPED_START_NS)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_ratios_are_rounded_to_the_nearest_whole_number(numerator, denominator):
    exact = Fraction(numerator, denominator)
    rounded = rounded_ratio(numerator, denominator)
    assert abs(exact - rounded) <= Fraction(1, 2)
    assert rounded == half_up(exact)


def test_frames_of_trades_candles_and_ticker_agree_with_each_other(open_desk):
    """What a client sees of one market in three channels is one and the same story."""
    desk = open_desk(["ETH/USD"])
    client = desk.client()
    symbols = {"symbol": ["ETH/USD"]}
    client.ask("subscribe", channel="trade", snapshot=True, **symbols)
    client.ask("subscribe", channel="ticker", **symbols)
    client.ask("subscribe", channel="ohlc", interval=1, **symbols)
    desk.advance(70)
    trades, ticker, candles = [], None, {}
    for frame in client.frames:
        message = json.loads(frame, parse_float=Decimal)
        for entry in message.get("data", ()):
            if message["channel"] == "trade":
                trades.append(entry)
            elif message["channel"] == "ticker":
                ticker = entry
            elif message["channel"] == "ohlc":
                candles[entry["interval_begin"]] = entry
    ids = [entry["trade_id"] for entry in trades]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert len(ids) > 100
    assert ticker["last"] == trades[-1]["price"]
    assert ticker["timestamp"] == trades[-1]["timestamp"]
    begin, running = max(candles.items())
    assert_candle(running, [entry for entry in trades if entry["timestamp"][:16] == begin[:16]])
    whole = candles["2026-01-05T12:01:00.000000000Z"]
    assert_candle(whole, [e for e in trades if e["timestamp"].startswith("2026-01-05T12:01")])
    assert whole["timestamp"] == "2026-01-05T12:02:00.000000Z"


def assert_candle(candle, trades):
    prices = [entry["price"] for entry in trades]
    volume = sum(entry["qty"] for entry in trades)
    cost = sum(entry["qty"] * entry["price"] for entry in trades)
    assert candle["open"] == prices[0]
    assert candle["high"] == max(prices)
    assert candle["low"] == min(prices)
    assert candle["close"] == prices[-1]
    assert candle["trades"] == len(trades)
    assert candle["volume"] == volume
    assert candle["vwap"] == (cost / volume).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_ticker_shows_the_top_of_the_engine_s_book(open_desk):
    desk = open_desk(["SOL/USD"])
    client = desk.client()
    client.ask("subscribe", channel="ticker", symbol=["SOL/USD"], event_trigger="bbo")
    desk.advance(3)
    last = next(frame for frame in reversed(client.frames) if b'"ticker"' in frame)
    (entry,) = json.loads(last, parse_float=str)["data"]
    top = desk.exchange.markets["SOL/USD"].top(1)
    assert (entry["bid"], entry["bid_qty"]) == top.bids[0]
    assert (entry["ask"], entry["ask_qty"]) == top.asks[0]
