"""The registry of one socket: what it sends, how it reads the answers, when it asks again."""

import pytest

from rxkraken.core.subscriptions import Acknowledged, Declined, Pacing, Request, Subscriptions
from rxkraken.errors import ConfigurationError
from rxkraken.models import Topic
from rxkraken.wire.v2 import Response


def book(symbol, depth=10):
    return Topic("book", symbol, (("depth", depth), ("snapshot", True)))


def trade(symbol):
    return Topic("trade", symbol, (("snapshot", False),))


BTC, ETH, ADA = map(book, ("BTC/USD", "ETH/USD", "ADA/USD"))
INSTRUMENT = Topic("instrument", None, (("snapshot", True),))


def ack(req_id, symbol=None, method="subscribe", **result):
    echo = {} if symbol is None else {"symbol": symbol}
    return Response(method, True, {**echo, **result}, req_id=req_id)


def refusal(req_id, error, symbol=None, method="subscribe"):
    return Response(method, False, error=error, symbol=symbol, req_id=req_id)


class Client:
    """A registry with its own clock and request numbers."""

    def __init__(self, **pacing):
        self.now = 100.0
        self.last = 0
        self.registry = Subscriptions(Pacing(**pacing))

    def want(self, *topics):
        for topic in topics:
            self.registry.want(topic)

    def sent(self):
        """All that may leave now."""
        requests = []
        while request := self.registry.due(self.now, self.last + 1):
            self.last += 1
            assert request.req_id == self.last
            requests.append(request)
        return requests

    def answered(self, response):
        return self.registry.answered(response, self.now)

    def subscribed(self, *topics):
        """Want topics, send and acknowledge them."""
        self.want(*topics)
        for request in self.sent():
            for topic in request.topics:
                self.answered(ack(request.req_id, topic.symbol))
        assert set(topics) <= self.registry.active

    def wait(self):
        """Let the time pass until something is due, and give what was not acknowledged."""
        self.now += self.registry.next_due(self.now) + 1e-6
        return self.registry.expired(self.now)


@pytest.fixture
def client():
    return Client()


