"""The brake: end a stream once an equity has fallen too far."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT
from rxkraken.models.portfolio import ProfitAndLoss, exact

T = TypeVar("T")
Amount = Decimal | float | str

_ZERO = Decimal(0)


def stop_when(
    *, drawdown: Amount, equity: Observable[Any] | None = None
) -> Callable[[Observable[T]], Observable[T]]:
    """Pass a stream on until an equity has fallen too far below its highest value, then complete.

    ::

        source                  -10--15--12--4--20-->
        stop_when(drawdown=10)  -10--15--12--(4|)

    The value with which the drawdown is reached is passed on first. With ``equity`` the source,
    for example one of orders, goes on until *that* stream has fallen. A `ProfitAndLoss` counts by
    its ``total``, from a highest value of zero; numbers count from the first one. None does
    not count.

    Args:
        drawdown: how far below its highest value, in the unit of the equity.
        equity: what is watched, numbers or `ProfitAndLoss`; by default the source itself. Its end
            ends nothing, its error everything.

    Raises:
        ConfigurationError: the drawdown is no number above zero, or equity is no Observable.

    >>> import reactivex
    >>> _ = reactivex.of(10, 15, 12, 4, 20).pipe(stop_when(drawdown=10)).subscribe(print)
    10
    15
    12
    4
    """
    limit = exact(drawdown, "drawdown")
    if limit <= 0:
        raise ConfigurationError(f"drawdown must be above zero, not {drawdown!r}")
    if equity is None:
        return lambda source: _stop_itself(source, limit)
    if not isinstance(equity, Observable):
        raise ConfigurationError(f"equity must be an Observable, not {equity!r}")
    return lambda source: _stop_beside(source, equity, limit)


def _stop_itself(source: Observable[T], limit: Decimal) -> Observable[T]:
    def subscribe(
        observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        fallen = _new_drawdown(limit)

        def on_next(value: T) -> None:
            try:
                stop = fallen(value)
            except Exception as error:  # noqa: BLE001 - whatever is no number
                observer.on_error(error)
                return
            observer.on_next(value)
            if stop:
                observer.on_completed()

        return source.subscribe(
            on_next, observer.on_error, observer.on_completed, scheduler=subscription
        )

    return Observable(subscribe)


def _stop_beside(source: Observable[T], equity: Observable[Any], limit: Decimal) -> Observable[T]:
    def subscribe(
        observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        fallen = _new_drawdown(limit)

        def on_equity(value: Any) -> None:
            try:
                stop = fallen(value)
            except Exception as error:  # noqa: BLE001 - whatever is no number
                observer.on_error(error)
                return
            if stop:
                observer.on_completed()

        watched = equity.subscribe(on_equity, observer.on_error, scheduler=subscription)
        upstream = source.subscribe(
            observer.on_next, observer.on_error, observer.on_completed, scheduler=subscription
        )
        return CompositeDisposable(watched, upstream)

    return Observable(subscribe)


def _new_drawdown(limit: Decimal) -> Callable[[Any], bool]:
    highest: Decimal | None = None

    def fallen(value: Any) -> bool:
        nonlocal highest
        if value is None:
            return False
        if isinstance(value, ProfitAndLoss):
            now, floor = value.total, _ZERO
        else:
            now = floor = exact(value, "equity")
        highest = max(now, floor if highest is None else highest)
        return EXACT.subtract(highest, now) >= limit

    return fallen
