"""A whole market as a value, with the methods of `Kraken` on top.

A `Market` is a list of events and storms, so it can be cut, compared, printed and shrunk. It is
played to the real client over memory: decoding, checksums, healing and reconnecting are those of
production. All of it happens in virtual time, and all streams complete at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import attrs
import reactivex
from reactivex import Observable

from rxkraken.core.backoff import ReconnectPolicy
from rxkraken.errors import ConfigurationError
from rxkraken.models.book import BookSnapshot, BookUpdate, OrderBook
from rxkraken.models.flow import Receipt
from rxkraken.models.lifecycle import LifecycleEvent
from rxkraken.models.market import (
    Candle,
    Frame,
    Heartbeat,
    InstrumentSnapshot,
    InstrumentUpdate,
    Pong,
    Spread,
    SystemStatus,
    Ticker,
    Trade,
)
from rxkraken.stream.kraken import Kraken
from rxkraken.testing.events import SETTLED, Event, Storm
from rxkraken.testing.listing import Listing
from rxkraken.testing.table import market_table
from rxkraken.testing.venue import Venue
from rxkraken.transport.memory import MemoryTransport

_AT_ONCE = ReconnectPolicy(immediate=(0.0,) * 20, drops=1_000)
_SHAPE: Kraken = Kraken()  # never connects; checks arguments at the call, as the client does


@attrs.frozen(eq=False)
class Live:
    """One playing of a market: its exchange and the client that listens to it."""

    venue: Venue
    kraken: Kraken


@attrs.frozen(repr=False)
class Market:
    """Generated market data that offer the methods of `Kraken`.

    Give it to a pipeline with `rxkraken.testing.play`, or subscribe inside a running loop: the
    first subscription begins the market. In a loop that is not virtual it plays at its real pace.

    Attributes:
        listings: what is traded, with opening books.
        events: what happens, in order of time.
        storms: misfortunes on the way to the client, in order of time.
        ends_at: milliseconds at which all streams complete; by default just after the last event.

    >>> from rxkraken.testing import Deal, Listing, Market
    >>> Market((Listing("BTC/USD"),), (Deal(10, "BTC/USD", "buy", 1_000, 200_000_000),))
    Market of 1 event, ends at 0.015 s
      BTC/USD opens with no bids, no asks
            0.010 s  BTC/USD  trade  buy         100.0 x 2.00000000
    """

    listings: tuple[Listing, ...]
    events: tuple[Event, ...] = ()
    storms: tuple[Storm, ...] = ()
    ends_at: int = attrs.field()
    _live: WeakKeyDictionary[asyncio.AbstractEventLoop, Live] = attrs.field(
        factory=WeakKeyDictionary, eq=False, init=False
    )

    @ends_at.default
    def _just_after(self) -> int:
        return max((event.at for event in (*self.events, *self.storms)), default=0) + SETTLED

    @property
    def timeline(self) -> tuple[Event | Storm, ...]:
        """Events and storms in order of time."""
        return tuple(sorted((*self.events, *self.storms), key=lambda happening: happening.at))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The pairs that are traded."""
        return tuple(listing.symbol for listing in self.listings)

    def until(self, at: int) -> Market:
        """Give the beginning of this market: all that happens until a time, and then its end."""
        events = tuple(event for event in self.events if event.at <= at)
        storms = tuple(storm for storm in self.storms if storm.at <= at)
        return Market(self.listings, events, storms, at + SETTLED)

    def with_storms(self, *storms: Storm) -> Market:
        """Give the same market with other storms."""
        return Market(self.listings, self.events, storms, self.ends_at)

    def go_live(self, *, apart: bool = False) -> Live:
        """Begin to listen in the running loop; a loop that listens already goes on.

        Args:
            apart: send each frame in a turn of the loop of its own.
        """
        loop = asyncio.get_running_loop()
        live = self._live.get(loop)
        if live is None:
            venue = Venue(self.listings, self.timeline, self.ends_at, apart=apart)
            transport = MemoryTransport(venue.serve)
            live = Live(venue, Kraken(transport=transport, policy=_AT_ONCE))
            self._live[loop] = live
            loop.create_task(_end(live)).add_done_callback(lambda _: None)
        return live

    def ticker(
        self, *symbols: str, event_trigger: str = "trades", snapshot: bool = True
    ) -> Observable[Ticker[Any]]:
        """Give what `Kraken.ticker` gives."""
        return self._of(
            lambda k: k.ticker(*symbols, event_trigger=event_trigger, snapshot=snapshot)
        )

    def book(
        self, *symbols: str, depth: int = 10, snapshot: bool = True
    ) -> Observable[BookSnapshot[Any] | BookUpdate[Any]]:
        """Give what `Kraken.book` gives."""
        return self._of(lambda k: k.book(*symbols, depth=depth, snapshot=snapshot))

    def trade(self, *symbols: str, snapshot: bool = False) -> Observable[Trade[Any]]:
        """Give what `Kraken.trade` gives."""
        return self._of(lambda k: k.trade(*symbols, snapshot=snapshot))

    def ohlc(
        self, *symbols: str, interval: int = 1, snapshot: bool = True
    ) -> Observable[Candle[Any]]:
        """Give what `Kraken.ohlc` gives."""
        return self._of(lambda k: k.ohlc(*symbols, interval=interval, snapshot=snapshot))

    def instrument(
        self, *, snapshot: bool = True
    ) -> Observable[InstrumentSnapshot[Any] | InstrumentUpdate[Any]]:
        """Give what `Kraken.instrument` gives."""
        return self._of(lambda k: k.instrument(snapshot=snapshot))

    def status(self) -> Observable[SystemStatus]:
        """Give what `Kraken.status` gives."""
        return self._of(lambda k: k.status())

    def heartbeat(self) -> Observable[Heartbeat]:
        """Give what `Kraken.heartbeat` gives."""
        return self._of(lambda k: k.heartbeat())

    def spread(self, *symbols: str) -> Observable[Spread[Any]]:
        """Give what `Kraken.spread` gives."""
        return self._of(lambda k: k.spread(*symbols))

    def order_book(self, symbol: str, depth: int = 10) -> Observable[OrderBook[Any]]:
        """Give what `Kraken.order_book` gives."""
        return self._of(lambda k: k.order_book(symbol, depth))

    def lifecycle(self) -> Observable[LifecycleEvent]:
        """Give what `Kraken.lifecycle` gives."""
        return self._of(lambda k: k.lifecycle())

    def frames(self) -> Observable[Frame]:
        """Give what `Kraken.frames` gives."""
        return self._of(lambda k: k.frames())

    def ping(self) -> Observable[Pong]:
        """Give what `Kraken.ping` gives; the question is asked when it is subscribed."""
        return reactivex.defer(lambda _: self._kraken().ping())

    def receipt(self) -> Receipt:
        """Give what `Kraken.receipt` gives, in the running loop."""
        return self._kraken().receipt()

    def _of(self, choose: Callable[[Kraken], Observable[Any]]) -> Observable[Any]:
        choose(_SHAPE)
        return reactivex.defer(lambda _: choose(self._kraken()))

    def _kraken(self) -> Kraken:
        try:
            return self.go_live().kraken
        except RuntimeError:
            raise ConfigurationError(
                "a market plays inside an event loop: give the pipeline to "
                "rxkraken.testing.play(market, pipeline)"
            ) from None

    def __repr__(self) -> str:
        return market_table(self.listings, self.timeline, self.ends_at)


async def _end(live: Live) -> None:
    await live.venue.over.wait()
    await live.kraken.aclose()
