"""Sums that are exact for ``Decimal`` numbers, and ordinary for floats."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeVar

import attrs

from rxkraken.models.exact import EXACT

N = TypeVar("N")

PLACES = 18
"""Decimals to which `Arithmetic.quotient` of ``Decimal`` numbers is rounded down."""


@attrs.frozen
class Arithmetic(Generic[N]):
    """The operations on one number type; ``quotient`` alone may round, and then down."""

    number: Callable[[Any], N]
    zero: N
    add: Callable[[N, N], N]
    subtract: Callable[[N, N], N]
    multiply: Callable[[N, N], N]
    quotient: Callable[[N, N], N]


def _quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    shifted = EXACT.divide_int(EXACT.scaleb(dividend, PLACES), divisor)
    return EXACT.scaleb(shifted, -PLACES)


_DECIMAL: Arithmetic[Any] = Arithmetic(
    Decimal, Decimal(0), EXACT.add, EXACT.subtract, EXACT.multiply, _quotient
)
_FLOAT: Arithmetic[Any] = Arithmetic(
    float, 0.0, operator.add, operator.sub, operator.mul, operator.truediv
)


def arithmetic_of(value: N) -> Arithmetic[N]:
    """Give the operations on numbers such as this one.

    >>> tenth = Decimal("1e-30")
    >>> arithmetic_of(tenth).add(Decimal(1), tenth)
    Decimal('1.000000000000000000000000000001')
    """
    return _DECIMAL if isinstance(value, Decimal) else _FLOAT
