"""Trading methods that cancel orders (spec ``v2-trading`` §5, §6, §7 and §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim.engine import ByClientId, ByOrderId, ByReference, Refused
from rxkraken.sim.outcomes_v2 import Count, Method, Outcome
from rxkraken.sim.parameters_v2 import Parameters
from rxkraken.sim.requests_v2 import Objection, refuse_unknown
from rxkraken.sim.text_v2 import seconds

if TYPE_CHECKING:
    from rxkraken.sim.clientele import Clientele
    from rxkraken.sim.engine import Selector

    Given = dict[str, Any]

_CANCEL_FIELDS = frozenset({"order_id", "cl_ord_id", "order_userref", "token"})
_CANCELS_OF_A_BATCH = range(2, 51)


# -- cancel ---------------------------------------------------------------------------------------


def _check_cancel(given: Given) -> None:
    refuse_unknown(given, _CANCEL_FIELDS, "cancel_order")
    if not _cancel_selectors(given):
        raise Objection("Order_id(s) not found")


def _cancel_selectors(given: Given) -> list[Selector]:
    params = Parameters(given)
    return [
        *map(ByOrderId, params.texts("order_id")),
        *map(ByClientId, params.texts("cl_ord_id")),
        *map(ByReference, params.integers("order_userref")),
    ]


def _cancel(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    outcome = Outcome([])
    for selector in _cancel_selectors(given):
        try:
            done = clientele.venue.cancel(account, selector, now_ns=now_ns)
        except Refused as refusal:
            outcome.answers.append(refusal)
            continue
        outcome.happenings.extend(done.happenings)
        if isinstance(selector, ByClientId):
            outcome.answers.append({"cl_ord_id": selector.value})
        else:
            outcome.answers.extend({"order_id": order_id} for order_id in done.order_ids)
    return outcome


def _check_batch_cancel(given: Given) -> None:
    refuse_unknown(given, frozenset({"orders", "cl_ord_id", "token"}), "batch_cancel")
    params = Parameters(given)
    if not params.texts("orders") and not params.texts("cl_ord_id"):
        raise Objection("Orders(s) not found")


def _batch_cancel(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    params = Parameters(given)
    selectors: list[Selector] = [
        ByReference(int(text)) if text.lstrip("-").isdecimal() else ByOrderId(text)
        for text in params.texts("orders")
    ]
    selectors += map(ByClientId, params.texts("cl_ord_id"))
    if len(selectors) not in _CANCELS_OF_A_BATCH:
        raise Refused("EGeneral:Invalid arguments:orders")
    done = clientele.venue.cancel_batch(account, selectors, now_ns=now_ns)
    return Outcome([Count(len(done.order_ids))], done.happenings)


def _check_cancel_all(given: Given) -> None:
    refuse_unknown(given, frozenset({"token"}), "cancel_all")


def _cancel_all(clientele: Clientele, account: str, _: Given, now_ns: int) -> Outcome:
    done = clientele.venue.cancel_all(account, now_ns=now_ns)
    return Outcome([{"count": len(done.order_ids)}], done.happenings)


def _check_cancel_after(given: Given) -> None:
    refuse_unknown(given, frozenset({"timeout", "token"}), "cancel_all_orders_after")
    if Parameters(given).integer("timeout") is None:
        raise Objection("Timeout(s) not found")


def _cancel_after(clientele: Clientele, account: str, given: Given, now_ns: int) -> Outcome:
    return Outcome([switch(clientele, account, Parameters(given).integer("timeout") or 0, now_ns)])


def switch(clientele: Clientele, account: str, timeout_seconds: int, now_ns: int) -> dict[str, str]:
    """Arm or disarm the dead man's switch; the answer is the same on REST."""
    fires_ns = clientele.venue.cancel_after(account, timeout_seconds, now_ns=now_ns)
    fires = "0" if fires_ns is None else seconds(fires_ns)
    return {"currentTime": seconds(now_ns), "triggerTime": fires}


METHODS = {
    "cancel_order": Method(_check_cancel, _cancel, "cancel_orders"),
    "batch_cancel": Method(_check_batch_cancel, _batch_cancel, "cancel_orders"),
    "cancel_all": Method(_check_cancel_all, _cancel_all, "cancel_orders"),
    "cancel_all_orders_after": Method(_check_cancel_after, _cancel_after, "cancel_orders"),
}
