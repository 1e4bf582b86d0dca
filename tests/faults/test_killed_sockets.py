"""Sockets that are killed again and again: everything comes back, and nothing is left behind."""

import asyncio
from collections import Counter
from itertools import cycle

import pytest

from rxkraken import Kraken, ReconnectPolicy
from rxkraken.models import Connected, Disconnected, Gap, Subscribed, SubscriberDetached
from rxkraken.sim import Simulator

from ..integration.listening import Listener, nothing_left  # noqa: TID252 - no packages

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")
KILLS = 10
AT_ONCE = ReconnectPolicy(immediate=(0.0,) * KILLS)

pytestmark = pytest.mark.asyncio


def demo_streams(kraken):
    """Give what the demo shows, and a second depth, which needs a second socket."""
    books = {(symbol, 10): kraken.order_book(symbol) for symbol in SYMBOLS}
    books["BTC/USD", 25] = kraken.order_book("BTC/USD", 25)
    return books, [
        kraken.trade(*SYMBOLS, snapshot=True),
        kraken.ohlc(*SYMBOLS),
        kraken.ticker(*SYMBOLS),
        kraken.status(),
    ]


async def killed(sim, kraken, codes):
    """Kill all sockets ten times, each time after every book was verified again."""
    streams, others = demo_streams(kraken)
    books = {key: Listener(stream) for key, stream in streams.items()}
    lifecycle, rest = Listener(kraken.lifecycle()), [Listener(stream) for stream in others]
    topics = 3 * len(SYMBOLS) + len(books)
    codes = cycle(codes)
    for kill in range(KILLS + 1):
        await lifecycle.until(lambda one, n=kill + 1: len(one.of(Subscribed)) == n * topics)
        for listener in books.values():
            await listener.more(2)
        if kill < KILLS:
            assert sim.drop_connections(next(codes)) == 2
            await lifecycle.until(lambda one, n=kill + 1: len(one.of(Disconnected)) == 2 * n)
    return lifecycle, books, rest


@pytest.mark.parametrize("codes", [(None,), (1001, 1012, 1000)])
async def test_ten_kills_are_ten_pairs_and_every_topic_comes_back_each_time(codes):
    async with asyncio.timeout(30), nothing_left():
        async with Simulator(SYMBOLS, rate=400.0) as sim:
            async with Kraken(sim.environment, policy=AT_ONCE) as kraken:
                lifecycle, books, rest = await killed(sim, kraken, codes)
            assert sim.history.connections_accepted == 2 * (KILLS + 1)
        listeners = [lifecycle, *books.values(), *rest]
        assert [listener.error for listener in listeners] == [None] * len(listeners)
        assert all(listener.completed for listener in listeners)
        assert len(lifecycle.of(Disconnected)) == 2 * KILLS
        assert len(lifecycle.of(Connected)) == 2 * (KILLS + 1)
        assert lifecycle.of(Gap, SubscriberDetached) == []
        assert {event.code for event in lifecycle.of(Disconnected)} == set(
            codes if codes != (None,) else (1006,)
        )
        times_subscribed = Counter(event.topic for event in lifecycle.of(Subscribed))
        assert set(times_subscribed.values()) == {KILLS + 1}
        sessions = [event.session for event in lifecycle.of(Connected)]
        assert sorted(sessions) == list(range(1, 2 * (KILLS + 1) + 1))
        assert all(book.verified for listener in books.values() for book in listener.values)


async def test_a_kill_amid_the_subscriptions_loses_none():
    async with (
        asyncio.timeout(20),
        nothing_left(),
        Simulator(SYMBOLS, rate=400.0) as sim,
        Kraken(sim.environment, policy=AT_ONCE) as kraken,
    ):
        lifecycle = Listener(kraken.lifecycle())
        streams, others = demo_streams(kraken)
        listeners = [Listener(stream) for stream in (*streams.values(), *others)]
        killed_so_far = 0
        for number in range(1, 6):
            await lifecycle.until(lambda one, n=3 * number: len(one.of(Subscribed)) >= n)
            killed_so_far += sim.drop_connections()
            await lifecycle.until(lambda one, n=killed_so_far: len(one.of(Disconnected)) == n)
        for listener in listeners[:-1]:
            await listener.more(2)
        assert [listener.error for listener in listeners] == [None] * len(listeners)


async def test_an_exchange_that_goes_for_good_and_comes_back_at_its_address():
    policy = ReconnectPolicy(immediate=(), minimum=0.02, maximum=0.02)
    async with asyncio.timeout(20), nothing_left():
        async with Simulator(["BTC/USD"]) as sim:
            environment = sim.environment
            kraken = Kraken(environment, policy=policy)
            lifecycle, books = Listener(kraken.lifecycle()), Listener(kraken.order_book("BTC/USD"))
            await books.more(3)
        await lifecycle.until(lambda one: len(one.of(Disconnected)) >= 4)
        port = int(environment.public_v2.split(":")[2].split("/")[0])
        async with Simulator(["BTC/USD"], port=port):
            await books.more(3)
        assert lifecycle.of(Disconnected)[0].code == 1001
        assert any("cannot be reached" in event.reason for event in lifecycle.of(Disconnected))
        assert books.error is None
        await kraken.aclose()
