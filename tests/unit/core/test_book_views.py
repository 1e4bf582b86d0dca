"""Emitted views: what they offer, and that nothing ever changes them."""

import copy
import itertools
import pickle
import random
import sys
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import msgspec
import pytest

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import ChecksumMismatch
from rxkraken.models import Level, OrderBook

BIDS = "9.0 1.50 8.5 2.00 8.0 3.25"
ASKS = "10.0 0.50 10.5 1.00"


@pytest.fixture
def view(frame):
    at = "2026-08-16T23:37:03.745044Z"
    return Book("A/B", 10).apply(frame("snapshot", BIDS, ASKS, timestamp=at))


@pytest.fixture
def views(frame):
    """Makes one view with numbers of a type."""

    def make(number, bids=BIDS, asks=ASKS, **kwargs):
        return Book("A/B", 10, number=number).apply(frame("snapshot", bids, asks, **kwargs))

    return make


def frozen(view):
    """A deep copy of what a view says now."""
    return tuple(map(attrs.astuple, view.bids)), tuple(map(attrs.astuple, view.asks))


class TestOffers:
    def test_names_depth_and_time(self, view):
        assert (view.symbol, view.depth) == ("A/B", 10)
        assert view.timestamp == datetime(2026, 8, 16, 23, 37, 3, 745044, UTC)

    def test_a_frame_without_a_time_gives_none(self, views):
        assert views(Decimal).timestamp is None

    @pytest.mark.parametrize("number", [Decimal, float])
    def test_the_top_of_the_book(self, views, number):
        view = views(number)
        assert view.best_bid == Level(number("9.0"), number("1.50"))
        assert view.best_ask == Level(number("10.0"), number("0.50"))
        assert (view.mid, view.spread) == (number("9.5"), number("1.0"))
        assert {type(view.mid), type(view.spread), type(view.best_bid.qty)} == {number}

    def test_the_exact_digits_of_the_wire(self, view):
        assert str(view.best_bid.qty) == "1.50"
        assert str(view.bids[1].qty) == "2.00"

    @pytest.mark.parametrize(("bids", "asks"), [("", ASKS), (BIDS, ""), ("", "")])
    def test_an_empty_side_has_no_best_no_mid_and_no_spread(self, views, bids, asks):
        view = views(Decimal, bids, asks)
        assert (view.best_bid is None, view.best_ask is None) == (not bids, not asks)
        assert (view.mid, view.spread) == (None, None)
        assert (len(view.bids), len(view.asks)) == (len(bids.split()) // 2, len(asks.split()) // 2)

    def test_a_side_is_a_sequence_best_level_first(self, view):
        prices = [Decimal("9.0"), Decimal("8.5"), Decimal("8.0")]
        bids = view.bids
        assert len(bids) == 3
        assert [level.price for level in bids] == prices
        assert [level.price for level in reversed(bids)] == prices[::-1]
        assert bids[-1] == bids[2] == Level(Decimal("8.0"), Decimal("3.25"))
        assert bids[1:] == (bids[1], bids[2])
        assert bids[::2] == (bids[0], bids[2])
        assert bids[5:] == ()
        assert bids[0] in bids
        assert bids.index(bids[2]) == 2
        assert Level(Decimal("7.0"), Decimal("1.0")) not in bids
        with pytest.raises(IndexError):
            bids[3]

    def test_sides_compare_by_their_levels(self, views, view):
        assert view.bids == views(Decimal).bids
        assert hash(view.bids) == hash(views(Decimal).bids)
        assert view.bids == list(view.bids)
        assert view.bids != view.asks
        assert view.bids != "levels"
        assert view.bids != 3
        assert repr(view.asks[:1]) == repr((view.asks[0],))
        assert repr(view.asks) == repr(tuple(view.asks))

    def test_views_compare_by_what_they_say(self, views, frame, crc):
        one, same = views(Decimal), views(Decimal)
        assert one == same
        assert not one != same  # noqa: SIM202 - the other operator is asked on purpose
        assert hash(one) == hash(same)
        assert one != views(Decimal, bids="9.0 1.51 8.5 2.00 8.0 3.25")
        assert one != views(Decimal, asks="")
        assert one != views(Decimal, checksum=crc(ASKS, BIDS))
        assert one != views(Decimal, timestamp="2026-08-16T23:37:03Z")
        assert one != Book("A/B", 25).apply(frame("snapshot", BIDS, ASKS))
        assert one != Book("A/C", 10).apply(frame("snapshot", BIDS, ASKS))
        assert one != "book"

    def test_the_text_shows_the_top_and_whether_it_was_verified(self, view, views):
        assert repr(view) == (
            "OrderBook('A/B', depth=10, bid=1.50 @ 9.0, ask=0.50 @ 10.0, verified=False)"
        )
        assert repr(views(Decimal, "", "")) == (
            "OrderBook('A/B', depth=10, bid=None, ask=None, verified=False)"
        )

    @pytest.mark.parametrize("number", [Decimal, float])
    def test_a_view_can_be_sent_to_another_process(self, views, number):
        view = views(number)
        there = pickle.loads(pickle.dumps(view))  # noqa: S301 - our own bytes
        assert there == view
        assert there.best_bid == view.best_bid


class TestFrames:
    @pytest.mark.parametrize("number", [Decimal, float])
    def test_a_frame_has_a_row_for_each_level(self, views, number):
        polars = pytest.importorskip("polars", reason="to_frame needs the extra frames")
        table = views(number).to_frame()
        assert table.columns == ["side", "level", "price", "qty"]
        assert table.rows() == [
            ("bid", 0, number("9.0"), number("1.50")),
            ("bid", 1, number("8.5"), number("2.00")),
            ("bid", 2, number("8.0"), number("3.25")),
            ("ask", 0, number("10.0"), number("0.50")),
            ("ask", 1, number("10.5"), number("1.00")),
        ]
        assert table.schema["price"].is_decimal() == (number is Decimal)
        assert table.schema["level"] == polars.Int64

    def test_no_digit_is_lost_however_late_it_comes(self, frame):
        pytest.importorskip("polars", reason="to_frame needs the extra frames")
        book = Book("A/B", 1000)
        book.apply(frame("snapshot", " ".join(f"{900 - rank} 1" for rank in range(400))))
        view = book.apply(frame("update", "1.5 0.12345678"))
        assert view.to_frame().rows()[-1] == ("bid", 400, Decimal("1.5"), Decimal("0.12345678"))

    def test_an_empty_book_is_an_empty_frame_of_the_same_columns(self, views):
        polars = pytest.importorskip("polars", reason="to_frame needs the extra frames")
        table = views(Decimal, "", "").to_frame()
        assert table.shape == (0, 4)
        assert table.schema["side"] == polars.String

    def test_without_polars_the_error_names_the_extra(self, view, monkeypatch):
        monkeypatch.setitem(sys.modules, "polars", None)
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'rxkraken\[frames\]'"):
            view.to_frame()


class TestNothingChangesThem:
    def test_fields_cannot_be_set(self, view):
        with pytest.raises(AttributeError):
            view.checksum = 7
        with pytest.raises(AttributeError):
            view.best_bid.qty = Decimal(0)
        with pytest.raises(TypeError):
            view.bids[0] = view.bids[1]

    def test_a_view_that_is_not_the_last_stays_when_only_one_side_moved_since(self, frame):
        book = Book("A/B", 10)
        kept = book.apply(frame("snapshot", BIDS, ASKS))
        before = frozen(kept)
        book.apply(frame("update", bids="9.0 7.00"))
        book.apply(frame("update", asks="10.0 7.00"))
        assert frozen(kept) == before

    @pytest.mark.parametrize(
        "keep",
        [
            copy.copy,
            copy.deepcopy,
            lambda view: view.bids,
            lambda view: iter(view.bids),
            lambda view: reversed(view.bids),
            lambda view: msgspec.structs.replace(view, checksum=7),
        ],
    )
    def test_whatever_of_a_view_is_kept_stays(self, frame, keep):
        book = Book("A/B", 10)
        kept = keep(book.apply(frame("snapshot", BIDS, ASKS)))
        for qty in range(5):
            book.apply(frame("update", f"9.0 {qty}.00 8.7 {qty + 1}.00", f"10.0 {qty}.00"))
        said = kept.bids if isinstance(kept, OrderBook) else kept
        prices = {Decimal("9.0"): "1.50", Decimal("8.5"): "2.00", Decimal("8.0"): "3.25"}
        assert {level.price: str(level.qty) for level in said} == prices

    def test_a_view_asked_for_again_protects_as_much_as_the_emitted_one(self, frame):
        book = Book("A/B", 10)
        emitted = book.apply(frame("snapshot", BIDS, ASKS))
        again = book.view()
        assert again == emitted
        before = frozen(emitted)
        del again
        book.apply(frame("update", "9.0 7.00", "10.0 7.00"))
        assert frozen(emitted) == before
        asked = book.view()
        before = frozen(asked)
        book.apply(frame("update", "9.0 8.00", "10.0 8.00"))
        assert frozen(asked) == before

    def test_errors_resets_and_wider_precision_leave_kept_views_alone(self, frame):
        book = Book("A/B", 10)
        kept = book.apply(frame("snapshot", BIDS, ASKS))
        before = frozen(kept)
        book.apply(frame("update", "9.125 1.0"))
        book.set_precision(Precision(5, 8))
        with pytest.raises(ChecksumMismatch):
            book.apply(frame("update", "8.0 0 9.0 0", checksum=1))
        book.apply(frame("snapshot", "1.0 1.0", "2.0 1.0"))
        assert frozen(kept) == before

    def test_a_view_costs_a_copy_of_the_side_that_moves_and_only_while_it_is_kept(self, frame, crc):
        book = Book("A/B", 10)
        bid, ask = "9.0 1.50", "10.0 0.50"
        view = book.apply(frame("snapshot", bid, ask, crc(ask, bid)))
        bids, asks = id(view.bid_texts), id(view.ask_texts)
        del view
        bid, ask = "9.0 2.00", "10.0 2.00"
        view = book.apply(frame("update", bid, ask, crc(ask, bid)))
        assert (id(view.bid_texts), id(view.ask_texts)) == (bids, asks)
        bid = "9.0 3.00"
        following = book.apply(frame("update", bid, checksum=crc(ask, bid)))
        assert following.bid_texts is not view.bid_texts
        assert following.ask_texts is view.ask_texts

    @pytest.mark.parametrize("seed", range(12))
    def test_any_mix_of_kept_and_dropped_views_stays_as_it_was(self, frame, seed):
        chance = random.Random(seed)
        book = Book("A/B", 10)
        book.apply(frame("snapshot"))
        kept = []
        for _ in range(150):
            bids = f"{chance.randint(1, 15)} {chance.randint(0, 3)}"
            asks = f"{chance.randint(16, 30)} {chance.randint(0, 3)}"
            one, other = chance.choice([(bids, ""), ("", asks), (bids, asks)])
            view = book.apply(frame("update", one, other))
            said = frozen(view)
            match chance.randrange(7):
                case 0:
                    kept.append((lambda view=view: frozen(view), said))
                case 1:
                    kept.append((lambda side=view.bids: _texts(side), said[0]))
                case 2:
                    kept.append((lambda side=view.asks: _texts(side), said[1]))
                case 3:
                    view = book.view()
                    kept.append((lambda view=view: frozen(view), said))
                case 4:
                    book.view()
            del view
            if kept and chance.random() < 0.2:
                kept.pop(chance.randrange(len(kept)))
            assert all(read() == expected for read, expected in kept)
        assert kept

    def test_kept_sides_of_many_views_are_each_their_own(self, frame):
        book = Book("A/B", 10)
        book.apply(frame("snapshot", BIDS, ASKS))
        sides = [book.apply(frame("update", bids=f"9.0 {qty}.00")).bids for qty in range(1, 20)]
        assert [side[0].qty for side in sides] == list(range(1, 20))
        assert all(one is not two for one, two in itertools.pairwise(sides))


def _texts(side):
    return tuple(map(attrs.astuple, side))
