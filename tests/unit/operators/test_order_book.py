"""Books that verify and heal themselves, in virtual time: one tick is one second.

Longer than most: one desk of a channel, a clock and listeners serves every case.
"""

import threading
import zlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import reactivex
from reactivex import Observable, testing
from reactivex.disposable import Disposable

from rxkraken import ReconnectPolicy
from rxkraken.core.order_book import Precision
from rxkraken.errors import (
    BookError,
    ChecksumMismatch,
    ConfigurationError,
    CrossedBook,
    SnapshotMissing,
)
from rxkraken.models import BookSnapshot, BookUpdate, Gap, Level, OrderBook, Resynced, Topic
from rxkraken.operators import order_book
from rxkraken.wire import v2

TOPIC = Topic("book", "BTC/USD", (("depth", 10),))
PACE = ReconnectPolicy(immediate=(1.0, 2.0), minimum=10.0, maximum=10.0, maximum_attempts=4)
BIDS = {"100.1": "1.5000", "100.0": "2.0000"}
ASKS = {"100.3": "0.7500", "100.4": "3.0000"}


def crc(bids, asks):
    """Give the checksum of a whole book, the slow way of the specification."""
    text = ""
    for side, sign in ((asks, 1), (bids, -1)):
        for price in sorted(side, key=lambda price: sign * Decimal(price))[:10]:
            for number in (price, side[price]):
                text += number.replace(".", "").lstrip("0")
    return zlib.crc32(text.encode())


def levels(side):
    return tuple(Level(Decimal(price), Decimal(qty)) for price, qty in side.items())


def snapshot(bids=BIDS, asks=ASKS, *, symbol="BTC/USD"):
    return BookSnapshot(symbol, levels(bids), levels(asks), crc(bids, asks))


def update(bids=None, asks=None, *, checksum=None):
    return BookUpdate("BTC/USD", levels(bids or {}), levels(asks or {}), checksum)


GOOD = update({"100.1": "9.0000"}, checksum=crc(BIDS | {"100.1": "9.0000"}, ASKS))
WRONG = update({"100.1": "9.0000"}, checksum=1)
CROSSED = update({"100.3": "1.0000"})
UNREADABLE = v2.BookMessage([v2.BookData("BTC/USD", [v2.BookLevel("many", "1.0")], [])], "update")


class Channel(Observable):
    """A hot channel: notes when it is subscribed and left, and sends what the test says."""

    def __init__(self, clock):
        super().__init__(self._enter)
        self.clock = clock
        self.observers = []
        self.entered = []
        self.left = []

    def _enter(self, observer, scheduler=None):
        self.entered.append(self.clock.clock)
        self.observers.append(observer)

        def leave():
            if observer in self.observers:
                self.observers.remove(observer)
                self.left.append(self.clock.clock)

        return Disposable(leave)

    def send(self, *frames):
        for frame in frames:
            for observer in self.observers.copy():
                observer.on_next(frame)


class Desk:
    """A channel, the books made of it, and everything that is said about them."""

    def __init__(self, depth=10, resync=PACE, **settings):
        self.clock = testing.TestScheduler()
        self.channel = Channel(self.clock)
        self.books, self.said, self.errors, self.ends = [], [], [], []
        books = self.channel.pipe(
            order_book("BTC/USD", depth, resync=resync, report=self.said.append, **settings)
        )
        self.subscription = books.subscribe(
            self.books.append,
            self.errors.append,
            lambda: self.ends.append("end"),
            scheduler=self.clock,
        )

    def send(self, *frames):
        self.channel.send(*frames)

    def pass_time(self, seconds):
        self.clock.advance_by(seconds)

    @property
    def waiting(self):
        return [item for item, _ in self.clock._queue.items if not item.is_cancelled()]


