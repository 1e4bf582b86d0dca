"""Who has an account at the simulator from the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import FeeSchedule
from rxkraken.sim.counters import TIERS, TierName
from rxkraken.sim.keys import ALL_PERMISSIONS, Permission

if TYPE_CHECKING:
    from rxkraken.sim.instruments import Pair

_MONEY = frozenset({"USD", "EUR", "GBP", "CAD", "CHF", "JPY", "AUD"})
_USUAL_MONEY = Decimal(1_000_000)
_USUAL_COINS = Decimal(1000)
_USUAL_ORDERS = 2000


def _amounts(given: Mapping[str, object]) -> dict[str, Decimal]:
    try:
        amounts = {asset: Decimal(str(amount)) for asset, amount in given.items()}
    except InvalidOperation:
        raise ConfigurationError(
            f"Customer.balances must be numbers by asset, like {{'USD': '1000'}}, not {given!r}"
        ) from None
    for asset, amount in amounts.items():
        if not amount.is_finite() or amount < 0:
            raise ConfigurationError(f"Customer.balances[{asset!r}] must not be {amount}")
    return amounts


def _known_tier(_: object, __: object, value: str | None) -> None:
    if value is not None and value not in TIERS:
        raise ConfigurationError(
            f"Customer.tier must be one of {', '.join(TIERS)}, or None for no limits, not {value!r}"
        )


def _known_permissions(_: object, __: object, value: frozenset[str]) -> None:
    if not value <= ALL_PERMISSIONS:
        raise ConfigurationError(
            f"Customer.permissions must be of {', '.join(sorted(ALL_PERMISSIONS))}, not "
            f"{', '.join(sorted(value - ALL_PERMISSIONS))}"
        )


@attrs.frozen
class Customer:
    """An account, its money, and what its API key may do.

    Attributes:
        name: unique at the simulator.
        balances: asset to amount, as `Decimal`, number or text.
        tier: limits of trading; None for none.
        fees: what it pays.
        permissions: of its API key.

    >>> Customer("alice", {"USD": "1000.50"}).balances["USD"]
    Decimal('1000.50')
    """

    name: str
    balances: Mapping[str, Decimal] = attrs.field(factory=dict, converter=_amounts)
    tier: TierName | None = attrs.field(default="pro", validator=_known_tier, kw_only=True)
    fees: FeeSchedule = attrs.field(factory=FeeSchedule, kw_only=True)
    permissions: frozenset[Permission] = attrs.field(
        default=ALL_PERMISSIONS, converter=frozenset, validator=_known_permissions, kw_only=True
    )


def wealthy_customer(pairs: Iterable[Pair]) -> Customer:
    """The account of a simulator that was told of none: enough for thousands of usual orders."""
    pairs = tuple(pairs)
    quotes = {pair.quote: _USUAL_MONEY if pair.quote in _MONEY else _USUAL_COINS for pair in pairs}
    bases = {pair.base: Decimal(pair.typical_qty) * _USUAL_ORDERS for pair in pairs}
    return Customer("trader", bases | quotes)
