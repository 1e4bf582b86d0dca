"""The four spellings of a pair at the exchange (spec ``rest`` §7).

Old assets have ids of four letters that begin with X or Z, and v1 knows Bitcoin and Dogecoin by
other codes than v2. ``BTC/USD`` of v2 is ``XXBTZUSD`` inside, ``XBTUSD`` for short, and ``XBT/USD``
on v1; ``SOL/USD`` is ``SOLUSD`` and ``SOL/USD``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rxkraken.sim.instruments import Pair

_OLD_CODES = {"BTC": "XBT", "DOGE": "XDG"}
_OLD_COINS = frozenset(
    {"ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XDG", "XLM", "XMR", "XRP", "ZEC"}
)
_OLD_MONEY = frozenset({"AUD", "CAD", "EUR", "GBP", "JPY", "USD"})
# Pairs that were listed early although their names do not follow the rule.
_KEYS = {"XDGUSD": "XDGUSD", "USDTUSD": "USDTZUSD"}


def asset_code(asset: str) -> str:
    """Short code of an asset as v1 and REST write it.

    >>> asset_code("BTC"), asset_code("SOL")
    ('XBT', 'SOL')
    """
    return _OLD_CODES.get(asset, asset)


def asset_key(asset: str) -> str:
    """Internal id of an asset.

    >>> asset_key("BTC"), asset_key("USD"), asset_key("SOL")
    ('XXBT', 'ZUSD', 'SOL')
    """
    code = asset_code(asset)
    if code in _OLD_COINS:
        return f"X{code}"
    return f"Z{code}" if code in _OLD_MONEY else code


@attrs.frozen
class PairNames:
    """All names of one pair."""

    symbol: str
    key: str
    altname: str
    wsname: str

    @classmethod
    def of(cls, pair: Pair) -> PairNames:
        """Derive the old names from the v2 symbol.

        >>> from rxkraken.sim.listing import PAIRS
        >>> PairNames.of(PAIRS["ETH/BTC"]).key, PairNames.of(PAIRS["SOL/USD"]).key
        ('XETHXXBT', 'SOLUSD')
        """
        base, quote = asset_code(pair.base), asset_code(pair.quote)
        altname = base + quote
        both = asset_key(pair.base), asset_key(pair.quote)
        old = both[0] != base and both[1] != quote
        key = _KEYS.get(altname, "".join(both) if old else altname)
        return cls(pair.symbol, key, altname, f"{base}/{quote}")

    @property
    def spellings(self) -> frozenset[str]:
        """Everything that REST accepts as this pair."""
        modern = self.symbol.replace("/", "")
        return frozenset({self.key, self.altname, self.wsname, self.symbol, modern})


class Directory:
    """Finds pairs and assets by any of their names."""

    __slots__ = ("_assets", "_pairs", "names")

    def __init__(self, pairs: Iterable[Pair]) -> None:
        pairs = tuple(pairs)
        self.names = {pair.symbol: PairNames.of(pair) for pair in pairs}
        self._pairs = {
            spelling: names.symbol for names in self.names.values() for spelling in names.spellings
        }
        assets = {asset for pair in pairs for asset in (pair.base, pair.quote)}
        self._assets = {
            spelling: asset
            for asset in assets
            for spelling in (asset, asset_code(asset), asset_key(asset))
        }

    def symbol(self, name: str) -> str | None:
        """The v2 symbol of a pair, None if nobody knows it."""
        return self._pairs.get(name.strip().upper())

    def asset(self, name: str) -> str | None:
        """The v2 code of an asset, None if nobody knows it."""
        return self._assets.get(name.strip().upper())
