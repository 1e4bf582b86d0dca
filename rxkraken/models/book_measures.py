"""What is read off an order book: its top, its depth near the mid, and a walk through its levels.

Prices are in quote units, quantities in base units, notionals (price times quantity) in quote
units. Classes are generic in the number type of the book they were made from.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Generic, Literal, TypeVar

import attrs

from rxkraken.models.book import Level

N = TypeVar("N", Decimal, float)
Side = Literal["buy", "sell"]


@attrs.frozen
class TopOfBook(Generic[N]):
    """The best level of each side, None where a side is empty.

    >>> top = TopOfBook("BTC/USD", Level(99.0, 1.0), Level(101.0, 3.0))
    >>> top.mid, top.spread
    (100.0, 2.0)
    """

    symbol: str
    bid: Level[N] | None
    ask: Level[N] | None
    timestamp: datetime | None = attrs.field(default=None, eq=False)

    @property
    def mid(self) -> N | None:
        """Half way between the best prices, None when a side is empty."""
        if self.bid is None or self.ask is None:
            return None
        return (self.bid.price + self.ask.price) / 2

    @property
    def spread(self) -> N | None:
        """Best ask minus best bid, None when a side is empty."""
        if self.bid is None or self.ask is None:
            return None
        return self.ask.price - self.bid.price


@attrs.frozen
class SideDepth(Generic[N]):
    """Quantity and notional of one side within a band around the mid.

    Attributes:
        whole: the book shows levels beyond the band, so that none within it is missing; False
            when its last level is still inside and there may be more behind it.
    """

    qty: N
    notional: N
    whole: bool


@attrs.frozen
class BookDepth(Generic[N]):
    """Both sides of a book within a band around the mid.

    Attributes:
        basis_points: half the width of the band; 100 are 1 % of the mid.
    """

    symbol: str
    basis_points: N
    bids: SideDepth[N]
    asks: SideDepth[N]


@attrs.frozen
class BookWalk(Generic[N]):
    """What a market order would get from the levels a book shows.

    Attributes:
        side: of the order; ``"buy"`` eats asks.
        filled: quantity that the levels give.
        notional: what that costs or brings.
        levels: price levels eaten, the last one perhaps in part.
        shortfall: what the book could not give, in the unit that was asked for: a quantity or a
            notional.
        mid: half way between the best prices, None when a side of the book is empty.

    >>> walk = BookWalk("BTC/USD", "buy", 2.0, 202.0, 2, 0.0, mid=100.0)
    >>> walk.average_price, walk.slippage_bps
    (101.0, 100.0)
    """

    symbol: str
    side: Side
    filled: N
    notional: N
    levels: int
    shortfall: N
    mid: N | None

    @property
    def average_price(self) -> N | None:
        """Notional over filled quantity, None when nothing is filled."""
        return self.notional / self.filled if self.filled else None

    @property
    def slippage_bps(self) -> N | None:
        """How much worse the average price is than the mid, in basis points.

        None when nothing is filled or there is no mid.
        """
        if self.mid is None or not self.filled:
            return None
        fair = self.filled * self.mid
        worse = self.notional - fair if self.side == "buy" else fair - self.notional
        return worse * 10_000 / fair
