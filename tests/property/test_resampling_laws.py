"""Resampled values, final candles and joined streams against plain list functions."""

import statistics
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

import pytest
import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex.subject import Subject

from rxkraken.models import Candle, Spread
from rxkraken.models.bars import Ohlc
from rxkraken.operators.closed_candles import closed_candles
from rxkraken.operators.latest_by import latest_by
from rxkraken.operators.resample import resample
from rxkraken.operators.spread_between import spread_between
from rxkraken.operators.synchronize import synchronize
from rxkraken.operators.triangular import triangular

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

amounts = st.decimals("-99999", "99999", places=6)


def at(second):
    return START + timedelta(seconds=second)


def resampled(events, **arguments):
    seen = []
    reactivex.from_iterable(events).pipe(
        resample(5, time=lambda event: at(event[0]), value=lambda event: event[1], **arguments)
    ).subscribe(seen.append)
    return seen


@given(events=st.lists(st.tuples(st.integers(0, 60), amounts), max_size=30).map(sorted))
def test_each_way_to_resample_is_its_list_function(events):
    groups = [
        [value for _, value in group] for _, group in groupby(events, lambda event: event[0] // 5)
    ]
    assert resampled(events, how="first") == [group[0] for group in groups]
    assert resampled(events, how="last") == [group[-1] for group in groups]
    assert resampled(events, how="ohlc") == [
        Ohlc(group[0], max(group), min(group), group[-1], len(group)) for group in groups
    ]
    for mean, group in zip(resampled(events, how="mean"), groups, strict=True):
        exact = statistics.mean(map(Fraction, group))
        assert abs(Fraction(mean) - exact) <= abs(exact) / 10**26
    floats = [(second, float(value)) for second, value in events]
    assert resampled(floats, how="mean") == pytest.approx(
        [statistics.fmean(map(float, group)) for group in groups], rel=1e-9, abs=1e-6
    )


@st.composite
def sessions(draw):
    """States of candles as connections send them, and the final state of each."""
    final = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=12))
    minute, candles = 0, []
    for skip, trades in final:
        minute += skip
        candles.append((minute, trades))
    sent = []
    for index, (begin, trades) in enumerate(candles):
        sent += [(begin, state) for state in range(1, trades + 1)]
        if draw(st.integers(0, 3)) == 0:  # a reconnect: history again, the running one as it is
            sent += candles[max(0, index - 4) : index + 1]
        if draw(st.booleans()):  # a frame that comes twice, or after a newer one
            sent.append(draw(st.sampled_from(sent)))
    return candles, sent


def candle(minute, trades, symbol="BTC/USD"):
    return Candle(symbol, 1, at(60 * minute), close=float(trades), trades=trades)


@given(session=sessions())
def test_each_candle_is_final_once_in_its_last_state(session):
    candles, sent = session
    seen = []
    states = reactivex.from_iterable([candle(*state) for state in sent])
    states.pipe(closed_candles()).subscribe(seen.append)
    assert seen == [candle(*state) for state in candles[:-1]]


@given(first=sessions(), second=sessions(), order=st.randoms(use_true_random=False))
def test_candles_of_two_symbols_do_not_disturb_each_other(first, second, order):
    queues = [
        [candle(*state) for state in first[1]],
        [candle(*state, symbol="ETH/USD") for state in second[1]],
    ]
    sent = []
    while any(queues):
        sent.append(order.choice([queue for queue in queues if queue]).pop(0))
    seen = []
    reactivex.from_iterable(sent).pipe(closed_candles()).subscribe(seen.append)
    expected = {"BTC/USD": first[0], "ETH/USD": second[0]}
    for symbol, candles in expected.items():
        mine = [one for one in seen if one.symbol == symbol]
        assert mine == [candle(*state, symbol=symbol) for state in candles[:-1]]


def sent_to(join, count, events):
    """Send (number of the source, value) events to joined sources; give what comes of each."""
    subjects, seen = [Subject() for _ in range(count)], []
    latest = [None]
    join(*subjects).subscribe(lambda value: latest.__setitem__(0, value))
    for number, value in events:
        latest[0] = None
        subjects[number].on_next(value)
        seen.append(latest[0])
    return seen


@given(
    events=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), max_size=40),
    tolerance=st.integers(0, 10),
)
def test_synchronised_values_are_the_latest_of_each_and_near_each_other(events, tolerance):
    seen = sent_to(lambda *sources: synchronize(sources, tolerance, time=at), 3, events)
    for index, made in enumerate(seen):
        past = events[: index + 1]
        columns = [[second for source, second in past if source == number] for number in range(3)]
        number, second = past[-1]
        wanted = None
        if all(columns) and second == max(columns[number]):
            newest = tuple(max(column) for column in columns)
            wanted = newest if max(newest) - min(newest) <= tolerance else None
        assert made == wanted


@given(values=st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=30))
def test_the_latest_by_key_is_the_dict_of_what_came(values):
    seen = []
    source = reactivex.from_iterable(values)
    source.pipe(latest_by(lambda value: value[0])).subscribe(seen.append)
    assert [dict(latest) for latest in seen] == [
        {key: (key, value) for key, value in values[: index + 1]} for index in range(len(values))
    ]


prices = st.decimals("0.01", "9.99", places=2)


def quotes(count):
    return st.lists(st.tuples(st.integers(0, count - 1), st.tuples(prices, prices)), max_size=20)


def last_quotes(events, count):
    known = dict(events)
    return [known[number] for number in range(count)] if len(known) == count else None


def as_spreads(events, names):
    return [
        (number, Spread(names[number], bid, Decimal(1), ask, Decimal(1)))
        for number, (bid, ask) in events
    ]


@given(events=quotes(2))
def test_a_spread_is_the_difference_of_the_last_quotes_when_they_change(events):
    seen = sent_to(spread_between, 2, as_spreads(events, ("BTC/USD", "BTC/USDT")))
    for index, spread in enumerate(seen):
        now, before = last_quotes(events[: index + 1], 2), last_quotes(events[:index], 2)
        assert (spread is None) == (now is None or now == before)
        if spread is not None:
            (a_bid, a_ask), (b_bid, b_ask) = now
            assert spread.mid == (a_bid + a_ask) / 2 - (b_bid + b_ask) / 2
            assert (spread.sell_a_buy_b, spread.sell_b_buy_a) == (a_bid - b_ask, b_bid - a_ask)


@given(events=quotes(3))
def test_a_triangle_is_made_of_the_last_quotes_when_they_change(events):
    names = ("ETH/BTC", "BTC/USD", "ETH/USD")
    seen = sent_to(triangular, 3, as_spreads(events, names))
    made = []
    for index in range(len(events)):
        now = last_quotes(events[: index + 1], 3)
        rates = None
        if now is not None:
            (a_bid, a_ask), (b_bid, b_ask), direct = now
            rates = (a_bid * b_bid, a_ask * b_ask, *direct)
        made.append(rates)
    for index, triangle in enumerate(seen):
        changed = made[index] is not None and (index == 0 or made[index] != made[index - 1])
        assert (triangle is not None) == changed
        if triangle is not None:
            given_ = (triangle.implied_bid, triangle.implied_ask)
            assert (*given_, triangle.direct_bid, triangle.direct_ask) == made[index]
