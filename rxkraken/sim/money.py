"""Amounts of assets as text, and what fees are worth in dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.exact import Number, fixed_number
from rxkraken.sim.listing import PAIRS, assets_of
from rxkraken.sim.market_data import rounded_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rxkraken.sim.market import Market

_DOLLAR = "USD"
_DOLLAR_DECIMALS = 4


class Money:
    """Decimals of assets, and their prices in dollars.

    Args:
        markets: symbol to market; their last trades are the prices.
    """

    __slots__ = ("_decimals", "_markets")

    def __init__(self, markets: Mapping[str, Market]) -> None:
        self._markets = markets
        pairs = tuple(market.pair for market in markets.values())
        self._decimals = {asset.id: asset.precision for asset in assets_of(pairs)}

    def decimals(self, asset: str) -> int:
        """Decimals of the ledger of an asset."""
        return self._decimals[asset]

    def number(self, asset: str, units: int) -> Number:
        """An amount with all decimals of the asset."""
        return fixed_number(units, self._decimals[asset])

    def dollars(self, asset: str, units: int) -> Number:
        """What an amount is worth: at the last trade, or at the usual price of a known pair."""
        if asset == _DOLLAR or not units:
            return fixed_number(units, _DOLLAR_DECIMALS)
        symbol = f"{asset}/{_DOLLAR}"
        market = self._markets.get(symbol)
        pair = market.pair if market is not None else PAIRS.get(symbol)
        if pair is None:
            return fixed_number(0, _DOLLAR_DECIMALS)
        ticks = market.data.trades[-1].price if market is not None else pair.reference_ticks
        more = self._decimals[asset] + pair.price_precision - _DOLLAR_DECIMALS
        worth = units * ticks
        return fixed_number(
            rounded_ratio(worth, 10**more) if more >= 0 else worth * 10**-more, _DOLLAR_DECIMALS
        )
