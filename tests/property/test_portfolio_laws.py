"""Fills, targets and throttled orders against plain lists of units, fractions and whole seconds."""

from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import attrs
import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.core.rate_counter import RateCounter, Tier
from rxkraken.models.portfolio import Fill
from rxkraken.operators.orders import target_to_orders
from rxkraken.operators.portfolio import position, profit_and_loss
from rxkraken.operators.stop_when import stop_when
from rxkraken.operators.throttle_orders import throttle_orders

LOT, CENT = Decimal("0.00000001"), Decimal("0.01")
ROUNDING = Fraction(1, 10**26)  # of costs below one, in 28 digits, some times over

TRADES = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 12),
        st.integers(1, 5000),
        st.integers(-20, 100),
    ),
    min_size=1,
    max_size=25,
)


def fills_of(trades):
    return [
        Fill("A/B", side, cents * CENT, lots * LOT, fee * CENT, f"T{index}")
        for index, (side, lots, cents, fee) in enumerate(trades)
    ]


def through(operator, values):
    seen = []
    reactivex.of(*values).pipe(operator).subscribe(seen.append, seen.append)
    return seen


def realised_by_units(trades, choose):
    """Match single lots, each with its price in cents; ``choose`` gives the cost of one taken."""
    held, sign, realised = [], 0, Fraction(0)
    for side, lots, cents, _ in trades:
        direction = 1 if side == "buy" else -1
        for _ in range(lots):
            if not held or sign == direction:
                sign = direction
                held.append(Fraction(cents))
            else:
                cost, held = choose(held)
                realised += (cents - cost) * sign
    return realised / 100 * Fraction(LOT)


def oldest(held):
    return held[0], held[1:]


def average(held):
    mean = sum(held) / len(held)
    return mean, [mean] * (len(held) - 1)


@given(trades=TRADES, mark=st.integers(1, 5000))
def test_fifo_is_the_matching_of_single_lots_exactly(trades, mark):
    operator = profit_and_loss(method="fifo", mark=reactivex.just(mark * CENT))
    last = through(operator, fills_of(trades))[-1]
    assert Fraction(last.realised) == realised_by_units(trades, oldest)


@given(trades=TRADES)
def test_average_cost_is_the_matching_of_single_lots_of_mean_price(trades):
    last = through(profit_and_loss(), fills_of(trades))[-1]
    expected = realised_by_units(trades, average)
    assert abs(Fraction(last.realised) - expected) <= ROUNDING


@given(trades=TRADES, mark=st.integers(1, 5000), method=st.sampled_from(["average", "fifo"]))
def test_realised_and_unrealised_are_cash_and_value_exactly(trades, mark, method):
    operator = profit_and_loss(method=method, mark=reactivex.just(mark * CENT))
    states = through(operator, fills_of(trades))
    assert len(states) == len(trades)
    cash = held = fees = Fraction(0)
    for state, (side, lots, cents, fee) in zip(states, trades, strict=True):
        sign = 1 if side == "buy" else -1
        cash -= sign * lots * Fraction(LOT) * cents / 100 + Fraction(fee, 100)
        held += sign * lots * Fraction(LOT)
        fees += Fraction(fee, 100)
        worth = cash + held * mark / 100
        earned = Fraction(state.realised) + Fraction(state.unrealised) - Fraction(state.fees)
        assert earned == worth == Fraction(state.total)
        assert (Fraction(state.position), Fraction(state.fees)) == (held, fees)


@given(trades=TRADES, mark=st.integers(1, 5000))
def test_average_and_fifo_agree_whenever_the_position_is_flat(trades, mark):
    lots = sum(lots if side == "buy" else -lots for side, lots, *_ in trades)
    if lots:
        trades = [*trades, ("sell" if lots > 0 else "buy", abs(lots), mark, 0)]
    by_average = through(profit_and_loss(method="average"), fills_of(trades))
    by_fifo = through(profit_and_loss(method="fifo"), fills_of(trades))
    flat = [
        (one.realised, other.realised)
        for one, other in zip(by_average, by_fifo, strict=True)
        if not one.position
    ]
    assert flat
    assert all(one == other for one, other in flat)
    assert by_average[-1].cost == by_fifo[-1].cost == 0


@given(trades=TRADES, repeated=st.lists(st.integers(0, 24), max_size=10), data=st.data())
def test_repeated_fills_change_nothing(trades, repeated, data):
    fills = fills_of(trades)
    storm = list(fills)
    for index in repeated:
        chosen = fills[index % len(fills)]
        storm.insert(data.draw(st.integers(storm.index(chosen) + 1, len(storm))), chosen)
    assert through(position(), storm) == through(position(), fills)
    assert through(profit_and_loss(), storm) == through(profit_and_loss(), fills)


