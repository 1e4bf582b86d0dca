"""The account channels: every subscription counts its own messages (spec ``v2-account`` §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim import balances_v2
from rxkraken.sim.engine import OrderReport
from rxkraken.sim.exact import encode
from rxkraken.sim.executions_v2 import OPENING_AND_CLOSING

if TYPE_CHECKING:
    from rxkraken.sim.accounts import LedgerEntry
    from rxkraken.sim.clientele import Clientele
    from rxkraken.sim.feeds_v2 import Subscriber

_SNAPSHOT_FILLS = 50
_COUNTED = frozenset({"pending", "amended"})
_ON_REQUEST = "User requested"


class _Stream:
    """One subscription of one connection."""

    def __init__(
        self, clientele: Clientele, account: str, channel: str, outlet: Subscriber
    ) -> None:
        self._clientele = clientele
        self._account = account
        self._channel = channel
        self._outlet = outlet
        self._sequence = 0

    def _send(self, kind: str, data: list[dict[str, Any]]) -> None:
        self._sequence += 1
        message = {"channel": self._channel, "type": kind, "data": data}
        self._outlet.send(encode(message | {"sequence": self._sequence}))


class ExecutionStream(_Stream):
    """A subscription of ``executions``.

    Args:
        clientele: knows the orders.
        account: whose orders.
        outlet: the way to the client.
        options: the boolean parameters of the subscription.
    """

    def __init__(
        self, clientele: Clientele, account: str, outlet: Subscriber, options: dict[str, bool]
    ) -> None:
        super().__init__(clientele, account, "executions", outlet)
        self._options = options

    def snapshot(self) -> None:
        """Send what is open, oldest first, then the last fills, newest first."""
        clientele, venue, account = self._clientele, self._clientele.venue, self._account
        data: list[dict[str, Any]] = []
        if self._options["snap_orders"]:
            data += [
                clientele.reporter(order.request.symbol).open_order(order)
                for order in venue.open_orders(account)
            ]
        if self._options["snap_trades"]:
            for event in reversed(venue.fills(account)[-_SNAPSHOT_FILLS:]):
                latest = venue.order(account, event.order.order_id) or event.order
                reporter = clientele.reporter(latest.request.symbol)
                data.append(reporter.past_fill(event, latest))
        self._send("snapshot", data)

    def take(self, event: OrderReport | LedgerEntry) -> None:
        """Tell about something that happened to an order."""
        if not isinstance(event, OrderReport):
            return
        if not self._options["order_status"] and event.kind not in OPENING_AND_CLOSING:
            return
        symbol = event.order.request.symbol
        report = self._clientele.reporter(symbol).report(event)
        if self._options["ratecounter"] and _is_counted(event):
            limits, now_ns = self._clientele.limits, event.timestamp_ns
            report["ratecount"] = limits.level(self._account, symbol, now_ns)
        self._send("update", [report])


class BalanceStream(_Stream):
    """A subscription of ``balances``."""

    def __init__(self, clientele: Clientele, account: str, outlet: Subscriber) -> None:
        super().__init__(clientele, account, "balances", outlet)

    def snapshot(self) -> None:
        """Send what the account has."""
        account = self._clientele.venue.accounts[self._account]
        self._send("snapshot", balances_v2.held(account, self._clientele.money))

    def take(self, event: OrderReport | LedgerEntry) -> None:
        """Tell about a change of a balance."""
        if not isinstance(event, OrderReport):
            self._send("update", [balances_v2.transaction(event, self._clientele.money)])


def _is_counted(event: OrderReport) -> bool:
    """Whether it results from a counted transaction."""
    return event.kind in _COUNTED or (event.kind == "canceled" and event.reason == _ON_REQUEST)


AccountStream = ExecutionStream | BalanceStream
