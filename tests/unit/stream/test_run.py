"""Pipelines driven from a plain script: each run has an event loop of its own, in real time."""

import asyncio
import gc

import pytest
import reactivex
from reactivex import operators as ops

from rxkraken import ReconnectPolicy, run
from rxkraken.errors import ConfigurationError, ConnectionFailed, ConnectionLost

from .exchange import Listener
from .frames import STATUS, snapshot, ticker


def two_prices(exchange):
    exchange.opening = (STATUS,)

    def answer(peer, request):
        peer.acknowledge(request)
        if request["method"] == "subscribe":
            peer.send(ticker("BTC/USD", "1.0"))
            peer.send(ticker("BTC/USD", "2.0"))
        return True

    exchange.answers = answer
    return exchange.kraken()


def test_the_last_value_is_given(exchange):
    kraken = two_prices(exchange)
    assert str(run(kraken.ticker("BTC/USD").pipe(ops.take(2))).last) == "2.0"


def test_a_duration_ends_it_with_the_last_value_so_far(exchange):
    kraken = two_prices(exchange)
    assert str(run(kraken.ticker("BTC/USD"), duration=0.05).last) == "2.0"
    assert exchange.open == []


def test_without_any_value_there_is_none(exchange):
    assert run(exchange.kraken().trade("BTC/USD"), duration=0.02) is None
    assert run(reactivex.empty()) is None


def test_the_error_that_ends_the_pipeline_is_raised(exchange):
    exchange.refuse = ConnectionLost("down", code=404, handshake=True)
    kraken = exchange.kraken(policy=ReconnectPolicy(handshake_attempts=1))
    with pytest.raises(ConnectionFailed, match="down"):
        run(kraken.ticker("BTC/USD"))


def test_a_pipeline_of_plain_values_works_too():
    assert run(reactivex.of(1, 2, 3)) == 3


def test_operators_in_a_run_take_their_time_from_its_loop():
    ticks = reactivex.interval(0.001).pipe(ops.take(3))
    assert run(ticks) == 2


@pytest.mark.parametrize("duration", [0, -1, float("nan")])
def test_a_duration_that_is_none_is_refused_in_a_sentence(duration):
    with pytest.raises(ConfigurationError, match="duration must be above 0 seconds"):
        run(reactivex.never(), duration)


@pytest.mark.asyncio
async def test_inside_a_running_loop_it_says_what_to_do():
    with pytest.raises(ConfigurationError) as refusal:
        run(reactivex.of(1))
    assert "await" in str(refusal.value)
    assert "inside a running loop" in str(refusal.value)


class TestAClientInSeveralRuns:
    def test_one_after_the_other(self, exchange):
        kraken = two_prices(exchange)
        for _ in range(3):
            assert run(kraken.ticker("BTC/USD").pipe(ops.first())) is not None
        assert len(exchange.peers) == 3
        assert exchange.open == []

    def test_after_one_that_was_ended_by_its_duration(self, exchange):
        kraken = two_prices(exchange)
        assert run(kraken.ticker("BTC/USD"), duration=0.02) is not None
        assert run(kraken.ticker("BTC/USD"), duration=0.02) is not None

    def test_after_one_that_ended_during_a_backoff(self, exchange):
        kraken = exchange.kraken(policy=ReconnectPolicy(immediate=(), minimum=60.0))
        exchange.refuse = ConnectionLost("down", handshake=True)
        assert run(kraken.ticker("BTC/USD"), duration=0.02) is None
        exchange.refuse = None
        exchange.opening = (STATUS, ticker("BTC/USD", "1.0"))
        assert run(kraken.ticker("BTC/USD").pipe(ops.first()), duration=2) is not None

    def test_after_one_that_failed(self, exchange):
        kraken = exchange.kraken()
        exchange.refuse = ConnectionLost("policy violation", code=1008)
        with pytest.raises(ConnectionFailed):
            run(kraken.ticker("BTC/USD"))
        exchange.refuse = None
        exchange.opening = (STATUS, ticker("BTC/USD", "1.0"))
        assert run(kraken.ticker("BTC/USD").pipe(ops.first()), duration=2) is not None

    def test_after_one_whose_book_was_healing(self, exchange):
        kraken = exchange.kraken()
        wrong = snapshot().replace(b'"checksum":', b'"checksum":1')
        exchange.opening = (STATUS, snapshot(), wrong)
        assert run(kraken.order_book("BTC/USD"), duration=0.02) is not None
        exchange.opening = (STATUS, snapshot())
        assert run(kraken.order_book("BTC/USD").pipe(ops.first()), duration=2).verified

    def test_with_a_ping_in_each(self, exchange):
        kraken = exchange.kraken()
        assert run(kraken.ping()).round_trip >= 0
        assert run(kraken.ping()).round_trip >= 0

    def test_after_a_loop_that_nobody_tidied_up(self, exchange):
        kraken = two_prices(exchange)
        listeners = []

        async def careless():
            listeners.append(Listener(kraken.ticker("BTC/USD")))
            await asyncio.wait_for(asyncio.Event().wait(), 0.02)

        with pytest.raises(TimeoutError):
            asyncio.run(careless())
        assert len(listeners[0].values) == 2
        assert run(kraken.ticker("BTC/USD").pipe(ops.first()), duration=2) is not None
        gc.collect()


def test_disposing_after_the_loop_has_ended_does_nothing(exchange):
    kraken = exchange.kraken(policy=ReconnectPolicy(immediate=(), minimum=60.0))
    exchange.refuse = ConnectionLost("down", handshake=True)
    listeners = []

    async def careless():
        listeners.extend([Listener(kraken.ticker("BTC/USD")), Listener(kraken.order_book("A/B"))])
        await asyncio.sleep(0)

    asyncio.run(careless())
    for listener in listeners:
        listener.dispose()
