"""How a book is kept: the rules of the guide, thin books, precision, errors and recovery."""

from decimal import Decimal

import pytest

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import BookError, ChecksumMismatch, CrossedBook
from rxkraken.models import Level
from rxkraken.wire import v2

TEN_BIDS = " ".join(f"{90 - rank}.0 1.0" for rank in range(10))
TEN_ASKS = " ".join(f"{100 + rank}.0 1.0" for rank in range(10))

SPELLINGS = [
    str,
    "{:E}".format,
    "{:e}".format,
    lambda number: f"{number.normalize():e}",
    lambda number: f"{number.normalize():E}",
    lambda number: f"{number.normalize():f}",
    lambda number: repr(float(number)),
]


def prices(side):
    return [int(level.price) for level in side]


@pytest.fixture
def full(frame):
    """A book of ten levels a side: bids 90 to 81, asks 100 to 109."""
    book = Book("A/B", 10)
    book.apply(frame("snapshot", TEN_BIDS, TEN_ASKS))
    return book


class TestUpdates:
    def test_an_update_before_any_snapshot_gives_nothing(self, frame):
        book = Book("A/B", 10)
        assert book.apply(frame("update", "90.0 1.0", checksum=1)) is None
        assert not book.valid
        assert book.view() is None

    def test_a_quantity_is_the_new_total_and_not_a_change(self, full, frame):
        view = full.apply(frame("update", "90.0 0.3", "100.0 7.0"))
        assert (view.best_bid.qty, view.best_ask.qty) == (Decimal("0.3"), Decimal("7.0"))

    @pytest.mark.parametrize("zero", ["0.0", "0.00000000", "0", "0e-08", 0])
    def test_quantity_zero_removes_a_level_however_it_is_written(self, full, frame, zero):
        message = frame("update", bids="90.0 1.0")
        message.data[0].bids[:] = [v2.BookLevel("90.0", zero)]
        assert prices(full.apply(message).bids) == list(range(89, 80, -1))

    def test_removing_an_unknown_level_changes_nothing(self, full, frame):
        before = full.apply(frame("update"))
        after = full.apply(frame("update", "95.0 0.0 1.0 0.0", "99.0 0.0 500.0 0.0"))
        assert after == before

    def test_changes_of_one_price_are_applied_in_their_order(self, full, frame):
        view = full.apply(frame("update", "90.0 0.0 90.0 4.0 90.0 5.0", "100.0 9.0 100.0 0.0"))
        assert view.best_bid.qty == Decimal("5.0")
        assert prices(view.asks) == list(range(101, 110))

    def test_the_order_of_prices_in_an_update_does_not_matter(self, frame):
        views = []
        for asks in ("105.5 1.0 99.0 2.0 109.0 0.0", "109.0 0.0 99.0 2.0 105.5 1.0"):
            book = Book("A/B", 10)
            book.apply(frame("snapshot", TEN_BIDS, TEN_ASKS))
            views.append(book.apply(frame("update", asks=asks)))
        assert views[0] == views[1]

    def test_levels_beyond_the_depth_fall_out_after_the_whole_message(self, full, frame):
        view = full.apply(frame("update", "91.0 1.0 90.0 0.0", "99.0 1.0 98.0 1.0 100.0 0.0"))
        assert prices(view.bids) == [91, *range(89, 80, -1)]
        assert prices(view.asks) == [98, 99, *range(101, 109)]

    def test_a_level_that_fell_out_is_gone_until_it_is_sent_again(self, full, frame):
        assert prices(full.apply(frame("update", asks="99.0 1.0")).asks)[-1] == 108
        assert prices(full.apply(frame("update", asks="99.0 0.0")).asks) == list(range(100, 109))
        view = full.apply(frame("update", asks="109.0 2.0"))
        assert prices(view.asks) == list(range(100, 110))
        assert view.asks[-1].qty == Decimal("2.0")

    def test_a_snapshot_replaces_and_never_merges(self, full, frame):
        view = full.apply(frame("snapshot", "50.0 1.0", "60.0 1.0"))
        assert (prices(view.bids), prices(view.asks)) == ([50], [60])

    def test_a_snapshot_deeper_than_subscribed_is_cut(self, frame):
        deep = " ".join(f"{100 + rank}.0 1.0" for rank in range(25))
        assert prices(Book("A/B", 10).apply(frame("snapshot", asks=deep)).asks) == [
            *range(100, 110)
        ]


