"""Weighted averages: by age, by quantity, by time in force. One tick is one second."""

import math
from decimal import Decimal

import pytest
from reactivex import testing
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.models import Trade
from rxkraken.operators.averages import ewma, twap, vwap

from .feeding import at, emitted, moment, outcome, second

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed


def marbles(operator, *messages):
    clock = testing.TestScheduler()
    source = clock.create_hot_observable(*messages)
    return clock.start(lambda: source.pipe(operator)).messages


class TestExponential:
    def test_a_span_gives_older_values_less_and_less(self):
        # the share is 2 / (3 + 1): weights 1, 1/2, 1/4
        assert emitted(ewma(span=3), [4, 1, 8]) == pytest.approx([4, 6 / 3, 9.5 / 1.75])

    def test_a_span_of_one_is_the_value_itself(self):
        assert emitted(ewma(span=1), [4, 1e16, 0.1]) == [4, 1e16, 0.1]

    def test_a_halflife_of_items_halves_the_weights_with_so_many(self):
        halved = emitted(ewma(halflife=2), [1, 0, 0])
        assert halved == pytest.approx([1, 0.5**0.5 / (0.5**0.5 + 1), 0.5 / (0.5 + 0.5**0.5 + 1)])

    def test_a_halflife_of_time_halves_the_weights_as_time_passes(self):
        messages = [on_next(210, 4), on_next(220, 1), on_next(221, 7), on_completed(300)]
        tenth = 0.5**0.1
        assert marbles(ewma(halflife="10s"), *messages) == [
            on_next(210, 4.0),
            on_next(220, pytest.approx((2 + 1) / 1.5)),
            on_next(221, pytest.approx((3 * tenth + 7) / (1.5 * tenth + 1))),
            on_completed(300),
        ]

    def test_values_of_one_moment_weigh_the_same(self):
        events = [(at(0), 1), (at(0), 2), (at(0), 6)]
        means = emitted(ewma(halflife="1s", value=second, time=moment), events)
        assert means == [1.0, 1.5, 3.0]

    def test_late_events_and_events_without_time_count_at_the_latest(self):
        events = [(None, 50), (at(5), 1), (at(0), 2), (None, 6)]
        means = emitted(ewma(halflife="1s", value=second, time=moment), events)
        assert means == [1.0, 1.5, 3.0]

    def test_after_a_long_silence_only_the_newest_counts(self):
        events = [(at(0), 1e6), (at(10**8), 2)]
        assert emitted(ewma(halflife="1s", value=second, time=moment), events) == [1e6, 2.0]

    def test_nothing_comes_before_there_were_as_many_as_the_minimum(self):
        assert emitted(ewma(span=1, minimum=3), [1, 2, 3, 4]) == [3, 4]
        events = [(at(0), 1), (at(0), 2), (at(0), 6)]
        timed = ewma(halflife="1s", minimum=3, value=second, time=moment)
        assert emitted(timed, events) == [3.0]

    def test_a_constant_is_met_exactly_however_long(self):
        assert set(emitted(ewma(span=20), [0.1] * 2000)) == {0.1}

    def test_a_slow_average_arrives_where_it_goes(self):
        """Steps below half a unit in the last place must not be lost: 3e5 items, span 1e4."""
        values = emitted(ewma(span=10_001), [0.3] + [0.1] * 300_000)
        assert values[-1] == pytest.approx(0.1, rel=1e-15, abs=0.0)

    def test_one_of_span_and_halflife_is_needed(self):
        for arguments in ({}, {"span": 3, "halflife": 3}):
            with pytest.raises(ConfigurationError, match="either span= or halflife="):
                ewma(**arguments)


def trade(price, qty, second=0):
    return Trade("BTC/USD", "buy", price, qty, "market", 1, at(second))


