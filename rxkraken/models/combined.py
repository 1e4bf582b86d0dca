"""Prices of several markets beside each other.

Prices are in quote units. What is derived of them is computed when it is looked at: differences of
``Decimal`` prices are exact, ratios are rounded to the 28 digits of the decimal context.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

import attrs

N = TypeVar("N")


@attrs.frozen
class CrossSpread(Generic[N]):
    """Best prices of two markets of the same thing, a and b.

    >>> spread = CrossSpread(a_bid=101.0, a_ask=103.0, b_bid=99.0, b_ask=101.0)
    >>> spread.mid, spread.basis_points, spread.sell_a_buy_b, spread.sell_b_buy_a
    (2.0, 200.0, 0.0, -4.0)
    """

    a_bid: N
    a_ask: N
    b_bid: N
    b_ask: N

    @property
    def mid(self) -> N:
        """Mid price of a minus mid price of b, in quote units."""
        a_bid, a_ask, b_bid, b_ask = _numbers(self.a_bid, self.a_ask, self.b_bid, self.b_ask)
        return cast("N", ((a_bid + a_ask) - (b_bid + b_ask)) / 2)

    @property
    def basis_points(self) -> N:
        """`mid` in hundredths of a percent of the mid price of b."""
        mid, bid, ask = _numbers(self.mid, self.b_bid, self.b_ask)
        return cast("N", 20_000 * mid / (bid + ask))

    @property
    def sell_a_buy_b(self) -> N:
        """Bid of a minus ask of b: quote units earned a unit by selling in a and buying in b."""
        bid, ask = _numbers(self.a_bid, self.b_ask)
        return cast("N", bid - ask)

    @property
    def sell_b_buy_a(self) -> N:
        """Bid of b minus ask of a: quote units earned a unit by selling in b and buying in a."""
        bid, ask = _numbers(self.b_bid, self.a_ask)
        return cast("N", bid - ask)


@attrs.frozen
class Triangle(Generic[N]):
    """The rate of X in Z directly, and as implied by X in Y and Y in Z; fees are not counted.

    Attributes:
        implied_bid: Z received for one X that is sold for Y, which are sold for Z.
        implied_ask: Z paid for one X that is bought for Y, which were bought for Z.
        direct_bid: Z received for one X.
        direct_ask: Z paid for one X.

    >>> triangle = Triangle(implied_bid=101.0, implied_ask=102.0, direct_bid=99.0, direct_ask=100.0)
    >>> round(triangle.buy_direct, 6), round(triangle.sell_direct, 6)
    (100.0, -294.117647)
    """

    implied_bid: N
    implied_ask: N
    direct_bid: N
    direct_ask: N

    @property
    def deviation(self) -> N:
        """By how many basis points the implied mid price is above the direct one."""
        bid, ask, direct_bid, direct_ask = _numbers(
            self.implied_bid, self.implied_ask, self.direct_bid, self.direct_ask
        )
        return cast("N", 10_000 * (bid + ask - direct_bid - direct_ask) / (direct_bid + direct_ask))

    @property
    def buy_direct(self) -> N:
        """Basis points earned by buying X for Z and selling it through Y."""
        earned, paid = _numbers(self.implied_bid, self.direct_ask)
        return cast("N", 10_000 * (earned - paid) / paid)

    @property
    def sell_direct(self) -> N:
        """Basis points earned by buying X through Y and selling it for Z."""
        earned, paid = _numbers(self.direct_bid, self.implied_ask)
        return cast("N", 10_000 * (earned - paid) / paid)


def _numbers(*values: Any) -> tuple[Any, ...]:
    """Give numbers as what can be computed with: their type is known to the caller alone."""
    return values
