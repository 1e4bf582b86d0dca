"""The simulator's time, in nanoseconds since 1970 (UTC)."""

from __future__ import annotations

import time
from typing import Protocol

SECOND_NS = 1_000_000_000
# Monday, 5 January 2026, 12:00:30 UTC: far from the edges of minutes, days and weeks.
STEPPED_START_NS = 1_767_614_430 * SECOND_NS


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Nanoseconds since 1970."""


class RealClock:
    """Wall-clock time at the start, monotonic from then on.

    Args:
        speed: how many seconds pass in one real second.
    """

    __slots__ = ("_begin_ns", "_origin_ns", "_speed")

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._begin_ns = time.time_ns()
        self._origin_ns = time.monotonic_ns()

    def now(self) -> int:
        """Nanoseconds since 1970."""
        passed = time.monotonic_ns() - self._origin_ns
        # Whole numbers at the usual speed: a double does not hold nanoseconds since 1970.
        return self._begin_ns + (passed if self._speed == 1 else int(passed * self._speed))


class SteppedClock:
    """Stands still until it is moved."""

    __slots__ = ("_now",)

    def __init__(self, start_ns: int = STEPPED_START_NS) -> None:
        self._now = start_ns

    def now(self) -> int:
        """Nanoseconds since 1970."""
        return self._now

    def move_to(self, now_ns: int) -> None:
        """Set the time."""
        self._now = now_ns
