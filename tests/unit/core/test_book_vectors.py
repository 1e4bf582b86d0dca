"""The checksum vectors of the specification (v2-market-data §7.4)."""

from decimal import Decimal
from zlib import crc32

import pytest

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import ChecksumMismatch
from rxkraken.wire import v2

BOTH = pytest.mark.parametrize("number", [Decimal, float], ids=["Decimal", "float"])

A_ASKS = """45285.2 0.00100000 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911
45290.2 0.15890660 45291.8 1.54553491 45294.7 0.04454749 45296.1 0.35380000 45297.5 0.09945542
45299.5 0.18772827"""
A_BIDS = """45283.5 0.10000000 45283.4 1.54582015 45282.1 0.10000000 45281.0 0.10000000
45280.3 1.54592586 45279.0 0.07990000 45277.6 0.03310103 45277.5 0.30000000 45277.3 1.54602737
45276.6 0.15445238"""
A_STRING = (
    "4528521000004528641545719534528661545711094528961545609114529021589066045291815455349145294"
    "7445474945296135380000452975994554245299518772827"
    "4528351000000045283415458201545282110000000452810100000004528031545925864527907990000452776"
    "3310103452775300000004527731546027374527661"
    "5445238"
)
A_CHECKSUM = 3310070434
A_AFTER = 1400675518

B_SNAPSHOT = b"""{"channel":"book","type":"snapshot","data":[{"symbol":"MATIC/USD","bids":[
{"price":0.5666,"qty":4831.75496356},{"price":0.5665,"qty":6658.22734739},
{"price":0.5664,"qty":18724.91513344},{"price":0.5663,"qty":11563.92544914},
{"price":0.5662,"qty":14006.65365711},{"price":0.5661,"qty":17454.85679807},
{"price":0.566,"qty":18097.1547},{"price":0.5659,"qty":33644.89175666},
{"price":0.5658,"qty":148.3464},{"price":0.5657,"qty":606.70854372}],"asks":[
{"price":0.5668,"qty":4410.79769741},{"price":0.5669,"qty":4655.40412487},
{"price":0.567,"qty":49844.89424998},{"price":0.5671,"qty":24306.41678},
{"price":0.5672,"qty":29783.25223475},{"price":0.5673,"qty":57234.71239278},
{"price":0.5674,"qty":45065.04744},{"price":0.5675,"qty":5912.76380354},
{"price":0.5676,"qty":42514.92434778},{"price":0.5677,"qty":36304.0847022}],
"checksum":2439117997,"timestamp":"2023-10-06T17:35:55.440295Z"}]}"""
B_UPDATE = b"""{"channel":"book","type":"update","data":[{"symbol":"MATIC/USD","bids":[
{"price":0.5657,"qty":1098.3947558}],"asks":[],"checksum":2114181697,
"timestamp":"2023-10-06T17:35:55.440295Z"}]}"""

C_SNAPSHOT = b"""{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[
{"price":29430.2,"qty":0.18967538},{"price":29429.6,"qty":0.00011621},
{"price":29427.4,"qty":0.001},{"price":29426.7,"qty":4.0},{"price":29425.7,"qty":0.67945399},
{"price":29423.5,"qty":0.67950478},{"price":29422.1,"qty":0.16314267},
{"price":29421.8,"qty":0.06797895},{"price":29421.7,"qty":0.23401846},
{"price":29421.5,"qty":0.28639276}],"asks":[{"price":29430.3,"qty":8.25215653},
{"price":29430.4,"qty":2.55637606},{"price":29430.5,"qty":0.2997598},
{"price":29430.9,"qty":2.56473216},{"price":29431.0,"qty":0.00011662},
{"price":29431.1,"qty":0.001},{"price":29432.3,"qty":0.0241},{"price":29432.4,"qty":0.02210682},
{"price":29432.5,"qty":3.39761477},{"price":29433.1,"qty":0.01021497}],"checksum":2785033588}]}"""
C_UPDATES = [
    ("", "29431.1 0.0 29433.3 0.8 29430.6 0.001", 3547452596),
    ("", "29430.3 8.25182177", 3111681483),
    ("29423.0 2.54902601", "", 434883881),
    ("29424.2 0.8", "", 2141748964),
]

