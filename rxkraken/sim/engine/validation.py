"""Which combinations of arguments make an order (spec ``v2-trading`` §2.1, §2.6 step 4).

Each rule names the argument it is about; the first one that is broken is the answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rxkraken.sim.engine.refusals import (
    DEADLINE_ELAPSED,
    INDEX_UNAVAILABLE,
    Refused,
    invalid_arguments,
)
from rxkraken.sim.engine.requests import (
    CONDITIONAL_TYPES,
    LIMIT_PRICED,
    ORDER_TYPES,
    TRAILING,
    TRIGGERED,
    Conditional,
    OrderRequest,
    Trigger,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECOND_NS = 1_000_000_000
_LONGEST_DEADLINE_NS = 60 * _SECOND_NS
_LONGEST_LIFE_NS = 31 * 86_400 * _SECOND_NS
_INT32 = 1 << 31
_CLIENT_ID = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}"
)


def check_arguments(request: OrderRequest, now_ns: int, *, has_index: bool) -> None:
    """Refuse a request whose arguments do not go together.

    Raises:
        Refused: ``EGeneral:Invalid arguments`` with the name of the first wrong one.
    """
    for holds, detail in _rules(request, now_ns):
        if not holds:
            raise invalid_arguments(detail)
    trigger = request.trigger
    if trigger is not None and trigger.reference == "index" and not has_index:
        raise Refused(INDEX_UNAVAILABLE)


def check_deadline(deadline_ns: int | None, now_ns: int) -> None:
    """Refuse a deadline that is too far away.

    Raises:
        Refused: it is more than a minute ahead.
    """
    if deadline_ns is not None and deadline_ns > now_ns + _LONGEST_DEADLINE_NS:
        raise invalid_arguments("deadline")


def check_elapsed(deadline_ns: int | None, now_ns: int) -> None:
    """Refuse what comes too late (step 7 of spec ``v2-trading`` §2.6).

    Raises:
        Refused: the deadline is over.
    """
    if deadline_ns is not None and deadline_ns <= now_ns:
        raise Refused(DEADLINE_ELAPSED)


def _rules(request: OrderRequest, now_ns: int) -> Iterator[tuple[bool, str]]:
    """Every rule as whether it holds and what it is about, in the order of checking."""
    kind = request.order_type
    priced = kind in LIMIT_PRICED
    cash = request.cash is not None
    yield kind in ORDER_TYPES, "ordertype"
    yield request.side in {"buy", "sell"}, "type"
    yield cash != (request.quantity is not None), "volume"
    yield not cash or (kind, request.side, request.margin) == ("market", "buy", False), "viqc"
    yield priced == (request.limit_price is not None), "price"
    yield _limit_type_fits(kind, request.limit_price_type), "price type"
    yield (kind in TRIGGERED) == (request.trigger is not None), "trigger price"
    yield _trigger_fits(kind, request.trigger), "trigger price"
    yield (kind == "iceberg") == (request.display is not None), "display volume"
    yield not request.post_only or (priced and not _at_once(request)), "post only"
    yield request.self_trade in {"cancel_newest", "cancel_oldest", "cancel_both"}, "stp type"
    yield request.fee_in in {"base", "quote"}, "fee preference"
    yield from _time_rules(request, now_ns)
    yield from _identity_rules(request)
    if request.conditional is not None:
        yield _conditional_fits(request.conditional), "close"


def _time_rules(request: OrderRequest, now_ns: int) -> Iterator[tuple[bool, str]]:
    kind, force, expires = request.order_type, request.time_in_force, request.expires_ns
    yield force in {"gtc", "gtd", "ioc", "fok"}, "timeinforce"
    yield force != "fok" or kind in LIMIT_PRICED, "timeinforce"
    yield kind != "iceberg" or not _at_once(request), "timeinforce"
    yield kind != "market" or force != "gtd", "timeinforce"
    yield (force == "gtd") == (expires is not None), "expiretm"
    if expires is not None:
        starts = max(now_ns, request.starts_ns or now_ns)
        yield starts < expires <= now_ns + _LONGEST_LIFE_NS, "expiretm"
    deadline = request.deadline_ns
    yield deadline is None or deadline <= now_ns + _LONGEST_DEADLINE_NS, "deadline"


def _identity_rules(request: OrderRequest) -> Iterator[tuple[bool, str]]:
    client_id, reference = request.client_id, request.reference
    yield client_id is None or bool(_CLIENT_ID.fullmatch(client_id)), "cl_ord_id"
    yield client_id is None or (reference is None and request.conditional is None), "cl_ord_id"
    yield reference is None or -_INT32 <= reference < _INT32, "userref"


def _at_once(request: OrderRequest) -> bool:
    return request.time_in_force in {"ioc", "fok"}


def _limit_type_fits(kind: str, price_type: str | None) -> bool:
    if kind == "trailing-stop-limit":
        return price_type in {None, "static", "pct", "quote"}
    return price_type in {None, "static"}


def _trigger_fits(kind: str, trigger: Trigger | None) -> bool:
    if trigger is None:
        return True
    if not trigger.price.is_finite() or trigger.reference not in {"last", "index"}:
        return False
    if kind in TRAILING:
        return trigger.price_type in {"pct", "quote"} and trigger.price > 0
    return trigger.price_type in {"static", "pct", "quote"}


def _conditional_fits(close: Conditional) -> bool:
    kind = close.order_type
    trigger = (
        None
        if close.trigger_price is None
        else Trigger(price=close.trigger_price, price_type=close.trigger_price_type)
    )
    return (
        kind in CONDITIONAL_TYPES
        and (kind in LIMIT_PRICED) == (close.limit_price is not None)
        and (kind in TRIGGERED) == (trigger is not None)
        and _limit_type_fits(kind, close.limit_price_type)
        and _trigger_fits(kind, trigger)
    )
