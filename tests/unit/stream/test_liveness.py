"""A silent socket is probed, then given up; a quiet one is kept alive."""

import asyncio

import pytest

from rxkraken.core.liveness import Liveness
from rxkraken.models import Connected, Disconnected, Stale

from .exchange import Listener, settled
from .frames import HEARTBEAT, ticker

LIVELY = Liveness(silence=5.0, quiet_silence=30.0, ping_every=20.0)


def pings(exchange):
    return [request for _, request in exchange.requests if request["method"] == "ping"]


async def beating(exchange, seconds, every=1.0):
    """Let time pass in which the newest connection has a heartbeat."""
    for _ in range(int(seconds / every)):
        await settled(every)
        exchange.send(HEARTBEAT)


async def test_a_socket_with_heartbeats_is_pinged_from_time_to_time_and_kept(exchange):
    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        await beating(exchange, 90)
        assert len(pings(exchange)) == 4
        assert lifecycle.of(Stale, Disconnected) == []


async def test_a_silent_socket_is_probed_then_given_up_and_replaced(exchange):
    exchange.answers = lambda peer, request: request["method"] == "ping"
    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        await settled(6.5)
        (stale,) = lifecycle.of(Stale)
        assert stale.session == 1
        assert 5.0 <= stale.silence <= 7.0
        assert len(pings(exchange)) == 1
        assert lifecycle.of(Disconnected) == []
        await settled(6)
        (lost,) = lifecycle.of(Disconnected)
        assert lost.session == 1
        assert lost.code is None
        assert "no frame for" in lost.reason
        assert [event.session for event in lifecycle.of(Connected)] == [1, 2]
        exchange.send(ticker("BTC/USD", "1.0"))
        assert len(prices.values) == 1
        assert len(exchange.asked("subscribe")) == 2


async def test_an_answer_to_the_probe_saves_the_socket(exchange):
    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled(60)
        assert len(lifecycle.of(Stale)) > 3  # the pong is heard, and then nothing again
        assert lifecycle.of(Disconnected) == []
        assert len(exchange.peers) == 1


async def test_any_frame_at_all_is_a_sign_of_life(exchange):
    exchange.answers = lambda peer, request: request["method"] == "ping"
    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        for _ in range(20):
            await settled(4)
            exchange.send(b"no JSON at all")
        assert lifecycle.of(Stale, Disconnected) == []


async def test_a_socket_without_a_subscription_may_be_quiet_for_longer(exchange):
    exchange.answers = lambda peer, request: request["method"] == "ping"
    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.status())
        await settled(25)
        assert lifecycle.of(Stale) == []
        assert len(pings(exchange)) == 1  # keeps the idle rule of the exchange away
        await settled(10)
        assert len(lifecycle.of(Stale)) == 1
        await settled(30)
        assert len(lifecycle.of(Disconnected)) == 1


async def test_a_loop_that_was_held_up_probes_before_it_gives_a_socket_up(exchange):
    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled(1.5)
        asyncio.get_running_loop().hold_up(60)
        await settled(3)
        assert lifecycle.of(Disconnected) == []
        assert len(lifecycle.of(Connected)) == 1
        assert not prices.ended


async def test_a_socket_that_takes_nothing_any_more_is_given_up_too(exchange):
    """The send buffer of a dead link is full: the probe itself never leaves."""
    exchange.answers = lambda peer, request: request["method"] == "ping"
    stuck = asyncio.Event()

    async def never(_):
        await stuck.wait()

    async with exchange.kraken(liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[0].send_text = never
        await settled(13)
        assert len(lifecycle.of(Disconnected)) == 1
        assert len(lifecycle.of(Connected)) == 2


async def test_no_watch_goes_on_after_the_socket(exchange):
    async with exchange.kraken(linger=0.5, liveness=LIVELY) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD")).dispose()
        listener = Listener(kraken.ticker("BTC/USD"))
        await settled()
        listener.dispose()
        await settled(300)
        assert pings(exchange) == []
        assert lifecycle.of(Stale, Disconnected) == []


@pytest.mark.parametrize("silence", [2.0, 10.0])
async def test_the_silence_that_is_borne_can_be_chosen(exchange, silence):
    exchange.answers = lambda peer, request: request["method"] == "ping"
    async with exchange.kraken(liveness=Liveness(silence=silence)) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled(2 * silence - 0.5)
        assert lifecycle.of(Disconnected) == []
        await settled(4)
        assert len(lifecycle.of(Disconnected)) == 1
