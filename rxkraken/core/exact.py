"""Sums of floats without rounding, for windows that slide for ever.

Every finite float is a whole number of units, where a unit is one over a power of two. Once floats
share a unit they are integers, and integers add, subtract and multiply without error: what entered
a window and left it cancels to the last bit, so no error can grow, be it after 1e8 values, after
1e16 among ones, or for a variance of 1e-12 upon an offset of 1e9. Only the final division rounds.
The unit gets finer when a value asks for it and never coarser; it has 1074 binary places at most,
which bounds the cost of a value.
"""

from __future__ import annotations

import math

INFINITY = math.inf
MOST_PLACES = 1024  # 2.0**1024 is beyond the range of floats


def quotient(numerator: int, denominator: int) -> float:
    """Divide, correctly rounded; what is beyond the range of floats is an infinity."""
    try:
        return numerator / denominator
    except OverflowError:
        return INFINITY if numerator > 0 else -INFINITY


def root(numerator: int, denominator: int, places: int) -> float:
    """Give the root of a quotient, divided by two to the power of ``places``.

    The same for whatever powers of four are common to the quotient and ``places``.
    """
    halves = 0
    try:
        square = numerator / denominator
    except OverflowError:
        halves = (numerator.bit_length() - denominator.bit_length()) // 2
        square = numerator / (denominator << 2 * halves)
    try:
        return math.ldexp(math.sqrt(square), halves - places)
    except OverflowError:
        return INFINITY


def scale_of(places: int) -> float:
    """Give two to a power, by which floats are multiplied without error; beyond floats, infinity.

    An infinite scale gives no whole number of any value, so that the long way is taken.
    """
    return 2.0**places if places < MOST_PLACES else INFINITY


class ExactSum:
    """A sum of floats, held as a whole number of units.

    >>> total = ExactSum()
    >>> for value in (1e16, 1.0, -1e16): total.add(value)
    >>> total.over(1)
    1.0
    """

    __slots__ = ("_places", "_scale", "_units")

    def __init__(self) -> None:
        self._places = 0
        self._scale = 1.0
        self._units = 0

    def add(self, value: float, weight: int = 1) -> None:
        """Add a finite value, ``weight`` times; a negative weight takes it away again."""
        scaled = value * self._scale
        units = int(scaled) if scaled.is_integer() else self._refine(value)
        self._units += units * weight

    def over(self, divisor: int) -> float:
        """Give the sum divided by a whole number above zero, correctly rounded."""
        return quotient(self._units, divisor << self._places)

    def _refine(self, value: float) -> int:
        """Make the unit fine enough for a value, if it is not; give the value in units."""
        numerator, denominator = value.as_integer_ratio()
        places = denominator.bit_length() - 1
        finer = places - self._places
        if finer <= 0:  # too great for the quick way
            return numerator << -finer
        self._units <<= finer
        self._places, self._scale = places, scale_of(places)
        return numerator


class ExactWeights:
    """The sum of weights, and that of values times weights: a weighted mean between its values.

    >>> weights = ExactWeights()
    >>> for price, quantity in ((100.1, 3.0), (100.1, 0.1)): weights.add(price, quantity)
    >>> weights.mean()
    100.1
    """

    __slots__ = ("_places", "_products", "_scale", "_weights")

    def __init__(self) -> None:
        self._places = [0, 0]  # of the values and of the weights
        self._scale = [1.0, 1.0]
        self._products = 0
        self._weights = 0

    def add(self, value: float, weight: float) -> None:
        """Add a finite value with a finite weight."""
        units, parts = self._in_units(value, 0), self._in_units(weight, 1)
        self._products += units * parts
        self._weights += parts

    def remove(self, value: float, weight: float) -> None:
        """Take away a value that was added before with its weight."""
        units, parts = self._in_units(value, 0), self._in_units(weight, 1)
        self._products -= units * parts
        self._weights -= parts

    def mean(self) -> float | None:
        """Give the weighted mean, correctly rounded; without any weight there is none."""
        if not self._weights:
            return None
        return quotient(self._products, self._weights << self._places[0])

    def _in_units(self, number: float, kind: int) -> int:
        scaled = number * self._scale[kind]
        if scaled.is_integer():
            return int(scaled)
        numerator, denominator = number.as_integer_ratio()
        places = denominator.bit_length() - 1
        finer = places - self._places[kind]
        if finer <= 0:
            return numerator << -finer
        self._products <<= finer
        self._weights <<= finer * kind
        self._places[kind], self._scale[kind] = places, scale_of(places)
        return numerator


class ExactMoments:
    """The sum of floats and the sum of their squares, and what follows from them.

    >>> moments = ExactMoments()
    >>> for value in (1e9, 1e9 + 1, 1e9 + 2): moments.add(value)
    >>> moments.mean(), moments.deviation()
    (1000000001.0, 1.0)
    """

    __slots__ = ("_places", "_scale", "_squares", "_units", "count")

    def __init__(self) -> None:
        self._places = 0
        self._scale = 1.0
        self._units = 0
        self._squares = 0
        self.count = 0

    def add(self, value: float) -> None:
        """Add a finite value."""
        scaled = value * self._scale
        units = int(scaled) if scaled.is_integer() else self._refine(value)
        self._units += units
        self._squares += units * units
        self.count += 1

    def remove(self, value: float) -> None:
        """Take away a value that was added before."""
        scaled = value * self._scale
        units = int(scaled) if scaled.is_integer() else self._refine(value)
        self._units -= units
        self._squares -= units * units
        self.count -= 1

    def mean(self) -> float:
        """Give the mean, correctly rounded; there must be a value."""
        return quotient(self._units, self.count << self._places)

    def deviation(self, *, population: bool = False) -> float:
        """Give the standard deviation; of a sample, there must be two values, else one."""
        count = self.count
        divisor = count * count if population else count * (count - 1)
        return root(self._spread(), divisor, self._places)

    def score(self, value: float, *, population: bool = False) -> float:
        """Give how many standard deviations a value is above the mean; 0 when nothing deviates.

        The value must be one of those that were added.
        """
        spread = self._spread()
        if not spread:
            return 0.0
        count = self.count
        scaled = value * self._scale
        units = int(scaled) if scaled.is_integer() else self._refine(value)
        above = count * units - self._units
        square = above * above / spread  # below the count
        score = math.sqrt(square if population else square * (count - 1) / count)
        return score if above > 0 else -score

    def _spread(self) -> int:
        """Give ``count`` squared times the population variance, in squared units."""
        return self.count * self._squares - self._units * self._units

    def _refine(self, value: float) -> int:
        """Make the unit fine enough for a value, if it is not; give the value in units."""
        numerator, denominator = value.as_integer_ratio()
        places = denominator.bit_length() - 1
        finer = places - self._places
        if finer <= 0:  # too great for the quick way
            return numerator << -finer
        self._units <<= finer
        self._squares <<= 2 * finer
        self._places, self._scale = places, scale_of(places)
        return numerator
