"""The market channels of v2: each message is built once and given to all who subscribed to it.

A feed belongs to one market. It is called after every command of the matching engine, so frames
reach the subscribers in engine order, and a book view never lags behind the book.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from rxkraken.sim import level3_text, level3_views, text_v2
from rxkraken.sim.engine import BookEvent, TradeMade
from rxkraken.sim.level3_views import Level3View
from rxkraken.sim.views import BookView, checksum

if TYPE_CHECKING:
    from rxkraken.sim.engine import Event
    from rxkraken.sim.market import Market

Option = int | str | None
Topic = tuple[str, Option]
Keys = Iterable[int]
_TopOfBook = tuple[list[tuple[int, int]], list[tuple[int, int]]]


class Subscriber(Protocol):
    """Takes frames; must never wait."""

    def send(self, frame: bytes) -> None:
        """Take one frame."""


class MarketFeed:
    """All channels of one market.

    A topic is a channel and its option: depth of ``book`` and ``level3``, minutes of ``ohlc``,
    trigger of ``ticker``, nothing for ``trade``.
    """

    __slots__ = ("_audiences", "_market", "_queues", "_top", "_views")

    def __init__(self, market: Market) -> None:
        self._market = market
        self._audiences: dict[Topic, dict[Subscriber, None]] = {}
        self._views: dict[int, BookView] = {}
        self._queues: dict[int, Level3View] = {}
        self._top = self._best()

    def join(self, topic: Topic, subscriber: Subscriber) -> None:
        """Let a subscriber have all further updates of a topic."""
        self._audiences.setdefault(topic, {})[subscriber] = None
        channel, option = topic
        if channel == "book" and isinstance(option, int) and option not in self._views:
            self._views[option] = BookView(self._market.book, option)
        if channel == "level3" and isinstance(option, int) and option not in self._queues:
            self._queues[option] = Level3View(self._market.book, option)

    def leave(self, topic: Topic, subscriber: Subscriber) -> None:
        """Take a subscriber off a topic."""
        audience = self._audiences[topic]
        del audience[subscriber]
        if not audience:
            del self._audiences[topic]
            if topic[0] == "book" and isinstance(topic[1], int):
                del self._views[topic[1]]
            if topic[0] == "level3" and isinstance(topic[1], int):
                del self._queues[topic[1]]

    def snapshot(self, topic: Topic, now_ns: int) -> bytes:
        """The snapshot of a topic that has a subscriber."""
        market, (channel, option) = self._market, topic
        if channel == "trade":
            return text_v2.trades("snapshot", market.pair, market.data.trades)
        if channel == "ticker":
            return self._ticker("snapshot", now_ns)
        if not isinstance(option, int):
            raise TypeError(f"no topic {topic!r}")
        if channel == "ohlc":
            candles = market.data.series[option].recent(now_ns)
            return text_v2.ohlc("snapshot", market.pair, option, candles, now_ns)
        if channel == "level3":
            orders, crc = self._queues[option].orders(), level3_views.checksum(market.book)
            return level3_text.snapshot(market.pair, orders, crc, market.updated_ns)
        return self._views[option].snapshot(market)

    def publish(self, events: list[Event]) -> None:
        """Tell all subscribers what one command of the engine did."""
        best, self._top = self._top, self._best()
        if not self._audiences:
            return
        market = self._market
        now_ns = market.updated_ns
        self._publish_books(events, now_ns)
        trades = [event for event in events if isinstance(event, TradeMade)]
        if trades:
            self._publish_trades(trades, now_ns)
        if ("ticker", "bbo") in self._audiences and best != self._top:
            self._send(("ticker", "bbo"), self._ticker("update", now_ns))

    def _publish_books(self, events: list[Event], now_ns: int) -> None:
        if not self._views and not self._queues:
            return
        bids: dict[int, None] = {}
        asks: dict[int, None] = {}
        for event in events:
            if isinstance(event, BookEvent):
                if event.side == "buy":
                    bids[-event.price] = None
                else:
                    asks[event.price] = None
        if bids or asks:
            self._publish_levels(bids, asks, now_ns)
            self._publish_orders(bids, asks, now_ns)

    def _publish_levels(self, bids: Keys, asks: Keys, now_ns: int) -> None:
        market = self._market
        changes = {depth: view.changes(bids, asks) for depth, view in self._views.items()}
        told = {depth: changed for depth, changed in changes.items() if any(changed)}
        if told:
            # The best ten levels are the same at every depth, and so is their checksum.
            crc = checksum(market.book)
            for depth, changed in told.items():
                frame = text_v2.book("update", market.pair, changed, crc, now_ns)
                self._send(("book", depth), frame)

    def _publish_orders(self, bids: Keys, asks: Keys, now_ns: int) -> None:
        market = self._market
        changes = {depth: view.changes(bids, asks, now_ns) for depth, view in self._queues.items()}
        told = {depth: changed for depth, changed in changes.items() if any(changed)}
        if told:
            crc = level3_views.checksum(market.book)
            for depth, changed in told.items():
                frame = level3_text.update(market.pair, changed, crc, now_ns)
                self._send(("level3", depth), frame)

    def _publish_trades(self, trades: list[TradeMade], now_ns: int) -> None:
        market, audiences = self._market, self._audiences
        if ("trade", None) in audiences:
            self._send(("trade", None), text_v2.trades("update", market.pair, trades))
        if ("ticker", "trades") in audiences:
            self._send(("ticker", "trades"), self._ticker("update", now_ns))
        for minutes, series in market.data.series.items():
            if ("ohlc", minutes) in audiences:
                running = (series.candles[-1],)
                frame = text_v2.ohlc("update", market.pair, minutes, running, now_ns)
                self._send(("ohlc", minutes), frame)

    def _send(self, topic: Topic, frame: bytes) -> None:
        for subscriber in tuple(self._audiences[topic]):
            subscriber.send(frame)

    def _ticker(self, kind: str, now_ns: int) -> bytes:
        market = self._market
        day = market.data.day.summary(now_ns)
        return text_v2.ticker(kind, market.pair, market.book, day, now_ns)

    def _best(self) -> _TopOfBook:
        book = self._market.book
        return book.bids.top(1), book.asks.top(1)