class TestRequests:
    def test_topics_of_a_group_leave_in_one_request_in_the_order_they_were_wanted(self, client):
        client.want(ETH, trade("BTC/USD"), BTC, trade("ADA/USD"), ADA)
        assert client.sent() == [
            Request("subscribe", [ETH, BTC, ADA], 1),
            Request("subscribe", [trade("BTC/USD"), trade("ADA/USD")], 2),
        ]

    def test_other_parameters_are_another_group(self, client):
        client.want(BTC, book("ETH/USD", 25), Topic("book", "ADA/USD", (("depth", 10),)))
        assert [request.topics for request in client.sent()] == [
            [BTC],
            [book("ETH/USD", 25)],
            [Topic("book", "ADA/USD", (("depth", 10),))],
        ]

    def test_a_channel_without_symbols_travels_alone(self, client):
        client.want(INSTRUMENT, BTC)
        assert [request.topics for request in client.sent()] == [[INSTRUMENT], [BTC]]

    def test_at_most_a_hundred_symbols_share_a_request(self, client):
        topics = [book(f"A{number}/USD") for number in range(250)]
        client.want(*topics)
        sizes = [len(request.topics) for request in client.sent()]
        assert sizes == [100, 100, 50]

    def test_nothing_wanted_is_nothing_sent(self, client):
        assert client.sent() == []
        assert client.registry.next_due(client.now) is None

    def test_wanting_twice_asks_once(self, client):
        client.want(BTC, BTC)
        assert client.sent() == [Request("subscribe", [BTC], 1)]
        client.want(BTC)
        assert client.sent() == []
        client.answered(ack(1, "BTC/USD"))
        client.want(BTC)
        assert client.sent() == []

    def test_a_second_topic_of_one_key_needs_another_socket(self, client):
        client.want(BTC)
        with pytest.raises(ConfigurationError, match=r"book BTC/USD depth=25 .* another"):
            client.want(book("BTC/USD", 25))
        assert client.registry.wanted == {BTC}

    def test_what_was_never_asked_for_is_just_forgotten(self, client):
        client.want(BTC, ETH)
        client.registry.drop(BTC)
        client.registry.drop(ADA)
        assert client.sent() == [Request("subscribe", [ETH], 1)]
        assert client.registry.wanted == {ETH}

    def test_what_is_active_is_unsubscribed_with_its_own_parameters(self, client):
        client.subscribed(BTC, ETH)
        client.registry.drop(ETH)
        client.registry.drop(BTC)
        assert client.registry.active == frozenset()
        assert client.sent() == [Request("unsubscribe", [ETH, BTC], 2)]

    def test_what_is_dropped_and_wanted_again_ends_before_it_begins(self, client):
        client.subscribed(BTC)
        client.registry.drop(BTC)
        client.registry.want(BTC)
        assert client.sent() == [Request("unsubscribe", [BTC], 2)]
        client.answered(ack(2, "BTC/USD", "unsubscribe"))
        assert client.sent() == [Request("subscribe", [BTC], 3)]
        assert client.registry.active == frozenset()
        client.answered(ack(3, "BTC/USD"))
        assert client.registry.active == {BTC}

    def test_another_topic_of_a_key_waits_for_the_end_of_the_first(self, client):
        client.subscribed(BTC)
        client.registry.drop(BTC)
        client.registry.want(book("BTC/USD", 25))
        assert client.sent() == [Request("unsubscribe", [BTC], 2)]
        client.answered(ack(2, "BTC/USD", "unsubscribe"))
        assert client.sent() == [Request("subscribe", [book("BTC/USD", 25)], 3)]

    def test_a_topic_dropped_while_it_is_being_asked_for_ends_after_the_answer(self, client):
        client.want(BTC)
        client.sent()
        client.registry.drop(BTC)
        assert client.sent() == []
        assert client.answered(ack(1, "BTC/USD")) == []
        assert client.registry.active == frozenset()
        assert client.sent() == [Request("unsubscribe", [BTC], 2)]


