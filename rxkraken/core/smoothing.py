"""Averages that forget by and by: exponential, Wilder's, relative strength, and by time in force.

The first three contract: an error made once fades as fast as the value it was made with, so that
none grows, however long the stream is.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

from rxkraken.core.exact import ExactSum
from rxkraken.core.windows import onward

_MICROSECOND = timedelta(microseconds=1)
_LN_2 = math.log(2.0)


class DecayingMean:
    """A weighted mean in which all weights shrink before the next value enters with weight 1.

    Where the past weighs more than the value, what rounding takes from the mean is kept aside, so
    that a very slow decay still arrives; where it weighs less, its rounding counts for as little as
    it does. A constant stream is met exactly.
    """

    __slots__ = ("_mean", "_rest", "_weight")

    def __init__(self) -> None:
        self._mean = 0.0
        self._rest = 0.0
        self._weight = 0.0

    def push(self, value: float, kept: float, lost: float) -> float:
        """Let the weights shrink to the share ``kept``, and take a value.

        ``lost`` is what ``kept`` leaves of 1: the one that is small has the digits of both.
        """
        before = self._mean
        past = self._weight * kept
        if past < 1.0:
            self._weight = weight = past + 1.0
            mean = value + (before + self._rest - value) * (past / weight)
            self._rest = 0.0
        else:
            self._weight = weight = self._weight + (1.0 - self._weight * lost)
            step = (value - before - self._rest) / weight + self._rest
            mean = before + step
            self._rest = step - (mean - before)
        self._mean = mean
        return mean


class DecayByItem:
    """An exponential average whose weights shrink by the same share with each value."""

    __slots__ = ("_kept", "_lost", "_mean", "_missing")

    def __init__(self, kept: float, lost: float, minimum: int) -> None:
        self._kept = kept
        self._lost = lost
        self._missing = minimum
        self._mean = DecayingMean()

    def push(self, value: float, at: datetime | None) -> float | None:  # noqa: ARG002 - of every machine
        """Take the next value."""
        self._missing -= 1
        mean = self._mean.push(value, self._kept, self._lost)
        return mean if self._missing <= 0 else None


class DecayByTime:
    """An exponential average whose weights halve with each ``halflife``."""

    __slots__ = ("_latest", "_mean", "_missing", "_rate")

    def __init__(self, halflife: timedelta, minimum: int) -> None:
        self._rate = -_LN_2 / (halflife // _MICROSECOND)
        self._missing = minimum
        self._mean = DecayingMean()
        self._latest: datetime | None = None

    def push(self, value: float, at: datetime | None) -> float | None:
        """Take the next value."""
        latest = self._latest
        self._latest = now = onward(at, latest)
        if now is None:  # nothing yet has a time
            return None
        passed = 0 if latest is None else (now - latest) // _MICROSECOND
        self._missing -= 1
        power = passed * self._rate
        mean = self._mean.push(value, math.exp(power), -math.expm1(power))
        return mean if self._missing <= 0 else None


class TrueRange:
    """Wilder's average of how far prices ranged, from the close before on.

    The average of the first ``window`` ranges is their mean; after that, each range counts for one
    part in ``window``.
    """

    __slots__ = ("_close", "_count", "_mean", "_window")

    def __init__(self, window: int) -> None:
        self._window = window
        self._count = 0
        self._mean = DecayingMean()
        self._close: float | None = None

    def push(self, value: tuple[float, float, float], at: datetime | None) -> float | None:  # noqa: ARG002 - of every machine
        """Take the high, low and close of the next bar."""
        high, low, close = value
        before, self._close = self._close, close
        if before is not None:
            high, low = max(high, before), min(low, before)
        if self._count < self._window:
            self._count += 1
            mean = self._mean.push(high - low, 1.0, 0.0)
            return mean if self._count == self._window else None
        window = self._window
        return self._mean.push(high - low, (window - 1) / window, 1.0 / window)


class RelativeStrength:
    """Wilder's index: of all movement, the share that went up, in percent.

    Kept as that share, which a flat market leaves alone; two averages would fade to nothing in it
    and take the index with them.
    """

    __slots__ = ("_before", "_count", "_moved", "_share", "_window")

    def __init__(self, window: int) -> None:
        self._window = window
        self._count = 0
        self._before: float | None = None
        self._moved = 0.0
        self._share = 0.5

    def push(self, value: float, at: datetime | None) -> float | None:  # noqa: ARG002 - of every machine
        """Take the next price."""
        before, self._before = self._before, value
        if before is None:
            return None
        window, moved = self._window, self._moved
        if self._count < window:
            self._count += 1
        else:
            moved *= (window - 1) / window
        change = value - before
        self._moved = moved + abs(change)
        if change:
            self._share = (self._share * moved + max(change, 0.0)) / self._moved
        return 100.0 * self._share if self._count == window else None


class TimeWeighted:
    """The average of values by how long each was in force, over the last so long or so many.

    A value is in force from its time until the next one comes. The values in force within the
    window are kept with their time in microseconds; of the oldest, the part before the window is
    cut off. Silent until ``minimum`` microseconds, or values that have ended, are covered.
    """

    __slots__ = ("_covered", "_latest", "_length", "_minimum", "_newest", "_past", "_size", "_sum")

    def __init__(self, size: int | None, length: timedelta | None, minimum: int) -> None:
        self._size = size
        self._length = None if length is None else length // _MICROSECOND
        self._minimum = minimum
        self._past: deque[tuple[float, int]] = deque()
        self._sum = ExactSum()
        self._covered = 0
        self._newest = 0.0
        self._latest: datetime | None = None

    def push(self, value: float, at: datetime | None) -> float | None:
        """Take the next value."""
        latest = self._latest
        self._latest = now = onward(at, latest)
        if now is None:  # nothing yet has a time
            return None
        if latest is not None:
            self._extend(self._newest, (now - latest) // _MICROSECOND)
        self._newest = value
        reached = self._covered if self._size is None else len(self._past)
        if not self._covered or reached < self._minimum:
            return None
        return self._sum.over(self._covered)

    def _extend(self, value: float, passed: int) -> None:
        self._past.append((value, passed))
        self._sum.add(value, passed)
        self._covered += passed
        if self._size is not None and len(self._past) > self._size:
            self._cut(self._past[0][1])
        elif self._length is not None:
            while self._covered > self._length:
                self._cut(self._covered - self._length)

    def _cut(self, excess: int) -> None:
        """Take up to so many microseconds off the beginning."""
        value, passed = self._past.popleft()
        if passed > excess:
            self._past.appendleft((value, passed - excess))
        cut = min(passed, excess)
        self._sum.add(value, -cut)
        self._covered -= cut
