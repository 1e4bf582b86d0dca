"""Every public channel at once, over real sockets, against the embedded exchange."""

import asyncio

import pytest
from reactivex import operators as ops

from rxkraken import Kraken, run
from rxkraken import operators as kops
from rxkraken.errors import Rejected
from rxkraken.models import (
    BookSnapshot,
    BookUpdate,
    Candle,
    Connected,
    Gap,
    InstrumentSnapshot,
    InstrumentUpdate,
    Malformed,
    OrderBook,
    Subscribed,
    SubscriberDetached,
    SubscriptionRejected,
    SystemStatus,
    Ticker,
    Trade,
)
from rxkraken.sim import Simulator

from .listening import Listener, agrees, nothing_left

SYMBOLS = ("BTC/USD", "ETH/USD")

pytestmark = pytest.mark.asyncio


async def test_all_public_channels_work_at_once_and_leave_nothing_behind():
    async with asyncio.timeout(20), nothing_left():
        async with (
            Simulator(SYMBOLS, heartbeat_interval=0.2, rate=300.0) as sim,
            Kraken(sim.environment) as kraken,
        ):
            lifecycle, frames = Listener(kraken.lifecycle()), Listener(kraken.frames())
            streams = {
                Ticker: kraken.ticker(*SYMBOLS, event_trigger="bbo"),
                Trade: kraken.trade(*SYMBOLS, snapshot=True),
                Candle: kraken.ohlc(*SYMBOLS),
                BookUpdate: kraken.book(*SYMBOLS),
                InstrumentSnapshot: kraken.instrument(),
                SystemStatus: kraken.status(),
                OrderBook: kraken.order_book("BTC/USD"),
            }
            listeners = {kind: Listener(stream) for kind, stream in streams.items()}
            deep = Listener(kraken.order_book("BTC/USD", depth=100))
            heartbeats = Listener(kraken.heartbeat())
            pong = await kraken.ping()
            for kind, listener in listeners.items():
                await listener.until(lambda one, kind=kind: one.of(kind))
            await listeners[OrderBook].more(50)
            await deep.more(50)
            await heartbeats.more(2)
            await listeners[Trade].more(5)
            await listeners[Ticker].more(5)
            sim.set_pair_status("ETH/USD", "cancel_only")
            await listeners[InstrumentSnapshot].until(lambda one: one.of(InstrumentUpdate))
            sim.set_system_status("post_only")
            await listeners[SystemStatus].until(lambda one: one.last.system == "post_only")
        everybody = [lifecycle, frames, deep, heartbeats, *listeners.values()]
        assert [listener.error for listener in everybody] == [None] * len(everybody)
        assert all(listener.completed for listener in everybody)
        assert pong.round_trip > 0
        assert pong.time_out >= pong.time_in
        assert lifecycle.of(Gap, Malformed, SubscriberDetached, SubscriptionRejected) == []
        assert len(lifecycle.of(Connected)) == 2  # two depths of one symbol need two sockets
        assert len(lifecycle.of(Subscribed)) == 10
        assert all(book.verified for book in listeners[OrderBook].values + deep.values)
        changed = listeners[InstrumentSnapshot].of(InstrumentUpdate)[-1]
        assert [(pair.symbol, pair.status) for pair in changed.pairs] == [
            ("ETH/USD", "cancel_only")
        ]


async def test_books_equal_those_of_the_exchange_at_every_depth():
    async with asyncio.timeout(20):
        async with (
            Simulator(SYMBOLS, clock="stepped", idle_timeout=1e6) as sim,
            Kraken(sim.environment) as kraken,
        ):
            books = {
                (symbol, depth): Listener(kraken.order_book(symbol, depth))
                for symbol in SYMBOLS
                for depth in (10, 25, 100)
            }
            for listener in books.values():
                await listener.begun()
            for _ in range(10):
                await sim.step(0.5)
                for (symbol, depth), listener in books.items():
                    truth = sim.book(symbol, depth)
                    await listener.until(lambda one, truth=truth: agrees(one.last, truth))
                    assert listener.last.checksum == truth.checksum
            assert all(book.verified for one in books.values() for book in one.values)


