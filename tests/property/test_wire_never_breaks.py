"""Whatever comes out of the socket: a message, an answer, or one sentence; nothing else is raised.

Three kinds of input: any bytes; real frames with bytes cut out, put in or changed; real frames in
which one JSON value was replaced, removed or doubled, so that the damage gets past the parser.
"""

import json
from datetime import datetime
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import BookError
from rxkraken.models import BookSnapshot, BookUpdate
from rxkraken.wire import v2

FRAMES = """
{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":
"v2","connection_id":15113583034416118705,"upcoming_maintenance":[{"a":1}]}]}

{"channel":"heartbeat"}

{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":65843.7,"bid_qty":12.31628629,
"ask":65843.8,"ask_qty":0.31232000,"last":65843.7,"volume":4182.59447976,"vwap":64223.4,
"low":61325.4,"high":66450.0,"change":4213.8,"change_pct":6.84}]}

{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":66788.0,"qty":
3.21926649},{"price":66787.5,"qty":0.44916298}],"asks":[{"price":66788.1,"qty":1.67939137}]}]}

{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{"price":62807.0,
"qty":0.00000000},{"price":62818.8,"qty":0.65540712}],"checksum":4249465476,
"timestamp":"2026-08-16T23:37:03.745044Z"}]}

{"channel":"ohlc","type":"update","timestamp":"2026-10-09T00:34:22.814908190Z","data":[{"symbol":
"BTC/USD","open":81780.8,"high":81780.8,"low":81767.3,"close":81776.7,"trades":29,"volume":
0.02155518,"vwap":81775.8,"interval_begin":"2026-10-09T00:34:00.000000000Z","interval":1}]}

{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":81776.7,"qty":
0.00005000,"ord_type":"limit","trade_id":110763305,"timestamp":"2026-10-09T00:34:22.814908Z"}]}

{"channel":"instrument","type":"update","data":{"assets":[{"id":"BTC","status":"enabled",
"precision":10,"borrowable":true,"margin_rate":0.01}],"pairs":[{"symbol":"BTC/USD","base":"BTC",
"quote":"USD","status":"online","qty_precision":8,"qty_increment":1e-08,"price_precision":1,
"marginable":true,"has_index":true,"cost_min":0.5,"price_increment":0.1,"qty_min":5e-05}]}}

{"method":"subscribe","req_id":79,"result":{"channel":"book","depth":10,"symbol":"A/B","warnings":[
"tick_size is deprecated"]},"success":true,"time_in":"2023-09-26T16:49:20.962586Z"}

{"error":"Currency pair not supported XBT/USD","method":"subscribe","req_id":999,"success":false,
"symbol":"XBT/USD","time_in":"2026-09-24T00:00:00.000000Z"}

{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z"}

{"Error":"Exceeded msg rate"}
"""
FRAMES = [frame.strip().encode() for frame in FRAMES.split("\n\n")]
SNAPSHOT, UPDATE = FRAMES[3:5]

KEYS = st.sampled_from(
    ["channel", "type", "data", "symbol", "price", "method", "error", "Error", "warnings", "x"]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["book", "snapshot", "1e400", "1e999999999", "NaN", "-0.0", "0x1", "1_0", "٣"]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def places(value, path=()):
    """All paths into a JSON value."""
    yield path
    keys = value if isinstance(value, dict) else range(len(value) if type(value) is list else 0)
    for key in keys:
        yield from places(value[key], (*path, key))


@st.composite
def damaged_bytes(draw):
    frame = bytearray(draw(st.sampled_from(FRAMES)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(frame)))
        end = draw(st.integers(start, min(len(frame), start + 12)))
        frame[start:end] = draw(st.binary(max_size=6) | st.sampled_from([b'"', b"{", b"]", b"9e9"]))
    return bytes(frame)


@st.composite
def damaged_values(draw):
    whole = {"frame": json.loads(draw(st.sampled_from(FRAMES)))}
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(whole["frame"], ("frame",)))))
        holder = whole
        for key in path[:-1]:
            holder = holder[key]
        match draw(st.sampled_from(["replace", "replace", "remove", "double", "add"])):
            case "remove" if len(path) > 1:
                del holder[path[-1]]
            case "double" if isinstance(holder, list):
                holder.append(holder[path[-1]])
            case "add" if isinstance(holder, dict) and len(path) > 1:
                holder[draw(KEYS)] = draw(VALUES)
            case _:
                holder[path[-1]] = draw(VALUES)
    return json.dumps(whole["frame"]).encode()


def survives(data, number):
    """Read a frame as the reader does, and look at everything that comes of it."""
    try:
        message = v2.decoder(number)(data)
    except v2.UNREADABLE as error:
        irregular_survives(data, error)
        return
    repr(message)
    if isinstance(message, v2.InstrumentMessage):
        message.model()
    if isinstance(message, v2.BookMessage):
        for item in message.data:
            book_survives(v2.BookMessage([item], message.type), number)


def irregular_survives(data, error):
    try:
        answer = v2.irregular(data, error)
    except ValueError as said:
        assert type(said) is ValueError  # noqa: PT017 - its text is looked at as well
        assert len(str(said)) > 10  # noqa: PT017
        return
    assert isinstance(answer, v2.Response | v2.Complaint)
    if isinstance(answer, v2.Response):
        assert all(isinstance(advice, str) for advice in answer.warnings)
        assert answer.subject is None or isinstance(answer.subject, str)


def book_survives(message, number):
    try:
        model = v2.book_model(message, number)
    except ValueError as said:
        assert type(said) is ValueError  # noqa: PT017 - no kind of its own
    else:
        assert isinstance(model, BookSnapshot | BookUpdate)
        assert v2.book_model(v2.book_message(model), number) == model
    for precision in (None, Precision(1, 8)):
        book = Book("BTC/USD", 10, number=number, precision=precision)
        book.apply(v2.decoder()(SNAPSHOT))
        try:
            view = book.apply(message)
        except BookError as said:
            assert str(said).startswith("BTC/USD: ")  # noqa: PT017 - its text is looked at
            assert not book.valid
            assert book.view() is None
        else:
            assert book.valid
            assert repr(view)
            assert view.timestamp is None or isinstance(view.timestamp, datetime)


@given(st.binary(max_size=60), st.sampled_from([Decimal, float]))
@settings(max_examples=200)
@example(b"[" * 50_000, Decimal)
@example(b'{"channel":"trade","data":' + b"[" * 50_000, float)
def test_any_bytes_are_survived(data, number):
    survives(data, number)


@given(damaged_bytes(), st.sampled_from([Decimal, float]))
@settings(max_examples=400)
def test_frames_with_damaged_bytes_are_survived(data, number):
    survives(data, number)


@given(damaged_values(), st.sampled_from([Decimal, float]))
@settings(max_examples=600)
@example(b'{"method":"subscribe","result":{"warnings":7}}', Decimal)
@example(SNAPSHOT.replace(b"66788.0", b'"dear"'), Decimal)
@example(SNAPSHOT.replace(b"66788.0", b"{}"), Decimal)
@example(UPDATE.replace(b"0.00000000", b'["."' + b',"0"' * 8 + b"]"), Decimal)
@example(UPDATE.replace(b"2026-08-16T23:37:03.745044Z", b"noon"), Decimal)
def test_frames_with_damaged_values_are_survived(data, number):
    survives(data, number)
