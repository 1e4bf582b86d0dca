"""Where operators take their time from."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from reactivex import abc
from reactivex.scheduler import TimeoutScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler

from rxkraken.errors import ConfigurationError

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


class LoopScheduler(AsyncIOScheduler):
    """The asyncio scheduler with the loop's own clock: UTC when made, monotonic from then on.

    The scheduler of reactivex tells the wall clock, which steps, and which a loop in virtual time
    does not follow.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._epoch = super().now - timedelta(seconds=loop.time())

    @property
    def now(self) -> datetime:
        """The time of the loop, in UTC."""
        return self._epoch + timedelta(seconds=self._loop.time())


def scheduler_of(*candidates: abc.SchedulerBase | None) -> abc.SchedulerBase:
    """Choose the first scheduler given, else the running event loop, else a timer thread."""
    for candidate in candidates:
        if candidate is not None:
            return candidate
    try:
        return LoopScheduler(asyncio.get_running_loop())
    except RuntimeError:
        return TimeoutScheduler.singleton()


def duration(value: str | float | timedelta, name: str) -> timedelta:
    """Read a duration: seconds, a ``timedelta`` or a text such as ``"500ms"``, ``"1s"``, ``"5m"``.

    Raises:
        ConfigurationError: it is no duration above zero; the message names the argument.
    """
    try:
        read = _read(value)
    except (ValueError, OverflowError, KeyError):
        read = timedelta(0)
    if read <= timedelta(0):
        raise ConfigurationError(
            f"{name} must be a duration above zero, such as '500ms', '1s', '5m', "
            f"seconds or a timedelta, not {repr(value)[:60]}"
        )
    return read


def _read(value: str | float | timedelta) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        digits = value.rstrip("abcdefghijklmnopqrstuvwxyz")
        return float(digits) * _UNITS[value[len(digits) :]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    raise ValueError
