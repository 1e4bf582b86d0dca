"""The v2 dialect: frames to messages in one pass, requests to text.

A message is the frame with its models decoded in place. Book levels keep the text of the wire
(``float_hook=str``), because a checksum is made of that text and a double would lose it; integers,
exponents and quoted numbers are accepted wherever a number is meant.
Source: spec ``v2-market-data`` §2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Generic, TypeVar, Union, cast

import msgspec

from rxkraken.models.book import BookSnapshot, BookUpdate, Level
from rxkraken.models.market import (
    Asset,
    Candle,
    InstrumentSnapshot,
    InstrumentUpdate,
    Pair,
    SystemStatus,
    Ticker,
    Trade,
)
from rxkraken.models.topic import Topic
from rxkraken.wire import json
from rxkraken.wire.numbers import plain

N = TypeVar("N")

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoders raise; the last one for JSON that is nested some thousand levels deep."""


class BookLevel(msgspec.Struct, frozen=True, gc=False):
    """A price level; both fields are the text of the wire, or an integer where it sent one."""

    price: Any
    qty: Any


class BookData(msgspec.Struct, frozen=True, gc=False):
    """The payload of one book frame."""

    symbol: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    checksum: int | None = None
    timestamp: str | None = None


class BookMessage(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="book"):
    """A frame of the book channel."""

    data: list[BookData]
    type: str = "update"


class TickerMessage(msgspec.Struct, Generic[N], frozen=True, tag_field="channel", tag="ticker"):
    """A frame of the ticker channel."""

    data: list[Ticker[N]]
    type: str = "update"


class TradeMessage(msgspec.Struct, Generic[N], frozen=True, tag_field="channel", tag="trade"):
    """A frame of the trade channel, oldest trade first."""

    data: list[Trade[N]]
    type: str = "update"


class CandleMessage(msgspec.Struct, Generic[N], frozen=True, tag_field="channel", tag="ohlc"):
    """A frame of the ohlc channel, oldest candle first."""

    data: list[Candle[N]]
    type: str = "update"


class Instruments(msgspec.Struct, Generic[N], frozen=True):
    """The payload of an instrument frame."""

    assets: list[Asset[N]] = []
    pairs: list[Pair[N]] = []


class InstrumentMessage(
    msgspec.Struct, Generic[N], frozen=True, tag_field="channel", tag="instrument"
):
    """A frame of the instrument channel."""

    data: Instruments[N]
    type: str = "update"

    def model(self) -> InstrumentSnapshot[N] | InstrumentUpdate[N]:
        """Give the public value of this frame."""
        kind = InstrumentSnapshot if self.type == "snapshot" else InstrumentUpdate
        return kind(tuple(self.data.assets), tuple(self.data.pairs))


class StatusMessage(msgspec.Struct, frozen=True, tag_field="channel", tag="status"):
    """A frame of the status channel."""

    data: list[SystemStatus]
    type: str = "update"


class HeartbeatMessage(msgspec.Struct, frozen=True, tag_field="channel", tag="heartbeat"):
    """A heartbeat."""


