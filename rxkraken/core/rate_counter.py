"""The counter of the trading engine: what transactions cost, and when there is room for the next.

Pure: time is an argument, in nanoseconds of any clock that does not go back. Exact: a counter is a
whole number of hundred-thousand-millionths of a point, which a decay of hundredths a second and
costs of halves never leave.
Source: spec ``rest`` §9.2, ``v2-trading`` §10.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import attrs

from rxkraken.errors import ConfigurationError

TierName = Literal["starter", "intermediate", "pro"]
Transaction = Literal["add", "amend", "edit", "cancel"]

_PLACES = 11
_POINT: int = 10**_PLACES
_ADD = 1.0
_FIXED: dict[str, float] = {"add": _ADD, "amend": 1.0, "edit": 1.0, "cancel": 0.0}
_UNTIL = (5.0, 10.0, 15.0, 45.0, 90.0, 300.0)  # seconds of age below which a column applies
_BY_AGE: dict[str, tuple[float, ...]] = {
    "add": (0, 0, 0, 0, 0, 0),
    "amend": (3, 2, 1, 0, 0, 0),
    "edit": (6, 5, 4, 2, 1, 0),
    "cancel": (8, 6, 5, 4, 2, 1),
}


@attrs.frozen
class Tier:
    """What an account of a rank may do on one pair.

    Attributes:
        threshold: of the counter, told by the exchange as ``maxratecount``.
        decay: points by which the counter falls in a second.
        open_orders: at a time.

    Raises:
        ConfigurationError: the threshold is not above zero, or the decay no number of hundredths
            above zero.
    """

    name: str
    threshold: int
    decay: Decimal
    open_orders: int

    def __attrs_post_init__(self) -> None:
        """Refuse a counter that never has room."""
        hundredths = self.decay.scaleb(2)
        if self.threshold <= 0 or hundredths <= 0 or hundredths % 1:
            raise ConfigurationError(
                f"Tier {self.name!r} needs a threshold above zero and a decay of hundredths above "
                f"zero, not {self.threshold!r} and {self.decay!r}"
            )


TIERS: dict[TierName, Tier] = {
    "starter": Tier("starter", 60, Decimal("1.00"), 60),
    "intermediate": Tier("intermediate", 125, Decimal("2.34"), 80),
    "pro": Tier("pro", 180, Decimal("3.75"), 225),
}


def transaction_cost(transaction: Transaction, age: float | None = None) -> float:
    """Give the points a transaction costs.

    Args:
        transaction: ``"add"``, ``"amend"``, ``"edit"`` or ``"cancel"``.
        age: seconds since the order was created or last amended; needed for all but ``"add"``.

    Raises:
        ConfigurationError: there is no such transaction, or its age is missing.

    >>> transaction_cost("add") + transaction_cost("amend", 7) + transaction_cost("cancel", 36)
    8.0
    """
    if transaction not in _FIXED:
        raise ConfigurationError(f"transaction must be one of {(*_FIXED,)}, not {transaction!r}")
    if transaction == "add":
        return _ADD
    if age is None or age != age:  # noqa: PLR0124 - not a number
        raise ConfigurationError(
            f"age must be the seconds since the order was created or amended, not {age!r}"
        )
    for until, cost in zip(_UNTIL, _BY_AGE[transaction], strict=True):
        if age < until:
            return _FIXED[transaction] + cost
    return _FIXED[transaction]


def batch_add_cost(orders: int) -> float:
    """Give the points of a ``batch_add``: half a point an order."""
    return orders / 2


def batch_cancel_cost(ages: Iterable[float]) -> float:
    """Give the points of a ``batch_cancel`` of orders of these ages, in seconds."""
    return sum([transaction_cost("cancel", age) for age in ages])


class RateCounter:
    """The counters of all pairs of one account.

    Args:
        tier: the account's, by name or as a `Tier` of its own.

    Raises:
        ConfigurationError: there is no tier of that name.

    >>> counter = RateCounter("intermediate")
    >>> counter.charge("BTC/USD", 50, now_ns=0)
    >>> counter.value("BTC/USD", now_ns=10_000_000_000)
    Decimal('26.60000000000')
    >>> counter.would_exceed("BTC/USD", 100, now_ns=10_000_000_000)
    True
    """

    __slots__ = ("_counters", "_decay", "_threshold", "tier")

    def __init__(self, tier: TierName | Tier = "starter") -> None:
        found = TIERS.get(tier) if isinstance(tier, str) else tier
        if not isinstance(found, Tier):
            raise ConfigurationError(f"tier must be one of {(*TIERS,)} or a Tier, not {tier!r}")
        self.tier = found
        self._threshold = found.threshold * _POINT
        self._decay = int(found.decay.scaleb(2))  # units a nanosecond
        self._counters: dict[str, tuple[int, int]] = {}  # points and when they stood there

    def value(self, symbol: str, *, now_ns: int) -> Decimal:
        """Give the points a pair's counter stands at."""
        return Decimal(self._at(symbol, now_ns)).scaleb(-_PLACES)

    def would_exceed(self, symbol: str, cost: float, *, now_ns: int) -> bool:
        """Tell whether a transaction would push a pair's counter above the threshold."""
        return self._at(symbol, now_ns) + _units(cost) > self._threshold

    def wait_ns(self, symbol: str, cost: float, *, now_ns: int) -> int:
        """Give the nanoseconds until there is room for a transaction.

        Raises:
            ConfigurationError: it costs more than the threshold, so that there never is.
        """
        if _units(cost) > self._threshold:
            raise ConfigurationError(
                f"{symbol}: a transaction of {cost} points never fits below the threshold of "
                f"{self.tier.threshold}: split it"
            )
        surplus = self._at(symbol, now_ns) + _units(cost) - self._threshold
        return max(0, -(-surplus // self._decay))

    def charge(self, symbol: str, cost: float, *, now_ns: int) -> None:
        """Count a transaction, whether there is room or not: the exchange has received it."""
        self._set(symbol, self._at(symbol, now_ns) + _units(cost), now_ns)

    def correct(self, symbol: str, value: Decimal | float, *, now_ns: int) -> None:
        """Take over the ``ratecount`` that the exchange tells."""
        self._set(symbol, int(Decimal(str(value)).scaleb(_PLACES)), now_ns)

    def _at(self, symbol: str, now_ns: int) -> int:
        held = self._counters.get(symbol)
        if held is None:
            return 0
        value, seen_ns = held
        return max(0, value - self._decay * max(0, now_ns - seen_ns))

    def _set(self, symbol: str, value: int, now_ns: int) -> None:
        held = self._counters.get(symbol)
        self._counters[symbol] = value, now_ns if held is None else max(now_ns, held[1])


def _units(cost: float) -> int:
    return int(cost * _POINT)
