"""Operators over market data: pure Rx, usable with or without a connection.

Each is a function that gives a function from Observable to Observable, for ``.pipe(...)``. Those
that need time take it from events, or from the scheduler of the subscription.
"""

from rxkraken.operators.order_book import order_book
from rxkraken.operators.resample import resample
from rxkraken.operators.retry_with_backoff import retry_with_backoff

__all__ = ["order_book", "resample", "retry_with_backoff"]
