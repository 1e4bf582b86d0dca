"""The matching engine against a slow matcher that is correct by inspection."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.sim.engine import (
    MatchingEngine,
    OrderAdded,
    OrderReduced,
    OrderRemoved,
    RemainderDropped,
    TradeMade,
    UnknownOrder,
    order_ids,
)

PRICES = st.integers(90, 110)
QUANTITIES = st.integers(1, 20)
SIDES = st.sampled_from(["buy", "sell"])
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("limit"), SIDES, QUANTITIES, PRICES),
        st.tuples(st.just("market"), SIDES, QUANTITIES),
        st.tuples(st.just("cancel"), st.integers(0, 60)),
        st.tuples(st.just("reduce"), st.integers(0, 60), QUANTITIES),
    ),
    max_size=60,
)


class SlowMatcher:
    """One flat list of orders; each trade looks for the best counterpart through all of it."""

    def __init__(self):
        self.resting = []  # [id, side, price, quantity], oldest first
        self.trades = []  # (taker id, maker id, price, quantity)
        self.numbers = count()

    def incoming(self, side, quantity, limit):
        name = str(next(self.numbers))
        while quantity:
            rivals = [o for o in self.resting if o[1] != side and self.meets(side, limit, o[2])]
            if not rivals:
                break
            price = min(o[2] for o in rivals) if side == "buy" else max(o[2] for o in rivals)
            maker = next(o for o in rivals if o[2] == price)
            size = min(quantity, maker[3])
            self.trades.append((name, maker[0], price, size))
            quantity -= size
            maker[3] -= size
            self.resting = [o for o in self.resting if o[3]]
        if quantity and limit is not None:
            self.resting.append([name, side, limit, quantity])
        return quantity

    @staticmethod
    def meets(side, limit, price):
        return limit is None or (price <= limit if side == "buy" else price >= limit)

    def find(self, name):
        return next((o for o in self.resting if o[0] == name), None)


def queues(engine):
    """All resting orders of the engine by side and price, oldest first."""
    return {
        (side, sign * key): [(o.order_id, o.quantity) for o in levels.levels[key].values()]
        for side, sign, levels in (("buy", -1, engine.book.bids), ("sell", 1, engine.book.asks))
        for key in levels.keys
    }


def slow_queues(slow):
    result = {}
    for name, side, price, quantity in slow.resting:
        result.setdefault((side, price), []).append((name, quantity))
    return result


def run(engine, slow, command, now_ns):
    """Give one command to both; return the engine's events."""
    kind, *arguments = command
    if kind == "limit":
        side, quantity, price = arguments
        slow.incoming(side, quantity, price)
        return engine.limit(side, quantity=quantity, price=price, now_ns=now_ns)
    if kind == "market":
        side, quantity = arguments
        slow.incoming(side, quantity, None)
        return engine.market(side, quantity=quantity, now_ns=now_ns)
    name = str(arguments[0])
    order = slow.find(name)
    if order is None:
        with pytest.raises(UnknownOrder):
            engine.cancel(name, now_ns=now_ns)
        return []
    if kind == "reduce" and arguments[1] < order[3]:
        order[3] -= arguments[1]
        return engine.reduce(name, by=arguments[1], now_ns=now_ns)
    slow.resting.remove(order)
    if kind == "reduce":
        return engine.reduce(name, by=arguments[1], now_ns=now_ns)
    return engine.cancel(name, now_ns=now_ns)


@given(COMMANDS)
def test_the_engine_agrees_with_the_slow_matcher_after_every_command(commands):
    engine, slow = MatchingEngine(map(str, count()).__next__), SlowMatcher()
    made = []
    for now_ns, command in enumerate(commands):
        made += [e for e in run(engine, slow, command, now_ns) if isinstance(e, TradeMade)]
        assert queues(engine) == slow_queues(slow)
        assert set(engine.book.orders) == {order[0] for order in slow.resting}
    assert [(t.taker_id, t.maker_id, t.price, t.quantity) for t in made] == slow.trades
    assert [t.trade_id for t in made] == list(range(1, len(made) + 1))


@given(COMMANDS)
def test_keys_are_sorted_totals_are_sums_and_the_book_is_never_crossed(commands):
    engine, slow = MatchingEngine(map(str, count()).__next__), SlowMatcher()
    for now_ns, command in enumerate(commands):
        run(engine, slow, command, now_ns)
        for side in (engine.book.bids, engine.book.asks):
            assert side.keys == sorted(side.levels)
            assert side.quantities == {
                key: sum(order.quantity for order in level.values())
                for key, level in side.levels.items()
            }
        bid, ask = engine.book.bids.best_price(), engine.book.asks.best_price()
        assert bid is None or ask is None or bid < ask


@given(COMMANDS)
def test_the_book_can_be_rebuilt_from_the_events_alone(commands):
    engine, slow = MatchingEngine(map(str, count()).__next__), SlowMatcher()
    orders = {}
    for now_ns, command in enumerate(commands):
        for event in run(engine, slow, command, now_ns):
            assert event.timestamp_ns == now_ns
            if isinstance(event, OrderAdded):
                orders[event.order_id] = [event.side, event.price, event.quantity]
            elif isinstance(event, OrderReduced):
                orders[event.order_id][2] = event.quantity
            elif isinstance(event, OrderRemoved):
                del orders[event.order_id]
    assert orders == {name: [side, price, qty] for name, side, price, qty in slow.resting}


def test_a_market_order_walks_the_book_and_drops_the_rest():
    engine = MatchingEngine(map(str, count()).__next__, first_trade_id=70)
    engine.limit("sell", quantity=3, price=101, now_ns=1)
    engine.limit("sell", quantity=4, price=100, now_ns=2)
    events = engine.market("buy", quantity=10, now_ns=3)
    assert events == [
        TradeMade(70, "buy", 100, 4, "market", "2", "1", 3),
        OrderRemoved("1", "sell", 100, 0, "filled", 3),
        TradeMade(71, "buy", 101, 3, "market", "2", "0", 3),
        OrderRemoved("0", "sell", 101, 0, "filled", 3),
        RemainderDropped("2", "buy", 3, 3),
    ]


def test_a_crossing_limit_order_trades_at_the_resting_price_and_rests_with_what_is_left():
    engine = MatchingEngine(map(str, count()).__next__)
    engine.limit("buy", quantity=3, price=100, now_ns=1)
    events = engine.limit("sell", quantity=5, price=98, now_ns=2)
    assert events == [
        TradeMade(1, "sell", 100, 3, "limit", "1", "0", 2),
        OrderRemoved("0", "buy", 100, 0, "filled", 2),
        OrderAdded("1", "sell", 98, 2, 2),
    ]


@pytest.mark.parametrize(
    "arguments",
    [{"quantity": 0, "price": 1}, {"quantity": 1, "price": 0}, {"quantity": -1, "price": 1}],
)
def test_an_order_without_quantity_or_price_is_refused(arguments):
    with pytest.raises(ValueError, match="must be positive"):
        MatchingEngine(lambda: "x").limit("buy", now_ns=0, **arguments)


def test_order_ids_have_the_shape_of_the_exchange():
    import random
    import re

    new_id = order_ids(random.Random(1))
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(re.fullmatch(r"O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}", name) for name in ids)
