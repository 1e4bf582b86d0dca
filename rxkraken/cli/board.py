"""What a dashboard shows, as a fold over everything that happened.

A board is an immutable value: rendering reads one, and tests make one without any connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from rxkraken.cli import summary
from rxkraken.cli.summary import Summary
from rxkraken.cli.wording import describe
from rxkraken.models import (
    Candle,
    Connected,
    Connecting,
    Disconnected,
    Gap,
    LifecycleEvent,
    OrderBook,
    Ticker,
    Trade,
)

KEPT_TRADES = 60
KEPT_CANDLES = 120
KEPT_MIDS = 600
KEPT_LOG = 50


@attrs.frozen
class Mid:
    """The mid price of one symbol at one second of the time grid."""

    symbol: str
    price: Decimal


@attrs.frozen
class Happening:
    """A lifecycle event and when it was seen."""

    at: datetime
    event: LifecycleEvent


@attrs.frozen
class Board:
    """Everything a dashboard shows; trades, mids and candles end with the latest.

    ``stale`` names the books that lost their continuity and show what was verified before.
    """

    title: str
    symbols: tuple[str, ...]
    channels: frozenset[str] = frozenset({"book", "trade", "ohlc"})
    started: datetime | None = None
    connection: str = "connecting"
    summary: Summary = attrs.field(factory=Summary)
    books: Mapping[str, OrderBook[Any]] = attrs.field(factory=dict)
    tickers: Mapping[str, Ticker[Any]] = attrs.field(factory=dict)
    candles: Mapping[str, tuple[Candle[Any], ...]] = attrs.field(factory=dict)
    mids: Mapping[str, tuple[float, ...]] = attrs.field(factory=dict)
    trades: Mapping[str, tuple[Trade[Any], ...]] = attrs.field(factory=dict)
    log: tuple[tuple[datetime, str], ...] = ()
    stale: frozenset[str] = frozenset()


def price_of(board: Board, symbol: str) -> str:
    """Give the best known price of a symbol: of its book, ticker, trades or candles.

    >>> price_of(Board("demo", ("BTC/USD",)), "BTC/USD")
    'n/a'
    """
    book, ticker = board.books.get(symbol), board.tickers.get(symbol)
    trades = board.trades.get(symbol)
    candles = board.candles.get(symbol)
    price = None
    if book is not None:
        price = book.mid
    elif ticker is not None:
        price = ticker.last
    elif trades:
        price = trades[-1].price
    elif candles:
        price = candles[-1].close
    return "n/a" if price is None else f"{price:,f}"


def fold(board: Board, event: object) -> Board:
    """Give the board after one event."""
    changes = _changes(board, event)
    inner = event.event if isinstance(event, Happening) else event
    counted = summary.fold(board.summary, inner)
    if counted is not board.summary:
        changes["summary"] = counted
    return attrs.evolve(board, **changes) if changes else board


def _changes(board: Board, event: object) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    match event:
        case OrderBook(symbol=symbol):
            changes = {"books": {**board.books, symbol: event}, "stale": board.stale - {symbol}}
        case Mid(symbol=symbol, price=price):
            mids = (*board.mids.get(symbol, ()), float(price))[-KEPT_MIDS:]
            changes = {"mids": {**board.mids, symbol: mids}}
        case Trade():
            changes = _with_trade(board, event)
        case Candle(symbol=symbol):
            candles = _with_candle(board.candles.get(symbol, ()), event)
            changes = {"candles": {**board.candles, symbol: candles}}
        case Ticker(symbol=symbol):
            changes = {"tickers": {**board.tickers, symbol: event}}
        case Happening():
            changes = _with_happening(board, event)
    return changes


def _with_trade(board: Board, trade: Trade[Any]) -> dict[str, Any]:
    known = board.trades.get(trade.symbol, ())
    if any(other.trade_id == trade.trade_id for other in known):
        return {}  # the snapshot after a reconnect repeats trades that are known
    return {"trades": {**board.trades, trade.symbol: (*known, trade)[-KEPT_TRADES:]}}


def _with_candle(candles: tuple[Candle[Any], ...], candle: Candle[Any]) -> tuple[Candle[Any], ...]:
    earlier = tuple(other for other in candles if other.interval_begin != candle.interval_begin)
    ordered = sorted((*earlier, candle), key=_begin)
    return tuple(ordered)[-KEPT_CANDLES:]


def _begin(candle: Candle[Any]) -> float:
    return candle.interval_begin.timestamp() if candle.interval_begin else 0.0


def _with_happening(board: Board, happening: Happening) -> dict[str, Any]:
    event = happening.event
    log = (*board.log, (happening.at, describe(event)))[-KEPT_LOG:]
    match event:
        case Connecting():
            return {"log": log, "connection": "connecting"}
        case Connected():
            return {"log": log, "connection": "connected"}
        case Disconnected():
            return {"log": log, "connection": "disconnected", "stale": frozenset(board.books)}
        case Gap(topic=topic):
            return {"log": log, "stale": board.stale | ({topic.symbol} & board.books.keys())}
        case _:
            return {"log": log}
