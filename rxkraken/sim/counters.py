"""Counters that fill with every transaction and run empty by themselves (``v2-trading`` §10)."""

from __future__ import annotations

from typing import Literal

import attrs

from rxkraken.sim.exact import Number, number
from rxkraken.sim.instruments import fixed

TierName = Literal["starter", "intermediate", "pro"]
_SECOND_NS = 1_000_000_000
_HUNDREDTHS = 100


@attrs.frozen
class Tier:
    """What an account of this rank may do.

    Attributes:
        threshold: of the trading counter of one pair, told as ``maxratecount``.
        decay_hundredths: by how much that counter falls in a second, in hundredths.
        open_orders: of one pair.
        level3_rate: cost of ``level3`` subscriptions in a second.
    """

    name: TierName
    threshold: int
    decay_hundredths: int
    open_orders: int
    level3_rate: int = 200


TIERS: dict[TierName, Tier] = {
    tier.name: tier
    for tier in (
        Tier("starter", 60, 100, 60),
        Tier("intermediate", 125, 234, 80),
        Tier("pro", 180, 375, 225, level3_rate=500),
    )
}


class Counter:
    """One counter; exact, because it is kept in hundredths of a billionth.

    >>> counter = Counter(decay_hundredths=234)
    >>> counter.add(50, now_ns=0)
    >>> counter.text(now_ns=10 * 1_000_000_000)
    '26.60'
    """

    __slots__ = ("_decay", "_seen_ns", "_value")

    def __init__(self, *, decay_hundredths: int) -> None:
        self._decay = decay_hundredths
        self._value = 0
        self._seen_ns = 0

    def add(self, cost: float, *, now_ns: int) -> None:
        """Count a transaction; costs are whole or half."""
        self._fall(now_ns)
        self._value += int(cost * _HUNDREDTHS) * _SECOND_NS

    def reaches(self, threshold: int, *, now_ns: int) -> bool:
        """Whether it stands at the threshold or above it."""
        self._fall(now_ns)
        return self._value >= threshold * _HUNDREDTHS * _SECOND_NS

    def has_room(self, cost: int, limit: int, *, now_ns: int) -> bool:
        """Whether one more transaction would keep it within the limit."""
        self._fall(now_ns)
        return self._value + cost * _HUNDREDTHS * _SECOND_NS <= limit * _HUNDREDTHS * _SECOND_NS

    def text(self, *, now_ns: int) -> str:
        """Its value with two decimals."""
        self._fall(now_ns)
        return fixed(self._value // _SECOND_NS, 2)

    def number(self, *, now_ns: int) -> Number:
        """Its value as a JSON number."""
        return number(self.text(now_ns=now_ns))

    def _fall(self, now_ns: int) -> None:
        passed, self._seen_ns = max(0, now_ns - self._seen_ns), max(now_ns, self._seen_ns)
        self._value = max(0, self._value - self._decay * passed)
