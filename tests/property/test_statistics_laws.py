"""Statistics against slow functions of plain lists, in exact fractions, which know no state."""

import math
import statistics
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.models import Candle, Trade
from rxkraken.operators.averages import ewma, twap, vwap
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.indicators import atr, bollinger, rsi
from rxkraken.operators.returns import realized_volatility, returns
from rxkraken.operators.rolling import rolling, sma, zscore

from ..unit.operators.feeding import at, emitted, moment, second  # noqa: TID252 - no packages

ANY = st.floats(allow_nan=False, allow_infinity=False, min_value=-9e299, max_value=9e299)
NUMBERS = st.lists(
    st.one_of(ANY, st.sampled_from([0.1, 1e16, -1e16, 1.0, 5e-324]), st.integers(-9, 9).map(float)),
    max_size=25,
)
MILD = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), max_size=25)
PRICES = st.lists(st.floats(1e-3, 1e6), max_size=25)
WINDOWS = st.integers(1, 7)
SECONDS = st.lists(st.integers(0, 4), max_size=25)


def root(fraction):
    """Give the root of a fraction to fifty digits, as a float."""
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 50, -9999, 9999
        return float((Decimal(fraction.numerator) / Decimal(fraction.denominator)).sqrt())


def windows_by_count(values, size, minimum):
    ends = range(1, len(values) + 1)
    return [values[max(0, end - size) : end] for end in ends if end >= minimum]


def windows_by_time(events, length, minimum):
    """Give the values of (t - length, t] for each event, among those up to it."""
    found = []
    for end, (now, _) in enumerate(events, 1):
        window = [value for then, value in events[:end] if now - length < then]
        if len(window) >= minimum:
            found.append(window)
    return found


def mean(window):
    return float(sum(map(Fraction, window)) / len(window))


def deviation(window, freedom=1):
    exact = [Fraction(value) for value in window]
    middle = sum(exact) / len(exact)
    return root(sum((value - middle) ** 2 for value in exact) / (len(exact) - freedom))


SLOW = {
    "sum": math.fsum,
    "mean": mean,
    "min": min,
    "max": max,
    "median": statistics.median,
    "std": deviation,
}


def assert_agree(how, found, windows):
    windows = [window for window in windows if how != "std" or len(window) > 1]
    expected = [SLOW[how](window) for window in windows]
    if how == "std":
        assert found == pytest.approx(expected, rel=1e-15, abs=5e-324)
    else:
        assert found == expected


@pytest.mark.parametrize("how", SLOW)
class TestRolling:
    @given(values=NUMBERS, size=st.integers(2, 7), data=st.data())
    def test_by_count(self, how, values, size, data):
        minimum = data.draw(st.integers(1, size))
        found = emitted(rolling(how, window=size, minimum=minimum), values)
        assert_agree(how, found, windows_by_count(values, size, minimum))

    @given(values=NUMBERS, steps=SECONDS, length=st.integers(1, 6), minimum=st.integers(1, 4))
    def test_by_time(self, how, values, steps, length, minimum):
        seconds = [sum(steps[: index + 1]) for index in range(len(steps))]
        events = list(zip(seconds, values, strict=False))
        operator = rolling(how, window=f"{length}s", minimum=minimum, value=second, time=moment)
        found = emitted(operator, [(at(then), value) for then, value in events])
        assert_agree(how, found, windows_by_time(events, length, minimum))

    @given(before=NUMBERS, values=NUMBERS, size=st.integers(2, 7))
    def test_a_result_is_that_of_its_window_whatever_passed_through_before(
        self, how, before, values, size
    ):
        """To the last bit: this is why a stream of 1e8 values ends as exact as it began."""
        alone = emitted(rolling(how, window=size), values)
        after = emitted(rolling(how, window=size), before + values)
        assert after[len(after) - len(alone) :] == alone


class TestDerived:
    @given(values=NUMBERS, size=WINDOWS)
    def test_the_simple_average_is_the_rolling_mean(self, values, size):
        assert emitted(sma(size), values) == emitted(rolling("mean", window=size), values)

    @given(values=MILD, size=st.integers(2, 7), population=st.booleans())
    def test_a_score_is_the_distance_from_the_mean_in_deviations(self, values, size, population):
        expected = []
        for window in windows_by_count(values, size, size):
            exact = [Fraction(value) for value in window]
            middle = sum(exact) / size
            spread = sum((value - middle) ** 2 for value in exact) / (size - (not population))
            above = exact[-1] - middle
            score = root(above**2 / spread) if spread else 0.0
            expected.append(score if above > 0 else -score)
        found = emitted(zscore(size, population=population), values)
        assert found == pytest.approx(expected, rel=1e-14, abs=1e-100)

    @given(values=MILD, size=st.integers(2, 7), width=st.floats(0.1, 5))
    def test_bands_are_as_far_from_the_mean_as_deviations(self, values, size, width):
        for bands, window in zip(
            emitted(bollinger(size, deviations=width), values),
            windows_by_count(values, size, size),
            strict=True,
        ):
            distance = width * deviation(window, 0)
            assert bands.value == window[-1]
            assert bands.middle == mean(window)
            assert bands.lower == pytest.approx(bands.middle - distance, rel=1e-14, abs=1e-9)
            assert bands.upper == pytest.approx(bands.middle + distance, rel=1e-14, abs=1e-9)


