"""Requests of v2 clients, read and judged (spec ``v2-market-data`` §4).

Failures carry the documented texts. Where the documents know no text, the wording follows theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import ujson

from rxkraken.sim.market_data import INTERVALS
from rxkraken.sim.views import DEPTHS

if TYPE_CHECKING:
    from rxkraken.sim.feeds_v2 import Option

SYMBOL_CHANNELS = frozenset({"ticker", "book", "ohlc", "trade"})
_AUTHENTICATED_CHANNELS = frozenset({"level3", "executions", "balances"})
_METHODS = ("ping", "subscribe", "unsubscribe")
_FIELDS = frozenset({"method", "params", "req_id"})
# One list for all channels: the exchange judges fields by message type.
_PARAMETERS = frozenset(
    {
        "channel",
        "symbol",
        "snapshot",
        "depth",
        "interval",
        "event_trigger",
        "token",
        "include_tokenized_assets",
        "execution_venue",
        "snap_orders",
        "snap_trades",
        "order_status",
        "ratecounter",
    }
)
_TRIGGERS = ("trades", "bbo")


class _Objection(Exception):  # noqa: N818 - the answer of the exchange, no failure of the program
    """Why a request is refused, in the words of the exchange."""


@attrs.frozen
class Refusal:
    """The request is refused as a whole.

    Attributes:
        method: under which method the exchange reports it.
        text: the error text.
    """

    method: str
    text: str
    req_id: int | None


@attrs.frozen
class Ping:
    """Asks for a pong."""

    req_id: int | None


@attrs.frozen
class Subscription:
    """A valid ``subscribe`` or ``unsubscribe``.

    Attributes:
        method: which of the two.
        channel: one of the public channels.
        symbols: as written by the client, known or not; none for ``instrument``.
        option: depth, interval or trigger, the default if it was not given.
        snapshot: whether a snapshot follows the ack.
    """

    method: str
    channel: str
    symbols: tuple[str, ...]
    option: Option
    snapshot: bool
    req_id: int | None


def read(text: str | bytes) -> Ping | Subscription | Refusal:
    """Read one request.

    >>> read('{"method":"ping","req_id":101}')
    Ping(req_id=101)
    >>> read('{"method":"sing"}').text
    'Unsupported event'
    """
    try:
        request = ujson.loads(text)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        return Refusal("subscribe", "Malformed request", None)
    method = request.get("method")
    req_id = request.get("req_id")
    if type(req_id) is not int:
        req_id = None
    if method not in _METHODS:
        return Refusal("subscribe", "Unsupported event", req_id)
    try:
        return _judge(method, request, req_id)
    except _Objection as objection:
        return Refusal(method, str(objection), req_id)


def _judge(method: str, request: dict[str, Any], req_id: int | None) -> Ping | Subscription:
    if method == "ping":
        _refuse_unknown(request, _FIELDS - {"params"}, method)
        return Ping(req_id)
    _refuse_unknown(request, _FIELDS, method)
    params = request.get("params")
    if not isinstance(params, dict):
        raise _Objection("Malformed request")
    _refuse_unknown(params, _PARAMETERS, method)
    return _subscription(method, params, req_id)


def _refuse_unknown(given: dict[str, Any], known: frozenset[str], method: str) -> None:
    for name in given:
        if name not in known:
            raise _Objection(f"Unsupported field: '{name}' for the given msg type: {method}")


def _subscription(method: str, params: dict[str, Any], req_id: int | None) -> Subscription:
    channel = params.get("channel")
    if not isinstance(channel, str):
        raise _Objection("Subscription name invalid")
    if channel == "status":
        raise _Objection("Symbol(s) not found")
    if channel in _AUTHENTICATED_CHANNELS:
        raise _Objection(
            "EGeneral:Permission denied" if "token" in params else "Token(s) not found"
        )
    if channel != "instrument" and channel not in SYMBOL_CHANNELS:
        raise _Objection("Subscription name invalid")
    return Subscription(
        method=method,
        channel=channel,
        symbols=() if channel == "instrument" else _symbols(params),
        option=_option(channel, params),
        snapshot=_boolean(params, "snapshot", default=channel != "trade"),
        req_id=req_id,
    )


def _symbols(params: dict[str, Any]) -> tuple[str, ...]:
    symbols = params.get("symbol")
    if symbols is None or symbols == []:
        raise _Objection("Symbol(s) not found")
    if not isinstance(symbols, list) or not all(isinstance(item, str) for item in symbols):
        raise _Objection("Symbol field must be an array")
    return tuple(symbols)


def _option(channel: str, params: dict[str, Any]) -> Option:
    if channel == "book":
        depth = params.get("depth", 10)
        if type(depth) is not int:
            raise _Objection("Subscription book depth must be an integer")
        if depth not in DEPTHS:
            raise _Objection("Subscription depth not supported")
        return depth
    if channel == "ohlc":
        interval = params.get("interval", 1)
        if type(interval) is not int:
            raise _Objection("Subscription ohlc interval must be an integer")
        if interval not in INTERVALS:
            raise _Objection("Subscription ohlc interval not supported")
        return interval
    if channel == "ticker":
        trigger = params.get("event_trigger", "trades")
        if trigger not in _TRIGGERS:
            raise _Objection("Subscription event_trigger not supported")
        return str(trigger)
    return None


def _boolean(params: dict[str, Any], name: str, *, default: bool) -> bool:
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise _Objection(f"{name.capitalize()} field must be a boolean")
    return value
