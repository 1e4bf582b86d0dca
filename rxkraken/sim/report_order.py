"""The order of the fields of ``executions`` reports, as the exchange sends them.

Nobody may rely on it; it is kept so that recordings of both look alike (spec ``v2-account`` §3).
"""

from __future__ import annotations

from typing import Any

_DESCRIPTION = (
    "order_id symbol order_qty cash_order_qty cum_cost time_in_force exec_type side order_type "
    "order_userref cl_ord_id limit_price_type triggers limit_price stop_price trigger order_status "
    "fee_usd_equiv fee_ccy_pref timestamp"
)
_FILL = (
    "order_id order_userref cl_ord_id exec_id exec_type trade_id symbol side last_qty last_price "
    "liquidity_ind cost order_type timestamp order_status cum_qty cum_cost avg_price fee_usd_equiv "
    "fees"
)
_ENDING = (
    "timestamp order_status exec_type cum_qty cum_cost fee_usd_equiv avg_price order_userref "
    "cl_ord_id cancel_reason reason order_id"
)
_AMENDMENT = (
    "timestamp exec_type order_status cum_qty reason amended order_qty limit_price "
    "limit_price_type order_userref cl_ord_id order_id"
)
_ORDERS = {
    kind: tuple(names.split())
    for kind, names in {
        "pending_new": _DESCRIPTION,
        "trade": _FILL,
        "filled": _ENDING,
        "canceled": _ENDING,
        "expired": _ENDING,
        "amended": _AMENDMENT,
        "restated": _AMENDMENT,
        "new": "timestamp order_status exec_type order_userref cl_ord_id order_id",
    }.items()
}


def arranged(report: dict[str, Any]) -> dict[str, Any]:
    """The same report with its fields in the usual order; rare ones come last.

    >>> list(arranged({"order_id": "O1", "exec_type": "new", "timestamp": "now"}))
    ['timestamp', 'exec_type', 'order_id']
    """
    usual = _ORDERS.get(report["exec_type"], ())
    return {name: report[name] for name in usual if name in report} | report
