"""Where operators take their time from."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from reactivex import abc
from reactivex.scheduler import TimeoutScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler

from rxkraken.errors import ConfigurationError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def scheduler_of(*candidates: abc.SchedulerBase | None) -> abc.SchedulerBase:
    """Choose the first scheduler given, else the running event loop, else a timer thread."""
    for candidate in candidates:
        if candidate is not None:
            return candidate
    try:
        return AsyncIOScheduler(asyncio.get_running_loop())
    except RuntimeError:
        return TimeoutScheduler.singleton()


def seconds(duration: str | float | timedelta, name: str) -> float:
    """Read a duration: seconds, a ``timedelta`` or a text such as ``"500ms"``, ``"1s"``, ``"5m"``.

    Raises:
        ConfigurationError: it is no duration above zero; the message names the argument.
    """
    value = 0.0
    if isinstance(duration, timedelta):
        value = duration.total_seconds()
    elif isinstance(duration, int | float) and not isinstance(duration, bool):
        value = float(duration)
    elif isinstance(duration, str):
        digits = duration.rstrip("abcdefghijklmnopqrstuvwxyz")
        unit = _UNITS.get(duration[len(digits) :])
        if unit is not None:
            try:
                value = float(digits) * unit
            except ValueError:
                value = 0.0
    if not 0 < value < float("inf"):
        raise ConfigurationError(
            f"{name} must be a duration above zero, such as '500ms', '1s', '5m', "
            f"seconds or a timedelta, not {duration!r}"
        )
    return value
