"""The exchange core against the slow reference, every order type and operation, step by step."""

import importlib.util
from decimal import Decimal
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rxkraken.sim.accounts import FeeSchedule
from rxkraken.sim.engine import (
    Amendment,
    ByOrderId,
    Conditional,
    Edit,
    MatchingEngine,
    OrderReport,
    OrderRequest,
    Refused,
    TradeMade,
    Trigger,
    Venue,
)
from rxkraken.sim.instruments import Pair

_SPEC = importlib.util.spec_from_file_location(
    "slow_reference", Path(__file__).with_name("reference.py")
)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)

SYMBOL, SECOND = "ABC/USD", 10**9
PAIR = Pair(
    symbol=SYMBOL,
    price_precision=2,
    qty_precision=3,
    reference_price="100.00",
    typical_qty="1",
    price_increment=5,
    qty_min="0.1",
    cost_min="1",
)
MONEY = {"ABC": Decimal(12), "USD": Decimal(1200)}

steps = st.integers(1980, 2020).map(lambda number: number * slow.STEP)
quantities = st.one_of(
    st.integers(1, 60).map(lambda n: n * Decimal("0.1")), st.just(Decimal("0.137"))
)
sides = st.sampled_from(["buy", "sell"])
owners = st.sampled_from(["alice", "bob"])
references = st.sampled_from(["last", "last", "index"])
seconds = st.integers(1, 30)


def maybe(strategy):
    return st.one_of(st.none(), strategy)


def triggers(kind):
    """Amount, type and reference that suit an order type."""
    if "trailing" in kind:
        distances = st.one_of(
            st.tuples(st.integers(1, 200).map(lambda n: n * slow.TICK), st.just("quote")),
            st.tuples(st.integers(1, 20).map(lambda n: n * Decimal("0.1")), st.just("pct")),
        )
    else:
        distances = st.one_of(
            st.tuples(steps, st.just("static")),
            st.tuples(st.integers(-100, 100).map(lambda n: n * slow.TICK), st.just("quote")),
            st.tuples(st.integers(-20, 20).map(lambda n: n * Decimal("0.07")), st.just("pct")),
        )
    return st.tuples(distances, references).map(lambda pair: (*pair[0], pair[1]))


offsets = st.one_of(
    st.tuples(st.integers(-40, 40).map(lambda n: n * slow.TICK), st.just("quote")),
    st.tuples(st.integers(-10, 10).map(lambda n: n * Decimal("0.1")), st.just("pct")),
    st.tuples(steps, st.just("static")),
)


@st.composite
def priced_parts(draw, kind):
    """What an order type needs besides side and quantity."""
    parts = {"kind": kind}
    if kind == "trailing-stop-limit":
        parts["offset"] = draw(offsets)
    elif kind in slow.PRICED:
        parts["price"] = draw(steps)
    if "stop" in kind or "take" in kind:
        parts["trigger"] = draw(triggers(kind))
    return parts


@st.composite
def closings(draw):
    kind = draw(
        st.sampled_from(
            ["limit", "stop-loss", "take-profit-limit", "trailing-stop", "stop-loss-limit"]
        )
    )
    parts = draw(priced_parts(kind))
    if "trigger" in parts:
        parts["trigger"] = (*parts["trigger"][:2], "last")
    return parts


