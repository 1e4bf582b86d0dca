"""Which values a statistic is of: the last so many, those of the last so long, or all of them.

A machine takes one value after another, each with its time, and gives a result or None. A window
is a machine around an aggregate: it tells it what enters and what leaves, in that order of time.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

A = TypeVar("A")
R = TypeVar("R")
A_contra = TypeVar("A_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Machine(Protocol[A_contra, R_co]):
    """A statistic under way, for one subscriber."""

    def push(self, value: A_contra, at: datetime | None) -> R_co | None:
        """Take the next value; give the result, or None while there is none."""


class Aggregate(Protocol[A_contra, R_co]):
    """A figure of the values between those that left and those that entered: first in, first out.

    The figure is asked for only while there is a value; None when it is not defined.
    """

    def enter(self, value: A_contra) -> None:
        """Take a new value in."""

    def leave(self, value: A_contra) -> None:
        """Let the oldest value go."""

    def result(self) -> R_co | None:
        """Give the figure of the values that are in."""


def onward(at: datetime | None, latest: datetime | None) -> datetime | None:
    """Let time never run back: what is late or has no time happens at the latest time known."""
    if at is None or (latest is not None and at < latest):
        return latest
    return at


class CountWindow(Generic[A, R]):
    """The last ``size`` values; silent until there are ``minimum``."""

    __slots__ = ("_aggregate", "_held", "_minimum", "_size")

    def __init__(self, aggregate: Aggregate[A, R], size: int, minimum: int) -> None:
        self._aggregate = aggregate
        self._size = size
        self._minimum = minimum
        self._held: deque[A] = deque()

    def push(self, value: A, at: datetime | None) -> R | None:  # noqa: ARG002 - of every machine
        """Take the next value; the one before the window leaves."""
        held, aggregate = self._held, self._aggregate
        if len(held) == self._size:
            aggregate.leave(held.popleft())
        held.append(value)
        aggregate.enter(value)
        return aggregate.result() if len(held) >= self._minimum else None


class TimeWindow(Generic[A, R]):
    """The values younger than ``length``: at time t those of (t - length, t].

    A value that is exactly ``length`` old has left. Silent while there are fewer than ``minimum``.
    """

    __slots__ = ("_aggregate", "_held", "_latest", "_length", "_minimum")

    def __init__(self, aggregate: Aggregate[A, R], length: timedelta, minimum: int) -> None:
        self._aggregate = aggregate
        self._length = length
        self._minimum = minimum
        self._held: deque[tuple[datetime, A]] = deque()
        self._latest: datetime | None = None

    def push(self, value: A, at: datetime | None) -> R | None:
        """Take the next value; those on the edge or before it leave."""
        self._latest = now = onward(at, self._latest)
        if now is None:  # nothing yet has a time, so there is no place for this
            return None
        held, aggregate = self._held, self._aggregate
        edge = now - self._length
        while held and held[0][0] <= edge:
            aggregate.leave(held.popleft()[1])
        held.append((now, value))
        aggregate.enter(value)
        return aggregate.result() if len(held) >= self._minimum else None


class Everything(Generic[A, R]):
    """All values since the beginning, of which none is kept."""

    __slots__ = ("_aggregate", "_count", "_minimum")

    def __init__(self, aggregate: Aggregate[A, R], minimum: int) -> None:
        self._aggregate = aggregate
        self._minimum = minimum
        self._count = 0

    def push(self, value: A, at: datetime | None) -> R | None:  # noqa: ARG002 - of every machine
        """Take the next value."""
        self._count += 1
        self._aggregate.enter(value)
        return self._aggregate.result() if self._count >= self._minimum else None
