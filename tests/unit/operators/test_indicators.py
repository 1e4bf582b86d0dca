"""Indicators of technical analysis, by hand-made tables."""

import math
from decimal import Decimal

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.models import Candle
from rxkraken.models.statistics import Bands
from rxkraken.operators.indicators import atr, bollinger, rsi

from .feeding import at, emitted, moment, outcome, second


class TestRelativeStrength:
    def test_the_index_is_the_share_of_movement_that_went_up(self):
        assert emitted(rsi(2), [1, 2, 4, 3]) == pytest.approx([100, 60])

    def test_the_table_of_wilder_style_averages_is_met(self):
        # changes +2 -1 +1 | 0 -2 +4: gains 1, 2/3, 4/9, 44/27; losses 1/3, 2/9, 22/27, 44/81
        expected = [75.0, 75.0, 100 * 12 / 34, 100 * 132 / 176]
        assert emitted(rsi(3), [10, 12, 11, 12, 12, 10, 14]) == pytest.approx(expected)

    def test_the_first_index_comes_with_the_last_of_the_window_of_changes(self):
        assert emitted(rsi(3), [1, 2, 3]) == []
        assert emitted(rsi(3), [1, 2, 3, 4]) == [100.0]

    def test_a_market_that_only_falls_is_at_zero_and_one_that_never_moved_at_fifty(self):
        assert emitted(rsi(2), [4, 3, 2, 1]) == [0.0, 0.0]
        assert emitted(rsi(2), [4, 4, 4, 4]) == [50.0, 50.0]

    def test_a_long_flat_market_leaves_the_index_alone(self):
        values = emitted(rsi(14), [*range(10), 8, 7, 6, 7, 8, *[8] * 30_000])
        assert len(set(values[1:])) == 1
        assert values[-1] > 60

    def test_after_a_flat_market_the_next_change_decides(self):
        values = emitted(rsi(2), [1, 2, 1, *[1] * 3000, 5e-3, 6e-3])
        assert values[-2:] == pytest.approx([0.0, 100 * 0.001 / (0.995 / 2 + 0.001)])


class TestAverageTrueRange:
    def candles(self, *prices):
        return [Candle("BTC/USD", 1, high=h, low=lo, close=c) for h, lo, c in prices]

    def test_a_range_reaches_to_the_close_before(self):
        bars = self.candles((5, 3, 4), (6, 4, 5), (9, 8, 9), (3, 2, 2))
        assert emitted(atr(1), bars) == [2, 2, 4, 7]

    def test_the_first_is_a_mean_and_the_others_move_by_their_part(self):
        bars = self.candles((5, 3, 4), (6, 4, 5), (9, 8, 9), (3, 2, 2))
        assert emitted(atr(2), bars) == [2.0, 3.0, 5.0]
        assert emitted(atr(3), bars) == pytest.approx([8 / 3, (2 * 8 / 3 + 7) / 3])

    def test_exact_numbers_become_floats(self):
        bars = self.candles(*[(Decimal("0.3"), Decimal("0.1"), Decimal("0.2"))])
        assert emitted(atr(1), bars) == [0.3 - 0.1]

    @pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
    def test_a_bar_of_which_a_price_is_missing_is_passed_over(self, nothing):
        bars = self.candles((5, 3, 4), (nothing, 3, 4), (5, nothing, 4), (5, 3, nothing), (9, 8, 9))
        assert emitted(atr(1), bars) == [2, 5]

    def test_items_that_are_no_bars_end_the_stream(self):
        (error,) = outcome(atr(1), [1.0])
        assert isinstance(error, AttributeError)


class TestBands:
    def test_bands_are_so_many_deviations_around_the_average(self):
        first, last = emitted(bollinger(2), [1, 3, 3])
        assert first == Bands(value=3.0, lower=0.0, middle=2.0, upper=4.0)
        assert last == Bands(3.0, 3.0, 3.0, 3.0)

    def test_width_and_position_say_where_the_value_is(self):
        wide, narrow = emitted(bollinger(2), [1, 3, 3])
        assert (wide.position, wide.width) == (0.75, 2.0)
        assert (narrow.position, narrow.width) == (None, 0.0)
        assert Bands(0.0, -1.0, 0.0, 1.0).width is None

    def test_the_number_of_deviations_and_their_kind_may_be_chosen(self):
        (band,) = emitted(bollinger(2, deviations=0.5, population=False), [1, 3])
        assert (band.lower, band.upper) == pytest.approx((2 - 0.5**0.5, 2 + 0.5**0.5))

    def test_around_a_sample_of_one_there_are_no_bands(self):
        assert len(emitted(bollinger(2, minimum=1, population=False), [1, 3])) == 1
        assert emitted(bollinger(2, minimum=1), [1])[0] == Bands(1.0, 1.0, 1.0, 1.0)

    def test_a_window_of_time_goes_by_the_time_of_events(self):
        events = [(at(0), 1), (at(4), 3), (at(5), 5)]
        bands = emitted(bollinger("5s", value=second, time=moment), events)
        assert [band.middle for band in bands] == [1, 2, 4]

    @pytest.mark.parametrize("deviations", [0, -1, math.nan, math.inf, "2", None, True, 10**400])
    def test_deviations_that_are_no_number_above_zero_are_refused(self, deviations):
        with pytest.raises(ConfigurationError, match=r"^deviations must be a number above zero"):
            bollinger(20, deviations=deviations)
