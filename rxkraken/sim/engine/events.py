"""What the exchange says: one immutable value for each thing that happened.

Prices are ticks, quantities lots, costs ticks times lots, money units of the asset, times
nanoseconds since 1970 (UTC). The events of one command tell everything: level-2 and level-3 views
and trades are folded from the public ones, ``executions`` and ``balances`` from the private ones.
"""

from __future__ import annotations

from typing import Literal

import attrs

from rxkraken.sim.accounts import LedgerEntry
from rxkraken.sim.engine.orders import OrderState
from rxkraken.sim.engine.requests import Side

RemovalReason = Literal["filled", "cancelled"]
TakerType = Literal["limit", "market"]
ReportKind = Literal[
    "pending",
    "new",
    "trade",
    "filled",
    "refilled",
    "amended",
    "restated",
    "status",
    "canceled",
    "expired",
]


@attrs.frozen
class OrderAdded:
    """An order rests in the book, behind all others of its price."""

    order_id: str
    side: Side
    price: int
    quantity: int
    timestamp_ns: int


@attrs.frozen
class OrderReduced:
    """A resting order has another visible quantity and keeps its place in the queue.

    The quantity is smaller, save when the visible part of an iceberg was amended.
    """

    order_id: str
    side: Side
    price: int
    quantity: int
    timestamp_ns: int


@attrs.frozen
class OrderRemoved:
    """A resting order is gone; `quantity` is what was left of it, 0 when it was filled."""

    order_id: str
    side: Side
    price: int
    quantity: int
    reason: RemovalReason
    timestamp_ns: int


@attrs.frozen
class TradeMade:
    """Two orders met at the price of the resting one.

    Attributes:
        trade_id: consecutive within the market.
        side: side of the taker.
        order_type: whether the taker had a limit price.
        taker_id: id of the incoming order.
        maker_id: id of the resting order.
    """

    trade_id: int
    side: Side
    price: int
    quantity: int
    order_type: TakerType
    taker_id: str
    maker_id: str
    timestamp_ns: int


@attrs.frozen
class RemainderDropped:
    """The rest of a market order of the crowd found no counterpart and is dropped."""

    order_id: str
    side: Side
    quantity: int
    timestamp_ns: int


@attrs.frozen
class Fill:
    """One fill of one client's order.

    Attributes:
        cost: price times quantity, ticks times lots.
        liquidity: ``m`` if the order rested, ``t`` if it arrived.
        fee: units of `fee_asset`.
        ledger_ids: entries of base and quote.
    """

    exec_id: str
    trade_id: int
    price: int
    quantity: int
    cost: int
    liquidity: Literal["m", "t"]
    fee: int
    fee_asset: str
    ledger_ids: tuple[str, str]


@attrs.frozen
class OrderReport:
    """Something happened to a client's order; `order` is how it stands after it.

    Attributes:
        reason: text for people, of amendments and closings.
        fill: of kind ``trade``.
        amend_id: of kind ``amended``.
    """

    kind: ReportKind
    order: OrderState
    timestamp_ns: int
    reason: str | None = None
    fill: Fill | None = None
    amend_id: str | None = None

    @property
    def account(self) -> str:
        """Whose order it is."""
        return self.order.account


BOOK_EVENTS = (OrderAdded, OrderReduced, OrderRemoved)
BookEvent = OrderAdded | OrderReduced | OrderRemoved
PrivateEvent = OrderReport | LedgerEntry
Event = BookEvent | TradeMade | RemainderDropped | PrivateEvent


@attrs.frozen
class Happening:
    """What one command did to one market."""

    symbol: str
    events: list[Event]
    timestamp_ns: int
