"""Answers that are lost, late or odd, and frames of topics that are on their way out."""

from rxkraken.core.subscriptions import Pacing
from rxkraken.models import BookUpdate, Subscribed, SubscriptionRejected

from .exchange import Listener, settled
from .frames import candles, snapshot, ticker, update


class TestAcknowledgements:
    async def test_an_answer_that_is_lost_makes_the_topic_be_asked_for_again(self, exchange):
        exchange.answers = lambda peer, request: len(exchange.requests) == 1
        async with exchange.kraken(pacing=Pacing(acknowledge_within=5.0)) as kraken:
            lifecycle = Listener(kraken.lifecycle())
            prices = Listener(kraken.ticker("BTC/USD"))
            await settled(4.9)
            assert len(exchange.asked()) == 1
            await settled(5)
            assert [request["params"] for request in exchange.asked()] == [
                exchange.asked()[0]["params"]
            ] * 2
            (late,) = lifecycle.of(SubscriptionRejected)
            assert "5 s" in late.reason
            assert late.retry_in is not None
            assert len(lifecycle.of(Subscribed)) == 1
            assert not prices.ended

    async def test_already_subscribed_is_as_good_as_an_answer(self, exchange):
        def answer(peer, request):
            if len(exchange.requests) > 1:
                peer.send(
                    b'{"error":"Already subscribed","method":"subscribe","success":false,'
                    b'"symbol":"BTC/USD","req_id":%d}' % request["req_id"]
                )
            return True

        exchange.answers = answer
        async with exchange.kraken() as kraken:
            lifecycle = Listener(kraken.lifecycle())
            prices = Listener(kraken.ticker("BTC/USD"))
            await settled(15)
            exchange.send(ticker("BTC/USD", "1.0"))
            assert len(lifecycle.of(Subscribed)) == 1
            assert len(prices.values) == 1

    async def test_answers_of_an_old_connection_mean_nothing(self, exchange):
        kept = []

        def answer(peer, request):
            kept.append(request)
            return True

        exchange.answers = answer
        async with exchange.kraken() as kraken:
            lifecycle = Listener(kraken.lifecycle())
            Listener(kraken.ticker("BTC/USD"))
            await settled()
            old = exchange.peers[-1]
            old.close(1001)
            await settled(1)
            old.acknowledge(kept[0])
            await settled()
            assert lifecycle.of(Subscribed) == []
            exchange.peers[-1].acknowledge(kept[-1])
            assert [event.session for event in lifecycle.of(Subscribed)] == [2]

    async def test_answers_to_nothing_mean_nothing(self, exchange):
        async with exchange.kraken() as kraken:
            lifecycle = Listener(kraken.lifecycle())
            Listener(kraken.ticker("BTC/USD"))
            await settled()
            before = len(lifecycle.values)
            exchange.send(
                b'{"method":"subscribe","success":true,"req_id":999,'
                b'"result":{"channel":"ticker","symbol":"BTC/USD"}}',
                b'{"method":"pong"}',
                b'{"method":"subscribe","success":false,"error":"Unsupported event"}',
            )
            await settled()
            assert lifecycle.values[before:] == []

    async def test_an_unsubscription_that_finds_nothing_is_an_end_too(self, exchange):
        def answer(peer, request):
            if request["method"] == "unsubscribe":
                peer.send(
                    b'{"error":"Subscription Not Found","method":"subscribe","success":false,'
                    b'"symbol":"BTC/USD","req_id":%d}' % request["req_id"]
                )
            return request["method"] == "unsubscribe"

        exchange.answers = answer
        async with exchange.kraken() as kraken:
            Listener(kraken.ticker("BTC/USD")).dispose()
            first = Listener(kraken.ticker("BTC/USD"))
            await settled()
            first.dispose()
            await settled()
            second = Listener(kraken.ticker("BTC/USD"))
            await settled()
            assert exchange.asked()[-1]["method"] == "subscribe"
            assert not second.ended

    async def test_a_topic_that_is_left_and_wanted_again_before_any_answer_is_subscribed(
        self, exchange
    ):
        waiting = []

        def answer(peer, request):
            waiting.append((peer, request))
            return True

        exchange.answers = answer
        async with exchange.kraken() as kraken:
            first = Listener(kraken.ticker("BTC/USD"))
            await settled()
            first.dispose()
            second = Listener(kraken.ticker("BTC/USD"))
            await settled()
            while waiting:
                peer, request = waiting.pop(0)
                peer.acknowledge(request)
                await settled()
            exchange.send(ticker("BTC/USD", "1.0"))
            assert len(second.values) == 1
            assert first.values == []
            assert exchange.asked()[-1]["method"] == "subscribe"


class TestFramesUnderWay:
    async def test_candles_of_another_interval_never_reach_a_stream(self, exchange):
        async with exchange.kraken() as kraken:
            minutes = Listener(kraken.ohlc("BTC/USD", interval=1))
            await settled()
            minutes.dispose()
            fives = Listener(kraken.ohlc("BTC/USD", interval=5))
            exchange.send(candles("BTC/USD", 1, (1, 100.0)))
            assert fives.values == []
            await settled()
            exchange.send(candles("BTC/USD", 5, (5, 100.0)))
            assert [candle.interval for candle in fives.values] == [5]

    async def test_updates_of_another_depth_never_reach_a_book(self, exchange):
        async with exchange.kraken() as kraken:
            ten = Listener(kraken.book("BTC/USD", depth=10))
            await settled()
            ten.dispose()
            hundred = Listener(kraken.book("BTC/USD", depth=100))
            exchange.send(update("1.60000000"))
            await settled()
            assert hundred.values == []
            exchange.send(snapshot(), update("1.60000000"))
            assert len(hundred.of(BookUpdate)) == 1

    async def test_the_next_topic_is_asked_for_when_the_last_one_has_ended(self, exchange):
        async with exchange.kraken() as kraken:
            ten = Listener(kraken.book("BTC/USD", depth=10))
            await settled()
            ten.dispose()
            hundred = Listener(kraken.book("BTC/USD", depth=100))
            await settled()
            assert [
                (request["method"], request["params"]["depth"]) for request in exchange.asked()
            ] == [("subscribe", 10), ("unsubscribe", 10), ("subscribe", 100)]
            assert len(exchange.peers) == 1
            assert not hundred.ended
