"""Exact conversion between counts of lots, ticks and units of an asset.

Money is a whole number of an asset's smallest ledger unit, ``10 ** -precision``. Nothing here is a
float. Where a conversion is not exact the caller says which way it goes: amounts that change hands
are truncated, holds are rounded up, fees are rounded to the nearest unit (halves upwards). So what
an order may cost never exceeds what was held for it.
"""

from __future__ import annotations

from decimal import Decimal
from math import gcd

import attrs

from rxkraken.errors import ConfigurationError


@attrs.frozen
class Ratio:
    """A positive factor as numerator and denominator.

    >>> Ratio(1, 4).floor(7), Ratio(1, 4).ceil(7), Ratio(1, 4).nearest(6)
    (1, 2, 2)
    """

    numerator: int
    denominator: int

    @staticmethod
    def of_decimals(to: int, held: int) -> Ratio:
        """The factor from counts of ``10 ** -held`` to counts of ``10 ** -to``.

        >>> Ratio.of_decimals(4, 6)
        Ratio(numerator=1, denominator=100)
        """
        return Ratio(10 ** max(0, to - held), 10 ** max(0, held - to))

    def per_million(self) -> Ratio:
        """The same for counts multiplied by a rate in millionths."""
        common = gcd(self.numerator, 1_000_000)
        return Ratio(self.numerator // common, self.denominator * 1_000_000 // common)

    def floor(self, count: int) -> int:
        """Convert and drop the rest."""
        return count * self.numerator // self.denominator

    def ceil(self, count: int) -> int:
        """Convert and round up."""
        return -(-count * self.numerator // self.denominator)

    def nearest(self, count: int) -> int:
        """Convert and round to the nearest, halves upwards."""
        return (2 * count * self.numerator + self.denominator) // (2 * self.denominator)


def money_units(amount: Decimal, precision: int) -> int:
    """Read an amount of an asset as units of ``10 ** -precision``.

    Raises:
        ConfigurationError: it has more decimals than the asset's ledger, or is no number.

    >>> money_units(Decimal("12.5"), 4)
    125000
    """
    scaled = amount.scaleb(precision) if amount.is_finite() else amount
    if not amount.is_finite() or scaled != scaled.to_integral_value():
        raise ConfigurationError(
            f"an amount must be a number of at most {precision} decimals, not {amount}"
        )
    return int(scaled)
