"""Values of several streams that happened at the same time, or nearly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.operators.intervals import span
from rxkraken.operators.joining import Step, check_sources, joined

T = TypeVar("T")

Time = Callable[[T], datetime | None]
_FEWEST = 2


def event_time(value: Any) -> datetime | None:
    """Give the ``timestamp`` of a market event, or its ``interval_begin``.

    Raises:
        ConfigurationError: it has neither.
    """
    for name in ("timestamp", "interval_begin"):
        if hasattr(value, name):
            moment: datetime | None = getattr(value, name)
            return moment
    raise ConfigurationError(
        f"{type(value).__name__} has neither timestamp nor interval_begin: "
        "give synchronize a function time= from a value to its time"
    )


def synchronize(
    streams: Sequence[Observable[T]],
    tolerance: str | float | timedelta,
    *,
    time: Time[T] = event_time,
) -> Observable[tuple[T, ...]]:
    """Emit the latest values of all streams whenever they lie within a tolerance in event time.

    ::

        a                -1-----------5---|
        b                ---2---6---------|
        synchronize(1s)  ---(12)------(56)|     numbers are event times in seconds

    The latest value of a stream is the one with the latest time: one that is older than another
    that came before it is ignored, as is one without a time. A tuple comes with each value that
    becomes the latest of its stream, when earliest and latest time are at most ``tolerance``
    apart; it holds one value a stream, in their order. A value may be in many tuples. The stream
    completes when all streams did, or when one did without any value.

    Args:
        streams: two or more, of market events or of anything that ``time`` understands.
        tolerance: seconds, a ``timedelta`` or a text such as ``"100ms"``; 0 for the same moment.
        time: gives the time of a value, an aware ``datetime`` or None; by default its
            ``timestamp``, or ``interval_begin``.

    Raises:
        ConfigurationError: fewer than two streams, one that is none, no duration, or a time that
            is no function.

    >>> import reactivex
    >>> from datetime import UTC
    >>> at = lambda second: datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    >>> a, b = reactivex.of(at(0), at(9)), reactivex.of(at(8), at(20))
    >>> pairs = synchronize([a, b], "1s", time=lambda moment: moment)
    >>> _ = pairs.subscribe(lambda pair: print([moment.second for moment in pair]))
    [9, 8]
    """
    sources = tuple(streams)
    check_sources(**{f"streams[{number}]": source for number, source in enumerate(sources)})
    if len(sources) < _FEWEST:
        raise ConfigurationError(f"synchronize needs two streams or more, not {len(sources)}")
    apart = span(tolerance, "tolerance")
    if not callable(time):
        raise ConfigurationError(f"time must be a function from a value, not {time!r}")

    def begin() -> Step[tuple[T, ...]]:
        latest: dict[int, T] = {}
        times: dict[int, datetime] = {}

        def step(number: int, value: T) -> tuple[T, ...] | None:
            moment = time(value)
            if moment is None or (number in times and moment < times[number]):
                return None
            times[number], latest[number] = moment, value
            moments = times.values()
            if len(times) < len(sources) or max(moments) - min(moments) > apart:
                return None
            return tuple(latest[each] for each in range(len(sources)))

        return step

    return joined(sources, begin)
