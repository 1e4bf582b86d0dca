"""Exact numbers, pairs, and the list of known markets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Pair, Simulator
from rxkraken.sim.instruments import fixed, units
from rxkraken.sim.listing import PAIRS, assets_of, pairs_named


@given(st.integers(-(10**20), 10**20), st.integers(0, 12))
def test_fixed_text_is_the_exact_number_with_exactly_those_decimals(value, decimals):
    text = fixed(value, decimals)
    assert Decimal(text) == Decimal(value).scaleb(-decimals)
    assert len(text.partition(".")[2]) == decimals
    assert units(text, decimals) == value


@pytest.mark.parametrize("text", ["", "abc", "1.234", "1e-2", ".5", "--1"])
def test_text_that_is_no_number_of_so_many_decimals_is_refused(text):
    with pytest.raises(ConfigurationError, match="at most 2 decimals"):
        units(text, 2)


def test_the_list_has_twenty_pairs_of_every_kind():
    pairs = PAIRS.values()
    assert len(pairs) == 20
    assert all(pair.symbol == symbol for symbol, pair in PAIRS.items())
    assert any(pair.price_precision == 12 for pair in pairs)
    assert any(pair.typical_lots >= 10**17 for pair in pairs)
    assert any(2 * pair.levels < 10 for pair in pairs)
    assert sum(pair.levels > 1000 for pair in pairs) >= 10
    assert all(pair.minimum_lots <= pair.typical_lots for pair in pairs)


def test_every_asset_is_listed_once():
    names = [asset.id for asset in assets_of(pairs_named(["BTC/USD", "ETH/BTC", "SOL/USD"]))]
    assert names == ["BTC", "USD", "ETH", "SOL"]


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        (["XBT/USD"], "no pair 'XBT/USD'"),
        ([], "at least one pair"),
        (["BTC/USD", "BTC/USD"], "each once"),
        ("BTC/USD", "write \\['BTC/USD'\\]"),
    ],
)
def test_wrong_symbols_are_refused_in_one_clear_sentence(symbols, words):
    with pytest.raises(ConfigurationError, match=words):
        Simulator(symbols)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbol": "btcusd"}, "like BTC/USD"),
        ({"price_precision": 99}, "price_precision"),
        ({"price_increment": 0}, "price_increment must be positive"),
        ({"reference_price": "0.0"}, "must be positive"),
        ({"typical_qty": "0.000000001"}, "at most 8 decimals"),
        ({"status": "asleep"}, "status of a pair"),
    ],
)
def test_a_pair_that_makes_no_sense_is_refused(change, words):
    good = {
        "symbol": "ABC/USD",
        "price_precision": 1,
        "qty_precision": 8,
        "reference_price": "10.0",
        "typical_qty": "1",
    }
    Pair(**good)
    with pytest.raises(ConfigurationError, match=words):
        Pair(**(good | change))
