"""Hypothesis strategies of market data: books, sessions, frames, tapes, storms and whole markets.

All of it is valid: checksums agree, times never go back, books are never crossed. It shrinks to few
events with small, round numbers; larger and odder ones are tried first.

Long because it is the reference of all that can be generated; what a market is made of is in
`events`, `ledger` and `feeds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.models.market import Candle, Ticker, Trade
from rxkraken.testing.events import SETTLED, Deal, Event, Quote, Storm, stamp
from rxkraken.testing.executions import executions  # noqa: F401 - offered here with the others
from rxkraken.testing.feeds import (
    BookFeed,
    CandleFeed,
    Feed,
    TickerFeed,
    TradeFeed,
    frame,
    instruments_text,
)
from rxkraken.testing.ledger import Ledger
from rxkraken.testing.listing import Levels, Listing
from rxkraken.testing.market import Market
from rxkraken.testing.sessions import BookSession
from rxkraken.wire import v2
from rxkraken.wire.v2 import BookLevel

PRECISIONS = ((1, 8), (2, 8), (5, 8), (8, 3), (10, 5), (12, 8), (0, 2))
"""Decimals of price and quantity: those of BTC/USD first, then of coins worth next to nothing."""

DEPTHS = (10, 25, 100, 500, 1000)
CHANNELS = ("trade", "ticker", "ohlc", "book", "instrument", "status", "heartbeat")
_PAUSES = (1_000, 0, 10, 250, 61_000)  # milliseconds between events; 0 makes a burst
_STATUS = b'{"channel":"status","type":"update","data":[{"system":"online","version":"2.0.0"}]}'


def listings(symbol: str = "BTC/USD", *, levels: int = 3) -> SearchStrategy[Listing]:
    """Give pairs of all precisions, with an opening book of at most so many levels a side.

    >>> listings().example().symbol  # doctest: +SKIP
    'BTC/USD'
    """
    return st.sampled_from(PRECISIONS).flatmap(lambda pair: _listing(symbol, pair, levels))


def order_books(
    symbol: str = "BTC/USD", *, depth: int | None = None, min_levels: int = 0
) -> SearchStrategy[OrderBook[Decimal]]:
    """Give books that are verified, of one depth or of any, thin or full.

    Args:
        symbol: the pair.
        depth: levels a side at most; None draws one that the exchange offers.
        min_levels: levels a side at least.
    """
    depths = st.sampled_from(DEPTHS[:3]) if depth is None else st.just(depth)
    return depths.flatmap(lambda chosen: _order_book(symbol, chosen, min_levels))


def book_sessions(
    symbol: str = "BTC/USD", *, depth: int = 10, max_events: int = 20
) -> SearchStrategy[BookSession]:
    """Give the frames of one subscription to a book: a snapshot, then updates, as wire bytes."""
    return st.sampled_from(PRECISIONS).flatmap(
        lambda pair: _book_session(symbol, pair, depth, max_events)
    )


def trade_tapes(
    symbol: str = "BTC/USD", *, min_size: int = 0, max_size: int = 20
) -> SearchStrategy[list[Trade[Decimal]]]:
    """Give trades in order, with pauses, bursts and equal timestamps."""
    return st.sampled_from(PRECISIONS).flatmap(
        lambda pair: _tape(symbol, pair, min_size, max_size).map(_trades)
    )


def trades(symbol: str = "BTC/USD") -> SearchStrategy[Trade[Decimal]]:
    """Give single trades."""
    return trade_tapes(symbol, min_size=1, max_size=1).map(lambda tape: tape[0])


def candles(
    symbol: str = "BTC/USD", *, interval: int = 1, max_size: int = 20
) -> SearchStrategy[list[Candle[Decimal]]]:
    """Give what the ohlc channel says of a tape: each candle again as it grows."""

    def said(ledger_and_deals: tuple[Ledger, tuple[Event, ...]]) -> list[Candle[Decimal]]:
        return _decoded(*ledger_and_deals, CandleFeed(interval), "ohlc")

    return st.sampled_from(PRECISIONS).flatmap(
        lambda pair: _tape(symbol, pair, 0, max_size).map(said)
    )


def tickers(symbol: str = "BTC/USD") -> SearchStrategy[Ticker[Decimal]]:
    """Give single tickers."""
    opening = st.sampled_from(PRECISIONS).flatmap(lambda pair: _listing(symbol, pair, 3, 1))
    return opening.map(lambda listing: _first_ticker(Ledger.open(listing)))


@st.composite
def frames(draw: DrawFn, channel: str | None = None, symbol: str = "BTC/USD") -> bytes:
    """Give a frame of a public channel, or of any of them.

    Args:
        draw: given by Hypothesis.
        channel: one of `CHANNELS`, None for any.
        symbol: the pair.
    """
    chosen = channel or draw(st.sampled_from(CHANNELS))
    if chosen == "heartbeat":
        return b'{"channel":"heartbeat"}'
    if chosen == "status":
        return _STATUS
    pair = draw(st.sampled_from(PRECISIONS))
    ledger = Ledger.open(draw(_listing(symbol, pair, 3, 1)))
    if chosen == "instrument":
        text = instruments_text([ledger])
        return f'{{"channel":"instrument","type":"snapshot","data":{text}}}'.encode()
    for event in draw(events(ledger.listing, min_size=1)):
        for _ in ledger.apply(event):
            pass
    feeds: dict[str, Feed] = {
        "ticker": TickerFeed(on_trades=True),
        "ohlc": CandleFeed(1),
        "book": BookFeed(10),
        "trade": TradeFeed(),
    }
    kind = draw(st.sampled_from(("snapshot", "update")))
    return frame(chosen, kind, feeds[chosen].snapshot(ledger))


def events(
    listing: Listing, *, min_size: int = 0, max_size: int = 20, quotes: bool = True
) -> SearchStrategy[tuple[Event, ...]]:
    """Give what happens to one pair, in order of time: trades, and moves of its book."""
    return st.lists(
        st.tuples(st.sampled_from(_PAUSES), _happening(listing, quotes=quotes)),
        min_size=min_size,
        max_size=max_size,
    ).map(_in_time)


@st.composite
def storms(
    draw: DrawFn,
    times: Sequence[int],
    *,
    kinds: Sequence[str] = ("reconnect", "duplicate", "gap"),
    max_size: int = 3,
    min_size: int = 0,
) -> tuple[Storm, ...]:
    """Give misfortunes between the events of a market.

    Args:
        draw: given by Hypothesis.
        times: those of the events, in milliseconds; a storm comes just after one or at the start.
        kinds: which storms may come.
        max_size: how many at most.
        min_size: how many at least.
    """
    moments = st.sampled_from(sorted({0, *times}))
    drawn = st.lists(
        st.tuples(moments, st.sampled_from(list(kinds))),
        min_size=min_size,
        max_size=max_size,
        unique_by=lambda storm: storm[0],
    )
    return tuple(Storm(at + 1, kind) for at, kind in sorted(draw(drawn)))  # type: ignore[arg-type] # a kind is one of them


@st.composite
def markets(
    draw: DrawFn,
    symbols: Sequence[str] = ("BTC/USD",),
    *,
    min_events: int = 0,
    max_events: int = 12,
    quotes: bool = True,
    storm_kinds: Sequence[str] = (),
) -> Market:
    """Give whole markets, which offer the methods of `Kraken`; play them with `play`.

    Args:
        draw: given by Hypothesis.
        symbols: the pairs that are traded.
        min_events: how many things happen at least.
        max_events: how many things happen at most.
        quotes: books move between trades too.
        storm_kinds: which of ``reconnect``, ``duplicate`` and ``gap`` may come, by default none.

    >>> from hypothesis import given, settings
    >>> from rxkraken.testing import play
    >>> @settings(max_examples=5, database=None)
    ... @given(markets())
    ... def books_are_never_crossed(market):
    ...     pipeline = lambda market: market.order_book("BTC/USD").map(lambda book: book.spread)
    ...     assert all(spread is None or spread > 0 for spread in play(market, pipeline).values)
    >>> books_are_never_crossed()
    """
    pairs = [draw(st.sampled_from(PRECISIONS)) for _ in symbols]
    opened = tuple(draw(_listing(*named, 2)) for named in zip(symbols, pairs, strict=True))
    happening = st.one_of([_happening(listing, quotes=quotes) for listing in opened])
    timed = st.tuples(st.sampled_from(_PAUSES), happening)
    happened = _in_time(draw(st.lists(timed, min_size=min_events, max_size=max_events)))
    weather: tuple[Storm, ...] = ()
    if storm_kinds:
        weather = draw(storms([event.at for event in happened], kinds=storm_kinds, min_size=1))
    return Market(opened, happened, weather)


def _listing(
    symbol: str, pair: tuple[int, int], levels: int, min_levels: int = 0
) -> SearchStrategy[Listing]:
    """Give a listing whose asks begin above its bids: middle, then steps away from it."""
    step = st.integers(1, 3) | st.integers(1, 1_000)
    side = st.lists(st.tuples(step, _lots(pair[1])), min_size=min_levels, max_size=levels)
    lowest = 1_000 * (levels + 1)

    def listing(drawn: tuple[int, list[tuple[int, int]], list[tuple[int, int]]]) -> Listing:
        middle, below, above = drawn
        return Listing(symbol, *pair, _ladder(middle, below, -1), _ladder(middle, above, 1))

    middles = st.just(lowest) | st.integers(lowest, 10**8)
    return st.tuples(middles, side, side).map(listing)


def _ladder(middle: int, steps: list[tuple[int, int]], sign: int) -> Levels:
    ticks, levels = middle, []
    for step, lots in steps:
        ticks += sign * step
        levels.append((ticks, lots))
    return tuple(levels)


def _lots(decimals: int) -> SearchStrategy[int]:
    return st.integers(1, 5).map(lambda units: units * 10**decimals) | st.integers(1, 10**10)


def _ticks(listing: Listing) -> SearchStrategy[int]:
    """Give round prices, others near the opening book, and any."""
    whole = 10**listing.price_decimals
    near = [ticks for ticks, _ in (*listing.bids, *listing.asks)]
    choices = [st.integers(1, 9).map(lambda units: units * whole)]
    if near:
        choices.append(st.integers(max(1, min(near) - 5), max(near) + 5))
    return st.one_of(*choices, st.integers(1, 10**9))


def _happening(listing: Listing, *, quotes: bool) -> SearchStrategy[Event]:
    symbol, ticks, lots = listing.symbol, _ticks(listing), _lots(listing.qty_decimals)
    sides = st.sampled_from(("buy", "sell"))
    deals: SearchStrategy[Any] = st.builds(Deal, st.just(0), st.just(symbol), sides, ticks, lots)
    if not quotes:
        return deals
    own = st.sampled_from(("bid", "ask"))
    moves = st.builds(Quote, st.just(0), st.just(symbol), own, ticks, lots | st.just(0))
    return deals | moves


def _in_time(timed: list[tuple[int, Event]]) -> tuple[Event, ...]:
    """Let each event happen so long after the one before, the first at ten milliseconds."""
    at, placed = 10, []
    for index, (pause, event) in enumerate(timed):
        at += pause if index else 0
        rest = (event.symbol, event.side, event.ticks, event.lots)
        placed.append(type(event)(at, *rest))  # type: ignore[arg-type] # its own side
    return tuple(placed)


@st.composite
def _tape(
    draw: DrawFn, symbol: str, pair: tuple[int, int], min_size: int, max_size: int
) -> tuple[Ledger, tuple[Event, ...]]:
    listing = Listing(symbol, *pair)
    deals = draw(events(listing, min_size=min_size, max_size=max_size, quotes=False))
    return Ledger.open(listing), deals


def _trades(tape: tuple[Ledger, tuple[Event, ...]]) -> list[Trade[Decimal]]:
    return _decoded(*tape, TradeFeed(), "trade")


def _decoded(ledger: Ledger, happened: tuple[Event, ...], feed: Any, channel: str) -> list[Any]:
    """Give all that a feed tells, as the client's decoder reads it."""
    decode, found = v2.decoder(Decimal), []
    for event in happened:
        for step in ledger.apply(event):
            items = feed.follow(ledger, step)
            message: Any = decode(frame(channel, "update", items))
            found.extend(message.data)
    return found


def _first_ticker(ledger: Ledger) -> Ticker[Decimal]:
    items = TickerFeed(on_trades=True).snapshot(ledger)
    message: Any = v2.decoder(Decimal)(frame("ticker", "snapshot", items))
    ticker: Ticker[Decimal] = message.data[0]
    return ticker


@st.composite
def _order_book(draw: DrawFn, symbol: str, depth: int, min_levels: int) -> OrderBook[Decimal]:
    pair = draw(st.sampled_from(PRECISIONS))
    listing = draw(_listing(symbol, pair, depth, min_levels))
    ledger = Ledger.open(listing)
    bids, asks = (
        [BookLevel(listing.price(t), listing.qty(q)) for t, q in ledger.best(side, depth).items()]
        for side in ("bids", "asks")
    )
    identity = BookIdentity(symbol, depth, Decimal)
    return OrderBook(identity, bids, asks, ledger.checksum(), stamp(SETTLED))


@st.composite
def _book_session(
    draw: DrawFn, symbol: str, pair: tuple[int, int], depth: int, max_events: int
) -> BookSession:
    listing = draw(_listing(symbol, pair, min(depth, 15) + 5))
    return BookSession.of(listing, draw(events(listing, max_size=max_events)), depth)
