"""One connection of the public v2 endpoint: requests in, answers and snapshots out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rxkraken.sim import text_v2
from rxkraken.sim.feeds_v2 import Option, Subscriber
from rxkraken.sim.requests_v2 import Ping, Refusal, Subscription, read

if TYPE_CHECKING:
    from rxkraken.sim.gateway_v2 import GatewayV2

_OPTION_NAMES = {"book": "depth", "ohlc": "interval", "ticker": "event_trigger"}
_WARNINGS = {
    "instrument": ["tick_size is deprecated, use price_increment"],
    "ohlc": ["timestamp is deprecated, use interval_begin"],
}


class Outlet(Subscriber, Protocol):
    """The way to one client."""

    def close(self, code: int, reason: str) -> None:
        """End the connection with a close frame, after what was sent before."""


class Session:
    """One connection: what it subscribed to, and the answers to its requests.

    Attributes:
        outlet: the way to the client.
        active_ns: time of the last request.
    """

    def __init__(self, gateway: GatewayV2, outlet: Outlet, connection_id: int) -> None:
        self.outlet = outlet
        self.active_ns = gateway.clock.now()
        self._gateway = gateway
        self._connection_id = connection_id
        self._subscriptions: dict[tuple[str, str | None], Option] = {}
        self._next_beat_ns: int | None = None

    def tell_status(self) -> None:
        """Send the state of the exchange."""
        self.outlet.send(text_v2.status(self._gateway.system, self._connection_id))

    def beat(self, now_ns: int) -> None:
        """Send a heartbeat if it is due; they begin with the first subscription."""
        if self._next_beat_ns is None or now_ns < self._next_beat_ns:
            return
        if self._subscriptions:
            self.outlet.send(text_v2.HEARTBEAT)
        missed = (now_ns - self._next_beat_ns) // self._gateway.heartbeat_ns
        self._next_beat_ns += (missed + 1) * self._gateway.heartbeat_ns

    def receive(self, text: str | bytes) -> None:
        """Answer one request."""
        time_in = self.active_ns = self._gateway.clock.now()
        request = read(text)
        if isinstance(request, Refusal):
            self._refuse(request.method, request.text, request.req_id, time_in)
        elif isinstance(request, Ping):
            now_ns = self._gateway.clock.now()
            self.outlet.send(text_v2.pong(request.req_id, (time_in, now_ns)))
        elif request.method == "subscribe":
            self._subscribe(request, time_in)
        else:
            self._unsubscribe(request, time_in)

    def unsubscribe_all(self) -> None:
        """Leave every topic."""
        for channel, symbol in tuple(self._subscriptions):
            self._leave(channel, symbol)

    # -- subscribe ------------------------------------------------------------------------------

    def _subscribe(self, request: Subscription, time_in: int) -> None:
        """Answer for every symbol, then send the snapshots of those that were accepted."""
        symbols = request.symbols or (None,)
        accepted = [symbol for symbol in symbols if self._accept(request, symbol, time_in)]
        if accepted and self._next_beat_ns is None:
            self._next_beat_ns = time_in + self._gateway.heartbeat_ns
        if request.snapshot:
            for symbol in accepted:
                self.outlet.send(self._snapshot(request, symbol))

    def _accept(self, request: Subscription, symbol: str | None, time_in: int) -> bool:
        """Subscribe to one symbol and answer for it."""
        error = self._objection(request, symbol)
        if error:
            self._refuse("subscribe", error, request.req_id, time_in, symbol)
            return False
        channel, option = request.channel, request.option
        self._subscriptions[channel, symbol] = option
        if symbol is None:
            self._gateway.join_instrument(self.outlet)
        else:
            self._gateway.feeds[symbol].join((channel, option), self.outlet)
        result = _key(channel, symbol, option) | {"snapshot": request.snapshot}
        if channel in _WARNINGS:
            result["warnings"] = _WARNINGS[channel]
        self._ack("subscribe", result, request.req_id, time_in)
        return True

    def _objection(self, request: Subscription, symbol: str | None) -> str | None:
        if symbol is not None and symbol not in self._gateway.feeds:
            return f"Currency pair not supported {symbol}"
        if (request.channel, symbol) not in self._subscriptions:
            return None
        if (
            request.channel == "ohlc"
            and self._subscriptions[request.channel, symbol] != request.option
        ):
            return "Already subscribed to one ohlc interval on this symbol"
        return "Already subscribed"

    def _snapshot(self, request: Subscription, symbol: str | None) -> bytes:
        if symbol is None:
            return self._gateway.instrument_snapshot()
        topic = (request.channel, request.option)
        return self._gateway.feeds[symbol].snapshot(topic, self._gateway.clock.now())

    # -- unsubscribe ----------------------------------------------------------------------------

    def _unsubscribe(self, request: Subscription, time_in: int) -> None:
        channel = request.channel
        for symbol in request.symbols or (None,):
            if symbol is not None and symbol not in self._gateway.feeds:
                error = f"Currency pair not supported {symbol}"
                self._refuse("unsubscribe", error, request.req_id, time_in, symbol)
            elif not self._matches(request, symbol):
                # The exchange reports this one under the other method.
                error = "Subscription Not Found"
                self._refuse("subscribe", error, request.req_id, time_in, symbol)
            else:
                option = self._leave(channel, symbol)
                self._ack("unsubscribe", _key(channel, symbol, option), request.req_id, time_in)

    def _matches(self, request: Subscription, symbol: str | None) -> bool:
        """The request repeats the key; the trigger of ``ticker`` is no part of it."""
        key = (request.channel, symbol)
        if key not in self._subscriptions:
            return False
        return request.channel == "ticker" or self._subscriptions[key] == request.option

    def _leave(self, channel: str, symbol: str | None) -> Option:
        option = self._subscriptions.pop((channel, symbol))
        if symbol is None:
            self._gateway.leave_instrument(self.outlet)
        else:
            self._gateway.feeds[symbol].leave((channel, option), self.outlet)
        return option

    # -- answers --------------------------------------------------------------------------------

    def _ack(self, method: str, result: dict[str, Any], req_id: int | None, time_in: int) -> None:
        now_ns = self._gateway.clock.now()
        self.outlet.send(text_v2.accepted(method, result, req_id, (time_in, now_ns)))

    def _refuse(
        self, method: str, text: str, req_id: int | None, time_in: int, symbol: str | None = None
    ) -> None:
        now_ns = self._gateway.clock.now()
        self.outlet.send(text_v2.refused(method, text, req_id, (time_in, now_ns), symbol))


def _key(channel: str, symbol: str | None, option: Option) -> dict[str, Any]:
    """The parameters that name a subscription."""
    key: dict[str, Any] = {"channel": channel}
    if channel in _OPTION_NAMES:
        key[_OPTION_NAMES[channel]] = option
    if symbol is not None:
        key["symbol"] = symbol
    return key
