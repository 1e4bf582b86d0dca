"""The twenty markets that the simulator knows by name, and their assets.

Prices, decimals and minimum sizes are like those of the exchange; liquid, thin and meme-coin
markets are all there, because each of them breaks a different kind of client: `BTT/USD` has twelve
decimals and quantities of a thousand million, `MLN/EUR` has fewer than ten levels a side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.errors import ConfigurationError
from rxkraken.sim.instruments import Asset, Pair

if TYPE_CHECKING:
    from collections.abc import Iterable


def _pair(
    symbol: str,
    precisions: tuple[int, int],
    price: str,
    size: str,
    qty_min: str,
    *,
    spread: float = 3.0,
    levels: int = 1150,
    volatility: float = 0.02,
    activity: float = 1.0,
    marginable: bool = False,
) -> Pair:
    return Pair(
        symbol=symbol,
        price_precision=precisions[0],
        qty_precision=precisions[1],
        reference_price=price,
        typical_qty=size,
        qty_min=qty_min,
        spread=spread,
        levels=levels,
        volatility=volatility,
        activity=activity,
        marginable=marginable,
        cost_precision=10 if symbol.endswith("/BTC") else 5,
        cost_min="0.00002" if symbol.endswith("/BTC") else "0.5",
    )


PAIRS: dict[str, Pair] = {
    pair.symbol: pair
    for pair in (
        _pair("BTC/USD", (1, 8), "65972.8", "0.05", "0.00005", marginable=True),
        _pair("ETH/USD", (2, 8), "3027.80", "0.8", "0.001", spread=4, marginable=True),
        _pair("BTC/EUR", (1, 8), "60965.7", "0.04", "0.00005", marginable=True),
        _pair("ETH/BTC", (5, 8), "0.04590", "0.5", "0.002", spread=1, levels=300, marginable=True),
        _pair("SOL/USD", (2, 8), "151.37", "12", "0.02", spread=2, marginable=True),
        _pair("XRP/USD", (5, 8), "0.52317", "1500", "2", spread=3, marginable=True),
        _pair("DOGE/USD", (7, 8), "0.1234567", "4000", "13", spread=20, volatility=0.04),
        _pair("ADA/USD", (6, 8), "0.451230", "1800", "4", spread=10),
        _pair("LTC/USD", (2, 8), "84.36", "6", "0.04", spread=2, levels=600),
        _pair("DOT/USD", (4, 8), "6.9125", "90", "0.2", spread=3),
        _pair("LINK/USD", (5, 8), "16.84321", "40", "0.2", spread=40),
        _pair("ALGO/USD", (5, 8), "0.10036", "740", "20", spread=3, levels=400, activity=0.5),
        _pair("MATIC/USD", (4, 8), "0.5667", "5500", "7", spread=1, levels=300, activity=0.5),
        _pair("USDT/USD", (5, 8), "0.99981", "9000", "5", spread=1, levels=400, volatility=0.0005),
        _pair("EUR/USD", (5, 8), "1.08213", "2500", "5", spread=6, levels=500, volatility=0.004),
        _pair("SHIB/USD", (8, 5), "0.00002345", "9000000", "200000", spread=1, levels=250),
        _pair("PEPE/USD", (10, 5), "0.0000123456", "40000000", "400000", volatility=0.08),
        _pair("BONK/USD", (10, 5), "0.0000251773", "12000000", "200000", volatility=0.08),
        _pair(
            "BTT/USD",
            (12, 8),
            "0.000000812345",
            "1200000000",
            "6000000",
            spread=400,
            levels=60,
            volatility=0.06,
            activity=0.4,
        ),
        _pair(
            "MLN/EUR",
            (2, 8),
            "17.43",
            "3.2",
            "0.3",
            spread=9,
            levels=4,
            volatility=0.03,
            activity=0.2,
        ),
    )
}

_KNOWN_ASSETS = {
    asset.id: asset
    for asset in (
        Asset(id="USD", precision=4, precision_display=2, borrowable=True, margin_rate=0.015),
        Asset(id="EUR", precision=4, precision_display=2, borrowable=True, margin_rate=0.015),
        Asset(id="BTC", borrowable=True, margin_rate=0.01),
        Asset(id="ETH", borrowable=True, margin_rate=0.02),
        Asset(id="XRP", precision=8, borrowable=True, collateral_value=0.0, margin_rate=0.02),
    )
}


def pairs_named(symbols: Iterable[str | Pair]) -> tuple[Pair, ...]:
    """Resolve symbols, or take `Pair` objects as they are.

    Raises:
        ConfigurationError: a symbol is unknown or named twice, or there is none at all.

    >>> [pair.reference_price for pair in pairs_named(["ETH/USD"])]
    ['3027.80']
    """
    if isinstance(symbols, str):
        raise ConfigurationError(f"symbols must be a list of symbols: write [{symbols!r}]")
    pairs = tuple(item if isinstance(item, Pair) else _known(item) for item in symbols)
    names = [pair.symbol for pair in pairs]
    if not names or len(set(names)) < len(names):
        raise ConfigurationError(f"symbols must name at least one pair, each once, not {names}")
    return pairs


def _known(symbol: str) -> Pair:
    pair = PAIRS.get(symbol)
    if pair is None:
        raise ConfigurationError(
            f"the simulator has no pair {symbol!r}: choose from {', '.join(PAIRS)}, or give a Pair"
        )
    return pair


def assets_of(pairs: Iterable[Pair]) -> tuple[Asset, ...]:
    """Every asset that appears in the pairs, in the order of appearance."""
    names = dict.fromkeys(name for pair in pairs for name in (pair.base, pair.quote))
    return tuple(_KNOWN_ASSETS.get(name) or Asset(id=name) for name in names)
