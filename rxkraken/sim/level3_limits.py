"""How fast ``level3`` may be subscribed (spec ``v2-market-data`` §8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.counters import TIERS, Counter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rxkraken.sim.counters import Tier

_COSTS = {10: 5, 100: 25, 1000: 100}
_HUNDREDTHS = 100


class Level3Limits:
    """A counter for each account: a deep book costs more than a shallow one.

    Args:
        tiers: account to tier; an account without one has the standard limit.

    >>> limits = Level3Limits({})
    >>> [limits.charge("alice", 1000, now_ns=0) for _ in range(3)]
    [None, None, 'EAPI:Rate limit exceeded']
    """

    __slots__ = ("_counters", "_tiers")

    def __init__(self, tiers: Mapping[str, Tier]) -> None:
        self._tiers = tiers
        self._counters: dict[str, Counter] = {}

    def charge(self, account: str, depth: int, now_ns: int) -> str | None:
        """Count one symbol; the text of the refusal when it is too much, and then it is not."""
        rate = self._tiers.get(account, TIERS["intermediate"]).level3_rate
        if account not in self._counters:
            self._counters[account] = Counter(decay_hundredths=rate * _HUNDREDTHS)
        counter, cost = self._counters[account], _COSTS[depth]
        if not counter.has_room(cost, rate, now_ns=now_ns):
            return "EAPI:Rate limit exceeded"
        counter.add(cost, now_ns=now_ns)
        return None
