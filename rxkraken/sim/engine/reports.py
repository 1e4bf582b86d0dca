"""Reports on clients' orders, and the texts that say why an order was closed.

The texts are those of spec ``v2-account`` §2.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.engine.events import Event, Fill, OrderReport, ReportKind

if TYPE_CHECKING:
    from rxkraken.sim.engine.orders import Ticket

USER_REQUESTED = "User requested"
POST_ONLY_REASON = "Post only order"
REMAINDER = "IOC remainder canceled"
FILL_OR_KILL = "FOK order cannot be filled"
SELF_TRADE = "Self trade prevention"
REPLACED = "Order replaced"
TIMEOUT = "Cancel after timeout"
NO_FUNDS = "Insufficient funds"
EXPIRED = "Order expired"


def report(
    events: list[Event],
    kind: ReportKind,
    ticket: Ticket,
    now_ns: int,
    *,
    reason: str | None = None,
    fill: Fill | None = None,
    amend_id: str | None = None,
) -> OrderReport:
    """Append what happened to an order, as it stands now, and return it."""
    told = OrderReport(kind, ticket.state(), now_ns, reason, fill, amend_id)
    events.append(told)
    return told
