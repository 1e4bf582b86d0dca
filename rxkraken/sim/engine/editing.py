"""The order that replaces another one (spec ``v2-trading`` §4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import attrs

from rxkraken.sim.engine.refusals import invalid_arguments
from rxkraken.sim.engine.requests import TRIGGERED

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Edit, OrderRequest

_Value = TypeVar("_Value")


def replacement(old: Ticket, change: Edit, desk: OrderDesk) -> OrderRequest:
    """The request of the new order.

    Its quantity is the new total less what the old order has executed: those fills stay with the
    old one. Whether the difference is large enough is checked like that of any other order.

    Raises:
        Refused: the order cannot be edited, or has executed more than the new quantity.
    """
    request = old.request
    if request.conditional is not None or request.order_type in TRIGGERED:
        raise invalid_arguments("ordertype")
    if request.client_id is not None:
        raise invalid_arguments("cl_ord_id")
    if change.symbol != request.symbol:
        raise invalid_arguments("pair")
    if change.trigger is not None:
        raise invalid_arguments("trigger price")
    wanted = change.quantity if change.quantity is not None else request.quantity
    if wanted is None:
        raise invalid_arguments("volume")
    lots = desk.grid.lots(wanted) - old.filled
    if lots <= 0:
        raise invalid_arguments("volume")
    return attrs.evolve(
        request,
        quantity=Decimal(lots).scaleb(-desk.grid.quantity_decimals),
        limit_price=_first(change.limit_price, request.limit_price),
        display=_first(change.display, request.display),
        fee_in=_first(change.fee_in, request.fee_in),
        post_only=bool(change.post_only),
        reduce_only=change.reduce_only,
        reference=_first(change.reference, request.reference),
        deadline_ns=change.deadline_ns,
    )


def _first(new: _Value | None, old: _Value) -> _Value:
    return old if new is None else new
