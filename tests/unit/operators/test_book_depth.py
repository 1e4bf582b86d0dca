"""What books hold near the mid and for orders, as tables."""

from decimal import Decimal

import pytest
import reactivex

from rxkraken.errors import ConfigurationError
from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.operators.book_depth import depth_within, walk_book
from rxkraken.wire.v2 import BookLevel


def book(text, number=Decimal):
    """Makes the book ``"99x1 98x2 | 101x3"``."""
    bids, asks = (
        [BookLevel(*level.split("x")) for level in side.split()] for side in text.split("|")
    )
    return OrderBook(BookIdentity("BTC/USD", 10, number), bids, asks, None, None)


def through(operator, text, number=Decimal):
    """Give the one value of one book, None for none."""
    seen = []
    reactivex.just(book(text, number)).pipe(operator).subscribe(seen.append)
    return seen[0] if seen else None


class TestDepthWithin:
    TEXT = "99.5x2 99x1 98x10 | 100.5x3 101x4 101.01x7"

    @pytest.mark.parametrize(
        ("basis_points", "bid", "ask"),
        [
            (49, "0", "0"),
            (50, "2", "3"),  # the edge belongs to the band
            (99, "2", "3"),
            (100, "3", "7"),
            ("100.9", "3", "7"),
            (101, "3", "14"),
            (1000, "13", "14"),
        ],
    )
    def test_quantities_up_to_the_edge_are_summed(self, basis_points, bid, ask):
        depth = through(depth_within(basis_points), self.TEXT)
        assert (depth.bids.qty, depth.asks.qty) == (Decimal(bid), Decimal(ask))

    def test_notionals_are_summed_level_by_level(self):
        depth = through(depth_within(100), self.TEXT)
        assert depth.bids.notional == 2 * Decimal("99.5") + 99
        assert depth.asks.notional == 3 * Decimal("100.5") + 4 * 101

    @pytest.mark.parametrize(
        ("basis_points", "bids", "asks"),
        [(100, True, True), (101, True, False), (200, False, False)],
    )
    def test_it_says_whether_the_book_reaches_beyond_the_band(self, basis_points, bids, asks):
        depth = through(depth_within(basis_points), self.TEXT)
        assert (depth.bids.whole, depth.asks.whole) == (bids, asks)

    def test_a_book_without_a_mid_gives_nothing(self):
        assert through(depth_within(100), "99x1 | ") is None
        assert through(depth_within(100), " | 99x1") is None

    def test_floats_stay_floats(self):
        depth = through(depth_within(100), self.TEXT, float)
        assert depth.bids.qty == 3.0
        assert type(depth.asks.notional) is float

    @pytest.mark.parametrize("value", [0, -1, "x", None, float("nan"), True])
    def test_a_width_that_is_no_number_above_zero_is_refused(self, value):
        with pytest.raises(ConfigurationError, match=r"^basis_points must be a number above zero"):
            depth_within(value)