class TestAnswers:
    def test_each_symbol_is_acknowledged_on_its_own(self, client):
        client.want(BTC, ETH)
        client.sent()
        assert client.answered(ack(1, "ETH/USD")) == [Acknowledged("subscribe", ETH)]
        assert client.registry.active == {ETH}
        assert client.answered(ack(1, "BTC/USD")) == [Acknowledged("subscribe", BTC)]
        assert client.registry.next_due(client.now) is None

    def test_advice_is_passed_on_and_never_sent_back(self, client):
        client.want(INSTRUMENT)
        client.sent()
        advice = ["tick_size is deprecated, use price_increment"]
        given = client.answered(ack(1, None, warnings=advice, snapshot=False, maxratecount=125))
        assert given == [Acknowledged("subscribe", INSTRUMENT, tuple(advice))]
        client.registry.drop(INSTRUMENT)
        client.registry.want(INSTRUMENT)
        client.sent()
        client.answered(ack(2, None, "unsubscribe"))
        assert client.sent() == [Request("subscribe", [INSTRUMENT], 3)]

    def test_a_mix_of_good_and_bad_symbols_keeps_the_good_ones(self, client):
        client.want(BTC, book("XBT/USD"), ETH)
        client.sent()
        client.answered(ack(1, "BTC/USD"))
        (bad,) = client.answered(refusal(1, "Currency pair not supported XBT/USD", "XBT/USD"))
        client.answered(ack(1, "ETH/USD"))
        assert (bad.topic, bad.retry_in) == (book("XBT/USD"), None)
        assert bad.error.code == "Currency pair not supported XBT/USD"
        assert (bad.error.retryable, bad.error.scope, bad.error.symbol) == (
            False,
            "symbol",
            "XBT/USD",
        )
        assert client.registry.wanted == client.registry.active == {BTC, ETH}
        assert client.registry.next_due(client.now) is None

    def test_a_refusal_without_a_symbol_concerns_the_whole_request(self, client):
        client.want(BTC, ETH, trade("BTC/USD"))
        client.sent()
        outcomes = client.answered(refusal(1, "Subscription depth not supported"))
        assert [(one.topic, one.retry_in) for one in outcomes] == [(BTC, None), (ETH, None)]
        assert client.registry.wanted == {trade("BTC/USD")}

    @pytest.mark.parametrize(
        "response",
        [
            ack(7, "BTC/USD"),
            ack(None, "BTC/USD"),
            ack(0, "BTC/USD"),
            ack(-1, "BTC/USD"),
            ack(1, "DOGE/USD"),
            refusal(7, "Unsupported event"),
            refusal(None, "Currency pair not supported BTC/USD", "BTC/USD"),
            refusal(1, "Currency pair not supported XRP/USD", "XRP/USD"),
        ],
    )
    def test_answers_that_are_not_ours_are_passed_over(self, client, response):
        client.want(BTC)
        client.sent()
        assert client.answered(response) == []
        assert client.answered(ack(1, "BTC/USD")) == [Acknowledged("subscribe", BTC)]

    def test_an_answer_that_comes_twice_counts_once(self, client):
        client.want(BTC, ETH)
        client.sent()
        client.answered(ack(1, "BTC/USD"))
        assert client.answered(refusal(1, "Currency pair not supported", "BTC/USD")) == []
        assert client.answered(ack(1, "BTC/USD")) == []
        assert client.registry.active == {BTC}

    def test_an_answer_without_success_is_a_refusal(self, client):
        client.want(BTC)
        client.sent()
        (declined,) = client.answered(Response("subscribe", req_id=1))
        assert declined.error.code == "refused without a reason"
        assert client.registry.wanted == frozenset()

    @pytest.mark.parametrize("error", ["Subscription Not Found", None])
    def test_the_end_of_what_was_not_subscribed_is_an_end(self, client, error):
        client.subscribed(BTC)
        client.registry.drop(BTC)
        client.sent()
        given = client.answered(refusal(2, error, "BTC/USD", "subscribe"))
        assert given == [Acknowledged("unsubscribe", BTC)]
        assert client.registry.next_due(client.now) is None


