"""The v2 endpoints without their sockets: all sessions, and what concerns all of them.

Everything is plain calls with the simulator's clock, so it works the same over sockets, in memory,
in real time and in stepped time.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from rxkraken.errors import ConfigurationError
from rxkraken.sim import text_v2
from rxkraken.sim.feeds_v2 import MarketFeed
from rxkraken.sim.level3_limits import Level3Limits
from rxkraken.sim.listing import assets_of
from rxkraken.sim.rules import SECOND_NS, Rules
from rxkraken.sim.session_v2 import Outlet, Session
from rxkraken.sim.tokens import TokenDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rxkraken.sim.clientele import Clientele
    from rxkraken.sim.clock import Clock
    from rxkraken.sim.engine import Event, Happening
    from rxkraken.sim.faults import Endpoint
    from rxkraken.sim.feeds_v2 import Subscriber
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.market import Market

SYSTEM_STATES = ("online", "maintenance", "cancel_only", "post_only", "limit_only")
_HIGH_BIT = 1 << 63


class GatewayV2:
    """All sessions of the v2 endpoints.

    Args:
        markets: symbol to market.
        clock: the simulator's time.
        seed: decides the connection ids.
        heartbeat_ns: time between heartbeats.
        idle_ns: a client that asks nothing for so long is disconnected.
        rules: what else the exchange allows.
        clientele: the accounts; without them only market data is served.

    Attributes:
        system: state of the exchange, as the channel ``status`` says it.
        pairs: symbol to the pair as it is now.
        rules: what a connection may have.
        tokens: the tokens of ``level3`` and the private endpoint.
        catch_up: lets the markets do what is due by a moment, before a client acts at it.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        clock: Clock,
        *,
        seed: int,
        heartbeat_ns: int,
        idle_ns: int,
        rules: Rules | None = None,
        clientele: Clientele | None = None,
    ) -> None:
        self.clock = clock
        self.tokens = TokenDesk(clock, seed)
        self.level3_limits = Level3Limits(clientele.tiers if clientele is not None else {})
        self._clientele = clientele
        self.catch_up: Callable[[int], None] = _nothing_is_due
        self.feeds = {symbol: MarketFeed(market) for symbol, market in markets.items()}
        self.system = "online"
        self.heartbeat_ns = heartbeat_ns
        self.rules = rules or Rules()
        self._private_ns = int(self.rules.private_timeout * SECOND_NS)
        self._idle_ns = idle_ns
        self.pairs = {symbol: market.pair for symbol, market in markets.items()}
        self._connection_ids = random.Random(f"{seed} connections")
        self._sessions: dict[Session, None] = {}
        self._instrument: dict[Subscriber, None] = {}

    def open(self, outlet: Outlet, endpoint: Endpoint = "public") -> Session:
        """Begin a session; its first frame is the status."""
        # As large as those of the exchange: no double and no signed 64-bit integer holds them.
        connection_id = self._connection_ids.getrandbits(63) | _HIGH_BIT
        session = Session(self, outlet, connection_id, endpoint)
        self._sessions[session] = None
        session.tell_status()
        return session

    def forget(self, session: Session) -> None:
        """End a session; its subscriptions end with it."""
        session.unsubscribe_all()
        self._sessions.pop(session, None)

    def publish(self, market: Market, events: list[Event]) -> None:
        """Hand what one command of an engine did to the feed of its market."""
        self.feeds[market.pair.symbol].publish(events)
        if self._clientele is not None:
            self._clientele.publish(events)

    def announce(self, happenings: list[Happening]) -> None:
        """Tell everybody what a command of a client did."""
        self.clientele.exchange.announce(happenings, self.publish)

    @property
    def clientele(self) -> Clientele:
        """The accounts.

        Raises:
            ConfigurationError: there are none here.
        """
        if self._clientele is None:
            raise ConfigurationError("this gateway serves no accounts: give it a clientele")
        return self._clientele

    def tick(self, now_ns: int) -> None:
        """Send the heartbeats that are due and end idle sessions."""
        for session in tuple(self._sessions):
            session.beat(now_ns)
            bare_since = session.bare_since_ns
            if now_ns - session.active_ns >= self._idle_ns:
                self._end(session, "idle")
            elif bare_since is not None and now_ns - bare_since >= self._private_ns:
                self._end(session, "no private subscription")

    def _end(self, session: Session, reason: str) -> None:
        session.outlet.close(1000, reason)
        self.forget(session)

    def set_system(self, system: str) -> None:
        """Change the state of the exchange and tell every session."""
        self.system = system
        if self._clientele is not None:
            self.announce(self._clientele.venue.set_system(system, now_ns=self.clock.now()))
        for session in tuple(self._sessions):
            session.tell_status()

    def set_pair(self, pair: Pair) -> None:
        """Replace the description of a pair and tell the subscribers of ``instrument``."""
        self.pairs[pair.symbol] = pair
        if self._clientele is not None:
            now_ns = self.clock.now()
            self.announce(self._clientele.venue.set_pair(pair.symbol, pair.status, now_ns=now_ns))
        frame = text_v2.instrument("update", (), (pair,))
        for subscriber in tuple(self._instrument):
            subscriber.send(frame)

    def join_instrument(self, subscriber: Subscriber) -> None:
        """Let a subscriber have the changes of pairs."""
        self._instrument[subscriber] = None

    def leave_instrument(self, subscriber: Subscriber) -> None:
        """Take a subscriber off the changes of pairs."""
        del self._instrument[subscriber]

    def instrument_snapshot(self) -> bytes:
        """All pairs and their assets."""
        pairs = tuple(self.pairs.values())
        return text_v2.instrument("snapshot", assets_of(pairs), pairs)


def _nothing_is_due(_: int) -> None:
    """The markets are moved by somebody else."""
