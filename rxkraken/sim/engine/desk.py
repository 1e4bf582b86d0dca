"""Clients' orders in one market while they trade: sent, matched, resting, refilled, closed.

How they get there is told in `entering`, how they wait for their triggers in `firing`, what their
trades bring about in `reacting`; each is a few functions over the desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rxkraken.sim.engine import reports
from rxkraken.sim.engine.book import Order
from rxkraken.sim.engine.grid import Grid
from rxkraken.sim.engine.outlook import can_fill, crosses, same_trader, visible_part
from rxkraken.sim.engine.reacting import react
from rxkraken.sim.engine.reports import report
from rxkraken.sim.engine.watch import Watch

if TYPE_CHECKING:
    from rxkraken.sim.engine.clearing import Clearing
    from rxkraken.sim.engine.events import Event, TradeMade
    from rxkraken.sim.engine.matching import MatchingEngine
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Reference
    from rxkraken.sim.instruments import Pair

# More lots than any book holds: a cash order does not know how much it will get.
_ENDLESS = 1 << 100


class OrderDesk:
    """The clients' orders of one market.

    Args:
        pair: the rules of the market.
        engine: its matching engine.
        office: what all markets share.
        clearing: its money.

    Attributes:
        watching: armed orders, and fills whose closing orders are not made yet.
        matching: whether the state of the market lets orders trade.
    """

    def __init__(
        self, pair: Pair, engine: MatchingEngine, office: Office, clearing: Clearing
    ) -> None:
        self.pair = pair
        self.engine = engine
        self.office = office
        self.clearing = clearing
        self.grid = Grid.of(pair)
        self.watch = Watch(self.grid)
        self.watching = 0
        self.matching = True
        engine.desk = self

    def reference_price(self, reference: Reference) -> int:
        """Last price, or the index where it is asked for and there is one."""
        index = self.watch.index
        return self.engine.last_price if reference == "last" or index is None else index

    def arm(self, ticket: Ticket) -> None:
        """Let an order wait for its trigger."""
        self.watch.arm(ticket)
        self.watching += 1

    def disarm(self, ticket: Ticket) -> None:
        """Let an order wait no more."""
        self.watch.disarm(ticket)
        self.watching -= 1

    def send(self, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
        """Let an order trade, unless it may not trade as it would."""
        book, request = self.engine.book, ticket.request
        if request.post_only and crosses(book, ticket):
            self.finish(ticket, "canceled", reports.POST_ONLY_REASON, now_ns, events)
        elif request.time_in_force == "fok" and not can_fill(book, ticket):
            self.finish(ticket, "canceled", reports.FILL_OR_KILL, now_ns, events)
        else:
            self.trade(ticket, now_ns, events)

    def trade(self, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
        """Match an order, then let it rest or drop what is left of it."""
        request, limit = ticket.request, ticket.limit_price
        quantity = _ENDLESS if ticket.cash is not None else ticket.remaining
        order = Order(
            ticket.order_id, request.side, limit or 0, quantity, ticket.account.name, now_ns, ticket
        )
        kind: Literal["market", "limit"] = "market" if limit is None else "limit"
        self.engine.match(order, kind, limit, now_ns, events)
        if ticket.is_closed:
            return
        if ticket.cash is not None and ticket.quantity and ticket.reason is None:
            self.finish(ticket, "filled", None, now_ns, events)
            return
        if ticket.reason is None and ticket.may_rest:
            order.quantity = visible_part(ticket)
            ticket.resting = order
            self.engine.rest(order, events)
            return
        self.finish(ticket, "canceled", ticket.reason or reports.REMAINDER, now_ns, events)

    def permit(
        self, taker: Order, maker: Order, size: int, now_ns: int, events: list[Event]
    ) -> int:
        """See `rxkraken.sim.engine.matching.Desk.permit`."""
        ticket, other = taker.ticket, maker.ticket
        if ticket is None:
            return size
        if other is not None and same_trader(ticket, other):
            self._prevent_self_trade(taker, ticket, other, now_ns, events)
            return 0
        if ticket.cash is not None:
            size = min(size, (ticket.cash - ticket.cost) // maker.price)
            if not size:
                ticket.quantity = ticket.filled
        elif ticket.limit_price is None and taker.side == "buy":
            affordable = self.clearing.affordable(ticket, maker.price, size)
            if affordable < size:
                ticket.reason = reports.NO_FUNDS
            size = affordable
        if not size:
            taker.quantity = 0
        return size

    def filled(self, taker: Order, maker: Order, trade: TradeMade, events: list[Event]) -> None:
        """See `rxkraken.sim.engine.matching.Desk.filled`."""
        for order in (taker, maker):
            if order.ticket is None:
                self.clearing.settle_house(trade, order.side)
            else:
                self._fill(order.ticket, trade, maker=order is maker, events=events)
        ticket = maker.ticket
        if ticket is not None and not maker.quantity:
            ticket.resting = None
            if not ticket.is_closed:
                self._refill(maker, ticket, trade.timestamp_ns, events)

    def _fill(self, ticket: Ticket, trade: TradeMade, *, maker: bool, events: list[Event]) -> None:
        fill = self.clearing.settle(ticket, trade, maker=maker, events=events)
        ticket.status = "partially_filled"
        told = report(events, "trade", ticket, trade.timestamp_ns, fill=fill)
        self.office.dossiers[ticket.account.name].fills.append(told)
        if ticket.request.conditional is not None:
            self.watching += 1
        if ticket.filled == ticket.quantity:
            self.finish(ticket, "filled", None, trade.timestamp_ns, events)

    def _refill(self, order: Order, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
        """Show the next part of an iceberg, behind all others of its price."""
        order.quantity = visible_part(ticket)
        order.timestamp_ns = now_ns
        ticket.resting = order
        self.engine.rest(order, events)
        report(events, "refilled", ticket, now_ns)

    def _prevent_self_trade(
        self, taker: Order, ticket: Ticket, other: Ticket, now_ns: int, events: list[Event]
    ) -> None:
        mode = ticket.request.self_trade
        if mode != "cancel_newest":
            self.finish(other, "canceled", reports.SELF_TRADE, now_ns, events)
        if mode != "cancel_oldest":
            taker.quantity = 0
            ticket.reason = reports.SELF_TRADE

    def react(self, events: list[Event], now_ns: int) -> None:
        """See `rxkraken.sim.engine.matching.Desk.react`."""
        react(self, events, now_ns)

    def finish(
        self,
        ticket: Ticket,
        status: Literal["filled", "canceled", "expired"],
        reason: str | None,
        now_ns: int,
        events: list[Event],
    ) -> None:
        """Close an order: it leaves book and watch, and its hold is released."""
        if ticket.resting is not None and ticket.resting.quantity:
            self.engine.withdraw(ticket.resting, now_ns, events)
        ticket.resting = None
        if ticket.is_armed:
            self.disarm(ticket)
        self.clearing.release(ticket)
        if ticket.quantity is None:
            ticket.quantity = ticket.filled
        ticket.status, ticket.reason, ticket.closed_ns = status, reason, now_ns
        self.office.dossiers[ticket.account.name].close(ticket)
        report(events, status, ticket, now_ns, reason=reason)
