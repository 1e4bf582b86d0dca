"""All orders of one account: open ones by every name they have, closed ones in order, fills.

Closed orders and fills are kept as long as the exchange lives, and so is the ledger of the account:
clients may ask for their whole history (spec ``v2-account`` §4.3). What is looked up at every
command, the open orders and their names, does not grow with it, and the crowd leaves no records.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rxkraken.sim.engine.refusals import UNKNOWN_ORDER, Refused
from rxkraken.sim.engine.requests import ByClientId, ByOrderId, Selector

if TYPE_CHECKING:
    from rxkraken.sim.engine.events import OrderReport
    from rxkraken.sim.engine.orders import Ticket


class Dossier:
    """The orders of one account.

    Attributes:
        tickets: every order ever accepted, by id.
        open: those that are not closed, by id, oldest first.
        closed: the others, in order of closing.
        fills: reports of kind ``trade``, oldest first.
        switch_ns: when the dead man's switch falls; None while it is not armed.
    """

    __slots__ = ("_by_client_id", "_counts", "closed", "fills", "open", "switch_ns", "tickets")

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.open: dict[str, Ticket] = {}
        self.closed: list[Ticket] = []
        self.fills: list[OrderReport] = []
        self.switch_ns: int | None = None
        self._by_client_id: dict[str, Ticket] = {}
        self._counts: Counter[str] = Counter()

    def add(self, ticket: Ticket) -> None:
        """Note a new order."""
        self.tickets[ticket.order_id] = self.open[ticket.order_id] = ticket
        self._counts[ticket.request.symbol] += 1
        if ticket.request.client_id is not None:
            self._by_client_id[ticket.request.client_id] = ticket

    def close(self, ticket: Ticket) -> None:
        """Note that an order is closed."""
        del self.open[ticket.order_id]
        self.closed.append(ticket)
        self._counts[ticket.request.symbol] -= 1
        if ticket.request.client_id is not None:
            del self._by_client_id[ticket.request.client_id]

    def has_open_client_id(self, client_id: str) -> bool:
        """Whether an open order has this client id."""
        return client_id in self._by_client_id

    def count(self, symbol: str) -> int:
        """Open orders of a pair."""
        return self._counts[symbol]

    def only(self, selector: Selector) -> Ticket:
        """The one open order that a selector names.

        Raises:
            Refused: there is none, or several.
        """
        tickets = self.find(selector)
        if len(tickets) != 1:
            raise Refused(UNKNOWN_ORDER)
        return tickets[0]

    def find(self, selector: Selector) -> list[Ticket]:
        """Open orders that a selector names, oldest first."""
        if isinstance(selector, ByOrderId):
            found = self.open.get(selector.value)
        elif isinstance(selector, ByClientId):
            found = self._by_client_id.get(selector.value)
        else:
            wanted = selector.value
            return [ticket for ticket in self.open.values() if ticket.request.reference == wanted]
        return [] if found is None else [found]