class TestWhileAllIsWell:
    def test_a_snapshot_gives_a_verified_book(self):
        desk = Desk()
        desk.send(snapshot())
        (book,) = desk.books
        assert isinstance(book, OrderBook)
        assert (book.symbol, book.depth, book.verified) == ("BTC/USD", 10, True)
        assert book.checksum == crc(BIDS, ASKS)
        assert tuple(book.bids) == levels(BIDS)
        assert tuple(book.asks) == levels(ASKS)
        assert desk.said == []

    def test_each_update_gives_the_book_after_it(self):
        desk = Desk()
        desk.send(snapshot(), GOOD)
        assert [book.best_bid.qty for book in desk.books] == [Decimal("1.5000"), Decimal("9.0000")]
        assert all(book.verified for book in desk.books)

    def test_a_frame_without_a_checksum_is_emitted_as_unverified(self):
        desk = Desk()
        desk.send(snapshot(), update({"100.1": "9.0000"}))
        assert [book.verified for book in desk.books] == [True, False]
        assert desk.books[1].checksum is None
        assert desk.said == []

    def test_a_second_snapshot_replaces_everything(self):
        desk = Desk()
        bids, asks = {"50.0": "1.0000"}, {"51.0": "1.0000"}
        desk.send(snapshot(), snapshot(bids, asks))
        assert tuple(desk.books[-1].bids) == levels(bids)
        assert desk.said == []

    def test_levels_beyond_the_depth_are_cut_off(self):
        desk = Desk()
        bids = {f"{100 - index}.0": "1.0000" for index in range(10)}
        better = {"100.5": "1.0000"}
        nine_best = dict(list(bids.items())[:9])
        desk.send(snapshot(bids, {"101.0": "1.0000"}))
        desk.send(update(better, checksum=crc(better | nine_best, {"101.0": "1.0000"})))
        assert [len(book.bids) for book in desk.books] == [10, 10]
        assert desk.books[-1].bids[-1].price == Decimal("92.0")

    def test_an_unknown_level_that_is_removed_does_no_harm(self):
        desk = Desk()
        desk.send(snapshot(), update({"42.0": "0.0000"}, checksum=crc(BIDS, ASKS)))
        assert [book.verified for book in desk.books] == [True, True]

    def test_frames_of_the_wire_work_as_public_values_do(self):
        desk = Desk()
        decode = v2.decoder()
        bids = ",".join(f'{{"price":{p},"qty":{q}}}' for p, q in BIDS.items())
        asks = ",".join(f'{{"price":{p},"qty":{q}}}' for p, q in ASKS.items())
        frame = (
            f'{{"channel":"book","type":"snapshot","data":[{{"symbol":"BTC/USD","bids":[{bids}],'
            f'"asks":[{asks}],"checksum":{crc(BIDS, ASKS)},'
            f'"timestamp":"2026-01-05T12:00:00.123456Z"}}]}}'
        )
        desk.send(decode(frame.encode()), GOOD)
        assert [book.verified for book in desk.books] == [True, True]
        assert desk.books[0].timestamp == datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)

    def test_numbers_are_of_the_chosen_type(self):
        desk = Desk(number=float)
        desk.send(snapshot())
        assert type(desk.books[0].best_bid.price) is float
        assert desk.books[0].spread == pytest.approx(0.2)

    def test_a_known_precision_repairs_values_that_lost_their_zeros(self):
        desk = Desk(precision=lambda symbol: Precision(1, 4) if symbol == "BTC/USD" else None)
        bids = tuple(Level(Decimal(price), Decimal(qty).normalize()) for price, qty in BIDS.items())
        desk.send(BookSnapshot("BTC/USD", bids, levels(ASKS), crc(BIDS, ASKS)))
        assert [book.verified for book in desk.books] == [True]

    def test_an_error_of_the_channel_passes(self):
        desk = Desk()
        error = OSError("down")
        desk.send(snapshot())
        desk.channel.observers[0].on_error(error)
        assert desk.errors == [error]
        assert desk.channel.observers == []

    def test_the_end_of_the_channel_passes(self):
        desk = Desk()
        desk.send(snapshot())
        desk.channel.observers[0].on_completed()
        assert (desk.ends, desk.errors) == (["end"], [])

    def test_a_disposal_leaves_the_channel(self):
        desk = Desk()
        desk.send(snapshot())
        desk.subscription.dispose()
        assert desk.channel.observers == []
        assert desk.waiting == []

    def test_two_subscriptions_keep_two_books(self):
        clock = testing.TestScheduler()
        channel = Channel(clock)
        books = channel.pipe(order_book("BTC/USD", scheduler=clock))
        first, second = [], []
        books.subscribe(first.append)
        channel.send(snapshot())
        books.subscribe(second.append)
        channel.send(GOOD)
        assert (len(first), len(second)) == (2, 0)
        channel.send(snapshot())
        assert (len(first), len(second)) == (3, 1)


