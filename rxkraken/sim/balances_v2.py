"""Entries of the channel ``balances`` (spec ``v2-account`` §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim.text_v2 import micros

if TYPE_CHECKING:
    from rxkraken.sim.accounts import Account, LedgerEntry
    from rxkraken.sim.money import Money


def held(account: Account, money: Money) -> list[dict[str, Any]]:
    """One entry for each asset that the account has ever had; all of it is in one wallet."""
    return [
        {
            "asset": asset,
            "asset_class": "currency",
            "balance": money.number(asset, units),
            "wallets": [{"type": "spot", "id": "main", "balance": money.number(asset, units)}],
        }
        for asset, units in sorted(account.balances().items())
    ]


def transaction(entry: LedgerEntry, money: Money) -> dict[str, Any]:
    """One change of a balance."""
    return {
        "ledger_id": entry.ledger_id,
        "ref_id": entry.ref_id,
        "timestamp": micros(entry.timestamp_ns),
        "type": entry.kind,
        "asset": entry.asset,
        "asset_class": "currency",
        "category": entry.kind,
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": money.number(entry.asset, entry.amount),
        "fee": money.number(entry.asset, entry.fee),
        "balance": money.number(entry.asset, entry.balance),
    }