@st.composite
def requests(draw):
    kind = draw(
        st.sampled_from(
            ["limit"] * 4
            + ["market"] * 2
            + ["iceberg"] * 2
            + ["stop-loss", "stop-loss-limit", "take-profit", "take-profit-limit"]
            + ["trailing-stop", "trailing-stop-limit"]
        )
    )
    request = draw(priced_parts(kind)) | {
        "side": draw(sides),
        "quantity": draw(quantities),
        "stp": draw(st.sampled_from(["cancel_newest", "cancel_oldest", "cancel_both"])),
        "fee_in": draw(st.sampled_from(["quote", "quote", "base"])),
    }
    if kind == "market" and request["side"] == "buy" and draw(st.booleans()):
        request |= {"quantity": None, "cash": draw(st.integers(1, 500)) * Decimal("1.01")}
    if kind == "iceberg":
        shares = st.sampled_from([Decimal("0.1"), Decimal("0.5"), Decimal(1)])
        request["display"] = (request["quantity"] * draw(shares)).quantize(slow.LOT)
    elif kind == "limit":
        request["force"] = draw(st.sampled_from(["gtc", "gtc", "ioc", "fok"]))
    if request.get("force", "gtc") == "gtc":
        if kind != "market" and draw(st.integers(0, 4)) == 0:
            request |= {"force": "gtd", "lasts": draw(seconds) + 30}
        if draw(st.integers(0, 6)) == 0:
            request["delay"] = draw(seconds)
        if kind in slow.PRICED and draw(st.integers(0, 4)) == 0:
            request["post_only"] = True
    if draw(st.integers(0, 4)) == 0:
        request["close"] = draw(closings())
    return request


def engine_request(request):
    """The same order in the engine's words."""
    trigger, offset, close = (request.get(name) for name in ("trigger", "offset", "close"))
    return OrderRequest(
        symbol=SYMBOL,
        side=request["side"],
        order_type=request["kind"],
        quantity=request["quantity"],
        cash=request.get("cash"),
        limit_price=offset[0] if offset else request.get("price"),
        limit_price_type=offset[1] if offset else None,
        trigger=trigger and Trigger(price=trigger[0], price_type=trigger[1], reference=trigger[2]),
        display=request.get("display"),
        time_in_force=request.get("force", "gtc"),
        starts_ns=request.get("starts"),
        expires_ns=request.get("expires"),
        post_only=request.get("post_only", False),
        fee_in=request["fee_in"],
        self_trade=request["stp"],
        conditional=close and engine_closing(close),
    )


def engine_closing(close):
    trigger, offset = close.get("trigger"), close.get("offset")
    return Conditional(
        order_type=close["kind"],
        limit_price=offset[0] if offset else close.get("price"),
        limit_price_type=offset[1] if offset else None,
        trigger_price=trigger and trigger[0],
        trigger_price_type=trigger[1] if trigger else "static",
    )


