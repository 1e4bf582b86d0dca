"""Builders of book frames, short enough for tables."""

from decimal import Decimal
from zlib import crc32

import pytest

from rxkraken.wire.v2 import BookData, BookLevel, BookMessage


def side(text):
    """Levels of ``"price qty price qty"``, as the texts of the wire."""
    words = text.split()
    return [BookLevel(*level) for level in zip(words[::2], words[1::2], strict=True)]


@pytest.fixture
def frame():
    """Makes a book frame, for example ``frame("update", asks="2.0 0.5", checksum=7)``."""

    def make(kind, bids="", asks="", checksum=None, timestamp=None):
        data = BookData("A/B", side(bids), side(asks), checksum, timestamp)
        return BookMessage([data], kind)

    return make


@pytest.fixture
def crc():
    """The checksum of two sides, written from the guide: asks first, points and zeros away."""

    def compute(asks, bids):
        words = [*asks.split(), *bids.split()]
        return crc32("".join(word.replace(".", "").lstrip("0") for word in words).encode())

    return compute


@pytest.fixture
def levels():
    """Reads a side of a view back as text, for example ``"2.0 0.5 2.1 1.0"``."""

    def read(view_side):
        return " ".join(f"{Decimal(level.price):f} {Decimal(level.qty):f}" for level in view_side)

    return read
