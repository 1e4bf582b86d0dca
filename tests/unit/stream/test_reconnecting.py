"""Sockets end, sessions follow one another, and every topic is asked for again."""

from contextlib import asynccontextmanager

import pytest

from rxkraken import Kraken, ReconnectPolicy
from rxkraken.errors import ConnectionFailed, ConnectionLost
from rxkraken.models import (
    Connected,
    Connecting,
    Disconnected,
    Resynced,
    Subscribed,
    Topic,
)

from .exchange import Listener, SlowToClose, settled
from .frames import snapshot, status, ticker, update


async def test_every_topic_is_asked_for_again_with_its_original_parameters(exchange):
    async with exchange.kraken() as kraken:
        streams = (
            kraken.ticker("BTC/USD", event_trigger="bbo", snapshot=False),
            kraken.book("BTC/USD", "ETH/USD", depth=25),
            kraken.trade("BTC/USD", snapshot=True),
            kraken.ohlc("BTC/USD", interval=15),
            kraken.instrument(),
        )
        listeners = [Listener(stream) for stream in streams]
        await settled()
        first = [request["params"] for request in exchange.asked()]
        exchange.peers[-1].close(1006, "reset")
        await settled(1)
        second = [request["params"] for request in exchange.asked()][len(first) :]
        assert sorted(map(str, second)) == sorted(map(str, first))
        assert {number for number, _ in exchange.requests} == {1, 2}
        assert not any(listener.ended for listener in listeners)


async def test_what_the_exchange_added_to_its_answer_is_not_asked_for(exchange):
    def answer(peer, request):
        params = request["params"] | {"warnings": ["deprecated"], "maxratecount": 180}
        peer.acknowledge(request | {"params": params})
        return True

    exchange.answers = answer
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ohlc("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1001)
        await settled(1)
        one, other = (request["params"] for request in exchange.asked())
        assert one == other
        assert set(one) == {"channel", "symbol", "interval", "snapshot"}
        assert [event.warnings for event in lifecycle.of(Subscribed)] == [("deprecated",)] * 2


async def test_streams_go_on_with_the_next_session(exchange):
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        books = Listener(kraken.order_book("BTC/USD"))
        for session in range(5):
            await settled(40)
            exchange.send(ticker("BTC/USD", f"{session}.5"), snapshot(), update("1.60000000"))
            exchange.peers[-1].close(1012, "restart")
        assert [str(value.last) for value in prices.values] == ["0.5", "1.5", "2.5", "3.5", "4.5"]
        assert [book.verified for book in books.values] == [True] * 10
        assert not prices.ended
        assert not books.ended


async def test_every_step_is_told_with_cause_attempt_delay_and_session(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.heartbeat())
        await settled()
        exchange.peers[-1].close(1012, "service restart")
        await settled()
        url = kraken.environment.public_v2
        assert lifecycle.values == [
            Connecting(url, session=1, attempt=1),
            Connected(url, session=1),
            Disconnected(url, session=1, reason="service restart", code=1012, retry_in=0.0),
            Connecting(url, session=2, attempt=2),
            Connected(url, session=2),
        ]


async def test_happenings_reach_all_listeners_in_one_order(exchange):
    async with exchange.kraken() as kraken:
        joined = []

        def join_once(event):
            if isinstance(event, Connected) and not joined:
                joined.append(Listener(kraken.book("BTC/USD", depth=25)))

        kraken.lifecycle().subscribe(join_once)
        second = Listener(kraken.lifecycle())
        Listener(kraken.book("BTC/USD", depth=10))
        await settled()
        steps = [(type(event), event.session) for event in second.of(Connecting, Connected)]
        assert steps == [(Connecting, 1), (Connected, 1), (Connecting, 2), (Connected, 2)]


async def test_attempts_follow_the_policy(exchange):
    policy = ReconnectPolicy(immediate=(0.0, 2.0), minimum=10.0, maximum=10.0)
    async with exchange.kraken(policy=policy) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        exchange.refuse = ConnectionLost("nobody listens", handshake=True)
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled(20)
        exchange.refuse = None
        await settled(10)
        exchange.send(ticker("BTC/USD", "1.0"))
        attempts = [event.attempt for event in lifecycle.of(Connecting)]
        delays = [event.retry_in for event in lifecycle.of(Disconnected)]
        assert attempts == [1, 2, 3, 4, 5]
        assert delays == [0.0, 2.0, 10.0, 10.0]
        assert {event.reason for event in lifecycle.of(Disconnected)} == {"nobody listens"}
        assert [event.session for event in lifecycle.of(Connected)] == [5]
        assert len(prices.values) == 1


async def test_attempts_of_a_new_connection_count_from_one(exchange):
    async with exchange.kraken(linger=0.5) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        first = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1001)
        await settled(0.1)
        first.dispose()
        await settled(60)
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        assert [event.attempt for event in lifecycle.of(Connecting)] == [1, 2, 1]


