"""Price levels from single orders: events, truncation, and what is taken for an order."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from reactivex.subject import Subject

from rxkraken.errors import ConfigurationError
from rxkraken.models.level3 import Level3Event, Level3Order, Level3Snapshot, Level3Update
from rxkraken.operators.level2_from_level3 import level2_from_level3

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def orders(text):
    """Orders of ``"A:9x1 B:9x2"``."""
    found = []
    for word in text.split():
        order_id, level = word.split(":")
        price, qty = map(Decimal, level.split("x"))
        found.append(Level3Order(order_id, price, qty))
    return tuple(found)


def events(text):
    """Events of ``"add:A:9x1 delete:B:9"``."""
    found = []
    for word in text.split():
        name, order_id, level = word.split(":")
        price, _, qty = level.partition("x")
        found.append(Level3Event(name, order_id, Decimal(price), Decimal(qty) if qty else None))
    return tuple(found)


@pytest.fixture
def told():
    """Sends messages and gives the sides of the last book as text."""
    subject, seen = Subject(), []
    subject.pipe(level2_from_level3(depth=2)).subscribe(seen.append, seen.append)

    def tell(*messages):
        for message in messages:
            subject.on_next(message)
        last = seen[-1]
        if isinstance(last, Exception):
            raise last
        sides = [
            " ".join(f"{level.price}x{level.qty}" for level in s) for s in (last.bids, last.asks)
        ]
        return " | ".join(sides)

    tell.seen = seen
    return tell


def snapshot(bids="", asks=""):
    return Level3Snapshot("A/B", orders(bids), orders(asks), timestamp=AT)


def update(bids="", asks=""):
    return Level3Update("A/B", events(bids), events(asks))


class TestEvents:
    def test_a_snapshot_is_summed_by_price(self, told):
        assert told(snapshot("A:9x1 B:9x2 C:8x1", "D:10x0.5")) == "9x3 8x1 | 10x0.5"

    def test_an_order_that_is_added_adds_its_quantity(self, told):
        assert told(snapshot("A:9x1"), update("add:B:9x2 add:C:8x4")) == "9x3 8x4 | "

    def test_an_order_added_again_counts_once_where_it_is_now(self, told):
        assert told(snapshot("A:9x1 B:9x1"), update("add:A:8x5")) == "9x1 8x5 | "

    def test_a_modified_order_has_its_new_quantity_and_price(self, told):
        assert told(snapshot("A:9x1 B:9x1"), update("modify:A:9x0.25")) == "9x1.25 | "
        assert told(update("modify:A:8x0.5")) == "9x1 8x0.5 | "

    def test_a_deleted_order_takes_its_level_with_it_when_it_was_the_last(self, told):
        assert told(snapshot("A:9x1 B:9x2 C:8x1"), update("delete:A:9")) == "9x2 8x1 | "
        assert told(update("delete:B:9x77")) == "8x1 | "

    def test_unknown_orders_are_neither_modified_nor_deleted(self, told):
        assert told(snapshot("A:9x1"), update("modify:X:9x5 delete:Y:9")) == "9x1 | "

    def test_a_snapshot_forgets_all_before(self, told):
        assert told(snapshot("A:9x1", "B:10x1"), snapshot("C:7x1")) == "7x1 | "
        assert told(update("add:A:7x1")) == "7x2 | "

    def test_updates_before_a_snapshot_give_nothing(self, told):
        told(snapshot())
        subject, seen = Subject(), []
        subject.pipe(level2_from_level3()).subscribe(seen.append)
        subject.on_next(update("add:A:9x1"))
        assert seen == []

    def test_an_event_of_another_name_ends_the_stream_with_a_sentence(self, told):
        with pytest.raises(ValueError, match="is add, modify or delete, not 'fill'"):
            told(snapshot("A:9x1"), update("fill:A:9x1"))


class TestTruncation:
    def test_levels_beyond_the_depth_are_gone_with_their_orders(self, told):
        assert told(snapshot("A:9x1 B:8x1"), update("add:C:10x1")) == "10x1 9x1 | "
        assert told(update("delete:C:10")) == "9x1 | "  # the exchange would add B again
        assert told(update("add:B:8x3")) == "9x1 8x3 | "

    def test_a_snapshot_is_cut_as_well(self, told):
        assert told(snapshot("", "A:1x1 B:2x1 C:3x1 D:2x1")) == " | 1x1 2x2"

    def test_an_order_pushed_out_is_unknown(self, told):
        told(snapshot("A:9x1 B:8x1"), update("add:C:10x1"))
        assert told(update("modify:B:9x5")) == "10x1 9x1 | "


class TestBooks:
    def test_prices_come_best_first_on_both_sides(self, told):
        assert told(snapshot("A:8x1 B:9x1", "C:12x1 D:11x1")) == "9x1 8x1 | 11x1 12x1"

    def test_a_book_stays_what_it_was(self, told):
        told(snapshot("A:9x1", "B:10x1"))
        first = told.seen[0]
        told(update("delete:A:9", "add:C:10x1"))
        assert (first.best_bid.qty, first.best_ask.qty) == (1, 1)

    def test_it_has_symbol_depth_and_time_and_claims_no_checksum(self, told):
        told(Level3Snapshot("A/B", (), (), checksum=7, timestamp=AT))
        book = told.seen[0]
        assert (book.symbol, book.depth, book.timestamp) == ("A/B", 2, AT)
        assert (book.checksum, book.verified) == (None, False)
        told(update())
        assert told.seen[1].timestamp is None

    def test_floats_are_summed_as_they_are_written(self):
        subject, seen = Subject(), []
        subject.pipe(level2_from_level3(number=float)).subscribe(seen.append)
        tenths = tuple(Level3Order(str(index), 0.1, 0.1) for index in range(3))
        subject.on_next(Level3Snapshot("A/B", tenths, ()))
        assert (seen[0].best_bid.price, seen[0].best_bid.qty) == (0.1, 0.3)
        assert type(seen[0].best_bid.qty) is float

    def test_small_numbers_are_written_without_an_exponent(self, told):
        assert told(snapshot("A:0.00000001x1e-8")) == "1E-8x1E-8 | "
        assert told.seen[0].bid_texts[0].price == "0.00000001"

    def test_any_value_of_the_right_shape_will_do(self):
        subject, seen = Subject(), []
        subject.pipe(level2_from_level3()).subscribe(seen.append)
        order = SimpleNamespace(order_id="A", limit_price="9.5", order_qty=2, event="add")
        shape = {"symbol": "A/B", "asks": [], "timestamp": None}
        subject.on_next(SimpleNamespace(type="snapshot", bids=[], **shape))
        subject.on_next(SimpleNamespace(type="update", bids=[order], **shape))
        assert seen[1].best_bid.price == Decimal("9.5")

    @pytest.mark.parametrize("depth", [0, -1, 2.0, True, "10"])
    def test_a_depth_that_is_no_whole_number_above_zero_is_refused(self, depth):
        with pytest.raises(ConfigurationError, match=r"^depth must be a whole number above zero"):
            level2_from_level3(depth)