class TestHealing:
    @pytest.mark.parametrize(
        ("frame", "cause"),
        [
            (WRONG, "checksum"),
            (CROSSED, "not below"),
            (UNREADABLE, "cannot be read"),
        ],
    )
    def test_a_frame_that_is_wrong_is_withheld_and_said(self, frame, cause):
        desk = Desk()
        desk.send(snapshot(), frame)
        assert len(desk.books) == 1
        (gap,) = desk.said
        assert (gap.topic, gap.attempt, gap.retry_in) == (TOPIC, 1, 1.0)
        assert cause in gap.cause
        assert "BTC/USD" in gap.cause
        assert desk.errors == []

    def test_the_channel_is_left_at_once_and_entered_again_after_the_delay(self):
        desk = Desk()
        desk.pass_time(10)
        desk.send(snapshot(), WRONG)
        assert desk.channel.left == [10]
        desk.pass_time(0.999)
        assert desk.channel.entered == [0]
        desk.pass_time(0.002)
        assert desk.channel.entered == [0, 11]

    def test_a_fresh_snapshot_heals_and_says_so_before_the_book_comes(self):
        desk = Desk()
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        assert [type(event) for event in desk.said] == [Gap]
        desk.send(snapshot())
        assert desk.said[1:] == [Resynced(TOPIC, 1)]
        assert [book.verified for book in desk.books] == [True, True]
        desk.send(GOOD)
        assert len(desk.books) == 3
        assert len(desk.said) == 2

    def test_updates_that_come_before_the_fresh_snapshot_are_passed_over(self):
        desk = Desk()
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        desk.send(GOOD, GOOD)
        assert len(desk.books) == 1
        desk.send(snapshot())
        assert len(desk.books) == 2

    def test_a_fresh_snapshot_that_is_wrong_too_takes_the_next_delay(self):
        desk = Desk()
        bad_snapshot = BookSnapshot("BTC/USD", levels(BIDS), levels(ASKS), checksum=1)
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        desk.send(bad_snapshot)
        desk.pass_time(2)
        desk.send(bad_snapshot)
        assert [(gap.attempt, gap.retry_in) for gap in desk.said] == [(1, 1.0), (2, 2.0), (3, 10.0)]
        assert desk.channel.entered == [0, 1, 3]
        assert len(desk.books) == 1

    def test_resynced_counts_the_attempts_it_took(self):
        desk = Desk()
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        desk.send(CROSSED)  # an update before the snapshot counts for nothing
        desk.send(BookSnapshot("BTC/USD", levels(BIDS), levels(ASKS), checksum=1))
        desk.pass_time(2)
        desk.send(snapshot())
        assert desk.said[-1] == Resynced(TOPIC, 2)

    def test_the_budget_that_is_spent_ends_the_stream_with_the_cause(self):
        desk = Desk()
        for _ in range(4):
            desk.send(snapshot(), WRONG)
            desk.pass_time(20)
        (error,) = desk.errors
        assert isinstance(error, ChecksumMismatch)
        assert error.symbol == "BTC/USD"
        gaps = [event for event in desk.said if isinstance(event, Gap)]
        assert [(gap.attempt, gap.retry_in) for gap in gaps] == [
            (1, 1.0),
            (2, 2.0),
            (3, 2.0),  # each gap had healed: not yet the time to wait long
            (4, None),
        ]
        assert desk.channel.observers == []
        assert desk.waiting == []

    def test_a_crossed_book_ends_the_stream_with_its_own_error(self):
        desk = Desk(resync=ReconnectPolicy(maximum_attempts=1))
        desk.send(snapshot(), CROSSED)
        assert [type(error) for error in desk.errors] == [CrossedBook]
        assert desk.said[-1].retry_in is None

    def test_a_stable_spell_gives_the_whole_budget_back(self):
        desk = Desk()
        for _ in range(8):
            desk.send(snapshot(), WRONG)
            desk.pass_time(1)
            desk.send(snapshot())
            desk.pass_time(30)
        gaps = [event for event in desk.said if isinstance(event, Gap)]
        assert [gap.attempt for gap in gaps] == [1] * 8
        assert desk.errors == []

    def test_a_disposal_while_it_heals_cancels_the_coming_attempt(self):
        desk = Desk()
        desk.send(snapshot(), WRONG)
        assert len(desk.waiting) == 1
        desk.subscription.dispose()
        assert desk.waiting == []
        desk.pass_time(60)
        assert desk.channel.entered == [0]

    def test_a_disposal_by_the_one_who_hears_of_the_gap_holds(self):
        clock = testing.TestScheduler()
        channel = Channel(clock)
        subscriptions = []
        books = channel.pipe(
            order_book(
                "BTC/USD",
                resync=PACE,
                report=lambda _: subscriptions[0].dispose(),
                scheduler=clock,
            )
        )
        subscriptions.append(books.subscribe())
        channel.send(snapshot(), WRONG)
        clock.advance_to(60)
        assert channel.entered == [0]
        assert channel.observers == []

    def test_an_error_of_the_channel_while_it_heals_passes(self):
        desk = Desk()
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        error = OSError("down")
        desk.channel.observers[0].on_error(error)
        assert desk.errors == [error]
        assert desk.waiting == []

    def test_the_end_of_the_channel_while_it_heals_passes(self):
        desk = Desk()
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        desk.channel.observers[0].on_completed()
        assert desk.ends == ["end"]

    def test_emitted_books_stay_as_they_were_while_the_book_heals(self):
        desk = Desk()
        desk.send(snapshot(), GOOD)
        kept = [tuple(book.bids) for book in desk.books]
        desk.send(WRONG)
        desk.pass_time(1)
        desk.send(snapshot({"50.0": "1.0000"}, {"51.0": "1.0000"}))
        assert [tuple(book.bids) for book in desk.books[:2]] == kept

    def test_a_public_value_that_cannot_be_read_is_a_gap(self):
        desk = Desk()
        unreadable = BookUpdate("BTC/USD", (Level(Decimal("NaN"), Decimal(1)),), ())
        desk.send(snapshot(), unreadable)
        assert [type(event) for event in desk.said] == [Gap]
        assert "cannot be read" in desk.said[0].cause

    def test_a_source_that_speaks_while_it_is_entered_is_left_all_the_same(self):
        clock = testing.TestScheduler()
        entered, seen, said = [], [], []

        def speak(observer, scheduler=None):
            entered.append(clock.clock)
            observer.on_next(snapshot())
            if len(entered) == 1:
                observer.on_next(WRONG)
                observer.on_next(snapshot())

        books = Observable(speak).pipe(
            order_book("BTC/USD", resync=PACE, report=said.append, scheduler=clock)
        )
        books.subscribe(lambda _: seen.append(clock.clock))
        clock.advance_to(10)
        assert entered == seen == [0, 1]
        assert [type(event) for event in said] == [Gap, Resynced]


