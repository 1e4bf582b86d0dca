"""What the exchange refuses: one symbol of several, all of them, for now or for good."""

import pytest
from reactivex import Subject

from rxkraken.core.subscriptions import Pacing
from rxkraken.errors import Rejected
from rxkraken.models import Refused, Subscribed, SubscriptionRejected
from rxkraken.stream.merging import merge_accepted

from .exchange import Listener, settled
from .frames import refusal, snapshot, ticker


def refusing(*symbols, text="Currency pair not supported {symbol}", times=None):
    """Give an exchange's answers: these symbols are refused, the others accepted."""
    counts = dict.fromkeys(symbols, 0)

    def answer(peer, request):
        if request["method"] != "subscribe":
            return False
        for symbol in request["params"].get("symbol", [None]):
            if symbol in counts and (times is None or counts[symbol] < times):
                counts[symbol] += 1
                peer.send(refusal(request, text.format(symbol=symbol), symbol))
            else:
                one = request["params"] | ({"symbol": [symbol]} if symbol else {})
                peer.acknowledge(request | {"params": one})
        return True

    return answer


async def test_a_stream_goes_on_with_the_symbols_that_were_accepted(exchange):
    exchange.answers = refusing("NOPE/USD")
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD", "NOPE/USD", "ETH/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("ETH/USD", "2.0"))
        assert [value.symbol for value in prices.values] == ["BTC/USD", "ETH/USD"]
        assert not prices.ended
        (rejected,) = lifecycle.of(SubscriptionRejected)
        assert rejected.topic.symbol == "NOPE/USD"
        assert rejected.reason == "Currency pair not supported NOPE/USD"
        assert rejected.retry_in is None
        assert [event.topic.symbol for event in lifecycle.of(Subscribed)] == ["BTC/USD", "ETH/USD"]


async def test_what_was_refused_is_not_asked_for_again_after_a_reconnect(exchange):
    exchange.answers = refusing("NOPE/USD")
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD", "NOPE/USD"))
        await settled()
        exchange.peers[-1].close(1001)
        await settled(1)
        assert [request["params"]["symbol"] for request in exchange.asked()] == [
            ["BTC/USD", "NOPE/USD"],
            ["BTC/USD"],
        ]
        prices.dispose()


async def test_a_symbol_that_is_refused_after_a_reconnect_ends_alone(exchange):
    async with exchange.kraken() as kraken:
        alone = Listener(kraken.ticker("OLD/USD"))
        both = Listener(kraken.ticker("BTC/USD", "OLD/USD"))
        await settled()
        exchange.answers = refusing("OLD/USD")
        exchange.peers[-1].close(1001)
        await settled(1)
        exchange.send(ticker("BTC/USD", "1.0"))
        assert isinstance(alone.error, Rejected)
        assert len(both.values) == 1
        assert not both.ended


async def test_a_stream_of_refused_symbols_ends_with_rejected(exchange):
    exchange.answers = refusing("NOPE/USD", "NADA/USD")
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("NOPE/USD", "NADA/USD"))
        await settled()
        assert isinstance(prices.error, Rejected)
        assert "Currency pair not supported NOPE/USD" in str(prices.error)
        assert "Currency pair not supported NADA/USD" in str(prices.error)
        assert prices.error.retryable is False


async def test_a_refused_symbol_alone_ends_with_its_own_rejection(exchange):
    exchange.answers = refusing("NOPE/USD")
    async with exchange.kraken(linger=1.0) as kraken:
        books = Listener(kraken.order_book("NOPE/USD"))
        await settled()
        assert isinstance(books.error, Rejected)
        assert books.error.code == "Currency pair not supported NOPE/USD"
        assert books.error.symbol == "NOPE/USD"
        assert books.error.scope == "symbol"
        await settled(2)
        assert exchange.open == []  # nobody wants anything of the socket any more
        assert exchange.asked("unsubscribe") == []


async def test_a_refusal_without_a_symbol_concerns_the_whole_request(exchange):
    def refuse_the_request(peer, request):
        peer.send(refusal(request, "Subscription depth not supported"))
        return True

    exchange.answers = refuse_the_request
    async with exchange.kraken() as kraken:
        frames = Listener(kraken.book("BTC/USD", "ETH/USD"))
        await settled()
        assert isinstance(frames.error, Rejected)
        assert frames.error.code == "Subscription depth not supported"


