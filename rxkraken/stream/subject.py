"""A subject for one thread, whose subscribers cannot harm each other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import abc
from reactivex.disposable import Disposable
from reactivex.subject import Subject

from rxkraken.models.lifecycle import LifecycleEvent, SubscriberDetached

T = TypeVar("T")
Report = Callable[[LifecycleEvent], None]

_log = logging.getLogger(__name__)


class HotSubject(Subject[T]):
    """Takes no lock, as it is used from the event loop's thread only, and guards each subscriber.

    One that raises is detached and reported; the others and the socket never notice. ``ended`` is
    called once, before the subscribers learn of the end; ``emptied`` when the last one has left.
    """

    def __init__(self, name: str, report: Report) -> None:
        super().__init__()
        self.ended: Callable[[], None] = nothing
        self.emptied: Callable[[], None] = nothing
        self._name = name
        self._report = report

    def on_next(self, value: T) -> None:
        """Give a value to every subscriber."""
        for observer in self.observers:  # never changed in place, so it needs no copy here
            try:
                observer.on_next(value)
            except Exception as error:  # noqa: BLE001 - whatever a subscriber raises
                self.detach(observer, error)

    def complete_all(self) -> None:
        """Complete all present subscribers; the subject itself goes on for later ones."""
        self._end(lambda observer: observer.on_completed())

    def admit(self, observer: Any) -> None:
        """Add a subscriber."""
        self.observers = [*self.observers, observer]

    def release(self, observer: Any) -> None:
        """Remove a subscriber, if it is one."""
        self.observers = [other for other in self.observers if other is not observer]
        if not self.observers:
            self.emptied()

    def _subscribe_core(
        self,
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None = None,
    ) -> abc.DisposableBase:
        if self.is_stopped:
            return super()._subscribe_core(observer, scheduler)
        self.admit(observer)
        return Disposable(lambda: self.release(observer))

    def _on_error_core(self, error: Exception) -> None:
        self.exception = error
        self._end(lambda observer: observer.on_error(error))

    def _on_completed_core(self) -> None:
        self._end(lambda observer: observer.on_completed())

    def _end(self, tell: Callable[[abc.ObserverBase[T]], None]) -> None:
        observers, self.observers = self.observers, []
        self.ended()
        for observer in observers:
            try:
                tell(observer)
            except Exception as error:  # noqa: BLE001 - whatever a subscriber raises
                self.detach(observer, error)

    def detach(self, observer: Any, error: Exception) -> None:
        """Remove a subscriber that raised, and report it."""
        self.release(observer)
        if isinstance(observer, abc.DisposableBase) or hasattr(observer, "dispose"):
            observer.dispose()
        _log.error("a subscriber of %s raised and was detached", self._name, exc_info=error)
        self._report(SubscriberDetached(self._name, f"{type(error).__name__}: {error}"))


def nothing(*_: object) -> None:
    """Do nothing, whatever comes."""
