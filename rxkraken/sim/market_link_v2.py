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
        self._subscriptions: dict[tuple[str, str | None], list[Option]] = {}

    @property
    def subscribed(self) -> bool:
        """Whether anything is subscribed."""
        return bool(self._subscriptions)

    def close(self) -> None:
        """Leave every topic."""
        for (channel, symbol), options in tuple(self._subscriptions.items()):
            for option in tuple(options):
                self._leave(channel, symbol, option)

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
        self._subscriptions.setdefault((channel, symbol), []).append(option)
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
        held = self._subscriptions.get((request.channel, symbol), [])
        if request.option in held:
            return "Already subscribed"
        if not held or not self._gateway.rules.one_only(request.channel):
            return None
        if request.channel == "ohlc":
            return "Already subscribed to one ohlc interval on this symbol"
        return "Already subscribed"

    def _limit(self, request: Subscription, account: str, now_ns: int) -> str | None:
        """The limits of ``level3``; the documents know no texts (spec ``v2-market-data`` §8.1)."""
        if request.channel != "level3" or not isinstance(request.option, int):
            return None
        symbols = sum(channel == "level3" for channel, _ in self._subscriptions)
        if symbols >= self._gateway.rules.level3_symbols:
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
                held = self._subscriptions[channel, symbol]
                option = request.option if request.option in held else held[0]
                self._leave(channel, symbol, option)
                result = _key(channel, symbol, option)
                self._answers.accept("unsubscribe", result, request.req_id, time_in)

    def _matches(self, request: Subscription, symbol: str | None) -> bool:
        """The request repeats the key; the trigger of ``ticker`` is no part of it."""
        held = self._subscriptions.get((request.channel, symbol), [])
        return request.option in held or (request.channel == "ticker" and bool(held))

    def _leave(self, channel: str, symbol: str | None, option: Option) -> None:
        held = self._subscriptions[channel, symbol]
        held.remove(option)
        if not held:
            del self._subscriptions[channel, symbol]
        if symbol is None:
            self._gateway.leave_instrument(self._outlet)
        else:
            self._gateway.feeds[symbol].leave((channel, option), self._outlet)


def _key(channel: str, symbol: str | None, option: Option) -> dict[str, Any]:
    """The parameters that name a subscription."""
    key: dict[str, Any] = {"channel": channel}
    if channel in _OPTION_NAMES:
        key[_OPTION_NAMES[channel]] = option
    if symbol is not None:
        key["symbol"] = symbol
    return key
