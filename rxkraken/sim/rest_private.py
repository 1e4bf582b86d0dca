"""Private REST calls: tokens, orders, fills and balances (spec ``rest`` §3 and §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.cancelling_v2 import switch
from rxkraken.sim.engine import Refused
from rxkraken.sim.instruments import fixed
from rxkraken.sim.keys import ApiError
from rxkraken.sim.names import asset_key
from rxkraken.sim.rest_orders import OrderWriter
from rxkraken.sim.tokens import LIFETIME_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rxkraken.sim.engine import OrderReport, OrderState
    from rxkraken.sim.gateway_v2 import GatewayV2
    from rxkraken.sim.keys import ApiKey

    Body = dict[str, object]

_SECOND_NS = 1_000_000_000
_PAGE = 50
_MOST_IDS = 50
_TRUE = frozenset({True, "true", "True", "1"})


class PrivateRest:
    """The private calls.

    Args:
        gateway: knows tokens, time and accounts.
    """

    __slots__ = ("_clientele", "_gateway", "_writers")

    def __init__(self, gateway: GatewayV2) -> None:
        self._gateway = gateway
        self._clientele = clientele = gateway.clientele
        self._writers = {
            symbol: OrderWriter(pair, clientele.directory.names[symbol], clientele.money)
            for symbol, pair in gateway.pairs.items()
        }

    def calls(self) -> dict[str, Callable[[ApiKey, Body], object]]:
        """Name of each call to what answers it."""
        return {
            "GetWebSocketsToken": self.token,
            "Balance": self.balance,
            "OpenOrders": self.open_orders,
            "ClosedOrders": self.closed_orders,
            "QueryOrders": self.query_orders,
            "TradesHistory": self.trades_history,
            "QueryTrades": self.query_trades,
            "CancelAllOrdersAfter": self.cancel_all_orders_after,
        }

    def token(self, key: ApiKey, _: Body) -> dict[str, object]:
        """A token for the WebSocket."""
        key.require("create_ws_token")
        return {"token": self._gateway.tokens.issue(key), "expires": LIFETIME_SECONDS}

    def balance(self, key: ApiKey, _: Body) -> dict[str, str]:
        """What the account has, by internal ids of assets."""
        key.require("query_funds")
        account, money = self._clientele.venue.accounts[key.account], self._clientele.money
        return {
            asset_key(asset): fixed(units, money.decimals(asset))
            for asset, units in sorted(account.balances().items())
        }

    def open_orders(self, key: ApiKey, body: Body) -> dict[str, object]:
        """The open orders."""
        key.require("query_open_orders")
        orders = self._clientele.venue.open_orders(key.account)
        return {"open": self._orders(key, body, _selected(orders, body))}

    def closed_orders(self, key: ApiKey, body: Body) -> dict[str, object]:
        """A page of the closed orders, newest first."""
        key.require("query_closed_orders")
        time_of = _closing_time(body)
        start_ns, end_ns = self._span(key, body)
        chosen = [
            order
            for order in _selected(reversed(self._clientele.venue.closed_orders(key.account)), body)
            if any(start_ns < moment <= end_ns for moment in time_of(order))
        ]
        offset = _whole(body, "ofs")
        page = chosen[offset : offset + _PAGE]
        return {"closed": self._orders(key, body, page)} | _counted(body, len(chosen))

    def query_orders(self, key: ApiKey, body: Body) -> dict[str, object]:
        """Orders by id, open or closed."""
        key.require("query_open_orders")
        orders = []
        for order_id in _ids(body):
            order = self._clientele.venue.order(key.account, order_id)
            if order is None:
                raise ApiError("EOrder:Invalid order")
            orders.append(order)
        return self._orders(key, body, _selected(orders, body))

    def trades_history(self, key: ApiKey, body: Body) -> dict[str, object]:
        """A page of the fills, newest first."""
        key.require("query_closed_orders")
        start_ns, end_ns = self._span(key, body)
        fills = [
            event
            for event in reversed(self._clientele.venue.fills(key.account))
            if start_ns < event.timestamp_ns <= end_ns
        ]
        offset = _whole(body, "ofs")
        return {"trades": self._fills(fills[offset : offset + _PAGE])} | _counted(body, len(fills))

    def query_trades(self, key: ApiKey, body: Body) -> dict[str, object]:
        """Fills by id."""
        key.require("query_closed_orders")
        wanted = _ids(body)
        known = {_fill_id(event): event for event in self._clientele.venue.fills(key.account)}
        if not all(trade_id in known for trade_id in wanted):
            raise ApiError("EQuery:Unknown trade")
        return self._fills([known[trade_id] for trade_id in wanted])

    def cancel_all_orders_after(self, key: ApiKey, body: Body) -> dict[str, str]:
        """The dead man's switch."""
        key.require("cancel_orders")
        if "timeout" not in body:
            raise ApiError("EGeneral:Invalid arguments:timeout")
        now_ns = self._gateway.clock.now()
        try:
            return switch(self._clientele, key.account, _whole(body, "timeout"), now_ns)
        except Refused as refusal:
            raise ApiError(refusal.text) from None

    # -- parts ----------------------------------------------------------------------------------

    def _orders(self, key: ApiKey, body: Body, orders: Iterable[OrderState]) -> dict[str, object]:
        trades: dict[str, list[str]] | None = None
        if body.get("trades", False) in _TRUE:
            trades = {}
            for event in self._clientele.venue.fills(key.account):
                trades.setdefault(event.order.order_id, []).append(_fill_id(event))
        return {
            order.order_id: self._writers[order.request.symbol].order(
                order, None if trades is None else trades.get(order.order_id, [])
            )
            for order in orders
        }

    def _fills(self, events: Iterable[OrderReport]) -> dict[str, object]:
        return {
            _fill_id(event): self._writers[event.order.request.symbol].fill(event)
            for event in events
        }

    def _span(self, key: ApiKey, body: Body) -> tuple[int, int]:
        """Start, exclusive, and end, inclusive, in nanoseconds."""
        start, end = body.get("start"), body.get("end")
        return (
            -1 if start is None else self._moment(key, str(start), "start"),
            1 << 63 if end is None else self._moment(key, str(end), "end"),
        )

    def _moment(self, key: ApiKey, text: str, name: str) -> int:
        """A unix time, or the time of an order or a fill."""
        order = self._clientele.venue.order(key.account, text)
        if order is not None:
            return order.created_ns if order.closed_ns is None else order.closed_ns
        for event in self._clientele.venue.fills(key.account):
            if _fill_id(event) == text:
                return event.timestamp_ns
        whole, _, fraction = text.partition(".")
        if not f"{whole}{fraction}".isdecimal():
            raise ApiError(f"EGeneral:Invalid arguments:{name}")
        return int(whole) * _SECOND_NS + int(fraction[:9].ljust(9, "0"))