def weighted(values, weights):
    products = math.fsum(value * weight for value, weight in zip(values, weights, strict=True))
    return products / math.fsum(weights)


class TestExponential:
    @given(values=MILD, halflife=st.floats(0.1, 50))
    def test_by_items_the_weights_halve_with_each_halflife(self, values, halflife):
        expected = [
            weighted(values[:end], [0.5 ** ((end - 1 - index) / halflife) for index in range(end)])
            for end in range(1, len(values) + 1)
        ]
        assert emitted(ewma(halflife=halflife), values) == pytest.approx(
            expected, rel=1e-12, abs=1e-8
        )

    @given(values=MILD, span=st.floats(1, 50))
    def test_a_span_is_a_share_of_two_in_one_more(self, values, span):
        kept = 1 - 2 / (span + 1)
        expected = [
            weighted(values[:end], [kept ** (end - 1 - index) for index in range(end)])
            for end in range(1, len(values) + 1)
        ]
        assert emitted(ewma(span=span), values) == pytest.approx(expected, rel=1e-12, abs=1e-8)

    @given(values=MILD, steps=SECONDS, halflife=st.integers(1, 20))
    def test_by_time_they_halve_as_it_passes(self, values, steps, halflife):
        seconds = [sum(steps[: index + 1]) for index in range(len(steps))]
        events = list(zip(seconds, values, strict=False))
        expected = [
            weighted(
                [value for _, value in events[:end]],
                [0.5 ** ((events[end - 1][0] - then) / halflife) for then, _ in events[:end]],
            )
            for end in range(1, len(events) + 1)
        ]
        operator = ewma(halflife=f"{halflife}s", value=second, time=moment)
        found = emitted(operator, [(at(then), value) for then, value in events])
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-8)

    @given(values=MILD, span=st.floats(1, 1e6))
    def test_it_stays_between_the_least_and_the_greatest(self, values, span):
        for end, value in enumerate(emitted(ewma(span=span), values), 1):
            slack = 1e-12 * max(map(abs, values[:end]))
            assert min(values[:end]) - slack <= value <= max(values[:end]) + slack


def wilder(values, size):
    """Give Wilder's averages in exact fractions: a mean, then each value for one part."""
    found = []
    for index, value in enumerate(map(Fraction, values), 1):
        if index == size:
            found.append(sum(map(Fraction, values[:size])) / size)
        elif index > size:
            found.append((found[-1] * (size - 1) + value) / size)
    return found


class TestIndicators:
    @given(values=st.lists(st.integers(-50, 50), max_size=25), size=WINDOWS)
    def test_the_strength_index_compares_average_gains_and_losses(self, values, size):
        changes = [after - before for before, after in pairwise(values)]
        gains = wilder([max(change, 0) for change in changes], size)
        losses = wilder([max(-change, 0) for change in changes], size)
        expected = [
            # A flat market keeps the last share, which averages that fade to nothing cannot tell.
            float(100 * gain / (gain + loss)) if gain + loss else None
            for gain, loss in zip(gains, losses, strict=True)
        ]
        kept = 50.0
        for index, value in enumerate(expected):
            kept = expected[index] = kept if value is None else value
        found = emitted(rsi(size), values)
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)

    @given(
        prices=st.lists(st.tuples(*[st.floats(1, 1e6)] * 3).map(sorted), max_size=25), size=WINDOWS
    )
    def test_true_ranges_are_averaged_in_wilders_way(self, prices, size):
        ranges = []
        for index, (low, _, high) in enumerate(prices):
            reach = [high - low]
            if index:
                before = prices[index - 1][1]
                reach += [abs(high - before), abs(low - before)]
            ranges.append(max(reach))
        candles = [Candle("A/B", 1, high=h, low=lo, close=c) for lo, c, h in prices]
        expected = [float(average) for average in wilder(ranges, size)]
        assert emitted(atr(size), candles) == pytest.approx(expected, rel=1e-12, abs=1e-9)


