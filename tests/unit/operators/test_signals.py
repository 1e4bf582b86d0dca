"""Crossings and thresholds as tables; signals that last in virtual time, one tick a second."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import reactivex
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.operators.debounce_signal import debounce_signal
from rxkraken.operators.signals import crossover, threshold

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)
NAN = float("nan")


def through(operator, *values):
    seen = []
    reactivex.of(*values).pipe(operator).subscribe(
        seen.append, seen.append, lambda: seen.append("|")
    )
    return seen


class TestCrossover:
    @pytest.mark.parametrize(
        ("differences", "events"),
        [
            ([1, 1, 2], []),
            ([-1, 1], [1]),
            ([1, -1], [-1]),
            ([-1, 0, 1], [1]),  # through a touch
            ([-1, 0, -1], []),  # a touch alone
            ([1, 0, 0, 1], []),
            ([0, 1], []),  # where it begins is no crossing
            ([0, 1, -1], [-1]),
            ([-1, 1, -1, 1], [1, -1, 1]),
        ],
    )
    def test_only_a_change_of_sides_is_an_event(self, differences, events):
        pairs = [(100 + difference, 100) for difference in differences]
        assert through(crossover(), *pairs) == [*events, "|"]

    def test_an_event_comes_with_the_pair_that_crosses(self):
        subject, seen = Subject(), []
        subject.pipe(crossover()).subscribe(seen.append)
        subject.on_next((1, 2))
        assert seen == []
        subject.on_next((3, 2))
        assert seen == [1]

    @pytest.mark.parametrize("gap", [(None, 1), (1, None), (NAN, 1), (1, NAN)])
    def test_what_is_not_known_yet_is_passed_over(self, gap):
        assert through(crossover(), gap, (1, 2), gap, (3, 2)) == [1, "|"]

    def test_the_series_may_be_anything_a_value_holds(self):
        rows = [
            {"five": Decimal(1), "twenty": Decimal(2)},
            {"five": Decimal(3), "twenty": Decimal(2)},
        ]
        operator = crossover(fast=lambda row: row["five"], slow=lambda row: row["twenty"])
        assert through(operator, *rows) == [1, "|"]

    def test_what_a_function_raises_is_the_error_of_the_stream(self):
        (error,) = through(crossover(fast=lambda row: row["five"]), {})
        assert isinstance(error, KeyError)

    @pytest.mark.parametrize("name", ["fast", "slow"])
    def test_what_is_no_function_is_refused(self, name):
        with pytest.raises(ConfigurationError, match=f"^{name} must be a function, not 5"):
            crossover(**{name: 5})


class TestThreshold:
    @pytest.mark.parametrize(
        ("hysteresis", "values", "states"),
        [
            (0, [1, 6, 1], [False, True, False]),
            (0, [6, 5, 4], [True, False]),  # the level itself keeps what is
            (0, [4, 5, 6], [False, True]),
            (2, [1, 6, 5, 4, 3, 2.9, 5, 6], [False, True, False, True]),
            (2, [4], [False]),  # between the two it begins below
            (2, [6, 7, 8], [True]),
        ],
    )
    def test_it_begins_above_the_level_and_ends_below_the_band(self, hysteresis, values, states):
        assert through(threshold(5, hysteresis=hysteresis), *values) == [*states, "|"]

    @pytest.mark.parametrize("number", [float, Decimal])
    def test_the_edge_of_the_band_is_where_it_is_written(self, number):
        operator = threshold(number("0.8"), hysteresis=number("0.1"))
        assert through(operator, number("0.9"), number("0.7")) == [True, "|"]

    @pytest.mark.parametrize("gap", [None, NAN, Decimal("nan")])
    def test_what_is_not_known_is_passed_over(self, gap):
        assert through(threshold(5), gap, 1, gap, 6) == [False, True, "|"]

    @pytest.mark.parametrize("level", [None, "5", NAN, float("inf"), True])
    def test_a_level_that_is_no_number_is_refused(self, level):
        with pytest.raises(ConfigurationError, match=r"^level must be a finite number"):
            threshold(level)

    @pytest.mark.parametrize("hysteresis", [-1, None, NAN, "1"])
    def test_a_hysteresis_below_zero_is_refused(self, hysteresis):
        with pytest.raises(ConfigurationError, match=r"^hysteresis must be a number from zero up"):
            threshold(5, hysteresis=hysteresis)


@pytest.fixture
def clock():
    return testing.TestScheduler()


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


def by_clock(clock, *messages, quiet=10, **kwargs):
    source = clock.create_hot_observable(*messages)
    return clock.start(lambda: source.pipe(debounce_signal(quiet, **kwargs))).messages


class TestDebounceByTheClock:
    def test_a_value_is_emitted_once_it_has_lasted(self, clock):
        assert by_clock(clock, on_next(210, "a")) == [on_next(220, "a")]

    def test_a_value_that_goes_before_is_not(self, clock):
        messages = by_clock(clock, on_next(210, "a"), on_next(219, "b"))
        assert messages == [on_next(229, "b")]

    def test_repetitions_do_not_make_it_wait_anew(self, clock):
        messages = by_clock(clock, on_next(210, "a"), on_next(215, "a"), on_next(219, "a"))
        assert messages == [on_next(220, "a")]

    def test_a_return_to_the_value_emitted_last_is_silence(self, clock):
        messages = by_clock(clock, on_next(210, "a"), on_next(230, "b"), on_next(235, "a"))
        assert messages == [on_next(220, "a")]

    def test_after_a_return_the_wait_begins_anew(self, clock):
        messages = by_clock(
            clock, on_next(210, "a"), on_next(230, "b"), on_next(235, "a"), on_next(238, "b")
        )
        assert messages == [on_next(220, "a"), on_next(248, "b")]

    def test_what_has_not_lasted_at_the_end_is_dropped(self, clock):
        messages = by_clock(clock, on_next(210, "a"), on_completed(215))
        assert messages == [on_completed(215)]

    def test_an_error_passes_at_once(self, clock):
        error = OSError("down")
        messages = by_clock(clock, on_next(210, "a"), on_error(215, error))
        assert messages == [on_error(215, error)]

    def test_none_is_a_value_like_any_other(self, clock):
        assert by_clock(clock, on_next(210, None)) == [on_next(220, None)]

    def test_a_key_says_what_of_an_event_is_the_signal(self, clock):
        messages = by_clock(
            clock, on_next(210, ("a", 1)), on_next(215, ("a", 2)), key=lambda e: e[0]
        )
        assert messages == [on_next(220, ("a", 1))]

    def test_a_disposal_cancels_the_timer_and_leaves_the_source(self, clock):
        subject, seen = Subject(), []
        subscription = subject.pipe(debounce_signal(10, scheduler=clock)).subscribe(seen.append)
        subject.on_next("a")
        assert len(waiting(clock)) == 1
        subscription.dispose()
        assert waiting(clock) == []
        assert subject.observers == []
        clock.advance_to(50)
        assert seen == []

    def test_what_the_key_raises_ends_the_stream(self, clock):
        subject, seen = Subject(), []
        operator = debounce_signal(10, key=lambda event: event["signal"], scheduler=clock)
        subject.pipe(operator).subscribe(seen.append, seen.append)
        subject.on_next({})
        assert [type(end) for end in seen] == [KeyError]
        assert subject.observers == []

    @pytest.mark.parametrize("quiet", [0, "soon", None, -1])
    def test_a_quiet_that_is_no_duration_is_refused(self, quiet):
        with pytest.raises(ConfigurationError, match=r"^quiet must be a duration above zero"):
            debounce_signal(quiet)

    @pytest.mark.parametrize("name", ["key", "time"])
    def test_what_is_no_function_is_refused(self, name):
        with pytest.raises(ConfigurationError, match=f"^{name} must be a function"):
            debounce_signal(1, **{name: "timestamp"})


def at(second):
    return datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(seconds=second)


def by_events(quiet, *events):
    operator = debounce_signal(quiet, key=lambda event: event[1], time=lambda event: at(event[0]))
    return through(operator, *events)


class TestDebounceByTheTimeOfEvents:
    def test_a_value_is_emitted_by_the_first_event_that_finds_it_lasting(self):
        assert by_events(10, (0, "a"), (9, "a"), (10, "a"), (11, "a")) == [(0, "a"), "|"]

    def test_the_event_that_finds_it_may_begin_another(self):
        events = [(0, "a"), (10, "b"), (15, "b"), (20, "b")]
        assert by_events(10, *events) == [(0, "a"), (10, "b"), "|"]

    def test_a_value_that_goes_before_is_not_emitted(self):
        assert by_events(10, (0, "a"), (9, "b"), (18, "a"), (27, "b")) == ["|"]

    def test_a_return_to_the_value_emitted_last_is_silence(self):
        assert by_events(10, (0, "a"), (10, "a"), (12, "b"), (15, "a"), (40, "a")) == [
            (0, "a"),
            "|",
        ]

    def test_what_has_not_lasted_at_the_end_is_dropped(self):
        assert by_events(10, (0, "a"), (9, "a")) == ["|"]
