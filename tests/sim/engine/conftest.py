"""A small market with round numbers, and short ways to say what happens in it."""

from decimal import Decimal

import pytest

from rxkraken.sim.accounts import FeeSchedule, LedgerEntry
from rxkraken.sim.engine import (
    ByOrderId,
    OrderReport,
    OrderRequest,
    TradeMade,
    Trigger,
    Venue,
)
from rxkraken.sim.instruments import Pair

SECOND = 10**9
PAIR = Pair(
    symbol="ABC/USD",
    price_precision=2,
    qty_precision=3,
    reference_price="100.00",
    typical_qty="1",
    price_increment=5,
    qty_min="0.1",
    cost_min="1",
)
OTHER = Pair(
    symbol="XYZ/USD",
    price_precision=1,
    qty_precision=1,
    reference_price="10.0",
    typical_qty="1",
    has_index=False,
)
FEES = FeeSchedule(maker=1600, taker=2600)


class Desk:
    """A venue, a clock that is moved by hand, and everything that was said so far."""

    def __init__(self, pairs=(PAIR, OTHER), names=("alice", "bob"), *, money="100000", **options):
        self.venue = Venue(pairs, 1, **options)
        self.now = 1000 * SECOND
        self.events = []
        assets = {asset: Decimal(money) for asset in self.venue.assets}
        for name in names:
            self.venue.open_account(name, FEES, assets)

    def hear(self, outcome):
        """Note the events of an outcome and give it back."""
        happenings = outcome if isinstance(outcome, list) else outcome.happenings
        self.events = [event for happening in happenings for event in happening.events]
        return outcome

    def add(self, side="buy", kind="limit", quantity="1", price=None, *, who="alice", **more):
        """Place an order, numbers as text; return its id."""
        validate = more.pop("validate", False)
        request = order(side, kind, quantity, price, **more)
        placed = self.hear(self.venue.add(who, request, now_ns=self.now, validate=validate))
        return placed.order_id

    def crowd(self, side, quantity, price=None):
        """An order of the crowd, in lots and ticks."""
        engine = self.venue.engine("ABC/USD")
        if price is None:
            self.events = engine.market(side, quantity=quantity, now_ns=self.now)
        else:
            self.events = engine.limit(side, quantity=quantity, price=price, now_ns=self.now)

    def advance(self, seconds):
        self.now += int(seconds * SECOND)
        self.hear(self.venue.advance(self.now))

    def cancel(self, order_id, who="alice"):
        return self.hear(self.venue.cancel(who, ByOrderId(order_id), now_ns=self.now))

    def state(self, order_id, who="alice"):
        return self.venue.order(who, order_id)

    def kinds(self, order_id=None):
        """Kinds of the reports of the last command, of one order or of all."""
        return [
            event.kind
            for event in self.events
            if isinstance(event, OrderReport) and order_id in {None, event.order.order_id}
        ]

    def reports(self, kind):
        return [e for e in self.events if isinstance(e, OrderReport) and e.kind == kind]

    def trades(self):
        return [(e.price, e.quantity) for e in self.events if isinstance(e, TradeMade)]

    def entries(self):
        return [event for event in self.events if isinstance(event, LedgerEntry)]

    def available(self, asset, who="alice"):
        return self.venue.accounts[who].available(asset)

    def levels(self, side):
        """The book of one side as (price, quantity), best first."""
        return self.venue.engine("ABC/USD").book.side(side).top(100)


def decimal(value):
    return None if value is None else Decimal(value)


def order(side="buy", kind="limit", quantity="1", price=None, **more):
    """A request with numbers as text; `trigger` is a price, or (price, type[, reference])."""
    trigger = more.pop("trigger", None)
    if isinstance(trigger, str):
        trigger = (trigger,)
    if trigger is not None:
        names = ("price", "price_type", "reference")
        values = dict(zip(names, trigger, strict=False))
        trigger = Trigger(**{**values, "price": Decimal(values["price"])})
    for name in ("cash", "display"):
        more[name] = decimal(more.get(name))
    return OrderRequest(
        symbol=more.pop("symbol", "ABC/USD"),
        side=side,
        order_type=kind,
        quantity=decimal(quantity),
        limit_price=decimal(price),
        trigger=trigger,
        **more,
    )


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture(scope="session")
def open_engine_desk():
    return Desk


@pytest.fixture(scope="session")
def make_order():
    return order