async def test_books_equal_those_of_an_exchange_whose_market_pauses():
    async with asyncio.timeout(20):
        async with Simulator(SYMBOLS, rate=500.0) as sim, Kraken(sim.environment) as kraken:
            books = {symbol: Listener(kraken.order_book(symbol)) for symbol in SYMBOLS}
            for listener in books.values():
                await listener.more(20)
            sim.set_system_status("maintenance")
            for symbol, listener in books.items():
                truth = sim.book(symbol)
                await listener.until(lambda one, truth=truth: agrees(one.last, truth))


async def test_floats_see_the_same_books():
    async with asyncio.timeout(20):
        async with (
            Simulator(["BTC/USD"], clock="stepped", idle_timeout=1e6) as sim,
            Kraken(sim.environment, number=float) as kraken,
        ):
            books = Listener(kraken.order_book("BTC/USD"))
            await books.begun()
            await sim.step(2)
            truth = sim.book("BTC/USD")
            best = [float(text) for text in truth.bids[0] + truth.asks[0]]

            def shows_it(listener):
                bid, ask = listener.last.best_bid, listener.last.best_ask
                return [bid.price, bid.qty, ask.price, ask.qty] == best

            await books.until(shows_it)
            assert all(book.verified for book in books.values)


async def test_an_unknown_symbol_among_known_ones():
    async with asyncio.timeout(20):
        async with Simulator(SYMBOLS) as sim, Kraken(sim.environment) as kraken:
            lifecycle = Listener(kraken.lifecycle())
            some = Listener(kraken.ticker("BTC/USD", "XBT/USD"))
            await some.begun()
            await lifecycle.until(lambda one: one.of(SubscriptionRejected))
            assert some.error is None
            assert lifecycle.of(SubscriptionRejected)[0].topic.symbol == "XBT/USD"
            with pytest.raises(Rejected, match="Currency pair not supported XBT/USD"):
                await kraken.ticker("XBT/USD")


async def test_a_late_subscriber_of_frames_gets_a_snapshot_and_the_early_one_too():
    async with asyncio.timeout(20):
        async with Simulator(["BTC/USD"]) as sim, Kraken(sim.environment) as kraken:
            early = Listener(kraken.book("BTC/USD"))
            books = Listener(kraken.order_book("BTC/USD"))
            await early.more(5)
            late = Listener(kraken.book("BTC/USD"))
            await late.until(lambda one: one.of(BookSnapshot))
            await early.until(lambda one: len(one.of(BookSnapshot)) >= 2)
            await books.more(10)
            assert all(book.verified for book in books.values)


async def test_two_intervals_and_two_triggers_side_by_side():
    async with asyncio.timeout(20):
        async with Simulator(["BTC/USD"], rate=300.0) as sim, Kraken(sim.environment) as kraken:
            candles = {
                interval: Listener(kraken.ohlc("BTC/USD", interval=interval))
                for interval in (1, 5, 60)
            }
            tickers = [
                Listener(kraken.ticker("BTC/USD", event_trigger=trigger))
                for trigger in ("trades", "bbo")
            ]
            for interval, listener in candles.items():
                await listener.more(3)
                assert {candle.interval for candle in listener.values} == {interval}
            for listener in tickers:
                await listener.more(3)
            assert sim.connections == 3


async def test_the_pipeline_of_the_readme():
    async with asyncio.timeout(20):
        async with Simulator(["BTC/USD"], rate=500.0) as sim, Kraken(sim.environment) as kraken:
            spreads = kraken.order_book("BTC/USD", depth=10).pipe(
                ops.map(lambda book: book.spread), kops.resample("50ms")
            )
            listener = Listener(spreads)
            await listener.more(3)
            assert all(spread > 0 for spread in listener.values)


async def test_a_run_against_an_exchange_of_another_thread():
    """`run` has a loop of its own, so the exchange lives in this one."""
    async with asyncio.timeout(20), Simulator(["BTC/USD"], rate=500.0) as sim:
        kraken = Kraken(sim.environment)
        for _ in range(2):
            book = await asyncio.to_thread(
                run, kraken.order_book("BTC/USD").pipe(ops.take(20)), 10.0
            )
            assert book.verified
