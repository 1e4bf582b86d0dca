"""From a wanted position to the orders that lead to it, no faster than the exchange allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal

import attrs
from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT
from rxkraken.models.portfolio import OrderRequest, exact
from rxkraken.operators.stepping import stepping_beside

Amount = Decimal | float | str
OrderType = Literal["market", "limit"]

_ZERO = Decimal(0)


def target_to_orders(
    symbol: str,
    *,
    position: Observable[Any],
    lot: Amount,
    minimum: Amount = 0,
    order_type: OrderType = "market",
    price: Observable[Any] | None = None,
    tick: Amount | None = None,
    cost_minimum: Amount = 0,
    ended: Observable[Any] | None = None,
) -> Callable[[Observable[Any]], Observable[OrderRequest]]:
    """Emit the order that leads from the position to each target.

    ::

        target            -2-----------2---------0-------->
        position          0-----1--2---------------------->
        target_to_orders  -buy 2-----------------sell 2--->

    What earlier orders of this stream have yet to fill counts as if it were filled, so that a
    target that comes again, or changes while an order is under way, is not ordered twice: an order
    brings *position plus what is under way* to the target. What is under way shrinks as the
    position moves its way, and by what ``ended`` says will not be filled any more; without
    ``ended``, an order that was refused or cancelled counts as under way for good.

    The quantity is cut down to whole lots; below ``minimum`` or ``cost_minimum`` nothing is
    emitted. A target waits until a position, and a price if one is needed, is known; only the
    latest waits. The end of these streams ends nothing, their error everything.

    Args:
        symbol: the pair.
        position: the position in base units, as `position` gives it.
        lot: step of quantities (``qty_increment`` of the pair).
        minimum: smallest quantity of an order (``qty_min``).
        order_type: ``"market"``, or ``"limit"`` at the latest price.
        price: latest price in quote units; needed for limit orders and for ``cost_minimum``.
        tick: step of limit prices (``price_increment``): buys are rounded down, sells up.
        cost_minimum: smallest quantity times price (``cost_min``).
        ended: signed quantities of orders that will not be filled any more: cancelled, expired,
            refused; above zero of buys, below zero of sells.

    Raises:
        ConfigurationError: a number is none or not above zero where it must be, the order type is
            neither of the two, a price is needed and not given, or what must be an Observable is
            none.

    >>> import reactivex
    >>> targets = reactivex.of("0.57", "0.2")
    >>> orders = target_to_orders("BTC/USD", position=reactivex.just(0), lot="0.1")
    >>> _ = targets.pipe(orders).subscribe(lambda order: print(order.side, order.order_qty))
    buy 0.5
    sell 0.3
    """
    if order_type not in ("market", "limit"):
        raise ConfigurationError(f"order_type must be 'market' or 'limit', not {order_type!r}")
    streams = {"position": position, "price": price, "ended": ended}
    for name, stream in streams.items():
        if not isinstance(stream, Observable) and (stream is not None or name == "position"):
            raise ConfigurationError(f"{name} must be an Observable of numbers, not {stream!r}")
    rules = _Rules(
        symbol,
        order_type,
        _from_zero(lot, "lot", above=True),
        _from_zero(minimum, "minimum"),
        _from_zero(cost_minimum, "cost_minimum"),
        None if tick is None else _from_zero(tick, "tick", above=True),
    )
    if price is None and rules.need_price:
        raise ConfigurationError("price must be given for limit orders and for cost_minimum")

    def begin() -> tuple[
        Callable[[Any], OrderRequest | None], Sequence[Callable[[Any], OrderRequest | None]]
    ]:
        planner = _Planner(rules)
        steps = {
            "position": planner.on_position,
            "price": planner.on_price,
            "ended": planner.on_ended,
        }
        return planner.on_target, [steps[name] for name, stream in streams.items() if stream]

    return stepping_beside(begin, [stream for stream in streams.values() if stream])


def _from_zero(value: Any, name: str, *, above: bool = False) -> Decimal:
    number = exact(value, name)
    if number < 0 or (above and not number):
        lowest = "above zero" if above else "zero or above"
        raise ConfigurationError(f"{name} must be {lowest}, not {value!r}")
    return number


@attrs.frozen
class _Rules:
    """What orders of a pair look like."""

    symbol: str
    order_type: OrderType
    lot: Decimal
    minimum: Decimal
    cost_minimum: Decimal
    tick: Decimal | None

    @property
    def need_price(self) -> bool:
        return self.order_type == "limit" or self.cost_minimum > 0

    def order(self, wanted: Decimal, price: Decimal | None) -> OrderRequest | None:
        """Make the order for a change of the position, None where it would be too small."""
        qty = _multiple(abs(wanted), self.lot, ROUND_FLOOR)
        if not qty or qty < self.minimum:
            return None
        buying = wanted > 0
        if price is not None and self.order_type == "limit" and self.tick is not None:
            price = _multiple(price, self.tick, ROUND_FLOOR if buying else ROUND_CEILING)
        if price is not None and EXACT.multiply(qty, price) < self.cost_minimum:
            return None
        limit = price if self.order_type == "limit" else None
        return OrderRequest(self.symbol, "buy" if buying else "sell", self.order_type, qty, limit)


def _multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    whole = EXACT.divide_int(value, step)
    if rounding == ROUND_CEILING and EXACT.remainder(value, step):
        whole += 1
    return EXACT.multiply(whole, step)


class _Planner:
    """Target, position and what is under way of one subscription."""

    __slots__ = ("_buying", "_position", "_price", "_rules", "_selling", "_target")

    def __init__(self, rules: _Rules) -> None:
        self._rules = rules
        self._target: Decimal | None = None  # one that waits
        self._position: Decimal | None = None
        self._price: Decimal | None = None
        self._buying = self._selling = _ZERO

    def on_target(self, value: Any) -> OrderRequest | None:
        self._target = exact(value, "target")
        return self._plan()

    def on_position(self, value: Any) -> OrderRequest | None:
        now, before = exact(value, "position"), self._position
        self._position = now
        if before is not None:
            self._settle(EXACT.subtract(now, before))
        return self._plan()

    def on_price(self, value: Any) -> OrderRequest | None:
        if value is not None:
            self._price = exact(value, "price")
        return self._plan()

    def on_ended(self, value: Any) -> None:
        self._settle(exact(value, "ended"))

    def _settle(self, change: Decimal) -> None:
        """Take off what is under way; what others traded cannot turn it round."""
        if change > 0:
            self._buying = max(_ZERO, EXACT.subtract(self._buying, change))
        else:
            self._selling = max(_ZERO, EXACT.add(self._selling, change))

    def _plan(self) -> OrderRequest | None:
        target, held = self._target, self._position
        if target is None or held is None or (self._rules.need_price and self._price is None):
            return None
        self._target = None
        coming = EXACT.subtract(EXACT.add(held, self._buying), self._selling)
        order = self._rules.order(EXACT.subtract(target, coming), self._price)
        if order is not None and order.side == "buy":
            self._buying = EXACT.add(self._buying, order.order_qty)
        elif order is not None:
            self._selling = EXACT.add(self._selling, order.order_qty)
        return order
