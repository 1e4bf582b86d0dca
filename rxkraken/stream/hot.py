"""Hot, ref-counted streams: one source for any number of subscribers.

`HotSubject` takes no lock, because it is used from the event loop's thread only, and guards each
subscriber: one that raises is detached and reported, the others and the socket never notice.
`Hot` connects its source for the first subscriber and disconnects it after the last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import Disposable
from reactivex.subject import Subject

from rxkraken.models.lifecycle import LifecycleEvent, SubscriberDetached

T = TypeVar("T")
Report = Callable[[LifecycleEvent], None]

_log = logging.getLogger(__name__)


class Memory(Protocol[T]):
    """What a late subscriber gets first, so that it need not wait for the next change."""

    def remember(self, value: T) -> None:
        """Take a value that was just emitted."""

    def recall(self) -> Iterable[T]:
        """Give the values a late subscriber starts with."""

    def forget(self) -> None:
        """Drop everything: the stream lost its continuity."""


class HotSubject(Subject[T]):
    """A subject for one thread whose subscribers cannot harm each other.

    ``ended`` is called once, before the subscribers learn of the end.
    """

    def __init__(self, name: str, report: Report) -> None:
        super().__init__()
        self.ended: Callable[[], None] = _nothing
        self._name = name
        self._report = report

    def on_next(self, value: T) -> None:
        """Give a value to every subscriber."""
        if self.is_stopped:
            return
        for observer in self.observers.copy():
            try:
                observer.on_next(value)
            except Exception as error:  # noqa: BLE001 - whatever a subscriber raises
                self._detach(observer, error)

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
                self._detach(observer, error)

    def _detach(self, observer: abc.ObserverBase[T], error: Exception) -> None:
        if observer in self.observers:
            self.observers.remove(observer)
        if isinstance(observer, abc.DisposableBase) or hasattr(observer, "dispose"):
            observer.dispose()
        _log.error("a subscriber of %s raised and was detached", self._name, exc_info=error)
        self._report(SubscriberDetached(self._name, f"{type(error).__name__}: {error}"))


def _nothing() -> None:
    pass


class _RememberingSubject(HotSubject[T]):
    """A hot subject that lets a memory see each value first."""

    def __init__(self, name: str, report: Report, memory: Memory[T]) -> None:
        super().__init__(name, report)
        self._remember = memory.remember

    def on_next(self, value: T) -> None:
        self._remember(value)
        super().on_next(value)


class Hot(Observable[T]):
    """A hot observable that is connected while somebody listens.

    Args:
        name: what the stream is called in reports.
        connect: starts the source into a subject and gives what stops it.
        report: takes happenings, such as a detached subscriber.
        memory: gives late subscribers their first values.
        refresh: called for a late subscriber, to make the source begin again with a snapshot.
        linger: seconds to stay connected after the last subscriber has left.

    After an error or the end of the source, the next subscriber connects anew.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[HotSubject[T]], abc.DisposableBase],
        report: Report,
        *,
        memory: Memory[T] | None = None,
        refresh: Callable[[], None] | None = None,
        linger: float = 0.0,
    ) -> None:
        super().__init__()
        self._name = name
        self._connect = connect
        self._report = report
        self._memory = memory
        self._refresh = refresh
        self._linger = linger
        self._subject: HotSubject[T] | None = None
        self._source: abc.DisposableBase = Disposable()
        self._lingering: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """The source runs."""
        return self._subject is not None

    def forget(self) -> None:
        """Drop what late subscribers would get: it is no longer true."""
        if self._memory is not None:
            self._memory.forget()

    def complete(self) -> None:
        """End the stream for all subscribers and disconnect the source."""
        subject = self._subject
        if subject is not None:
            self._disconnect(subject)
            subject.on_completed()

    def _subscribe_core(
        self,
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None = None,  # noqa: ARG002 - the shape of reactivex
    ) -> abc.DisposableBase:
        self._stop_lingering()
        subject = self._subject
        if subject is None:
            return self._first(observer)
        if self._memory is not None:
            for value in self._memory.recall():
                observer.on_next(value)
        if self._refresh is not None:
            self._refresh()
        return self._joined(subject, observer)

    def _first(self, observer: abc.ObserverBase[T]) -> abc.DisposableBase:
        subject = self._subject = self._new_subject()
        subject.ended = lambda: self._disconnect(subject)
        joined = self._joined(subject, observer)
        source = self._connect(subject)
        if self._subject is subject:
            self._source = source
        else:  # the source ended, or the subscriber left, while it was being connected
            source.dispose()
        return joined

    def _new_subject(self) -> HotSubject[T]:
        if self._memory is None:
            return HotSubject(self._name, self._report)
        self._memory.forget()
        return _RememberingSubject(self._name, self._report, self._memory)

    def _joined(self, subject: HotSubject[T], observer: abc.ObserverBase[T]) -> abc.DisposableBase:
        subject.observers.append(observer)

        def leave() -> None:
            if observer in subject.observers:
                subject.observers.remove(observer)
            self._left(subject)

        return Disposable(leave)

    def _left(self, subject: HotSubject[T]) -> None:
        if self._subject is not subject or subject.observers:
            return
        if self._linger > 0:
            loop = asyncio.get_running_loop()
            self._stop_lingering()
            self._lingering = loop.call_later(self._linger, self._disconnect, subject)
        else:
            self._disconnect(subject)

    def _disconnect(self, subject: HotSubject[T]) -> None:
        if self._subject is not subject:
            return
        self._stop_lingering()
        self._subject = None
        source, self._source = self._source, Disposable()
        source.dispose()

    def _stop_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