@given(trades=TRADES)
def test_the_position_is_the_running_sum_of_signed_lots(trades):
    signed = [lots if side == "buy" else -lots for side, lots, *_ in trades]
    expected = [lots * LOT for lots in accumulate(signed)]
    assert through(position(), fills_of(trades)) == expected


@given(values=st.lists(st.integers(-50, 50), max_size=30), drawdown=st.integers(1, 40))
def test_a_stream_stops_with_the_first_fall_from_what_was_highest(values, drawdown):
    fallen = [
        index
        for index in range(len(values))
        if max(values[: index + 1]) - values[index] >= drawdown
    ]
    expected = values[: fallen[0] + 1] if fallen else values
    assert through(stop_when(drawdown=drawdown), values) == expected


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("target"), st.integers(-40, 40)),
        st.tuples(st.just("fill"), st.integers(0, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
    ),
    max_size=40,
)


@given(steps=STEPS, lot=st.integers(1, 7), minimum=st.integers(0, 10))
def test_position_and_open_orders_lead_to_each_target_as_near_as_lots_allow(steps, lot, minimum):
    targets, positions, ended, sent = Subject(), Subject(), Subject(), []
    operator = target_to_orders("A/B", position=positions, ended=ended, lot=lot, minimum=minimum)
    targets.pipe(operator).subscribe(sent.append)
    held, working = 0, []
    positions.on_next(held)
    for name, number in steps:
        if name == "target":
            before = held + sum(working)
            sent.clear()
            targets.on_next(number)
            orders = [int(order.signed_qty) for order in sent]
            working += orders
            missing = number - before
            whole = abs(missing) // lot * lot * (1 if missing > 0 else -1)
            assert orders == ([whole] if whole and abs(whole) >= minimum else [])
        elif working:
            order = working.pop(number % len(working))
            if name == "fill":
                held += order
                positions.on_next(held)
            else:
                ended.on_next(order)


@attrs.frozen
class Order:
    index: int
    symbol: str
    points: float


TIER = Tier("small", 6, Decimal("0.5"), 5)
ARRIVALS = st.lists(
    st.tuples(st.integers(210, 260), st.sampled_from("XY"), st.sampled_from([0.5, 1, 2, 6])),
    max_size=15,
)


def second_by_second(orders):
    """Replay a pair in half points and whole seconds, looking at its queue each second."""
    counter, queue, passed = 0, [], []
    for second in range(200, 500):
        counter = max(0, counter - 1)
        queue += [order for at, order in orders if at == second]
        while queue and counter + queue[0].points * 2 <= 12:
            counter += queue[0].points * 2
            passed.append((second, queue.pop(0)))
    return passed


@given(arrivals=ARRIVALS)
def test_throttled_orders_pass_in_the_second_a_slow_replay_says(arrivals):
    orders = [
        (at, Order(index, symbol, points))
        for index, (at, symbol, points) in enumerate(sorted(arrivals, key=lambda item: item[0]))
    ]
    clock = testing.TestScheduler()
    source = clock.create_hot_observable(*[ReactiveTest.on_next(at, order) for at, order in orders])
    throttle = throttle_orders(TIER, cost=lambda order: order.points)
    messages = clock.start(lambda: source.pipe(throttle), disposed=1000).messages
    for symbol in "XY":
        passed = [(m.time, m.value.value) for m in messages if m.value.value.symbol == symbol]
        own = [(at, order) for at, order in orders if order.symbol == symbol]
        assert passed == second_by_second(own)


CHARGES = st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 40)), max_size=30)


@given(
    charges=CHARGES, tier=st.sampled_from([("starter", 100), ("intermediate", 234), ("pro", 375)])
)
def test_the_counter_is_exact_and_has_room_when_it_says_so(charges, tier):
    name, hundredths = tier
    counter, now, value = RateCounter(name), 0, Fraction(0)
    for passed, halves in charges:
        now += passed
        value = max(Fraction(0), value - Fraction(hundredths * passed, 100 * 10**9))
        assert Fraction(counter.value("A/B", now_ns=now)) == value
        cost = halves / 2
        wait = counter.wait_ns("A/B", cost, now_ns=now)
        assert counter.would_exceed("A/B", cost, now_ns=now) is (wait > 0)
        assert not counter.would_exceed("A/B", cost, now_ns=now + wait)
        if wait:
            assert counter.would_exceed("A/B", cost, now_ns=now + wait - 1)
        counter.charge("A/B", cost, now_ns=now)
        value += Fraction(halves, 2)
