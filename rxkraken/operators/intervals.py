"""Intervals of a time grid that begins in 1970, and the clock that may close them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from reactivex import abc

from rxkraken.errors import ConfigurationError
from rxkraken.operators.timing import duration, scheduler_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = (0, timedelta(0), "0ms", "0s", "0m", "0h", "0d")


def index_of(moment: datetime, length: timedelta) -> int:
    """Count the whole intervals from 1970 to a moment.

    >>> index_of(datetime(1970, 1, 1, 0, 2, 59, tzinfo=UTC), timedelta(minutes=1))
    2
    """
    return (moment - EPOCH) // length


def begin_of(index: int, length: timedelta) -> datetime:
    """Give the moment, in UTC, at which an interval begins."""
    return EPOCH + index * length


def span(value: str | float | timedelta, name: str) -> timedelta:
    """Read a duration that may be zero, of any form that `duration` knows.

    Raises:
        ConfigurationError: it is none; the message names the argument.

    >>> span("0s", "grace"), span(1, "grace")
    (datetime.timedelta(0), datetime.timedelta(seconds=1))
    """
    if not isinstance(value, bool) and value in _NOTHING:
        return timedelta(0)
    try:
        return duration(value, name)
    except ConfigurationError:
        raise ConfigurationError(
            f"{name} must be zero or a duration, such as '500ms', '1s', '5m', "
            f"seconds or a timedelta, not {repr(value)[:60]}"
        ) from None


def clock_of(*candidates: abc.SchedulerBase | None) -> abc.SchedulerBase | None:
    """Choose the first scheduler given, else the running event loop, else none.

    For what ends by events and only in a quiet market by a clock: a list that is read outside any
    loop needs no timer, and so no thread.
    """
    given = next((candidate for candidate in candidates if candidate is not None), None)
    if given is not None:
        return given
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return scheduler_of()
