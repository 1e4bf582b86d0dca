"""The wiring that operators of one value in and at most one value out share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

A = TypeVar("A")
B = TypeVar("B")


def stepping(
    begin: Callable[[], Callable[[A], B | None]],
) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator of a step function that gives the value to emit, or None for nothing.

    ``begin`` is called once a subscription, so that what a step function keeps is its own. What a
    step raises ends the stream as its error.

    >>> import reactivex
    >>> doubled = stepping(lambda: lambda value: value * 2 if value else None)
    >>> _ = reactivex.of(1, 0, 2).pipe(doubled).subscribe(print)
    2
    4
    """

    def operator(source: Observable[A]) -> Observable[B]:
        def subscribe(
            observer: abc.ObserverBase[B], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            return source.subscribe(
                guarded(begin(), observer),
                observer.on_error,
                observer.on_completed,
                scheduler=subscription,
            )

        return Observable(subscribe)

    return operator


def stepping_beside(
    begin: Callable[[], tuple[Callable[[A], B | None], Sequence[Callable[[Any], B | None]]]],
    beside: Sequence[Observable[Any]],
) -> Callable[[Observable[A]], Observable[B]]:
    """Make an operator that hears other streams beside its source, one step function for each.

    Those are subscribed before the source. Their end ends nothing, their error ends the stream.
    """

    def operator(source: Observable[A]) -> Observable[B]:
        def subscribe(
            observer: abc.ObserverBase[B], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            step, side_steps = begin()
            opened = CompositeDisposable()
            for stream, side_step in zip(beside, side_steps, strict=True):
                opened.add(
                    stream.subscribe(
                        guarded(side_step, observer), observer.on_error, scheduler=subscription
                    )
                )
            opened.add(
                source.subscribe(
                    guarded(step, observer),
                    observer.on_error,
                    observer.on_completed,
                    scheduler=subscription,
                )
            )
            return opened

        return Observable(subscribe)

    return operator


def guarded(step: Callable[[A], B | None], observer: abc.ObserverBase[B]) -> Callable[[A], None]:
    """Hand what a step gives, or raises, to an observer."""
    emit = observer.on_next

    def on_next(value: A) -> None:
        try:
            result = step(value)
        except Exception as error:  # noqa: BLE001 - whatever the step raises
            observer.on_error(error)
            return
        if result is not None:
            emit(result)

    return on_next
