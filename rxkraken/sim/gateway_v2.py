"""The public v2 endpoint without its sockets: all sessions, and what concerns all of them.

Everything is plain calls with the simulator's clock, so it works the same over sockets, in memory,
in real time and in stepped time.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from rxkraken.sim import text_v2
from rxkraken.sim.feeds_v2 import MarketFeed
from rxkraken.sim.listing import assets_of
from rxkraken.sim.session_v2 import Outlet, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rxkraken.sim.clock import Clock
    from rxkraken.sim.engine import Event
    from rxkraken.sim.faults import Injector
    from rxkraken.sim.feeds_v2 import Subscriber
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.market import Market

SYSTEM_STATES = ("online", "maintenance", "cancel_only", "post_only", "limit_only")
_HIGH_BIT = 1 << 63


class GatewayV2:
    """All sessions of the public v2 endpoint.

    Args:
        markets: symbol to market.
        clock: the simulator's time.
        injector: faults of data frames.
        seed: decides the connection ids.
        heartbeat_ns: time between heartbeats.
        idle_ns: a client that asks nothing for so long is disconnected.

    Attributes:
        system: state of the exchange, as the channel ``status`` says it.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        clock: Clock,
        injector: Injector,
        *,
        seed: int,
        heartbeat_ns: int,
        idle_ns: int,
    ) -> None:
        self.clock = clock
        self.feeds = {symbol: MarketFeed(market, injector) for symbol, market in markets.items()}
        self.system = "online"
        self.heartbeat_ns = heartbeat_ns
        self._idle_ns = idle_ns
        self._pairs = {symbol: market.pair for symbol, market in markets.items()}
        self._connection_ids = random.Random(f"{seed} connections")
        self._sessions: dict[Session, None] = {}
        self._instrument: dict[Subscriber, None] = {}

    def open(self, outlet: Outlet) -> Session:
        """Begin a session; its first frame is the status."""
        # As large as those of the exchange: no double and no signed 64-bit integer holds them.
        connection_id = self._connection_ids.getrandbits(63) | _HIGH_BIT
        session = Session(self, outlet, connection_id)
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

    def tick(self, now_ns: int) -> None:
        """Send the heartbeats that are due and end idle sessions."""
        for session in tuple(self._sessions):
            session.beat(now_ns)
            if now_ns - session.active_ns >= self._idle_ns:
                session.outlet.close(1000, "idle")
                self.forget(session)

    def set_system(self, system: str) -> None:
        """Change the state of the exchange and tell every session."""
        self.system = system
        for session in tuple(self._sessions):
            session.tell_status()

    def set_pair(self, pair: Pair) -> None:
        """Replace the description of a pair and tell the subscribers of ``instrument``."""
        self._pairs[pair.symbol] = pair
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
        pairs = tuple(self._pairs.values())
        return text_v2.instrument("snapshot", assets_of(pairs), pairs)
