"""Texts the exchange has not been seen to send, and which are no reason to lose a book."""

from zlib import crc32

import pytest

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import BookError
from rxkraken.wire.v2 import BookData, BookLevel, BookMessage

ASKS = [(f"{100 + rank}.0", "1.00") for rank in range(12)]
FULL = ASKS[:10]


def frame(kind, asks, checksum):
    levels = [BookLevel(*ask) for ask in asks]
    return BookMessage([BookData("A/B", [], levels, checksum)], kind)


def crc(asks):
    words = [word.replace(".", "").lstrip("0") for level in asks for word in level]
    return crc32("".join(words).encode())


@pytest.mark.parametrize("known", [None, Precision(1, 2)])
def test_an_integer_zero_after_a_new_level_costs_no_level(known):
    book = Book("A/B", 10, precision=known)
    book.apply(frame("snapshot", FULL, crc(FULL)))
    after = [("99.0", "1.00"), *FULL[1:]]
    assert book.apply(frame("update", [("99.0", "1.00"), ("100.0", 0)], crc(after))).verified


@pytest.mark.parametrize("known", [None, Precision(1, 2)])
def test_an_unknown_level_removed_by_an_exponent_zero_pushes_nothing_out(known):
    book = Book("A/B", 10, precision=known)
    book.apply(frame("snapshot", FULL, crc(FULL)))
    assert book.apply(frame("update", [("99.0", "0e-02")], crc(FULL))).verified


def test_what_is_no_number_is_refused_below_the_tenth_level_too():
    book = Book("A/B", 25)
    book.apply(frame("snapshot", ASKS, crc(FULL)))
    with pytest.raises(BookError, match="cannot be read"):
        book.apply(frame("update", [("111.0", "dear")], crc(FULL)))
