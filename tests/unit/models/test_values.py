"""Public values: compared by what they say, hashable, unchangeable, fit for another process."""

import copy
import pickle
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from rxkraken import models
from rxkraken.models import (
    Asset,
    BookSnapshot,
    BookUpdate,
    Candle,
    Frame,
    Heartbeat,
    InstrumentSnapshot,
    InstrumentUpdate,
    Level,
    LifecycleEvent,
    Pair,
    Pong,
    Spread,
    SystemStatus,
    Ticker,
    Topic,
    Trade,
)

AT = datetime(2026, 10, 9, 0, 34, 22, 814908, UTC)
D = Decimal
TOPIC = Topic("book", "BTC/USD", (("depth", 10), ("snapshot", True)))
LEVEL = Level(D("81776.7"), D("0.00005000"))
PAIR = Pair("BTC/USD", "BTC", "USD", "online", 1, 8, D("0.1"), D("1e-8"))
URL = "wss://ws.kraken.com/v2"

MARKET = [
    LEVEL,
    BookSnapshot("BTC/USD", (LEVEL,), (), 7, AT),
    BookUpdate("BTC/USD", (), (LEVEL,)),
    Ticker("BTC/USD", *map(D, range(11)), AT),
    Trade("BTC/USD", "buy", D("81776.7"), D("0.00005000"), "limit", 110763305, AT),
    Candle("BTC/USD", 1, AT, *[D(1)] * 6, 29),
    Spread("BTC/USD", D(1), D(2), D(3), D(4), AT),
    Asset("BTC", "enabled", 10, 5),
    PAIR,
    InstrumentSnapshot((Asset("BTC"),), (PAIR,)),
    InstrumentUpdate((), (PAIR,)),
    SystemStatus("online", "2.0.10", "v2", 2**64 - 1),
    Heartbeat(),
    Pong(7, AT, AT, 0.01),
    Frame(1, 2, "in", b"{}"),
    TOPIC,
]
LIFECYCLE = [
    models.Connecting(URL, 1, 1),
    models.Connected(URL, 1),
    models.Disconnected(URL, 1, "gone", 1006, 0.0),
    models.Subscribed(TOPIC, 1, ("advice",)),
    models.Unsubscribed(TOPIC, 1),
    models.SubscriptionRejected(TOPIC, 1, "Currency pair not supported XBT/USD"),
    models.Gap(TOPIC, "checksum", 1, 0.5),
    models.Resynced(TOPIC, 1),
    models.Malformed(1, "not JSON", b"Cloud"),
    models.Refused(1, "Exceeded msg rate"),
    models.Stale(1, 5.0),
    models.SubscriberDetached("ticker BTC/USD", "ValueError: no"),
]
ALL = MARKET + LIFECYCLE
values = pytest.mark.parametrize("value", ALL, ids=[type(value).__name__ for value in ALL])


def test_every_public_value_of_markets_and_connections_is_in_this_table():
    rooms = {kind.__module__ for kind in (LifecycleEvent, Ticker, Level, Topic)}
    public = {getattr(models, name) for name in models.__all__}
    expected = {kind for kind in public if kind.__module__ in rooms}
    views = {models.Levels, models.OrderBook}
    assert expected - views - {type(value) for value in ALL} == {LifecycleEvent}


@values
def test_values_are_compared_and_hashed_by_what_they_say(value):
    same = copy.deepcopy(value)
    assert same == value
    assert hash(same) == hash(value)
    assert {value: "found"}[same] == "found"
    assert value != object()


@values
def test_one_other_field_makes_another_value(value):
    for field in attrs.fields(type(value)):
        assert attrs.evolve(value, **{field.name: "something else"}) != value


@values
def test_values_go_to_another_process_and_back(value):
    there = pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes
    assert there == value
    assert type(there) is type(value)


@values
def test_values_cannot_change(value):
    for field in attrs.fields(type(value)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field.name, None)
    with pytest.raises(AttributeError):
        value.anything_else = 1


@pytest.mark.parametrize("event", LIFECYCLE, ids=[type(event).__name__ for event in LIFECYCLE])
def test_every_happening_is_a_lifecycle_event(event):
    assert isinstance(event, LifecycleEvent)


def test_values_of_different_kinds_are_never_equal():
    assert BookSnapshot("A/B", (), ()) != BookUpdate("A/B", (), ())
    assert InstrumentSnapshot((), ()) != InstrumentUpdate((), ())
    assert models.Unsubscribed(TOPIC, 1) != models.Resynced(TOPIC, 1)


def test_exact_digits_survive_the_way_to_another_process():
    there = pickle.loads(pickle.dumps(LEVEL))  # noqa: S301 - our own bytes
    assert str(there.qty) == "0.00005000"


@pytest.mark.parametrize("minutes", [1, 5, 60, 1440, 10080, 21600])
def test_a_candle_ends_where_the_next_one_begins(minutes):
    candle = Candle("BTC/USD", minutes, AT)
    assert candle.interval_end == AT + timedelta(minutes=minutes)
    assert Candle("BTC/USD", minutes, candle.interval_end).interval_begin > AT


def test_a_candle_without_a_beginning_has_no_end():
    assert Candle("BTC/USD", 5).interval_end is None


class TestTopics:
    def test_the_key_is_what_a_connection_carries_once(self):
        assert TOPIC.key == ("book", "BTC/USD")
        assert Topic("book", "BTC/USD", (("depth", 25),)).key == TOPIC.key
        assert Topic("ticker", "BTC/USD").key != TOPIC.key
        assert Topic("book", "ETH/USD", TOPIC.parameters).key != TOPIC.key

    def test_the_group_is_what_fits_into_one_request(self):
        assert Topic("book", "ETH/USD", TOPIC.parameters).group == TOPIC.group
        assert Topic("book", "BTC/USD", (("depth", 25), ("snapshot", True))).group != TOPIC.group
        assert Topic("trade", "BTC/USD", TOPIC.parameters).group != TOPIC.group

    @pytest.mark.parametrize(
        ("topic", "text"),
        [
            (TOPIC, "book BTC/USD depth=10 snapshot=True"),
            (Topic("instrument"), "instrument"),
            (Topic("instrument", None, (("snapshot", False),)), "instrument snapshot=False"),
            (Topic("trade", "BTC/USD"), "trade BTC/USD"),
        ],
    )
    def test_the_text_says_it_all(self, topic, text):
        assert str(topic) == text
        assert repr(topic) == f"Topic({text!r})"
