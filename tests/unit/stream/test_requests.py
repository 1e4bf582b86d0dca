"""Ping: asked once, answered once, or of unknown outcome."""

import asyncio

import pytest
from reactivex import operators as ops

from rxkraken import Kraken, ReconnectPolicy
from rxkraken.errors import (
    BufferOverflow,
    ConfigurationError,
    ConnectionFailed,
    ConnectionLost,
    OutcomeUnknown,
    Rejected,
)
from rxkraken.models import Pong

from .exchange import Listener, SlowToClose, settled
from .frames import ticker
from .virtual_loop import in_virtual_time


def pings(exchange):
    return [request for _, request in exchange.requests if request["method"] == "ping"]


async def test_a_ping_opens_a_socket_asks_once_and_closes_it_after_the_linger(exchange):
    async with exchange.kraken(linger=1.0) as kraken:
        pong = await kraken.ping()
        assert isinstance(pong, Pong)
        assert pong.round_trip >= 0
        assert len(pings(exchange)) == 1
        assert pong.req_id == pings(exchange)[0]["req_id"]
        assert set(pings(exchange)[0]) == {"method", "req_id"}
        await settled(2)
        assert exchange.open == []


async def test_times_of_the_exchange_and_the_round_trip_are_told(exchange):
    async def answer_late(peer, request):
        await asyncio.sleep(0.25)
        peer.send(
            b'{"method":"pong","req_id":%d,"time_in":"2026-01-05T12:00:00.100000Z",'
            b'"time_out":"2026-01-05T12:00:00.200000Z"}' % request["req_id"]
        )

    tasks = []

    def answer(peer, request):
        tasks.append(asyncio.ensure_future(answer_late(peer, request)))
        return True

    exchange.answers = answer
    async with exchange.kraken() as kraken:
        pong = await kraken.ping()
        assert pong.round_trip == pytest.approx(0.25)
        assert (pong.time_out - pong.time_in).total_seconds() == pytest.approx(0.1)


async def test_a_ping_is_asked_once_however_often_it_is_subscribed(exchange):
    async with exchange.kraken() as kraken:
        ping = kraken.ping()
        await settled()
        assert exchange.requests == []
        first, second = Listener(ping), Listener(ping)
        await settled()
        third = Listener(ping)
        assert first.values == second.values == third.values
        assert all(listener.completed for listener in (first, second, third))
        assert len(pings(exchange)) == 1


async def test_two_pings_are_two_questions(exchange):
    async with exchange.kraken() as kraken:
        one, other = await asyncio.gather(_awaited(kraken.ping()), _awaited(kraken.ping()))
        assert one.req_id != other.req_id
        assert len(pings(exchange)) == 2


async def test_answers_in_another_order_find_their_questions(exchange):
    waiting = []

    def answer(peer, request):
        waiting.append((peer, request))
        if len(waiting) == 2:
            for early_peer, early in reversed(waiting):
                early_peer.acknowledge(early)
        return True

    exchange.answers = answer
    async with exchange.kraken() as kraken:
        first, second = Listener(kraken.ping()), Listener(kraken.ping())
        await settled()
        assert first.values[0].req_id == waiting[0][1]["req_id"]
        assert second.values[0].req_id == waiting[1][1]["req_id"]


async def test_a_ping_uses_the_socket_that_is_open(exchange):
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        await kraken.ping()
        assert len(exchange.peers) == 1
        exchange.send(ticker("BTC/USD", "1.0"))
        assert len(prices.values) == 1


async def test_a_ping_that_is_refused_is_rejected(exchange):
    def answer(peer, request):
        peer.send(
            b'{"error":"Unsupported field","method":"ping","success":false,"req_id":%d}'
            % request["req_id"]
        )
        return True

    exchange.answers = answer
    async with exchange.kraken() as kraken:
        with pytest.raises(Rejected, match="Unsupported field"):
            await kraken.ping()


async def test_a_socket_that_ends_before_the_answer_leaves_the_outcome_unknown(exchange):
    def hang_up(peer, request):
        if request["method"] == "ping":
            peer.close(1001)
        return request["method"] == "ping"

    exchange.answers = hang_up
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        with pytest.raises(OutcomeUnknown):
            await kraken.ping()
        await settled(1)
        assert len(pings(exchange)) == 1  # never resent
        assert not prices.ended


async def test_a_ping_while_the_socket_is_closing_ends(exchange):
    async with Kraken(transport=SlowToClose(exchange.transport, 1.5)) as kraken:
        Listener(kraken.ticker("BTC/USD"))
        await settled(0.1)
        exchange.peers[-1].close(1001)
        await settled(0.5)
        async with asyncio.timeout(30):
            assert isinstance(await _result(kraken.ping()), Pong | OutcomeUnknown)


async def test_a_ping_waits_for_a_connection_that_is_being_retried(exchange):
    exchange.refuse = ConnectionLost("down", handshake=True)
    async with exchange.kraken(policy=ReconnectPolicy(immediate=(5.0,))) as kraken:
        pong = Listener(kraken.ping())
        await settled(1)
        exchange.refuse = None
        await settled(5)
        assert len(pong.values) == 1


async def test_a_ping_without_any_connection_fails_with_it(exchange):
    exchange.refuse = ConnectionLost("down", handshake=True)
    async with exchange.kraken(policy=ReconnectPolicy(maximum_attempts=2)) as kraken:
        with pytest.raises(ConnectionFailed, match="down"):
            await kraken.ping()


async def test_a_ping_that_waits_at_the_end_of_the_client_has_an_unknown_outcome(exchange):
    exchange.answers = lambda peer, request: request["method"] == "ping"
    kraken = exchange.kraken()
    waiting = asyncio.ensure_future(_result(kraken.ping()))
    await settled()
    await kraken.aclose()
    assert isinstance(await waiting, OutcomeUnknown)


async def test_a_ping_that_nobody_waits_for_any_more_does_no_harm(exchange):
    waiting = []

    def answer(peer, request):
        waiting.append((peer, request))
        return request["method"] == "ping"

    exchange.answers = answer
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await kraken.ping()
        peer, request = waiting[-1]
        peer.acknowledge(request)
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        assert len(prices.values) == 1


def test_a_ping_outside_a_loop_is_refused_in_a_sentence_and_works_later(exchange):
    kraken = exchange.kraken()
    ping = kraken.ping()
    with pytest.raises(ConfigurationError, match="inside a running event loop"):
        ping.subscribe()

    async def scenario():
        async with kraken, asyncio.timeout(5):
            return await ping

    assert isinstance(in_virtual_time(scenario()), Pong)


async def test_a_ping_composes_like_any_other_stream(exchange):
    async with exchange.kraken() as kraken:
        trip = await kraken.ping().pipe(ops.map(lambda pong: pong.round_trip))
        assert trip >= 0


async def _awaited(observable):
    return await observable


async def _result(observable):
    try:
        return await observable
    except Exception as error:  # noqa: BLE001 - the kind of the error is what is tested
        return error


async def test_more_questions_than_a_dead_link_can_hold_are_errors_of_their_own(exchange):
    stuck = asyncio.Event()

    async def never(_):
        await stuck.wait()

    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[0].send_text = never
        pings = [Listener(kraken.ping()) for _ in range(1010)]
        await settled()
        overflown = [ping.error for ping in pings if isinstance(ping.error, BufferOverflow)]
        assert 0 < len(overflown) < 20
        assert not prices.ended
    assert all(isinstance(ping.error, BufferOverflow | OutcomeUnknown) for ping in pings)
