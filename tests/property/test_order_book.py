"""The book against an exchange that keeps everything in whole ticks and lots.

The exchange of this file knows its whole book, tells a subscriber what the guide says it must
(spec v2-market-data §7.2) and makes checksums of integers, in which there are no points and no
leading zeros to remove. It shares no idea with the code under test.
"""

import random
from decimal import Decimal
from zlib import crc32

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import BookError
from rxkraken.wire.v2 import BookData, BookLevel, BookMessage

PRECISIONS = [Precision(1, 8), Precision(5, 8), Precision(8, 3), Precision(12, 8), Precision(0, 2)]


def exact(units, decimals):
    """As the exchange writes: all decimals, always."""
    return format(Decimal(units).scaleb(-decimals), "f")


def through_floats(units, decimals):
    """As a recorder leaves it that parses to doubles: ``4.0``, ``0.001``, ``5.1e-05``."""
    text = repr(float(Decimal(units).scaleb(-decimals)))
    assert Decimal(text) == Decimal(units).scaleb(-decimals)
    return text


def through_integers(units, decimals):
    """As a writer leaves it that drops empty fractions: ``4``, ``0.001``."""
    number = Decimal(units).scaleb(-decimals)
    return int(number) if number == int(number) else format(number.normalize(), "f")


@attrs.frozen
class Told:
    """A frame, and the levels of the exchange's own view after it, best first."""

    message: BookMessage
    bids: list
    asks: list
    text: str


class Exchange:
    def __init__(self, depth, precision, write):
        self.depth = depth
        self.precision = precision
        self.write = write
        self.whole = {"bids": {}, "asks": {}}
        self.told = {"bids": {}, "asks": {}}

    def place(self, side, ticks, lots):
        """Set a level of the whole book; what it crosses is traded away."""
        self.whole[side].pop(ticks, None)
        if lots:
            self.whole[side][ticks] = lots
            other = "asks" if side == "bids" else "bids"
            sign = 1 if side == "bids" else -1
            for crossed in [at for at in self.whole[other] if sign * (ticks - at) >= 0]:
                del self.whole[other][crossed]

    def best(self, side):
        ordered = sorted(self.whole[side].items(), reverse=side == "bids")
        return dict(ordered[: self.depth])

    def changes(self, side, chance):
        before, now = self.told[side], self.best(side)
        changed = [(ticks, lots) for ticks, lots in now.items() if before.get(ticks) != lots]
        changed += [(ticks, 0) for ticks in before if ticks not in self.whole[side]]
        chance.shuffle(changed)
        decoys = [(ticks, chance.choice([0, 7])) for ticks, _ in changed if chance.random() < 0.2]
        strangers = [(t, 0) for t in chance.sample(range(1, 9), 2) if t not in now]
        return decoys + strangers + changed

    def tell(self, kind, chance):
        sides = {"bids": self.best("bids"), "asks": self.best("asks")}
        written = {}
        for side, levels in sides.items():
            changes = levels.items() if kind == "snapshot" else self.changes(side, chance)
            written[side] = [self.level(*change) for change in changes]
        self.told = sides
        text = "".join(
            f"{ticks}{lots}"
            for side in ("asks", "bids")
            for ticks, lots in [*sides[side].items()][:10]
        )
        data = BookData("A/B", written["bids"], written["asks"], crc32(text.encode()))
        values = {side: [*map(self.value, levels.items())] for side, levels in sides.items()}
        return Told(BookMessage([data], kind), values["bids"], values["asks"], text)

    def level(self, ticks, lots):
        precision = self.precision
        return BookLevel(self.write(ticks, precision.price), self.write(lots, precision.qty))

    def value(self, level):
        ticks, lots = level
        precision = self.precision
        return Decimal(ticks).scaleb(-precision.price), Decimal(lots).scaleb(-precision.qty)


EVENTS = st.tuples(
    st.sampled_from(["bids", "asks"]),
    st.integers(-6, 40),
    st.sampled_from([0, 0, 1, 10, 99]) | st.integers(1, 10**9),
)
BATCHES = st.lists(EVENTS | st.just("snapshot"), max_size=6)


@st.composite
def sessions(draw, *, write=exact, depths=(10, 25, 100)):
    """Frames of one subscription; about every tenth is a new snapshot."""
    depth = draw(st.sampled_from(depths))
    precision = draw(st.sampled_from(PRECISIONS))
    exchange = Exchange(depth, precision, write)
    chance = random.Random(draw(st.integers(0, 2**32)))
    middle = draw(st.sampled_from([200, 100_000, 294_302, 10**6]))
    for side, sign in (("bids", -1), ("asks", 1)):
        for rank in range(draw(st.sampled_from([0, 3, 9, 11, depth, depth + 30]))):
            exchange.place(side, max(1, middle + sign * (2 * rank + 1)), chance.randint(1, 10**10))
    frames = [exchange.tell("snapshot", chance)]
    for batch in draw(st.lists(BATCHES, max_size=25)):
        for event in batch:
            if event != "snapshot":
                side, distance, lots = event
                sign = -1 if side == "bids" else 1
                exchange.place(side, max(1, middle + sign * distance), lots)
        kind = "snapshot" if batch and batch[0] == "snapshot" else "update"
        frames.append(exchange.tell(kind, chance))
    return depth, precision, frames