class TestAskingAgain:
    @pytest.mark.parametrize(
        ("error", "retryable"),
        [
            ("Exceeded msg rate", True),
            ("EGeneral:Too many requests", True),
            ("EAPI:Rate limit exceeded", True),
            ("EService:Unavailable", True),
            ("EService:Market in cancel_only mode", True),
            ("Market data unavailable", True),
            ("Currency pair not supported XBT/USD", False),
            ("Subscription depth not supported", False),
            ("Symbol(s) not found", False),
            ("Already subscribed to one ohlc interval on this symbol", False),
            ("EGeneral:Permission denied", False),
            ("never heard of", False),
        ],
    )
    def test_only_what_may_change_is_asked_again(self, client, error, retryable):
        client.want(BTC)
        client.sent()
        (declined,) = client.answered(refusal(1, error, "BTC/USD"))
        assert declined.error.retryable is retryable
        assert declined.retry_in == (1.0 if retryable else None)
        assert client.sent() == []
        assert (client.registry.next_due(client.now) is not None) is retryable
        if retryable:
            assert client.wait() == []
            assert client.sent() == [Request("subscribe", [BTC], 2)]

    def test_refused_topics_are_asked_again_each_on_its_own_after_growing_delays(self, client):
        client.want(BTC, ETH)
        delays = []
        while requests := client.sent():
            for request in requests:
                declined = client.answered(refusal(request.req_id, "EService:Unavailable"))
                delays += [(one.topic.symbol, one.retry_in) for one in declined]
            if client.registry.next_due(client.now) is not None:
                client.wait()
        assert [delay for symbol, delay in delays if symbol == "ETH/USD"] == [1, 2, 4, 8, None]
        assert [delay for symbol, delay in delays if symbol == "BTC/USD"] == [1, 2, 4, 8, None]
        assert client.last == 1 + 2 * 4, "one request for both, then one each"
        assert client.registry.wanted == frozenset()

    def test_a_topic_dropped_after_a_refusal_needs_no_end(self, client):
        client.want(BTC)
        client.sent()
        client.answered(refusal(1, "EService:Unavailable", "BTC/USD"))
        client.registry.drop(BTC)
        assert client.registry.next_due(client.now) is None

    def test_a_refusal_after_a_lost_answer_leaves_it_open_what_the_exchange_holds(self, client):
        client.want(BTC)
        client.sent()
        client.wait()
        client.wait()
        client.sent()
        client.answered(refusal(2, "Exceeded msg rate", "BTC/USD"))
        client.registry.drop(BTC)
        assert client.sent() == [Request("unsubscribe", [BTC], 3)]

    @pytest.mark.parametrize("answer", [ack, refusal])
    def test_a_topic_dropped_and_wanted_while_it_is_asked_for_gets_there(self, client, answer):
        client.want(BTC)
        client.sent()
        client.registry.drop(BTC)
        client.registry.want(BTC)
        if answer is ack:
            assert client.answered(ack(1, "BTC/USD")) == []
            assert client.sent() == [Request("unsubscribe", [BTC], 2)]
            client.answered(ack(2, "BTC/USD", "unsubscribe"))
        else:
            client.answered(refusal(1, "EService:Unavailable", "BTC/USD"))
            client.wait()
        (request,) = client.sent()
        assert (request.method, request.topics) == ("subscribe", [BTC])
        client.answered(ack(request.req_id, "BTC/USD"))
        assert client.registry.active == {BTC}

    def test_a_lost_answer_is_asked_for_again(self, client):
        client.want(BTC, ETH)
        client.sent()
        client.answered(ack(1, "ETH/USD"))
        (late,) = client.wait()
        assert (late.topic, late.retry_in) == (BTC, 1.0)
        assert late.error.code == "no acknowledgement within 10 s"
        assert late.error.retryable
        client.wait()
        assert client.sent() == [Request("subscribe", [BTC], 2)]
        already = refusal(2, "Already subscribed", "BTC/USD")
        assert client.answered(already) == [Acknowledged("subscribe", BTC)]
        assert client.registry.active == {BTC, ETH}

    def test_an_answer_that_comes_too_late_changes_nothing(self, client):
        client.want(BTC)
        client.sent()
        client.wait()
        assert client.answered(refusal(1, "Currency pair not supported", "BTC/USD")) == []
        assert client.registry.wanted == {BTC}

    def test_a_topic_that_is_never_answered_is_given_up_and_ended_to_be_sure(self, client):
        client.want(BTC)
        declined = []
        while requests := client.sent():
            assert requests[0].method == "subscribe"
            declined += client.wait()
            if declined[-1].retry_in is not None:
                client.wait()
            else:
                break
        assert [one.retry_in for one in declined] == [1, 2, 4, 8, None]
        assert declined[-1].error.retryable
        assert client.registry.wanted == frozenset()
        (end,) = client.sent()
        assert (end.method, end.topics) == ("unsubscribe", [BTC])

    def test_a_topic_dropped_while_it_waits_for_another_attempt_is_ended_to_be_sure(self, client):
        client.want(BTC)
        client.sent()
        client.wait()
        client.registry.drop(BTC)
        assert client.sent() == [Request("unsubscribe", [BTC], 2)]
        client.answered(refusal(2, "Subscription Not Found", "BTC/USD"))
        client.want(BTC)
        assert client.sent() == [Request("subscribe", [BTC], 3)]

    @pytest.mark.parametrize("how", ["lost", "limited"])
    def test_an_end_that_did_not_arrive_is_sent_again(self, client, how):
        client.subscribed(BTC)
        client.registry.drop(BTC)
        (request,) = client.sent()
        if how == "lost":
            assert client.wait() == []
        else:
            limited = refusal(request.req_id, "Exceeded msg rate", "BTC/USD", "unsubscribe")
            assert client.answered(limited) == []
        client.wait()
        assert client.sent() == [Request("unsubscribe", [BTC], 3)]
        ended = client.answered(ack(3, "BTC/USD", "unsubscribe"))
        assert ended == [Acknowledged("unsubscribe", BTC)]
        assert client.registry.next_due(client.now) is None

    def test_attempts_at_an_end_do_not_count_for_the_new_beginning(self, client):
        client.subscribed(BTC)
        client.registry.drop(BTC)
        client.registry.want(BTC)
        for _ in range(3):
            (request,) = client.sent()
            client.answered(refusal(request.req_id, "Exceeded msg rate"))
            client.wait()
        (request,) = client.sent()
        client.answered(ack(request.req_id, "BTC/USD", "unsubscribe"))
        (request,) = client.sent()
        (declined,) = client.answered(refusal(request.req_id, "Exceeded msg rate"))
        assert (request.method, declined.retry_in) == ("subscribe", 1.0)

    def test_an_end_that_never_arrives_is_given_up_in_silence(self, client):
        client.subscribed(BTC)
        client.registry.drop(BTC)
        attempts = 0
        while client.registry.next_due(client.now) is not None:
            attempts += len(client.sent())
            assert client.wait() == []
        assert attempts == 5
        client.want(BTC)
        (request,) = client.sent()
        assert request.method == "subscribe"

    def test_the_count_of_attempts_begins_anew_after_a_success(self, client):
        client.want(BTC)
        for _ in range(3):
            (request,) = client.sent()
            client.answered(refusal(request.req_id, "EService:Unavailable"))
            client.wait()
        (request,) = client.sent()
        client.answered(ack(request.req_id, "BTC/USD"))
        client.registry.drop(BTC)
        (request,) = client.sent()
        client.answered(ack(request.req_id, "BTC/USD", "unsubscribe"))
        client.want(BTC)
        (request,) = client.sent()
        (declined,) = client.answered(refusal(request.req_id, "EService:Unavailable"))
        assert declined == Declined(BTC, declined.error, 1.0)


