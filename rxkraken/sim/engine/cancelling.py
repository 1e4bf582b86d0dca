"""Cancellations: of one order, of several, of all, and of all after a while without a sign."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rxkraken.sim.engine import refusals
from rxkraken.sim.engine.events import Event, Happening
from rxkraken.sim.engine.market_state import check_cancel
from rxkraken.sim.engine.outcomes import Cancelled
from rxkraken.sim.engine.refusals import Refused, refuse_if
from rxkraken.sim.engine.reports import TIMEOUT, USER_REQUESTED
from rxkraken.sim.engine.rules import charge_each

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rxkraken.sim.engine.dossier import Dossier
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import Selector

_SECOND_NS = 1_000_000_000
_TIMEOUTS = range(86_400)
_BATCH = range(2, 51)


def cancel(office: Office, account: str, selector: Selector, now_ns: int) -> Cancelled:
    """Cancel the open orders that a selector names.

    Raises:
        Refused: there is none, or the exchange is off.
    """
    dossier = office.dossier(account)
    check_cancel(office.system)
    tickets = dossier.find(selector)
    if not tickets:
        raise Refused(refusals.INVALID_ORDER)
    charge_each(office, account, "cancel", tickets, now_ns)
    return _cancelled(office, tickets, USER_REQUESTED, now_ns)


def cancel_batch(
    office: Office, account: str, selectors: Sequence[Selector], now_ns: int
) -> Cancelled:
    """Cancel what several selectors name; those that name nothing are passed over.

    Raises:
        Refused: there are too few or too many, or the exchange is off.
    """
    dossier = office.dossier(account)
    check_cancel(office.system)
    if len(selectors) not in _BATCH:
        raise Refused(refusals.INVALID_ARGUMENTS)
    found = {t.order_id: t for selector in selectors for t in dossier.find(selector)}
    charge_each(office, account, "cancel_batch", found.values(), now_ns)
    return _cancelled(office, found.values(), USER_REQUESTED, now_ns)


def cancel_all(office: Office, account: str, now_ns: int) -> Cancelled:
    """Cancel every open order of an account.

    Raises:
        Refused: the exchange is off.
    """
    dossier = office.dossier(account)
    check_cancel(office.system)
    tickets = list(dossier.open.values())
    charge_each(office, account, "cancel_all", tickets, now_ns)
    return _cancelled(office, tickets, USER_REQUESTED, now_ns)


def cancel_after(office: Office, account: str, timeout_seconds: int, now_ns: int) -> int | None:
    """Arm the dead man's switch of an account anew, or disarm it with 0.

    Returns:
        when it will fall.

    Raises:
        Refused: the timeout is out of range.
    """
    dossier = office.dossier(account)
    refuse_if(office.rules.charge(account, "", "cancel_after", [], 1, now_ns))
    if timeout_seconds not in _TIMEOUTS:
        raise Refused(refusals.INVALID_TIMEOUT)
    dossier.switch_ns = now_ns + timeout_seconds * _SECOND_NS if timeout_seconds else None
    if dossier.switch_ns is not None:
        office.agenda.add(
            dossier.switch_ns, partial(_switch_off, office, dossier, dossier.switch_ns)
        )
    return dossier.switch_ns


def _switch_off(office: Office, dossier: Dossier, due_ns: int, now_ns: int) -> list[Happening]:
    """Let the dead man's switch fall, unless it was set anew."""
    if dossier.switch_ns != due_ns:
        return []
    dossier.switch_ns = None
    return _cancelled(office, list(dossier.open.values()), TIMEOUT, now_ns).happenings


def _cancelled(office: Office, tickets: Collection[Ticket], reason: str, now_ns: int) -> Cancelled:
    """Cancel open orders of any pairs."""
    by_symbol: dict[str, list[Event]] = {}
    for ticket in tickets:
        symbol = ticket.request.symbol
        events = by_symbol.setdefault(symbol, [])
        office.desks[symbol].finish(ticket, "canceled", reason, now_ns, events)
    happenings = [Happening(symbol, events, now_ns) for symbol, events in by_symbol.items()]
    return Cancelled(tuple(ticket.order_id for ticket in tickets), happenings)