class TestChecksums:
    def test_a_missing_checksum_leaves_the_view_unverified(self, full, frame):
        view = full.apply(frame("update", "90.0 2.0"))
        assert not view.verified
        assert view.checksum is None
        assert full.valid

    def test_a_changed_checksum_is_an_error_that_names_book_and_values(self, full, frame, crc):
        right = crc(TEN_ASKS, TEN_BIDS)
        with pytest.raises(ChecksumMismatch, match=rf"A/B.*{right}.*{right + 1}") as raised:
            full.apply(frame("update", checksum=right + 1))
        assert raised.value.symbol == "A/B"
        assert not full.valid
        assert full.view() is None

    def test_a_checksum_of_zero_is_a_checksum(self, full, frame):
        with pytest.raises(ChecksumMismatch):
            full.apply(frame("update", checksum=0))
        assert Book("A/B", 10).apply(frame("snapshot", checksum=0)).verified

    def test_thin_books_are_checked_over_what_is_there(self, frame, crc):
        book = Book("A/B", 10, precision=Precision(1, 2))
        steps = [
            ("snapshot", "", "", "", ""),
            ("update", "9.0 1.00", "", "9.0 1.00", ""),
            ("update", "", "11.0 2.50", "9.0 1.00", "11.0 2.50"),
            ("update", "9.0 0.00", "", "", "11.0 2.50"),
            ("update", "", "11.0 0.00", "", ""),
        ]
        for kind, bids, asks, all_bids, all_asks in steps:
            view = book.apply(frame(kind, bids, asks, crc(all_asks, all_bids)))
            assert view.verified
        assert (view.best_bid, view.best_ask, view.mid, view.spread) == (None,) * 4

    def test_only_the_first_ten_levels_count_at_greater_depths(self, frame, crc):
        bids = " ".join(f"{90 - rank}.0 1.0" for rank in range(25))
        asks = " ".join(f"{100 + rank}.0 1.0" for rank in range(25))
        book = Book("A/B", 25)
        assert book.apply(frame("snapshot", bids, asks, crc(TEN_ASKS, TEN_BIDS))).verified
        view = book.apply(frame("update", "70.0 9.0", "115.0 0.0", crc(TEN_ASKS, TEN_BIDS)))
        assert view.verified
        assert (len(view.bids), len(view.asks)) == (25, 24)
        up = TEN_ASKS.split(maxsplit=2)[2] + " 110.0 1.0"
        assert book.apply(frame("update", asks="100.0 0.0", checksum=crc(up, TEN_BIDS))).verified


class TestNumbers:
    @pytest.mark.parametrize("number", [Decimal, float])
    def test_tiny_prices_and_huge_quantities_keep_apart_and_keep_their_digits(
        self, frame, crc, number
    ):
        bids = "0.000000010002 1000000000.00000001 0.000000010001 1000000000.00000002"
        asks = "0.000000010003 999999999.99999999 0.000000010004 0.00000001"
        book = Book("A/B", 10, number=number, precision=Precision(12, 8))
        view = book.apply(frame("snapshot", bids, asks, crc(asks, bids)))
        assert view.verified
        assert [level.price for level in view.bids] == [
            number("0.000000010002"),
            number("0.000000010001"),
        ]
        assert view.best_bid.qty == number("1000000000.00000001")

    @pytest.mark.parametrize(
        ("precision", "price", "qty"),
        [
            (Precision(1, 8), "15000.0", "0.00005100"),
            (Precision(3, 5), "15000.000", "0.00005"),
            (Precision(4, 3), "0.0012", "15000.000"),
            (Precision(5, 4), "0.00005", "1500000.0000"),
            (Precision(8, 8), "0.00000001", "100000000.00000000"),
            (Precision(2, 3), "150.51", "12.000"),
        ],
    )
    def test_however_a_number_is_written_it_counts_as_the_exchange_writes_it(
        self, frame, crc, precision, price, qty
    ):
        """Exponents and lost zeros, after a level in the full width has shown what that is."""
        seen = f"{7:.{precision.price}f}"
        checksum = crc("", f"{price} {qty}")
        for write in SPELLINGS:
            for known in (precision, None):
                book = Book("A/B", 10, precision=known)
                book.apply(frame("snapshot", f"{seen} {3:.{precision.qty}f}"))
                spelt = f"{seen} 0 {write(Decimal(price))} {write(Decimal(qty))}"
                view = book.apply(frame("update", spelt, checksum=checksum))
                assert view.verified, spelt
                assert view.bids == [Level(Decimal(price), Decimal(qty))]

    def test_integers_of_the_wire_are_numbers(self, frame, crc):
        book = Book("A/B", 10, precision=Precision(1, 2))
        message = v2.decoder()(
            b'{"channel":"book","type":"snapshot","data":[{"symbol":"A/B","bids":[{"price":5,'
            b'"qty":20}],"asks":[{"price":6.5,"qty":1}],"checksum":%d}]}'
            % crc("6.5 1.00", "5.0 20.00")
        )
        view = book.apply(message)
        assert view.verified
        assert view.best_bid.qty == 20


