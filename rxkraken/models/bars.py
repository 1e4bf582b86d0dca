"""Bars made here out of trades, and the four values of an interval of any numbers.

`Candle` is what the exchange sends; a `Bar` is what `rxkraken.operators.bars` makes of trades.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar, cast

import attrs

N = TypeVar("N")


@attrs.frozen
class Bar(Generic[N]):
    """Trades of one symbol, summed up.

    Prices are in quote units, ``volume`` in base units, ``notional`` (price times quantity, summed)
    in quote units; of ``Decimal`` trades both sums are exact.

    Attributes:
        begin: begin of the interval, or the time of the first trade where bars have no interval.
        end: the moment at which the next interval begins, or the time of the last trade.
        open: price of the first trade; None, as all prices, in an interval without trades that is
            not carried on.
        count: trades with a part in this bar; one that was split counts in each.
        closed: nothing will be added. False: a running update, or what is left at the end.
        late: trades since the bar before that came after their own bars had been closed; they
            are in no bar.

    >>> from datetime import UTC
    >>> begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    >>> bar = Bar("BTC/USD", begin, end, 100.0, 110.0, 100.0, 110.0, 2.0, 210.0, 2)
    >>> bar.vwap
    105.0
    """

    symbol: str
    begin: datetime
    end: datetime
    open: N | None
    high: N | None
    low: N | None
    close: N | None
    volume: N
    notional: N
    count: int
    closed: bool = True
    late: int = 0

    @property
    def vwap(self) -> N | None:
        """Average price weighted by quantity, in quote units; None without volume."""
        if not self.volume:
            return None
        return cast("N", cast("Any", self.notional) / cast("Any", self.volume))


@attrs.frozen
class Ohlc(Generic[N]):
    """First, highest, lowest and last of the numbers of one interval, and how many there were."""

    open: N
    high: N
    low: N
    close: N
    count: int
