"""Bars out of trades, in event time and in virtual time: one tick is one second."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import reactivex
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.models import Trade
from rxkraken.models.bars import Bar
from rxkraken.operators.bars import bars

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def at(second):
    return NOON + timedelta(seconds=second)


def trade(second, price="100", qty="1", *, number=None, symbol="BTC/USD", kind=Decimal):
    """A trade so many seconds after noon, numbered by its time unless told otherwise."""
    number = int(second * 1000) if number is None else number
    return Trade(symbol, "buy", kind(price), kind(qty), "limit", number, at(second))


def emitted(trades, **arguments):
    """Give the bars of trades that end."""
    seen = []
    reactivex.from_iterable(trades).pipe(bars(**arguments)).subscribe(seen.append)
    return seen


def brief(made):
    """A bar as begin and end in seconds after noon, its four prices, volume, count and state."""
    begin, end = ((moment - NOON).total_seconds() for moment in (made.begin, made.end))
    prices = tuple(
        None if price is None else int(price)
        for price in (made.open, made.high, made.low, made.close)
    )
    return begin, end, prices, float(made.volume), made.count, made.closed


def live(clock, subject, **arguments):
    """Subscribe with a virtual clock; give what comes as (tick, bar)."""
    seen = []
    made = subject.pipe(bars(**arguments))
    made.subscribe(lambda bar: seen.append((clock.clock, bar)), scheduler=clock)
    return seen


@pytest.fixture
def clock():
    return testing.TestScheduler()


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


class TestByTime:
    def test_a_bar_has_first_highest_lowest_and_last_price_and_the_sums(self):
        trades = [trade(1, 100, 1), trade(2, 107, 2), trade(3, 98, "0.5"), trade(9, 101, 1)]
        (made,) = emitted(trades, every="10s")
        assert made == Bar(
            symbol="BTC/USD",
            begin=at(0),
            end=at(10),
            open=Decimal(100),
            high=Decimal(107),
            low=Decimal(98),
            close=Decimal(101),
            volume=Decimal("4.5"),
            notional=Decimal(464),
            count=4,
            closed=False,
        )
        assert made.vwap == Decimal(464) / Decimal("4.5")

    def test_the_first_trade_after_the_end_closes_it_once(self):
        subject, seen = Subject(), []
        subject.pipe(bars(every=10)).subscribe(seen.append)
        for second in (1, 9.999999):
            subject.on_next(trade(second))
        assert seen == []
        subject.on_next(trade(10, 105))
        subject.on_next(trade(11, 105))
        assert [brief(bar) for bar in seen] == [(0, 10, (100, 100, 100, 100), 2, 2, True)]

    def test_intervals_are_those_of_the_grid_whatever_the_first_trade(self):
        made = emitted([trade(47), trade(65)], every="1m")
        assert [(bar.begin, bar.end) for bar in made] == [(at(0), at(60)), (at(60), at(120))]

    def test_what_is_left_when_the_source_completes_is_not_closed(self):
        assert [bar.closed for bar in emitted([trade(1), trade(11)], every=10)] == [True, False]

    def test_no_trades_make_no_bars(self):
        assert emitted([], every=10) == []

    def test_symbols_have_bars_of_their_own(self):
        trades = [
            trade(1, 100),
            trade(2, 5, symbol="ETH/USD"),
            trade(11, 101),
            trade(12, 6, symbol="ETH/USD"),
        ]
        made = emitted(trades, every=10)
        assert [(bar.symbol, int(bar.open), bar.closed) for bar in made] == [
            ("BTC/USD", 100, True),
            ("ETH/USD", 5, True),
            ("BTC/USD", 101, False),
            ("ETH/USD", 6, False),
        ]

    def test_a_trade_that_was_overtaken_within_the_open_interval_is_put_where_it_belongs(self):
        (made,) = emitted([trade(3, 103), trade(1, 101), trade(2, 102)], every=10)
        assert brief(made) == (0, 10, (101, 103, 101, 103), 3, 3, False)

    def test_trades_of_one_moment_are_in_the_order_of_their_numbers(self):
        trades = [trade(1, 102, number=8), trade(1, 103, number=9), trade(1, 101, number=7)]
        (made,) = emitted(trades, every=10)
        assert (made.open, made.close) == (101, 103)

    def test_float_trades_make_float_bars(self):
        (made,) = emitted([trade(1, "100.5", "0.5", kind=float)], every=10)
        assert (made.open, made.volume, made.notional) == (100.5, 0.5, 50.25)
        assert {type(made.volume), type(made.notional), type(made.vwap)} == {float}

    def test_sums_of_decimals_keep_all_their_digits(self):
        trades = [trade(1, 1, "1e20"), trade(2, 1, "1e-20")]
        (made,) = emitted(trades, every=10)
        assert str(made.volume) == "1" + "0" * 20 + "." + "0" * 19 + "1"

    def test_products_of_decimals_keep_all_their_digits(self):
        (made,) = emitted([trade(1, "1" + "0" * 15 + "1", "1" + "0" * 15 + "1")], every=10)
        assert made.notional == 10**32 + 2 * 10**16 + 1


class TestLateTrades:
    def test_a_trade_of_a_closed_interval_is_counted_and_given_away(self):
        late = []
        trades = [trade(1), trade(11), trade(2, 999), trade(3, 999), trade(21)]
        made = emitted(trades, every=10, on_late=late.append)
        assert [(bar.count, bar.late) for bar in made] == [(1, 0), (1, 2), (1, 0)]
        assert [one.timestamp for one in late] == [at(2), at(3)]

    def test_lateness_keeps_an_interval_open(self):
        subject, seen = Subject(), []
        subject.pipe(bars(every=10, lateness="5s")).subscribe(seen.append)
        for one in (trade(1), trade(14.9, 105), trade(9, 109)):
            subject.on_next(one)
        assert seen == []
        subject.on_next(trade(15, 106))
        assert [brief(bar) for bar in seen] == [(0, 10, (100, 109, 100, 109), 2, 2, True)]

    def test_a_trade_may_open_an_interval_before_that_of_the_first(self):
        made = emitted([trade(11, 2), trade(9, 1), trade(30, 3)], every=10, lateness=5)
        assert [(int(bar.open), bar.closed) for bar in made] == [(1, True), (2, True), (3, False)]

    def test_beyond_lateness_a_trade_is_late_even_where_no_bar_was(self):
        late = []
        trades = [trade(35), trade(9), trade(8)]
        emitted(trades, every=10, lateness=10, on_late=late.append)
        assert len(late) == 2

    def test_intervals_that_are_over_at_the_end_are_closed(self):
        made = emitted([trade(1), trade(11), trade(21)], every=10, lateness=60)
        assert [bar.closed for bar in made] == [True, True, False]


class TestGaps:
    def test_intervals_without_trades_are_skipped(self):
        made = emitted([trade(1), trade(31)], every=10)
        assert [bar.begin for bar in made] == [at(0), at(30)]

    def test_they_may_carry_the_last_price_on(self):
        made = emitted([trade(1, 100), trade(2, 104), trade(31, 90)], every=10, gaps="carry")
        assert [brief(bar) for bar in made] == [
            (0, 10, (100, 104, 100, 104), 2, 2, True),
            (10, 20, (104, 104, 104, 104), 0, 0, True),
            (20, 30, (104, 104, 104, 104), 0, 0, True),
            (30, 40, (90, 90, 90, 90), 1, 1, False),
        ]

    def test_they_may_be_empty(self):
        made = emitted([trade(1), trade(21)], every=10, gaps="empty")
        assert brief(made[1]) == (10, 20, (None, None, None, None), 0, 0, True)
        assert made[1].vwap is None

    def test_nothing_is_filled_before_the_first_trade(self):
        made = emitted([trade(95), trade(101)], every=10, gaps="carry", lateness=50)
        assert [bar.begin for bar in made] == [at(90), at(100)]


class TestByTheClock:
    def test_a_quiet_market_closes_its_bar_by_the_time_that_passes(self, clock):
        subject = Subject()
        seen = live(clock, subject, every=10, grace=0)
        clock.advance_to(100)
        subject.on_next(trade(7, 107))
        clock.advance_to(102)
        subject.on_next(trade(8, 108))
        clock.advance_to(200)
        assert [(tick, brief(bar)) for tick, bar in seen] == [
            (103, (0, 10, (107, 108, 107, 108), 2, 2, True))
        ]

    def test_lateness_and_grace_are_waited_for_as_well(self, clock):
        subject = Subject()
        seen = live(clock, subject, every=10, lateness=4, grace=2)
        clock.advance_to(100)
        subject.on_next(trade(7))
        clock.advance_to(200)
        assert [tick for tick, _ in seen] == [109]

    def test_what_the_clock_has_closed_stays_closed(self, clock):
        late, subject = [], Subject()
        seen = live(clock, subject, every=10, grace=0, on_late=late.append)
        subject.on_next(trade(7))
        clock.advance_to(50)
        subject.on_next(trade(9.9))
        subject.on_next(trade(11))
        subject.on_completed()
        assert [(bar.count, bar.closed, bar.late) for _, bar in seen] == [
            (1, True, 0),
            (1, False, 1),
        ]
        assert [one.timestamp for one in late] == [at(9.9)]

    def test_a_trade_that_closes_comes_before_the_timer(self, clock):
        subject = Subject()
        seen = live(clock, subject, every=10, grace=0)
        subject.on_next(trade(7))
        clock.advance_to(2)
        subject.on_next(trade(10))
        clock.advance_to(11)
        assert [(tick, bar.begin) for tick, bar in seen] == [(2, at(0))]
        clock.advance_to(30)
        assert [(tick, bar.begin) for tick, bar in seen] == [(2, at(0)), (12, at(10))]

    def test_several_open_intervals_close_one_after_the_other(self, clock):
        subject = Subject()
        seen = live(clock, subject, every=10, lateness=15, grace=0)
        subject.on_next(trade(9))
        subject.on_next(trade(11))
        clock.advance_to(100)
        assert [(tick, bar.begin) for tick, bar in seen] == [(14, at(0)), (24, at(10))]

    def test_gaps_are_filled_by_the_clock_for_as_long_as_one_listens(self, clock):
        subject = Subject()
        seen = live(clock, subject, every=10, grace=1, gaps="carry")
        subject.on_next(trade(7))
        clock.advance_to(25)
        assert [(tick, bar.begin, bar.count) for tick, bar in seen] == [
            (4, at(0), 1),
            (14, at(10), 0),
            (24, at(20), 0),
        ]
        subject.on_next(trade(31))
        assert seen[-1][1].begin == at(20)
        subject.on_next(trade(41))
        assert (seen[-1][1].begin, seen[-1][1].count) == (at(30), 1)

    def test_gaps_wait_for_lateness_too(self, clock):
        subject = Subject()
        seen = live(clock, subject, every=10, lateness=4, grace=0, gaps="empty")
        subject.on_next(trade(7))
        clock.advance_to(30)
        assert [(tick, bar.begin) for tick, bar in seen] == [(7, at(0)), (17, at(10)), (27, at(20))]
        assert len(waiting(clock)) == 1

    def test_a_timer_runs_only_while_a_bar_is_open(self, clock):
        subject = Subject()
        live(clock, subject, every=10)
        assert waiting(clock) == []
        for second in (1, 2, 3, 12, 13):
            subject.on_next(trade(second))
            assert len(waiting(clock)) == 1
        clock.advance_to(100)
        assert waiting(clock) == []

    def test_the_end_cancels_the_timer(self, clock):
        subject = Subject()
        live(clock, subject, every=10)
        subject.on_next(trade(1))
        subject.on_completed()
        assert waiting(clock) == []

    def test_a_scheduler_of_its_own_goes_before_that_of_the_subscription(self, clock):
        subject = Subject()
        seen = live(testing.TestScheduler(), subject, every=10, grace=0, scheduler=clock)
        subject.on_next(trade(7))
        clock.advance_to(3)
        assert len(seen) == 1


class TestRunning:
    def test_each_trade_gives_the_bar_as_it_stands(self):
        made = emitted([trade(1, 100), trade(2, 103), trade(12, 99)], every=10, running=True)
        assert [(int(bar.open), int(bar.close), bar.count, bar.closed) for bar in made] == [
            (100, 100, 1, False),
            (100, 103, 2, False),
            (100, 103, 2, True),
            (99, 99, 1, False),
            (99, 99, 1, False),
        ]

    def test_by_ticks_a_trade_that_fills_gives_the_closed_bar_only(self):
        made = emitted([trade(1), trade(2)], ticks=2, running=True)
        assert [(bar.count, bar.closed) for bar in made] == [(1, False), (2, True)]

    def test_by_volume_the_rest_of_a_split_trade_is_shown(self):
        made = emitted([trade(1, 100, 5)], volume=2, running=True)
        assert [(bar.volume, bar.closed) for bar in made] == [
            (2, True),
            (2, True),
            (1, False),
            (1, False),
        ]


class TestBySize:
    def test_ticks_close_with_the_last_trade_they_need(self):
        subject, seen = Subject(), []
        subject.pipe(bars(ticks=2)).subscribe(seen.append)
        subject.on_next(trade(1, 100))
        assert seen == []
        subject.on_next(trade(2, 99))
        assert [brief(bar) for bar in seen] == [(1, 2, (100, 100, 99, 99), 2, 2, True)]

    def test_a_trade_on_the_boundary_of_volume_is_split(self):
        made = emitted([trade(1, 100, 3), trade(2, 110, 4)], volume=5)
        assert [brief(bar) for bar in made] == [
            (1, 2, (100, 110, 100, 110), 5, 2, True),
            (2, 2, (110, 110, 110, 110), 2, 1, False),
        ]
        assert [bar.notional for bar in made] == [3 * 100 + 2 * 110, 2 * 110]

    def test_one_trade_may_fill_many_bars(self):
        made = emitted([trade(1, 100, "0.25"), trade(2, 100, "3.5")], volume=Decimal(1))
        assert [bar.volume for bar in made] == [1, 1, 1, Decimal("0.75")]
        assert [bar.closed for bar in made] == [True, True, True, False]

    def test_an_exact_fit_leaves_nothing(self):
        assert [bar.closed for bar in emitted([trade(1, 100, 2)], volume=1)] == [True, True]
        assert [bar.closed for bar in emitted([trade(1, 100, 2)], notional=100)] == [True, True]

    def test_every_full_bar_has_exactly_its_notional(self):
        made = emitted([trade(1, 3, 100), trade(2, 7, 10)], notional=100)
        assert [bar.notional for bar in made] == [100, 100, 100, 70]
        assert sum(bar.volume for bar in made) == 110

    def test_the_quantity_at_a_boundary_of_notional_is_rounded_down_to_18_decimals(self):
        made = emitted([trade(1, 3, 1)], notional=1)
        third = Decimal("0.333333333333333333")
        assert [bar.volume for bar in made] == [third, third, 1 - 2 * third]

    def test_a_size_may_be_of_another_number_type_than_the_trades(self):
        made = emitted([trade(1, 100, "0.3", kind=Decimal)], volume=0.1)
        assert [bar.volume for bar in made] == [Decimal("0.1")] * 3
        made = emitted([trade(1, 100, "0.5", kind=float)], volume=Decimal("0.25"))
        assert [(bar.volume, type(bar.volume)) for bar in made] == [(0.25, float)] * 2

    @pytest.mark.parametrize("kind", [Decimal, float])
    @pytest.mark.parametrize("measure", ["volume", "notional"])
    def test_a_size_far_too_small_ends_the_stream_with_a_sentence(self, kind, measure):
        seen = []
        huge = reactivex.of(trade(1, 1, 1000, kind=kind))
        huge.pipe(bars(**{measure: 0.001})).subscribe(lambda _: None, seen.append)
        assert [type(error) for error in seen] == [ConfigurationError]
        assert f"{measure}=0.001 is too small for BTC/USD" in str(seen[0])

    def test_symbols_are_measured_apart(self):
        trades = [trade(1, 1, 3), trade(2, 1, 3, symbol="ETH/USD"), trade(3, 1, 1)]
        made = emitted(trades, volume=4)
        assert [(bar.symbol, bar.volume, bar.closed) for bar in made] == [
            ("BTC/USD", 4, True),
            ("ETH/USD", 3, False),
        ]


KINDS = [{"every": 10}, {"ticks": 3}, {"volume": 3}, {"notional": 300}]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: next(iter(kind)))
class TestAnyKind:
    def test_an_error_passes_and_takes_what_is_open_with_it(self, kind, clock):
        error = OSError("down")
        source = clock.create_hot_observable(on_next(210, trade(1)), on_error(214, error))
        result = clock.start(lambda: source.pipe(bars(**kind)))
        assert result.messages == [on_error(214, error)]
        assert waiting(clock) == []

    def test_a_disposal_leaves_the_source_and_no_timer(self, kind, clock):
        subject = Subject()
        subscription = subject.pipe(bars(**kind)).subscribe(scheduler=clock)
        subject.on_next(trade(1))
        subscription.dispose()
        assert subject.observers == []
        assert waiting(clock) == []

    def test_what_is_no_trade_ends_the_stream(self, kind):
        subject, seen = Subject(), []
        subject.pipe(bars(**kind)).subscribe(lambda _: None, seen.append)
        subject.on_next("BTC/USD")
        assert [type(error) for error in seen] == [AttributeError]
        assert subject.observers == []

    def test_what_on_late_raises_ends_the_stream(self, kind):
        def refuse(late):
            raise LookupError(late.trade_id)

        seen = []
        trades = [trade(11), trade(1), trade(12)]
        source = reactivex.from_iterable(trades)
        source.pipe(bars(**kind, on_late=refuse)).subscribe(lambda _: None, seen.append)
        assert [str(error) for error in seen] == (["1000"] if "every" in kind else [])

    def test_two_subscribers_have_bars_of_their_own(self, kind):
        subject, first, second = Subject(), [], []
        made = subject.pipe(bars(**kind))
        made.subscribe(first.append)
        subject.on_next(trade(1))
        made.subscribe(second.append)
        subject.on_next(trade(2))
        subject.on_completed()
        assert ([bar.count for bar in first], [bar.count for bar in second]) == ([2], [1])

    def test_completion_follows_what_was_left(self, kind, clock):
        source = clock.create_hot_observable(on_next(210, trade(1)), on_completed(211))
        result = clock.start(lambda: source.pipe(bars(**kind)))
        assert [message.time for message in result.messages] == [211, 211]
        assert result.messages[1] == on_completed(211)


class TestArguments:
    @pytest.mark.parametrize("given", [{}, {"every": 1, "ticks": 2}, {"volume": 1, "notional": 2}])
    def test_exactly_one_measure_is_needed(self, given):
        with pytest.raises(ConfigurationError, match="exactly one of every, ticks, volume"):
            bars(**given)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"every": 0}, "every must be a duration above zero"),
            ({"every": "soon"}, "every must be a duration above zero"),
            ({"ticks": 0}, "ticks must be a whole number above zero, not 0"),
            ({"ticks": 1.5}, "ticks must be a whole number"),
            ({"ticks": True}, "ticks must be a whole number"),
            ({"volume": 0}, "volume must be a number above zero, not 0"),
            ({"volume": "1"}, "volume must be a number above zero"),
            ({"notional": float("inf")}, "notional must be a number above zero"),
            ({"notional": Decimal("NaN")}, "notional must be a number above zero"),
            ({"every": 1, "lateness": -1}, "lateness must be zero or a duration"),
            ({"every": 1, "lateness": True}, "lateness must be zero or a duration"),
            ({"every": 1, "grace": []}, "grace must be zero or a duration"),
            ({"every": 1, "gaps": "fill"}, "gaps must be 'skip', 'carry' or 'empty', not 'fill'"),
            ({"every": 1, "on_late": 3}, "on_late must be a function of a trade, not 3"),
            ({"ticks": 1, "lateness": 1}, "lateness and gaps need every"),
            ({"volume": 1, "gaps": "carry"}, "lateness and gaps need every"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_a_sentence_that_names_it(self, wrong, words):
        with pytest.raises(ConfigurationError, match=words):
            bars(**wrong)
