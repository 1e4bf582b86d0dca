"""What the statistics share: reading numbers and windows, and wiring a machine to a stream.

One rule holds for all of them: None, NaN, infinities and floats of 1e300 or more in magnitude are
no observations. Such an item is passed over: it takes no place in a window and emits nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, SupportsFloat, TypeVar

import attrs
from reactivex import Observable, abc

from rxkraken.core.windows import Aggregate, CountWindow, Everything, Machine, TimeWindow
from rxkraken.errors import ConfigurationError
from rxkraken.operators.stepping import guarded, stepping
from rxkraken.operators.timing import duration, scheduler_of

T = TypeVar("T")
A = TypeVar("A")
R = TypeVar("R")

Length = int | str | timedelta
Read = Callable[[T], A | None]
Moment = Callable[[T], datetime | None]
Operator = Callable[[Observable[T]], Observable[R]]

LIMIT = 1e300  # leaves room for sums, so that no machine overflows on its way


@attrs.frozen
class Window:
    """The last ``items`` values, those of the last ``length``, or all when both are None."""

    items: int | None
    length: timedelta | None
    minimum: int

    def around(self, aggregate: Aggregate[A, R]) -> Machine[A, R]:
        """Make the machine that keeps this window of an aggregate."""
        if self.items is not None:
            return CountWindow(aggregate, self.items, self.minimum)
        if self.length is not None:
            return TimeWindow(aggregate, self.length, self.minimum)
        return Everything(aggregate, self.minimum)


def window_of(window: Length | None, minimum: int | None, *, least: int = 1) -> Window:
    """Read ``window=`` and ``minimum=``, by default all items, or one of a window of time.

    Raises:
        ConfigurationError: one of them is wrong, or there are more values asked for than fit.
    """
    items, length = (None, None) if window is None else extent(window, "window", least=least)
    if minimum is None:
        return Window(items, length, items or 1)
    whole("minimum", minimum)
    if items is not None and minimum > items:
        raise ConfigurationError(
            f"minimum must be at most the window of {items} items, not {minimum}"
        )
    return Window(items, length, minimum)


def extent(value: object, name: str, *, least: int = 1) -> tuple[int | None, timedelta | None]:
    """Read a number of items or a length of time: one of both, the other is None."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value, None
    if isinstance(value, str | timedelta):
        return None, duration(value, name)
    raise ConfigurationError(
        f"{name} must be a whole number of items from {least} on, such as 20, or a duration, "
        f"such as '5m' or a timedelta, not {repr(value)[:60]}"
    )


def whole(name: str, value: object, *, least: int = 1) -> int:
    """Read a whole number of items."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise ConfigurationError(
        f"{name} must be a whole number of items from {least} on, not {repr(value)[:60]}"
    )


def positive(name: str, value: object, *, least: float = 0.0) -> float:
    """Read a finite number above zero and not below ``least``."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        number = float(value) if value < LIMIT else math.inf
        if math.isfinite(number) and number >= least:
            return number
    wanted = f"from {least:g} on" if least else "above zero"
    raise ConfigurationError(f"{name} must be a number {wanted}, not {repr(value)[:60]}")


def one_of(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Insist on one of a few words."""
    if value not in choices:
        words = ", ".join(map(repr, choices))
        raise ConfigurationError(f"{name} must be one of {words}, not {repr(value)[:60]}")


def function(name: str, value: object) -> None:
    """Insist on a function from an item, or None."""
    if value is not None and not callable(value):
        raise ConfigurationError(f"{name} must be a function from an item, not {repr(value)[:60]}")


def floats(name: str, value: Callable[[Any], SupportsFloat | None] | None) -> Read[Any, float]:
    """Read items, or what ``value`` gives for them, as floats."""
    function("value", value)

    def plain(item: Any) -> float | None:
        if type(item) is not float:
            item = float_of(name, item)
            if item is None:
                return None
        return item if -LIMIT < item < LIMIT else None

    return plain if value is None else lambda item: plain(value(item))


def exact(name: str, value: Callable[[Any], Any] | None) -> Read[Any, Any]:
    """Read items, or what ``value`` gives for them: a ``Decimal`` as it is, others as floats."""
    function("value", value)
    as_float = floats(name, None)

    def plain(item: Any) -> Any:
        if type(item) is float:
            return item if -LIMIT < item < LIMIT else None
        if isinstance(item, Decimal):
            return item if item.is_finite() else None
        return as_float(item)

    return plain if value is None else lambda item: plain(value(item))


def float_of(name: str, value: Any) -> float | None:
    """Make a float of a number of any kind; None of what no float can stand for."""
    if value is None:
        return None
    if not hasattr(type(value), "__float__"):
        raise ConfigurationError(
            f"{name} takes numbers, not {repr(value)[:60]} ({type(value).__name__}): "
            "give it a function from an item to its number"
        )
    try:
        return float(value)
    except (OverflowError, ValueError):  # too great an integer, a signalling NaN
        return None


def fold(
    begin: Callable[[], Machine[A, R]], read: Read[T, A]
) -> Callable[[Observable[T]], Observable[R]]:
    """Make an operator of a machine that needs no time: a fresh one for each subscriber."""

    def step() -> Callable[[T], R | None]:
        push = begin().push

        def take(item: T) -> R | None:
            value = read(item)
            return None if value is None else push(value, None)

        return take

    return stepping(step)


def fold_in_time(
    begin: Callable[[], Machine[A, R]],
    read: Read[T, A],
    time: Moment[T] | None,
    scheduler: abc.SchedulerBase | None,
) -> Callable[[Observable[T]], Observable[R]]:
    """Make an operator of a machine in the time of the events, or else of the scheduler."""
    function("time", time)

    def operator(source: Observable[T]) -> Observable[R]:
        def subscribe(
            observer: abc.ObserverBase[R], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            moment = _clock(scheduler, subscription) if time is None else time
            push = begin().push

            def take(item: T) -> R | None:
                value = read(item)
                return None if value is None else push(value, moment(item))

            return source.subscribe(
                guarded(take, observer),
                observer.on_error,
                observer.on_completed,
                scheduler=subscription,
            )

        return Observable(subscribe)

    return operator


def over(
    window: Window,
    aggregate: Callable[[], Aggregate[A, R]],
    read: Read[T, A],
    time: Moment[T] | None,
    scheduler: abc.SchedulerBase | None,
) -> Callable[[Observable[T]], Observable[R]]:
    """Make an operator of an aggregate of a window."""
    function("time", time)

    def begin() -> Machine[A, R]:
        return window.around(aggregate())

    return (
        fold(begin, read) if window.length is None else fold_in_time(begin, read, time, scheduler)
    )


def _clock(*candidates: abc.SchedulerBase | None) -> Moment[Any]:
    clock = scheduler_of(*candidates)
    return lambda _: clock.now
