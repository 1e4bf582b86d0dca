"""Accounts of the simulated exchange: balances with holds, fees, and a ledger; whole units only."""

from rxkraken.sim.accounts.account import HOUSE, Account
from rxkraken.sim.accounts.fees import FeeSchedule
from rxkraken.sim.accounts.ledger import EntryKind, LedgerEntry
from rxkraken.sim.accounts.money import Ratio, money_units

__all__ = [
    "HOUSE",
    "Account",
    "EntryKind",
    "FeeSchedule",
    "LedgerEntry",
    "Ratio",
    "money_units",
]
