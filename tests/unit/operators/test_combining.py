"""Several streams beside each other: synchronised, by key, as spread, as triangle."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import reactivex
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.models import Candle, Level, Spread, Ticker, Trade
from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.models.book_measures import TopOfBook
from rxkraken.models.combined import CrossSpread, Triangle
from rxkraken.operators.latest_by import latest_by
from rxkraken.operators.spread_between import spread_between
from rxkraken.operators.synchronize import synchronize
from rxkraken.operators.triangular import triangular

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def at(second):
    return NOON + timedelta(seconds=second)


def quote(bid, ask, symbol="BTC/USD"):
    """Prices given as text are exact, others floats."""
    one = Decimal if isinstance(bid, str) else float
    return Spread(symbol, one(bid), one(1), one(ask), one(1))


def book(bid, ask, symbol="BTC/USD"):
    """A book of one level a side, or of an empty side for None."""
    bids, asks = ([] if price is None else [Level(str(price), "1.0")] for price in (bid, ask))
    return OrderBook(BookIdentity(symbol, 10, Decimal), bids, asks, None, None)


def moments(*streams, tolerance, clock):
    """Synchronise (tick, second of the event) streams of a virtual clock."""
    sources = [
        clock.create_hot_observable(*[on_next(tick, at(second)) for tick, second in stream])
        for stream in streams
    ]
    joined = synchronize(sources, tolerance, time=lambda moment: moment)
    result = clock.start(lambda: joined)
    return [
        (message.time, [(moment - NOON).total_seconds() for moment in message.value.value])
        for message in result.messages
    ]


@pytest.fixture
def clock():
    return testing.TestScheduler()


class TestSynchronize:
    def test_values_within_the_tolerance_come_together(self, clock):
        a, b = [(210, 1), (230, 4)], [(220, 2), (225, 6)]
        assert moments(a, b, tolerance=1, clock=clock) == [(220, [1, 2])]
        assert moments(a, b, tolerance=2, clock=testing.TestScheduler()) == [
            (220, [1, 2]),
            (230, [4, 6]),
        ]

    def test_the_tolerance_is_between_the_earliest_and_the_latest_of_all(self, clock):
        streams = [[(210, 1)], [(211, 2)], [(212, 3), (213, 2)]]
        assert moments(*streams, tolerance=1, clock=clock) == []
        assert moments(*streams, tolerance=2, clock=testing.TestScheduler()) == [(212, [1, 2, 3])]

    def test_exactly_at_the_tolerance_is_within(self, clock):
        assert moments([(210, 1)], [(211, 1.5)], tolerance="500ms", clock=clock) == [
            (211, [1, 1.5])
        ]

    def test_no_tolerance_means_the_same_moment(self, clock):
        a, b = [(210, 1), (212, 2)], [(211, 2), (213, 2)]
        assert moments(a, b, tolerance=0, clock=clock) == [(212, [2, 2]), (213, [2, 2])]

    def test_an_older_value_does_not_replace_a_newer_one(self, clock):
        a, b = [(210, 5), (211, 1)], [(212, 5)]
        assert moments(a, b, tolerance=0, clock=clock) == [(212, [5, 5])]

    def test_market_events_know_their_time(self):
        trade = Trade("BTC/USD", "buy", 1.0, 1.0, "limit", 1, at(30))
        candle = Candle("BTC/USD", 1, at(0))
        seen = []
        pair = synchronize([reactivex.of(trade), reactivex.of(candle)], "30s")
        pair.subscribe(seen.append)
        assert seen == [(trade, candle)]

    def test_a_value_without_a_time_is_ignored(self):
        seen = []
        untimed, timed = quote(1, 2), Spread("BTC/USD", 1.0, 1.0, 2.0, 1.0, at(1))
        synchronize([reactivex.of(timed, untimed), reactivex.of(untimed, timed)], 1).subscribe(
            seen.append
        )
        assert seen == [(timed, timed)]

    def test_what_has_no_time_ends_the_stream_with_a_sentence(self):
        seen = []
        synchronize([reactivex.of(1), reactivex.of(2)], 1).subscribe(seen.append, seen.append)
        assert [type(error) for error in seen] == [ConfigurationError]
        assert "int has neither timestamp nor interval_begin" in str(seen[0])

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (([reactivex.of(1)], 1), "needs two streams or more, not 1"),
            (([], 1), "needs two streams or more, not 0"),
            (([reactivex.of(1), 2], 1), r"streams\[1\] must be an Observable, not 2"),
            (([reactivex.of(1)] * 2, -1), "tolerance must be zero or a duration"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_a_sentence(self, arguments, words):
        with pytest.raises(ConfigurationError, match=words):
            synchronize(*arguments)

    def test_a_time_that_is_no_function_is_refused(self):
        with pytest.raises(ConfigurationError, match="time must be a function from a value"):
            synchronize([reactivex.of(1)] * 2, 1, time="timestamp")


class TestLatestBy:
    def test_each_value_gives_the_latest_of_every_key(self):
        seen = []
        reactivex.of("a1", "b1", "a2").pipe(latest_by(lambda word: word[0])).subscribe(seen.append)
        assert seen == [{"a": "a1"}, {"a": "a1", "b": "b1"}, {"a": "a2", "b": "b1"}]

    def test_a_mapping_cannot_be_changed(self):
        seen = []
        reactivex.of("a1").pipe(latest_by(lambda word: word[0])).subscribe(seen.append)
        with pytest.raises(TypeError):
            seen[0]["a"] = "other"

    def test_two_subscribers_have_mappings_of_their_own(self):
        subject, first, second = Subject(), [], []
        latest = subject.pipe(latest_by(lambda word: word[0]))
        latest.subscribe(first.append)
        subject.on_next("a1")
        latest.subscribe(second.append)
        subject.on_next("b1")
        assert (len(first[-1]), len(second[-1])) == (2, 1)

    @pytest.mark.parametrize(
        ("key", "error"), [(lambda value: value["key"], TypeError), (lambda _: [], TypeError)]
    )
    def test_a_key_that_cannot_be_made_or_used_ends_the_stream(self, key, error):
        subject, seen = Subject(), []
        subject.pipe(latest_by(key)).subscribe(seen.append, seen.append)
        subject.on_next(1)
        assert [type(end) for end in seen] == [error]
        assert subject.observers == []

    def test_a_key_that_is_no_function_is_refused(self):
        with pytest.raises(ConfigurationError, match="key must be a function from a value"):
            latest_by("symbol")

    def test_the_end_and_errors_pass(self, clock):
        error = OSError("down")
        for end in (on_completed(220), on_error(220, error)):
            source = clock.create_hot_observable(on_next(210, "a"), end)
            result = clock.start(lambda source=source: source.pipe(latest_by(str)))
            assert result.messages == [on_next(210, {"a": "a"}), end]
            clock = testing.TestScheduler()

    def test_a_disposal_leaves_the_source(self):
        subject = Subject()
        subject.pipe(latest_by(str)).subscribe().dispose()
        assert subject.observers == []


class TestSpreadBetween:
    def test_it_has_both_quotes_and_what_both_directions_earn(self):
        seen = []
        a, b = reactivex.of(quote("101", "103")), reactivex.of(quote("99", "100"))
        spread_between(a, b).subscribe(seen.append)
        (spread,) = seen
        assert spread == CrossSpread(*map(Decimal, (101, 103, 99, 100)))
        assert spread.mid == Decimal("2.5")
        assert spread.basis_points == 10_000 * Decimal("2.5") / Decimal("99.5")
        assert (spread.sell_a_buy_b, spread.sell_b_buy_a) == (1, -4)

    def test_it_comes_only_when_a_best_price_changed(self):
        a, b, seen = Subject(), Subject(), []
        spread_between(a, b).subscribe(lambda spread: seen.append(spread.mid))
        for subject, value in [
            (a, quote(1, 3)),
            (b, quote(1, 1)),
            (a, Spread("BTC/USD", 1.0, 9.0, 3.0, 9.0)),
            (b, quote(1, 1)),
            (b, quote(0, 0)),
        ]:
            subject.on_next(value)
        assert seen == [1.0, 2.0]

    def test_nothing_comes_while_a_side_is_empty(self):
        a, b, seen = Subject(), Subject(), []
        spread_between(a, b).subscribe(lambda spread: seen.append(spread.mid))
        a.on_next(book(9, 11))
        b.on_next(book(None, 5))
        b.on_next(book(3, 5))
        b.on_next(book(None, 5))
        a.on_next(book(10, 12))
        b.on_next(book(3, 5))
        assert seen == [6, 7]

    def test_a_side_that_comes_back_as_it_was_is_no_change(self):
        a, b, seen = Subject(), Subject(), []
        spread_between(a, b).subscribe(lambda spread: seen.append(spread.mid))
        a.on_next(book(9, 11))
        for value in (book(3, 5), book(3, None), book(3, 5), book(3, 7)):
            b.on_next(value)
        assert seen == [6, 5]

    @pytest.mark.parametrize(
        "value",
        [
            book(9, 11),
            quote("9", "11"),
            TopOfBook("BTC/USD", Level(Decimal(9), Decimal(1)), Level(Decimal(11), Decimal(1))),
            Ticker("BTC/USD", Decimal(9), *map(Decimal, (1, 11, 1, 0, 0, 0, 0, 0, 0, 0))),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_books_tops_tickers_and_spreads_have_prices(self, value):
        seen = []
        spread_between(reactivex.of(value), reactivex.of(quote("1", "2"))).subscribe(seen.append)
        assert seen == [CrossSpread(*map(Decimal, (9, 11, 1, 2)))]


class TestTriangular:
    def quotes(self, a, b, c):
        names = ("ETH/BTC", "BTC/USD", "ETH/USD")
        return [quote(*prices, name) for prices, name in zip((a, b, c), names, strict=True)]

    def rates(self, *values):
        seen = []
        triangular(*map(reactivex.of, values)).subscribe(seen.append, seen.append)
        return seen

    def test_the_implied_rate_is_the_product_of_the_sides_one_would_trade_at(self):
        values = self.quotes(("0.05", "0.06"), ("100", "110"), ("4.5", "4.8"))
        (triangle,) = self.rates(*values)
        assert triangle == Triangle(Decimal(5), Decimal("6.6"), Decimal("4.5"), Decimal("4.8"))
        assert triangle.buy_direct == 10_000 * (Decimal(5) - Decimal("4.8")) / Decimal("4.8")
        assert triangle.sell_direct == 10_000 * (Decimal("4.5") - Decimal("6.6")) / Decimal("6.6")
        assert triangle.deviation == 10_000 * (Decimal("5.8") / Decimal("4.65") - 1)

    def test_it_comes_only_when_a_best_price_changed(self):
        subjects, seen = [Subject(), Subject(), Subject()], []
        triangular(*subjects).subscribe(seen.append)
        first = self.quotes((1, 2), (1, 2), (1, 2))
        for subject, value in zip(subjects, first, strict=True):
            subject.on_next(value)
            subject.on_next(value)
        assert len(seen) == 1
        subjects[1].on_next(quote(1, 3, "BTC/USD"))
        assert [triangle.implied_ask for triangle in seen] == [4.0, 6.0]

    def test_nothing_comes_while_a_side_is_empty(self):
        seen = self.rates(book(1, None, "ETH/BTC"), book(1, 2, "BTC/USD"), book(1, 2, "ETH/USD"))
        assert seen == []

    def test_a_side_that_comes_back_as_it_was_is_no_change(self):
        subjects, seen = [Subject(), Subject(), Subject()], []
        triangular(*subjects).subscribe(seen.append)
        for subject, name in zip(subjects, ("ETH/BTC", "BTC/USD", "ETH/USD"), strict=True):
            subject.on_next(book(1, 2, name))
        for ask in (None, 2, 3):
            subjects[0].on_next(book(1, ask, "ETH/BTC"))
        assert [triangle.implied_ask for triangle in seen] == [4, 6]

    @pytest.mark.parametrize(
        "names",
        [
            ("BTC/USD", "ETH/BTC", "ETH/USD"),
            ("ETH/BTC", "BTC/USD", "SOL/USD"),
            ("ETH/BTC", "BTC/USD", "ETH/EUR"),
        ],
    )
    def test_symbols_that_make_no_triangle_end_the_stream_with_a_sentence(self, names):
        seen = self.rates(*[quote(1, 2, name) for name in names])
        assert [type(error) for error in seen] == [ConfigurationError]
        assert f"in this order, not of {', '.join(names)}" in str(seen[0])


JOINS = {
    "synchronize": lambda a, b, c: synchronize([a, b, c], 1, time=lambda _: NOON),
    "spread_between": lambda a, b, c: spread_between(a, b),
    "triangular": triangular,
}
QUOTES = [quote(1, 2, "ETH/BTC"), quote(1, 2, "BTC/USD"), quote(1, 2, "ETH/USD")]


@pytest.mark.parametrize("join", JOINS.values(), ids=JOINS)
class TestEveryJoin:
    def joined(self, join):
        subjects, seen = [Subject(), Subject(), Subject()], []
        subscription = join(*subjects).subscribe(
            lambda _: seen.append("value"), seen.append, lambda: seen.append("end")
        )
        return subjects, seen, subscription

    def test_an_error_of_one_passes_and_leaves_the_others(self, join):
        subjects, seen, _ = self.joined(join)
        error = OSError("down")
        subjects[1].on_error(error)
        assert seen == [error]
        assert [subject.observers for subject in subjects] == [[], [], []]

    def test_a_disposal_leaves_all(self, join):
        subjects, _, subscription = self.joined(join)
        subscription.dispose()
        assert [subject.observers for subject in subjects] == [[], [], []]

    def test_it_ends_when_all_have_ended(self, join):
        subjects, seen, _ = self.joined(join)
        for subject, value in zip(subjects, QUOTES, strict=True):
            subject.on_next(value)
        used = [subject for subject in subjects if subject.observers]
        for subject in used[:-1]:
            subject.on_completed()
        assert seen == ["value"]
        used[-1].on_completed()
        assert seen == ["value", "end"]

    def test_it_ends_when_one_ends_without_a_value(self, join):
        subjects, seen, _ = self.joined(join)
        subjects[0].on_next(QUOTES[0])
        subjects[1].on_completed()
        assert seen == ["end"]
        assert [subject.observers for subject in subjects] == [[], [], []]

    def test_what_cannot_be_read_ends_the_stream(self, join):
        def unreadable(_):
            raise LookupError

        subjects, seen, _ = self.joined(join)
        if join is JOINS["synchronize"]:
            synchronize(subjects, 1, time=unreadable).subscribe(seen.append, seen.append)
        subjects[0].on_next("no quote")
        wrong = LookupError if join is JOINS["synchronize"] else AttributeError
        assert [type(error) for error in seen] == [wrong]

    def test_after_a_source_that_fails_at_once_no_other_is_subscribed_to(self, join):
        last, seen = Subject(), []
        join(reactivex.throw(OSError("down")), last, last).subscribe(seen.append, seen.append)
        assert [type(error) for error in seen] == [OSError]
        assert last.observers == []

    def test_two_subscribers_have_latest_values_of_their_own(self, join):
        subjects, first, second = [Subject(), Subject(), Subject()], [], []
        joined = join(*subjects)
        joined.subscribe(first.append)
        for subject, value in zip(subjects[:-1], QUOTES, strict=False):
            subject.on_next(value)
        joined.subscribe(second.append)
        subjects[2].on_next(QUOTES[2])
        assert (len(first), len(second)) == (1, 0)


@pytest.mark.parametrize("join", [spread_between, triangular])
def test_what_is_no_stream_is_refused_by_its_name(join):
    streams = [reactivex.of(1)] * (2 if join is spread_between else 3)
    streams[1] = 7
    with pytest.raises(ConfigurationError, match="b must be an Observable, not 7"):
        join(*streams)
