"""Requests of v2 clients, read and judged (spec ``v2-market-data`` §4).

Failures carry the documented texts. Where the documents know no text, the wording follows theirs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from rxkraken.sim import level3_views, views
from rxkraken.sim.market_data import INTERVALS
from rxkraken.sim.request_values_v2 import (
    AccountSubscription,
    Command,
    Ping,
    Refusal,
    Request,
    Subscription,
)

if TYPE_CHECKING:
    from rxkraken.sim.faults import Endpoint
    from rxkraken.sim.feeds_v2 import Option

SYMBOL_CHANNELS = frozenset({"ticker", "book", "ohlc", "trade"})
ACCOUNT_CHANNELS = frozenset({"executions", "balances"})
_AUTHENTICATED_CHANNELS = ACCOUNT_CHANNELS | {"level3"}
_METHODS = ("ping", "subscribe", "unsubscribe")
TRADING_METHODS = (
    "add_order",
    "amend_order",
    "edit_order",
    "cancel_order",
    "cancel_all",
    "cancel_all_orders_after",
    "batch_add",
    "batch_cancel",
)
_CHANNELS: dict[Endpoint, frozenset[str]] = {
    "public": SYMBOL_CHANNELS | {"instrument"},
    "private": _AUTHENTICATED_CHANNELS,
    "level3": frozenset({"level3"}),
}
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
        "rebased",
        "users",
        "snapshot_trades",
    }
)
_TRIGGERS = ("trades", "bbo")
# Numbers with a fraction keep their digits: those of orders are exact.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Objection(Exception):  # noqa: N818 - the answer of the exchange, no failure of the program
    """Why a request is refused, in the words of the exchange."""


def read(text: str | bytes, endpoint: Endpoint = "public") -> Request:
    """Read one request to an endpoint.

    >>> read('{"method":"ping","req_id":101}')
    Ping(req_id=101)
    >>> read('{"method":"sing"}').text
    'Unsupported event'
    """
    try:
        request = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        request = None
    if not isinstance(request, dict):
        return Refusal("subscribe", "Malformed request", None)
    method = request.get("method")
    req_id = request.get("req_id")
    if type(req_id) is not int:
        req_id = None
    trading = endpoint == "private" and method in TRADING_METHODS
    if not isinstance(method, str) or (method not in _METHODS and not trading):
        return Refusal("subscribe", "Unsupported event", req_id)
    try:
        return _judge(method, request, req_id, endpoint)
    except Objection as objection:
        return Refusal(method, str(objection), req_id)


def _judge(
    method: str, request: dict[str, Any], req_id: int | None, endpoint: Endpoint
) -> Ping | Subscription | AccountSubscription | Command:
    if method == "ping":
        refuse_unknown(request, _FIELDS - {"params"}, method)
        return Ping(req_id)
    refuse_unknown(request, _FIELDS, method)
    params = request.get("params")
    if not isinstance(params, dict):
        raise Objection("Malformed request")
    if method in TRADING_METHODS:
        return Command(method, params, req_id)
    refuse_unknown(params, _PARAMETERS, method)
    channel = _channel(params, endpoint)
    if channel in ACCOUNT_CHANNELS:
        return _account_subscription(method, channel, params, req_id)
    return Subscription(
        method=method,
        channel=channel,
        symbols=() if channel == "instrument" else _symbols(params),
        option=_option(channel, params),
        snapshot=_boolean(params, "snapshot", default=channel != "trade"),
        req_id=req_id,
        token=_token(params) if channel == "level3" else None,
    )


def refuse_unknown(given: dict[str, Any], known: frozenset[str], method: str) -> None:
    """Object to a field that the method does not know.

    Raises:
        Objection: there is one.
    """
    for name in given:
        if name not in known:
            raise Objection(f"Unsupported field: '{name}' for the given msg type: {method}")


def _channel(params: dict[str, Any], endpoint: Endpoint) -> str:
    channel = params.get("channel")
    if not isinstance(channel, str):
        raise Objection("Subscription name invalid")
    if channel == "status":
        raise Objection("Symbol(s) not found")
    if channel in _AUTHENTICATED_CHANNELS:
        _token(params)
        if endpoint == "public":
            raise Objection("EGeneral:Permission denied")
    if channel not in _CHANNELS[endpoint]:
        raise Objection("Subscription name invalid")
    return channel


def _token(params: dict[str, Any]) -> str:
    token = params.get("token")
    if token is None or token == "":
        raise Objection("Token(s) not found")
    if not isinstance(token, str):
        raise Objection("Token field must be a string")
    return token


def _account_subscription(
    method: str, channel: str, params: dict[str, Any], req_id: int | None
) -> AccountSubscription:
    token = _token(params)
    warnings = []
    if channel == "balances":
        options = {"snapshot": _boolean(params, "snapshot", default=True)}
    else:
        options = {
            "snap_orders": _boolean(params, "snap_orders", default=True),
            "snap_trades": _boolean(params, "snap_trades", default=False),
            "order_status": _boolean(params, "order_status", default=True),
            "ratecounter": _boolean(params, "ratecounter", default=False),
        }
        # The old options: a snapshot of trades alone, or none at all.
        if _boolean(params, "snapshot_trades", default=False):
            options |= {"snap_orders": False, "snap_trades": True}
            warnings.append("snapshot_trades is deprecated, use snap_trades")
        if "snapshot" in params:
            if not _boolean(params, "snapshot", default=True):
                options |= {"snap_orders": False, "snap_trades": False}
            warnings.append("snapshot is deprecated, use snap_orders and snap_trades")
    return AccountSubscription(method, channel, options, token, tuple(warnings), req_id)


def _symbols(params: dict[str, Any]) -> tuple[str, ...]:
    symbols = params.get("symbol")
    if symbols is None or symbols == []:
        raise Objection("Symbol(s) not found")
    if not isinstance(symbols, list) or not all(isinstance(item, str) for item in symbols):
        raise Objection("Symbol field must be an array")
    return tuple(symbols)


def _option(channel: str, params: dict[str, Any]) -> Option:
    if channel in {"book", "level3"}:
        depth = params.get("depth", 10)
        if type(depth) is not int:
            raise Objection(f"Subscription {channel} depth must be an integer")
        if depth not in (views.DEPTHS if channel == "book" else level3_views.DEPTHS):
            raise Objection("Subscription depth not supported")
        return depth
    if channel == "ohlc":
        interval = params.get("interval", 1)
        if type(interval) is not int:
            raise Objection("Subscription ohlc interval must be an integer")
        if interval not in INTERVALS:
            raise Objection("Subscription ohlc interval not supported")
        return interval
    if channel == "ticker":
        trigger = params.get("event_trigger", "trades")
        if trigger not in _TRIGGERS:
            raise Objection("Subscription event_trigger not supported")
        return str(trigger)
    return None


def _boolean(params: dict[str, Any], name: str, *, default: bool) -> bool:
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise Objection(f"{name.capitalize()} field must be a boolean")
    return value