class TestWalkBook:
    TEXT = "99x1 98x2 | 101x1 102x2 105x4"

    @pytest.mark.parametrize(
        ("side", "qty", "spent", "levels", "shortfall"),
        [
            ("buy", "0.5", "50.5", 1, 0),
            ("buy", "1", "101", 1, 0),
            ("buy", "2", "203", 2, 0),
            ("buy", "3", "305", 2, 0),
            ("buy", "7", "725", 3, 0),
            ("buy", "10", "725", 3, 3),
            ("sell", "0.5", "49.5", 1, 0),
            ("sell", "1.5", "148", 2, 0),
            ("sell", "5", "295", 2, 2),
        ],
    )
    def test_a_quantity_eats_level_by_level(self, side, qty, spent, levels, shortfall):
        walk = through(walk_book(side, qty=qty), self.TEXT)
        assert walk.filled == Decimal(qty) - shortfall
        assert (walk.notional, walk.levels) == (Decimal(spent), levels)
        assert walk.shortfall == shortfall
        assert walk.average_price == walk.notional / walk.filled

    @pytest.mark.parametrize(
        ("side", "notional", "filled", "levels", "shortfall"),
        [
            ("buy", "50.5", "0.5", 1, 0),
            ("buy", "101", "1", 1, 0),
            ("buy", "203", "2", 2, 0),
            ("buy", "1000", "7", 3, 275),
            ("sell", "148", "1.5", 2, 0),
            ("sell", "300", "3", 2, 5),
        ],
    )
    def test_so_does_a_notional(self, side, notional, filled, levels, shortfall):
        walk = through(walk_book(side, notional=notional), self.TEXT)
        assert (walk.filled, walk.levels) == (Decimal(filled), levels)
        assert walk.notional == Decimal(notional) - shortfall
        assert walk.shortfall == shortfall

    @pytest.mark.parametrize(
        ("side", "qty", "points"),
        [("buy", 1, 100), ("sell", 1, 100), ("buy", 2, 150), ("sell", 2, 150)],
    )
    def test_slippage_is_what_the_order_loses_against_the_mid(self, side, qty, points):
        walk = through(walk_book(side, qty=qty), "99x1 98x1 | 101x1 102x1")
        assert walk.slippage_bps == points

    @pytest.mark.parametrize("side", ["buy", "sell"])
    def test_an_empty_book_gives_all_as_shortfall(self, side):
        walk = through(walk_book(side, qty=2), " | ")
        assert (walk.filled, walk.notional, walk.levels, walk.shortfall) == (0, 0, 0, 2)
        assert (walk.average_price, walk.slippage_bps) == (None, None)

    def test_a_book_with_one_side_has_a_price_and_no_slippage(self):
        walk = through(walk_book("buy", qty=1), " | 101x1")
        assert (walk.average_price, walk.slippage_bps) == (101, None)

    def test_floats_stay_floats(self):
        walk = through(walk_book("buy", notional=203.0), self.TEXT, float)
        assert (walk.filled, walk.average_price, type(walk.shortfall)) == (2.0, 101.5, float)

    @pytest.mark.parametrize("sizes", [{}, {"qty": 1, "notional": 1}])
    def test_exactly_one_size_is_needed(self, sizes):
        with pytest.raises(ConfigurationError, match="exactly one of qty and notional"):
            walk_book("buy", **sizes)

    @pytest.mark.parametrize("name", ["qty", "notional"])
    @pytest.mark.parametrize("value", [0, "-1", "many", float("inf"), False])
    def test_a_size_that_is_no_number_above_zero_is_refused(self, name, value):
        with pytest.raises(ConfigurationError, match=rf"^{name} must be a number above zero"):
            walk_book("sell", **{name: value})

    def test_a_side_that_is_none_is_refused(self):
        with pytest.raises(ConfigurationError, match="side must be 'buy' or 'sell', not 'bid'"):
            walk_book("bid", qty=1)


def consecutive(operator, sides, number=Decimal, depth=1):
    """Give what books of (bids, asks) give, which share levels and lists as those of a feed do."""
    seen, identity = [], BookIdentity("BTC/USD", depth, number)
    books = [OrderBook(identity, bids, asks, None, None) for bids, asks in sides]
    reactivex.from_iterable(books).pipe(operator).subscribe(seen.append)
    return seen


class TestManyBooks:
    def test_sums_of_more_levels_than_are_remembered_stay_exact(self):
        asks = [BookLevel("101", "1")]
        sides = [
            ([BookLevel("99", f"{index}.00000001"), BookLevel("98", "2")], asks)
            for index in range(1, 200)
        ]
        depths = consecutive(depth_within(1000), sides)
        assert [depth.bids.qty for depth in depths] == [
            index + Decimal("2.00000001") for index in range(1, 200)
        ]
        walks = consecutive(walk_book("sell", qty=1000), sides)
        assert [walk.filled for walk in walks] == [depth.bids.qty for depth in depths]

    def test_a_huge_level_that_comes_and_goes_leaves_no_trace(self):
        small, asks = BookLevel("99", "0.00000001"), [BookLevel("101", "1")]
        huge = BookLevel("98", "9" * 26)
        sides = [([small], asks), ([small, huge], asks), ([small], asks)]
        first, _, last = consecutive(depth_within(1000), sides)
        assert first == last

    def test_float_sums_gather_no_errors(self):
        tenth, asks = BookLevel("99", "0.1"), [BookLevel("101", "1")]
        other = [[tenth, BookLevel("98", f"{index}e15")] for index in range(1, 50)]
        *_, last = consecutive(
            depth_within(1000), [(bids, asks) for bids in [*other, [tenth]]], float
        )
        assert last.bids.qty == 0.1

    def test_two_levels_alike_count_twice(self):
        asks = [BookLevel("101", "1")]
        twins = [BookLevel("99", "1"), BookLevel("99", "1")]
        depths = consecutive(depth_within(1000), [(twins[:1], asks), (twins, asks)] * 2)
        assert [depth.bids.qty for depth in depths] == [1, 2, 1, 2]
