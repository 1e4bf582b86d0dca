"""Figures of a window, kept up as values enter and leave: sums, deviations, extremes, medians."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

from rxkraken.core.exact import ExactMoments, ExactSum, ExactWeights
from rxkraken.models.exact import EXACT, ROUNDED

N = TypeVar("N")


class Sum:
    """The sum, correctly rounded."""

    def __init__(self) -> None:
        self._sum = ExactSum()
        self._count = 0

    def enter(self, value: float) -> None:
        """Take a new value in."""
        self._sum.add(value)
        self._count += 1

    def leave(self, value: float) -> None:
        """Let the oldest value go."""
        self._sum.add(value, -1)
        self._count -= 1

    def result(self) -> float:
        """Give the sum."""
        return self._sum.over(1)


class Mean(Sum):
    """The arithmetic mean, correctly rounded."""

    def result(self) -> float:
        """Give the mean."""
        return self._sum.over(self._count)


class RootSquare(Sum):
    """The root of the sum of values that are squares; times ``scale``, of their mean instead."""

    def __init__(self, scale: float | None) -> None:
        super().__init__()
        self._scale = scale

    def result(self) -> float:
        """Give the root."""
        if self._scale is None:
            return math.sqrt(self._sum.over(1))
        return math.sqrt(self._sum.over(self._count) * self._scale)


class Deviation:
    """The standard deviation, of a sample or of a population."""

    def __init__(self, *, population: bool) -> None:
        self._population = population
        self._moments = ExactMoments()
        self.leave = self._moments.remove
        self.enter = self._moments.add

    def result(self) -> float | None:
        """Give the deviation; that of a sample of one is not defined."""
        if self._moments.count == 1 and not self._population:
            return None
        return self._moments.deviation(population=self._population)


class Score:
    """How many standard deviations the newest value is above the mean."""

    def __init__(self, *, population: bool) -> None:
        self._population = population
        self._moments = ExactMoments()
        self._newest = 0.0
        self.leave = self._moments.remove

    def enter(self, value: float) -> None:
        """Take a new value in."""
        self._newest = value
        self._moments.add(value)

    def result(self) -> float | None:
        """Give the score; there is none in a sample of one."""
        if self._moments.count == 1 and not self._population:
            return None
        return self._moments.score(self._newest, population=self._population)


class Extreme(Generic[N]):
    """The least or greatest value: what an equal or better one came after is forgotten.

    ``beats`` is ``operator.lt`` for the least, ``operator.gt`` for the greatest.
    """

    def __init__(self, beats: Callable[[N, N], Any]) -> None:
        self._beats = beats
        self._candidates: deque[N] = deque()

    def enter(self, value: N) -> None:
        """Take a new value in."""
        candidates, beats = self._candidates, self._beats
        while candidates and beats(value, candidates[-1]):
            candidates.pop()
        candidates.append(value)

    def leave(self, value: N) -> None:
        """Let the oldest value go."""
        if self._candidates[0] == value:
            self._candidates.popleft()

    def result(self) -> N:
        """Give the extreme."""
        return self._candidates[0]


class Median:
    """The middle value, or the mean of the middle two, in the logarithm of the window's size.

    Two heaps meet in the middle: ``low`` has the lower half, negated, and the middle of an odd
    number. Entries are numbered in their order of entering; those that left stay in a heap until
    they surface or outnumber the others.
    """

    def __init__(self) -> None:
        self._low: list[tuple[float, int]] = []
        self._high: list[tuple[float, int]] = []
        self._low_count = 0
        self._high_count = 0
        self._oldest = 0
        self._next = 0

    def enter(self, value: float) -> None:
        """Take a new value in."""
        if self._low_count and value >= -self._low[0][0]:
            heappush(self._high, (value, self._next))
            self._high_count += 1
        else:
            heappush(self._low, (-value, -self._next))
            self._low_count += 1
        self._next += 1
        self._balance()

    def leave(self, value: float) -> None:
        """Let the oldest value go."""
        if value <= -self._low[0][0]:
            self._low_count -= 1
        else:
            self._high_count -= 1
        self._oldest += 1
        self._balance()

    def result(self) -> float:
        """Give the median."""
        middle = -self._low[0][0]
        if self._low_count > self._high_count:
            return middle
        return (middle + self._high[0][0]) / 2

    def _balance(self) -> None:
        low, high = self._low, self._high
        self._surface()
        if self._low_count > self._high_count + 1:
            value, number = heappop(low)
            heappush(high, (-value, -number))
            self._low_count -= 1
            self._high_count += 1
        elif self._low_count < self._high_count:
            value, number = heappop(high)
            heappush(low, (-value, -number))
            self._low_count += 1
            self._high_count -= 1
        self._surface()

    def _surface(self) -> None:
        """Bring entries that are in to the top of both heaps, and keep these small."""
        low, high, oldest = self._low, self._high, self._oldest
        while low and -low[0][1] < oldest:
            heappop(low)
        while high and high[0][1] < oldest:
            heappop(high)
        if len(low) > 2 * self._low_count + 16:
            low[:] = [entry for entry in low if -entry[1] >= oldest]
            heapify(low)
        if len(high) > 2 * self._high_count + 16:
            high[:] = [entry for entry in high if entry[1] >= oldest]
            heapify(high)


class VolumeWeighted:
    """The average price by quantity, of pairs of floats: correctly rounded."""

    def __init__(self) -> None:
        self._weights = ExactWeights()

    def enter(self, value: tuple[float, float]) -> None:
        """Take a new price and quantity in."""
        self._weights.add(*value)

    def leave(self, value: tuple[float, float]) -> None:
        """Let the oldest go."""
        self._weights.remove(*value)

    def result(self) -> float | None:
        """Give the price; without any quantity there is none."""
        return self._weights.mean()


class DecimalVolumeWeighted:
    """The average price by quantity, of pairs of exact numbers; only the quotient is rounded."""

    def __init__(self) -> None:
        self._notional = Decimal(0)
        self._quantity = Decimal(0)

    def enter(self, value: tuple[Decimal, Decimal]) -> None:
        """Take a new price and quantity in."""
        self._notional = EXACT.add(self._notional, EXACT.multiply(*value))
        self._quantity = EXACT.add(self._quantity, value[1])

    def leave(self, value: tuple[Decimal, Decimal]) -> None:
        """Let the oldest go."""
        self._notional = EXACT.subtract(self._notional, EXACT.multiply(*value))
        self._quantity = EXACT.subtract(self._quantity, value[1])

    def result(self) -> Decimal | None:
        """Give the price; without any quantity there is none."""
        return ROUNDED.divide(self._notional, self._quantity) if self._quantity else None