class TestPrecision:
    def test_a_width_learnt_late_counts_for_the_levels_already_held(self, frame, crc):
        book = Book("A/B", 10)
        book.apply(frame("snapshot", "9.0 1.0", "11.0 2.0", crc("11.0 2.0", "9.0 1.0")))
        wide = crc("11.00 2.000 12.25 1.125", "9.00 1.000")
        assert book.apply(frame("update", asks="12.25 1.125", checksum=wide)).verified
        back = crc("11.00 2.000", "9.00 1.000")
        assert book.apply(frame("update", asks="12.25 0", checksum=back)).verified

    def test_a_width_learnt_in_the_middle_of_a_message_counts_for_its_first_levels(
        self, frame, crc
    ):
        book = Book("A/B", 10)
        book.apply(frame("snapshot", "9.0 1.0", "11.0 2.0"))
        checksum = crc("10.500 3.00 11.000 4.00", "9.125 0.25 9.000 1.00")
        change = ("9.125 0.25", "11.0 4.0 10.5 3.0")
        assert book.apply(frame("update", *change, checksum)).verified

    def test_a_precision_that_is_told_later_is_taken_over(self, frame, crc):
        book = Book("A/B", 10)
        book.apply(frame("snapshot", "9.0 1.0", "11.0 2.0"))
        book.set_precision(Precision(3, 8))
        checksum = crc("11.000 2.00000000", "9.000 1.00000000")
        assert book.apply(frame("update", checksum=checksum)).verified
        view = book.apply(frame("update", "9.0 0", checksum=crc("11.000 2.00000000", "")))
        assert view.verified

    def test_a_precision_that_changes_and_changes_back_loses_nothing(self, frame, crc):
        book = Book("A/B", 10, precision=Precision(1, 2))
        narrow, wide = crc("11.0 2.00", "9.0 1.00"), crc("11.000 2.0000", "9.000 1.0000")
        assert book.apply(frame("snapshot", "9.0 1.00", "11.0 2.00", narrow)).verified
        book.set_precision(Precision(3, 4))
        assert book.apply(frame("update", checksum=wide)).verified
        book.set_precision(Precision(1, 2))
        assert book.apply(frame("update", checksum=narrow)).verified

    def test_a_known_precision_is_not_unlearnt_by_a_snapshot(self, frame, crc):
        book = Book("A/B", 10, precision=Precision(2, 4))
        for _ in range(2):
            checksum = crc("11.00 2.0000", "9.50 1.0000")
            assert book.apply(frame("snapshot", "9.5 1.0", "11 2", checksum)).verified

    def test_a_learnt_precision_begins_anew_with_a_snapshot(self, frame, crc):
        book = Book("A/B", 10)
        book.apply(frame("snapshot", "9.125 1.000"))
        narrow = crc("", "9.5 1.25 9.0 2.00")
        assert book.apply(frame("snapshot", "9.5 1.25 9 2", checksum=narrow)).verified


class TestErrors:
    @pytest.mark.parametrize("best", ["100.0 1.0", "101.5 1.0"])
    def test_a_crossed_or_locked_book_is_an_error_that_names_both_sides(self, full, frame, best):
        price = best.split()[0]
        with pytest.raises(CrossedBook, match=f"A/B: best bid {price} .* best ask 100.0"):
            full.apply(frame("update", bids=best))
        assert not full.valid

    def test_prices_that_differ_in_their_last_digit_are_not_crossed(self, frame):
        book = Book("A/B", 10, precision=Precision(12, 8))
        view = book.apply(frame("snapshot", "0.000000010001 1", "0.000000010002 1"))
        assert view.spread == Decimal("1E-12")

    @pytest.mark.parametrize(
        "wrong", ["dear", "", None, True, [], ["."], {}, "NaN", "inf", "1e999999999", "-"]
    )
    @pytest.mark.parametrize("kind", ["snapshot", "update"])
    @pytest.mark.parametrize("checksum", [None, 7], ids=["unchecked", "checked"])
    def test_a_level_that_cannot_be_read_invalidates_the_book(self, frame, wrong, kind, checksum):
        for level in (v2.BookLevel(wrong, "1.0"), v2.BookLevel("85.5", wrong)):
            for precision in (None, Precision(1, 1)):
                book = Book("A/B", 10, precision=precision)
                book.apply(frame("snapshot", TEN_BIDS, TEN_ASKS))
                message = frame(kind, "91.0 1.0", "99.0 1.0", checksum)
                message.data[0].bids.append(level)
                with pytest.raises(BookError, match="A/B: a level cannot be read") as raised:
                    book.apply(message)
                assert type(raised.value) is BookError
                assert not book.valid
                assert book.apply(frame("update", "92.0 1.0")) is None

    def test_a_new_snapshot_recovers_from_any_error(self, full, frame, crc):
        faults = [
            frame("update", "90.5 1.0", checksum=1),
            frame("update", bids="200.0 1.0"),
            frame("update", asks="dear 1.0"),
            frame("snapshot", "300.0 1.0", "200.0 1.0"),
            frame("snapshot", "dear 1.0"),
        ]
        right = crc(TEN_ASKS, TEN_BIDS)
        for fault in faults:
            with pytest.raises(BookError):
                full.apply(fault)
            assert full.apply(frame("update", "90.0 5.0")) is None
            view = full.apply(frame("snapshot", TEN_BIDS, TEN_ASKS, right))
            assert view.verified
            assert full.valid

    def test_an_interrupted_book_waits_for_a_snapshot(self, full, frame):
        full.invalidate()
        assert not full.valid
        assert full.view() is None
        assert full.apply(frame("update", "90.0 5.0")) is None
        assert full.apply(frame("snapshot", TEN_BIDS, TEN_ASKS)) is not None