D_ASKS = "0.00005120 0.00000500 0.00005275 12.00000000"
D_BIDS = "0.00004940 3.50000000"
D_CHECKSUM = 1196649166


def books(number, precision):
    """A book that was told the pair's precision, and one that has to learn it."""
    return [
        Book("A/B", 10, number=number, precision=precision),
        Book("A/B", 10, number=number),
    ]


def test_the_checksum_is_that_of_zlib():
    assert crc32(b"123456789") == 3421780262
    assert crc32(A_STRING.encode()) == A_CHECKSUM


@BOTH
def test_vector_a_the_worked_example_of_the_guide(frame, number):
    for book in books(number, Precision(1, 8)):
        view = book.apply(frame("snapshot", A_BIDS, A_ASKS, A_CHECKSUM))
        assert view.verified
        assert view.checksum == A_CHECKSUM
        assert view.best_bid.price == number("45283.5")
        assert view.best_ask.qty == number("0.00100000")


@BOTH
def test_vector_a_after_an_update_that_removes_adds_and_pushes_out(frame, number):
    for book in books(number, Precision(1, 8)):
        book.apply(frame("snapshot", A_BIDS, A_ASKS, A_CHECKSUM))
        change = ("45281.0 0.00000000 45276.0 0.50000000", "45288.0 0.25000000")
        view = book.apply(frame("update", *change, A_AFTER))
        assert view.verified
        assert [level.price for level in view.asks][-1] == number("45297.5")
        assert [level.price for level in view.bids][-1] == number("45276.0")
        assert len(view.asks) == len(view.bids) == 10


def test_numbers_printed_by_way_of_doubles_are_repaired(frame):
    """Hashed as they are they would give 1604409348, the trap value of the specification."""
    short_asks = " ".join(str(float(word)) for word in A_ASKS.split())
    short_bids = " ".join(str(float(word)) for word in A_BIDS.split())
    words = [word.replace(".", "").lstrip("0") for word in (short_asks + " " + short_bids).split()]
    assert crc32("".join(words).encode()) == 1604409348
    for book in books(Decimal, Precision(1, 8)):
        assert book.apply(frame("snapshot", short_bids, short_asks, A_CHECKSUM)).verified


@BOTH
def test_vector_b_the_documented_frames_with_their_lost_zeros(number):
    for book in books(number, Precision(4, 8)):
        view = book.apply(v2.decoder()(B_SNAPSHOT))
        assert view.checksum == 2439117997
        assert view.timestamp.isoformat() == "2023-10-06T17:35:55.440295+00:00"
        view = book.apply(v2.decoder()(B_UPDATE))
        assert view.checksum == 2114181697
        assert view.bids[-1].qty == number("1098.39475580")


def test_vector_b_does_not_agree_at_another_precision():
    for precision in (Precision(5, 8), Precision(4, 9)):
        with pytest.raises(ChecksumMismatch):
            Book("MATIC/USD", 10, precision=precision).apply(v2.decoder()(B_SNAPSHOT))


@BOTH
def test_vector_c_real_traffic_with_a_level_that_comes_and_falls_out_at_once(frame, number):
    for book in books(number, Precision(1, 8)):
        assert book.apply(v2.decoder()(C_SNAPSHOT)).verified
        for bids, asks, checksum in C_UPDATES:
            view = book.apply(frame("update", bids, asks, checksum))
            assert view.verified
            assert len(view.asks) == len(view.bids) == 10
        assert number("29433.3") not in [level.price for level in view.asks]


@BOTH
def test_vector_d_a_short_book_of_tiny_prices(frame, number):
    for book in books(number, Precision(8, 8)):
        view = book.apply(frame("snapshot", D_BIDS, D_ASKS, D_CHECKSUM))
        assert view.verified
        assert (len(view.bids), len(view.asks)) == (1, 2)
        assert view.spread == number("0.00005120") - number("0.00004940")
