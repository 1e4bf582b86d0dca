"""Where limits on how much a client may do are asked for; they are kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from rxkraken.sim.engine.refusals import refuse_if

if TYPE_CHECKING:
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket

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


def charged(
    office: Office,
    transaction: Transaction,
    ticket: Ticket,
    now_ns: int,
) -> str | None:
    """Count a change of one order; give the error text if it is one too many."""
    return office.rules.charge(
        ticket.account.name,
        ticket.request.symbol,
        transaction,
        [now_ns - ticket.changed_ns],
        1,
        now_ns,
    )


def charge_each(
    office: Office,
    account: str,
    transaction: Transaction,
    tickets: Iterable[Ticket],
    now_ns: int,
) -> None:
    """Count a transaction on several orders, once for every pair it touches.

    Raises:
        Refused: it is one too many for a pair; it counts for the other pairs all the same.
    """
    ages: dict[str, list[int]] = {}
    for ticket in tickets:
        ages.setdefault(ticket.request.symbol, []).append(now_ns - ticket.changed_ns)
    answers = [
        office.rules.charge(account, symbol, transaction, touched, len(touched), now_ns)
        for symbol, touched in ages.items()
    ]
    for answer in answers:
        refuse_if(answer)
