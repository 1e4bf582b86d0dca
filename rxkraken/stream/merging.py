"""Several symbols as one stream, which goes on with those that the exchange accepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

from rxkraken.errors import Rejected

T = TypeVar("T")


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
        refusals: list[Rejected] = []
        running = len(sources)

        def on_error(error: Exception) -> None:
            nonlocal running
            if not isinstance(error, Rejected):
                observer.on_error(error)
                return
            refusals.append(error)
            running -= 1
            if len(refusals) == len(sources):
                observer.on_error(_all_refused(refusals))
            elif not running:
                observer.on_completed()

        def on_completed() -> None:
            nonlocal running
            running -= 1
            if not running:
                observer.on_completed()

        return CompositeDisposable(
            [
                source.subscribe(observer.on_next, on_error, on_completed, scheduler=scheduler)
                for source in sources
            ]
        )

    return Observable(subscribe)


def _all_refused(refusals: Sequence[Rejected]) -> Rejected:
    texts = dict.fromkeys(refusal.code for refusal in refusals)
    return Rejected(
        "; ".join(texts),
        retryable=all(refusal.retryable for refusal in refusals),
        scope=refusals[0].scope,
    )