async def test_maintenance_slows_all_attempts_down(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(status("maintenance"))
        exchange.refuse = ConnectionLost("connection refused", handshake=True)
        exchange.peers[-1].close(1001)
        await settled(200)
        delays = [event.retry_in for event in lifecycle.of(Disconnected)]
        assert len(delays) > 3
        assert min(delays) >= 5.0


async def test_maintenance_that_ended_before_the_link_broke_slows_nothing_down(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(status("maintenance"), status("online"))
        exchange.peers[-1].close(1001)
        await settled()
        assert [event.retry_in for event in lifecycle.of(Disconnected)] == [0.0]


async def test_try_again_later_is_taken_as_maintenance(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1013, "Market data unavailable")
        await settled()
        (event,) = lifecycle.of(Disconnected)
        assert event.reason == "Market data unavailable"
        assert event.retry_in >= 5.0


async def test_a_ban_is_waited_for(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        exchange.refuse = ConnectionLost("too many", code=429, handshake=True)
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        assert [event.retry_in for event in lifecycle.of(Disconnected)] == [600.0]


class TestTheEndForGood:
    @pytest.mark.parametrize("linger", [0.0, 1.0])
    async def test_a_terminal_close_ends_every_stream_with_connection_failed(
        self, exchange, linger
    ):
        async with exchange.kraken(linger=linger) as kraken:
            lifecycle = Listener(kraken.lifecycle())
            listeners = [
                Listener(kraken.ticker("BTC/USD", "ETH/USD")),
                Listener(kraken.order_book("BTC/USD")),
                Listener(kraken.trade("BTC/USD")),
                Listener(kraken.status()),
            ]
            await settled()
            exchange.peers[-1].close(1008, "policy violation")
            await settled(60)
            for listener in listeners:
                assert isinstance(listener.error, ConnectionFailed)
                assert listener.error.code == 1008
            assert lifecycle.of(Disconnected)[0].retry_in is None
            assert len(exchange.peers) == 1
            assert not lifecycle.ended

    async def test_a_later_subscription_starts_anew(self, exchange):
        async with exchange.kraken() as kraken:
            first = Listener(kraken.ticker("BTC/USD"))
            await settled()
            exchange.peers[-1].close(1008, "policy violation")
            await settled()
            assert first.error is not None
            second = Listener(kraken.ticker("BTC/USD"))
            await settled()
            exchange.send(ticker("BTC/USD", "1.0"))
            assert len(second.values) == 1
            assert len(first.values) == 0

    async def test_a_wrong_address_ends_after_a_few_attempts(self, exchange):
        async with exchange.kraken() as kraken:
            exchange.refuse = ConnectionLost("not found", code=404, handshake=True)
            prices = Listener(kraken.ticker("BTC/USD"))
            await settled(60)
            assert isinstance(prices.error, ConnectionFailed)
            assert "not found" in str(prices.error)
            assert len(exchange.peers) == 3

    async def test_attempts_that_are_spent_end_every_stream(self, exchange):
        async with exchange.kraken(policy=ReconnectPolicy(maximum_attempts=2)) as kraken:
            exchange.refuse = ConnectionLost("nobody listens", handshake=True)
            prices, books = Listener(kraken.ticker("BTC/USD")), Listener(kraken.order_book("A/B"))
            await settled(60)
            assert isinstance(prices.error, ConnectionFailed)
            assert prices.error is books.error

    async def test_an_error_of_the_transport_itself_ends_every_stream(self, exchange):
        async with exchange.kraken() as kraken:
            exchange.refuse = LookupError("a broken transport")
            prices = Listener(kraken.ticker("BTC/USD"))
            await settled(60)
            assert isinstance(prices.error, LookupError)

    async def test_one_who_subscribes_in_the_error_handler_gets_a_new_connection(self, exchange):
        async with exchange.kraken() as kraken:
            again = []
            kraken.ticker("BTC/USD").subscribe(
                on_error=lambda _: again.append(Listener(kraken.ticker("BTC/USD")))
            )
            await settled()
            exchange.peers[-1].close(1008)
            await settled()
            exchange.send(ticker("BTC/USD", "1.0"))
            assert len(again[0].values) == 1


class TestASocketThatClosesSlowly:
    async def test_it_does_not_take_the_next_session_with_it(self, exchange):
        transport = SlowToClose(exchange.transport, 1.5)
        async with Kraken(transport=transport, linger=0.5) as kraken:
            first = Listener(kraken.ticker("BTC/USD"))
            await settled(0.1)
            first.dispose()
            await settled(1.0)  # the linger is over, the old socket is closing
            second = Listener(kraken.ticker("BTC/USD"))
            await settled(0.1)
            assert len(exchange.peers) == 2
            await settled(2.0)  # the old socket is closed
            third = Listener(kraken.trade("BTC/USD"))
            await settled(0.1)
            assert exchange.asked("subscribe")[-1]["params"]["channel"] == "trade"
            assert not second.ended
            assert not third.ended

    async def test_a_topic_that_comes_meanwhile_waits_for_the_next_session(self, exchange):
        transport = SlowToClose(exchange.transport, 1.5)
        async with Kraken(transport=transport) as kraken:
            first = Listener(kraken.ticker("BTC/USD"))
            await settled(0.1)
            exchange.peers[-1].close(1001)
            await settled(0.5)
            second = Listener(kraken.trade("BTC/USD"))
            await settled(3)
            assert {number for number, _ in exchange.requests[1:]} == {2}
            assert len(exchange.requests) == 3
            assert not first.ended
            assert not second.ended


async def test_a_book_is_whole_after_a_reconnect_without_a_gap(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(snapshot())
        exchange.peers[-1].close(1001)
        await settled(1)
        exchange.send(snapshot(), update("1.60000000"))
        assert [book.verified for book in books.values] == [True, True, True]
        assert lifecycle.of(Resynced) == []


async def test_the_topic_in_reports_is_the_one_that_was_asked_for(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ohlc("BTC/USD", interval=5))
        await settled()
        assert lifecycle.of(Subscribed)[0].topic == Topic(
            "ohlc", "BTC/USD", (("interval", 5), ("snapshot", True))
        )


async def test_a_stable_spell_is_measured_by_the_clock_of_the_loop(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        for _ in range(6):
            await settled(31)
            exchange.peers[-1].close(1001)
        await settled()
        assert [event.retry_in for event in lifecycle.of(Disconnected)] == [0.0] * 6


async def test_a_link_that_flaps_is_not_followed_at_full_speed(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        for _ in range(600):
            await settled(1)
            if exchange.open:
                exchange.peers[-1].close(1001)
        assert len(exchange.peers) < 80
        delays = [event.retry_in for event in lifecycle.of(Disconnected)]
        assert delays[:10] == [0.0, 0.0, *[1.0] * 8]
        assert min(delays[10:]) >= 5.0


async def test_a_goodbye_that_fails_is_no_end_for_good(exchange):
    class FailingToClose:
        @asynccontextmanager
        async def connect(self, url):
            async with exchange.transport.connect(url) as socket:
                yield socket
            raise OSError("the goodbye failed")

    async with Kraken(transport=FailingToClose()) as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1001)
        await settled(1)
        assert not prices.ended
        assert len(exchange.peers) == 2
