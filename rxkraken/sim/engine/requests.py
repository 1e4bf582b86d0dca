"""What clients ask for, as they wrote it: exact decimals, the exchange's vocabulary, no dialect.

Nothing is checked here; the engine answers what makes no sense with the exchange's error text.
Parameters are explained in spec ``v2-trading`` §2 to §9.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

Side = Literal["buy", "sell"]
OrderType = Literal[
    "market",
    "limit",
    "iceberg",
    "stop-loss",
    "stop-loss-limit",
    "take-profit",
    "take-profit-limit",
    "trailing-stop",
    "trailing-stop-limit",
]
TimeInForce = Literal["gtc", "gtd", "ioc", "fok"]
PriceType = Literal["static", "pct", "quote"]
Reference = Literal["last", "index"]
SelfTrade = Literal["cancel_newest", "cancel_oldest", "cancel_both"]
FeeCurrency = Literal["quote", "base"]

LIMIT_PRICED = frozenset(
    {"limit", "iceberg", "stop-loss-limit", "take-profit-limit", "trailing-stop-limit"}
)
TRAILING = frozenset({"trailing-stop", "trailing-stop-limit"})
TRIGGERED = TRAILING | {"stop-loss", "stop-loss-limit", "take-profit", "take-profit-limit"}
ORDER_TYPES = LIMIT_PRICED | TRIGGERED | {"market"}
CONDITIONAL_TYPES = ORDER_TYPES - {"market", "iceberg"}


@attrs.frozen(kw_only=True)
class Trigger:
    """When a triggered order fires.

    Attributes:
        price: a price, or a distance from the reference (percent or quote units).
        price_type: which of them it is.
        reference: the price that is watched.
    """

    price: Decimal
    price_type: PriceType = "static"
    reference: Reference = "last"


@attrs.frozen(kw_only=True)
class Conditional:
    """Template of the orders that close what the fills of an order opened."""

    order_type: OrderType
    limit_price: Decimal | None = None
    limit_price_type: PriceType | None = None
    trigger_price: Decimal | None = None
    trigger_price_type: PriceType = "static"


@attrs.frozen(kw_only=True)
class OrderRequest:
    """A new order.

    Attributes:
        quantity: base units; exactly one of it and `cash`.
        cash: quote units; buy market orders only.
        limit_price: a price, or of a trailing order an offset from the trigger price.
        display: visible quantity of an iceberg, base units.
        starts_ns: scheduled start.
        expires_ns: end of a ``gtd`` order.
        deadline_ns: no matching after it.
        fee_in: the currency that pays the fee.
        client_id: unique among the account's open orders; excludes `reference`.
        reference: the client's number, not unique.
        trader_id: orders of different traders of an account may meet.

    >>> OrderRequest(symbol="BTC/USD", side="buy", order_type="limit", quantity=Decimal("0.1"),
    ...              limit_price=Decimal("65000.1")).time_in_force
    'gtc'
    """

    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal | None = None
    cash: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: PriceType | None = None
    trigger: Trigger | None = None
    display: Decimal | None = None
    time_in_force: TimeInForce = "gtc"
    starts_ns: int | None = None
    expires_ns: int | None = None
    deadline_ns: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    margin: bool = False
    fee_in: FeeCurrency = "quote"
    self_trade: SelfTrade = "cancel_newest"
    client_id: str | None = None
    reference: int | None = None
    trader_id: str | None = None
    conditional: Conditional | None = None


@attrs.frozen(kw_only=True)
class Amendment:
    """Changes of a live order that stays the same order; None leaves a parameter as it is."""

    quantity: Decimal | None = None
    display: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: PriceType | None = None
    trigger_price: Decimal | None = None
    trigger_price_type: PriceType | None = None
    post_only: bool = False
    deadline_ns: int | None = None


@attrs.frozen(kw_only=True)
class Edit:
    """Parameters of the order that replaces another; None takes over those of the old one.

    Attributes:
        quantity: total in base units, what the old order has executed included.
    """

    symbol: str
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    display: Decimal | None = None
    trigger: Trigger | None = None
    fee_in: FeeCurrency | None = None
    post_only: bool | None = None
    reduce_only: bool = False
    reference: int | None = None
    deadline_ns: int | None = None


@attrs.frozen
class ByOrderId:
    """Select the order with this id."""

    value: str


@attrs.frozen
class ByClientId:
    """Select the open order with this client id."""

    value: str


@attrs.frozen
class ByReference:
    """Select all open orders with this number."""

    value: int


Selector = ByOrderId | ByClientId | ByReference
