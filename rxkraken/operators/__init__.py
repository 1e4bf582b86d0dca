"""Operators over market data: pure Rx, usable with or without a connection.

Each is a function that gives a function from Observable to Observable, for ``.pipe(...)``. Those
that need time take it from events, or from the scheduler of the subscription.
"""

from rxkraken.operators.asynchronous import from_async_iterable, map_async, to_async_iterable
from rxkraken.operators.order_book import order_book
from rxkraken.operators.overflow import conflate, overflow
from rxkraken.operators.resample import resample
from rxkraken.operators.retry_with_backoff import retry_with_backoff
from rxkraken.operators.timekeeping import latency, rate, stale_after, stamped

__all__ = [
    "conflate",
    "from_async_iterable",
    "latency",
    "map_async",
    "order_book",
    "overflow",
    "rate",
    "resample",
    "retry_with_backoff",
    "stale_after",
    "stamped",
    "to_async_iterable",
]
