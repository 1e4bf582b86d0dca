"""States of a pair and of the whole exchange, and what the exchange alone decides.

What may be done in which state is told in spec ``v2-trading`` §2.6. Changes of a state and of an
index price, and the passing of time, set off what waited for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.engine.firing import price_moved
from rxkraken.sim.engine.reacting import concluded
from rxkraken.sim.engine.refusals import REDUCE_ONLY, UNAVAILABLE, Refused, wrong_mode
from rxkraken.sim.engine.requests import LIMIT_PRICED, OrderRequest

if TYPE_CHECKING:
    from rxkraken.sim.engine.desk import OrderDesk
    from rxkraken.sim.engine.events import Event, Happening
    from rxkraken.sim.engine.office import Office

_MATCHING = frozenset({"online", "limit_only", "reduce_only"})
_OFFLINE = frozenset({"maintenance", "delisted", "work_in_progress"})


def check_order(state: str, request: OrderRequest) -> None:
    """Refuse a new order that the state does not allow.

    Raises:
        Refused: with the exchange's text for the state.
    """
    check_change(state)
    if state == "post_only" and not (request.post_only and request.order_type in LIMIT_PRICED):
        raise wrong_mode(state)
    if state == "limit_only" and request.order_type not in LIMIT_PRICED:
        raise wrong_mode(state)
    if state == "reduce_only":
        raise Refused(REDUCE_ONLY)


def check_change(state: str) -> None:
    """Refuse amendments where there are only cancellations.

    Raises:
        Refused: with the exchange's text for the state.
    """
    check_cancel(state)
    if state == "cancel_only":
        raise wrong_mode(state)


def check_cancel(state: str) -> None:
    """Refuse everything while the exchange is off.

    Raises:
        Refused: it is off.
    """
    if state in _OFFLINE:
        raise Refused(UNAVAILABLE)


def set_system(office: Office, state: str, now_ns: int) -> list[Happening]:
    """Change the state of the whole exchange; triggers that were passed meanwhile fire."""
    if office.is_off and state != "maintenance":
        office.resumed_ns = now_ns
    office.system = state
    return [each for desk in office.desks.values() for each in _caught_up(office, desk, now_ns)]


def set_pair(office: Office, symbol: str, state: str, now_ns: int) -> list[Happening]:
    """Change the state of a pair; triggers that were passed meanwhile fire."""
    desk = office.desks[symbol]
    desk.pair = attrs.evolve(desk.pair, status=state)
    return _caught_up(office, desk, now_ns)


def set_index(office: Office, symbol: str, ticks: int | None, now_ns: int) -> list[Happening]:
    """Change the index price of a pair; triggers that it passes fire."""
    desk = office.desks[symbol]
    if desk.watch.index == ticks:
        return []
    desk.watch.index = ticks
    return _caught_up(office, desk, now_ns) if desk.watching else []


def next_timer_ns(office: Office) -> int | None:
    """When the next timer is due; None while there is none, or the exchange is off."""
    return None if office.is_off else office.agenda.next_ns


def run_timers(office: Office, now_ns: int) -> list[Happening]:
    """Do what is due by a time; what became due while the exchange was off, when it resumed."""
    return [] if office.is_off else office.agenda.run(now_ns, office.resumed_ns)


def _caught_up(office: Office, desk: OrderDesk, now_ns: int) -> list[Happening]:
    """Compare the waiting orders with the prices of this moment."""
    desk.matching = {office.system, desk.pair.status} <= _MATCHING
    events: list[Event] = []
    price_moved(desk, now_ns, events)
    return concluded(desk, events, now_ns)
