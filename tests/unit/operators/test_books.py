"""What the best levels of books tell, as tables; a book is written ``"bids | asks"``."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import reactivex
from reactivex.subject import Subject

from rxkraken.errors import ConfigurationError
from rxkraken.models.book import BookIdentity, Level, OrderBook
from rxkraken.operators.books import (
    crossed,
    imbalance,
    microprice,
    spread_bps,
    top_of_book,
)
from rxkraken.operators.order_flow_imbalance import order_flow_imbalance
from rxkraken.wire.v2 import BookLevel


def book(text, number=Decimal, timestamp=None):
    """Makes the book ``"99x1 98x2 | 101x3"``."""
    bids, asks = (
        [BookLevel(*level.split("x")) for level in side.split()] for side in text.split("|")
    )
    return OrderBook(BookIdentity("BTC/USD", 10, number), bids, asks, None, timestamp)


def through(operator, *texts, number=Decimal):
    """Give all values and how the stream ended."""
    seen = []
    books = reactivex.of(*[book(text, number) for text in texts])
    books.pipe(operator).subscribe(seen.append, seen.append, lambda: seen.append("end"))
    return seen


class TestTopOfBook:
    def test_it_is_told_once_and_then_only_when_price_or_quantity_changes(self):
        tops = through(
            top_of_book(),
            "9x1 | 11x1",
            "9x1 8x5 | 11x1",  # a level behind
            "9x2 8x5 | 11x1",  # a quantity
            "9x2 8x5 | 10x1",  # a price
            "9x2 | 10x1",
        )
        assert [(top.bid.price, top.bid.qty, top.ask.price) for top in tops[:-1]] == [
            (9, 1, 11),
            (9, 2, 11),
            (9, 2, 10),
        ]
        assert tops[-1] == "end"

    def test_a_side_may_be_empty_from_the_first_book_on(self):
        empty, one, *_ = through(top_of_book(), " | ", "9x1 | ", " | ")
        assert (empty.bid, empty.ask, empty.mid, empty.spread) == (None, None, None, None)
        assert (one.bid, one.ask, one.mid) == (Level(Decimal(9), Decimal(1)), None, None)

    def test_a_side_that_empties_is_a_change(self):
        assert len(through(top_of_book(), "9x1 | 11x1", "9x1 | ")) == 3

    def test_the_same_number_in_another_text_is_no_change(self):
        assert len(through(top_of_book(), "9x1 | 11x1", "9.0x1.00 | 11x1")) == 2

    def test_it_carries_symbol_numbers_and_time_of_its_book(self):
        seen = []
        books = reactivex.just(book("9x1 | 11x3", float, "2026-01-05T12:00:00.000001Z"))
        books.pipe(top_of_book()).subscribe(seen.append)
        assert seen[0].symbol == "BTC/USD"
        assert seen[0].bid == Level(9.0, 1.0)
        assert (seen[0].mid, seen[0].spread) == (10.0, 2.0)
        assert seen[0].timestamp == datetime(2026, 1, 5, 12, 0, 0, 1, UTC)

    def test_two_subscribers_do_not_share_what_was_last(self):
        subject, first, second = Subject(), [], []
        tops = subject.pipe(top_of_book())
        tops.subscribe(first.append)
        subject.on_next(book("9x1 | 11x1"))
        tops.subscribe(second.append)
        subject.on_next(book("9x1 | 11x1"))
        assert (len(first), len(second)) == (1, 1)


class TestMicroprice:
    @pytest.mark.parametrize(
        ("text", "price"),
        [
            ("10x1 | 20x1", "15"),
            ("10x1 | 20x3", "12.5"),  # much supply: nearer to the bid
            ("10x3 | 20x1", "17.5"),
            ("10x3 9x100 | 20x1 21x100", "17.5"),
            ("0.00001234x1 | 0.00001235x1", "0.000012345"),
        ],
    )
    def test_the_heavier_side_pushes_it_away(self, text, price):
        assert through(microprice(), text) == [Decimal(price), "end"]

    def test_books_with_an_empty_side_are_passed_over(self):
        assert through(microprice(), "10x1 | ", " | 20x1", " | ", "10x1 | 20x1") == [15, "end"]

    def test_floats_stay_floats(self):
        values = through(microprice(), "10x1 | 20x3", number=float)
        assert values == [12.5, "end"]
        assert type(values[0]) is float


class TestSpreadInBasisPoints:
    @pytest.mark.parametrize(
        ("text", "points"),
        [("99x1 | 101x1", "200"), ("99.995x1 | 100.005x9", "1"), ("100x1 | 100x1", "0")],
    )
    def test_it_is_relative_to_the_mid(self, text, points):
        assert through(spread_bps(), text) == [Decimal(points), "end"]

    def test_a_crossed_book_has_one_below_zero(self):
        assert through(spread_bps(), "101x1 | 99x1") == [-200, "end"]

    def test_books_with_an_empty_side_are_passed_over(self):
        assert through(spread_bps(), "10x1 | ", " | 20x1", " | ") == ["end"]


class TestImbalance:
    @pytest.mark.parametrize(
        ("levels", "value"),
        [(1, "0.5"), (2, "-0.2"), (3, "0.6"), (100, "0.6")],
    )
    def test_the_best_levels_of_each_side_count(self, levels, value):
        text = "9x3 8x1 7x20 | 11x1 12x5"
        assert through(imbalance(levels), text) == [Decimal(value), "end"]

    def test_the_best_level_counts_alone_by_default(self):
        assert through(imbalance(), "9x3 8x1 | 11x1 12x5") == [Decimal("0.5"), "end"]

    def test_one_side_alone_is_the_extreme_and_none_is_nothing(self):
        assert through(imbalance(2), "9x3 | ", " | 11x1", " | ") == [1, -1, "end"]

    @pytest.mark.parametrize("levels", [0, -1, 1.5, True, None, "5"])
    def test_levels_that_are_no_whole_number_above_zero_are_refused(self, levels):
        with pytest.raises(ConfigurationError, match=r"^levels must be a whole number above zero"):
            imbalance(levels)


class TestCrossed:
    def test_it_tells_the_beginning_and_each_change(self):
        books = ["1x1 | 2x1", "1x1 | 2x2", "2x1 | 2x1", "3x1 | 2x1", "1x1 | 2x1"]
        assert through(crossed(), *books) == [False, True, False, "end"]

    def test_a_book_with_an_empty_side_is_not_crossed(self):
        assert through(crossed(), "2x1 | 1x1", "2x1 | ", " | 1x1") == [True, False, "end"]

    def test_a_bid_that_meets_the_ask_crosses(self):
        assert through(crossed(), "2x1 | 2x1", "1x1 | 2x1") == [True, False, "end"]

    def test_prices_are_compared_as_numbers(self):
        assert through(crossed(), "9x1 | 10x1") == [False, "end"]


class TestOrderFlowImbalance:
    @pytest.mark.parametrize(
        ("before", "after", "flow"),
        [
            ("10x1 | 20x1", "10x1 | 20x1", 0),
            ("10x1 | 20x1", "10x4 | 20x1", 3),  # a bid grows
            ("10x4 | 20x1", "10x1 | 20x1", -3),
            ("10x4 | 20x1", "11x7 | 20x1", 7),  # a better bid
            ("11x7 | 20x1", "10x4 | 20x1", -7),  # the best bid goes
            ("10x1 | 20x1", "10x1 | 20x4", -3),  # an ask grows
            ("10x1 | 20x4", "10x1 | 20x1", 3),
            ("10x1 | 20x4", "10x1 | 19x7", -7),  # a better ask
            ("10x1 | 19x7", "10x1 | 20x4", 7),
            ("10x1 | 20x4", "11x2 | 21x5", 6),  # both
            ("10x2 | ", " | ", -2),
            (" | ", "10x2 | ", 2),
            (" | ", " | 20x2", -2),
            (" | 20x2", " | ", 2),
        ],
    )
    def test_demand_counts_up_and_supply_down(self, before, after, flow):
        assert through(order_flow_imbalance(), before, after) == [flow, "end"]

    def test_the_first_book_gives_nothing(self):
        assert through(order_flow_imbalance(), "10x1 | 20x1") == ["end"]

    def test_each_book_is_compared_with_the_one_before(self):
        books = ["10x1 | ", "10x4 | ", "11x2 | ", "10x5 | "]
        assert through(order_flow_imbalance(), *books) == [3, 2, -2, "end"]

    def test_levels_shared_with_the_book_before_add_nothing(self):
        subject, seen = Subject(), []
        subject.pipe(order_flow_imbalance()).subscribe(seen.append)
        once = book("10x4 | 20x3")
        subject.on_next(once)
        subject.on_next(once)
        assert seen == [0]
