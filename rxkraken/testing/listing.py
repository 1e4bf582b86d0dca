"""What is traded in a generated market: a pair, its precisions, and the book it opens with.

Markets keep everything in whole ticks and lots, the smallest steps of price and quantity, so that
they shrink to small numbers and their checksums need no text to be parsed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

Levels = tuple[tuple[int, int], ...]
Side = Literal["buy", "sell"]


def written(units: int, decimals: int) -> str:
    """Write whole steps as the exchange writes numbers: all decimals, always.

    >>> written(1, 8), written(659, 1), written(5, 0)
    ('0.00000001', '65.9', '5')
    """
    return format(Decimal(units).scaleb(-decimals), "f")


@attrs.frozen
class Listing:
    """A pair in a market.

    Attributes:
        symbol: the pair.
        price_decimals: a tick is ten to minus so many, in quote units.
        qty_decimals: a lot is ten to minus so many, in base units.
        bids: opening levels as ticks and lots, in any order.
        asks: the same for the other side, all above the bids.

    >>> Listing("BTC/USD").price(650_001), Listing("BTC/USD").qty(5)
    ('65000.1', '0.00000005')
    """

    symbol: str = "BTC/USD"
    price_decimals: int = 1
    qty_decimals: int = 8
    bids: Levels = ()
    asks: Levels = ()

    def price(self, ticks: int) -> str:
        """Write a price in ticks."""
        return written(ticks, self.price_decimals)

    def qty(self, lots: int) -> str:
        """Write a quantity in lots."""
        return written(lots, self.qty_decimals)
