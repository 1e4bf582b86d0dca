"""Requests and answers of the public v2 endpoint, without a socket."""

import json
import re
from itertools import pairwise

import pytest

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def desk(open_desk):
    return open_desk(["BTC/USD", "ETH/USD"])


@pytest.fixture(scope="module")
def still_desk(open_desk):
    """One desk for all tests in which no time passes."""
    return open_desk(["BTC/USD", "ETH/USD"])


@pytest.fixture
def asker(still_desk):
    return still_desk.client()


@pytest.fixture
def client(desk):
    return desk.client()


def without_times(answer):
    """The answer; both its times have the form of the exchange and are in order."""
    time_in, time_out = answer.pop("time_in"), answer.pop("time_out")
    assert TIME.fullmatch(time_in)
    assert TIME.fullmatch(time_out)
    assert time_in <= time_out
    return answer


def answers(frames):
    return [without_times(frame) for frame in frames if "method" in frame]


def channels(frames):
    return [(frame["channel"], frame.get("type")) for frame in frames if "channel" in frame]


# -- connection -----------------------------------------------------------------------------------


def test_the_first_frame_is_the_status_with_an_id_beyond_any_double(asker):
    status = json.loads(asker.frames[0])
    entry = status["data"][0]
    assert (status["channel"], status["type"]) == ("status", "update")
    assert (entry["system"], entry["api_version"]) == ("online", "v2")
    assert 2**63 <= entry["connection_id"] < 2**64


def test_every_connection_has_its_own_id(desk):
    ids = [json.loads(desk.client().frames[0])["data"][0]["connection_id"] for _ in range(3)]
    assert len(set(ids)) == 3


def test_a_change_of_the_system_is_told_to_everybody(desk, client):
    client.taken()
    desk.gateway.set_system("maintenance")
    (frame,) = client.taken()
    assert json.loads(frame)["data"][0]["system"] == "maintenance"


def test_heartbeats_begin_with_the_first_subscription_and_come_every_second(desk, client):
    client.taken()
    desk.advance(5)
    assert client.taken() == []
    client.ask("subscribe", channel="instrument", snapshot=False)
    client.taken()
    for _ in range(30):
        desk.advance(0.1)
    assert client.taken() == [b'{"channel":"heartbeat"}'] * 3


def test_a_refused_subscription_starts_no_heartbeat(desk, client):
    client.ask("subscribe", channel="book", symbol=["NO/PAIR"])
    client.taken()
    desk.advance(3)
    assert client.taken() == []


def test_without_subscriptions_heartbeats_pause(desk, client):
    client.ask("subscribe", channel="instrument")
    client.ask("unsubscribe", channel="instrument")
    client.taken()
    desk.advance(3)
    assert client.taken() == []


def test_a_client_that_asks_nothing_for_a_minute_is_disconnected(desk, client):
    talker = desk.client()
    client.ask("subscribe", channel="trade", symbol=["BTC/USD"])
    for _ in range(5):
        desk.advance(11)
        talker.say('{"method":"ping"}')
    assert client.closed is None
    desk.advance(6)
    assert client.closed == 1000
    assert talker.closed is None
    client.taken()
    desk.advance(3)
    assert client.taken() == []


# -- ping -----------------------------------------------------------------------------------------


def test_a_ping_is_answered_by_a_pong_with_its_id(asker):
    assert answers(asker.say('{"method":"ping","req_id":101}')) == [
        {"method": "pong", "req_id": 101}
    ]
    assert answers(asker.say('{"method":"ping"}')) == [{"method": "pong"}]


def test_a_ping_with_params_is_refused(asker):
    assert answers(asker.say('{"method":"ping","params":{},"req_id":0}')) == [
        {
            "error": "Unsupported field: 'params' for the given msg type: ping",
            "method": "ping",
            "req_id": 0,
            "success": False,
        }
    ]


