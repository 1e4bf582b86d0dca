"""What may be done in which state of a pair or of the whole exchange (spec ``v2-trading`` §2.6)."""

from __future__ import annotations

from rxkraken.sim.engine.refusals import REDUCE_ONLY, UNAVAILABLE, Refused, wrong_mode
from rxkraken.sim.engine.requests import LIMIT_PRICED, OrderRequest

MATCHING = frozenset({"online", "limit_only", "reduce_only"})
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
