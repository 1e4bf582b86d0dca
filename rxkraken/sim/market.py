"""All markets of one simulator, moved through time together: pure and deterministic."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import attrs

from rxkraken.sim.engine import MatchingEngine, TradeMade, Venue, order_ids
from rxkraken.sim.fair_values import Economy
from rxkraken.sim.history import past_trades
from rxkraken.sim.market_data import MarketData
from rxkraken.sim.script import ScriptedCrowd
from rxkraken.sim.traders import Crowd
from rxkraken.sim.views import checksum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rxkraken.sim.engine import Book, Event, Happening
    from rxkraken.sim.fair_values import Path
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.script import Scripted


Rate = float | Mapping[str, float]
_FOLLOWING_RATE = 100.0
_USUAL_RATE = 100.0
_NEVER_NS = 1 << 80


class Traders(Protocol):
    """Those who give orders to one market."""

    next_ns: int
    """When they do the next thing."""

    @property
    def fair_price(self) -> int | None:
        """What they think the market is worth, in ticks, if they think at all."""

    def act(self, state: str = "online") -> list[Event]:
        """Do it, as far as the state of the exchange allows."""

    def postpone(self, now_ns: int) -> None:
        """Let the time until then pass."""


class Nobody:
    """No traders at all."""

    next_ns = _NEVER_NS
    fair_price = None

    def act(self, _: str = "online") -> list[Event]:
        """Do nothing."""
        return []

    def postpone(self, now_ns: int) -> None:
        """Go on doing nothing."""


def events_per_second(pair: Pair, rate: Rate) -> float:
    """Orders and cancellations a second of a pair.

    >>> from rxkraken.sim.listing import PAIRS
    >>> events_per_second(PAIRS["BTT/USD"], 50.0), events_per_second(PAIRS["BTT/USD"], {})
    (20.0, 40.0)
    >>> events_per_second(PAIRS["BTT/USD"], {"BTT/USD": 20_000})
    20000.0
    """
    if not isinstance(rate, Mapping):
        return rate * pair.activity
    return float(rate.get(pair.symbol, _USUAL_RATE * pair.activity))


@attrs.frozen
class BookTop:
    """The best levels of a book as exact text, best first."""

    bids: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]
    checksum: int


class Market:
    """One pair: its crowd, its engine, and what is known about its trades.

    Attributes:
        pair: the rules of the market.
        engine: the order book and those who match it.
        crowd: the traders.
        data: candles, day statistics, last trades.
        trades_made: trades since the opening, the seeded past not counted.
        updated_ns: time of the last event.
    """

    __slots__ = ("crowd", "data", "engine", "pair", "trades_made", "updated_ns")

    def __init__(self, pair: Pair, seed: int, *, start_ns: int) -> None:
        self.pair = pair
        self.data = MarketData()
        past = past_trades(pair, random.Random(f"{seed} {pair.symbol} past"), start_ns)
        for trade in past:
            self.data.record(trade)
        ids = order_ids(random.Random(f"{seed} {pair.symbol} ids"))
        self.engine = MatchingEngine(ids, past[-1].trade_id + 1, past[-1].price)
        self.crowd: Traders = Nobody()
        self.trades_made = 0
        self.updated_ns = start_ns

    @property
    def book(self) -> Book:
        """The order book as it is now."""
        return self.engine.book

    def top(self, depth: int) -> BookTop:
        """The best `depth` levels a side as exact text."""
        book, price, quantity = self.book, self.pair.price_text, self.pair.qty_text
        bids, asks = (
            tuple((price(ticks), quantity(lots)) for ticks, lots in side.top(depth))
            for side in (book.bids, book.asks)
        )
        return BookTop(bids, asks, checksum(book))

    def act(self, state: str = "online") -> list[Event]:
        """Let the crowd do its next thing."""
        now_ns = self.crowd.next_ns
        events = self.crowd.act(state)
        self.note(events, now_ns)
        return events

    def note(self, events: list[Event], now_ns: int) -> None:
        """Take in what was done to the market at some time."""
        self.updated_ns = now_ns
        for event in events:
            if type(event) is TradeMade:
                self.data.record(event)
                self.trades_made += 1


class Exchange:
    """Several markets whose happenings are merged into one order of time.

    Args:
        pairs: the markets.
        seed: decides the whole history together with `start_ns` and `rate`.
        rate: orders and cancellations a second of a market of activity 1, or of each symbol.
        start_ns: the moment of opening.
        script: entries that take the place of the crowd.
        paths: symbol to the path of its fair value.

    Attributes:
        markets: symbol to market.
        state: of the exchange, which the crowd respects.
        venue: accounts, and the orders of clients in these markets.
    """

    __slots__ = ("_agenda", "markets", "state", "venue")

    def __init__(
        self,
        pairs: Iterable[Pair],
        seed: int,
        *,
        rate: Rate,
        start_ns: int,
        script: Sequence[Scripted] | None = None,
        paths: Mapping[str, Path] | None = None,
    ) -> None:
        self.state = "online"
        self.markets = {pair.symbol: Market(pair, seed, start_ns=start_ns) for pair in pairs}
        self.venue = Venue(
            [market.pair for market in self.markets.values()],
            seed,
            engines={symbol: market.engine for symbol, market in self.markets.items()},
        )
        economy = Economy(seed, start_ns, paths)
        for market in self.markets.values():
            pair, engine = market.pair, market.engine
            if script is not None:
                market.crowd = ScriptedCrowd(pair, script, engine=engine, start_ns=start_ns)
                continue
            events = events_per_second(pair, rate)
            # A slow crowd could not follow a fast price; its book would thin out on one side.
            value = economy.fair_value(pair, calm=min(1.0, events / _FOLLOWING_RATE))
            market.crowd = Crowd(
                pair, seed, rate=events, value=value, start_ns=start_ns, engine=engine
            )
        self._agenda: list[tuple[int, int, Market]] = []
        self._plan()

    def advance(self, until_ns: int, publish: Callable[[Market, list[Event]], None]) -> int:
        """Let everything happen that is due by `until_ns`; return the number of commands.

        `publish` is called after each command, before the next one is looked at.
        """
        agenda, count = self._agenda, 0
        while agenda[0][0] <= until_ns:
            now_ns, number, market = agenda[0]
            self._run_timers(now_ns, publish)
            events = market.act(self.state)
            heapq.heapreplace(agenda, (market.crowd.next_ns, number, market))
            publish(market, events)
            self._tell_index(market, now_ns, publish)
            count += 1
        self._run_timers(until_ns, publish)
        return count

    def announce(
        self, happenings: Iterable[Happening], publish: Callable[[Market, list[Event]], None]
    ) -> None:
        """Let the markets know what the venue did to them, and publish it."""
        for happening in happenings:
            market = self.markets[happening.symbol]
            market.note(happening.events, happening.timestamp_ns)
            publish(market, happening.events)

    def _run_timers(self, now_ns: int, publish: Callable[[Market, list[Event]], None]) -> None:
        """Let orders start and expire, and dead man's switches fall."""
        due_ns = self.venue.next_ns
        if due_ns is not None and due_ns <= now_ns:
            self.announce(self.venue.advance(now_ns), publish)

    def _tell_index(
        self, market: Market, now_ns: int, publish: Callable[[Market, list[Event]], None]
    ) -> None:
        """What a market is worth elsewhere is its index price."""
        worth = market.crowd.fair_price
        if worth is not None and market.pair.has_index:
            symbol = market.pair.symbol
            self.announce(self.venue.set_index(symbol, worth, now_ns=now_ns), publish)

    def postpone(self, now_ns: int) -> None:
        """Let the time until `now_ns` pass without order flow, as in maintenance."""
        if self._agenda[0][0] < now_ns:
            for market in self.markets.values():
                market.crowd.postpone(now_ns)
            self._plan()

    def _plan(self) -> None:
        self._agenda = [
            (market.crowd.next_ns, number, market)
            for number, market in enumerate(self.markets.values())
        ]
        heapq.heapify(self._agenda)
