"""Returns, realized volatility and drawdown."""

import math
from decimal import Decimal

import pytest
from reactivex import testing
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.returns import realized_volatility, returns

from .feeding import at, emitted, moment, outcome, second

on_next = ReactiveTest.on_next


class TestReturns:
    def test_a_simple_return_is_the_share_a_price_is_above_the_one_before(self):
        assert emitted(returns(), [100, 110, 99.0]) == [0.1, -0.1]

    def test_of_decimals_it_is_a_decimal(self):
        prices = [Decimal("0.00000003"), Decimal("0.00000004"), Decimal("0.00000003")]
        third = Decimal("0.3333333333333333333333333333")
        assert emitted(returns(), prices) == [third, Decimal("-0.25")]

    def test_a_log_return_is_the_logarithm_of_their_quotient_in_float(self):
        values = emitted(returns("log"), [Decimal(100), Decimal(300), Decimal(75)])
        assert values == pytest.approx([math.log(3), -math.log(4)])
        assert {type(value) for value in values} == {float}

    def test_a_small_log_return_keeps_all_its_digits(self):
        (value,) = emitted(returns("log"), [1e9, 1e9 + 2**-20])
        assert value == pytest.approx(2**-20 / 1e9, rel=1e-14, abs=0.0)

    def test_prices_far_apart_have_a_log_return_too(self):
        values = emitted(returns("log"), [1e-299, 1e299, 1e-299])
        assert values == pytest.approx([598 * math.log(10), -598 * math.log(10)])

    def test_periods_before_are_compared_with(self):
        assert emitted(returns(periods=2), [1.0, 10.0, 2.0, 15.0]) == [1.0, 0.5]
        assert emitted(returns(periods=3), [1.0, 10.0, 2.0]) == []

    @pytest.mark.parametrize("how", ["simple", "log"])
    @pytest.mark.parametrize("price", [0, -1.5, Decimal(0), Decimal("-1.5")])
    def test_a_price_that_is_not_above_zero_ends_the_stream_in_a_sentence(self, how, price):
        *_, error = outcome(returns(how), [1, price, 2])
        assert isinstance(error, ConfigurationError)
        assert str(error).startswith("returns takes prices above zero, not ")

    def test_how_must_be_known(self):
        with pytest.raises(ConfigurationError, match=r"^how must be one of 'simple', 'log', not"):
            returns("square")


class TestRealizedVolatility:
    def test_it_is_the_root_of_the_sum_of_squared_log_returns(self):
        values = emitted(realized_volatility(2), [1, math.e, 1, math.e**2])
        assert values == pytest.approx([math.sqrt(2), math.sqrt(5)])

    def test_a_window_is_full_with_as_many_returns(self):
        assert emitted(realized_volatility(2), [1, 2]) == []
        assert emitted(realized_volatility(2, minimum=1), [1, math.e]) == pytest.approx([1])

    def test_for_a_year_the_mean_square_counts(self):
        values = emitted(realized_volatility(2, periods_per_year=8), [1, math.e, 1])
        assert values == pytest.approx([math.sqrt(8)])

    def test_a_market_that_stands_still_has_none(self):
        assert emitted(realized_volatility(2), [3, 3, 3, 3]) == [0.0, 0.0]

    def test_a_return_is_at_the_time_of_its_later_price(self):
        clock = testing.TestScheduler()
        steps = [on_next(210, 1), on_next(219, math.e), on_next(229, math.e), on_next(300, 1)]
        source = clock.create_hot_observable(*steps)
        assert clock.start(lambda: source.pipe(realized_volatility("10s"))).messages == [
            on_next(219, 1.0),
            on_next(229, 0.0),
            on_next(300, 1.0),
        ]

    def test_what_was_huge_leaves_no_trace(self):
        values = emitted(realized_volatility(1), [1, 2.0**960, 2.0**960 * (1 + 2**-52)])
        assert values[1] == pytest.approx(2**-52, rel=1e-12, abs=0.0)

    def test_a_price_that_is_not_above_zero_ends_the_stream(self):
        (error,) = outcome(realized_volatility(2), [1, 0])
        assert str(error) == "realized_volatility takes prices above zero, not 0.0"

    @pytest.mark.parametrize("periods", [0, -1, math.nan, "365"])
    def test_periods_must_be_a_number_above_zero(self, periods):
        with pytest.raises(ConfigurationError, match=r"^periods_per_year must be a number above"):
            realized_volatility(2, periods_per_year=periods)


class TestDrawdown:
    def test_it_is_the_share_below_the_highest_so_far(self):
        assert emitted(drawdown(), [100, 120, 90, 60, 150, 75]) == [0, 0, 0.25, 0.5, 0, 0.5]

    def test_of_decimals_it_is_a_decimal(self):
        values = emitted(drawdown(), [Decimal("0.3"), Decimal("0.1")])
        assert values == [0, Decimal("0.6666666666666666666666666667")]
        assert {type(value) for value in values} == {Decimal}

    def test_distances_of_decimals_are_exact(self):
        huge, tiny = Decimal("1e30"), Decimal("1e-30")
        *_, distance = emitted(drawdown(relative=False), [huge, tiny])
        assert str(distance) == f"{'9' * 30}.{'9' * 30}"

    def test_a_window_lets_older_peaks_go(self):
        assert emitted(drawdown(2), [100, 80, 60, 90]) == [0.0, 0.2, 0.25, 0.0]
        events = [(at(0), 100), (at(4), 80), (at(5), 60), (at(9), 60)]
        timed = drawdown("5s", value=second, time=moment)
        assert emitted(timed, events) == [0.0, 0.2, 0.25, 0.0]

    def test_a_window_of_time_goes_by_the_scheduler_without_times(self):
        clock = testing.TestScheduler()
        source = clock.create_hot_observable(on_next(210, 100), on_next(215, 50), on_next(220, 50))
        assert clock.start(lambda: source.pipe(drawdown("10s"))).messages == [
            on_next(210, 0.0),
            on_next(215, 0.5),
            on_next(220, 0.0),
        ]

    def test_a_curve_that_sank_below_zero_lost_more_than_all(self):
        assert emitted(drawdown(), [100, -50]) == [0.0, 1.5]

    def test_a_share_of_a_peak_that_is_not_above_zero_ends_the_stream_in_a_sentence(self):
        (error,) = outcome(drawdown(), [0, 1])
        assert isinstance(error, ConfigurationError)
        assert "relative=False" in str(error)

    def test_distances_need_no_peak_above_zero(self):
        assert emitted(drawdown(relative=False), [-5, -8, 0, -1]) == [0, 3, 0, 1]
