"""The exchange's own view of one pair in a generated market: pure, in whole ticks and lots."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from zlib import crc32

import attrs

from rxkraken.testing.events import Deal, Event, Quote
from rxkraken.testing.listing import Listing

Levels = dict[int, int]
_CHECKED = 10  # levels a side that a checksum covers
_RECENT = 50  # trades that a snapshot repeats
_MINUTE = 60_000


@attrs.frozen
class Printed:
    """A trade as it is told: with its number, from 1."""

    number: int
    deal: Deal


@attrs.frozen
class Tally:
    """Statistics of some trades: prices in ticks, ``lots`` and ``turnover`` (ticks times lots)."""

    first: int
    high: int
    low: int
    last: int
    lots: int
    turnover: int
    trades: int

    @classmethod
    def of(cls, deal: Deal) -> Tally:
        """Give the statistics of one trade."""
        ticks = deal.ticks
        return cls(ticks, ticks, ticks, ticks, deal.lots, ticks * deal.lots, 1)

    def then(self, later: Tally) -> Tally:
        """Give the statistics of these and of later trades."""
        return Tally(
            self.first,
            max(self.high, later.high),
            min(self.low, later.low),
            later.last,
            self.lots + later.lots,
            self.turnover + later.turnover,
            self.trades + later.trades,
        )


@attrs.define(eq=False)
class Ledger:
    """The book and the trades of one pair so far.

    >>> ledger = Ledger.open(Listing("BTC/USD", asks=((1_000, 5),)))
    >>> steps = [len(ledger.asks) for _ in ledger.apply(Deal(10, "BTC/USD", "buy", 1_000, 5))]
    >>> steps, ledger.day.lots
    ([1, 1, 0], 5)
    """

    listing: Listing
    bids: Levels
    asks: Levels
    recent: deque[Printed] = attrs.field(factory=lambda: deque(maxlen=_RECENT))
    minutes: dict[int, Tally] = attrs.field(factory=dict)
    day: Tally | None = None
    at: int = 0

    @classmethod
    def open(cls, listing: Listing) -> Ledger:
        """Begin with the opening book of a listing."""
        return cls(listing, dict(listing.bids), dict(listing.asks))

    def apply(self, event: Event) -> Iterator[Printed | None]:
        """Let something happen, stopping at each step that the exchange tells.

        Yields:
            The trade that was just made, or None where only the book has moved.
        """
        self.at = event.at
        if isinstance(event, Quote):
            self._quote(event.side == "bid", event.ticks, event.lots)
            yield None
            return
        taken = self.asks if event.side == "buy" else self.bids
        sign = 1 if event.side == "buy" else -1
        for better in [ticks for ticks in taken if sign * ticks < sign * event.ticks]:
            del taken[better]
        offered = max(taken.get(event.ticks, 0), event.lots)
        self._quote(event.side == "sell", event.ticks, offered)
        yield None
        yield self._print(event)
        self._quote(event.side == "sell", event.ticks, offered - event.lots)
        yield None

    def best(self, side: str, depth: int) -> Levels:
        """Give the best levels of ``bids`` or ``asks``, best first."""
        levels = self.bids if side == "bids" else self.asks
        ordered = sorted(levels.items(), reverse=side == "bids")
        return dict(ordered[:depth])

    def checksum(self) -> int:
        """Give the checksum of the top ten levels.

        Whole numbers have no points and no leading zeros, which is all that the exchange's rule
        removes from the texts.
        """
        asks, bids = self.best("asks", _CHECKED), self.best("bids", _CHECKED)
        digits = [f"{ticks}{lots}" for side in (asks, bids) for ticks, lots in side.items()]
        return crc32("".join(digits).encode())

    def candles(self, interval: int) -> dict[int, Tally]:
        """Give the statistics of all intervals of so many minutes that had a trade."""
        merged: dict[int, Tally] = {}
        for minute, tally in self.minutes.items():
            begin = minute - minute % (interval * _MINUTE)
            merged[begin] = merged[begin].then(tally) if begin in merged else tally
        return merged

    def _print(self, deal: Deal) -> Printed:
        tally, minute = Tally.of(deal), deal.at - deal.at % _MINUTE
        self.day = tally if self.day is None else self.day.then(tally)
        so_far = self.minutes.get(minute)
        self.minutes[minute] = tally if so_far is None else so_far.then(tally)
        trade = Printed(self.day.trades, deal)
        self.recent.append(trade)
        return trade

    def _quote(self, bid: bool, ticks: int, lots: int) -> None:
        own, other, sign = (self.bids, self.asks, 1) if bid else (self.asks, self.bids, -1)
        own.pop(ticks, None)
        if lots:
            own[ticks] = lots
            for crossed in [at for at in other if sign * (ticks - at) >= 0]:
                del other[crossed]
