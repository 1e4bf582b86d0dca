"""What the matching engine says: one immutable value for each thing that happened.

Prices are ticks, quantities lots, times nanoseconds since 1970 (UTC). The events of one command
tell everything: level-2 and level-3 views, trades, and later accounts are folded from them.
"""

from __future__ import annotations

from typing import Literal

import attrs

Side = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
RemovalReason = Literal["filled", "cancelled"]


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
    """A resting order has a smaller remaining quantity and keeps its place in the queue."""

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
        trade_id: consecutive within the engine.
        side: side of the taker.
        order_type: order type of the taker.
        taker_id: id of the incoming order.
        maker_id: id of the resting order.
    """

    trade_id: int
    side: Side
    price: int
    quantity: int
    order_type: OrderType
    taker_id: str
    maker_id: str
    timestamp_ns: int


@attrs.frozen
class RemainderDropped:
    """The rest of a market order found no counterpart and is dropped."""

    order_id: str
    side: Side
    quantity: int
    timestamp_ns: int


BookEvent = OrderAdded | OrderReduced | OrderRemoved
Event = BookEvent | TradeMade | RemainderDropped
