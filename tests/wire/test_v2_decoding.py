"""Exact values, tolerance of the new and the odd, and one clear sentence for what is broken."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from rxkraken.models import BookSnapshot, BookUpdate, Candle, Level, Ticker, Trade
from rxkraken.wire import v2

BOTH = pytest.mark.parametrize("number", [Decimal, float], ids=["Decimal", "float"])

TICKER = (
    '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":65972.8,'
    '"bid_qty":0.10000000,"ask":65972.9,"ask_qty":39.67506683,"last":%s,"volume":4216.61829370,'
    '"vwap":64275.2,"low":61325.4,"high":66450.0,"change":-4412.1,"change_pct":-7.17}]}'
)
TRADE = (
    '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":68500.0,'
    '"qty":0.00005000,"ord_type":"limit","trade_id":70635299,'
    '"timestamp":"2024-05-27T12:43:11.798009Z"}]}'
)
BOOK = '{"channel":"book","type":"%s","data":[{"symbol":"A/B","bids":[%s],"asks":[]}]}'


def decode(text, number=Decimal):
    return v2.decoder(number)(text.encode())


def reported(frame, number=Decimal):
    """The sentence that a broken frame becomes."""
    data = frame if isinstance(frame, bytes) else frame.encode()
    with pytest.raises(v2.UNREADABLE) as gave_up:
        v2.decoder(number)(data)
    with pytest.raises(ValueError, match=r"\w") as said:
        v2.irregular(data, gave_up.value)
    assert type(said.value) is ValueError
    return str(said.value)


def answer(frame):
    data = frame.encode()
    with pytest.raises(msgspec.DecodeError) as gave_up:
        v2.decoder()(data)
    return v2.irregular(data, gave_up.value)


def test_decimals_keep_every_digit_of_the_wire():
    (ticker,) = decode(TICKER % "65972.90").data
    assert isinstance(ticker, Ticker)
    assert [str(ticker.bid_qty), str(ticker.volume), str(ticker.high), str(ticker.last)] == [
        "0.10000000",
        "4216.61829370",
        "66450.0",
        "65972.90",
    ]
    assert ticker.change == Decimal("-4412.1")
    assert ticker.timestamp is None


def test_floats_are_the_nearest_doubles():
    (ticker,) = decode(TICKER % "65972.9", float).data
    assert ticker.last == 65972.9
    assert type(ticker.bid_qty) is float


def test_a_quantity_that_no_double_holds_stays_exact():
    (trade,) = decode(TRADE.replace("0.00005000", "123456789.12345678")).data
    assert str(trade.qty) == "123456789.12345678"


@BOTH
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-08", "0.00000001"),
        ("5E-05", "0.00005"),
        ("1.5e+3", "1500"),
        ("5", "5"),
        ("0", "0"),
        ('"65972.8"', "65972.8"),
        ('"1e-08"', "0.00000001"),
    ],
)
def test_exponents_integers_and_quoted_numbers_are_numbers(text, value, number):
    assert decode(TICKER % text, number).data[0].last == number(value)
    assert decode(TRADE.replace("68500.0", text), number).data[0].price == number(value)
    candle = '{"channel":"ohlc","data":[{"symbol":"A/B","interval":1,"open":%s}]}'
    assert decode(candle % text, number).data[0].open == number(value)
    pair = (
        '{"channel":"instrument","data":{"pairs":[{"symbol":"A/B","base":"A","quote":"B",'
        '"status":"online","price_precision":8,"qty_precision":8,"qty_increment":%s}]}}'
    )
    assert decode(pair % text, number).data.pairs[0].qty_increment == number(value)
    book = v2.book_model(decode(BOOK % ("update", f'{{"price":1,"qty":{text}}}'), number), number)
    assert book.bids == (Level(number(1), number(value)),)


def test_the_order_of_keys_and_unknown_fields_do_not_matter():
    message = decode(
        '{"novel":{"a":[1,2]},"data":[{"extra":null,"timestamp":"2024-05-27T12:43:11.798009Z",'
        '"trade_id":1,"ord_type":"settle","qty":1,"price":2,"side":"lend","symbol":"A/B"}],'
        '"type":"snapshot","sequence":7,"channel":"trade"}'
    )
    assert message.type == "snapshot"
    (trade,) = message.data
    at = datetime(2024, 5, 27, 12, 43, 11, 798009, UTC)
    assert trade == Trade("A/B", "lend", Decimal(2), Decimal(1), "settle", 1, at)


def test_unknown_states_are_kept_as_text():
    status = '{"channel":"status","type":"rumour","data":[{"system":"limit_only"}]}'
    assert decode(status).data[0].system == "limit_only"
    assert decode(status).type == "rumour"
    pairs = (
        '{"channel":"instrument","type":"update","data":{"pairs":[{"symbol":"A/B","base":"A",'
        '"quote":"B","status":"sleeping","price_precision":1,"qty_precision":8}]}}'
    )
    pair = decode(pairs).model().pairs[0]
    assert (pair.status, pair.marginable, pair.margin_initial) == ("sleeping", False, None)


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64 - 1])
def test_a_connection_id_never_passes_through_a_double(number):
    frame = '{"channel":"status","data":[{"system":"online","connection_id":%d}],"type":"update"}'
    assert decode(frame % number).data[0].connection_id == number


def test_a_candle_may_have_nothing_but_its_name_and_a_count_written_as_a_float():
    frame = '{"channel":"ohlc","type":"update","data":[{"symbol":"A/B","interval":60%s}]}'
    assert decode(frame % "").data == [Candle("A/B", 60)]
    assert decode(frame % ',"trades":12.0').data[0].trades == 12


def test_nanoseconds_are_read_to_the_microsecond():
    (candle,) = decode(
        '{"channel":"ohlc","data":[{"symbol":"A","interval":5,'
        '"interval_begin":"2023-10-04T15:25:00.000000000Z"}]}'
    ).data
    assert candle.interval_begin == datetime(2023, 10, 4, 15, 25, tzinfo=UTC)
    stamped = BOOK.replace('"asks":[]', '"asks":[],"timestamp":"2023-10-04T16:26:01.806315597Z"')
    model = v2.book_model(decode(stamped % ("update", "")), Decimal)
    assert model.timestamp == datetime(2023, 10, 4, 16, 26, 1, 806315, UTC)


def test_a_book_frame_may_lack_its_checksum_its_timestamp_and_all_its_levels():
    assert v2.book_model(decode(BOOK % ("snapshot", "")), Decimal) == BookSnapshot("A/B", (), ())
    assert v2.book_model(decode(BOOK % ("update", "")), Decimal) == BookUpdate("A/B", (), ())


@BOTH
@pytest.mark.parametrize("wrong", ['"dear"', "true", "null", "[]", "{}", '"NaN"', "1e999999999"])
def test_a_level_that_is_no_number_is_one_value_error_of_the_model(wrong, number):
    message = decode(BOOK % ("update", f'{{"price":{wrong},"qty":1}}'), number)
    with pytest.raises(ValueError, match=r"number|price") as said:
        v2.book_model(message, number)
    assert type(said.value) is ValueError


def test_a_book_value_that_a_user_made_becomes_a_frame_of_plain_numbers():
    value = BookUpdate("A/B", (Level(Decimal("1E-8"), 5),), (Level(0.25, Decimal("0E-8")),), 7)
    message = v2.book_message(value)
    (data,) = message.data
    assert message.type == "update"
    assert [(level.price, level.qty) for level in data.bids] == [("0.00000001", "5")]
    assert [(level.price, level.qty) for level in data.asks] == [("0.25", "0.00000000")]
    assert (data.checksum, data.timestamp) == (7, None)


def test_a_timestamp_survives_the_way_to_a_frame_and_back():
    at = datetime(2023, 10, 6, 17, 35, 55, 440295, UTC)
    value = BookSnapshot("A/B", (), (), None, at)
    assert v2.book_model(v2.book_message(value), Decimal) == value


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        ("CloudFlare WebSocket proxy restarting", "not JSON"),
        ("", "not JSON"),
        ("   ", "not JSON"),
        (TRADE[:50], "not JSON: Input data was truncated"),
        (TRADE + "}", "not JSON"),
        ("\ufeff" + TRADE, "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"channel":"ticker\xff"}', "not JSON"),
        ('{"channel":"heartbeat","x":' + "[" * 100_000, "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ('"heartbeat"', "not a JSON object"),
        ("17", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "neither a channel message nor an answer"),
        ('{"data":[],"type":"update"}', "keys ['data', 'type']"),
        ('{"channel":"gossip","data":[]}', "channel 'gossip'"),
        ('{"channel":7}', "channel 7"),
        ('{"channel":null,"method":"pong"}', "channel None"),
        ('{"channel":["book"]}', "channel ['book']"),
        ('{"channel":"book"}', "missing required field `data`"),
        ('{"channel":"book","data":{}}', "$.data"),
        ('{"channel":"book","data":[{"symbol":7,"bids":[],"asks":[]}]}', "$.data[0].symbol"),
        ('{"channel":"book","data":[{"symbol":"A","bids":[]}]}', "`asks`"),
        (BOOK % ("update", '{"price":1}'), "`qty` - at `$.data[0].bids[0]`"),
        (BOOK % ("update", "[1,2]"), "$.data[0].bids[0]"),
        (TICKER % "null", "$.data[0].last"),
        (TICKER % '"dear"', "$.data[0].last"),
        (TICKER % "true", "$.data[0].last"),
        (TRADE.replace("70635299", "1.5"), "$.data[0].trade_id"),
        (TRADE.replace("2024-05-27T12:43:11.798009Z", "noon"), "$.data[0].timestamp"),
        ('{"channel":"status","data":[{"version":"2.0"}]}', "`system`"),
        ('{"channel":"instrument","data":[]}', "Expected `object`, got `array` - at `$.data`"),
        ('{"method":7}', "answer to 7"),
        ('{"method":"subscribe","success":"perhaps"}', "answer to 'subscribe'"),
        ('{"method":"subscribe","req_id":1.5}', "$.req_id"),
        ('{"method":"subscribe","error":["EGeneral"]}', "$.error"),
        ('{"method":"pong","time_in":"noon"}', "$.time_in"),
        ('{"error":null}', "keys ['error']"),
    ],
)
def test_a_broken_frame_is_one_sentence_that_says_where(frame, sentence):
    assert sentence in reported(frame)


def test_a_number_too_large_for_a_float_is_reported_as_such():
    assert reported(TICKER % "1e999", float) == (
        "channel 'ticker': Number out of range - at `$.data[0].last`"
    )


@pytest.mark.parametrize("key", ["Error", "error"])
def test_an_error_of_no_request_is_a_complaint(key):
    assert answer(f'{{"{key}":"Exceeded msg rate"}}') == v2.Complaint("Exceeded msg rate")


@pytest.mark.parametrize(
    ("text", "method", "symbol"),
    [
        ("Currency pair not supported XBT/USD", "subscribe", "XBT/USD"),
        ("Subscription depth not supported", "subscribe", None),
        ("Subscription Not Found", "subscribe", "BTC/USD"),
        ("Unsupported event", "subscribe", None),
        ("Unsupported field: 'params' for the given msg type: ping", "ping", None),
    ],
)
def test_refusals_are_answers_with_the_text_of_the_exchange(text, method, symbol):
    echo = f'"symbol":"{symbol}",' if symbol else ""
    refusal = answer(
        f'{{"error":"{text}","method":"{method}","req_id":999,"success":false,{echo}'
        '"time_in":"2026-09-24T00:00:00.000000Z","time_out":"2026-09-24T00:00:00.000100Z"}'
    )
    assert (refusal.error, refusal.method, refusal.subject) == (text, method, symbol)
    assert (refusal.success, refusal.result, refusal.req_id) == (False, None, 999)


def test_an_acknowledgement_tells_its_symbol_and_its_advice():
    given = answer(
        '{"method":"subscribe","result":{"channel":"ohlc","interval":5,"symbol":"ALGO/USD",'
        '"warnings":["timestamp is deprecated, use interval_begin"]},"success":true}'
    )
    assert given.subject == "ALGO/USD"
    assert given.warnings == ("timestamp is deprecated, use interval_begin",)
    assert given.req_id is None


@pytest.mark.parametrize("result", ["7", "[]", "null", '{"warnings":7}', '{"warnings":"x"}', "{}"])
def test_an_odd_result_is_an_answer_without_advice(result):
    given = answer(f'{{"method":"subscribe","success":true,"result":{result},"symbol":"A/B"}}')
    assert given.warnings == ()
    assert given.subject == "A/B"


def test_an_answer_without_success_is_no_success():
    assert not answer('{"method":"subscribe","req_id":4}').success