class TestPacing:
    def test_a_burst_leaves_at_once_and_the_rest_at_the_rate(self, client):
        client.want(*(book(f"A{depth}/USD", depth) for depth in range(15)))
        assert len(client.sent()) == 10
        moments = []
        while len(moments) < 5:
            client.wait()
            moments += [round(client.now - 100.0, 3)] * len(client.sent())
        assert moments == [0.1, 0.2, 0.3, 0.4, 0.5]

    def test_allowance_is_saved_up_to_the_burst_and_no_further(self, client):
        client.subscribed(BTC)
        client.now += 3600.0
        client.want(*(book(f"A{depth}/USD", depth) for depth in range(30)))
        assert len(client.sent()) == 10

    def test_throttling_pauses_everything_and_doubles_until_something_is_accepted(self, client):
        client.want(BTC)
        pauses = []
        for _ in range(8):
            pauses.append(client.registry.throttle(client.now))
            assert client.sent() == []
            assert client.registry.next_due(client.now) == pytest.approx(pauses[-1])
            client.now += pauses[-1] / 2
            assert client.sent() == []
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
        client.wait()
        (request,) = client.sent()
        client.answered(ack(request.req_id, "BTC/USD"))
        assert client.registry.throttle(client.now) == 1

    def test_a_refusal_does_not_end_the_doubling(self, client):
        client.want(BTC)
        client.sent()
        assert client.registry.throttle(client.now) == 1
        client.answered(refusal(1, "Exceeded msg rate", "BTC/USD"))
        assert client.registry.throttle(client.now) == 2

    def test_a_throttled_request_is_asked_again(self, client):
        client.want(BTC)
        client.sent()
        client.registry.throttle(client.now)
        (late,) = client.wait()
        assert late.retry_in == 1.0
        client.wait()
        assert [request.topics for request in client.sent()] == [[BTC]]

    @pytest.mark.parametrize("name", ["rate", "burst", "symbols", "acknowledge_within", "attempts"])
    @pytest.mark.parametrize("value", [0, -1])
    def test_limits_that_would_stop_everything_are_refused(self, name, value):
        with pytest.raises(ConfigurationError, match=f"Pacing.{name} must be above 0, not {value}"):
            Pacing(**{name: value})
