"""Changes of a live order in place (spec ``v2-trading`` §3).

A smaller quantity, another visible part and another trigger keep the place in the queue; another
price or a larger quantity go to the back of it. An order never changes if any of this is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.engine import market_state
from rxkraken.sim.engine.entering import reserve
from rxkraken.sim.engine.firing import wait_for_trigger
from rxkraken.sim.engine.outcomes import Amended
from rxkraken.sim.engine.reacting import concluded
from rxkraken.sim.engine.refusals import NO_AMENDABLE_PARAMETERS, POST_ONLY, Refused, refuse_if
from rxkraken.sim.engine.reports import USER_REQUESTED, report
from rxkraken.sim.engine.rules import charged
from rxkraken.sim.engine.terms import Terms, amended_terms
from rxkraken.sim.engine.validation import check_deadline, check_elapsed

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.events import Event
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Amendment, Selector


def amend(
    office: Office, account: str, selector: Selector, change: Amendment, now_ns: int
) -> Amended:
    """Change the open order that a selector names.

    Raises:
        Refused: with the exchange's text; the order is as it was.
    """
    ticket = office.dossier(account).only(selector)
    desk = office.desks[ticket.request.symbol]
    limited = charged(office, "amend", ticket, now_ns)
    for state in (office.system, desk.pair.status):
        market_state.check_change(state)
    check_deadline(change.deadline_ns, now_ns)
    refuse_if(limited)
    check_elapsed(change.deadline_ns, now_ns)
    events: list[Event] = []
    amend_id = _amend(desk, ticket, change, now_ns, events)
    return Amended(amend_id, ticket.order_id, concluded(desk, events, now_ns))


def _amend(
    desk: OrderDesk, ticket: Ticket, change: Amendment, now_ns: int, events: list[Event]
) -> str:
    """Let an order have its new terms, if there is money for them; return the amendment's id."""
    before, after = Terms.of(ticket), amended_terms(desk, ticket, change)
    if (after.quantity, after.display, after.limit_price, after.trigger) == (
        before.quantity,
        before.display,
        before.limit_price,
        before.trigger,
    ):
        raise Refused(NO_AMENDABLE_PARAMETERS)
    if after.limit_price != before.limit_price:
        _check_passive(desk, ticket, after, change)
    armed = ticket.is_armed
    if armed:
        desk.disarm(ticket)
    after.put_into(ticket)
    try:
        reserve(desk, ticket)
    except Refused:
        before.put_into(ticket)
        if armed:
            desk.arm(ticket)
        raise
    return _carry_out(desk, ticket, before, now_ns, events, armed=armed)


def _carry_out(
    desk: OrderDesk,
    ticket: Ticket,
    before: Terms,
    now_ns: int,
    events: list[Event],
    *,
    armed: bool,
) -> str:
    """Bring book and watch in line with the new terms."""
    ticket.amended, ticket.changed_ns = True, now_ns
    requeued = _adjust_book(desk, ticket, before, now_ns, events)
    amend_id = desk.office.new_amend_id()
    report(events, "amended", ticket, now_ns, reason=USER_REQUESTED, amend_id=amend_id)
    if ticket.quantity is not None and ticket.quantity == ticket.filled:
        desk.finish(ticket, "canceled", USER_REQUESTED, now_ns, events)
    elif armed:
        wait_for_trigger(desk, ticket, now_ns, events)
    elif requeued:
        desk.trade(ticket, now_ns, events)
    return amend_id


def _adjust_book(
    desk: OrderDesk, ticket: Ticket, before: Terms, now_ns: int, events: list[Event]
) -> bool:
    """Resize a resting order in place, or take it out; return whether it has to queue again."""
    order = ticket.resting
    if order is None:
        return False
    grown = (ticket.quantity or 0) > (before.quantity or 0)
    if grown or ticket.limit_price != before.limit_price:
        desk.engine.withdraw(order, now_ns, events)
        ticket.resting = None
        return True
    if not ticket.remaining:
        return False
    shown = order.quantity if ticket.display == before.display else ticket.display
    visible = min(ticket.remaining, shown or ticket.remaining)
    if visible != order.quantity:
        desk.engine.resize(order, visible, now_ns, events)
    return False


def _check_passive(desk: OrderDesk, ticket: Ticket, after: Terms, change: Amendment) -> None:
    """Refuse a price that would trade, if the client wants none of that."""
    if not (change.post_only or ticket.request.post_only) or ticket.is_armed or not ticket.live:
        return
    limit = after.limit_price
    if limit is None or desk.engine.book.opposite(ticket.request.side).meets(limit):
        raise Refused(POST_ONLY)
