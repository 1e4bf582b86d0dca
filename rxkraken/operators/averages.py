"""Weighted averages: by age, by quantity, by time in force. See `rolling` for windows and time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, SupportsFloat, TypeVar, overload

from reactivex import Observable, abc

from rxkraken.core.aggregates import DecimalVolumeWeighted, VolumeWeighted
from rxkraken.core.smoothing import DecayByItem, DecayByTime, TimeWeighted
from rxkraken.core.windows import Machine
from rxkraken.errors import ConfigurationError
from rxkraken.models.market import Trade
from rxkraken.operators.timing import duration
from rxkraken.operators.windowing import (
    Length,
    Window,
    exact,
    extent,
    floats,
    fold,
    fold_in_time,
    function,
    positive,
    whole,
    window_of,
)

T = TypeVar("T")
N = TypeVar("N", float, Decimal)


def ewma(
    *,
    span: float | None = None,
    halflife: float | str | timedelta | None = None,
    minimum: int = 1,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit the exponentially weighted moving average, in float.

    ::

        source              -4----1------1-|
        ewma(halflife=1)    -4----2------1.43-|

    The newest value weighs 1. With each item the older weights shrink by the share 2 / (span + 1),
    or halve with each ``halflife``; by time they do so as time passes, so that irregular times are
    right, and values of one moment weigh the same. The mean is over the weights there are (the
    adjusted one of pandas), so the first values are not biased towards anything.

    Args:
        span: a number of items, at least 1: as smooth as a simple average over so many.
        halflife: a number of items, or a length of time: a text such as ``"30s"``, a ``timedelta``.
        minimum: how many values there must have been.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``, for a half-life of event time.
        scheduler: clock of a half-life of time; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> _ = reactivex.of(4, 1, 1).pipe(ewma(halflife=1)).subscribe(lambda x: print(f"{x:.2f}"))
    4.00
    2.00
    1.43
    """
    if (span is None) == (halflife is None):
        raise ConfigurationError("ewma needs either span= or halflife=, and not both")
    whole("minimum", minimum)
    function("time", time)
    read = floats("ewma", value)
    if isinstance(halflife, str | timedelta):
        length = duration(halflife, "halflife")
        return fold_in_time(lambda: DecayByTime(length, minimum), read, time, scheduler)
    if halflife is not None:
        power = -math.log(2.0) / positive("halflife", halflife)
        kept, lost = math.exp(power), -math.expm1(power)
    else:
        items = positive("span", span, least=1.0)
        kept, lost = (items - 1.0) / (items + 1.0), 2.0 / (items + 1.0)
    return fold(lambda: DecayByItem(kept, lost, minimum), read)


@overload
def vwap(
    window: Length | None = None,
    *,
    minimum: int | None = None,
    price: None = None,
    quantity: None = None,
    time: Callable[[Trade[N]], datetime | None] | None = None,
) -> Callable[[Observable[Trade[N]]], Observable[N]]: ...


@overload
def vwap(
    window: Length | None = None,
    *,
    minimum: int | None = None,
    price: Callable[[T], N | None],
    quantity: Callable[[T], N | None],
    time: Callable[[T], datetime | None] | None = None,
) -> Callable[[Observable[T]], Observable[N]]: ...


