"""Each law catches pipelines that were made to break it, and lets good ones pass."""

import asyncio
import random
from itertools import count

import pytest
import reactivex
from reactivex import operators as ops

from rxkraken import operators as kops
from rxkraken.errors import ConfigurationError
from rxkraken.testing import InvariantViolated, invariants, play

BTC = "BTC/USD"
LAWS = [
    invariants.is_deterministic,
    invariants.is_causal,
    invariants.survives_reconnect,
    invariants.ignores_duplicates,
    invariants.bounded_memory,
    invariants.disposes_cleanly,
    invariants.same_on_chunking,
]
calls = count()
held = []


def total(stream):
    return stream.pipe(ops.scan(lambda done, trade: done + trade.qty, 0))


def once(stream):
    return stream.pipe(ops.distinct_until_changed(lambda trade: trade.trade_id))


def mid(market):
    return market.order_book(BTC).pipe(ops.map(lambda book: book.mid), ops.distinct_until_changed())


def total_volume(market):
    return total(once(market.trade(BTC)))


def calm_spread(market):
    return market.order_book(BTC, depth=10).map(lambda book: book.spread).pipe(kops.resample("1s"))


def signal_from_both(market):
    return once(market.trade(BTC)).pipe(ops.with_latest_from(mid(market)))


def from_the_whole_list(compute):
    def pipeline(market):
        return market.trade(BTC).pipe(
            ops.to_list(), ops.flat_map(lambda trades: reactivex.from_iterable(compute(trades)))
        )

    return pipeline


def share_of_the_day(trades):
    day = sum(trade.qty for trade in trades)
    return [trade.qty / day for trade in trades]


def stored_prices(market):
    return market.trade(BTC).do_action(held.append).map(lambda trade: trade.price)


def never_unsubscribed(market):
    def subscribe(observer, scheduler):
        market.trade(BTC).subscribe(observer, scheduler=scheduler)

    return reactivex.create(subscribe)


def clock_left_running(market):
    def subscribe(observer, scheduler):
        reactivex.interval(1.0).subscribe(lambda _: None, scheduler=scheduler)
        return market.trade(BTC).subscribe(observer, scheduler=scheduler)

    return reactivex.create(subscribe)


def task_left_running(market):
    def subscribe(observer, scheduler):
        held.append(asyncio.ensure_future(asyncio.sleep(10**9)))
        return market.trade(BTC).subscribe(observer, scheduler=scheduler)

    return reactivex.create(subscribe)


def frames_counted(market):
    return market.frames().pipe(
        ops.filter(lambda frame: b'"trade"' in frame.data and frame.direction == "in"),
        ops.merge(market.trade(BTC)),
        ops.scan(lambda done, _: done + 1, 0),
    )


def by_turn_of_the_loop(market):
    """Gather trades until the loop turns, and say how many there were."""

    def subscribe(observer, scheduler=None):
        waiting = []

        def flush():
            observer.on_next(len(waiting))
            waiting.clear()

        def on_next(trade):
            if not waiting:
                asyncio.get_running_loop().call_soon(flush)
            waiting.append(trade)

        return market.trade(BTC).subscribe(on_next, observer.on_error, observer.on_completed)

    return reactivex.Observable(subscribe)


