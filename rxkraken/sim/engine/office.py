"""What all markets of one exchange share: accounts, orders by account, identifiers, its state."""

from __future__ import annotations

import random
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import HOUSE, Account, FeeSchedule, LedgerEntry
from rxkraken.sim.engine.agenda import Agenda
from rxkraken.sim.engine.dossier import Dossier
from rxkraken.sim.engine.identifiers import identifiers
from rxkraken.sim.engine.refusals import INSUFFICIENT_FUNDS, Refused

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.rules import Rules


class Office:
    """The shared part of an exchange.

    Args:
        seed: decides all identifiers.
        rules: rate counters and order limits.
        post_only_refuses: whether a post-only order that would trade is refused, or cancelled.

    Attributes:
        desks: symbol to its market; `Venue` opens them.
        system: state of the whole exchange.
        resumed_ns: when it was last switched on again; what was due before happens then.
        collected: fees so far, asset to units.
        paid_in: deposits minus withdrawals so far, asset to units.
    """

    __slots__ = (
        "accounts",
        "agenda",
        "collected",
        "desks",
        "dossiers",
        "house",
        "new_amend_id",
        "new_exec_id",
        "new_ledger_id",
        "new_order_id",
        "paid_in",
        "post_only_refuses",
        "resumed_ns",
        "rules",
        "sequence",
        "system",
    )

    def __init__(self, seed: int, rules: Rules, *, post_only_refuses: bool) -> None:
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
        self.desks: dict[str, OrderDesk] = {}
        self.rules = rules
        self.post_only_refuses = post_only_refuses
        self.system = "online"
        self.resumed_ns = 0

    @property
    def is_off(self) -> bool:
        """Whether the whole exchange stands still."""
        return self.system == "maintenance"

    def account(self, name: str) -> Account:
        """An account by name.

        Raises:
            ConfigurationError: there is none.
        """
        account = self.accounts.get(name)
        if account is None:
            raise ConfigurationError(f"there is no account {name!r}: open_account() it first")
        return account

    def dossier(self, name: str) -> Dossier:
        """The orders of an account by its name.

        Raises:
            ConfigurationError: there is no such account.
        """
        return self.dossiers[self.account(name).name]

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
