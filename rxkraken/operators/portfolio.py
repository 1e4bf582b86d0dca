"""From fills to positions and to what they earn, exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from reactivex import Observable

from rxkraken.core.inventory import FillGate, Inventory, Method
from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT
from rxkraken.models.portfolio import Fill, ProfitAndLoss, exact
from rxkraken.operators.stepping import stepping, stepping_beside

Amount = Decimal | float | str

REMEMBERED = 10_000
"""How many execution ids are kept to know repetitions; the exchange repeats the last fifty."""


def _require_memory(remember: int) -> None:
    if not isinstance(remember, int) or isinstance(remember, bool) or remember < 1:
        raise ConfigurationError(f"remember must be a whole number above zero, not {remember!r}")


def position(
    *, symbol: str | None = None, start: Amount = 0, remember: int = REMEMBERED
) -> Callable[[Observable[Fill]], Observable[Decimal]]:
    """Emit the position after each fill, in base units, exactly; below zero is short.

    ::

        fills     -buy 2--sell 3--sell 3 again--buy 1-->
        position  -2------(-1)------------------0------>

    A fill with an execution id that was seen before is a repetition and gives nothing.

    Args:
        symbol: fills of others are passed over; by default all must be of one symbol.
        start: the position before the first fill.
        remember: how many execution ids are kept to know repetitions.

    Raises:
        ConfigurationError: start is no number, or remember no whole number above zero.

    >>> import reactivex
    >>> fills = reactivex.of(Fill("BTC/USD", "buy", 100, "0.1"), Fill("BTC/USD", "buy", 99, "0.2"))
    >>> _ = fills.pipe(position()).subscribe(print)
    0.1
    0.3
    """
    first = exact(start, "start")
    _require_memory(remember)

    def begin() -> Callable[[Fill], Decimal | None]:
        gate = FillGate(symbol, remember)
        held = first

        def step(fill: Fill) -> Decimal | None:
            nonlocal held
            if not gate.admits(fill):
                return None
            held = EXACT.add(held, fill.signed_qty)
            return held

        return step

    return stepping(begin)


def profit_and_loss(
    *,
    mark: Observable[Any] | None = None,
    method: Method = "average",
    symbol: str | None = None,
    remember: int = REMEMBERED,
) -> Callable[[Observable[Fill]], Observable[ProfitAndLoss]]:
    """Emit what trading one symbol has brought, after each fill and at each new mark.

    ::

        fills            -buy 1 @ 100---------sell 1 @ 105-->
        mark             ---------------103----------------->
        profit_and_loss  -0-------------3-----5------------->   (total)

    All is exact, so that realised plus unrealised minus fees equals cash plus the value of the
    position to the last digit; only how much of it counts as realised is rounded, to 28 digits,
    when a part of a position is closed at its average cost. A fill that turns a position round
    closes it and opens the other one. Repeated fills (by execution id) count once.

    Args:
        mark: the price that values the position, for example the mid of the book; its None values
            are passed over. Until it gives one, and without it, the price of the last fill.
            Nothing is emitted before the first fill. Its end ends nothing, its error everything.
        method: which units a closing fill closes: those of ``"average"`` cost, or the oldest
            (``"fifo"``).
        symbol: fills of others are passed over; by default all must be of one symbol.
        remember: how many execution ids are kept to know repetitions.

    Raises:
        ConfigurationError: there is no such method, mark is no Observable, or remember no whole
            number above zero.

    >>> import reactivex
    >>> fills = reactivex.of(Fill("BTC/USD", "buy", price=100, qty="0.5", fee="0.2"),
    ...                      Fill("BTC/USD", "sell", price=110, qty="0.2", fee="0.1"))
    >>> earned = fills.pipe(profit_and_loss(mark=reactivex.just(120)))
    >>> _ = earned.subscribe(lambda pnl: print(pnl.realised, pnl.unrealised, pnl.fees, pnl.total))
    0.0 10.0 0.2 9.8
    2.0 6.0 0.3 7.7
    """
    if method not in ("average", "fifo"):
        raise ConfigurationError(f"method must be 'average' or 'fifo', not {method!r}")
    if mark is not None and not isinstance(mark, Observable):
        raise ConfigurationError(f"mark must be an Observable of prices, not {mark!r}")
    _require_memory(remember)

    def begin() -> tuple[
        Callable[[Fill], ProfitAndLoss | None], Sequence[Callable[[Any], ProfitAndLoss | None]]
    ]:
        gate, inventory = FillGate(symbol, remember), Inventory(method)
        marked = False
        price: Decimal | None = None
        traded = False

        def state(at: Decimal) -> ProfitAndLoss:
            held = inventory
            return ProfitAndLoss(
                gate.symbol or "", held.position, held.cost, held.cash, held.fees, at
            )

        def on_fill(fill: Fill) -> ProfitAndLoss | None:
            nonlocal price, traded
            if not gate.admits(fill):
                return None
            traded = True
            inventory.apply(fill)
            if price is None or not marked:
                price = fill.price
            return state(price)

        def on_mark(value: Any) -> ProfitAndLoss | None:
            nonlocal price, marked
            if value is None:
                return None
            price, marked = exact(value, "mark"), True
            return state(price) if traded else None

        return on_fill, [on_mark] * (mark is not None)

    return stepping_beside(begin, [] if mark is None else [mark])