def said(side):
    return [(level.price, level.qty) for level in side]


def agrees(view, told):
    assert view.verified
    assert view.checksum == crc32(told.text.encode())
    assert said(view.bids) == told.bids
    assert said(view.asks) == told.asks
    best = [side[0][0] if side else None for side in (told.bids, told.asks)]
    if None in best:
        assert view.mid is view.spread is None
    else:
        assert view.spread == best[1] - best[0]
        assert view.mid == sum(best) / 2


@given(sessions(), st.booleans())
@settings(max_examples=150)
def test_a_faithful_session_is_followed_level_by_level(session, told):
    depth, precision, frames = session
    book = Book("A/B", depth, precision=precision if told else None)
    for frame in frames:
        agrees(book.apply(frame.message), frame)


@pytest.mark.parametrize("write", [through_floats, through_integers])
@given(st.data())
@settings(max_examples=80)
def test_lost_zeros_are_restored_where_the_precision_is_known(write, data):
    depth, precision, frames = data.draw(sessions(write=write))
    book = Book("A/B", depth, precision=precision)
    for frame in frames:
        agrees(book.apply(frame.message), frame)


@given(sessions(), st.data())
@settings(max_examples=80)
def test_a_precision_told_at_any_moment_changes_nothing_that_is_exact(session, data):
    depth, precision, frames = session
    moment = data.draw(st.integers(0, len(frames)))
    book = Book("A/B", depth)
    for index, frame in enumerate(frames):
        if index == moment:
            book.set_precision(precision)
        agrees(book.apply(frame.message), frame)


@given(sessions(), st.booleans())
@settings(max_examples=100)
def test_what_is_written_in_full_is_taken_as_it_is(session, told):
    """Rewriting each number is for recordings; it would cost a live book its speed."""
    depth, precision, frames = session
    book = Book("A/B", depth, precision=precision if told else None)
    book.apply(BookMessage([BookData("A/B", [], [BookLevel("1e2", 7)])], "snapshot"))
    sent = []
    for frame in frames:
        (data,) = frame.message.data
        sent += data.bids + data.asks
        view = book.apply(frame.message)
        assert {*map(id, view.bid_texts + view.ask_texts)} <= {*map(id, sent)}


@given(sessions(), st.data())
@settings(max_examples=150)
def test_whatever_is_kept_of_the_views_never_changes(session, data):
    depth, precision, frames = session
    book = Book("A/B", depth, precision=precision)
    kept = []
    keeping = data.draw(
        st.lists(st.sampled_from("vba-"), min_size=len(frames), max_size=len(frames))
    )
    for frame, keep in zip(frames, keeping, strict=True):
        view = book.apply(frame.message)
        if keep != "-":
            side = view.asks if keep == "a" else view.bids
            kept.append((view if keep == "v" else None, side, said(side)))
        del view
    for _, side, expected in kept:
        assert said(side) == expected


def spoilt(draw, frames):
    """The frames as a bad line delivers them, each with what the exchange meant by it."""
    delivered = []
    for frame in frames:
        match draw(st.sampled_from(["keep"] * 6 + ["drop", "double", "swap", "lie", "garble"])):
            case "drop":
                continue
            case "double":
                delivered += [frame, frame]
            case "swap" if delivered:
                delivered.insert(-1, frame)
            case "lie":
                (data,) = frame.message.data
                wrong = BookData("A/B", data.bids, data.asks, data.checksum ^ 1)
                delivered.append(attrs.evolve(frame, message=BookMessage([wrong], "update")))
            case "garble":
                (data,) = frame.message.data
                wrong = BookData("A/B", [*data.bids, BookLevel("?", "1")], data.asks, None)
                delivered.append(attrs.evolve(frame, message=BookMessage([wrong], "update")))
            case _:
                delivered.append(frame)
    return delivered


def hashed(view):
    """The text under the checksum, from the view's values alone."""
    levels = [level for side in (view.asks, view.bids) for level in side[:10]]
    numbers = [number for level in levels for number in (level.price, level.qty)]
    return "".join(f"{number:f}".replace(".", "").lstrip("0") for number in numbers)


@given(sessions(depths=(10, 25)), st.data())
@settings(max_examples=300)
def test_no_fault_of_the_line_makes_a_verified_view_differ_from_the_exchange(session, data):
    depth, precision, frames = session
    book = Book("A/B", depth, precision=precision)
    whole = False
    for frame in spoilt(data.draw, frames):
        snapshot = frame.message.type == "snapshot"
        try:
            view = book.apply(frame.message)
        except BookError:
            whole = False
            assert not book.valid
            continue
        assert (view is not None) == (whole or snapshot)
        whole = whole or snapshot
        if view is not None and view.verified:
            assert hashed(view) == frame.text
            assert (view.bids, view.asks) == (book.view().bids, book.view().asks)
