"""Reports of the channel ``executions`` (spec ``v2-account`` §2 and §3).

Reports are sparse: each kind has the fields of the exchange's samples and captures, in their order.
Prices have the pair's decimals, quantities are padded, costs have the decimals of costs.

Longer than other files because every kind of report has a set of fields of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim.exact import number
from rxkraken.sim.market_data import rounded_ratio
from rxkraken.sim.pair_numbers import PairNumbers
from rxkraken.sim.report_order import arranged
from rxkraken.sim.text_v2 import micros

if TYPE_CHECKING:
    from rxkraken.sim.engine import Conditional, Fill, OrderReport, OrderState, TriggerState
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.money import Money

    Report = dict[str, Any]

OPENING_AND_CLOSING = frozenset({"new", "filled", "canceled", "expired", "trade"})
_EXEC_TYPES = {"pending": "pending_new", "refilled": "iceberg_refill"}
_STATUSES = {"pending": "pending_new"}
_PREFERENCES = {"quote": "fciq", "base": "fcib"}


class Reporter:
    """Writes reports of the orders of one pair.

    Args:
        pair: the decimals of its numbers.
        money: decimals of assets, and what they are worth in dollars.
    """

    __slots__ = ("_money", "_write")

    def __init__(self, pair: Pair, money: Money) -> None:
        self._write = PairNumbers(pair)
        self._money = money

    def report(self, event: OrderReport) -> Report:
        """What an update says about one event."""
        order = event.order
        when = {"timestamp": micros(event.timestamp_ns)}
        kind = _EXEC_TYPES.get(event.kind, event.kind)
        state = {"exec_type": kind, "order_status": _STATUSES.get(order.status, order.status)}
        if event.kind == "pending":
            return arranged(self.description(order) | state | self._nothing_done() | when)
        if event.fill is not None:
            return arranged(self.fill(order, event.fill) | self._running(order) | when)
        return arranged(when | state | self._news(event) | _name(order))

    def description(self, order: OrderState) -> Report:
        """Everything that was ordered."""
        request = order.request
        return (
            {"order_id": order.order_id, "symbol": request.symbol}
            | self._ordered(order)
            | {"side": request.side, "order_type": request.order_type}
            | _given_name(order)
            | self._prices(order)
            | self._trigger(order)
            | self._contingent(request.conditional)
            | {"time_in_force": request.time_in_force.upper()}
            | self._extras(order)
            | {"fee_ccy_pref": _PREFERENCES[request.fee_in]}
        )

    def open_order(self, order: OrderState) -> Report:
        """The entry of an open order in a snapshot."""
        status = _STATUSES.get(order.status, order.status)
        kind = "pending_new" if order.status == "pending" else "new"
        return (
            self.description(order)
            | {"exec_type": kind, "order_status": status}
            | self._done(order)
            | {"amended": order.amended, "timestamp": micros(order.changed_ns)}
        )

    def fill(self, order: OrderState, fill: Fill) -> Report:
        """One fill without what it did to the order: all that a snapshot says."""
        price, lots = fill.price, fill.quantity
        fee = fill.fee
        return (
            {"order_id": order.order_id}
            | _given_name(order)
            | {
                "exec_id": fill.exec_id,
                "exec_type": "trade",
                "trade_id": fill.trade_id,
                "symbol": order.request.symbol,
                "side": order.request.side,
                "last_qty": self._write.quantity(lots),
                "last_price": self._write.price(price),
                "liquidity_ind": fill.liquidity,
                "cost": self._write.cost(fill.cost),
                "order_status": order.status,
                "order_type": order.request.order_type,
                "fee_usd_equiv": self._money.dollars(fill.fee_asset, fee),
                "fees": [{"asset": fill.fee_asset, "qty": self._money.number(fill.fee_asset, fee)}],
            }
        )

    def past_fill(self, event: OrderReport, latest: OrderState) -> Report:
        """The entry of a fill in a snapshot; it has the order's present status."""
        if event.fill is None:
            raise TypeError("a fill is reported with its fill")
        return self.fill(latest, event.fill) | {"timestamp": micros(event.timestamp_ns)}

    # -- parts of reports -----------------------------------------------------------------------

    def _news(self, event: OrderReport) -> Report:
        """What is new about an order that the client knows."""
        order = event.order
        if event.kind in {"filled", "canceled", "expired"}:
            return self._done(order) | _reasons(event) | _flags(order)
        if event.kind in {"amended", "restated"}:
            return self._amended(order, event)
        if event.kind == "refilled":
            return self._refilled(order)
        return self._trigger(order) if event.kind == "status" else _flags(order)

    def _ordered(self, order: OrderState) -> Report:
        """How much was ordered: base units, quote units, or of a filled cash order both."""
        told: Report = {}
        if order.quantity is not None:
            told["order_qty"] = self._write.quantity(order.quantity)
        if order.request.cash is not None:
            told["cash_order_qty"] = self._write.decimal(order.request.cash)
        return told

    def _running(self, order: OrderState) -> Report:
        """A fill does not say that it was the last: the report after it does."""
        return {"order_status": "partially_filled"} | self._filled(order)

    def _filled(self, order: OrderState) -> Report:
        average = rounded_ratio(order.cost, order.filled) if order.filled else 0
        return {
            "cum_qty": self._write.quantity(order.filled),
            "cum_cost": self._write.cost(order.cost),
            "avg_price": self._write.price(average),
        }

    def _done(self, order: OrderState) -> Report:
        dollars = self._money.dollars(order.fee_asset, order.fee)
        return self._filled(order) | {"fee_usd_equiv": dollars}

    def _nothing_done(self) -> Report:
        return {
            "cum_cost": self._write.cost(0),
            "fee_usd_equiv": self._money.dollars("USD", 0),
        }

    def _amended(self, order: OrderState, event: OrderReport) -> Report:
        told: Report = {
            "cum_qty": self._write.quantity(order.filled),
            "reason": event.reason or "User requested",
            "amended": True,
            "order_qty": self._write.quantity(order.quantity or 0),
        }
        if order.display is not None:
            told["display_qty"] = self._write.quantity(order.display)
        limit = {} if order.limit_price is None else self._limit(order)
        return told | limit | self._trigger(order)

    def _refilled(self, order: OrderState) -> Report:
        return {
            "cum_qty": self._write.quantity(order.filled),
            "display_qty": self._write.quantity(order.display or 0),
            "display_qty_remain": self._write.quantity(order.visible),
        }

    def _prices(self, order: OrderState) -> Report:
        limit = {} if order.limit_price is None else self._limit(order)
        trigger = order.trigger
        if trigger is None:
            return limit | {"stop_price": self._write.price(0)}
        return limit | {
            "stop_price": self._write.price(trigger.level),
            "trigger": trigger.reference,
        }

    def _limit(self, order: OrderState) -> Report:
        kind = order.request.limit_price_type or "static"
        return {
            "limit_price_type": "static" if order.trigger is None else kind,
            "limit_price": self._write.price(order.limit_price or 0),
        }

    def _trigger(self, order: OrderState) -> Report:
        return {} if order.trigger is None else {"triggers": self._triggers(order.trigger)}

    def _triggers(self, trigger: TriggerState) -> Report:
        static = trigger.price_type == "static"
        told: Report = {
            "reference": trigger.reference,
            "price": self._write.decimal(trigger.price) if static else number(f"{trigger.price:f}"),
            "price_type": trigger.price_type,
            "actual_price": self._write.price(trigger.level),
        }
        if trigger.peak is not None:
            told["peak_price"] = self._write.price(trigger.peak)
        if trigger.fired_ns is None:
            return told | {"status": "untriggered"}
        if trigger.fired_price is not None:
            told["last_price"] = self._write.price(trigger.fired_price)
        return told | {"status": "triggered", "timestamp": micros(trigger.fired_ns)}

    def _contingent(self, conditional: Conditional | None) -> Report:
        if conditional is None:
            return {}
        told: Report = {"order_type": conditional.order_type}
        if conditional.trigger_price is not None:
            told["trigger_price"] = number(f"{conditional.trigger_price:f}")
            told["trigger_price_type"] = conditional.trigger_price_type
        if conditional.limit_price is not None:
            told["limit_price"] = number(f"{conditional.limit_price:f}")
            told["limit_price_type"] = conditional.limit_price_type or "static"
        return {"contingent": told}

    def _extras(self, order: OrderState) -> Report:
        request = order.request
        told: Report = {}
        if order.display is not None:
            told["display_qty"] = self._write.quantity(order.display)
            told["display_qty_remain"] = self._write.quantity(order.visible)
        if request.starts_ns is not None:
            told["effective_time"] = micros(request.starts_ns)
        if request.expires_ns is not None:
            told["expire_time"] = micros(request.expires_ns)
        for name in ("post_only", "reduce_only", "margin"):
            if getattr(request, name):
                told[name] = True
        if request.trader_id is not None:
            told["sender_sub_id"] = request.trader_id
        if order.parent_id is not None:
            told["ord_ref_id"] = order.parent_id
        return told


def _given_name(order: OrderState) -> Report:
    """The client's own name of the order: its text, or its number, 0 if there is neither."""
    if order.request.client_id is not None:
        return {"cl_ord_id": order.request.client_id}
    return {"order_userref": order.request.reference or 0}


def _name(order: OrderState) -> Report:
    return _given_name(order) | {"order_id": order.order_id}


def _flags(order: OrderState) -> Report:
    return {"post_only": True} if order.request.post_only else {}


def _reasons(event: OrderReport) -> Report:
    if event.reason is None:
        return {}
    if event.kind == "canceled":
        return {"cancel_reason": event.reason, "reason": event.reason}
    return {"reason": event.reason}