DECIMALS = st.decimals("0.00000001", "99999999", places=8)


class TestWeighted:
    @given(pairs=st.lists(st.tuples(DECIMALS, DECIMALS), max_size=25), size=st.none() | WINDOWS)
    def test_prices_by_quantity_are_exact_of_decimals(self, pairs, size):
        trades = [Trade("A/B", "buy", p, q, "market", 1, at(0)) for p, q in pairs]
        for price, window in zip(
            emitted(vwap(size, minimum=1), trades),
            windows_by_count(pairs, size or len(pairs), 1),
            strict=True,
        ):
            exact = sum(Fraction(p) * Fraction(q) for p, q in window)
            exact /= sum(Fraction(q) for _, q in window)
            assert abs(Fraction(price) - exact) <= exact / 10**27

    @given(
        pairs=st.lists(st.tuples(ANY, st.floats(0, 9e299)), max_size=25), size=st.none() | WINDOWS
    )
    def test_prices_by_quantity_are_correctly_rounded_of_floats(self, pairs, size):
        trades = [Trade("A/B", "buy", p, q, "market", 1, at(0)) for p, q in pairs]
        expected = []
        for window in windows_by_count(pairs, size or 99, 1):
            quantity = sum(Fraction(q) for _, q in window)
            if quantity:
                notional = sum(Fraction(p) * Fraction(q) for p, q in window)
                expected.append(float(notional / quantity))
        assert emitted(vwap(size, minimum=1), trades) == expected

    @given(values=NUMBERS, steps=SECONDS, length=st.integers(1, 6))
    def test_prices_by_time_are_the_mean_of_each_second(self, values, steps, length):
        """What was in force in each of the last seconds, one by one."""
        in_force, expected = [], []
        events = list(zip(steps, values, strict=False))
        newest = None
        for step, value in events:
            if newest is not None:
                in_force += [newest] * step
                if in_force:
                    expected.append(mean(in_force[-length:]))
            newest = value
        seconds = [sum(steps[: index + 1]) for index in range(len(events))]
        timed = [(at(then), value) for then, (_, value) in zip(seconds, events, strict=True)]
        assert emitted(twap(f"{length}s", value=second, time=moment), timed) == expected


class TestReturns:
    @given(prices=PRICES, periods=st.integers(1, 4))
    def test_simple_returns_are_quotients_less_one(self, prices, periods):
        pairs = list(zip(prices, prices[periods:], strict=False))
        expected = [float(Fraction(after) / Fraction(before) - 1) for before, after in pairs]
        assert emitted(returns(periods=periods), prices) == pytest.approx(
            expected, rel=1e-15, abs=0.0
        )

    @given(prices=st.lists(DECIMALS, max_size=25))
    def test_simple_returns_of_decimals_have_28_digits(self, prices):
        for found, before, after in zip(
            emitted(returns(), prices), prices, prices[1:], strict=False
        ):
            exact = Fraction(after) / Fraction(before) - 1
            assert abs(Fraction(found) - exact) <= abs(exact) / 10**27

    @given(prices=PRICES)
    def test_log_returns_add_up_to_that_of_the_whole(self, prices):
        whole = math.log(prices[-1] / prices[0]) if prices else 0.0
        assert math.fsum(emitted(returns("log"), prices)) == pytest.approx(whole, abs=1e-13)

    @given(prices=PRICES, size=WINDOWS)
    def test_volatility_is_the_root_of_squared_log_returns(self, prices, size):
        logs = emitted(returns("log"), prices)
        windows = windows_by_count(logs, size, size)
        expected = [math.hypot(*window) for window in windows]
        assert emitted(realized_volatility(size), prices) == pytest.approx(
            expected, rel=1e-14, abs=0.0
        )


class TestDrawdown:
    @given(prices=PRICES, size=st.none() | WINDOWS)
    def test_it_is_the_share_lost_since_the_peak(self, prices, size):
        windows = windows_by_count(prices, size or 99, 1)
        expected = [float(1 - Fraction(window[-1]) / Fraction(max(window))) for window in windows]
        assert emitted(drawdown(size), prices) == pytest.approx(expected, rel=1e-15, abs=0.0)

    @given(values=st.lists(st.decimals(-(10**20), 10**20, places=20), max_size=25))
    def test_distances_of_decimals_are_exact(self, values):
        expected = [
            max(map(Fraction, values[:end])) - Fraction(values[end - 1])
            for end in range(1, len(values) + 1)
        ]
        assert [*map(Fraction, emitted(drawdown(relative=False), values))] == expected
