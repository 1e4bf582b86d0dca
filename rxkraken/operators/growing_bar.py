"""A bar while it takes trades."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from rxkraken.models.bars import Bar
from rxkraken.models.market import Trade
from rxkraken.operators.arithmetic import Arithmetic

N = TypeVar("N")


@attrs.define(eq=False)
class GrowingBar(Generic[N]):
    """The sums of the trades, or parts of trades, taken so far; at least one.

    First and last are decided by time and ``trade_id``, not by arrival, so that trades that
    overtake each other make the same bar.
    """

    arithmetic: Arithmetic[N]
    symbol: str
    first: tuple[datetime, int]
    last: tuple[datetime, int]
    open: Any
    high: Any
    low: Any
    close: Any
    volume: N
    notional: N
    count: int = 1

    def add(self, trade: Trade[N], qty: N, notional: N) -> None:
        """Take a quantity of a trade, worth ``notional``."""
        price: Any = trade.price
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        key = (trade.timestamp, trade.trade_id)
        if key >= self.last:
            self.last, self.close = key, price
        elif key < self.first:
            self.first, self.open = key, price
        add = self.arithmetic.add
        self.volume = add(self.volume, qty)
        self.notional = add(self.notional, notional)
        self.count += 1

    def seen(
        self,
        begin: datetime | None = None,
        end: datetime | None = None,
        *,
        closed: bool,
        late: int = 0,
    ) -> Bar[N]:
        """Give the bar as it stands; without an interval, from the first to the last trade."""
        return Bar(
            self.symbol,
            self.first[0] if begin is None else begin,
            self.last[0] if end is None else end,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume,
            self.notional,
            self.count,
            closed,
            late,
        )


def growing_bar(arithmetic: Arithmetic[N], trade: Trade[N], qty: N, notional: N) -> GrowingBar[N]:
    """Begin a bar with a quantity of a trade, worth ``notional``."""
    key, price = (trade.timestamp, trade.trade_id), trade.price
    return GrowingBar(arithmetic, trade.symbol, key, key, price, price, price, price, qty, notional)
