"""Prices, quantities and costs of one pair as exact JSON numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.exact import Number, fixed_number, number
from rxkraken.sim.market_data import rounded_ratio

if TYPE_CHECKING:
    from decimal import Decimal

    from rxkraken.sim.instruments import Pair


class PairNumbers:
    """Writes whole ticks and lots with all decimals of the pair."""

    __slots__ = ("_pair",)

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def price(self, ticks: int) -> Number:
        """A price."""
        return fixed_number(ticks, self._pair.price_precision)

    def quantity(self, lots: int) -> Number:
        """A quantity."""
        return fixed_number(lots, self._pair.qty_precision)

    def cost(self, exact: int) -> Number:
        """A cost, given as ticks times lots."""
        return fixed_number(cost_units(self._pair, exact), self._pair.cost_precision)

    def decimal(self, value: Decimal) -> Number:
        """A number of the client, with the decimals of prices or more if it has more."""
        exponent = value.as_tuple().exponent
        given = -exponent if isinstance(exponent, int) else 0
        return number(f"{value:.{max(self._pair.price_precision, given)}f}")


def cost_units(pair: Pair, exact: int) -> int:
    """Ticks times lots, rounded to the decimals of costs.

    >>> from rxkraken.sim.listing import PAIRS
    >>> cost_units(PAIRS["BTC/USD"], 265_999 * 500_000)
    13299950
    """
    more = pair.price_precision + pair.qty_precision - pair.cost_precision
    return rounded_ratio(exact, 10**more) if more >= 0 else exact * 10**-more


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