# -- acks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "result", "kind"),
    [
        (
            {"channel": "ticker"},
            {"channel": "ticker", "event_trigger": "trades", "snapshot": True},
            "snapshot",
        ),
        (
            {"channel": "ticker", "event_trigger": "bbo", "snapshot": False},
            {"channel": "ticker", "event_trigger": "bbo", "snapshot": False},
            None,
        ),
        ({"channel": "book"}, {"channel": "book", "depth": 10, "snapshot": True}, "snapshot"),
        (
            {"channel": "book", "depth": 1000, "snapshot": False},
            {"channel": "book", "depth": 1000, "snapshot": False},
            None,
        ),
        (
            {"channel": "ohlc"},
            {
                "channel": "ohlc",
                "interval": 1,
                "snapshot": True,
                "warnings": ["timestamp is deprecated, use interval_begin"],
            },
            "snapshot",
        ),
        ({"channel": "trade"}, {"channel": "trade", "snapshot": False}, None),
        (
            {"channel": "trade", "snapshot": True},
            {"channel": "trade", "snapshot": True},
            "snapshot",
        ),
    ],
)
def test_one_ack_per_symbol_repeats_the_effective_parameters(asker, params, result, kind):
    symbols = ["BTC/USD", "ETH/USD"]
    frames = asker.ask("subscribe", req_id=7, symbol=symbols, **params)
    assert answers(frames) == [
        {
            "method": "subscribe",
            "req_id": 7,
            "result": result | {"symbol": symbol},
            "success": True,
        }
        for symbol in symbols
    ]
    assert channels(frames) == ([(params["channel"], kind)] * 2 if kind else [])


def test_the_instrument_channel_is_acked_once_with_its_warning(asker):
    frames = asker.ask("subscribe", req_id=79, channel="instrument")
    assert answers(frames) == [
        {
            "method": "subscribe",
            "req_id": 79,
            "result": {
                "channel": "instrument",
                "snapshot": True,
                "warnings": ["tick_size is deprecated, use price_increment"],
            },
            "success": True,
        }
    ]
    data = frames[1]["data"]
    assert [pair["symbol"] for pair in data["pairs"]] == ["BTC/USD", "ETH/USD"]
    assert [asset["id"] for asset in data["assets"]] == ["BTC", "USD", "ETH"]


def test_increments_are_written_with_exponents_as_the_exchange_does(asker):
    asker.ask("subscribe", channel="instrument")
    assert b'"qty_increment":1e-08,' in asker.frames[-1]
    assert b'"qty_min":5e-05}' in asker.frames[-1]


def test_a_changed_pair_is_told_to_subscribers_of_instrument(desk, client):
    import attrs

    client.ask("subscribe", channel="instrument", snapshot=False)
    client.taken()
    pair = desk.exchange.markets["ETH/USD"].pair
    desk.gateway.set_pair(attrs.evolve(pair, status="post_only"))
    (frame,) = map(json.loads, client.taken())
    assert (frame["channel"], frame["type"], frame["data"]["assets"]) == (
        "instrument",
        "update",
        [],
    )
    assert [(p["symbol"], p["status"]) for p in frame["data"]["pairs"]] == [
        ("ETH/USD", "post_only")
    ]


def test_the_trade_snapshot_holds_the_last_fifty_oldest_first(desk, client):
    desk.advance(5)
    frames = client.ask("subscribe", channel="trade", symbol=["BTC/USD"], snapshot=True)
    ids = [trade["trade_id"] for trade in frames[1]["data"]]
    assert len(ids) == 50
    assert ids == sorted(ids)


@pytest.mark.parametrize("interval", [1, 5, 15, 30, 60, 240, 1440, 10080, 21600])
def test_every_interval_has_a_snapshot_of_the_last_ten_candles(asker, interval):
    frames = asker.ask("subscribe", channel="ohlc", symbol=["BTC/USD"], interval=interval)
    begins = [candle["interval_begin"] for candle in frames[1]["data"]]
    assert len(begins) == 10
    assert begins == sorted(begins)
    assert {candle["interval"] for candle in frames[1]["data"]} == {interval}


