"""Fills, orders to be placed, and what a position has earned.

All numbers are exact ``Decimal``: prices and amounts in quote units, quantities in base units.
Texts, integers and floats are accepted and read as they are written (0.1 is one tenth).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.models.book_measures import Side
from rxkraken.models.exact import EXACT, ROUNDED


def exact(value: Any, name: str) -> Decimal:
    """Read a finite number exactly.

    Raises:
        ConfigurationError: it is none; the message names it.

    >>> exact(0.1, "price")
    Decimal('0.1')
    """
    try:
        number = value if type(value) is Decimal else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or isinstance(value, bool):
        raise ConfigurationError(f"{name} must be a finite number, not {repr(value)[:60]}")
    return number


def _side(_: object, __: object, value: object) -> None:
    if value not in ("buy", "sell"):
        raise ConfigurationError(f"Fill.side must be 'buy' or 'sell', not {value!r}")


def _price(value: Any) -> Decimal:
    return exact(value, "Fill.price")


def _qty(value: Any) -> Decimal:
    return exact(value, "Fill.qty")


def _fee(value: Any) -> Decimal:
    return exact(value, "Fill.fee")


@attrs.frozen
class Fill:
    """One execution of an order.

    Attributes:
        price: in quote units.
        qty: in base units, above zero.
        fee: in quote units; below zero for a rebate.
        exec_id: the exchange's name of the execution, by which repetitions are known; an empty
            one is never taken for a repetition.

    Raises:
        ConfigurationError: the side is neither ``"buy"`` nor ``"sell"``, a number is none, or the
            quantity is not above zero.

    >>> Fill("BTC/USD", "sell", price="101.5", qty=2).signed_qty
    Decimal('-2')
    """

    symbol: str
    side: Side = attrs.field(validator=_side)
    price: Decimal = attrs.field(converter=_price)
    qty: Decimal = attrs.field(converter=_qty)
    fee: Decimal = attrs.field(default=Decimal(0), converter=_fee)
    exec_id: str = ""
    timestamp: datetime | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a quantity that says the side a second time."""
        if self.qty <= 0:
            raise ConfigurationError(
                f"Fill.qty must be above zero, not {self.qty}: side says the direction"
            )

    @property
    def signed_qty(self) -> Decimal:
        """The change of the position."""
        return self.qty if self.side == "buy" else self.qty.copy_negate()


@attrs.frozen
class OrderRequest:
    """An order to be placed; the fields are the parameters of ``kraken.add_order``.

    >>> OrderRequest("BTC/USD", "buy", "market", Decimal("0.5")).parameters()
    {'symbol': 'BTC/USD', 'side': 'buy', 'order_type': 'market', 'order_qty': Decimal('0.5')}
    """

    symbol: str
    side: Side
    order_type: str
    order_qty: Decimal
    limit_price: Decimal | None = None

    @property
    def signed_qty(self) -> Decimal:
        """The change of the position once it is filled."""
        return self.order_qty if self.side == "buy" else self.order_qty.copy_negate()

    def parameters(self) -> dict[str, Any]:
        """Give the fields that are set, as keyword arguments."""
        return attrs.asdict(self, filter=lambda _, value: value is not None)


@attrs.frozen
class ProfitAndLoss:
    """What trading one symbol has brought so far, exactly: ``total == cash + value``.

    Attributes:
        position: what is held, in base units; below zero when short.
        cost: what the position was bought for (below zero: what a short one was sold for).
        cash: all sales minus all purchases minus all fees.
        fees: all fees paid.
        mark: the price at which the position is valued.
    """

    symbol: str
    position: Decimal
    cost: Decimal
    cash: Decimal
    fees: Decimal
    mark: Decimal

    @property
    def average_price(self) -> Decimal | None:
        """Cost of a unit of the position, rounded to 28 digits; None without a position."""
        return ROUNDED.divide(self.cost, self.position) if self.position else None

    @property
    def value(self) -> Decimal:
        """The position at the mark."""
        return EXACT.multiply(self.position, self.mark)

    @property
    def realised(self) -> Decimal:
        """What closed trades brought, before fees."""
        return EXACT.add(EXACT.add(self.cash, self.fees), self.cost)

    @property
    def unrealised(self) -> Decimal:
        """What closing the position at the mark would bring on top, before fees."""
        return EXACT.subtract(self.value, self.cost)

    @property
    def total(self) -> Decimal:
        """Realised plus unrealised minus fees."""
        return EXACT.add(self.cash, self.value)
