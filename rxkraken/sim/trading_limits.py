"""Limits of trading: a counter for each account and pair, and open orders (``v2-trading`` §10)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from rxkraken.sim.counters import TIERS, Counter
from rxkraken.sim.engine.refusals import ORDERS_LIMIT, RATE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rxkraken.sim.counters import Tier
    from rxkraken.sim.engine.rules import Transaction
    from rxkraken.sim.exact import Number

_SECOND_NS = 1_000_000_000
_AGES_NS = tuple(seconds * _SECOND_NS for seconds in (5, 10, 15, 45, 90, 300))
_BY_AGE = {
    "amend": (3, 2, 1, 0, 0, 0, 0),
    "edit": (6, 5, 4, 2, 1, 0, 0),
    "cancel": (8, 6, 5, 4, 2, 1, 0),
    "cancel_batch": (8, 6, 5, 4, 2, 1, 0),
}
_FIXED = {"add": 1.0, "amend": 1.0, "edit": 1.0, "cancel_all": 1.0, "cancel_after": 1.0}
# These are done however high the counter stands.
_NEVER_REFUSED = frozenset({"cancel_all", "cancel_after", "cancel_batch"})


def cost_by_age(transaction: str, age_ns: int) -> int:
    """The part of the cost that falls with the age of the order.

    >>> cost_by_age("cancel", 36_000_000_000), cost_by_age("amend", 7_000_000_000)
    (4, 2)
    """
    costs = _BY_AGE.get(transaction)
    return costs[bisect_right(_AGES_NS, age_ns)] if costs is not None else 0


class TradingLimits:
    """What each account may do; an account without a tier may do everything.

    Args:
        tiers: account to tier; may grow later.
    """

    __slots__ = ("_counters", "_tiers")

    def __init__(self, tiers: Mapping[str, Tier]) -> None:
        self._tiers = tiers
        self._counters: dict[tuple[str, str], Counter] = {}

    def charge(  # noqa: PLR0917 - the venue's protocol
        self,
        account: str,
        symbol: str,
        transaction: Transaction,
        ages_ns: Sequence[int],
        count: int,
        now_ns: int,
    ) -> str | None:
        """Count a transaction on receipt; the text of the refusal if the account is over.

        Args:
            account: whose transaction it is.
            symbol: pair that it touches.
            transaction: its kind.
            ages_ns: time since each touched order was created or last amended.
            count: orders of a batch.
            now_ns: when.
        """
        tier = self._tiers.get(account)
        if tier is None:
            return None
        counter = self._counter(account, symbol, tier)
        over = counter.reaches(tier.threshold, now_ns=now_ns)
        fixed = count / 2 if transaction == "add_batch" else _FIXED.get(transaction, 0.0)
        counter.add(fixed, now_ns=now_ns)
        if over and transaction not in _NEVER_REFUSED:
            return RATE_LIMIT
        counter.add(sum(cost_by_age(transaction, age) for age in ages_ns), now_ns=now_ns)
        return None

    def admit(
        self,
        account: str,
        symbol: str,  # noqa: ARG002 - the limit is the same for every pair
        open_orders: int,
        *,
        scheduled: bool,  # noqa: ARG002 - their own limit is unpublished
    ) -> str | None:
        """Whether one more order may open; the text of the refusal if not."""
        tier = self._tiers.get(account)
        return ORDERS_LIMIT if tier is not None and open_orders >= tier.open_orders else None

    def threshold(self, account: str) -> int:
        """What ``maxratecount`` says; the highest there is for an account without limits."""
        return self._tiers.get(account, TIERS["pro"]).threshold

    def level(self, account: str, symbol: str, now_ns: int) -> Number:
        """How high the counter of one pair stands."""
        tier = self._tiers.get(account, TIERS["pro"])
        return self._counter(account, symbol, tier).number(now_ns=now_ns)

    def _counter(self, account: str, symbol: str, tier: Tier) -> Counter:
        key = account, symbol
        if key not in self._counters:
            self._counters[key] = Counter(decay_hundredths=tier.decay_hundredths)
        return self._counters[key]
