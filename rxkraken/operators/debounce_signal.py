"""Signals that last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.errors import ConfigurationError
from rxkraken.operators.stepping import stepping
from rxkraken.operators.timing import duration, scheduler_of

T = TypeVar("T")


def _itself(value: Any) -> Any:
    return value


def debounce_signal(
    quiet: str | float | timedelta,
    *,
    key: Callable[[T], Any] = _itself,
    time: Callable[[T], datetime] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    """Emit a signal once it has kept its value for a while, and only when it is a new one.

    ::

        signal               -a----b-a---b-------->
        debounce_signal(3s)  ----a----------b----->

    Unlike ``debounce`` of Rx, repeating a value does not make it wait anew, and a signal that
    returns to the value emitted last is forgotten. Without ``time`` the while is measured by the
    clock of the scheduler; with it by the time of the events: a value is emitted by the first
    event that comes when it has lasted. What has not lasted when the source ends is not emitted.
    Of equal values the first is emitted.

    Args:
        quiet: how long a value must last: seconds, a ``timedelta``, or a text such as ``"1s"``.
        key: gives what of an event is the signal; by default the event itself.
        time: gives the time of an event, an aware ``datetime``, for event time.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: ``quiet`` is no duration above zero, or ``key`` or ``time`` is no
            function.

    >>> import reactivex
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> signal = reactivex.concat(reactivex.of(True, False), reactivex.never())
    >>> _ = signal.pipe(debounce_signal("1s", scheduler=clock)).subscribe(print)
    >>> clock.advance_to(5)
    False
    """
    length = duration(quiet, "quiet")
    for name, function in (("key", key), ("time", time)):
        if function is not None and not callable(function):
            raise ConfigurationError(f"{name} must be a function, not {function!r}")
    if time is None:
        return lambda source: _debounce_by_clock(source, length, key, scheduler)
    return stepping(lambda: _debounce_by_events(length, key, time))


_NOTHING: Any = object()


class _Candidate(Generic[T]):
    """The value that may become the signal, and the signal it must differ from."""

    __slots__ = ("_emitted", "_key", "_name", "value")

    def __init__(self, key: Callable[[T], Any]) -> None:
        self._key = key
        self._emitted: Any = _NOTHING
        self._name: Any = _NOTHING
        self.value: T = _NOTHING

    def hear(self, value: T) -> bool | None:
        """Tell whether a wait begins (True), ends (False) or goes on as it was (None)."""
        name = self._key(value)
        if self._name is not _NOTHING and name == self._name:
            return None
        if self._emitted is not _NOTHING and name == self._emitted:
            self._name = self.value = _NOTHING
            return False
        self._name, self.value = name, value
        return True

    def confirm(self) -> T:
        """Make the candidate the signal."""
        value, self._emitted = self.value, self._name
        self._name = self.value = _NOTHING
        return value


def _debounce_by_events(
    length: timedelta, key: Callable[[T], Any], at: Callable[[T], datetime]
) -> Callable[[T], T | None]:
    candidate = _Candidate(key)
    since: datetime | None = None

    def step(value: T) -> T | None:
        nonlocal since
        now = at(value)
        lasted = None
        if since is not None and now - since >= length:
            lasted, since = candidate.confirm(), None
        change = candidate.hear(value)
        if change is not None:
            since = now if change else None
        return lasted

    return step


def _debounce_by_clock(
    source: Observable[T],
    length: timedelta,
    key: Callable[[T], Any],
    scheduler: abc.SchedulerBase | None,
) -> Observable[T]:
    def subscribe(
        observer: abc.ObserverBase[T], subscription: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        clock = scheduler_of(scheduler, subscription)
        timer = SerialDisposable()
        candidate = _Candidate(key)

        def lasted(*_: object) -> None:
            observer.on_next(candidate.confirm())

        def on_next(value: T) -> None:
            try:
                change = candidate.hear(value)
            except Exception as error:  # noqa: BLE001 - whatever key or == raise
                observer.on_error(error)
                return
            if change is not None:
                timer.disposable = clock.schedule_relative(length, lasted) if change else None

        upstream = source.subscribe(
            on_next, observer.on_error, observer.on_completed, scheduler=subscription
        )
        return CompositeDisposable(timer, upstream)

    return Observable(subscribe)
