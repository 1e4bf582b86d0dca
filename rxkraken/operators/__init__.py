"""Operators over market data: pure Rx, usable with or without a connection.

Each is a function that gives a function from Observable to Observable, for ``.pipe(...)``; those
that combine several streams take the streams and give an Observable. Those that need time take it
from events, or from the scheduler of the subscription.
"""

from rxkraken.operators.asynchronous import from_async_iterable, map_async, to_async_iterable
from rxkraken.operators.averages import ewma, twap, vwap
from rxkraken.operators.bars import bars
from rxkraken.operators.book_depth import depth_within, walk_book
from rxkraken.operators.books import crossed, imbalance, microprice, spread_bps, top_of_book
from rxkraken.operators.closed_candles import closed_candles
from rxkraken.operators.debounce_signal import debounce_signal
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.indicators import atr, bollinger, rsi
from rxkraken.operators.latest_by import latest_by
from rxkraken.operators.level2_from_level3 import level2_from_level3
from rxkraken.operators.order_book import order_book
from rxkraken.operators.order_flow_imbalance import order_flow_imbalance
from rxkraken.operators.orders import target_to_orders
from rxkraken.operators.overflow import conflate, overflow
from rxkraken.operators.portfolio import position, profit_and_loss
from rxkraken.operators.resample import resample
from rxkraken.operators.retry_with_backoff import retry_with_backoff
from rxkraken.operators.returns import realized_volatility, returns
from rxkraken.operators.rolling import rolling, sma, zscore
from rxkraken.operators.signals import crossover, threshold
from rxkraken.operators.spread_between import spread_between
from rxkraken.operators.stop_when import stop_when
from rxkraken.operators.synchronize import synchronize
from rxkraken.operators.throttle_orders import throttle_orders
from rxkraken.operators.timekeeping import latency, rate, stale_after, stamped
from rxkraken.operators.triangular import triangular

__all__ = [
    "atr",
    "bars",
    "bollinger",
    "closed_candles",
    "conflate",
    "crossed",
    "crossover",
    "debounce_signal",
    "depth_within",
    "drawdown",
    "ewma",
    "from_async_iterable",
    "imbalance",
    "latency",
    "latest_by",
    "level2_from_level3",
    "map_async",
    "microprice",
    "order_book",
    "order_flow_imbalance",
    "overflow",
    "position",
    "profit_and_loss",
    "rate",
    "realized_volatility",
    "resample",
    "retry_with_backoff",
    "returns",
    "rolling",
    "rsi",
    "sma",
    "spread_between",
    "spread_bps",
    "stale_after",
    "stamped",
    "stop_when",
    "synchronize",
    "target_to_orders",
    "threshold",
    "throttle_orders",
    "to_async_iterable",
    "top_of_book",
    "triangular",
    "twap",
    "vwap",
    "walk_book",
    "zscore",
]
