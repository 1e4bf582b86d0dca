"""One customer's money: balances, what of them is held for orders, and the ledger."""

from __future__ import annotations

from rxkraken.sim.accounts.fees import FREE, FeeSchedule
from rxkraken.sim.accounts.ledger import LedgerEntry

HOUSE = "house"


class Account:
    """Balances in units of each asset, with holds.

    The house, against which everybody may trade, has no limit: its balances may fall below zero,
    it pays no fees and keeps no ledger.

    Args:
        name: unique at the exchange.
        fees: what it pays.
        unlimited: whether it is the house.

    >>> account = Account("alice")
    >>> account.change("USD", 500)
    500
    >>> account.hold("USD", 200)
    >>> account.available("USD")
    300
    """

    __slots__ = ("_balances", "_held", "entries", "fees", "name", "unlimited")

    def __init__(
        self, name: str, fees: FeeSchedule | None = None, *, unlimited: bool = False
    ) -> None:
        self.name = name
        self.fees = fees or (FREE if unlimited else FeeSchedule())
        self.unlimited = unlimited
        self.entries: list[LedgerEntry] = []
        self._balances: dict[str, int] = {}
        self._held: dict[str, int] = {}

    def balance(self, asset: str) -> int:
        """Total of an asset."""
        return self._balances.get(asset, 0)

    def balances(self) -> dict[str, int]:
        """Total of every asset ever held, zero included."""
        return dict(self._balances)

    def held(self, asset: str) -> int:
        """What open orders have reserved of an asset."""
        return self._held.get(asset, 0)

    def available(self, asset: str) -> int:
        """What may be spent or withdrawn."""
        return self._balances.get(asset, 0) - self._held.get(asset, 0)

    def hold(self, asset: str, by: int) -> None:
        """Reserve `by` more of an asset, or release some if it is negative."""
        self._held[asset] = self._held.get(asset, 0) + by

    def change(self, asset: str, by: int) -> int:
        """Change a balance and return the new one."""
        after = self._balances.get(asset, 0) + by
        self._balances[asset] = after
        return after
