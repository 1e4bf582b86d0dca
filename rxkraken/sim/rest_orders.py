"""Orders and fills as REST writes them (spec ``rest`` §6): texts, and times as numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rxkraken.sim.exact import Number, fixed_number
from rxkraken.sim.instruments import fixed
from rxkraken.sim.market_data import rounded_ratio
from rxkraken.sim.pair_numbers import cost_units

if TYPE_CHECKING:
    from rxkraken.sim.engine import OrderReport, OrderState
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.money import Money
    from rxkraken.sim.names import PairNames

_STATUSES = {
    "pending": "pending",
    "new": "open",
    "partially_filled": "open",
    "filled": "closed",
    "canceled": "canceled",
    "expired": "expired",
}
_FEE_FLAGS = {"quote": "fciq", "base": "fcib"}
_NANOSECONDS = 9
_TIME_DECIMALS = 4
_TIME_STEP = 10 ** (_NANOSECONDS - _TIME_DECIMALS)
_LONG_DECIMALS = 5


def moment(timestamp_ns: int | None) -> Number:
    """Seconds since 1970 with four decimals; 0 for never."""
    return fixed_number((timestamp_ns or 0) // _TIME_STEP, _TIME_DECIMALS)


class OrderWriter:
    """Writes orders and fills of one pair."""

    __slots__ = ("_money", "_names", "_pair")

    def __init__(self, pair: Pair, names: PairNames, money: Money) -> None:
        self._pair = pair
        self._names = names
        self._money = money

    def order(self, order: OrderState, trades: list[str] | None) -> dict[str, Any]:
        """An order; with the ids of its fills if they were asked for."""
        request, pair = order.request, self._pair
        average = rounded_ratio(order.cost, order.filled) if order.filled else 0
        stop = "0.00000" if order.trigger is None else pair.price_text(order.trigger.level)
        limit = "0.00000" if order.limit_price is None else pair.price_text(order.limit_price)
        told: dict[str, Any] = {
            "refid": order.parent_id or "None",
            "userref": request.reference or 0,
            "status": _STATUSES[order.status],
            "opentm": moment(order.created_ns),
            "starttm": moment(request.starts_ns),
            "expiretm": moment(request.expires_ns),
            "descr": self._description(order),
            "vol": pair.qty_text(order.quantity if order.quantity is not None else order.filled),
            "vol_exec": pair.qty_text(order.filled),
            "cost": fixed(cost_units(pair, order.cost), pair.cost_precision),
            "fee": self._amount(order.fee_asset, order.fee),
            "price": pair.price_text(average),
            "stopprice": stop,
            "limitprice": limit if order.trigger is not None else "0.00000",
            "misc": _remarks(order),
            "oflags": _flags(order),
        }
        if request.client_id is not None:
            told["cl_ord_id"] = request.client_id
        if order.trigger is not None:
            told["trigger"] = order.trigger.reference
        if order.closed_ns is not None:
            told |= {"reason": order.reason, "closetm": moment(order.closed_ns)}
        return told | ({} if trades is None else {"trades": trades})

    def fill(self, event: OrderReport) -> dict[str, Any]:
        """A fill of the history of trades."""
        fill, request, pair = event.fill, event.order.request, self._pair
        if fill is None:
            raise TypeError("the history of trades is made of fills")
        return {
            "ordertxid": event.order.order_id,
            "postxid": event.order.order_id,
            "pair": self._names.key,
            "time": moment(event.timestamp_ns),
            "type": request.side,
            "ordertype": request.order_type,
            "price": pair.price_text(fill.price),
            "cost": fixed(cost_units(pair, fill.cost), pair.cost_precision),
            "fee": self._amount(fill.fee_asset, fill.fee),
            "vol": pair.qty_text(fill.quantity),
            "margin": "0.00000",
            "leverage": "0",
            "misc": "",
            "trade_id": fill.trade_id,
            "maker": fill.liquidity == "m",
        }

    def _description(self, order: OrderState) -> dict[str, str]:
        request, pair = order.request, self._pair
        limit = None if order.limit_price is None else pair.price_text(order.limit_price)
        if order.trigger is None:
            price, second = limit or "0", "0"
            place = f"limit {limit}" if limit is not None else "market"
            if request.order_type == "iceberg":
                place = f"iceberg {limit}"
        else:
            price, second = pair.price_text(order.trigger.level), limit or "0"
            place = request.order_type.replace("-", " ") + f" {price}"
            place += f" -> limit {limit}" if limit is not None else ""
        lots = order.quantity
        amount = _text(request.cash) if lots is None else pair.qty_text(lots)
        return {
            "pair": self._names.altname,
            "type": request.side,
            "ordertype": request.order_type,
            "price": price,
            "price2": second,
            "leverage": "none",
            "order": f"{request.side} {amount} {self._names.altname} @ {place}",
            "close": _closing(order),
        }

    def _amount(self, asset: str, units: int) -> str:
        decimals = self._money.decimals(asset)
        more = max(0, _LONG_DECIMALS - decimals)
        return fixed(units * 10**more, decimals + more)


def _text(value: Decimal | None) -> str:
    return "0" if value is None else f"{value:f}"


def _closing(order: OrderState) -> str:
    conditional = order.request.conditional
    if conditional is None:
        return ""
    words = ["close position @", conditional.order_type.replace("-", " ")]
    if conditional.trigger_price is not None:
        words.append(_text(conditional.trigger_price))
    if conditional.limit_price is not None:
        words.append(f"-> limit {_text(conditional.limit_price)}")
    return " ".join(words)


def _remarks(order: OrderState) -> str:
    told = []
    trigger = order.trigger
    if trigger is not None and trigger.fired_ns is not None:
        told.append("touched" if "profit" in order.request.order_type else "stopped")
    if order.filled and order.status in {"canceled", "expired"}:
        told.append("partial")
    if order.amended:
        told.append("amended")
    return ",".join(told)


def _flags(order: OrderState) -> str:
    flags = ["post"] if order.request.post_only else []
    flags.append(_FEE_FLAGS[order.request.fee_in])
    if order.request.cash is not None:
        flags.append("viqc")
    return ",".join(flags)
