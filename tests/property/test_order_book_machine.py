"""Any messages at all, sensible or not, against a book of dictionaries that is sorted each time."""

from decimal import Decimal
from zlib import crc32

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import ChecksumMismatch, CrossedBook
from rxkraken.wire.v2 import BookData, BookLevel, BookMessage


class SlowBook:
    """The guide's algorithm, word for word, of numbers in the width the exchange gives them."""

    def __init__(self, depth, widths):
        self.depth = depth
        self.widths = widths
        self.sides = None

    def apply(self, kind, bids, asks):
        if kind == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
        for side, changes in (("asks", asks), ("bids", bids)):
            levels = self.sides[side]
            for price, qty in changes:
                levels.pop(price, None)
                if qty:
                    levels[price] = qty
        for side in ("bids", "asks"):
            self.sides[side] = dict(self.ordered(side)[: self.depth])

    def ordered(self, side):
        return sorted(self.sides[side].items(), reverse=side == "bids")

    def checksum(self):
        text = ""
        for side in ("asks", "bids"):
            for level in self.ordered(side)[:10]:
                for number, width in zip(level, attrs.astuple(self.widths), strict=True):
                    text += f"{number:.{width}f}".replace(".", "").lstrip("0")
        return crc32(text.encode())

    def crossed(self):
        bids, asks = self.ordered("bids"), self.ordered("asks")
        return bool(bids and asks) and bids[0][0] >= asks[0][0]


@st.composite
def numbers(draw, low, high):
    """A number of up to three decimals, and how many of those that are needed or not are shown."""
    whole = st.integers(low, high).map(lambda units: units * 1000)
    value = Decimal(draw(whole | st.integers(low * 1000, high * 1000))).scaleb(-3)
    needed = next(width for width in range(4) if value == round(value, width))
    return value, draw(st.integers(needed, 3))


QUANTITIES = st.just((Decimal(0), 0)) | numbers(0, 5)
BIDS = st.lists(st.tuples(numbers(1, 14), QUANTITIES), max_size=16)
ASKS = st.lists(st.tuples(numbers(13, 28), QUANTITIES), max_size=16)
CHECKSUMS = st.sampled_from(["right", "right", "right", "none", "wrong"])
WIDTHS = st.sampled_from([Precision(3, 3), Precision(4, 8)])


class BookMachine(RuleBasedStateMachine):
    """A book that knows the precision is sent numbers in any width, another one in the full one."""

    @initialize(
        depth=st.sampled_from([10, 25]),
        widths=WIDTHS,
        known=st.booleans(),
        number=st.sampled_from([Decimal, float]),
    )
    def begin(self, depth, widths, known, number):
        self.number = number
        self.known = known
        self.book = Book("A/B", depth, number=number, precision=widths if known else None)
        self.slow = SlowBook(depth, widths)
        self.kept = []

    def written(self, changes):
        widths = attrs.astuple(self.slow.widths)
        return [
            BookLevel(
                *(
                    f"{value:.{shown if self.known else width}f}"
                    for (value, shown), width in zip(change, widths, strict=True)
                )
            )
            for change in changes
        ]

    def said(self, side):
        return [(level.price, level.qty) for level in side]

    def expected(self, side):
        return [tuple(map(self.number, map(str, level))) for level in self.slow.ordered(side)]

    def deliver(self, kind, bids, asks, checksum):
        sides = self.written(bids), self.written(asks)
        if self.slow.sides is None and kind == "update":
            assert self.book.apply(BookMessage([BookData("A/B", *sides, 1)], kind)) is None
            return
        self.slow.apply(kind, *([(p, q) for (p, _), (q, _) in side] for side in (bids, asks)))
        sent = None if checksum == "none" else self.slow.checksum() ^ (checksum == "wrong")
        data = BookData("A/B", *sides, sent)
        try:
            view = self.book.apply(BookMessage([data], kind))
        except ChecksumMismatch:
            assert checksum == "wrong"
            self.slow.sides = None
        except CrossedBook:
            assert self.slow.crossed()
            assert checksum != "wrong"
            self.slow.sides = None
        else:
            assert checksum != "wrong"
            assert not self.slow.crossed()
            assert self.said(view.bids) == self.expected("bids")
            assert self.said(view.asks) == self.expected("asks")
            assert view.verified == (checksum == "right")
            self.kept.append((view.bids, self.said(view.bids)))
            self.kept.append((view.asks, self.said(view.asks)))

    @rule(bids=BIDS, asks=ASKS, checksum=CHECKSUMS)
    def snapshot(self, bids, asks, checksum):
        self.deliver("snapshot", bids, asks, checksum)

    @rule(bids=BIDS, asks=ASKS, checksum=CHECKSUMS)
    def update(self, bids, asks, checksum):
        self.deliver("update", bids, asks, checksum)

    @rule(bids=BIDS, checksum=CHECKSUMS)
    def update_of_one_side(self, bids, checksum):
        self.deliver("update", bids, [], checksum)

    @rule(widths=WIDTHS)
    def the_precision_is_told_or_changes(self, widths):
        if self.known or self.slow.sides is None:
            self.slow.widths = widths
        self.book.set_precision(self.slow.widths)
        self.known = True

    @rule()
    def interrupt(self):
        self.book.invalidate()
        self.slow.sides = None

    @rule(which=st.integers(0, 9))
    def let_go_of_a_view(self, which):
        del self.kept[which : which + 3]

    @invariant()
    def the_book_is_valid_exactly_while_it_is_followed(self):
        assert self.book.valid == (self.slow.sides is not None)
        view = self.book.view()
        assert (view is not None) == self.book.valid
        if view is not None:
            assert self.said(view.bids) == self.expected("bids")

    @invariant()
    def views_that_are_kept_say_what_they_said(self):
        assert all(self.said(side) == expected for side, expected in self.kept[-6:])


TestBookMachine = BookMachine.TestCase
TestBookMachine.settings = settings(max_examples=60, stateful_step_count=20)
