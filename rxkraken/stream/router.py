"""From a decoded message to those who listen: two dictionary look-ups, flat in their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rxkraken.models.market import Heartbeat
from rxkraken.wire.v2 import (
    BookMessage,
    CandleMessage,
    HeartbeatMessage,
    InstrumentMessage,
    StatusMessage,
    TickerMessage,
    TradeMessage,
)

Sink = Callable[[Any], None]
Sinks = dict[str | None, Sink]


class Router:
    """Gives each message to the sink of its channel and symbol; without a sink it is dropped."""

    def __init__(self) -> None:
        self._channels: dict[str, Sinks] = {
            channel: {}
            for channel in ("book", "ticker", "trade", "ohlc", "instrument", "status", "heartbeat")
        }
        items = {
            TickerMessage: self._channels["ticker"],
            TradeMessage: self._channels["trade"],
            CandleMessage: self._channels["ohlc"],
        }
        self.handlers: dict[type[Any], Sink] = {
            BookMessage: _books(self._channels["book"]),
            InstrumentMessage: _models(self._channels["instrument"]),
            StatusMessage: _statuses(self._channels["status"]),
            HeartbeatMessage: _heartbeats(self._channels["heartbeat"]),
            **{kind: _items(sinks) for kind, sinks in items.items()},
        }

    def add(self, channel: str, symbol: str | None, sink: Sink) -> None:
        """Route a channel's values of a symbol to a sink."""
        self._channels[channel][symbol] = sink

    def remove(self, channel: str, symbol: str | None, sink: Sink) -> None:
        """End the route to a sink, unless another sink has taken it over."""
        if self._channels[channel].get(symbol) == sink:
            del self._channels[channel][symbol]


def _books(sinks: Sinks) -> Sink:
    def handle(message: BookMessage) -> None:
        data = message.data
        if len(data) != 1:
            for item in data:
                handle(BookMessage([item], message.type))
        elif data[0].symbol in sinks:
            sinks[data[0].symbol](message)

    return handle


def _items(sinks: Sinks) -> Sink:
    def handle(message: TradeMessage[Any]) -> None:
        for item in message.data:
            sink = sinks.get(item.symbol)
            if sink is not None:
                sink(item)

    return handle


def _models(sinks: Sinks) -> Sink:
    def handle(message: InstrumentMessage[Any]) -> None:
        sink = sinks.get(None)
        if sink is not None:
            sink(message.model())

    return handle


def _statuses(sinks: Sinks) -> Sink:
    def handle(message: StatusMessage) -> None:
        sink = sinks.get(None)
        if sink is not None:
            for status in message.data:
                sink(status)

    return handle


def _heartbeats(sinks: Sinks) -> Sink:
    def handle(_: HeartbeatMessage) -> None:
        sink = sinks.get(None)
        if sink is not None:
            sink(Heartbeat())

    return handle
