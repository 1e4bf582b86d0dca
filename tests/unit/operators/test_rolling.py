"""Rolling statistics: edges of windows by count, and by time in virtual time: a tick a second."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from reactivex import testing
from reactivex.testing import ReactiveTest

from rxkraken.operators.rolling import rolling, sma, zscore

from .feeding import at, emitted, moment, second

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed


class TestByCount:
    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ("sum", [9.0, 12.0, 8.0, 3.0]),
            ("mean", [3.0, 4.0, 8 / 3, 1.0]),
            ("std", [math.sqrt(7), 2.0, math.sqrt(52 / 3), 3.0]),
            ("min", [1.0, 2.0, -2.0, -2.0]),
            ("max", [6.0, 6.0, 6.0, 4.0]),
            ("median", [2.0, 4.0, 4.0, 1.0]),
        ],
    )
    def test_a_window_is_the_last_so_many_the_newest_among_them(self, how, expected):
        values = emitted(rolling(how, window=3), [1, 2, 6, 4, -2, 1])
        assert values == pytest.approx(expected, rel=1e-15, abs=0.0)

    def test_nothing_comes_before_the_window_is_full(self):
        assert emitted(sma(4), [1, 2, 3]) == []
        assert emitted(sma(4), [1, 2, 3, 4]) == [2.5]

    def test_with_a_minimum_the_window_fills_in_sight(self):
        assert emitted(sma(3, minimum=1), [3, 5, 7, 9]) == [3.0, 4.0, 5.0, 7.0]
        assert emitted(sma(3, minimum=2), [3, 5, 7, 9]) == [4.0, 5.0, 7.0]

    def test_a_window_of_one_is_the_value_itself(self):
        for how in ("sum", "mean", "min", "max", "median"):
            assert emitted(rolling(how, window=1), [3, 0.1, -2]) == [3.0, 0.1, -2.0]

    def test_an_even_number_has_the_mean_of_its_middle_two_as_median(self):
        assert emitted(rolling("median", window=4), [4, 1, 3, 100, 2]) == [3.5, 2.5]

    def test_a_deviation_is_that_of_a_sample_or_of_a_population(self):
        assert emitted(rolling("std", window=2), [1, 3]) == [math.sqrt(2)]
        assert emitted(rolling("std", window=2, population=True), [1, 3]) == [1.0]

    def test_a_sample_of_one_has_no_deviation_and_a_population_of_one_has_none_to_speak_of(self):
        assert emitted(rolling("std", window=2, minimum=1), [1, 3]) == [math.sqrt(2)]
        assert emitted(rolling("std", window=2, minimum=1, population=True), [1, 3]) == [0.0, 1.0]
        assert emitted(zscore(2, minimum=1), [1, 3]) == [pytest.approx(math.sqrt(0.5))]

    def test_scores_are_deviations_above_the_mean_of_a_window_that_has_the_value(self):
        assert emitted(zscore(3), [1, 2, 3, 3, 0]) == pytest.approx([1, 3**-0.5, -2 / 3**0.5])
        assert emitted(zscore(2, population=True), [1, 3, 2]) == [1.0, -1.0]

    def test_where_nothing_deviates_the_score_is_zero(self):
        assert emitted(zscore(3), [0.1] * 4) == [0.0, 0.0]

    def test_results_are_floats_of_numbers_of_any_kind(self):
        values = emitted(rolling("max", window=1), [1, Decimal("0.1"), Fraction(1, 4), True])
        assert values == [1.0, 0.1, 0.25, 1.0]
        assert {type(value) for value in values} == {float}

    def test_a_function_gives_the_value_of_an_item(self):
        assert emitted(sma(2, value=len), ["a", "bcd", "ef"]) == [2.0, 2.5]


def marbles(operator, *messages):
    clock = testing.TestScheduler()
    source = clock.create_hot_observable(*messages)
    return clock.start(lambda: source.pipe(operator)).messages


class TestByTime:
    def test_a_value_leaves_when_it_is_exactly_as_old_as_the_window(self):
        messages = [on_next(210, 1), on_next(219, 2), on_next(220, 3), on_next(229.5, 4)]
        assert marbles(rolling("sum", window="10s"), *messages) == [
            on_next(210, 1.0),
            on_next(219, 3.0),
            on_next(220, 5.0),  # that of 210 has left
            on_next(229.5, 7.0),  # that of 219 too, that of 220 is 9.5 seconds old
        ]

    def test_values_come_with_items_and_not_with_time(self):
        messages = [on_next(210, 1), on_next(400, 2), on_completed(500)]
        assert marbles(sma("10s"), *messages) == [
            on_next(210, 1.0),
            on_next(400, 2.0),
            on_completed(500),
        ]

    def test_the_minimum_counts_what_is_in_the_window(self):
        messages = [on_next(t, t) for t in (210, 215, 218, 230, 239)]
        assert marbles(rolling("max", window="10s", minimum=2), *messages) == [
            on_next(215, 215.0),
            on_next(218, 218.0),
            on_next(239, 239.0),
        ]

    def test_a_deviation_waits_for_its_second_value(self):
        messages = [on_next(210, 1), on_next(211, 3), on_next(300, 5), on_next(301, 5)]
        assert marbles(rolling("std", window="10s"), *messages) == [
            on_next(211, math.sqrt(2)),
            on_next(301, 0.0),
        ]

    def test_a_scheduler_of_its_own_goes_before_that_of_the_subscription(self):
        standing = testing.TestScheduler()
        messages = [on_next(210, 1), on_next(400, 2)]
        assert marbles(rolling("sum", window="10s", scheduler=standing), *messages) == [
            on_next(210, 1.0),
            on_next(400, 3.0),
        ]


def timed(how, window, *events, **kwargs):
    events = [(None if s is None else at(s), value) for s, value in events]
    return emitted(rolling(how, window=window, value=second, time=moment, **kwargs), events)


class TestByTheTimeOfEvents:
    def test_the_window_goes_by_the_time_of_events(self):
        assert timed("sum", "5s", (0, 1), (4.999999, 2), (5, 4), (9.999999, 8)) == [1, 3, 6, 12]

    def test_events_of_one_moment_enter_one_after_another(self):
        assert timed("sum", "5s", (0, 1), (0, 2), (5, 4)) == [1, 3, 4]

    def test_a_late_event_counts_at_the_latest_time(self):
        assert timed("sum", "5s", (0, 1), (4, 2), (1, 4), (8.9, 8), (9, 16)) == [1, 3, 7, 14, 24]

    def test_an_event_without_a_time_counts_at_the_latest_time(self):
        assert timed("sum", "5s", (0, 1), (None, 2), (5, 4)) == [1, 3, 4]

    def test_before_the_first_time_there_is_no_place_for_an_event(self):
        assert timed("sum", "5s", (None, 1), (0, 2)) == [2]

    def test_a_window_may_empty_itself_of_all_before(self):
        for how in ("sum", "mean", "min", "max", "median"):
            assert timed(how, "5s", (0, 1), (1, 2), (100, 4), (200, 8))[-2:] == [4, 8]

    def test_an_item_that_is_no_observation_moves_nothing(self):
        assert timed("sum", "5s", (0, 1), (90, None), (4, 2)) == [1, 3]