def test_updates_follow_without_a_snapshot_too(desk, client):
    client.ask("subscribe", channel="book", symbol=["BTC/USD"], snapshot=False)
    client.taken()
    desk.advance(1)
    kinds = channels(map(json.loads, client.taken()))
    assert ("book", "update") in kinds
    assert ("book", "snapshot") not in kinds


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not JSON", "Malformed request"),
        ("[1,2]", "Malformed request"),
        ('{"method":"subscribe","req_id":3}', "Malformed request"),
        ('{"method":"sing","req_id":3}', "Unsupported event"),
        ('{"req_id":3}', "Unsupported event"),
        (
            '{"method":"subscribe","params":{"channel":"book"},"reqid":3}',
            "Unsupported field: 'reqid' for the given msg type: subscribe",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(asker, text, error):
    (answer,) = answers(asker.say(text))
    req_id = answer.pop("req_id", None)
    assert req_id == (3 if '"req_id":3' in text else None)
    assert answer == {"error": error, "method": "subscribe", "success": False}


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"channel": "book", "depth": 27}, "Subscription depth not supported"),
        ({"channel": "book", "depth": "10"}, "Subscription book depth must be an integer"),
        ({"channel": "book", "depth": True}, "Subscription book depth must be an integer"),
        ({"channel": "ohlc", "interval": 2}, "Subscription ohlc interval not supported"),
        ({"channel": "ohlc", "interval": "1"}, "Subscription ohlc interval must be an integer"),
        ({"channel": "tikcer"}, "Subscription name invalid"),
        ({"channel": ["book"]}, "Subscription name invalid"),
        ({}, "Subscription name invalid"),
        ({"channel": "status"}, "Symbol(s) not found"),
        ({"channel": "book", "symbol": None}, "Symbol(s) not found"),
        ({"channel": "book", "symbol": []}, "Symbol(s) not found"),
        ({"channel": "book", "symbol": "BTC/USD"}, "Symbol field must be an array"),
        ({"channel": "ticker", "event_trigger": "x"}, "Subscription event_trigger not supported"),
        ({"channel": "trade", "snapshot": 1}, "Snapshot field must be a boolean"),
        ({"channel": "level3"}, "Token(s) not found"),
        ({"channel": "executions"}, "Token(s) not found"),
        ({"channel": "balances", "token": "x"}, "EGeneral:Permission denied"),
        (
            {"channel": "book", "deepness": 3},
            "Unsupported field: 'deepness' for the given msg type: subscribe",
        ),
    ],
)
def test_a_wrong_parameter_is_refused_once_for_the_whole_request(asker, params, error):
    params = {"symbol": ["BTC/USD", "ETH/USD"]} | params
    assert answers(asker.ask("subscribe", req_id=4, **params)) == [
        {"error": error, "method": "subscribe", "req_id": 4, "success": False}
    ]


def test_an_unknown_pair_is_refused_by_name_and_the_others_are_accepted(asker):
    frames = asker.ask(
        "subscribe", req_id=9, channel="book", symbol=["XBT/USD", "BTC/USD"], snapshot=False
    )
    refused, accepted = answers(frames)
    assert refused == {
        "error": "Currency pair not supported XBT/USD",
        "method": "subscribe",
        "req_id": 9,
        "success": False,
        "symbol": "XBT/USD",
    }
    assert accepted["result"]["symbol"] == "BTC/USD"


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ({"channel": "book"}, {"channel": "book"}, "Already subscribed"),
        ({"channel": "book"}, {"channel": "book", "depth": 25}, "Already subscribed"),
        ({"channel": "ticker"}, {"channel": "ticker"}, "Already subscribed"),
        ({"channel": "trade"}, {"channel": "trade"}, "Already subscribed"),
        ({"channel": "ohlc"}, {"channel": "ohlc", "interval": 1}, "Already subscribed"),
        (
            {"channel": "ohlc"},
            {"channel": "ohlc", "interval": 5},
            "Already subscribed to one ohlc interval on this symbol",
        ),
    ],
)
def test_a_second_subscription_of_a_kind_is_refused(asker, first, second, error):
    asker.ask("subscribe", symbol=["BTC/USD"], **first)
    (answer,) = answers(asker.ask("subscribe", symbol=["BTC/USD"], **second))
    assert (answer["error"], answer["symbol"]) == (error, "BTC/USD")
    assert answer["success"] is False


def test_another_connection_may_have_another_depth_and_interval(desk, client):
    other = desk.client()
    for each, depth, interval in ((client, 10, 1), (other, 100, 60)):
        for params in (
            {"channel": "book", "depth": depth},
            {"channel": "ohlc", "interval": interval},
        ):
            frames = each.ask("subscribe", symbol=["BTC/USD"], **params)
            assert frames[0]["success"] is True


def test_a_request_id_that_is_no_integer_is_not_echoed(asker):
    (answer,) = answers(asker.say('{"method":"ping","req_id":"seven"}'))
    assert answer == {"method": "pong"}


# -- unsubscribe ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "result"),
    [
        ({"channel": "ticker"}, {"channel": "ticker", "event_trigger": "trades"}),
        ({"channel": "book", "depth": 25}, {"channel": "book", "depth": 25}),
        ({"channel": "ohlc", "interval": 5}, {"channel": "ohlc", "interval": 5}),
        ({"channel": "trade"}, {"channel": "trade"}),
    ],
)
def test_an_unsubscribe_that_repeats_the_key_ends_the_data(desk, client, params, result):
    client.ask("subscribe", symbol=["BTC/USD"], **params)
    assert answers(client.ask("unsubscribe", req_id=5, symbol=["BTC/USD"], **params)) == [
        {
            "method": "unsubscribe",
            "req_id": 5,
            "result": result | {"symbol": "BTC/USD"},
            "success": True,
        }
    ]
    client.taken()
    desk.advance(2)
    assert client.taken() == []


