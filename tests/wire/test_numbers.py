"""Number texts: checksum tokens, repair, and what is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.wire.numbers import checksum_token, decimals_of, padded, plain


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("45285.2", "452852"),
        ("0.00100000", "100000"),
        ("0.5660", "5660"),
        ("0.00000001", "1"),
        ("10.00000000", "1000000000"),
        ("100", "100"),
        ("0.0", ""),
        ("0", ""),
        ("0.00000000", ""),
    ],
)
def test_a_token_has_no_point_and_no_leading_zeros_but_all_trailing_ones(text, token):
    assert checksum_token(text) == token


@pytest.mark.parametrize(
    ("text", "count"), [("1", 0), ("1.0", 1), ("0.00000001", 8), ("123456.123456789012", 12)]
)
def test_decimals_are_counted_behind_the_point(text, count):
    assert decimals_of(text) == count


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1e-08", "0.00000001"),
        ("1E-8", "0.00000001"),
        ("5.1e-05", "0.000051"),
        ("1.5e4", "15000"),
        ("1.50E+2", "150"),
        ("0.10000000", "0.10000000"),
        (7, "7"),
        (10**20, "100000000000000000000"),
        (0.1, "0.1"),
        (1e-08, "0.00000001"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("0E-8"), "0.00000000"),
        (Decimal("-3.40"), "-3.40"),
    ],
)
def test_numbers_of_every_kind_become_plain_text_with_all_their_digits(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "",
        "1.2.3",
        None,
        True,
        False,
        [],
        {},
        "NaN",
        "Infinity",
        float("inf"),
        float("nan"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
    ],
)
def test_what_is_no_finite_number_is_refused_with_a_sentence(value):
    with pytest.raises(ValueError, match=r"is not a (finite )?number"):
        plain(value)


@pytest.mark.parametrize("value", ["1e999999999", "1e-999999999", "0e-999999999", "1e61", 10**61])
def test_a_number_that_would_fill_the_memory_is_refused(value):
    with pytest.raises(ValueError, match="is no price and no quantity"):
        plain(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**12, places=12))
def test_plain_keeps_the_value_and_the_number_of_decimals(number):
    text = plain(number)
    assert Decimal(text) == number
    assert decimals_of(text) == 12
    assert "e" not in text.lower()


@given(st.integers(0, 10**15), st.integers(0, 12), st.integers(0, 12))
def test_padding_reaches_the_width_or_stops_at_the_last_digit_that_counts(units, places, wanted):
    text = format(Decimal(units).scaleb(-places), "f")
    wide = padded(text, wanted)
    needed = next(n for n in range(places + 1) if units % 10 ** (places - n) == 0)
    assert Decimal(wide) == Decimal(text)
    assert decimals_of(wide) == (wanted if needed <= wanted else places)
    assert not wide.endswith(".")
