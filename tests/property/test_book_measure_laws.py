"""Book measures against slow references: unit lots in lists, and fractions without rounding."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import reactivex
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.models.level3 import Level3Event, Level3Order, Level3Snapshot, Level3Update
from rxkraken.operators.book_depth import depth_within, walk_book
from rxkraken.operators.books import (
    imbalance,
    microprice,
    spread_bps,
    top_of_book,
)
from rxkraken.operators.level2_from_level3 import level2_from_level3
from rxkraken.operators.order_flow_imbalance import order_flow_imbalance
from rxkraken.wire.v2 import BookLevel

TICK, LOT = Decimal("0.01"), Decimal("0.001")
ROUNDING = Fraction(1, 10**22)  # of quotients of 28 digits, relatively


def levels(prices, sizes):
    return list(zip(prices, sizes, strict=False))


@st.composite
def sides(draw, *, least=0, most=6):
    """Bids and asks as lists of (ticks, lots), best first, not crossed."""
    mid = draw(st.integers(100, 10_000))
    size = st.integers(1, 30)
    below = draw(st.lists(st.integers(1, 60), unique=True, min_size=least, max_size=most))
    above = draw(st.lists(st.integers(0, 60), unique=True, min_size=least, max_size=most))
    bids = [(mid - distance, draw(size)) for distance in sorted(below)]
    asks = [(mid + distance, draw(size)) for distance in sorted(above)]
    return bids, asks


def book(bids, asks, number=Decimal):
    texts = [
        [BookLevel(str(ticks * TICK), str(lots * LOT)) for ticks, lots in side]
        for side in (bids, asks)
    ]
    return OrderBook(BookIdentity("A/B", 10, number), *texts, None, None)


def through(operator, *values):
    seen = []
    reactivex.of(*values).pipe(operator).subscribe(seen.append, seen.append)
    return seen


def price(ticks):
    return Fraction(ticks, 100)


def qty(lots):
    return Fraction(lots, 1000)


def near(found, expected):
    return abs(Fraction(found) - expected) <= abs(expected) * ROUNDING


def unit_lots(side):
    """Expand levels into one entry a lot, best first."""
    return [ticks for ticks, lots in side for _ in range(lots)]


@given(sides=sides(least=1), side=st.sampled_from(["buy", "sell"]), lots=st.integers(1, 250))
def test_walking_by_quantity_is_taking_unit_lots(sides, side, lots):
    bids, asks = sides
    eaten = asks if side == "buy" else bids
    taken = unit_lots(eaten)[:lots]
    (walk,) = through(walk_book(side, qty=lots * LOT), book(bids, asks))
    assert walk.filled == qty(len(taken))
    assert walk.notional == sum(price(ticks) * qty(1) for ticks in taken)
    assert walk.shortfall == qty(lots - len(taken))
    assert walk.levels == len(set(taken))
    average = Fraction(sum(taken), len(taken)) / 100
    assert near(walk.average_price, average)
    mid = (price(bids[0][0]) + price(asks[0][0])) / 2
    worse = (average - mid) / mid * 10_000 * (1 if side == "buy" else -1)
    assert near(walk.slippage_bps, worse)


@given(sides=sides(least=1), side=st.sampled_from(["buy", "sell"]), cents=st.integers(1, 500_000))
def test_walking_by_notional_spends_it_down_the_levels(sides, side, cents):
    bids, asks = sides
    rest, filled, eaten = Fraction(cents, 100_000), Fraction(0), 0
    for ticks, lots in asks if side == "buy" else bids:
        if rest:
            here = min(qty(lots), rest / price(ticks))
            filled, rest, eaten = filled + here, rest - here * price(ticks), eaten + 1
    wanted = Decimal(cents).scaleb(-5)
    (walk,) = through(walk_book(side, notional=wanted), book(bids, asks))
    assert walk.shortfall == rest
    assert walk.notional + walk.shortfall == wanted
    assert walk.levels == eaten
    assert near(walk.filled, filled)


@given(sides=sides(least=1), side=st.sampled_from(["buy", "sell"]), lots=st.integers(1, 150))
def test_a_larger_order_never_gets_a_better_price(sides, side, lots):
    one, other = book(*sides), book(*sides)
    (small,) = through(walk_book(side, qty=lots * LOT), one)
    (large,) = through(walk_book(side, qty=(lots + 1) * LOT), other)
    assert large.slippage_bps >= small.slippage_bps * (1 - Decimal("1e-20"))


@given(sides=sides(), points=st.integers(1, 3000))
def test_depth_is_the_sum_of_unit_lots_in_the_band(sides, points):
    bids, asks = sides
    found = through(depth_within(points), book(bids, asks))
    if not bids or not asks:
        assert found == []
        return
    mid = Fraction(bids[0][0] + asks[0][0], 2)
    reach = mid * points / 10_000
    inside = [
        [ticks for ticks in unit_lots(side) if abs(ticks - mid) <= reach] for side in (bids, asks)
    ]
    (depth,) = found
    assert (depth.bids.qty, depth.asks.qty) == tuple(qty(len(side)) for side in inside)
    assert depth.bids.notional == sum(price(ticks) * qty(1) for ticks in inside[0])
    assert depth.asks.notional == sum(price(ticks) * qty(1) for ticks in inside[1])
    whole = tuple(any(abs(ticks - mid) > reach for ticks, _ in side) for side in (bids, asks))
    assert (depth.bids.whole, depth.asks.whole) == whole


@given(sides=sides(), count=st.integers(1, 8))
def test_imbalance_is_the_share_of_bids_less_that_of_asks(sides, count):
    bids, asks = (len(unit_lots(side[:count])) for side in sides)
    found = through(imbalance(count), book(*sides))
    if bids + asks == 0:
        assert found == []
    else:
        assert near(found[0], Fraction(bids - asks, bids + asks))
        assert -1 <= found[0] <= 1


@given(sides=sides(least=1))
def test_the_microprice_lies_between_the_best_prices_and_the_spread_around_the_mid(sides):
    (bid, bid_lots), (ask, ask_lots) = sides[0][0], sides[1][0]
    (micro,) = through(microprice(), book(*sides))
    weights = [bid] * ask_lots + [ask] * bid_lots
    assert near(micro, Fraction(sum(weights), len(weights)) / 100)
    (points,) = through(spread_bps(), book(*sides))
    assert near(points, Fraction(ask - bid, bid + ask) * 20_000)


@given(sequence=st.lists(sides(most=2), max_size=12))
def test_the_top_is_what_is_left_of_all_books_without_repetitions(sequence):
    tops = [tuple(side[0] if side else None for side in both) for both in sequence]
    changes = [top for before, top in zip([None, *tops], tops, strict=False) if top != before]
    found = through(top_of_book(), *[book(*both) for both in sequence])
    told = [
        tuple(
            None if level is None else (int(level.price / TICK), int(level.qty / LOT))
            for level in (top.bid, top.ask)
        )
        for top in found
    ]
    assert told == changes


@given(sequence=st.lists(sides(most=2), max_size=12))
def test_order_flow_is_the_difference_of_what_each_side_shows_at_the_prices_both_books_reach(
    sequence,
):
    def shown(side, sign):
        """A side as (price that is better when higher, lots); an empty one is infinitely bad."""
        return (sign * side[0][0], side[0][1]) if side else (float("-inf"), 0)

    def gained(before, now):
        (old, old_lots), (new, new_lots) = before, now
        worst = max(old, new)
        return (new_lots if new == worst else 0) - (old_lots if old == worst else 0)

    expected = [
        gained(shown(a[0], 1), shown(b[0], 1)) - gained(shown(a[1], -1), shown(b[1], -1))
        for a, b in pairwise(sequence)
    ]
    found = through(order_flow_imbalance(), *[book(*both) for both in sequence])
    assert found == [qty(lots) for lots in expected]


@given(sides=sides(least=1), lots=st.integers(1, 100), points=st.integers(1, 500))
def test_floats_agree_with_decimals(sides, lots, points):
    pairs = [
        (through(operator, book(*sides)), through(operator, book(*sides, float)))
        for operator in (microprice(), spread_bps(), imbalance(3))
    ]
    for (exact,), (rough,) in pairs:
        assert type(rough) is float
        assert abs(float(exact) - rough) <= 1e-9 * max(1, abs(rough))
    (exact,) = through(walk_book("buy", qty=lots * LOT), book(*sides))
    (rough,) = through(walk_book("buy", qty=lots * LOT), book(*sides, float))
    assert abs(float(exact.notional) - rough.notional) <= 1e-9 * rough.notional
    (depth,) = through(depth_within(points + 0.5), book(*sides, float))
    assert depth.bids.qty >= 0


@st.composite
def sessions(draw):
    """Books of one exchange: each shares the levels, and often a whole side, with the last."""
    levels, books = {}, []
    sides = {-1: set(range(90, 96)), 1: set(range(100, 106))}
    for _ in range(draw(st.integers(1, 12))):
        for sign, ticks, lots in draw(
            st.lists(
                st.tuples(st.sampled_from([-1, 1]), st.integers(0, 8), st.integers(0, 30)),
                max_size=2,
            )
        ):
            at = 97 + sign * (3 + ticks) if sign < 0 else 97 + ticks
            sides[sign] = sides[sign] - {at} if not lots else sides[sign] | {at}
            levels[sign, at] = BookLevel(str(at * TICK), str(max(lots, 1) * LOT))
            levels.pop(sign, None)
        for sign, held in sides.items():
            if sign not in levels:
                levels[sign] = [
                    levels.setdefault((sign, at), BookLevel(str(at * TICK), str(5 * LOT)))
                    for at in sorted(held, reverse=sign < 0)
                ]
        books.append(OrderBook(BookIdentity("A/B", 10, Decimal), levels[-1], levels[1], None, None))
    return books


@given(books=sessions(), lots=st.integers(1, 200), points=st.integers(1, 1000))
def test_a_session_gives_what_each_of_its_books_gives_alone(books, lots, points):
    operators = [
        walk_book("buy", qty=lots * LOT),
        walk_book("sell", qty=lots * LOT),
        walk_book("buy", notional=lots * LOT),
        depth_within(points),
        imbalance(3),
        microprice(),
        spread_bps(),
    ]
    for operator in operators:
        alone = [value for book in books for value in through(operator, book)]
        assert through(operator, *books) == alone


NAMES = st.sampled_from("ABCDEFGH")
EVENTS = st.tuples(
    st.sampled_from(["add", "modify", "delete"]), NAMES, st.integers(1, 6), st.integers(1, 50)
)
MESSAGES = st.lists(
    st.tuples(st.booleans(), st.lists(EVENTS, max_size=5), st.lists(EVENTS, max_size=5)),
    max_size=15,
)


def apply_slowly(orders, events, better, depth):
    """A side as a plain dictionary of orders, cut after each message."""
    for name, order_id, ticks, lots in events:
        if name == "add" or (name == "modify" and order_id in orders):
            orders[order_id] = ticks, lots
        if name == "delete":
            orders.pop(order_id, None)
    kept = sorted({ticks for ticks, _ in orders.values()}, reverse=better > 0)[:depth]
    for order_id in [name for name, (ticks, _) in orders.items() if ticks not in kept]:
        del orders[order_id]
    return [(t, sum(lots for ticks, lots in orders.values() if ticks == t)) for t in kept]


@given(messages=MESSAGES, depth=st.integers(1, 4))
def test_levels_are_the_sums_of_the_orders_that_are_left(messages, depth):
    held, expected, sent = ({}, {}), [], []
    for fresh, *told in messages:
        both = told
        if fresh or not sent:
            held = ({}, {})
            both = [[("add", *rest) for _, *rest in events] for events in told]
            kind, entry = Level3Snapshot, lambda _, *rest: Level3Order(*rest)
        else:
            kind, entry = Level3Update, Level3Event
        expected.append(
            [apply_slowly(*side, depth) for side in zip(held, both, (1, -1), strict=True)]
        )
        sides = [
            tuple(entry(name, order_id, t * TICK, n * LOT) for name, order_id, t, n in events)
            for events in both
        ]
        sent.append(kind("A/B", *sides))
    books = through(level2_from_level3(depth), *sent)
    told = [
        [[(int(v.price / TICK), int(v.qty / LOT)) for v in side] for side in (b.bids, b.asks)]
        for b in books
    ]
    assert told == expected
