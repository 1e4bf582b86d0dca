"""The frames of one subscription to a book, and the book that each of them must give."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs

from rxkraken.models.book import BookSnapshot, BookUpdate
from rxkraken.testing.events import Event
from rxkraken.testing.feeds import BookFeed, frame
from rxkraken.testing.ledger import Ledger
from rxkraken.testing.listing import Levels, Listing
from rxkraken.wire import v2


@attrs.frozen
class Told:
    """One frame, and the levels of the book after it as ticks and lots, best first."""

    frame: bytes
    bids: Levels
    asks: Levels


@attrs.frozen
class BookSession:
    """A snapshot and its updates, as the exchange sends them.

    Attributes:
        listing: the pair and its precisions.
        depth: levels a side.
        told: what was sent, in order; the first is the snapshot.

    >>> session = BookSession.of(Listing(asks=((1_000, 5),)), (), depth=10)
    >>> session.values[0].asks
    (Level(price=Decimal('100.0'), qty=Decimal('5E-8')),)
    """

    listing: Listing
    depth: int
    told: tuple[Told, ...]

    @classmethod
    def of(cls, listing: Listing, events: Iterable[Event], depth: int = 10) -> BookSession:
        """Tell a subscriber of what happens to a pair."""
        ledger, feed = Ledger.open(listing), BookFeed(depth)
        told = [_told("snapshot", feed.snapshot(ledger), ledger, depth)]
        for event in events:
            for step in ledger.apply(event):
                items = feed.follow(ledger, step)
                if items:
                    told.append(_told("update", items, ledger, depth))
        return cls(listing, depth, tuple(told))

    @property
    def frames(self) -> list[bytes]:
        """The bytes of the wire, in order."""
        return [told.frame for told in self.told]

    @property
    def values(self) -> list[BookSnapshot[Decimal] | BookUpdate[Decimal]]:
        """The same as the ``book`` channel of the client gives them."""
        decode = v2.decoder(Decimal)
        messages: list[Any] = [decode(frame) for frame in self.frames]
        return [v2.book_model(message, Decimal) for message in messages]


def _told(kind: str, items: list[str], ledger: Ledger, depth: int) -> Told:
    bids, asks = (tuple(ledger.best(side, depth).items()) for side in ("bids", "asks"))
    return Told(frame("book", kind, items), bids, asks)