async def test_a_symbol_that_was_refused_can_be_tried_again(exchange):
    exchange.answers = refusing("NEW/USD", times=1)
    async with exchange.kraken() as kraken:
        first = Listener(kraken.ticker("NEW/USD"))
        await settled()
        assert isinstance(first.error, Rejected)
        second = Listener(kraken.ticker("NEW/USD"))
        await settled()
        exchange.send(ticker("NEW/USD", "1.0"))
        assert len(second.values) == 1


async def test_a_refusal_for_now_is_asked_again_after_a_pause(exchange):
    exchange.answers = refusing("BTC/USD", text="Exceeded msg rate", times=2)
    async with exchange.kraken(pacing=Pacing(retry_after=3.0)) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD", "ETH/USD"))
        await settled(30)
        exchange.send(ticker("BTC/USD", "1.0"), ticker("ETH/USD", "2.0"))
        assert len(prices.values) == 2
        assert [event.retry_in for event in lifecycle.of(SubscriptionRejected)] == [3.0, 6.0]
        assert [request["params"]["symbol"] for request in exchange.asked()] == [
            ["BTC/USD", "ETH/USD"],
            ["BTC/USD"],
            ["BTC/USD"],
        ]


async def test_a_refusal_for_now_that_never_ends_is_a_rejection_in_the_end(exchange):
    exchange.answers = refusing("BTC/USD", text="EService:Unavailable")
    async with exchange.kraken(pacing=Pacing(attempts=3)) as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled(60)
        assert isinstance(prices.error, Rejected)
        assert prices.error.retryable is True
        assert len(exchange.asked("subscribe")) == 3


async def test_a_complaint_about_the_rate_is_told_and_requests_pause(exchange):
    async with exchange.kraken(pacing=Pacing(retry_after=4.0)) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(b'{"Error":"Exceeded msg rate"}')
        later = Listener(kraken.ticker("ETH/USD"))
        await settled(3.9)
        assert [event.reason for event in lifecycle.of(Refused)] == ["Exceeded msg rate"]
        assert len(exchange.asked()) == 1
        await settled(0.2)
        assert len(exchange.asked()) == 2
        assert not prices.ended
        assert not later.ended


async def test_a_request_that_the_complaint_swallowed_is_asked_again(exchange):
    def complain_once(peer, request):
        exchange.answers = lambda *_: False
        peer.send(b'{"Error":"Exceeded msg rate"}')
        return True

    exchange.answers = complain_once
    async with exchange.kraken() as kraken:
        books = Listener(kraken.order_book("BTC/USD"))
        await settled(30)
        exchange.send(snapshot())
        assert len(exchange.asked("subscribe")) == 2
        assert len(books.values) == 1


async def test_other_complaints_are_told_and_change_nothing(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(b'{"Error":"something else"}', ticker("BTC/USD", "1.0"))
        assert lifecycle.of(Refused) == [Refused(session=1, reason="something else")]
        assert len(prices.values) == 1


class TestMergeAccepted:
    def merged(self, number):
        sources = [Subject() for _ in range(number)]
        return sources, Listener(merge_accepted(sources))

    def test_one_source_is_given_as_it_is(self):
        source = Subject()
        assert merge_accepted([source]) is source

    def test_values_of_all_come_in_their_order(self):
        (one, other), listener = self.merged(2)
        one.on_next(1)
        other.on_next(2)
        one.on_next(3)
        assert listener.values == [1, 2, 3]

    def test_it_completes_with_its_last_source(self):
        (one, other), listener = self.merged(2)
        one.on_completed()
        assert not listener.completed
        other.on_completed()
        assert listener.completed

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_one_that_was_refused_and_one_that_completes_are_an_end(self, order):
        sources, listener = self.merged(2)
        for index in order:
            if index == 0:
                sources[0].on_error(Rejected("no"))
            else:
                sources[1].on_completed()
        assert listener.completed
        assert listener.error is None

    def test_any_other_error_ends_all(self):
        (one, other), listener = self.merged(2)
        error = OSError("down")
        one.on_error(error)
        assert listener.error is error
        assert other.observers == []

    def test_equal_refusals_are_told_once(self):
        (one, other), listener = self.merged(2)
        one.on_error(Rejected("EService:Unavailable", retryable=True))
        other.on_error(Rejected("EService:Unavailable", retryable=True))
        assert listener.error.code == "EService:Unavailable"
        assert listener.error.retryable is True

    def test_a_disposal_leaves_every_source(self):
        sources, listener = self.merged(3)
        listener.dispose()
        assert [source.observers for source in sources] == [[], [], []]
