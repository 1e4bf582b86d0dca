"""Requests have the keys, the nesting and the types of the documented ones."""

import json

import pytest

from rxkraken.models import Topic
from rxkraken.wire import v2

TICKER = (("event_trigger", "trades"), ("snapshot", True))
PUBLIC = ("ticker", "book", "ohlc", "trade", "instrument")


def request(method, *topics, req_id=7):
    return json.loads(v2.subscription(method, list(topics), req_id))


def test_one_request_names_all_symbols_of_a_group_in_their_order():
    topics = [
        Topic("book", symbol, (("depth", 25), ("snapshot", True))) for symbol in ("B/C", "A/B")
    ]
    assert request("subscribe", *topics) == {
        "method": "subscribe",
        "params": {"channel": "book", "symbol": ["B/C", "A/B"], "depth": 25, "snapshot": True},
        "req_id": 7,
    }


@pytest.mark.parametrize(
    ("channel", "parameters", "kept"),
    [
        ("book", (("depth", 25), ("snapshot", False)), {"depth": 25}),
        ("ohlc", (("interval", 60), ("snapshot", True)), {"interval": 60}),
        ("trade", (("snapshot", True),), {}),
        ("ticker", TICKER, {}),
    ],
)
def test_an_unsubscribe_repeats_the_key_and_nothing_else(channel, parameters, kept):
    sent = request("unsubscribe", Topic(channel, "BTC/USD", parameters))
    assert sent["params"] == {"channel": channel, "symbol": ["BTC/USD"], **kept}


def test_a_channel_without_symbols_sends_none():
    sent = request("subscribe", Topic("instrument", None, (("snapshot", True),)))
    assert sent["params"] == {"channel": "instrument", "snapshot": True}


def test_a_ping_has_no_parameters():
    assert json.loads(v2.ping(101)) == {"method": "ping", "req_id": 101}


def test_text_is_sent_as_it_is_with_slashes_unescaped():
    topic = Topic("trade", 'Ü"/USD', (("snapshot", False),))
    text = v2.subscription("subscribe", [topic], 2**53 + 1)
    assert json.loads(text)["params"]["symbol"] == ['Ü"/USD']
    assert json.loads(text)["req_id"] == 2**53 + 1
    assert "\\/" not in text


@pytest.mark.parametrize("method", ["subscribe", "unsubscribe"])
def test_documented_requests_are_what_we_send_for_the_same_topics(recorded, method):
    compared = 0
    for line in recorded(f"v2/{method}.jsonl"):
        documented = json.loads(line)
        params = documented.get("params")
        if params is None or params["channel"] not in PUBLIC:
            continue
        given = {name: value for name, value in params.items() if name not in {"channel", "symbol"}}
        symbols = params.get("symbol", [None])
        topics = [Topic(params["channel"], symbol, tuple(given.items())) for symbol in symbols]
        sent = request(method, *topics, req_id=documented.get("req_id", 7))
        if method == "unsubscribe":
            params.pop("snapshot", None)  # one sample repeats it, against the table beside it
        assert sent == {"req_id": 7, **documented}
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize("req_id", [101, 1])
def test_documented_pings_are_what_we_send(recorded, req_id):
    sent = [json.loads(line) for line in recorded("v2/ping.jsonl")]
    assert json.loads(v2.ping(req_id)) in [one for one in sent if "error" not in one]