class Comparison(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        numbers = count()
        engine = MatchingEngine(lambda: f"c{next(numbers)}", last_price=10000)
        self.engine = engine
        self.venue = Venue([PAIR], engines={SYMBOL: engine})
        for name in ("alice", "bob"):
            self.venue.open_account(name, FeeSchedule(maker=1600, taker=2600), MONEY)
        self.slow = slow.Reference(MONEY)
        self.ids, self.trades, self.reports, self.now = [], [], [], 0
        for distance in range(1, 8):
            for side, sign in (("buy", -1), ("sell", 1)):
                self.crowd(side, Decimal(distance), Decimal(100) + sign * distance * slow.STEP)

    def both(self, fast, reference):
        """Run a command on both sides; both do it or both refuse it with the same text."""
        try:
            reference()
            expected = None
        except slow.No as no:
            expected = str(no)
        try:
            outcome = fast()
            text = None
        except Refused as refused:
            outcome, text = [], refused.text
        assert text == expected
        happenings = outcome if isinstance(outcome, list) else outcome.happenings
        self.hear([event for happening in happenings for event in happening.events])

    def hear(self, events):
        for event in events:
            if isinstance(event, TradeMade):
                self.trades.append(event)
            elif isinstance(event, OrderReport):
                self.reports.append(event)
                if event.kind == "pending":
                    self.ids.append(event.order.order_id)

    def name(self, order_id):
        return order_id if order_id.startswith("c") else self.ids.index(order_id)

    def chosen(self, data_number):
        """An order, mostly one that is open."""
        still_open = [o.name for o in self.slow.orders if o.owner and not o.over]
        names = still_open or range(len(self.ids))
        return names[data_number % len(names)]

    @rule(side=sides, quantity=quantities, price=maybe(steps))
    def somebody(self, side, quantity, price):
        self.crowd(side, quantity, price)

    def crowd(self, side, quantity, price):
        self.slow.crowd(side, quantity, price)
        lots = int(quantity * 1000)
        if price is None:
            self.hear(self.engine.market(side, quantity=lots, now_ns=self.now))
        else:
            ticks = int(price * 100)
            self.hear(self.engine.limit(side, quantity=lots, price=ticks, now_ns=self.now))

    @rule(owner=owners, request=requests())
    def add(self, owner, request):
        request = dict(request)
        if "delay" in request:
            request["starts"] = self.now + request.pop("delay") * SECOND
        if "lasts" in request:
            request["expires"] = self.now + request.pop("lasts") * SECOND
        self.both(
            lambda: self.venue.add(owner, engine_request(request), now_ns=self.now),
            lambda: self.slow.add(owner, request),
        )

    @precondition(lambda self: self.ids)
    @rule(owner=owners, number=st.integers(0, 1000))
    def cancel(self, owner, number):
        name = self.chosen(number)
        selector = ByOrderId(self.ids[name])
        self.both(
            lambda: self.venue.cancel(owner, selector, now_ns=self.now),
            lambda: self.slow.cancel(owner, name),
        )

    @rule(owner=owners, sure=st.integers(0, 4))
    def cancel_all(self, owner, sure):
        if sure:
            return
        self.slow.cancel_all(owner)
        self.hear_all(self.venue.cancel_all(owner, now_ns=self.now).happenings)

    @precondition(lambda self: self.ids)
    @rule(
        number=st.integers(0, 1000),
        quantity=maybe(quantities),
        price=maybe(steps),
        post_only=st.booleans(),
    )
    def amend_quantity_and_price(self, number, quantity, price, post_only):
        name = self.chosen(number)
        if self.slow.orders_by_name(name).offset:
            price = None
        change = {"quantity": quantity, "price": price, "post_only": post_only}
        self.amend(
            name, change, Amendment(quantity=quantity, limit_price=price, post_only=post_only)
        )

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 1000), display=quantities)
    def amend_display(self, number, display):
        self.amend(self.chosen(number), {"display": display}, Amendment(display=display))

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 1000), data=st.data())
    def amend_trigger(self, number, data):
        name = self.chosen(number)
        order = self.slow.orders_by_name(name)
        kind = order.trigger[1] if order.trigger else "static"
        distances = st.integers(1, 60).map(lambda n: n * slow.TICK)
        price = data.draw(steps if kind == "static" else distances)
        change = Amendment(trigger_price=price, trigger_price_type=kind)
        self.amend(name, {"trigger": price}, change)

    def amend(self, name, slow_change, change):
        owner = self.slow.orders_by_name(name).owner
        self.both(
            lambda: self.venue.amend(owner, ByOrderId(self.ids[name]), change, now_ns=self.now),
            lambda: self.slow.amend(owner, name, slow_change),
        )

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 1000), quantity=maybe(quantities), price=maybe(steps))
    def edit(self, number, quantity, price):
        name = self.chosen(number)
        order = self.slow.orders_by_name(name)
        change = {"quantity": quantity} if quantity is not None else {}
        if price is not None and order.kind in ("limit", "iceberg"):
            change["price"] = price
        edit = Edit(symbol=SYMBOL, quantity=quantity, limit_price=change.get("price"))
        self.both(
            lambda: self.venue.edit(order.owner, self.ids[name], edit, now_ns=self.now),
            lambda: self.slow.edit(order.owner, name, change),
        )

    @rule(price=maybe(steps))
    def set_index(self, price):
        self.slow.set_index(price)
        ticks = None if price is None else int(price * 100)
        self.hear_all(self.venue.set_index(SYMBOL, ticks, now_ns=self.now))

    @rule(owner=owners, timeout=st.integers(0, 60))
    def cancel_after(self, owner, timeout):
        self.slow.cancel_after(owner, timeout)
        self.venue.cancel_after(owner, timeout, now_ns=self.now)

    @rule(by=st.integers(1, 12))
    def advance(self, by):
        self.now += by * SECOND
        self.slow.advance(self.now)
        self.hear_all(self.venue.advance(self.now))

    def hear_all(self, happenings):
        self.hear([event for happening in happenings for event in happening.events])

    # -- what must be equal, and what must never happen -----------------------------------------

    @invariant()
    def the_books_are_equal(self):
        book = self.engine.book
        queues = [
            (side, sign * key, self.name(order.order_id), order.quantity)
            for side, sign, half in (("buy", -1, book.bids), ("sell", 1, book.asks))
            for key in half.keys
            for order in half.levels[key].values()
        ]
        assert queues == [
            (side, int(o.limit * 100), o.name, int(o.visible * 1000))
            for side in ("buy", "sell")
            for o in self.slow.resting(side)
        ]
        bid, ask = book.bids.best_price(), book.asks.best_price()
        assert bid is None or ask is None or bid < ask
        for half in (book.bids, book.asks):
            assert half.keys == sorted(half.levels)
            assert half.quantities == {
                key: sum(order.quantity for order in level.values())
                for key, level in half.levels.items()
            }

    @invariant()
    def the_trades_are_equal(self):
        assert [
            (self.name(t.taker_id), self.name(t.maker_id), t.price, t.quantity) for t in self.trades
        ] == [
            (taker, maker, int(price * 100), int(size * 1000))
            for taker, maker, price, size in self.slow.trades
        ]
        assert [t.trade_id for t in self.trades] == list(range(1, len(self.trades) + 1))

    @invariant()
    def the_orders_are_equal(self):
        clients = [o for o in self.slow.orders if o.owner]
        assert len(clients) == len(self.ids)
        for o in clients:
            state = self.venue.order(o.owner, self.ids[o.name])
            lots = None if o.qty is None else int(o.qty * 1000)
            assert (state.status, state.reason, state.quantity) == (o.status, o.reason, lots)
            assert (state.filled, state.cost) == (int(o.filled * 1000), int(o.cost * 100_000))
            unit = 10 if o.fee_in == "base" else 4
            assert state.fee == int(o.fee.scaleb(unit))
            assert state.limit_price == (None if o.limit is None else int(o.limit * 100))
            if o.trigger:
                assert state.trigger.level == int(o.level * 100)
                peak = state.trigger.peak
                assert peak == (None if o.peak is None else int(o.peak * 100))
            parent = None if o.parent is None else self.ids[o.parent]
            assert state.parent_id == parent

    @invariant()
    def the_money_is_equal_never_negative_and_conserved(self):
        for name, money in self.slow.money.items():
            account = self.venue.accounts[name]
            for asset, decimals in (("ABC", 10), ("USD", 4)):
                assert account.balance(asset) == int(money[asset].scaleb(decimals))
                available = int(self.slow.available(name, asset).scaleb(decimals))
                assert account.available(asset) == available >= 0
                entries = [e for e in self.venue.ledger(name) if e.asset == asset]
                assert account.balance(asset) == sum(e.amount - e.fee for e in entries)
                assert account.balance(asset) == entries[-1].balance
        assert not any(self.venue.conserved().values())

    @invariant()
    def reports_tell_a_possible_life(self):
        """Fills sum up, nothing follows the end, and quantity is filled, left or cancelled."""
        seen, filled = {}, {}
        for report in self.reports:
            order = report.order
            before = seen.get(order.order_id)
            assert (before is None) == (report.kind == "pending")
            assert before not in {"filled", "canceled", "expired"}
            seen[order.order_id] = report.kind
            if report.fill is not None:
                sums = filled.setdefault(order.order_id, [0, 0, 0])
                sums[0] += report.fill.quantity
                sums[1] += report.fill.cost
                sums[2] += report.fill.fee
            assert [order.filled, order.cost, order.fee] == filled.get(order.order_id, [0, 0, 0])
            assert order.quantity is None or order.filled <= order.quantity
            if report.kind == "filled":
                assert order.filled == order.quantity


Comparison.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, print_blob=False
)
TestComparison = Comparison.TestCase
