"""Life cycles of orders, as the reports of the executions channel.

A report is sparse as at the exchange: only ``pending_new`` describes the order, later ones name it
and say what changed. Source: spec ``v2-account`` §2.5 and §3.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Report = Mapping[str, Any]

ENDS = ("filled", "canceled", "expired", "open")
_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_FEE = Decimal("0.0026")
_NUMBERS = st.integers(0, 99_999)
_TERMINAL = {"canceled": "User requested", "expired": "Order expired"}


@attrs.frozen
class OrderLife:
    """One limit order from ``pending_new`` on; numbers of reports are exact ``Decimal``.

    Attributes:
        order_id: the exchange's name of the order.
        quantity: its size in base units.
        end: ``filled``, ``canceled``, ``expired``, or ``open`` when it still rests.
        reports: what the channel says of it, in order.
    """

    order_id: str
    quantity: Decimal
    end: str
    reports: tuple[Report, ...]

    @property
    def filled(self) -> Decimal:
        """What was executed, in base units, each execution counted once."""
        fills = {report["exec_id"]: report["last_qty"] for report in self.trades}
        return sum(fills.values(), Decimal(0))

    @property
    def trades(self) -> tuple[Report, ...]:
        """The reports of executions."""
        return tuple(report for report in self.reports if report["exec_type"] == "trade")

    def frames(self, sequence: int = 2) -> tuple[bytes, ...]:
        """Give a frame a report, numbered from ``sequence`` on (the snapshot was number 1)."""
        return tuple(
            b'{"channel":"executions","type":"update","data":[%s],"sequence":%d}'
            % (_text(report).encode(), number)
            for number, report in enumerate(self.reports, sequence)
        )


def executions(symbol: str = "BTC/USD", *, duplicates: bool = False) -> SearchStrategy[OrderLife]:
    """Give lives of limit orders: resting, filled in parts, amended, cancelled or expired.

    Args:
        symbol: the pair.
        duplicates: some executions are reported twice, as after a reconnect.

    >>> from hypothesis import find
    >>> life = find(executions(), lambda life: life.end == "filled")
    >>> [report["exec_type"] for report in life.reports]
    ['pending_new', 'new', 'trade', 'filled']
    """
    return _life(symbol, duplicates=duplicates)


@st.composite
def _life(draw: DrawFn, symbol: str, *, duplicates: bool) -> OrderLife:
    end = draw(st.sampled_from(ENDS))
    parts = draw(st.lists(st.integers(1, 10**8), min_size=end == "filled", max_size=4))
    rest = 0 if end == "filled" else draw(st.integers(1, 10**8))
    quantity = Decimal(sum(parts) + rest).scaleb(-8)
    limit = Decimal(draw(st.integers(10, 10**6))).scaleb(-1)
    story = _Story(
        symbol=symbol,
        side=draw(st.sampled_from(("buy", "sell"))),
        order_id=f"O{draw(_NUMBERS):06d}-{draw(_NUMBERS):05d}-{draw(_NUMBERS):06d}",
        name=draw(st.sampled_from(({"order_userref": 0}, {"cl_ord_id": "b17c7bb34d000200"}))),
        quantity=quantity,
    )
    story.begin(limit)
    for part in parts:
        if draw(st.booleans()) and not story.amended:
            limit += Decimal("0.1")
            story.amend(limit)
        story.trade(Decimal(part).scaleb(-8), limit, maker=draw(st.booleans()))
        if duplicates and draw(st.booleans()):
            story.reports.append(story.reports[-1])
    if end != "open":
        story.finish(end)
    return OrderLife(story.order_id, quantity, end, tuple(story.reports))


@attrs.define
class _Story:
    """An order while its life is being told."""

    symbol: str
    side: str
    order_id: str
    name: dict[str, Any]
    quantity: Decimal
    reports: list[Report] = attrs.field(factory=list)
    filled: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    amended: bool = False

    def begin(self, limit: Decimal) -> None:
        described = {"symbol": self.symbol, "side": self.side, "order_type": "limit"}
        asked = {"order_qty": self.quantity, "limit_price": limit, "limit_price_type": "static"}
        rules = {"time_in_force": "GTC", "fee_ccy_pref": "fciq", "cum_cost": Decimal(0)}
        self._say("pending_new", "pending_new", **described, **asked, **rules)
        self._say("new", "new")

    def amend(self, limit: Decimal) -> None:
        self.amended = True
        self._say(
            "amended", self._status(), amended=True, reason="User requested", limit_price=limit,
            limit_price_type="static", order_qty=self.quantity, cum_qty=self.filled,
        )  # fmt: skip

    def trade(self, quantity: Decimal, price: Decimal, *, maker: bool) -> None:
        cost = quantity * price
        self.filled += quantity
        self.cost += cost
        number = len(self.reports)
        self._say(
            "trade", "partially_filled", exec_id=f"T{self.order_id[1:]}-{number}",
            trade_id=number, symbol=self.symbol, side=self.side, order_type="limit",
            last_qty=quantity, last_price=price, cost=cost, liquidity_ind="m" if maker else "t",
            fees=[{"asset": self.symbol.split("/")[1], "qty": cost * _FEE}], **self._sums(),
        )  # fmt: skip

    def finish(self, end: str) -> None:
        reason = _TERMINAL.get(end)
        why = {} if reason is None else {"reason": reason}
        self._say(end, end, **self._sums(), **why)

    def _sums(self) -> dict[str, Decimal]:
        average = self.cost / self.filled if self.filled else Decimal(0)
        return {"cum_qty": self.filled, "cum_cost": self.cost, "avg_price": average}

    def _status(self) -> str:
        return "partially_filled" if self.filled else "new"

    def _say(self, exec_type: str, status: str, **fields: Any) -> None:
        moment = _BEGIN + timedelta(milliseconds=len(self.reports))
        timestamp = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        common = {"order_id": self.order_id, "exec_type": exec_type, "order_status": status}
        self.reports.append({**common, **self.name, **fields, "timestamp": timestamp})


def _text(value: Any) -> str:
    """Write JSON with exact numbers."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_text(key)}:{_text(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    return msgspec.json.encode(value).decode()