class TestWithoutASnapshot:
    def test_an_update_before_the_snapshot_is_passed_over(self):
        desk = Desk()
        desk.send(GOOD)
        assert (desk.books, desk.said, desk.errors) == ([], [], [])
        desk.send(snapshot())
        assert len(desk.books) == 1
        assert desk.said == []

    def test_a_snapshot_that_stays_away_is_a_gap(self):
        desk = Desk(snapshot_within=5.0)
        desk.send(GOOD)
        desk.pass_time(4.9)
        desk.send(GOOD)
        assert desk.said == []
        desk.pass_time(0.2)
        desk.send(GOOD)
        (gap,) = desk.said
        assert "snapshot" in gap.cause
        assert gap.retry_in == 1.0
        desk.pass_time(1)
        assert len(desk.channel.entered) == 2

    def test_a_snapshot_that_never_comes_ends_the_stream(self):
        desk = Desk(resync=ReconnectPolicy(immediate=(1.0,), maximum_attempts=2))
        for _ in range(40):
            desk.send(GOOD)
            desk.pass_time(1)
        (error,) = desk.errors
        assert isinstance(error, SnapshotMissing)
        assert isinstance(error, BookError)
        assert error.symbol == "BTC/USD"
        assert [event.retry_in for event in desk.said] == [1.0, None]

    def test_the_waiting_begins_anew_with_each_attempt(self):
        desk = Desk(snapshot_within=5.0)
        desk.send(snapshot(), WRONG)
        desk.pass_time(1)
        desk.pass_time(60)
        desk.send(GOOD)
        desk.pass_time(4)
        desk.send(GOOD, snapshot())
        assert [type(event) for event in desk.said] == [Gap, Resynced]


class TestArguments:
    @pytest.mark.parametrize("depth", [0, 1, 9, 11, 5000, -10, "10", None, True])
    def test_a_depth_the_exchange_does_not_offer_is_refused_in_a_sentence(self, depth):
        with pytest.raises(ConfigurationError) as refusal:
            order_book("BTC/USD", depth)
        assert "depth must be one of (10, 25, 100, 500, 1000)" in str(refusal.value)
        assert repr(depth) in str(refusal.value)

    @pytest.mark.parametrize("depth", [10, 25, 100, 500, 1000])
    def test_every_depth_of_the_exchange_works(self, depth):
        desk = Desk(depth=depth)
        desk.send(snapshot())
        assert desk.books[0].depth == depth

    def test_outside_any_loop_no_thread_is_used(self):
        threads = []
        books = reactivex.just(snapshot()).pipe(order_book("BTC/USD"))
        books.subscribe(lambda _: threads.append(threading.current_thread()))
        assert threads == [threading.current_thread()]

    def test_nothing_happens_before_the_subscription(self):
        clock = testing.TestScheduler()
        channel = Channel(clock)
        channel.pipe(order_book("BTC/USD", scheduler=clock))
        assert channel.entered == []
