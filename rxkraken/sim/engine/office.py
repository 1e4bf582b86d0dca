"""What all markets of one exchange share: accounts, orders by account, identifiers, the agenda."""

from __future__ import annotations

import random
from collections import Counter
from itertools import count

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import HOUSE, Account, FeeSchedule, LedgerEntry
from rxkraken.sim.engine.agenda import Agenda
from rxkraken.sim.engine.dossier import Dossier
from rxkraken.sim.engine.identifiers import identifiers
from rxkraken.sim.engine.refusals import INSUFFICIENT_FUNDS, Refused


class Office:
    """The shared part of an exchange.

    Args:
        seed: decides all identifiers.

    Attributes:
        collected: fees so far, asset to units.
        paid_in: deposits minus withdrawals so far, asset to units.
    """

    __slots__ = (
        "accounts",
        "agenda",
        "collected",
        "dossiers",
        "house",
        "new_amend_id",
        "new_exec_id",
        "new_ledger_id",
        "new_order_id",
        "paid_in",
        "sequence",
    )

    def __init__(self, seed: int) -> None:
        source = random.Random(f"{seed} office")
        self.new_order_id = identifiers(source, "O")
        self.new_exec_id = identifiers(source, "T")
        self.new_amend_id = identifiers(source, "T")
        self.new_ledger_id = identifiers(source, "L")
        self.sequence = count()
        self.house = Account(HOUSE, unlimited=True)
        self.accounts = {HOUSE: self.house}
        self.dossiers = {HOUSE: Dossier()}
        self.collected: dict[str, int] = {}
        self.paid_in: Counter[str] = Counter()
        self.agenda = Agenda()

    def open_account(self, name: str, fees: FeeSchedule | None) -> Account:
        """Open an account without money.

        Raises:
            ConfigurationError: there is one of this name.
        """
        if name in self.accounts:
            raise ConfigurationError(f"there is an account {name!r} already: choose another name")
        account = self.accounts[name] = Account(name, fees)
        self.dossiers[name] = Dossier()
        return account

    def transfer(self, account: Account, asset: str, units: int, now_ns: int) -> LedgerEntry:
        """Pay units of an asset in, or out if they are negative.

        Raises:
            Refused: more is to be paid out than is available.
        """
        if units < 0 and account.available(asset) + units < 0:
            raise Refused(INSUFFICIENT_FUNDS)
        self.paid_in[asset] += units
        entry = LedgerEntry(
            self.new_ledger_id(),
            self.new_exec_id(),
            account.name,
            "deposit" if units >= 0 else "withdrawal",
            asset,
            units,
            0,
            account.change(asset, units),
            now_ns,
        )
        account.entries.append(entry)
        return entry

    def imbalance(self) -> dict[str, int]:
        """Per asset, all balances and fees less what was paid in: zero if nothing went astray."""
        total: Counter[str] = Counter()
        for account in self.accounts.values():
            total.update(account.balances())
        total.update(self.collected)
        total.subtract(self.paid_in)
        return dict(total)
