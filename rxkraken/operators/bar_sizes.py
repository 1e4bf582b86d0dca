"""Bars of one symbol that are full after so many trades, so much volume or so much notional."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.models.bars import Bar
from rxkraken.models.market import Trade
from rxkraken.operators.arithmetic import Arithmetic, arithmetic_of
from rxkraken.operators.growing_bar import GrowingBar, growing_bar

N = TypeVar("N")

_MOST = 100_000


class SizeBars(Protocol[N]):
    """The bars of one symbol, closed by its trades alone."""

    def add(self, trade: Trade[N]) -> Sequence[Bar[N]]:
        """Take a trade; give what is to be emitted."""

    def end(self) -> Sequence[Bar[N]]:
        """Give the bar that was not filled."""


def size_bars(
    ticks: int | None,
    volume: Decimal | float | None,
    notional: Decimal | float | None,
    *,
    running: bool,
) -> Callable[[Trade[N]], SizeBars[N]]:
    """Give what begins the bars of a symbol with its first trade, which decides the number type.

    Raises:
        ConfigurationError: the size is no number above zero.
    """
    if ticks is not None:
        if isinstance(ticks, bool) or not isinstance(ticks, int) or ticks < 1:
            raise ConfigurationError(f"ticks must be a whole number above zero, not {ticks!r}")
        return lambda trade: TickBars(arithmetic_of(trade.qty), ticks, running)
    by_volume = notional is None
    size = _size("volume", volume) if by_volume else _size("notional", notional)

    def begin(trade: Trade[N]) -> SizeBars[N]:
        arithmetic = arithmetic_of(trade.qty)
        return SizedBars(arithmetic, arithmetic.number(size), by_volume, running)

    return begin


def _size(name: str, value: Decimal | float | None) -> Decimal:
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        size = Decimal(str(value))
        if size.is_finite() and size > 0:
            return size
    raise ConfigurationError(f"{name} must be a number above zero, not {value!r}")


@attrs.define(eq=False)
class TickBars(Generic[N]):
    """Bars of a number of whole trades."""

    arithmetic: Arithmetic[N]
    ticks: int
    running: bool
    bar: GrowingBar[N] | None = None

    def add(self, trade: Trade[N]) -> Sequence[Bar[N]]:
        """Take a trade; give what is to be emitted."""
        notional = self.arithmetic.multiply(trade.price, trade.qty)
        if self.bar is None:
            self.bar = growing_bar(self.arithmetic, trade, trade.qty, notional)
        else:
            self.bar.add(trade, trade.qty, notional)
        if self.bar.count < self.ticks:
            return (self.bar.seen(closed=False),) if self.running else ()
        full, self.bar = self.bar, None
        return (full.seen(closed=True),)

    def end(self) -> Sequence[Bar[N]]:
        """Give the bar that was not filled."""
        return () if self.bar is None else (self.bar.seen(closed=False),)


@attrs.define(eq=False)
class SizedBars(Generic[N]):
    """Bars of an exact volume or notional; a trade on the boundary is split.

    Boundaries within a trade are measured from its start, so that a trade and its pieces are split
    at the same points.
    """

    arithmetic: Arithmetic[N]
    size: Any
    by_volume: bool
    running: bool
    bar: GrowingBar[N] | None = None

    def add(self, trade: Trade[N]) -> Sequence[Bar[N]]:
        """Take a trade; give what is to be emitted."""
        arithmetic = self.arithmetic
        whole = (trade.qty, arithmetic.multiply(trade.price, trade.qty))
        taken = (arithmetic.zero, arithmetic.zero)
        self._check(trade, whole)
        full: list[Bar[N]] = []
        while (boundary := self._boundary(trade, whole, taken)) is not None:
            full.append(self._filled(self._take(trade, taken, boundary)))
            if boundary == whole:
                return full
            taken = boundary
        rest = self._take(trade, taken, whole)
        return [*full, rest.seen(closed=False)] if self.running else full

    def end(self) -> Sequence[Bar[N]]:
        """Give the bar that was not filled."""
        return () if self.bar is None else (self.bar.seen(closed=False),)

    def _check(self, trade: Trade[N], whole: tuple[Any, Any]) -> None:
        """Refuse to fill memory; and floats are never split so finely that they stand still."""
        total = whole[0] if self.by_volume else whole[1]
        if total > _MOST * self.size:
            raise ConfigurationError(
                f"{'volume' if self.by_volume else 'notional'}={self.size} is too small for "
                f"{trade.symbol}: a single trade of {total} would make more than {_MOST} bars"
            )

    def _boundary(
        self, trade: Trade[N], whole: tuple[N, N], taken: tuple[N, N]
    ) -> tuple[N, N] | None:
        """Give quantity and notional, from the start of the trade, at which the bar is full."""
        arithmetic, side = self.arithmetic, 0 if self.by_volume else 1
        size = self.size
        before = arithmetic.zero if self.bar is None else self._measured(self.bar)
        total, done = whole[side], taken[side]
        if arithmetic.add(before, arithmetic.subtract(total, done)) < size:
            return None
        at: Any = arithmetic.add(done, arithmetic.subtract(size, before))
        if at >= total:
            return whole
        if self.by_volume:
            return at, arithmetic.multiply(trade.price, at)
        return min(trade.qty, arithmetic.quotient(at, trade.price), key=_identity), at

    def _take(self, trade: Trade[N], taken: tuple[N, N], until: tuple[N, N]) -> GrowingBar[N]:
        subtract = self.arithmetic.subtract
        qty, notional = subtract(until[0], taken[0]), subtract(until[1], taken[1])
        if self.bar is None:
            self.bar = growing_bar(self.arithmetic, trade, qty, notional)
        else:
            self.bar.add(trade, qty, notional)
        return self.bar

    def _filled(self, bar: GrowingBar[N]) -> Bar[N]:
        if self.by_volume:
            bar.volume = self.size  # of floats the sum may be a rounding away
        else:
            bar.notional = self.size
        self.bar = None
        return bar.seen(closed=True)

    def _measured(self, bar: GrowingBar[N]) -> N:
        return bar.volume if self.by_volume else bar.notional


def _identity(value: Any) -> Any:
    return value