def _fill_id(event: OrderReport) -> str:
    return event.fill.exec_id if event.fill is not None else ""


def _ids(body: Body) -> list[str]:
    text = body.get("txid")
    ids = [part.strip() for part in str(text).split(",")] if text else []
    if not 1 <= len(ids) <= _MOST_IDS:
        raise ApiError("EGeneral:Invalid arguments:txid")
    return ids


def _whole(body: Body, name: str) -> int:
    text = str(body.get(name, "0"))
    if not text.isascii() or not text.isdecimal():
        raise ApiError(f"EGeneral:Invalid arguments:{name}")
    return int(text)


def _selected(orders: Iterable[OrderState], body: Body) -> list[OrderState]:
    """Those with the reference and the client's id that were asked for."""
    reference, client_id = body.get("userref"), body.get("cl_ord_id")
    return [
        order
        for order in orders
        if (reference is None or str(order.request.reference) == str(reference))
        and (client_id is None or order.request.client_id == client_id)
    ]


def _closing_time(body: Body) -> Callable[[OrderState], tuple[int, ...]]:
    which = body.get("closetime", "both")
    if which == "open":
        return lambda order: (order.created_ns,)
    if which == "close":
        return lambda order: (order.closed_ns or 0,)
    if which == "both":
        return lambda order: (order.created_ns, order.closed_ns or 0)
    raise ApiError("EGeneral:Invalid arguments:closetime")


def _counted(body: Body, count: int) -> dict[str, object]:
    return {} if body.get("without_count", False) in _TRUE else {"count": count}
