"""What can be traded: pairs, assets, and exact numbers as integers.

The simulator calculates with whole numbers only: a price is a count of ``10 ** -price_precision``
quote units ("ticks"), a quantity a count of ``10 ** -qty_precision`` base units ("lots"). Text with
exactly those decimals is what the exchange sends (spec ``v2-market-data`` §1.3).
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from rxkraken.errors import ConfigurationError

PAIR_STATES = (
    "online",
    "cancel_only",
    "post_only",
    "limit_only",
    "reduce_only",
    "delisted",
    "maintenance",
    "work_in_progress",
)
_SYMBOL = re.compile(r"[A-Za-z0-9.]+/[A-Z0-9.]+")


def fixed(value: int, decimals: int) -> str:
    """Write a count of ``10 ** -decimals`` as text with exactly that many decimals.

    >>> fixed(659728, 1), fixed(10_000_000, 8), fixed(-17, 2), fixed(5, 0)
    ('65972.8', '0.10000000', '-0.17', '5')
    """
    if not decimals:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def units(text: str, decimals: int) -> int:
    """Read decimal text as a count of ``10 ** -decimals``; the reverse of `fixed`.

    Raises:
        ConfigurationError: the text is no plain decimal number, or has more decimals.

    >>> units("65972.8", 1), units("0.1", 8), units("-0.17", 2)
    (659728, 10000000, -17)
    """
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d*))?", text)
    fraction = (match[3] or "").rstrip("0") if match else ""
    if not match or len(fraction) > decimals:
        raise ConfigurationError(
            f"{text!r} is not a decimal number of at most {decimals} decimals: write it like "
            f"{fixed(1, decimals)!r}"
        )
    count = int(match[2] + fraction.ljust(decimals, "0"))
    return -count if match[1] else count


@attrs.frozen(kw_only=True)
class Asset:
    """One currency as the ``instrument`` channel describes it (spec ``v2-market-data`` §12.1)."""

    id: str
    precision: int = 10
    precision_display: int = 5
    borrowable: bool = False
    collateral_value: float = 1.0
    margin_rate: float | None = None
    status: str = "enabled"


def _symbol_text(_: object, __: object, value: str) -> None:
    if not _SYMBOL.fullmatch(value):
        raise ConfigurationError(
            f"Pair.symbol must be written like BTC/USD, in upper case, not {value!r}"
        )


def _pair_state(_: object, __: object, value: str) -> None:
    if value not in PAIR_STATES:
        raise ConfigurationError(
            f"the status of a pair must be one of {', '.join(PAIR_STATES)}, not {value!r}"
        )


def _positive(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if value <= 0:
        raise ConfigurationError(f"Pair.{attribute.name} must be positive, not {value!r}")


def _precision(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value not in range(16):
        raise ConfigurationError(f"Pair.{attribute.name} must be from 0 to 15, not {value!r}")


@attrs.frozen(kw_only=True)
class Pair:
    """One market: its rules at the exchange, and what its simulated crowd is like.

    Attributes:
        symbol: ``BASE/QUOTE``, upper case, with the names of v2 (``BTC``, ``DOGE``).
        price_precision: decimals of prices.
        qty_precision: decimals of quantities.
        reference_price: decimal text; the price around which the market starts.
        typical_qty: decimal text; the median size of an order, in base units.
        price_increment: smallest price step, in ticks of ``10 ** -price_precision``.
        qty_min: decimal text; the smallest order, in base units.
        cost_precision: decimals of costs.
        cost_min: decimal text; the smallest cost of an order, in quote units.
        status: one of `PAIR_STATES` (spec ``v2-market-data`` §12.2).
        marginable: tradable on margin.
        levels: price levels a side that the crowd keeps in the book, about.
        spread: usual distance of best bid and best ask, in price increments.
        volatility: usual move of the price in a day, as a fraction of it.
        activity: order flow, relative to the ``rate`` of the simulator.

    >>> Pair(symbol="BTC/USD", price_precision=1, qty_precision=8, reference_price="65972.8",
    ...      typical_qty="0.05").price_text(659728)
    '65972.8'
    """

    symbol: str = attrs.field(validator=_symbol_text)
    price_precision: int = attrs.field(validator=_precision)
    qty_precision: int = attrs.field(validator=_precision)
    reference_price: str
    typical_qty: str
    price_increment: int = attrs.field(default=1, validator=_positive)
    qty_min: str = "0"
    cost_precision: int = attrs.field(default=5, validator=_precision)
    cost_min: str = "0.5"
    status: str = attrs.field(default="online", validator=_pair_state)
    marginable: bool = False
    margin_initial: float = 0.2
    position_limit_long: int = 250
    position_limit_short: int = 200
    has_index: bool = True
    levels: int = attrs.field(default=1150, validator=_positive)
    spread: float = attrs.field(default=3.0, validator=_positive)
    volatility: float = 0.02
    activity: float = attrs.field(default=1.0, validator=_positive)

    def __attrs_post_init__(self) -> None:
        """Refuse a market that could not have an order in it.

        Raises:
            ConfigurationError: reference price or typical quantity is no positive number of the
                pair's decimals.
        """
        if self.reference_ticks < self.price_increment or self.typical_lots < 1:
            raise ConfigurationError(
                f"Pair {self.symbol}: reference_price and typical_qty must be positive, not "
                f"{self.reference_price!r} and {self.typical_qty!r}"
            )

    @property
    def base(self) -> str:
        """The asset that is bought and sold."""
        return self.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        """The asset it is paid with."""
        return self.symbol.partition("/")[2]

    @property
    def reference_ticks(self) -> int:
        """`reference_price` in ticks."""
        return units(self.reference_price, self.price_precision)

    @property
    def typical_lots(self) -> int:
        """`typical_qty` in lots."""
        return units(self.typical_qty, self.qty_precision)

    @property
    def minimum_lots(self) -> int:
        """`qty_min` in lots, at least one."""
        return max(1, units(self.qty_min, self.qty_precision))

    def price_text(self, ticks: int) -> str:
        """Write a price as the exchange does."""
        return fixed(ticks, self.price_precision)

    def qty_text(self, lots: int) -> str:
        """Write a quantity as the exchange does."""
        return fixed(lots, self.qty_precision)
