"""The numbers of one pair: decimals of clients to ticks and lots, and the smallest order.

The error texts are those of spec ``v2-trading`` §2.6 step 5. Too many decimals, or a price that is
not positive, make an invalid price; a price between two price increments fails the tick size check.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine.refusals import (
    COST_MINIMUM,
    INVALID_PRICE,
    ORDER_MINIMUM,
    TICK_SIZE,
    Refused,
    invalid_arguments,
)

if TYPE_CHECKING:
    from rxkraken.sim.instruments import Pair

# Beyond this a number is nonsense, and its integer would fill the memory.
_MOST_DIGITS = 40


def whole(value: Decimal, decimals: int) -> int | None:
    """The count of ``10 ** -decimals`` in a decimal, None if that is no whole number.

    >>> whole(Decimal("1.25"), 2), whole(Decimal("1.255"), 2), whole(Decimal("NaN"), 2)
    (125, None, None)
    """
    if not value.is_finite() or not -_MOST_DIGITS < value.adjusted() < _MOST_DIGITS:
        return 0 if value == 0 else None
    numerator, denominator = value.as_integer_ratio()
    count, rest = divmod(numerator * 10**decimals, denominator)
    return None if rest else count


@attrs.frozen
class Grid:
    """Precisions and minimums of a pair.

    Attributes:
        cost_minimum: ticks times lots.
    """

    price_decimals: int
    quantity_decimals: int
    increment: int
    minimum_lots: int
    cost_minimum: int

    @staticmethod
    def of(pair: Pair) -> Grid:
        """The grid of a pair."""
        decimals = pair.price_precision + pair.qty_precision
        cost = Decimal(pair.cost_min).as_integer_ratio()
        return Grid(
            pair.price_precision,
            pair.qty_precision,
            pair.price_increment,
            pair.minimum_lots,
            -(-cost[0] * 10**decimals // cost[1]),
        )

    def ticks(self, price: Decimal) -> int:
        """A price that an order may have.

        Raises:
            Refused: it is off the grid.
        """
        ticks = whole(price, self.price_decimals)
        if ticks is None or ticks <= 0:
            raise Refused(INVALID_PRICE)
        if ticks % self.increment:
            raise Refused(TICK_SIZE)
        return ticks

    def offset(self, distance: Decimal) -> int:
        """A distance between prices, of either sign.

        Raises:
            Refused: it has too many decimals.
        """
        ticks = whole(distance, self.price_decimals)
        if ticks is None:
            raise Refused(INVALID_PRICE)
        return ticks

    def lots(self, quantity: Decimal) -> int:
        """A quantity that an order may have, however small.

        Raises:
            Refused: it is negative or has too many decimals.
        """
        lots = whole(quantity, self.quantity_decimals)
        if lots is None or lots < 0:
            raise invalid_arguments("volume")
        return lots

    def cost(self, amount: Decimal) -> int:
        """An amount in quote units as ticks times lots.

        Raises:
            Refused: it is not positive or has too many decimals.
        """
        cost = whole(amount, self.price_decimals + self.quantity_decimals)
        if cost is None or cost <= 0:
            raise invalid_arguments("volume")
        return cost

    def snapped(self, ticks: int, *, down: bool) -> int:
        """The next price that an order may have, at least the smallest one."""
        steps = ticks // self.increment if down else -(-ticks // self.increment)
        return max(1, steps) * self.increment

    def check_minimums(self, lots: int | None, cost: int) -> None:
        """Refuse an order that is too small.

        Raises:
            Refused: quantity or cost is below the minimum.
        """
        if lots is not None and lots < self.minimum_lots:
            raise Refused(ORDER_MINIMUM)
        if cost < self.cost_minimum:
            raise Refused(COST_MINIMUM)
