"""Sums of floats without rounding."""

import math
import random
import sys
from fractions import Fraction

import pytest

from rxkraken.core.exact import ExactMoments, ExactSum, ExactWeights

LEAST = 5e-324
GREATEST = sys.float_info.max


def total(*values):
    held = ExactSum()
    for value in values:
        held.add(value)
    return held


def moments(*values):
    held = ExactMoments()
    for value in values:
        held.add(value)
    return held


class TestSums:
    @pytest.mark.parametrize(
        "values",
        [
            [0.1] * 10,
            [1e16, 1.0, -1e16],
            [1.0, LEAST, -1.0],
            [LEAST, GREATEST, -GREATEST],
            [GREATEST, LEAST],
            [-0.0],
            [1e300, 1e-300, -1e300, 3e-300],
        ],
    )
    def test_a_sum_is_the_correctly_rounded_one(self, values):
        assert total(*values).over(1) == math.fsum(values)

    def test_what_is_taken_away_leaves_no_trace(self):
        held = total(0.1)
        for value in (1e300, LEAST, 0.3, -1e16):
            held.add(value)
        for value in (1e300, LEAST, 0.3, -1e16):
            held.add(value, -1)
        assert held.over(1) == 0.1

    def test_a_weight_counts_a_value_so_many_times(self):
        held = ExactSum()
        held.add(0.1, 10)
        held.add(0.1, -7)
        assert held.over(3) == 0.1

    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_sum_beyond_the_range_of_floats_is_an_infinity(self, sign):
        assert total(sign * GREATEST, sign * GREATEST).over(1) == sign * math.inf

    def test_a_mean_within_the_range_needs_no_sum_within_it(self):
        assert total(GREATEST, GREATEST).over(2) == GREATEST


class TestWeights:
    def weights(self, *pairs):
        held = ExactWeights()
        for value, weight in pairs:
            held.add(value, weight)
        return held

    def test_a_weighted_mean_is_the_correctly_rounded_one(self):
        pairs = [(0.1, 3.0), (1e16, 0.7), (-1e16, 0.7), (LEAST, 1e300), (7.0, LEAST)]
        products = sum(Fraction(value) * Fraction(weight) for value, weight in pairs)
        mean = products / sum(Fraction(weight) for _, weight in pairs)
        assert self.weights(*pairs).mean() == float(mean)

    def test_what_is_removed_leaves_no_trace(self):
        held = self.weights((0.1, 0.3), (GREATEST, LEAST), (LEAST, GREATEST))
        held.remove(GREATEST, LEAST)
        held.remove(LEAST, GREATEST)
        assert held.mean() == 0.1

    def test_without_weight_there_is_no_mean(self):
        assert self.weights((5.0, 0.0)).mean() is None


class TestMoments:
    def test_a_tiny_deviation_upon_a_huge_offset_is_exact(self):
        assert moments(1e9, 1e9 + 2**-20, 1e9 + 2**-19).deviation() == 2**-20

    @pytest.mark.parametrize("scale", [LEAST, 1e-200, 1.0, 1e200, 1e300])
    def test_deviations_need_no_square_within_the_range_of_floats(self, scale):
        assert moments(scale, 3 * scale).deviation(population=True) == scale

    def test_a_deviation_beyond_the_range_of_floats_is_an_infinity(self):
        assert moments(-GREATEST, GREATEST).deviation() == math.inf

    def test_equal_values_do_not_deviate(self):
        held = moments(*[0.1] * 7)
        assert (held.mean(), held.deviation(), held.score(0.1)) == (0.1, 0.0, 0.0)

    def test_what_is_removed_leaves_no_trace(self):
        held = moments(0.1, 0.2, 1e300, LEAST)
        held.remove(1e300)
        held.remove(LEAST)
        fresh = moments(0.1, 0.2)
        assert held.count == 2
        assert (held.mean(), held.deviation()) == (fresh.mean(), fresh.deviation())
        assert held.score(0.2) == fresh.score(0.2)

    def test_a_score_has_the_sign_of_the_difference(self):
        held = moments(1.0, 2.0, 3.0)
        assert [held.score(value) for value in (1.0, 2.0, 3.0)] == [-1.0, 0.0, 1.0]

    def test_scores_hold_at_any_scale(self):
        assert moments(1e300, 2e300, 3e300).score(3e300) == pytest.approx(1.0)
        assert moments(LEAST, 2 * LEAST, 3 * LEAST).score(3 * LEAST) == 1.0


def test_many_values_of_any_size_leave_the_window_as_exact_as_it_was():
    """There is no error that could grow: what passed through a window adds nothing at any time."""
    chance = random.Random(1)
    held, last = moments(), ExactSum()
    window = [0.0] * 10
    for value in window:
        held.add(value)
        last.add(value)
    for step in range(300_000):
        value = chance.choice((1e16, -1e16, chance.random(), 1e9 + chance.random() * 1e-3))
        for place in (held, last):
            place.add(value)
        leaving = window[step % 10]
        held.remove(leaving)
        last.add(leaving, -1)
        window[step % 10] = value
    exact = [Fraction(value) for value in window]
    mean = sum(exact) / 10
    variance = sum((value - mean) ** 2 for value in exact) / 9
    assert last.over(1) == math.fsum(window)
    assert held.mean() == float(mean)
    assert held.deviation() == pytest.approx(math.sqrt(variance), rel=1e-15, abs=0.0)
