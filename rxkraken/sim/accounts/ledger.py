"""Entries of the ledger: one for each change of a balance (spec ``v2-account`` §4.3)."""

from __future__ import annotations

from typing import Literal

import attrs

EntryKind = Literal["deposit", "withdrawal", "trade"]


@attrs.frozen
class LedgerEntry:
    """One change of one balance.

    Attributes:
        ref_id: what it belongs to; the execution id of a trade.
        amount: signed change in units of the asset, the fee not included.
        fee: fee in units of the asset, not contained in `amount`.
        balance: total after the entry: the previous one plus `amount` minus `fee`.
    """

    ledger_id: str
    ref_id: str
    account: str
    kind: EntryKind
    asset: str
    amount: int
    fee: int
    balance: int
    timestamp_ns: int
