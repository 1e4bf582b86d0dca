"""All markets of one simulator, moved through time together: pure and deterministic."""

from __future__ import annotations

import heapq
import random
from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine import TradeMade
from rxkraken.sim.history import past_trades
from rxkraken.sim.market_data import MarketData
from rxkraken.sim.traders import Crowd
from rxkraken.sim.views import checksum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rxkraken.sim.engine import Book, Event
    from rxkraken.sim.instruments import Pair


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
        crowd: the traders; theirs is the engine.
        data: candles, day statistics, last trades.
        trades_made: trades since the opening, the seeded past not counted.
        updated_ns: time of the last event.
    """

    __slots__ = ("crowd", "data", "pair", "trades_made", "updated_ns")

    def __init__(self, pair: Pair, seed: int, *, rate: float, start_ns: int) -> None:
        self.pair = pair
        self.data = MarketData()
        past = past_trades(pair, random.Random(f"{seed} {pair.symbol} past"), start_ns)
        for trade in past:
            self.data.record(trade)
        self.crowd = Crowd(
            pair, seed, rate=rate, start_ns=start_ns, first_trade_id=past[-1].trade_id + 1
        )
        self.trades_made = 0
        self.updated_ns = start_ns

    @property
    def book(self) -> Book:
        """The order book as it is now."""
        return self.crowd.engine.book

    def top(self, depth: int) -> BookTop:
        """The best `depth` levels a side as exact text."""
        book, price, quantity = self.book, self.pair.price_text, self.pair.qty_text
        bids, asks = (
            tuple((price(ticks), quantity(lots)) for ticks, lots in side.top(depth))
            for side in (book.bids, book.asks)
        )
        return BookTop(bids, asks, checksum(book))

    def act(self) -> list[Event]:
        """Let the crowd do its next thing."""
        self.updated_ns = self.crowd.next_ns
        events = self.crowd.act()
        for event in events:
            if type(event) is TradeMade:
                self.data.record(event)
                self.trades_made += 1
        return events


class Exchange:
    """Several markets whose happenings are merged into one order of time.

    Args:
        pairs: the markets.
        seed: decides the whole history together with `start_ns` and `rate`.
        rate: orders and cancellations a second of a market of activity 1.
        start_ns: the moment of opening.

    Attributes:
        markets: symbol to market.
    """

    __slots__ = ("_agenda", "markets")

    def __init__(self, pairs: Iterable[Pair], seed: int, *, rate: float, start_ns: int) -> None:
        self.markets = {
            pair.symbol: Market(pair, seed, rate=rate, start_ns=start_ns) for pair in pairs
        }
        self._agenda: list[tuple[int, int, Market]] = []
        self._plan()

    def advance(self, until_ns: int, publish: Callable[[Market, list[Event]], None]) -> int:
        """Let everything happen that is due by `until_ns`; return the number of commands.

        `publish` is called after each command, before the next one is looked at.
        """
        agenda, count = self._agenda, 0
        while agenda[0][0] <= until_ns:
            _, number, market = agenda[0]
            events = market.act()
            heapq.heapreplace(agenda, (market.crowd.next_ns, number, market))
            publish(market, events)
            count += 1
        return count

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