class Response(msgspec.Struct, frozen=True):
    """An answer to a request: acknowledgement, error or pong."""

    method: str
    success: bool | None = None
    result: Any = None
    error: str | None = None
    symbol: str | None = None
    req_id: int | None = None
    time_in: datetime | None = None
    time_out: datetime | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Advice of the exchange about the request."""
        advice = self.result.get("warnings") if isinstance(self.result, Mapping) else None
        return tuple(map(str, advice)) if isinstance(advice, list) else ()

    @property
    def subject(self) -> str | None:
        """The symbol that the answer is about."""
        echoed = self.result.get("symbol") if isinstance(self.result, Mapping) else None
        return self.symbol if echoed is None else str(echoed)


class Complaint(msgspec.Struct, frozen=True):
    """An error of the exchange that belongs to no request: ``{"Error":"Exceeded msg rate"}``."""

    text: str


Message = (
    BookMessage
    | TickerMessage[Any]
    | TradeMessage[Any]
    | CandleMessage[Any]
    | InstrumentMessage[Any]
    | StatusMessage
    | HeartbeatMessage
)


@cache
def decoder(number: type[Any] = Decimal) -> Callable[[bytes], Message]:
    """Make the decoder of channel messages with numbers of a type, ``Decimal`` or ``float``.

    The decoder raises one of `UNREADABLE` for anything that is no channel message it knows: give
    such a frame to `irregular`.
    """
    generic: Any = (TickerMessage, TradeMessage, CandleMessage, InstrumentMessage)
    plain_kinds: Any = (BookMessage, StatusMessage, HeartbeatMessage)
    union: Any = Union.__getitem__((*plain_kinds, *(kind[number] for kind in generic)))
    return cast(
        "Callable[[bytes], Message]",
        msgspec.json.Decoder(union, float_hook=str, strict=False).decode,
    )


_response = msgspec.json.Decoder(Response, strict=False).decode
_untyped = msgspec.json.Decoder(float_hook=str).decode


def irregular(data: bytes, error: Exception) -> Response | Complaint:
    """Read a frame that is no known channel message.

    Args:
        data: the frame.
        error: why the decoder of channel messages gave up.

    Raises:
        ValueError: it is no answer either; the message says what is wrong with the frame.
    """
    try:
        value = _untyped(data)
    except UNREADABLE:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError("neither a channel message nor an answer: not a JSON object")  # noqa: TRY004 - a wrong frame, not a wrong argument
    if "channel" in value:
        raise ValueError(f"channel {value['channel']!r}: {error}")
    if "method" in value:
        try:
            return _response(data)
        except UNREADABLE as wrong:
            raise ValueError(f"answer to {value['method']!r}: {wrong}") from None
    complaint = value.get("Error", value.get("error"))
    if complaint is not None:
        return Complaint(str(complaint))
    raise ValueError(f"neither a channel message nor an answer: keys {sorted(value)}")


def book_model(message: BookMessage, number: Callable[[str], N]) -> BookSnapshot[N] | BookUpdate[N]:
    """Give the public value of a book frame.

    Raises:
        ValueError: a price, a quantity or the timestamp cannot be read.
    """
    data = message.data[0]
    kind = BookSnapshot if message.type == "snapshot" else BookUpdate
    return kind(
        data.symbol,
        _levels(data.bids, number),
        _levels(data.asks, number),
        data.checksum,
        None if data.timestamp is None else datetime.fromisoformat(data.timestamp),
    )


def _levels(levels: list[BookLevel], number: Callable[[str], N]) -> tuple[Level[N], ...]:
    return tuple(Level(number(plain(level.price)), number(plain(level.qty))) for level in levels)


def book_message(value: BookSnapshot[Any] | BookUpdate[Any]) -> BookMessage:
    """Give the frame that a public book value came from, with the same digits."""
    data = BookData(
        value.symbol,
        [_wire_level(level) for level in value.bids],
        [_wire_level(level) for level in value.asks],
        value.checksum,
        None if value.timestamp is None else value.timestamp.isoformat(),
    )
    return BookMessage([data], "snapshot" if isinstance(value, BookSnapshot) else "update")


def _wire_level(level: Level[Any]) -> BookLevel:
    try:
        return BookLevel(plain(level.price), plain(level.qty))
    except ValueError:  # passed on for the book to refuse, as it does with frames
        return BookLevel(str(level.price), str(level.qty))


_KEY = ("depth", "interval")


def subscription(method: str, topics: list[Topic], req_id: int) -> str:
    """Encode one ``subscribe`` or ``unsubscribe`` request for topics of one group."""
    parameters = dict(topics[0].parameters)
    if method == "unsubscribe":  # repeats the key of the subscription and nothing else
        parameters = {name: parameters[name] for name in _KEY if name in parameters}
    params: dict[str, Any] = {"channel": topics[0].channel, **parameters}
    symbols = [topic.symbol for topic in topics if topic.symbol is not None]
    if symbols:
        params["symbol"] = symbols
    return json.encode({"method": method, "params": params, "req_id": req_id})


def ping(req_id: int) -> str:
    """Encode a ping request."""
    return json.encode({"method": "ping", "req_id": req_id})
