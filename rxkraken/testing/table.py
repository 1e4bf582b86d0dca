"""A market printed so that a person can read it."""

from __future__ import annotations

from collections.abc import Iterable

from rxkraken.testing.events import Deal, Event, Storm
from rxkraken.testing.listing import Listing

_WEATHER = {
    "reconnect": "the link drops and is opened again",
    "duplicate": "the frames of the next event come twice",
    "gap": "the book frames of the next event are lost",
}


def market_table(
    listings: Iterable[Listing], timeline: Iterable[Event | Storm], ends_at: int
) -> str:
    """Print listings and what happens, one line each."""
    known = {listing.symbol: listing for listing in listings}
    happenings = list(timeline)
    count = sum(not isinstance(happening, Storm) for happening in happenings)
    head = f"Market of {count} event{'' if count == 1 else 's'}, ends at {ends_at / 1000:.3f} s"
    opening = [_opening(listing) for listing in known.values()]
    return "\n".join([head, *opening, *(_line(known, happening) for happening in happenings)])


def _opening(listing: Listing) -> str:
    sides = [
        " ".join(f"{listing.price(t)} x {listing.qty(q)}" for t, q in levels) or "none"
        for levels in (listing.bids, listing.asks)
    ]
    said = f"bids {sides[0]}, asks {sides[1]}".replace("bids none", "no bids")
    return f"  {listing.symbol} opens with {said.replace('asks none', 'no asks')}"


def _line(known: dict[str, Listing], happening: Event | Storm) -> str:
    time = f"    {happening.at / 1000:9.3f} s"
    if isinstance(happening, Storm):
        return f"{time}  ~~~ {_WEATHER[happening.kind]} ~~~"
    listing = known[happening.symbol]
    kind = "trade" if isinstance(happening, Deal) else "quote"
    price, qty = listing.price(happening.ticks), listing.qty(happening.lots)
    size = f"{price:>12} x {qty}" if happening.lots else f"{price:>12} removed"
    return f"{time}  {happening.symbol:<7}  {kind:<5}  {happening.side:<4} {size}"
