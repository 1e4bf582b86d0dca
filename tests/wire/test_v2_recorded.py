"""Every recorded and documented v2 frame of the public channels is read, to the last digit.

The reference is the standard library's parser, asked to keep the text of every number.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import msgspec
import pytest

from rxkraken.models import BookSnapshot, BookUpdate, InstrumentSnapshot, InstrumentUpdate
from rxkraken.wire import v2

CHANNELS = ("status", "heartbeat", "ticker", "book", "ohlc", "trade", "instrument")
ANSWERS = ("subscribe", "unsubscribe", "ping", "pong")
SESSIONS = (
    "book_algousd_d10_2024-10-03",
    "book_btcusd_d10_2023-07-30",
    "book_btcusd_d10_2026-10-09",
    "book_btcusd_d25_2026-10-08",
)
NUMBERS = (Decimal, float)
CLASSES = {
    "status": v2.StatusMessage,
    "heartbeat": v2.HeartbeatMessage,
    "ticker": v2.TickerMessage,
    "book": v2.BookMessage,
    "ohlc": v2.CandleMessage,
    "trade": v2.TradeMessage,
    "instrument": v2.InstrumentMessage,
}


class Text(str):
    """A number as the frame has it."""

    __slots__ = ()


def as_sent(frame):
    return json.loads(frame, parse_float=Text, parse_int=Text)


def moment(text):
    whole, _, fraction = text.removesuffix("Z").partition(".")
    at = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return at.replace(microsecond=int((fraction + "000000")[:6]))


def agrees(value, sent, number):
    """Whether a decoded value says exactly what the frame says."""
    match value:
        case datetime():
            same = value == moment(sent) and value.utcoffset().total_seconds() == 0
        case str() | bool() | None:
            same = value == sent
        case Decimal():
            same = number is Decimal and value.as_tuple() == Decimal(sent).as_tuple()
        case float():
            same = number is float and value == float(sent)
        case int():
            same = value == int(sent)
        case tuple() | list():
            pairs = zip(value, sent, strict=True)
            same = all(agrees(one, other, number) for one, other in pairs)
        case _:
            names = [field.name for field in attrs.fields(type(value)) if field.name in sent]
            same = all(agrees(getattr(value, name), sent[name], number) for name in names)
    return same


@pytest.mark.parametrize("number", NUMBERS, ids=["Decimal", "float"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_frame_of_a_channel_is_decoded_into_its_class(recorded, channel, number):
    frames = recorded(f"v2/{channel}.jsonl")
    assert frames
    for frame in frames:
        message = v2.decoder(number)(frame)
        assert type(message) is CLASSES[channel]
        assert getattr(message, "type", None) == as_sent(frame).get("type"), frame


@pytest.mark.parametrize("number", NUMBERS, ids=["Decimal", "float"])
@pytest.mark.parametrize("channel", ["ticker", "ohlc", "trade"])
def test_every_field_has_the_value_and_the_digits_of_the_frame(recorded, channel, number):
    for frame in recorded(f"v2/{channel}.jsonl"):
        sent = as_sent(frame)
        message = v2.decoder(number)(frame)
        assert agrees(message.data, sent["data"], number), frame


@pytest.mark.parametrize("number", NUMBERS, ids=["Decimal", "float"])
def test_instruments_have_the_values_and_the_digits_of_the_frame(recorded, number):
    kinds = []
    for frame in recorded("v2/instrument.jsonl"):
        sent = as_sent(frame)
        model = v2.decoder(number)(frame).model()
        kinds.append(type(model))
        assert agrees(model.assets, sent["data"]["assets"], number), frame
        assert agrees(model.pairs, sent["data"]["pairs"], number), frame
    assert set(kinds) == {InstrumentSnapshot, InstrumentUpdate}


def test_status_frames_keep_connection_ids_beyond_signed_integers_and_pass_on_the_rest(recorded):
    frames = recorded("v2/status.jsonl")
    statuses = [v2.decoder()(frame).data[0] for frame in frames]
    sent = [json.loads(frame)["data"][0] for frame in frames]
    assert [status.connection_id for status in statuses] == [one["connection_id"] for one in sent]
    assert all(status.connection_id > 2**63 for status in statuses)
    assert [status.system for status in statuses] == [one["system"] for one in sent]
    assert [len(status.upcoming_maintenance) for status in statuses] == [0, 0, 0, 1]
    assert statuses[3].upcoming_maintenance[0]["event_id"] == 21
    assert len(statuses[3].emergency) == len(sent[3]["emergency"])


@pytest.mark.parametrize("name", ["book", *(f"sessions/{name}" for name in SESSIONS)])
def test_book_levels_keep_the_text_of_the_wire(recorded, name):
    for frame in recorded(f"v2/{name}.jsonl"):
        sent = as_sent(frame)
        if sent["channel"] != "book":
            continue
        data = v2.decoder()(frame).data[0]
        expected = sent["data"][0]
        for side in ("bids", "asks"):
            texts = [(level.price, level.qty) for level in getattr(data, side)]
            assert texts == [(str(one["price"]), str(one["qty"])) for one in expected[side]]
        assert data.symbol == expected["symbol"]
        assert data.checksum == int(expected["checksum"])
        assert data.timestamp == expected.get("timestamp")


@pytest.mark.parametrize("number", NUMBERS, ids=["Decimal", "float"])
@pytest.mark.parametrize("name", ["book", *(f"sessions/{name}" for name in SESSIONS)])
def test_public_book_values_are_those_of_the_frame_and_make_it_again(recorded, name, number):
    for frame in recorded(f"v2/{name}.jsonl"):
        message = v2.decoder(number)(frame)
        if not isinstance(message, v2.BookMessage):
            continue
        sent = as_sent(frame)["data"][0]
        model = v2.book_model(message, number)
        assert type(model) is (BookSnapshot if message.type == "snapshot" else BookUpdate)
        assert agrees(model.timestamp, sent.get("timestamp"), number)
        for side in ("bids", "asks"):
            assert agrees(getattr(model, side), sent[side], number), frame
        again = v2.book_model(v2.book_message(model), number)
        assert again == model
        if number is Decimal:
            levels = [*again.bids, *again.asks]
            digits = [(str(level.price), str(level.qty)) for level in levels]
            texts = [(str(one["price"]), str(one["qty"])) for one in sent["bids"] + sent["asks"]]
            assert digits == [(str(Decimal(price)), str(Decimal(qty))) for price, qty in texts]


@pytest.mark.parametrize("method", ANSWERS)
def test_every_answer_is_read_with_all_it_says(recorded, method):
    answers = 0
    for frame in recorded(f"v2/{method}.jsonl"):
        sent = json.loads(frame)
        if "time_in" not in sent:
            continue  # a request, which only clients send
        answers += 1
        with pytest.raises(msgspec.DecodeError) as gave_up:
            v2.decoder()(frame)
        answer = v2.irregular(frame, gave_up.value)
        assert isinstance(answer, v2.Response)
        assert answer.method == sent["method"]
        assert answer.success == sent.get("success")
        assert answer.error == sent.get("error")
        assert answer.req_id == sent.get("req_id")
        assert answer.time_in == moment(sent["time_in"])
        assert answer.time_out == moment(sent["time_out"])
        result = sent.get("result", {})
        assert answer.subject == sent.get("symbol", result.get("symbol"))
        assert answer.warnings == tuple(result.get("warnings", ()))
    assert answers


@pytest.mark.parametrize("number", NUMBERS, ids=["Decimal", "float"])
def test_frames_of_other_channels_are_reported_and_harm_nothing(recorded, number):
    for name in ("level3", "executions", "balances"):
        for frame in recorded(f"v2/{name}.jsonl"):
            if b'"channel"' not in frame or b'"method"' in frame:
                continue
            with pytest.raises(msgspec.DecodeError) as gave_up:
                v2.decoder(number)(frame)
            with pytest.raises(ValueError, match=f"channel '{name}'"):
                v2.irregular(frame, gave_up.value)


def test_the_text_of_the_proxy_is_one_reported_value(fixtures_folder):
    frame = (fixtures_folder / "v2/non_json.txt").read_bytes().strip()
    with pytest.raises(msgspec.DecodeError) as gave_up:
        v2.decoder()(frame)
    with pytest.raises(ValueError, match=r"^not JSON: "):
        v2.irregular(frame, gave_up.value)