def vwap(
    window: Length | None = None,
    *,
    minimum: int | None = None,
    price: Callable[[Any], Any] | None = None,
    quantity: Callable[[Any], Any] | None = None,
    time: Callable[[Any], datetime | None] | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Emit the volume-weighted average price of the last trades, or of all so far.

    ::

        trades    -1@100-1@102-2@103-|
        vwap()    -100---101---102---|

    A ``Decimal`` of 28 digits, of sums that are exact, if the first price is a ``Decimal``; else a
    float. While there is no quantity there is no price, and nothing is emitted.

    Args:
        window: a number of trades, or a length of time: ``"5m"``, a ``timedelta``; None for all.
        minimum: how many trades there must be; by default the window's number, or 1.
        price: gives the price of an item; by default its ``price``.
        quantity: gives the quantity of an item, not below zero; by default its ``qty``.
        time: gives the time of an item, an aware ``datetime``; by default its ``timestamp``.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: a quantity is below
            zero, or an item has no such numbers.

    >>> import reactivex
    >>> from decimal import Decimal
    >>> trades = reactivex.of((Decimal("100"), Decimal("1")), (Decimal("100.1"), Decimal("3")))
    >>> prices = trades.pipe(vwap(price=lambda trade: trade[0], quantity=lambda trade: trade[1]))
    >>> _ = prices.subscribe(print)
    100
    100.075
    """
    function("price", price)
    function("quantity", quantity)
    at = time or attrgetter("timestamp")
    function("time", time)
    read = _traded(price or attrgetter("price"), quantity or attrgetter("qty"))
    chosen = window_of(window, minimum)
    if chosen.length is None:
        return fold(lambda: _Vwap(chosen), read)
    return fold_in_time(lambda: _Vwap(chosen), read, at, None)


def _traded(
    price: Callable[[Any], Any], quantity: Callable[[Any], Any]
) -> Callable[[Any], tuple[Any, Any] | None]:
    """Read prices and quantities, these of the kind of the prices."""
    number = exact("vwap", None)

    def read(item: Any) -> tuple[Any, Any] | None:
        paid, amount = number(price(item)), number(quantity(item))
        if paid is None or amount is None:
            return None
        if amount < 0:
            raise ConfigurationError(f"vwap takes quantities from zero on, not {amount}")
        return paid, Decimal(amount) if isinstance(paid, Decimal) else float(amount)

    return read


class _Vwap:
    """The price in a window: a ``Decimal`` if the first price is one, else a float."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._machine: Machine[Any, Any] | None = None

    def push(self, value: tuple[Any, Any], at: datetime | None) -> Any:
        """Take the next trade."""
        if self._machine is None:
            decimal = isinstance(value[0], Decimal)
            self._machine = self._window.around(
                DecimalVolumeWeighted() if decimal else VolumeWeighted()
            )
        return self._machine.push(value, at)


def twap(
    window: Length,
    *,
    minimum: Length | None = None,
    value: Callable[[T], SupportsFloat | None] | None = None,
    time: Callable[[T], datetime | None] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[float]]:
    """Emit the time-weighted average: each value by how long it was in force, in float.

    ::

        source        -10---20-40---|
        twap("1h")    ------10-13.3-|     (three and one seconds in force)

    A value is in force until the next one comes, so the newest has no weight yet, and the first
    emits nothing. Of the value in force when the window of time begins, only the part within it
    counts. Nothing is emitted because time goes by.

    Args:
        window: a length of time: ``"5m"``, a ``timedelta``; or a number of values that have ended.
        minimum: the time, or the number of values, that must be covered; by default any time, or
            the window's number.
        value: gives the number of an item; by default items are numbers.
        time: gives the time of an item, an aware ``datetime``; by default that of the scheduler.
        scheduler: clock; by default that of the subscription.

    Raises:
        ConfigurationError: an argument is wrong. As an error of the stream: an item is no number.

    >>> import reactivex
    >>> from datetime import UTC
    >>> at = lambda second: datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    >>> source = reactivex.of((at(0), 10.0), (at(3), 20.0), (at(4), 40.0))
    >>> prices = source.pipe(twap("2s", value=lambda item: item[1], time=lambda item: item[0]))
    >>> _ = prices.subscribe(print)
    10.0
    15.0
    """
    items, length = extent(window, "window")
    least = _covered(minimum, items, length)
    read = floats("twap", value)
    return fold_in_time(lambda: TimeWeighted(items, length, least), read, time, scheduler)


def _covered(minimum: Length | None, items: int | None, length: timedelta | None) -> int:
    """Read what a window must cover: a number of values, or microseconds."""
    if minimum is None:
        return items or 0
    if items is not None:
        return window_of(items, whole("minimum", minimum)).minimum
    least = duration(minimum, "minimum")
    if length is not None and least > length:
        raise ConfigurationError(f"minimum must be at most the window of {length}, not {least}")
    return least // timedelta(microseconds=1)
