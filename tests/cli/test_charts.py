"""Charts of characters keep their size and their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.cli.charts import Bar, area, bar, candle_rows, direction

PRICES = st.floats(min_value=1e-9, max_value=1e9)


@given(st.floats(allow_nan=False), st.integers(0, 50))
def test_a_bar_has_the_width_it_was_given(share, width):
    assert len(bar(share, width)) == width


def test_a_bar_grows_with_its_share():
    lengths = [len(bar(share / 10, 10).replace(" ", "")) for share in range(11)]
    assert lengths == list(range(11))


@given(st.lists(PRICES, max_size=60), st.integers(0, 40), st.integers(0, 12))
def test_an_area_has_one_column_for_each_of_the_latest_values(values, width, height):
    rows = area(values, width, height)
    assert len(rows) == height
    assert {len(row) for row in rows} <= {min(len(values), width)}


@given(st.lists(PRICES, min_size=2, max_size=30), st.integers(1, 8))
def test_a_higher_value_has_a_column_at_least_as_high(values, height):
    rows = area(values, len(values), height)
    levels = " ▁▂▃▄▅▆▇█"
    heights = [sum(levels.index(row[at]) for row in rows) for at in range(len(values))]
    by_value = [height for _, height in sorted(zip(values, heights, strict=True))]
    assert by_value == sorted(by_value)
    assert max(heights) > 0


@given(
    st.lists(st.lists(PRICES, min_size=4, max_size=4).map(sorted), max_size=40),
    st.integers(0, 30),
    st.integers(1, 12),
)
def test_every_candle_is_one_unbroken_column(prices, width, height):
    bars = [Bar(inner_low, high, low, inner_high) for low, inner_low, inner_high, high in prices]
    rows = candle_rows(bars, width, height)
    assert len(rows) == height
    for column in range(min(len(bars), width)):
        drawn = "".join(row[column][0] for row in rows)
        assert drawn.strip()
        assert " " not in drawn.strip()


@pytest.mark.parametrize(("close", "rising"), [(2.0, True), (1.0, True), (0.5, False)])
def test_a_candle_that_ends_lower_falls(close, rising):
    rows = candle_rows([Bar(1.0, 3.0, 0.1, close)], 5, 3)
    assert {up for row in rows for _, up in row} == {rising}


@pytest.mark.parametrize(
    ("values", "arrow"), [([], " "), ([1, 1], " "), ([1, 2, 2], "▲"), ([3, 1, 1], "▼")]
)
def test_the_arrow_is_that_of_the_last_change(values, arrow):
    assert direction(values) == arrow
