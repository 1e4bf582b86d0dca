"""The wiring that operators over several sources share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SingleAssignmentDisposable

from rxkraken.errors import ConfigurationError

R = TypeVar("R")

Step = Callable[[int, Any], R | None]


def joined(sources: Sequence[Observable[Any]], begin: Callable[[], Step[R]]) -> Observable[R]:
    """Feed the values of several sources, with the number of the source, to one step function.

    ``begin`` is called once a subscription; the step gives the value to emit, or None for nothing.
    The stream fails when a source fails or the step raises. It completes when all sources did, or
    as soon as one did without any value, for then there will be nothing to join.
    """

    def subscribe(
        observer: abc.ObserverBase[R], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        join = _Join(observer, begin(), len(sources))
        for number, source in enumerate(sources):
            if join.upstream.is_disposed:
                break
            one = SingleAssignmentDisposable()
            join.upstream.add(one)
            one.disposable = source.subscribe(
                partial(join.on_next, number),
                join.on_error,
                partial(join.on_completed, number),
                scheduler=subscription,
            )
        return join.upstream

    return Observable(subscribe)


@attrs.define(eq=False)
class _Join(Generic[R]):
    """One subscription: which sources spoke and how many still run."""

    observer: abc.ObserverBase[R]
    step: Step[R]
    running: int
    spoke: set[int] = attrs.field(factory=set)
    upstream: CompositeDisposable = attrs.field(factory=CompositeDisposable)

    def on_next(self, number: int, value: Any) -> None:
        self.spoke.add(number)
        try:
            result = self.step(number, value)
        except Exception as error:  # noqa: BLE001 - whatever the step raises
            self.on_error(error)
            return
        if result is not None:
            self.observer.on_next(result)

    def on_error(self, error: Exception) -> None:
        self.upstream.dispose()
        self.observer.on_error(error)

    def on_completed(self, number: int) -> None:
        self.running -= 1
        if not self.running or number not in self.spoke:
            self.upstream.dispose()
            self.observer.on_completed()


def check_sources(**sources: object) -> None:
    """Refuse what is no Observable, by its name.

    Raises:
        ConfigurationError: something is not one.
    """
    for name, source in sources.items():
        if not isinstance(source, Observable):
            raise ConfigurationError(f"{name} must be an Observable, not {source!r}")
