"""New orders, one or several: steps 3 to 9 of spec ``v2-trading`` §2.6 in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.engine import market_state, refusals
from rxkraken.sim.engine.drafting import draft
from rxkraken.sim.engine.entering import reserve
from rxkraken.sim.engine.outcomes import BatchPlaced, Placed
from rxkraken.sim.engine.outlook import crosses
from rxkraken.sim.engine.reacting import concluded
from rxkraken.sim.engine.refusals import Refused, invalid_arguments, refuse_if
from rxkraken.sim.engine.timers import take_on
from rxkraken.sim.engine.validation import check_elapsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rxkraken.sim.accounts import Account
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.events import Event
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import OrderRequest

_BATCH = range(2, 16)


def add(
    office: Office, account: str, request: OrderRequest, now_ns: int, *, validate: bool
) -> Placed:
    """Place an order, or only check it.

    Raises:
        Refused: with the exchange's text.
    """
    owner = office.account(account)
    if validate:
        checked(office, owner, request, now_ns)
        return Placed("", [])
    limited = office.rules.charge(account, request.symbol, "add", [], 1, now_ns)
    ticket = checked(office, owner, request, now_ns)
    refuse_if(limited)
    desk = office.desks[request.symbol]
    events: list[Event] = []
    _place(office, desk, ticket, now_ns, events)
    return Placed(ticket.order_id, concluded(desk, events, now_ns))


def add_batch(
    office: Office, account: str, requests: Sequence[OrderRequest], now_ns: int, *, validate: bool
) -> BatchPlaced:
    """Place several orders of one pair, or none if one of them makes no sense.

    Raises:
        Refused: with the exchange's text; of the first order that fails validation.
    """
    owner = office.account(account)
    if len({request.symbol for request in requests}) != 1 or len(requests) not in _BATCH:
        raise Refused(refusals.INVALID_ARGUMENTS)
    symbol, limited = requests[0].symbol, None
    if not validate:
        limited = office.rules.charge(account, symbol, "add_batch", [], len(requests), now_ns)
    tickets = [checked(office, owner, request, now_ns) for request in requests]
    client_ids = [request.client_id for request in requests if request.client_id is not None]
    if len(set(client_ids)) < len(client_ids):
        raise invalid_arguments("cl_ord_id not unique")
    if validate:
        return BatchPlaced(tuple(Placed("", []) for _ in tickets), [])
    refuse_if(limited)
    desk = office.desks[symbol]
    events: list[Event] = []
    rows = tuple(_row(office, desk, ticket, now_ns, events) for ticket in tickets)
    return BatchPlaced(rows, concluded(desk, events, now_ns))


def checked(office: Office, owner: Account, request: OrderRequest, now_ns: int) -> Ticket:
    """An order that passed steps 3 to 5; nothing is known of it yet.

    Raises:
        Refused: with the exchange's text.
    """
    desk = office.desks.get(request.symbol)
    if desk is None:
        raise Refused(refusals.UNKNOWN_PAIR)
    for state in (office.system, desk.pair.status):
        market_state.check_order(state, request)
    ticket = draft(desk, owner, request, now_ns, desk.grid)
    client_id = request.client_id
    if client_id and office.dossiers[owner.name].has_open_client_id(client_id):
        raise invalid_arguments("cl_ord_id not unique")
    return ticket


def _place(
    office: Office, desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]
) -> None:
    """Steps 6 to 9, then the order is in the market."""
    request, name = ticket.request, ticket.account.name
    scheduled = request.starts_ns is not None and request.starts_ns > now_ns
    already = office.dossiers[name].count(request.symbol)
    refuse_if(office.rules.admit(name, request.symbol, already, scheduled=scheduled))
    check_elapsed(request.deadline_ns, now_ns)
    reserve(desk, ticket)
    waits = scheduled or ticket.trigger is not None
    try:
        _check_wishes(desk, ticket, waits=waits)
    except Refused:
        desk.clearing.release(ticket)
        raise
    take_on(desk, ticket, now_ns, events)


def _check_wishes(desk: OrderDesk, ticket: Ticket, *, waits: bool) -> None:
    """Reduce-only, margin, post-only: the last of the steps."""
    request = ticket.request
    if request.reduce_only:
        raise Refused(refusals.REDUCE_ONLY)
    if request.margin:
        raise Refused(refusals.INSUFFICIENT_MARGIN)
    passive = request.post_only and desk.office.post_only_refuses and not waits
    if passive and crosses(desk.engine.book, ticket):
        raise Refused(refusals.POST_ONLY)


def _row(
    office: Office, desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]
) -> Placed | Refused:
    """The fate of one order of a batch."""
    try:
        _place(office, desk, ticket, now_ns, events)
    except Refused as refused:
        return refused
    return Placed(ticket.order_id, [])
