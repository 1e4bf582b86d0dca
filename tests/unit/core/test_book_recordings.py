"""Real sessions: every checksum agrees, and every deliberate fault is noticed."""

from decimal import Decimal

import pytest

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import ChecksumMismatch
from rxkraken.wire import v2

SESSIONS = [
    ("book_btcusd_d10_2023-07-30", 10, Precision(1, 8), 510),
    ("book_btcusd_d25_2026-10-08", 25, Precision(1, 8), 41),
    ("book_btcusd_d10_2026-10-09", 10, Precision(1, 8), 3),
    ("book_algousd_d10_2024-10-03", 10, Precision(5, 8), 2),
]
LONGEST, *_ = SESSIONS

sessions = pytest.mark.parametrize(
    ("name", "depth", "precision", "count"), SESSIONS, ids=[name for name, *_ in SESSIONS]
)


def messages(recorded, name):
    decoded = map(v2.decoder(), recorded(f"v2/sessions/{name}.jsonl"))
    return [message for message in decoded if isinstance(message, v2.BookMessage)]


def first_failure(book, frames):
    for index, message in enumerate(frames):
        try:
            book.apply(message)
        except ChecksumMismatch:
            return index
    return None


@sessions
def test_every_frame_of_a_session_agrees(recorded, name, depth, precision, count):
    for number in (Decimal, float):
        for known in (precision, None):
            book = Book("BTC/USD", depth, number=number, precision=known)
            views = [book.apply(message) for message in messages(recorded, name)]
            assert sum(view.verified for view in views) == len(views) == count


@sessions
def test_a_session_agrees_in_any_mix_of_learning_and_being_told(
    recorded, name, depth, precision, count
):
    for moment in range(0, count, max(1, count // 7)):
        book = Book("BTC/USD", depth)
        for index, message in enumerate(messages(recorded, name)):
            if index == moment:
                book.set_precision(precision)
            assert book.apply(message).verified


@sessions
def test_views_are_sorted_never_crossed_and_never_deeper_than_subscribed(
    recorded, name, depth, precision, count
):
    book = Book("BTC/USD", depth)
    for message in messages(recorded, name):
        view = book.apply(message)
        bids = [level.price for level in view.bids]
        asks = [level.price for level in view.asks]
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert len(bids) <= depth
        assert len(asks) <= depth
        assert bids[0] < asks[0]
        assert all(level.qty > 0 for level in (*view.bids, *view.asks))


def test_without_truncation_a_session_fails_from_its_61st_frame_on(recorded):
    name, _, precision, _ = LONGEST
    book = Book("BTC/USD", 1000, precision=precision)
    frames = messages(recorded, name)
    for message in frames[:60]:
        assert book.apply(message).verified
    with pytest.raises(ChecksumMismatch):
        book.apply(frames[60])


def test_a_dropped_update_is_noticed_by_the_next_frame_or_was_overwritten_by_it(recorded):
    name, depth, precision, count = LONGEST
    frames = messages(recorded, name)
    noticed = [
        first_failure(Book("BTC/USD", depth, precision=precision), frames[:at] + frames[at + 1 :])
        for at in range(1, count - 1)
    ]
    assert all(failed in {None, at} for at, failed in enumerate(noticed, start=1))
    assert noticed.count(None) < count / 3


def test_doubling_an_update_is_harmless(recorded):
    name, depth, precision, _ = LONGEST
    book = Book("BTC/USD", depth, precision=precision)
    for message in messages(recorded, name):
        once = book.apply(message)
        assert book.apply(message) == once


def test_after_a_lost_frame_nothing_is_emitted_until_the_next_snapshot(recorded):
    name, depth, precision, _ = LONGEST
    frames = messages(recorded, name)
    book = Book("BTC/USD", depth, precision=precision)
    outcomes = []
    for message in frames[:3] + frames[4:10]:
        try:
            outcomes.append(book.apply(message) is not None)
        except ChecksumMismatch:
            outcomes.append("mismatch")
    assert outcomes == [True] * 3 + ["mismatch"] + [False] * 5
    assert not book.valid
    for message in frames:
        assert book.apply(message).verified


def test_the_documented_frames_that_can_be_verified_are(recorded):
    matic, update, guide, *_ = map(v2.decoder(), recorded("v2/book.jsonl"))
    for precision in (None, Precision(4, 8)):
        book = Book("MATIC/USD", 10, precision=precision)
        assert book.apply(matic).verified
        assert book.apply(update).verified
    for precision in (None, Precision(1, 8)):
        assert Book("BTC/USD", 10, precision=precision).apply(guide).verified