@pytest.mark.parametrize(
    ("subscribed", "unsubscribed"),
    [
        (None, {"channel": "book"}),
        ({"channel": "book", "depth": 25}, {"channel": "book"}),
        ({"channel": "ohlc", "interval": 5}, {"channel": "ohlc"}),
        ({"channel": "trade"}, {"channel": "ticker"}),
    ],
)
def test_an_unsubscribe_of_another_key_is_refused_under_the_other_method(
    asker, subscribed, unsubscribed
):
    if subscribed:
        asker.ask("subscribe", symbol=["BTC/USD"], **subscribed)
    frames = asker.ask("unsubscribe", req_id=6, symbol=["BTC/USD"], **unsubscribed)
    assert answers(frames) == [
        {
            "error": "Subscription Not Found",
            "method": "subscribe",
            "req_id": 6,
            "success": False,
            "symbol": "BTC/USD",
        }
    ]


def test_unsubscribing_an_unknown_pair_or_a_silent_instrument_is_refused(asker):
    (pair,) = answers(asker.ask("unsubscribe", channel="book", symbol=["NO/PAIR"]))
    assert pair["error"] == "Currency pair not supported NO/PAIR"
    (instrument,) = answers(asker.ask("unsubscribe", channel="instrument"))
    assert instrument["error"] == "Subscription Not Found"
    assert "symbol" not in instrument


def test_after_unsubscribing_one_may_subscribe_to_another_depth(asker):
    asker.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=10)
    asker.ask("unsubscribe", channel="book", symbol=["BTC/USD"], depth=10)
    frames = asker.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=100)
    assert len(frames[1]["data"][0]["bids"]) == 100


# -- what is sent ---------------------------------------------------------------------------------


def test_ticker_updates_come_with_trades_or_with_a_new_top_of_the_book(desk):
    by_trades, by_bbo = desk.client(), desk.client()
    by_trades.ask("subscribe", channel="ticker", symbol=["BTC/USD"], snapshot=False)
    by_trades.ask("subscribe", channel="trade", symbol=["BTC/USD"])
    by_bbo.ask(
        "subscribe", channel="ticker", symbol=["BTC/USD"], event_trigger="bbo", snapshot=False
    )
    by_trades.taken()
    by_bbo.taken()
    desk.advance(3)
    kinds = [channel for channel, _ in channels(map(json.loads, by_trades.taken()))]
    assert kinds.count("ticker") == kinds.count("trade") > 5
    tops = [
        tuple(frame["data"][0][name] for name in ("bid", "bid_qty", "ask", "ask_qty"))
        for frame in map(json.loads, by_bbo.taken())
        if frame["channel"] == "ticker"
    ]
    assert len(tops) > 50
    assert all(one != other for one, other in pairwise(tops))


def test_numbers_have_exactly_the_decimals_of_the_pair(desk, client, decode_texts):
    for channel in ("book", "trade", "ticker", "ohlc"):
        client.ask("subscribe", channel=channel, symbol=["ETH/USD"], snapshot=True)
    desk.advance(3)
    numbers = {"price": 2, "qty": 8, "bid": 2, "ask_qty": 8, "vwap": 2, "volume": 8, "open": 2}
    seen = set()
    for frame in map(decode_texts, client.frames):
        for entry in frame.get("data", ()):
            for item in [entry, *entry.get("bids", ()), *entry.get("asks", ())]:
                for name in numbers.keys() & item.keys():
                    seen.add(name)
                    assert len(item[name].partition(".")[2]) == numbers[name]
    assert seen == set(numbers)


def test_one_seed_gives_the_same_bytes_and_another_seed_others(open_desk):
    """Two desks of one seed say the same, byte for byte; another seed says something else."""

    def spoken(seed):
        desk = open_desk(["BTC/USD", "BTT/USD"], seed=seed)
        client = desk.client()
        for channel in ("book", "trade", "ticker", "ohlc"):
            client.ask("subscribe", channel=channel, symbol=["BTC/USD", "BTT/USD"], snapshot=True)
        for _ in range(50):
            desk.advance(0.1)
        return client.frames

    assert spoken(1) == spoken(1)
    assert spoken(1)[1:] != spoken(2)[1:]
