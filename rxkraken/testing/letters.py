"""Small constructors of market events, for the letters of marble diagrams."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.models.market import Candle, Ticker, Trade
from rxkraken.testing.events import EPOCH
from rxkraken.wire.numbers import plain
from rxkraken.wire.v2 import BookLevel


def trade(
    price: Any,
    qty: Any = 1,
    side: str = "buy",
    *,
    symbol: str = "BTC/USD",
    trade_id: int = 1,
    at: float | None = None,
) -> Trade[Decimal]:
    """Make a trade; ``at`` is in seconds of the table, None takes the tick at which it comes."""
    time = EPOCH if at is None else _moment(at)
    return Trade(symbol, side, _number(price), _number(qty), "market", trade_id, time)


def book(
    bid: Any, ask: Any, *, qty: Any = 1, symbol: str = "BTC/USD", at: float | None = None
) -> OrderBook[Decimal]:
    """Make a book of one level a side; None leaves a side empty."""
    sides = [[] if price is None else [BookLevel(plain(price), plain(qty))] for price in (bid, ask)]
    time = None if at is None else _moment(at).isoformat()
    return OrderBook(BookIdentity(symbol, 10, Decimal), sides[0], sides[1], None, time)


def ticker(
    bid: Any, ask: Any, last: Any = None, *, symbol: str = "BTC/USD", at: float | None = None
) -> Ticker[Decimal]:
    """Make a ticker of quantities 1, whose last price is by default the bid."""
    price, one, none = _number(bid if last is None else last), Decimal(1), Decimal(0)
    time = EPOCH if at is None else _moment(at)
    rest = (price, one, price, price, price, none, none, time)
    return Ticker(symbol, _number(bid), one, _number(ask), one, *rest)


def candle(
    begin: float,
    open: Any,  # noqa: A002 - the field's name at the exchange
    high: Any,
    low: Any,
    close: Any,
    *,
    volume: Any = 1,
    interval: int = 1,
    symbol: str = "BTC/USD",
) -> Candle[Decimal]:
    """Make a candle that begins at so many seconds of the table."""
    prices = (_number(open), _number(high), _number(low), _number(close))
    return Candle(
        symbol,
        interval,
        _moment(begin),
        *prices,
        vwap=sum(prices, Decimal(0)) / 4,
        volume=_number(volume),
        trades=1,
    )


def stamped(value: Any, seconds: float) -> Any:
    """Give a market event without a time that of its tick."""
    if isinstance(value, Trade | Ticker) and value.timestamp == EPOCH:
        return attrs.evolve(value, timestamp=_moment(seconds))
    return value


def _moment(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def _number(value: Any) -> Decimal:
    return Decimal(plain(value))
