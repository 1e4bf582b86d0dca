"""Statistics of 100 000 values against NumPy and pandas, to 1e-9 relative.

Where those lose digits themselves, which a sliding sum in doubles does, the reference looks at each
window on its own: by `math.fsum`, or in two passes of 80-bit floats.
"""

import math
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from rxkraken.models import Candle, Trade
from rxkraken.operators.averages import ewma, twap, vwap
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.indicators import atr, bollinger, rsi
from rxkraken.operators.returns import realized_volatility, returns
from rxkraken.operators.rolling import rolling, sma, zscore

from ..unit.operators.feeding import BEGIN, at, emitted  # noqa: TID252 - no packages

COUNT = 100_000
WINDOW = 20
chance = np.random.default_rng(20260105)


def walk():
    return 50_000.0 * np.exp(np.cumsum(chance.normal(0.0, 1e-4, COUNT)))


def alternating():
    huge = np.where(np.arange(COUNT) % 2, -1e16, 1e16)
    ones = np.round(chance.uniform(-9, 9, COUNT))
    return np.where(np.arange(COUNT) // 500 % 3, ones, huge)


SERIES = {
    "a random walk of prices": walk(),
    "white noise around zero": chance.normal(0.0, 1.0, COUNT),
    "a tiny deviation upon a huge offset": 1e9 + chance.normal(0.0, 1e-3, COUNT),
    "huge numbers of alternating signs, then small ones": alternating(),
    "long constant runs": np.repeat(chance.normal(100.0, 1.0, COUNT // 1000), 1000),
    "sixteen orders of magnitude": 10.0 ** chance.uniform(-8.0, 8.0, COUNT),
}
WALK = SERIES["a random walk of prices"]
each_series = pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())


def values_of(operator, series):
    return np.array(emitted(operator, series.tolist()))


def windows_of(series, size=WINDOW):
    return np.lib.stride_tricks.sliding_window_view(series, size)


def assert_close(found, expected, *, rel=1e-9, scale=0.0):
    """Compare, relative to the expected value, or to a scale where that may cancel to nothing."""
    found, expected = np.asarray(found), np.asarray(expected, dtype=float)
    assert found.shape == expected.shape
    assert len(found) > COUNT // 2
    np.testing.assert_array_less(
        np.abs(found - expected), rel * np.maximum(np.abs(expected), scale) + 1e-300
    )


def shifted(series):
    """Give each window in 80-bit floats from its first value on, so that offsets cost no digits."""
    windows = windows_of(series.astype(np.longdouble))
    return windows - windows[:, :1]


def spread(series):
    """Give deviations in two passes; of equal values none."""
    windows = shifted(series)
    flat = windows.max(axis=1) == windows.min(axis=1)
    return np.where(flat, 0.0, windows.std(axis=1, ddof=1)).astype(float)


@each_series
class TestEachWindow:
    def test_sums_and_means_are_those_of_fsum_to_the_last_bit(self, series):
        expected = np.array([math.fsum(window) for window in windows_of(series)])
        assert (values_of(rolling("sum", window=WINDOW), series) == expected).all()
        assert_close(values_of(sma(WINDOW), series), expected / WINDOW, rel=1e-15)

    def test_deviations_are_those_of_two_passes(self, series):
        assert_close(values_of(rolling("std", window=WINDOW), series), spread(series))

    def test_scores_are_distances_in_deviations(self, series):
        windows, deviations = shifted(series), spread(series)
        above = (windows[:, -1] - windows.mean(axis=1)).astype(float)
        flat = deviations == 0
        expected = np.where(flat, 0.0, above / np.where(flat, 1.0, deviations))
        assert_close(values_of(zscore(WINDOW), series), expected, scale=1.0)

    def test_bands_are_around_the_mean(self, series):
        bands = emitted(bollinger(WINDOW, population=False), series.tolist())
        windows = windows_of(series.astype(np.longdouble))
        middle, deviations = windows.mean(axis=1).astype(float), spread(series)
        reach = np.abs(middle) + deviations
        assert_close([band.middle for band in bands], middle, scale=reach)
        assert_close([band.lower for band in bands], middle - 2 * deviations, scale=reach)
        assert_close([band.upper for band in bands], middle + 2 * deviations, scale=reach)

    def test_extremes_and_medians_are_those_of_pandas(self, series):
        frame = pd.Series(series).rolling(WINDOW)
        for how in ("min", "max", "median"):
            expected = getattr(frame, how)().to_numpy()[WINDOW - 1 :]
            assert (values_of(rolling(how, window=WINDOW), series) == expected).all()

    @pytest.mark.parametrize("span", [1, 20, 5000])
    def test_exponential_averages_are_those_of_pandas(self, series, span):
        expected = pd.Series(series).ewm(span=span).mean().to_numpy()
        reach = pd.Series(np.abs(series)).ewm(span=span).mean().to_numpy()
        assert_close(values_of(ewma(span=span), series), expected, scale=reach)


def timed_walk():
    """Give times at irregular steps, some equal, and their prices."""
    steps = chance.exponential(0.2, COUNT) * (chance.random(COUNT) < 0.8)
    micros = np.round(np.cumsum(steps) * 1e6).astype("int64")
    moments = [BEGIN + timedelta(microseconds=int(micro)) for micro in micros]
    return micros, moments, list(zip(moments, WALK.tolist(), strict=True))


MICROS, MOMENTS, EVENTS = timed_walk()
INDEX = pd.DatetimeIndex(MOMENTS)
IN_TIME = {"value": lambda event: event[1], "time": lambda event: event[0]}


class TestTime:
    @pytest.mark.parametrize("how", ["sum", "mean", "min", "max", "median"])
    def test_windows_of_time_are_those_of_pandas(self, how):
        expected = getattr(pd.Series(WALK, INDEX).rolling("7s", min_periods=2), how)()
        found = emitted(rolling(how, window="7s", minimum=2, **IN_TIME), EVENTS)
        assert_close(found, expected.dropna().to_numpy())

    def test_deviations_of_windows_of_time_are_those_of_two_passes(self):
        """Those of pandas slide, and are 1e-8 off by the end of this walk."""
        begins = np.searchsorted(MICROS, MICROS - 7_000_000, side="right")
        moved = WALK - 50_000.0
        windows = (moved[begin : end + 1] for end, begin in enumerate(begins) if begin < end)
        expected = [window.std(ddof=1) for window in windows]
        found = emitted(rolling("std", window="7s", **IN_TIME), EVENTS)
        assert_close(found, expected, scale=0.1)

    def test_halflives_of_time_are_those_of_pandas(self):
        series = pd.Series(WALK - 50_000.0)
        expected = series.ewm(halflife="3s", times=INDEX).mean().to_numpy()
        operator = ewma(
            halflife="3s", value=lambda event: event[1] - 50_000.0, time=lambda event: event[0]
        )
        assert_close(emitted(operator, EVENTS), expected, scale=1.0)

    def test_prices_by_time_are_differences_of_the_integral_of_prices(self):
        moved = WALK - 50_000.0
        passed = np.diff(MICROS).astype(np.longdouble)
        area = np.concatenate([[0], np.cumsum(moved[:-1] * passed)])
        begin = np.maximum(MICROS - 7_000_000, MICROS[0])
        # In force is the value of the last event at or before a moment.
        index = np.searchsorted(MICROS, begin, side="right") - 1
        before = area[index] + moved[index] * (begin - MICROS[index])
        covered = MICROS - begin
        some = covered > 0
        expected = 50_000.0 + (area[some] - before[some]) / covered[some]
        assert_close(emitted(twap("7s", **IN_TIME), EVENTS), expected)


class TestIndicators:
    def wilder(self, values, size):
        """Give Wilder's averages by pandas: a mean, then an unadjusted average of one part."""
        seeded = pd.Series([values[:size].mean(), *values[size:]])
        return seeded.ewm(alpha=1 / size, adjust=False).mean().to_numpy()

    def test_the_strength_index_compares_average_gains_and_losses(self):
        changes = np.diff(WALK)
        gains = self.wilder(np.maximum(changes, 0.0), 14)
        losses = self.wilder(np.maximum(-changes, 0.0), 14)
        assert_close(values_of(rsi(14), WALK), 100.0 - 100.0 / (1.0 + gains / losses))

    def test_true_ranges_reach_to_the_close_before(self):
        high, low = WALK + chance.exponential(20.0, COUNT), WALK - chance.exponential(20.0, COUNT)
        close = low + (high - low) * chance.random(COUNT)
        before = np.roll(close, 1)
        ranges = np.maximum(high - low, np.maximum(abs(high - before), abs(low - before)))
        ranges[0] = high[0] - low[0]
        candles = [
            Candle("BTC/USD", 1, high=h, low=lo, close=c)
            for h, lo, c in zip(high.tolist(), low.tolist(), close.tolist(), strict=True)
        ]
        assert_close(emitted(atr(14), candles), self.wilder(ranges, 14))


class TestReturns:
    def test_returns_are_those_of_pandas(self):
        expected = pd.Series(WALK).pct_change().to_numpy()[1:]
        assert_close(values_of(returns(), WALK), expected, scale=1e-6)

    def test_log_returns_are_differences_of_logarithms(self):
        expected = np.diff(np.log(WALK.astype(np.longdouble)))
        assert_close(values_of(returns("log"), WALK), expected)

    def test_volatility_is_the_root_of_the_sum_of_squares(self):
        squares = np.diff(np.log(WALK.astype(np.longdouble))) ** 2
        expected = np.sqrt(windows_of(squares).sum(axis=1))
        assert_close(values_of(realized_volatility(WINDOW), WALK), expected)

    def test_a_drawdown_is_the_share_below_the_running_peak(self):
        expected = 1.0 - WALK / np.maximum.accumulate(WALK)
        assert_close(values_of(drawdown(), WALK), expected, scale=1e-6)


@pytest.mark.parametrize("size", [None, WINDOW])
def test_prices_by_quantity_are_quotients_of_sums(size):
    quantities = 10.0 ** chance.uniform(-8.0, 4.0, COUNT)
    trades = [
        Trade("BTC/USD", "buy", price, quantity, "market", 1, at(0))
        for price, quantity in zip(WALK.tolist(), quantities.tolist(), strict=True)
    ]
    notional = (WALK * quantities).astype(np.longdouble)
    exact = quantities.astype(np.longdouble)
    if size is None:
        expected = notional.cumsum() / exact.cumsum()
    else:
        expected = windows_of(notional).sum(axis=1) / windows_of(exact).sum(axis=1)
    assert_close(emitted(vwap(size), trades), expected, rel=1e-14)
