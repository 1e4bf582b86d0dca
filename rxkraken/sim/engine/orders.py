"""A client's order: the record the engine keeps, and the immutable picture it shows of it.

Life of an order (spec ``v2-account`` §2.6)::

    pending -> new -> partially_filled -> filled
    canceled or expired from any state before ``filled``; nothing follows a closed state
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import attrs

from rxkraken.sim.engine.requests import LIMIT_PRICED, OrderRequest, PriceType, Reference

if TYPE_CHECKING:
    from rxkraken.sim.accounts import Account
    from rxkraken.sim.engine.book import Order

OrderStatus = Literal["pending", "new", "partially_filled", "filled", "canceled", "expired"]


@attrs.frozen
class TriggerState:
    """Where the trigger of an order stands.

    Attributes:
        price: as ordered: a price or a distance.
        level: the price in ticks that fires it now.
        peak: best price since the start, of trailing orders; ticks.
        fired_price: the reference price that fired it, ticks.
    """

    reference: Reference
    price: Decimal
    price_type: PriceType
    level: int
    peak: int | None = None
    fired_price: int | None = None
    fired_ns: int | None = None


@attrs.frozen
class OrderState:
    """An order as it is at one moment.

    Attributes:
        request: its parameters; amendments are folded in.
        quantity: lots ordered; None of a cash order until it is closed.
        limit_price: effective limit in ticks.
        display: visible quantity of an iceberg in lots.
        visible: lots that stand in the book now.
        cost: ticks times lots of all fills.
        fee: units of `fee_asset`.
        changed_ns: when it was created or last amended.
        parent_id: the order that created this one.
        reason: why it was closed.
    """

    order_id: str
    account: str
    request: OrderRequest
    status: OrderStatus
    quantity: int | None
    limit_price: int | None
    display: int | None
    visible: int
    filled: int
    cost: int
    fee: int
    fee_asset: str
    trigger: TriggerState | None
    created_ns: int
    changed_ns: int
    closed_ns: int | None
    amended: bool
    parent_id: str | None
    reason: str | None


@attrs.define(eq=False)
class Ticket:
    """The engine's record of one order; only the engine changes it.

    Attributes:
        quantity: lots; None while a cash order is open.
        cash: amount of a cash order in ticks times lots.
        budget: cost in ticks times lots that is held for a buy order without limit price.
        fee_exact: sum of the exact fees, in millionths of cost or lots.
        fee: what of it was paid, in units of the fee asset.
        held: units of `held_asset` that are on hold for this order.
        sequence: order of creation at the exchange.
        resting: its place in the book.
        live: whether it has been let into the market.
    """

    order_id: str
    account: Account
    request: OrderRequest
    sequence: int
    quantity: int | None
    cash: int | None
    display: int | None
    limit_price: int | None
    created_ns: int
    changed_ns: int
    fee_asset: str
    held_asset: str
    parent_id: str | None = None
    budget: int = 0
    status: OrderStatus = "pending"
    filled: int = 0
    cost: int = 0
    fee_exact: int = 0
    fee: int = 0
    held: int = 0
    trigger: TriggerState | None = None
    resting: Order | None = None
    live: bool = False
    amended: bool = False
    closed_ns: int | None = None
    reason: str | None = None
    told_ns: int = 0

    @property
    def is_closed(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.closed_ns is not None

    @property
    def remaining(self) -> int:
        """Lots to be filled; of a cash order unknown, hence 0."""
        return 0 if self.quantity is None else self.quantity - self.filled

    @property
    def is_armed(self) -> bool:
        """Whether it waits for its trigger."""
        return self.live and self.trigger is not None and self.trigger.fired_ns is None

    @property
    def may_rest(self) -> bool:
        """Whether what cannot trade at once goes into the book."""
        request = self.request
        return request.order_type in LIMIT_PRICED and request.time_in_force in {"gtc", "gtd"}

    def state(self) -> OrderState:
        """The order as it is now."""
        return OrderState(
            self.order_id,
            self.account.name,
            self.request,
            self.status,
            self.quantity,
            self.limit_price,
            self.display,
            self.resting.quantity if self.resting is not None else 0,
            self.filled,
            self.cost,
            self.fee,
            self.fee_asset,
            self.trigger,
            self.created_ns,
            self.changed_ns,
            self.closed_ns,
            self.amended,
            self.parent_id,
            self.reason,
        )
