"""Joining and spreading streams: several symbols as one, one frame as its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

from rxkraken.errors import Rejected

T = TypeVar("T")
R = TypeVar("R")


def merge_accepted(sources: Sequence[Observable[T]]) -> Observable[T]:
    """Merge streams; one that is refused drops out, and when all are the merged stream fails.

    ::

        BTC/USD  --a-----b-->
        NOPE/X   ---x
        merged   --a-----b-->
    """
    if len(sources) == 1:
        return sources[0]

    def subscribe(
        observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        merge = _Merge(observer, len(sources))
        for source in sources:
            merge.subscriptions.add(
                source.subscribe(
                    merge.on_next, merge.on_error, merge.on_completed, scheduler=scheduler
                )
            )
        return merge.subscriptions

    return Observable(subscribe)


@attrs.define(eq=False)
class _Merge(Generic[T]):
    """One subscription to several streams: how many still run, and which were refused."""

    observer: abc.ObserverBase[T]
    running: int
    refusals: list[Rejected] = attrs.field(factory=list)
    accepted: bool = False
    subscriptions: CompositeDisposable = attrs.field(factory=CompositeDisposable)

    def on_next(self, value: T) -> None:
        try:
            self.observer.on_next(value)
        except Exception:  # it is detached from one symbol's stream, so from all
            self.subscriptions.dispose()
            raise

    def on_error(self, error: Exception) -> None:
        if not isinstance(error, Rejected):
            self.observer.on_error(error)
            return
        self.refusals.append(error)
        self._one_less()

    def on_completed(self) -> None:
        self.accepted = True
        self._one_less()

    def _one_less(self) -> None:
        self.running -= 1
        if self.running:
            return
        if self.accepted:
            self.observer.on_completed()
        else:
            self.observer.on_error(_all_refused(self.refusals))


def flattened(items: Callable[[T], Iterable[R]]) -> Callable[[Observable[T]], Observable[R]]:
    """Emit the items made of each value, at once and in order, without an inner subscription."""

    def flatten(source: Observable[T]) -> Observable[R]:
        def subscribe(
            observer: abc.ObserverBase[R], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            def on_next(value: T) -> None:
                for item in items(value):
                    observer.on_next(item)

            return source.subscribe(
                on_next, observer.on_error, observer.on_completed, scheduler=scheduler
            )

        return Observable(subscribe)

    return flatten


def _all_refused(refusals: Sequence[Rejected]) -> Rejected:
    texts = dict.fromkeys(refusal.code for refusal in refusals)
    return Rejected(
        "; ".join(texts),
        retryable=all(refusal.retryable for refusal in refusals),
        scope=refusals[0].scope,
    )
