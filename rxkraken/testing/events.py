"""What happens in a generated market, as values that may be taken out or cut off anywhere.

Times are milliseconds from the beginning of the market, and those of events are multiples of ten.
Any subset of events is a valid market, which is why failing ones shrink so far.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import attrs

from rxkraken.testing.listing import Side

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
"""The moment at which every generated market begins."""

SETTLED = 5  # milliseconds after an event in which all that follows from it has happened

StormKind = Literal["reconnect", "duplicate", "gap"]


@attrs.frozen
class Deal:
    """A trade: the taker's side, price in ticks, quantity in lots.

    The book is made to agree: the price is its best one just before, and has less just after.
    """

    at: int
    symbol: str
    side: Side
    ticks: int
    lots: int


@attrs.frozen
class Quote:
    """A level of the book is set, to 0 lots if it is removed; what it would cross is gone."""

    at: int
    symbol: str
    side: Literal["bid", "ask"]
    ticks: int
    lots: int


Event = Deal | Quote


@attrs.frozen
class Storm:
    """A misfortune on the way to the client, never at the moment of an event.

    ``reconnect``: all links drop, and may be opened again at once, so that nothing is missed;
    ``duplicate``: all frames of the next event come twice;
    ``gap``: the book frames of the next event are lost.
    """

    at: int
    kind: StormKind


def moment(at: int) -> datetime:
    """Give the exchange's time at so many milliseconds.

    >>> moment(1_500).isoformat()
    '2024-01-01T00:00:01.500000+00:00'
    """
    return EPOCH + timedelta(milliseconds=at)


def stamp(at: int) -> str:
    """Write the exchange's time at so many milliseconds as it does."""
    return moment(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
