"""Where limits on how much a client may do are asked for; they are kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

Transaction = Literal[
    "add", "amend", "edit", "cancel", "add_batch", "cancel_batch", "cancel_all", "cancel_after"
]


class Rules(Protocol):
    """Rate counters and limits of open orders (spec ``v2-trading`` §10)."""

    def charge(  # noqa: PLR0917 - what a transaction consists of
        self,
        account: str,
        symbol: str,
        transaction: Transaction,
        ages_ns: Sequence[int],
        count: int,
        now_ns: int,
    ) -> str | None:
        """Count a transaction on receipt, and give the error text if it is one too many.

        Args:
            account: who asks.
            symbol: the pair; empty where no pair is concerned.
            transaction: what for.
            ages_ns: for each order touched, the time since it was created or last amended.
            count: number of orders.
            now_ns: the time.
        """

    def admit(self, account: str, symbol: str, open_orders: int, *, scheduled: bool) -> str | None:
        """Give the error text if one more order may not be opened."""


class NoRules:
    """Everything is allowed."""

    def charge(self, *_: object) -> str | None:
        """Count nothing."""
        return None

    def admit(self, *_: object, scheduled: bool = False) -> str | None:  # noqa: ARG002 - as asked
        """Allow every order."""
        return None


NO_RULES = NoRules()