FAULTY = [
    (invariants.is_deterministic, lambda m: m.trade(BTC).map(lambda _: random.random())),
    (invariants.is_deterministic, lambda m: m.trade(BTC).map(lambda _: next(calls))),
    (invariants.is_deterministic, lambda m: m.trade(BTC).map(id).map(lambda _: object())),
    (invariants.is_causal, from_the_whole_list(share_of_the_day)),
    (invariants.is_causal, from_the_whole_list(lambda trades: trades[::-1])),
    (invariants.is_causal, lambda m: reactivex.from_iterable(m.events).pipe(ops.map(hash))),
    (invariants.is_causal, lambda m: m.trade(BTC).map(lambda t: (t.trade_id, m.events[-1].at))),
    (invariants.survives_reconnect, lambda m: m.order_book(BTC).scan(lambda n, _: n + 1, 0)),
    (invariants.survives_reconnect, lambda m: total(m.trade(BTC, snapshot=True))),
    (
        invariants.survives_reconnect,
        lambda m: m.trade(BTC).pipe(ops.take_until(m.status().pipe(ops.skip(1)))),
    ),
    (invariants.ignores_duplicates, lambda m: total(m.trade(BTC))),
    (invariants.ignores_duplicates, lambda m: m.trade(BTC)),
    (invariants.bounded_memory, lambda m: m.trade(BTC).pipe(ops.distinct(lambda t: t.trade_id))),
    (invariants.bounded_memory, lambda m: m.trade(BTC).pipe(ops.to_list())),
    (invariants.bounded_memory, stored_prices),
    (invariants.disposes_cleanly, never_unsubscribed),
    (invariants.disposes_cleanly, clock_left_running),
    (invariants.disposes_cleanly, task_left_running),
    (invariants.same_on_chunking, frames_counted),
    (invariants.same_on_chunking, by_turn_of_the_loop),
]


@pytest.fixture(autouse=True)
def nothing_held():
    yield
    held.clear()


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("pipeline", [mid, total_volume, calm_spread])
def test_a_good_pipeline_holds_every_law(law, pipeline):
    law(pipeline, max_examples=8)


@pytest.mark.parametrize("law", [invariants.is_causal, invariants.disposes_cleanly])
def test_a_pipeline_of_two_channels_holds(law):
    law(signal_from_both, max_examples=8)


@pytest.mark.parametrize(("law", "pipeline"), FAULTY)
def test_a_faulty_pipeline_is_caught(law, pipeline):
    with pytest.raises(InvariantViolated) as caught:
        law(pipeline, max_examples=40)
    violated = caught.value
    assert violated.invariant == law.__name__
    assert str(violated).startswith(f"{law.__name__}: ")
    assert repr(violated.market) in str(violated)
    assert len(violated.market.events) <= 3


def test_a_violation_is_an_assertion_that_carries_the_market():
    with pytest.raises(AssertionError) as caught:
        invariants.ignores_duplicates(lambda m: m.trade(BTC))
    market = caught.value.market
    assert len(play(market, lambda m: m.trade(BTC)).values) == 2
    assert len(play(market.with_storms(), lambda m: m.trade(BTC)).values) == 1


def test_the_same_search_finds_the_same_market():
    found = []
    for _ in range(2):
        with pytest.raises(InvariantViolated) as caught:
            invariants.survives_reconnect(lambda m: total(m.trade(BTC, snapshot=True)))
        found.append(caught.value.market)
    assert found[0] == found[1]


def test_a_value_meant_for_an_earlier_moment_is_caught_where_its_time_is_told():
    def labelled_back(market):
        return market.trade(BTC).pipe(
            ops.pairwise(), ops.map(lambda pair: (pair[0].timestamp, pair[1].price))
        )

    invariants.is_causal(labelled_back, max_examples=20)
    with pytest.raises(InvariantViolated):
        invariants.is_causal(labelled_back, max_examples=40, time=lambda value: value[0])


def test_two_open_windows_may_be_given_away_where_it_is_said():
    def two_windows(market):
        return reactivex.merge(
            market.trade(BTC).pipe(kops.resample("1s")), market.trade(BTC).pipe(kops.resample("2s"))
        )

    with pytest.raises(InvariantViolated):
        invariants.is_causal(two_windows)
    invariants.is_causal(two_windows, flushes=2)


def test_several_symbols_are_traded_where_asked_for():
    symbols = ("BTC/USD", "ETH/USD")
    seen = set()

    def pipeline(market):
        return market.trade(*symbols).do_action(lambda trade: seen.add(trade.symbol))

    invariants.is_deterministic(pipeline, symbols=symbols, max_examples=20)
    assert seen == set(symbols)


@pytest.mark.asyncio
async def test_a_check_inside_a_coroutine_says_where_it_belongs():
    with pytest.raises(ConfigurationError, match="plain function"):
        invariants.is_deterministic(mid, max_examples=1)
