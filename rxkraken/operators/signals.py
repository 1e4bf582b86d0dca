"""From series of numbers to decisions: crossings and thresholds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any, Literal, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.operators.stepping import stepping

T = TypeVar("T")
Number = Decimal | float
Crossing = Literal[1, -1]


def _first(pair: Any) -> Any:
    return pair[0]


def _second(pair: Any) -> Any:
    return pair[1]


def crossover(
    *, fast: Callable[[T], Any] = _first, slow: Callable[[T], Any] = _second
) -> Callable[[Observable[T]], Observable[Crossing]]:
    """Emit 1 when the fast series crosses above the slow one, -1 when it crosses below.

    ::

        fast/slow  -1/2--3/2--3/3--2/3--2/3-->
        crossover  ------1---------(-1)------>

    The source is one stream of both series, for example ``reactivex.zip(fast, slow)``: two that
    came separately would be compared half old and half new, and cross where nothing crossed. A
    touch without a crossing is no event, and neither is the side on which the series begin.
    Values that are None or not a number are passed over.

    Args:
        fast: gives the fast series of a value of the source; by default its first item.
        slow: gives the slow one; by default the second item.

    Raises:
        ConfigurationError: one of the two is no function.

    >>> import reactivex
    >>> _ = reactivex.of((1, 2), (3, 2), (2, 2), (1, 2)).pipe(crossover()).subscribe(print)
    1
    -1
    """
    _require_function(fast, "fast")
    _require_function(slow, "slow")

    def begin() -> Callable[[T], Crossing | None]:
        side: Crossing | None = None

        def step(value: T) -> Crossing | None:
            nonlocal side
            one, other = fast(value), slow(value)
            if one is None or other is None:
                return None
            now: Crossing
            if one > other:
                now = 1
            elif one < other:
                now = -1
            else:
                return None  # a touch, or not a number
            before, side = side, now
            return None if before is None or before == now else now

        return step

    return stepping(begin)


def threshold(
    level: Number, *, hysteresis: Number = 0
) -> Callable[[Observable[Any]], Observable[bool]]:
    """Tell whether a series is above a level: at first, and at each change.

    ::

        series                      -1--6--5--4--2--5--6-->
        threshold(5, hysteresis=2)  -F--T--------F-----T-->

    True begins with a value above ``level``, and ends with one below ``level - hysteresis``: a
    series that trembles around the level does not make the signal tremble. Values that are None
    or not a number are passed over.

    Args:
        level: in the unit of the series.
        hysteresis: how far below the level the series must fall, in the same unit.

    Raises:
        ConfigurationError: the level is no finite number, or the hysteresis is one below zero.

    >>> import reactivex
    >>> _ = reactivex.of(1, 6, 4, 2).pipe(threshold(5, hysteresis=2)).subscribe(print)
    False
    True
    False
    """
    if not _is_number(level):
        raise ConfigurationError(f"level must be a finite number, not {level!r}")
    if not _is_number(hysteresis) or hysteresis < 0:
        raise ConfigurationError(f"hysteresis must be a number from zero up, not {hysteresis!r}")
    low: Number = Decimal(str(level)) - Decimal(str(hysteresis))
    if not isinstance(level, Decimal) and not isinstance(hysteresis, Decimal):
        low = float(low)  # floats are compared with the float next to the level, as users write it

    def begin() -> Callable[[Any], bool | None]:
        state: bool | None = None

        def step(value: Any) -> bool | None:
            nonlocal state
            if value is None or value != value:  # noqa: PLR0124 - not a number
                return None
            now: bool = value >= low if state else value > level
            if now is state:
                return None
            state = now
            return now

        return step

    return stepping(begin)


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, Decimal | float | int) and not isinstance(value, bool) and isfinite(value)
    )


def _require_function(value: Any, name: str) -> None:
    if not callable(value):
        raise ConfigurationError(f"{name} must be a function, not {value!r}")
