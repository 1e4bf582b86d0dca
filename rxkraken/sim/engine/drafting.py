"""From a client's request to a ticket: arguments, prices, quantities, minimums.

These are steps 4 and 5 of spec ``v2-trading`` §2.6; a draft is known to nobody yet.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rxkraken.sim.engine.orders import Ticket, TriggerState
from rxkraken.sim.engine.refusals import Refused, invalid_arguments
from rxkraken.sim.engine.requests import LIMIT_PRICED, Conditional, OrderRequest, Trigger
from rxkraken.sim.engine.triggers import armed_state, limit_at_trigger
from rxkraken.sim.engine.validation import check_arguments

if TYPE_CHECKING:
    from rxkraken.sim.accounts import Account
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.grid import Grid

# An iceberg shows at least this part of itself.
_LARGEST_ICEBERG = 15


def draft(
    desk: OrderDesk, account: Account, request: OrderRequest, now_ns: int, grid: Grid
) -> Ticket:
    """Check a request and write it down as a ticket without id.

    The grid is that of the market, save that closing orders know no minimum.

    Raises:
        Refused: with the exchange's text for the first thing that is wrong.
    """
    check_arguments(request, now_ns, has_index=desk.pair.has_index)
    reference_price = desk.reference_price(
        "last" if request.trigger is None else request.trigger.reference
    )
    trigger = _trigger(request, reference_price, grid)
    limit = limit_price(request, trigger, grid)
    quantity = None if request.quantity is None else grid.lots(request.quantity)
    display = None if request.display is None else grid.lots(request.display)
    cash = None if request.cash is None else grid.cost(request.cash)
    price = limit or (trigger.level if trigger is not None else reference_price)
    grid.check_minimums(quantity, cash if cash is not None else price * (quantity or 0))
    if display is not None:
        check_display(display, quantity or 0)
    if request.conditional is not None:
        _check_template(request, request.conditional, reference_price, grid)
    return Ticket(
        order_id="",
        account=account,
        request=request,
        sequence=-1,
        quantity=quantity,
        cash=cash,
        display=display,
        limit_price=limit,
        created_ns=now_ns,
        changed_ns=now_ns,
        fee_asset=desk.clearing.fee_asset(request.fee_in),
        held_asset=desk.clearing.held_asset(request.side),
        trigger=trigger,
    )


def limit_price(request: OrderRequest, trigger: TriggerState | None, grid: Grid) -> int | None:
    """Effective limit price in ticks; of a trailing order the one it would have now.

    Raises:
        Refused: the price is off the grid.
    """
    if request.order_type not in LIMIT_PRICED:
        return None
    if trigger is not None:
        return limit_at_trigger(request, trigger.level, grid)
    return grid.ticks(request.limit_price or Decimal(0))


def check_display(display: int, quantity: int) -> None:
    """Refuse an iceberg that hides too much of itself, or less than nothing.

    Raises:
        Refused: the visible quantity is out of range.
    """
    if not quantity <= display * _LARGEST_ICEBERG or display > quantity:
        raise invalid_arguments("display volume")


def closing_request(request: OrderRequest, lots: Decimal) -> OrderRequest:
    """The order that closes what a fill of `lots` (base units) opened."""
    template = request.conditional
    if template is None:
        raise TypeError("the order has no conditional close")
    trigger = template.trigger_price
    return OrderRequest(
        symbol=request.symbol,
        side="sell" if request.side == "buy" else "buy",
        order_type=template.order_type,
        quantity=lots,
        limit_price=template.limit_price,
        limit_price_type=template.limit_price_type,
        trigger=(
            None
            if trigger is None
            else Trigger(price=trigger, price_type=template.trigger_price_type)
        ),
        fee_in=request.fee_in,
        self_trade=request.self_trade,
        reference=request.reference,
        trader_id=request.trader_id,
    )


def _trigger(request: OrderRequest, reference_price: int, grid: Grid) -> TriggerState | None:
    if request.trigger is None:
        return None
    return armed_state(request, request.trigger, reference_price, grid)


def _check_template(
    request: OrderRequest, template: Conditional, reference_price: int, grid: Grid
) -> None:
    """Refuse a template whose prices are off the grid.

    Raises:
        Refused: with the text for the price.
    """
    closing = closing_request(request, Decimal(1))
    try:
        limit_price(closing, _trigger(closing, reference_price, grid), grid)
    except Refused as refused:
        raise Refused(f"{refused.text}:{template.order_type}") from None
