"""What fills add up to: each once, to a position, its cost and the cash they moved. Pure, exact."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Literal

from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT, ROUNDED
from rxkraken.models.portfolio import Fill

Method = Literal["average", "fifo"]

_ZERO = Decimal(0)
_add, _subtract, _multiply = EXACT.add, EXACT.subtract, EXACT.multiply


class FillGate:
    """Lets each fill of one symbol pass once.

    Args:
        symbol: the pair; None for that of the first fill, where fills of others are an error.
        remember: how many execution ids are kept.
    """

    __slots__ = ("_remember", "_seen", "_strict", "symbol")

    def __init__(self, symbol: str | None, remember: int) -> None:
        self.symbol = symbol
        self._strict = symbol is None
        self._remember = remember
        self._seen: dict[str, None] = {}

    def admits(self, fill: Fill) -> bool:
        """Tell whether a fill is one of the symbol and was not seen before.

        Raises:
            ConfigurationError: it is of another symbol than the first, and none was chosen.
        """
        if fill.symbol != self.symbol:
            if self.symbol is not None:
                if self._strict:
                    raise ConfigurationError(
                        f"fills of {self.symbol} and {fill.symbol} came in one stream: "
                        f"choose one with symbol="
                    )
                return False
            self.symbol = fill.symbol
        if not fill.exec_id:
            return True
        if fill.exec_id in self._seen:
            return False
        self._seen[fill.exec_id] = None
        if len(self._seen) > self._remember:
            del self._seen[next(iter(self._seen))]
        return True


class Inventory:
    """A position, what it cost, and the cash that its fills moved; all exact.

    Whatever part of the cost a closing fill releases, what remains is the rest to the last digit:
    so realised plus unrealised always equals cash plus value.

    Args:
        method: which cost a closing fill releases: the ``"average"``, rounded to 28 digits, or
            that of the oldest units (``"fifo"``).

    >>> inventory = Inventory("average")
    >>> inventory.apply(Fill("BTC/USD", "buy", price=100, qty=2))
    >>> inventory.apply(Fill("BTC/USD", "sell", price=110, qty=1))
    >>> inventory.position, inventory.cost, inventory.cash
    (Decimal('1'), Decimal('100'), Decimal('-90'))
    """

    __slots__ = ("_lots", "cash", "cost", "fees", "position")

    def __init__(self, method: Method) -> None:
        self.position = self.cost = self.cash = self.fees = _ZERO
        self._lots: deque[tuple[Decimal, Decimal]] | None = deque() if method == "fifo" else None

    def apply(self, fill: Fill) -> None:
        """Take a fill."""
        price, qty, buying, held = fill.price, fill.qty, fill.side == "buy", self.position
        worth = _multiply(price, qty)
        self.cash = _subtract(self.cash, worth) if buying else _add(self.cash, worth)
        if fill.fee:
            self.cash = _subtract(self.cash, fill.fee)
            self.fees = _add(self.fees, fill.fee)
        self.position = _add(held, qty) if buying else _subtract(held, qty)
        if not held or held.is_signed() is not buying:
            self._open(qty, price, worth, buying=buying)
            return
        size = held.copy_abs()
        if qty < size:
            self._close(size, qty)
            return
        self.cost = _ZERO
        if self._lots is not None:
            self._lots.clear()
        if qty > size:
            rest = _subtract(qty, size)
            self._open(rest, price, _multiply(rest, price), buying=buying)

    def _open(self, qty: Decimal, price: Decimal, worth: Decimal, *, buying: bool) -> None:
        self.cost = _add(self.cost, worth) if buying else _subtract(self.cost, worth)
        if self._lots is not None:
            self._lots.append((qty, price))

    def _close(self, size: Decimal, qty: Decimal) -> None:
        """Release the cost of a part of the position, which is of the other sign than the fill."""
        if self._lots is None:
            part = ROUNDED.divide(_multiply(self.cost, qty), size)
            self.cost = _subtract(self.cost, part)
            return
        part = _oldest(self._lots, qty)
        long = not self.position.is_signed()
        self.cost = _subtract(self.cost, part) if long else _add(self.cost, part)


def _oldest(lots: deque[tuple[Decimal, Decimal]], qty: Decimal) -> Decimal:
    """Take the oldest units out of lots of quantity and price, and give their cost."""
    cost = _ZERO
    while qty:
        size, price = lots[0]
        if size > qty:
            lots[0] = _subtract(size, qty), price
            return _add(cost, _multiply(qty, price))
        lots.popleft()
        cost = _add(cost, _multiply(size, price))
        qty = _subtract(qty, size)
    return cost