class TestVolumeWeighted:
    def test_without_a_window_all_trades_count(self):
        trades = [trade(100.0, 1.0), trade(102.0, 1.0), trade(103.0, 2.0)]
        assert emitted(vwap(), trades) == [100.0, 101.0, 102.0]

    def test_of_decimals_the_sums_are_exact(self):
        huge, tiny = Decimal("99999999999999999999.00000001"), Decimal("0.00000001")
        trades = [trade(huge, huge), trade(tiny, tiny), trade(Decimal(3), Decimal(2))]
        assert emitted(vwap(2), trades)[-1] == (6 + tiny * tiny) / (2 + tiny)

    def test_a_price_is_of_the_kind_of_the_prices(self):
        (exact,) = emitted(vwap(), [trade(Decimal("100.10"), Decimal(3))])
        (rounded,) = emitted(vwap(), [trade(100.1, 3.0)])
        assert (type(exact), exact) == (Decimal, Decimal("100.1"))
        assert (type(rounded), rounded) == (float, 100.1)

    def test_prices_and_quantities_of_two_kinds_follow_the_prices(self):
        assert emitted(vwap(), [trade(Decimal("100.1"), 0.5)]) == [Decimal("100.1")]
        assert emitted(vwap(), [trade(100.5, Decimal("0.1"))]) == [100.5]

    def test_a_window_of_time_goes_by_the_timestamp(self):
        trades = [trade(1.0, 1.0, 0), trade(2.0, 1.0, 9.9), trade(3.0, 1.0, 10)]
        assert emitted(vwap("10s"), trades) == [1.0, 1.5, 2.5]

    def test_a_window_of_a_number_is_silent_until_it_is_full(self):
        trades = [trade(float(price), 1.0) for price in (1, 3, 5)]
        assert emitted(vwap(2), trades) == [2.0, 4.0]
        assert emitted(vwap(2, minimum=1), trades) == [1.0, 2.0, 4.0]
        assert emitted(vwap(minimum=3), trades) == [3.0]

    @pytest.mark.parametrize("number", [float, Decimal])
    def test_without_quantity_there_is_no_price(self, number):
        trades = [trade(number(9), number(0)), trade(number(5), number(1))]
        assert emitted(vwap(), trades) == [5]

    @pytest.mark.parametrize("nothing", [None, math.nan, math.inf, Decimal("NaN"), Decimal("-inf")])
    def test_a_trade_without_a_price_or_quantity_is_passed_over(self, nothing):
        trades = [trade(nothing, 1.0), trade(1.0, nothing), trade(3.0, 1.0)]
        assert emitted(vwap(), trades) == [3.0]

    def test_prices_need_no_turnover_within_the_range_of_floats(self):
        trades = [trade(1e200, 1e200), trade(3e200, 1e200), trade(1e-200, 1e-200)]
        assert emitted(vwap(), trades) == [1e200, 2e200, 2e200]
        assert emitted(vwap(1), trades) == [1e200, 3e200, 1e-200]

    def test_a_constant_price_is_its_own_average(self):
        trades = [trade(100.1, 0.1 * index) for index in range(1, 50)]
        assert set(emitted(vwap(7), trades)) == {100.1}

    @pytest.mark.parametrize("number", [float, Decimal])
    def test_a_quantity_below_zero_ends_the_stream_in_a_sentence(self, number):
        (error,) = outcome(vwap(), [trade(number(1), number(-2)), trade(number(1), number(1))])
        assert isinstance(error, ConfigurationError)
        assert str(error).startswith("vwap takes quantities from zero on, not -2")

    def test_functions_give_price_and_quantity_and_time(self):
        pairs = [(100.0, 1.0, at(0)), (200.0, 3.0, at(1)), (400.0, 1.0, at(11))]
        operator = vwap(
            "10.5s",
            price=lambda pair: pair[0],
            quantity=lambda pair: pair[1],
            time=lambda pair: pair[2],
        )
        assert emitted(operator, pairs) == [100.0, 175.0, 250.0]


class TestTimeWeighted:
    def test_values_count_by_how_long_they_were_in_force(self):
        messages = [on_next(210, 10), on_next(213, 20), on_next(214, 40), on_completed(300)]
        assert marbles(twap("1h"), *messages) == [
            on_next(213, 10.0),
            on_next(214, 12.5),
            on_completed(300),
        ]

    def test_of_the_value_in_force_at_the_beginning_only_the_part_within_counts(self):
        messages = [on_next(210, 10), on_next(213, 20), on_next(214, 40), on_next(260, 0)]
        assert marbles(twap("2s"), *messages) == [
            on_next(213, 10.0),
            on_next(214, 15.0),
            on_next(260, 40.0),
        ]

    def test_a_window_of_a_number_is_of_values_that_have_ended(self):
        events = [(at(0), 1), (at(1), 5), (at(4), 2), (at(5), 9)]
        assert emitted(twap(2, value=second, time=moment), events) == [4.0, 17 / 4]
        assert emitted(twap(2, minimum=1, value=second, time=moment), events) == [1, 4, 17 / 4]

    def test_values_of_one_moment_have_no_weight(self):
        events = [(at(0), 1), (at(0), 1000), (at(0), 5), (at(1), 2)]
        assert emitted(twap("10s", value=second, time=moment), events) == [5.0]
        assert emitted(twap(9, minimum=1, value=second, time=moment), events) == [5.0]

    def test_the_minimum_is_time_that_must_be_covered(self):
        events = [(at(0), 1), (at(1), 3), (at(2), 8), (at(3), 9)]
        assert emitted(twap("10s", minimum="2s", value=second, time=moment), events) == [2.0, 4.0]

    def test_a_late_event_takes_over_at_the_latest_time(self):
        events = [(None, 70), (at(5), 1), (at(0), 3), (at(6), 8)]
        assert emitted(twap("10s", value=second, time=moment), events) == [3.0]

    def test_a_burst_of_one_moment_is_not_kept(self):
        events = [(at(0), 1), *[(at(1), 7)] * 1000, (at(2), 3), (at(3), 4)]
        assert emitted(twap("2s", value=second, time=moment), events)[-1] == 5.0

    def test_a_minimum_beyond_the_window_is_refused(self):
        with pytest.raises(
            ConfigurationError, match=r"^minimum must be at most the window of 0:00"
        ):
            twap("5s", minimum="6s")
        with pytest.raises(ConfigurationError, match=r"^minimum must be at most the window of 3 i"):
            twap(3, minimum=4)
        with pytest.raises(ConfigurationError, match=r"^minimum must be a whole number"):
            twap(3, minimum="4s")
