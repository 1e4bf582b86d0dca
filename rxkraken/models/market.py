"""Public market data: tickers, trades, candles, reference data, system status.

Classes with prices are generic in the number type: ``Ticker[Decimal]`` holds the exact numbers of
the exchange, ``Ticker[float]`` floats for research. Prices are in quote units, quantities in base
units, timestamps are aware and in UTC. Fields the exchange may leave out are None.
Source: spec ``v2-market-data``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import attrs

N = TypeVar("N")


@attrs.frozen
class Ticker(Generic[N]):
    """Best prices, last trade and the statistics of the last 24 hours of one symbol.

    ``change_pct`` is in percentage points: -0.17 means minus 0.17 %.
    """

    symbol: str
    bid: N
    bid_qty: N
    ask: N
    ask_qty: N
    last: N
    volume: N
    vwap: N
    low: N
    high: N
    change: N
    change_pct: N
    timestamp: datetime | None = None


@attrs.frozen
class Trade(Generic[N]):
    """One trade; ``side`` and ``ord_type`` are those of the taker's order."""

    symbol: str
    side: str
    price: N
    qty: N
    ord_type: str
    trade_id: int
    timestamp: datetime


@attrs.frozen
class Candle(Generic[N]):
    """Open, high, low, close of one interval, as known so far.

    The candle of the running interval is sent again on each trade and never marked as closed:
    it is final when a candle with a later ``interval_begin`` comes. ``interval`` is in minutes.
    """

    symbol: str
    interval: int
    interval_begin: datetime | None = None
    open: N | None = None
    high: N | None = None
    low: N | None = None
    close: N | None = None
    vwap: N | None = None
    volume: N | None = None
    trades: int | None = None

    @property
    def interval_end(self) -> datetime | None:
        """The moment at which the next interval begins."""
        if self.interval_begin is None:
            return None
        return self.interval_begin + timedelta(minutes=self.interval)


@attrs.frozen
class Spread(Generic[N]):
    """Best bid and ask with their quantities."""

    symbol: str
    bid: N
    bid_qty: N
    ask: N
    ask_qty: N
    timestamp: datetime | None = None


@attrs.frozen
class Asset(Generic[N]):
    """One asset: decimals of the ledger and of displays, and its use as collateral."""

    id: str
    status: str | None = None
    precision: int | None = None
    precision_display: int | None = None
    borrowable: bool = False
    collateral_value: N | None = None
    margin_rate: N | None = None
    multiplier: N | None = None


@attrs.frozen
class Pair(Generic[N]):
    """One tradable pair: its precisions (decimals), increments, minimums and state."""

    symbol: str
    base: str
    quote: str
    status: str
    price_precision: int
    qty_precision: int
    price_increment: N | None = None
    qty_increment: N | None = None
    qty_min: N | None = None
    cost_precision: int | None = None
    cost_min: N | None = None
    marginable: bool = False
    margin_initial: N | None = None
    position_limit_long: int | None = None
    position_limit_short: int | None = None
    has_index: bool = False


@attrs.frozen
class InstrumentSnapshot(Generic[N]):
    """All active assets and pairs."""

    assets: tuple[Asset[N], ...]
    pairs: tuple[Pair[N], ...]


@attrs.frozen
class InstrumentUpdate(Generic[N]):
    """Assets and pairs that changed; each entry replaces the earlier one of its name."""

    assets: tuple[Asset[N], ...]
    pairs: tuple[Pair[N], ...]


@attrs.frozen
class SystemStatus:
    """State of the trading engine: ``online``, ``maintenance``, ``cancel_only``, ``post_only``.

    ``upcoming_maintenance`` and ``emergency`` are passed on as they came: undocumented.
    """

    system: str
    version: str = ""
    api_version: str = "v2"
    connection_id: int | None = None
    upcoming_maintenance: tuple[Any, ...] = ()
    emergency: tuple[Any, ...] = ()


@attrs.frozen
class Heartbeat:
    """The exchange is alive: about one a second once something is subscribed."""


@attrs.frozen
class Pong:
    """Answer to a ping: when the exchange received it and when it answered, and the way there.

    ``round_trip`` is in seconds, from sending the ping to receiving the answer.
    """

    req_id: int
    time_in: datetime | None
    time_out: datetime | None
    round_trip: float


@attrs.frozen
class Frame:
    """One raw frame: ``direction`` is ``"in"`` or ``"out"``, ``received_ns`` Unix nanoseconds."""

    received_ns: int
    session: int
    direction: str
    data: bytes
