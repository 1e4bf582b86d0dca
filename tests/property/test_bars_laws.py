"""Bars against plain lists: sums, chunks, overtaking trades, clocks."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import attrs
import reactivex
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import testing
from reactivex.testing import ReactiveTest

from rxkraken.models import Trade
from rxkraken.operators.bars import bars

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SYMBOLS = ("BTC/USD", "ETH/USD")

prices = st.decimals("0.0001", "99999.9", places=4)
quantities = st.decimals("0.00000001", "500", places=8)
kinds = st.one_of(
    st.fixed_dictionaries({"every": st.sampled_from(["1s", "7s", "1m"])}),
    st.fixed_dictionaries({"ticks": st.integers(1, 5)}),
    st.fixed_dictionaries({"volume": st.decimals("1", "700", places=3)}),
    st.fixed_dictionaries({"notional": st.decimals("5000", "90000", places=2)}),
)
sizes = kinds.filter(lambda kind: "ticks" not in kind)


@st.composite
def tapes(draw, symbols=SYMBOLS, largest=25):
    """Trades in order of time, some at the same moment, numbered without gaps."""
    parts = draw(
        st.lists(
            st.tuples(st.integers(0, 20_000), prices, quantities, st.sampled_from(symbols)),
            max_size=largest,
        )
    )
    trades, moment = [], START
    for number, (wait, price, qty, symbol) in enumerate(parts):
        moment += timedelta(milliseconds=wait)
        trades.append(Trade(symbol, "buy", price, qty, "limit", number, moment))
    return trades


def made_of(trades, **arguments):
    seen = []
    reactivex.from_iterable(trades).pipe(bars(**arguments)).subscribe(seen.append)
    return seen


def exactly(numbers):
    """Sum numbers without any rounding, by ratios of whole numbers."""
    return sum((Fraction(number) for number in numbers), Fraction(0))


def uncounted(made):
    return [attrs.evolve(bar, count=0) for bar in made]


@given(tape=tapes(), kind=kinds)
def test_no_volume_and_no_notional_is_lost_or_made(tape, kind):
    made = made_of(tape, **kind)
    for symbol in SYMBOLS:
        mine = [trade for trade in tape if trade.symbol == symbol]
        summed = [bar for bar in made if bar.symbol == symbol]
        assert exactly(bar.volume for bar in summed) == exactly(trade.qty for trade in mine)
        assert exactly(bar.notional for bar in summed) == sum(
            (Fraction(trade.price) * Fraction(trade.qty) for trade in mine), Fraction(0)
        )


@given(tape=tapes(), kind=sizes, shares=st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_bars_do_not_depend_on_how_trades_are_chunked(tape, kind, shares):
    grain = Decimal("0.00000001")
    pieces = []
    for trade, share in zip(tape, shares * len(tape), strict=False):
        part = (trade.qty * Decimal(share)).quantize(grain)
        pieces += [attrs.evolve(trade, qty=qty) for qty in (part, trade.qty - part) if qty > 0]
    assert uncounted(made_of(pieces, **kind)) == uncounted(made_of(tape, **kind))


@given(tape=tapes(), kind=sizes.filter(lambda kind: "every" not in kind))
def test_full_bars_of_a_size_have_exactly_that_size_and_the_rest_has_less(tape, kind):
    ((name, size),) = kind.items()
    for bar in made_of(tape, **kind):
        reached = getattr(bar, name)
        assert (reached == size) if bar.closed else (0 < reached < size)


@given(tape=tapes(), kind=kinds)
def test_a_stream_of_several_symbols_gives_the_bars_of_each(tape, kind):
    together = made_of(tape, **kind)
    for symbol in SYMBOLS:
        alone = made_of([trade for trade in tape if trade.symbol == symbol], **kind)
        assert [bar for bar in together if bar.symbol == symbol] == alone


@given(tape=tapes(), kind=kinds)
def test_running_updates_add_only_what_is_not_closed(tape, kind):
    running, quiet = made_of(tape, **kind, running=True), made_of(tape, **kind)
    closed = [bar for bar in running if bar.closed]
    assert closed == [bar for bar in quiet if bar.closed]
    last = {bar.symbol: bar for bar in running}
    rests = [bar for bar in quiet if not bar.closed]
    assert [last[bar.symbol] for bar in rests] == rests


def listed(tape, seconds):
    """Bars by sorting all trades into intervals first; the reference for event time."""
    intervals = defaultdict(list)
    for trade in tape:
        second = int((trade.timestamp - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        intervals[second // seconds * seconds].append(trade)
    for begin, trades in sorted(intervals.items()):
        trades.sort(key=lambda trade: (trade.timestamp, trade.trade_id))
        values = [trade.price for trade in trades]
        yield (
            datetime.fromtimestamp(begin, UTC),
            (values[0], max(values), min(values), values[-1]),
            exactly(trade.qty for trade in trades),
            len(trades),
        )


def outlined(made):
    return [
        (bar.begin, (bar.open, bar.high, bar.low, bar.close), Fraction(bar.volume), bar.count)
        for bar in made
    ]


@given(tape=tapes(SYMBOLS[:1]), seconds=st.sampled_from([1, 7, 60]))
def test_bars_of_a_grid_are_those_of_trades_sorted_into_intervals(tape, seconds):
    made = made_of(tape, every=seconds)
    assert outlined(made) == list(listed(tape, seconds))
    assert [bar.closed for bar in made] == [True] * (len(made) - 1) + [False] * bool(made)


@st.composite
def overtaken(draw, lateness):
    """A tape, and the same trades in an order in which none is late by more than ``lateness``."""
    tape = draw(tapes(SYMBOLS[:1]))
    delays = draw(st.lists(st.integers(0, lateness * 1000), min_size=len(tape), max_size=len(tape)))
    arrivals = [
        (trade.timestamp + timedelta(milliseconds=delay), trade.trade_id, trade)
        for trade, delay in zip(tape, delays, strict=True)
    ]
    return tape, [trade for *_, trade in sorted(arrivals, key=lambda arrival: arrival[:2])]


@given(
    tapes_=overtaken(30),
    seconds=st.sampled_from([1, 7, 60]),
    gaps=st.sampled_from(["skip", "carry", "empty"]),
)
def test_trades_that_overtake_each_other_within_lateness_change_nothing(tapes_, seconds, gaps):
    tape, shuffled = tapes_
    arguments = {"every": seconds, "lateness": 30, "gaps": gaps}
    assert made_of(shuffled, **arguments) == made_of(tape, **arguments)
    assert made_of(tape, **arguments) == made_of(tape, every=seconds, gaps=gaps)


@given(tapes_=overtaken(300), seconds=st.sampled_from([1, 7, 60]), lateness=st.integers(0, 60))
def test_trades_that_are_too_late_are_counted_and_all_others_summed(tapes_, seconds, lateness):
    _, shuffled = tapes_
    late = []
    made = made_of(shuffled, every=seconds, lateness=lateness, on_late=late.append)
    assert sum(bar.count for bar in made) + len(late) == len(shuffled)
    assert sum(bar.late for bar in made) <= len(late)
    kept = [trade for trade in shuffled if trade not in late]
    assert outlined(made) == list(listed(kept, seconds))


@given(tape=tapes(SYMBOLS[:1]), seconds=st.sampled_from([1, 7, 60]))
def test_carried_bars_fill_the_grid_and_change_no_other(tape, seconds):
    made = made_of(tape, every=seconds, gaps="carry")
    assert [bar for bar in made if bar.count] == made_of(tape, every=seconds)
    for earlier, later in pairwise(made):
        assert later.begin == earlier.end
        if not later.count:
            assert {later.open, later.high, later.low, later.close} == {earlier.close}
            assert later.volume == later.notional == 0


@settings(max_examples=50)
@given(
    tape=tapes(SYMBOLS),
    seconds=st.sampled_from([7, 60]),
    gaps=st.sampled_from(["skip", "carry", "empty"]),
)
def test_a_clock_that_goes_with_the_events_closes_the_same_bars(tape, seconds, gaps):
    """Trades arrive when they happen; the clock may close a bar before the next trade does."""
    clock = testing.TestScheduler()
    arrivals = [
        ReactiveTest.on_next(300 + (trade.timestamp - START).total_seconds(), trade)
        for trade in tape
    ]
    end = 300 + (tape[-1].timestamp - START).total_seconds() + 0.0001 if tape else 301
    source = clock.create_hot_observable(*arrivals, ReactiveTest.on_completed(end))
    made = clock.start(lambda: source.pipe(bars(every=seconds, gaps=gaps)), disposed=end + 1)
    by_clock = [message.value.value for message in made.messages[:-1]]
    by_events = made_of(tape, every=seconds, gaps=gaps)
    for symbol in SYMBOLS:
        timed = [bar for bar in by_clock if bar.symbol == symbol]
        quiet = [bar for bar in by_events if bar.symbol == symbol]
        # the clock goes on with a symbol after its last trade, events alone do not
        assert [attrs.evolve(bar, closed=True) for bar in timed[: len(quiet)]] == [
            attrs.evolve(bar, closed=True) for bar in quiet
        ]
        assert not any(bar.count for bar in timed[len(quiet) :])
