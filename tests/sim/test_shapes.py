"""Keys and types of every frame are those of a recorded or documented one."""

import json

import pytest

# Spec v2-market-data §4.3: the failure of one symbol, of a parameter, of an unsubscribe.
DOCUMENTED_FAILURES = """
{"error":"Currency pair not supported XBT/USD","method":"subscribe","req_id":999,"success":false,\
"symbol":"XBT/USD","time_in":"2026-09-24T00:00:00.000000Z","time_out":"2026-09-24T00:00:00.000100Z"}
{"error":"Subscription depth not supported","method":"subscribe","success":false,\
"time_in":"2026-08-16T23:54:19.629313Z","time_out":"2026-08-16T23:54:19.629343Z"}
"""


@pytest.fixture
def frames(open_desk):
    """One session through every public channel, decoded."""
    desk = open_desk(["BTC/USD", "ETH/USD"])
    client = desk.client()
    client.ask("subscribe", req_id=1, channel="instrument")
    for channel in ("book", "ticker", "ohlc", "trade"):
        client.ask("subscribe", req_id=2, channel=channel, symbol=["BTC/USD"], snapshot=True)
        client.ask("subscribe", req_id=2, channel=channel, symbol=["XBT/USD"])
    client.say('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":3}}')
    desk.advance(3)
    client.say('{"method":"ping","req_id":3}')
    client.say('{"method":"ping","req_id":3,"params":{}}')
    client.say('{"method":"sing","req_id":3}')
    client.ask("unsubscribe", req_id=4, channel="instrument")
    client.ask("unsubscribe", req_id=4, channel="trade", symbol=["BTC/USD"])
    client.ask("unsubscribe", req_id=4, channel="ticker", symbol=["BTC/USD"])
    client.ask("unsubscribe", req_id=4, channel="ohlc", symbol=["BTC/USD"], interval=1)
    return [json.loads(frame) for frame in client.frames]


def alike(ours, theirs):
    """The same keys and types all the way down; an empty list is like any list."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return not theirs or all(any(alike(one, other) for other in theirs) for one in ours)
    return type(ours) is type(theirs)


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("status", "update"),
        ("heartbeat", None),
        ("book", "snapshot"),
        ("book", "update"),
        ("ticker", "snapshot"),
        ("ticker", "update"),
        ("trade", "snapshot"),
        ("trade", "update"),
        ("ohlc", "snapshot"),
        ("ohlc", "update"),
        ("instrument", "snapshot"),
    ],
)
def test_channel_messages_have_the_keys_and_types_of_a_sample(frames, samples, channel, kind):
    known = [one for one in samples(f"{channel}.jsonl") if one.get("type") == kind]
    ours = [one for one in frames if (one.get("channel"), one.get("type")) == (channel, kind)]
    assert ours
    assert known
    for frame in ours:
        assert any(alike(frame, sample) for sample in known), frame


@pytest.mark.parametrize("method", ["subscribe", "unsubscribe"])
def test_acks_have_the_keys_and_types_of_a_sample(frames, samples, method):
    known = [one["result"] for one in samples(f"{method}.jsonl") if one.get("success")]
    ours = [one for one in frames if one.get("method") == method and one.get("success")]
    assert len(ours) >= 4
    for frame in ours:
        assert frame.keys() == {"method", "req_id", "result", "success", "time_in", "time_out"}
        rivals = [one for one in known if one["channel"] == frame["result"]["channel"]]
        assert any(alike(frame["result"], sample) for sample in rivals), frame


def test_failures_and_pongs_have_the_keys_and_types_of_a_sample(frames, samples):
    known = [
        one
        for name in ("subscribe", "ping", "pong")
        for one in samples(f"{name}.jsonl")
        if "time_in" in one
    ]
    known += map(json.loads, DOCUMENTED_FAILURES.split("\n")[1:-1])
    ours = [one for one in frames if "error" in one or one.get("method") == "pong"]
    assert {one["method"] for one in ours} == {"subscribe", "ping", "pong"}
    for frame in ours:
        assert any(alike(frame, sample) for sample in known), frame
