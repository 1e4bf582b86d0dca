"""One connection of a v2 endpoint: requests in, answers and snapshots out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rxkraken.sim import text_v2
from rxkraken.sim.answers_v2 import Answers
from rxkraken.sim.feeds_v2 import Subscriber
from rxkraken.sim.market_link_v2 import MarketLink
from rxkraken.sim.passport import Passport
from rxkraken.sim.private_v2 import AccountLink
from rxkraken.sim.request_values_v2 import (
    AccountSubscription,
    Command,
    Ping,
    Refusal,
    Subscription,
)
from rxkraken.sim.requests_v2 import read

if TYPE_CHECKING:
    from rxkraken.sim.faults import Endpoint
    from rxkraken.sim.gateway_v2 import GatewayV2


class Outlet(Subscriber, Protocol):
    """The way to one client."""

    def close(self, code: int, reason: str) -> None:
        """End the connection with a close frame, after what was sent before."""


class Session:
    """One connection: its sides, its heartbeats, and since when it has been quiet.

    Attributes:
        outlet: the way to the client.
        endpoint: which door it came through.
        active_ns: time of the last request.
    """

    def __init__(
        self,
        gateway: GatewayV2,
        outlet: Outlet,
        connection_id: int,
        endpoint: Endpoint = "public",
    ) -> None:
        self.outlet = outlet
        self.endpoint = endpoint
        self.active_ns = gateway.clock.now()
        self._bare_ns = self.active_ns
        self._gateway = gateway
        self._connection_id = connection_id
        self._answers = Answers(outlet, gateway.clock)
        passport = Passport(gateway.tokens)
        self._markets = MarketLink(gateway, outlet, self._answers, passport)
        self._accounts = AccountLink(gateway, outlet, self._answers, passport)
        self._next_beat_ns: int | None = None

    @property
    def subscribed(self) -> bool:
        """Whether anything is subscribed."""
        return self._markets.subscribed or self._accounts.subscribed

    @property
    def bare_since_ns(self) -> int | None:
        """Since when a private connection has had no subscription."""
        return None if self.endpoint == "public" or self.subscribed else self._bare_ns

    def tell_status(self) -> None:
        """Send the state of the exchange."""
        self.outlet.send(text_v2.status(self._gateway.system, self._connection_id))

    def beat(self, now_ns: int) -> None:
        """Send a heartbeat if it is due; they begin with the first subscription."""
        if self._next_beat_ns is None or now_ns < self._next_beat_ns:
            return
        if self.subscribed:
            self.outlet.send(text_v2.HEARTBEAT)
        missed = (now_ns - self._next_beat_ns) // self._gateway.heartbeat_ns
        self._next_beat_ns += (missed + 1) * self._gateway.heartbeat_ns

    def receive(self, text: str | bytes) -> None:
        """Answer one request."""
        time_in = self.active_ns = self._gateway.clock.now()
        request = read(text, self.endpoint)
        if isinstance(request, Refusal):
            self._answers.refuse(request.method, request.text, request.req_id, time_in)
        elif isinstance(request, Ping):
            self._answers.pong(request.req_id, time_in)
        elif isinstance(request, Command):
            self._accounts.trade(request, time_in)
        elif request.method == "subscribe":
            self._subscribe(request, time_in)
        else:
            self._unsubscribe(request, time_in)

    def unsubscribe_all(self) -> None:
        """Leave every topic."""
        self._markets.close()
        self._accounts.close()

    def _subscribe(self, request: Subscription | AccountSubscription, time_in: int) -> None:
        if isinstance(request, AccountSubscription):
            self._accounts.subscribe(request, time_in)
        else:
            self._markets.subscribe(request, time_in)
        if self._next_beat_ns is None and self.subscribed:
            self._next_beat_ns = time_in + self._gateway.heartbeat_ns

    def _unsubscribe(self, request: Subscription | AccountSubscription, time_in: int) -> None:
        if isinstance(request, AccountSubscription):
            self._accounts.unsubscribe(request, time_in)
        else:
            self._markets.unsubscribe(request, time_in)
        if not self.subscribed:
            self._bare_ns = time_in
