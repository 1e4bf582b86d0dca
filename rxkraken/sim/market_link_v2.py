"""The market side of one connection: what it subscribed to, acks and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim.keys import ApiError

if TYPE_CHECKING:
    from rxkraken.sim.answers_v2 import Answers
    from rxkraken.sim.feeds_v2 import Option, Subscriber
    from rxkraken.sim.gateway_v2 import GatewayV2
    from rxkraken.sim.passport import Passport
    from rxkraken.sim.request_values_v2 import Subscription

_OPTION_NAMES = {"book": "depth", "level3": "depth", "ohlc": "interval", "ticker": "event_trigger"}
_WARNINGS = {
    "instrument": ["tick_size is deprecated, use price_increment"],
    "ohlc": ["timestamp is deprecated, use interval_begin"],
}
_LEVEL3_SYMBOLS = 200


class MarketLink:
    """What a connection has to do with markets.

    Args:
        gateway: the endpoint.
        outlet: the way to the client.
        answers: likewise, for answers.
        passport: the tokens of the connection, which ``level3`` needs.
    """

    def __init__(
        self, gateway: GatewayV2, outlet: Subscriber, answers: Answers, passport: Passport
    ) -> None:
        self._gateway = gateway
        self._outlet = outlet
        self._answers = answers
        self._passport = passport
        self._subscriptions: dict[tuple[str, str | None], Option] = {}

    @property
    def subscribed(self) -> bool:
        """Whether anything is subscribed."""
        return bool(self._subscriptions)

    def close(self) -> None:
        """Leave every topic."""
        for channel, symbol in tuple(self._subscriptions):
            self._leave(channel, symbol)

    # -- subscribe ------------------------------------------------------------------------------

    def subscribe(self, request: Subscription, time_in: int) -> None:
        """Answer for every symbol, then send the snapshots of those that were accepted."""
        account = self._admitted(request, time_in)
        if account is None:
            return
        symbols = request.symbols or (None,)
        accepted = [s for s in symbols if self._accept(request, s, account, time_in)]
        if accepted and request.token is not None:
            self._passport.trust(request.token)
        if request.snapshot:
            for symbol in accepted:
                self._outlet.send(self._snapshot(request, symbol))

    def _admitted(self, request: Subscription, time_in: int) -> str | None:
        """The account of a token, "" where none is needed; None if it was refused."""
        if request.channel != "level3":
            return ""
        try:
            return self._passport.key(request.token or "").account
        except ApiError as refusal:
            self._answers.refuse(request.method, str(refusal), request.req_id, time_in)
            return None

    def _accept(
        self, request: Subscription, symbol: str | None, account: str, time_in: int
    ) -> bool:
        """Subscribe to one symbol and answer for it."""
        error = self._objection(request, symbol) or self._limit(request, account, time_in)
        if error:
            self._answers.refuse("subscribe", error, request.req_id, time_in, symbol)
            return False
        channel, option = request.channel, request.option
        self._subscriptions[channel, symbol] = option
        if symbol is None:
            self._gateway.join_instrument(self._outlet)
        else:
            self._gateway.feeds[symbol].join((channel, option), self._outlet)
        result = _key(channel, symbol, option) | {"snapshot": request.snapshot}
        if channel in _WARNINGS:
            result["warnings"] = _WARNINGS[channel]
        self._answers.accept("subscribe", result, request.req_id, time_in)
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

    def _limit(self, request: Subscription, account: str, now_ns: int) -> str | None:
        """The limits of ``level3``; the documents know no texts (spec ``v2-market-data`` §8.1)."""
        if request.channel != "level3" or not isinstance(request.option, int):
            return None
        if sum(channel == "level3" for channel, _ in self._subscriptions) >= _LEVEL3_SYMBOLS:
            return "EGeneral:Too many symbols"
        return self._gateway.level3_limits.charge(account, request.option, now_ns)

    def _snapshot(self, request: Subscription, symbol: str | None) -> bytes:
        if symbol is None:
            return self._gateway.instrument_snapshot()
        topic = (request.channel, request.option)
        return self._gateway.feeds[symbol].snapshot(topic, self._gateway.clock.now())

    # -- unsubscribe ----------------------------------------------------------------------------

    def unsubscribe(self, request: Subscription, time_in: int) -> None:
        """Answer for every symbol; nothing more comes of those that were subscribed."""
        if self._admitted(request, time_in) is None:
            return
        channel = request.channel
        for symbol in request.symbols or (None,):
            if symbol is not None and symbol not in self._gateway.feeds:
                error = f"Currency pair not supported {symbol}"
                self._answers.refuse("unsubscribe", error, request.req_id, time_in, symbol)
            elif not self._matches(request, symbol):
                # The exchange reports this one under the other method.
                error = "Subscription Not Found"
                self._answers.refuse("subscribe", error, request.req_id, time_in, symbol)
            else:
                result = _key(channel, symbol, self._leave(channel, symbol))
                self._answers.accept("unsubscribe", result, request.req_id, time_in)

    def _matches(self, request: Subscription, symbol: str | None) -> bool:
        """The request repeats the key; the trigger of ``ticker`` is no part of it."""
        key = (request.channel, symbol)
        if key not in self._subscriptions:
            return False
        return request.channel == "ticker" or self._subscriptions[key] == request.option

    def _leave(self, channel: str, symbol: str | None) -> Option:
        option = self._subscriptions.pop((channel, symbol))
        if symbol is None:
            self._gateway.leave_instrument(self._outlet)
        else:
            self._gateway.feeds[symbol].leave((channel, option), self._outlet)
        return option


def _key(channel: str, symbol: str | None, option: Option) -> dict[str, Any]:
    """The parameters that name a subscription."""
    key: dict[str, Any] = {"channel": channel}
    if channel in _OPTION_NAMES:
        key[_OPTION_NAMES[channel]] = option
    if symbol is not None:
        key["symbol"] = symbol
    return key
