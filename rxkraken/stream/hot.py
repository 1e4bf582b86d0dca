"""Hot, ref-counted streams: one source for any number of subscribers.

`Hot` connects its source for the first subscriber and disconnects it after the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex.disposable import Disposable
from reactivex.internal import default_error

from rxkraken.stream.subject import HotSubject, Report, nothing

T = TypeVar("T")


class Memory(Protocol[T]):
    """What a late subscriber gets first, so that it need not wait for the next change."""

    passive: bool  # has its knowledge from elsewhere, so `remember` need not be called

    def remember(self, value: T) -> None:
        """Take a value that was just emitted."""

    def recall(self) -> Iterable[T]:
        """Give the values a late subscriber starts with."""

    def forget(self) -> None:
        """Drop everything: the stream lost its continuity."""


class _RememberingSubject(HotSubject[T]):
    """A hot subject that lets a memory see each value first."""

    def __init__(self, name: str, report: Report, memory: Memory[T]) -> None:
        super().__init__(name, report)
        self._remember = memory.remember

    def on_next(self, value: T) -> None:
        self._remember(value)
        super().on_next(value)


@attrs.define(eq=False)
class _Subscriber:
    """Callbacks in the shape of an observer: its attributes are the callbacks themselves."""

    on_next: Callable[..., None]
    on_error: Callable[..., None]
    on_completed: Callable[..., None]

    def dispose(self) -> None:
        """Let nothing through any more, not even of a round that is under way."""
        self.on_next = self.on_error = self.on_completed = nothing


def _subscriber(
    on_next: Any, on_error: abc.OnError | None, on_completed: abc.OnCompleted | None
) -> _Subscriber:
    if hasattr(on_next, "on_next"):  # an observer, or what has the shape of one
        return _Subscriber(on_next.on_next, on_next.on_error, on_next.on_completed)
    return _Subscriber(on_next or nothing, on_error or default_error, on_completed or nothing)


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
        self._loop: asyncio.AbstractEventLoop | None = None

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

    def subscribe(
        self,
        on_next: abc.ObserverBase[T] | abc.OnNext[T] | None = None,
        on_error: abc.OnError | None = None,
        on_completed: abc.OnCompleted | None = None,
        *,
        scheduler: abc.SchedulerBase | None = None,  # noqa: ARG002 - the shape of reactivex
    ) -> abc.DisposableBase:
        """Subscribe an observer or callbacks, as with any Observable.

        Values reach the callback without a wrapper in between, because the subject itself removes
        whoever disposes or raises.
        """
        if self._loop is not None and self._loop.is_closed():
            self._abandon()
        self._stop_lingering()
        observer = _subscriber(on_next, on_error, on_completed)
        subject = self._subject
        if subject is None:
            return self._first(observer)
        if self._memory is not None:
            try:
                for value in self._memory.recall():
                    observer.on_next(value)
            except Exception as error:  # noqa: BLE001 - whatever a subscriber raises
                subject.detach(observer, error)
                return Disposable()
        if self._refresh is not None:
            self._refresh()
        return self._joined(subject, observer)

    def _first(self, observer: _Subscriber) -> abc.DisposableBase:
        self._loop = _running_loop()
        subject = self._subject = self._new_subject()
        subject.ended = lambda: self._disconnect(subject)
        subject.emptied = lambda: self._left(subject)
        joined = self._joined(subject, observer)
        try:
            source = self._connect(subject)
        except Exception:
            self._subject = None
            raise
        if self._subject is subject:
            self._source = source
        else:  # the source ended, or the subscriber left, while it was being connected
            source.dispose()
        return joined

    def _new_subject(self) -> HotSubject[T]:
        memory = self._memory
        if memory is not None:
            memory.forget()
        if memory is None or memory.passive:
            return HotSubject(self._name, self._report)
        return _RememberingSubject(self._name, self._report, memory)

    def _joined(self, subject: HotSubject[T], observer: _Subscriber) -> abc.DisposableBase:
        subject.admit(observer)

        def leave() -> None:
            observer.dispose()
            subject.release(observer)

        return Disposable(leave)

    def _left(self, subject: HotSubject[T]) -> None:
        if self._subject is not subject:
            return
        if self._loop is not None and self._loop.is_closed():
            self._abandon()
        elif self._linger > 0 and self._loop is not None:
            self._stop_lingering()
            self._lingering = self._loop.call_later(self._linger, self._disconnect, subject)
        else:
            self._disconnect(subject)

    def _disconnect(self, subject: HotSubject[T]) -> None:
        if self._subject is not subject:
            return
        self._stop_lingering()
        self._subject = None
        source, self._source = self._source, Disposable()
        source.dispose()

    def _abandon(self) -> None:
        """Forget a source whose event loop has ended under it."""
        self._subject = self._lingering = self._loop = None
        source, self._source = self._source, Disposable()
        with suppress(RuntimeError):
            source.dispose()

    def _stop_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
