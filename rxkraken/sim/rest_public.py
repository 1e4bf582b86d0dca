"""Public REST calls: what the streams know, as answers (spec ``rest`` §4 and §5)."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

from rxkraken.sim import rest_rows
from rxkraken.sim.accounts import FeeSchedule
from rxkraken.sim.exact import number
from rxkraken.sim.instruments import fixed
from rxkraken.sim.keys import ApiError
from rxkraken.sim.listing import assets_of
from rxkraken.sim.market_data import INTERVALS, MINUTE_NS
from rxkraken.sim.names import asset_code, asset_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rxkraken.sim.gateway_v2 import GatewayV2
    from rxkraken.sim.instruments import Asset
    from rxkraken.sim.market import Market

    Query = Mapping[str, str]

_SECOND_NS = 1_000_000_000
_MOST_TRADES = 1000
_MOST_LEVELS = 500
_USUAL_LEVELS = 100
_MILLIONTHS_OF_PERCENT = 10_000
# Larger numbers than this many digits of `since` are nanoseconds, smaller ones seconds.
_NANOSECOND_DIGITS = 14


class PublicRest:
    """The public calls.

    Args:
        gateway: knows the state of the exchange, the markets and the time.
    """

    __slots__ = ("_directory", "_gateway", "_markets")

    def __init__(self, gateway: GatewayV2) -> None:
        self._gateway = gateway
        self._directory = gateway.clientele.directory
        self._markets = gateway.clientele.exchange.markets

    def calls(self) -> dict[str, Callable[[Query], object]]:
        """Name of each call to what answers it."""
        return {
            "Time": self.time,
            "SystemStatus": self.system_status,
            "Assets": self.assets,
            "AssetPairs": self.asset_pairs,
            "OHLC": self.ohlc,
            "Trades": self.trades,
            "Depth": self.depth,
        }

    def time(self, _: Query) -> dict[str, object]:
        """The time, in whole seconds."""
        second = self._gateway.clock.now() // _SECOND_NS
        written = time.strftime("%a, %d %b %y %H:%M:%S +0000", time.gmtime(second))
        return {"unixtime": second, "rfc1123": written}

    def system_status(self, _: Query) -> dict[str, str]:
        """The state of the exchange."""
        second = self._gateway.clock.now() // _SECOND_NS
        written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
        return {"status": self._gateway.system, "timestamp": written}

    def assets(self, query: Query) -> dict[str, object]:
        """Descriptions of assets."""
        known = {asset.id: asset for asset in assets_of(self._gateway.pairs.values())}
        wanted = known if "asset" not in query else self._assets(query["asset"])
        return {asset_key(name): _asset(known[name]) for name in wanted}

    def asset_pairs(self, query: Query) -> dict[str, object]:
        """Descriptions of pairs; a modern name with a slash comes back under that name."""
        if query.get("info", "info") not in {"info", "leverage", "fees", "margin"}:
            raise ApiError("EGeneral:Invalid arguments")
        if "pair" not in query:
            wanted = {names.key: symbol for symbol, names in self._directory.names.items()}
        else:
            wanted = dict(map(self._named, query["pair"].split(",")))
        return {name: self._pair(symbol) for name, symbol in wanted.items()}

    def ohlc(self, query: Query) -> dict[str, object]:
        """The newest candles, the running one last; spans without trades are there."""
        name, market = self._market(query)
        minutes = _integer(query, "interval", 1)
        if minutes not in INTERVALS:
            raise ApiError("EGeneral:Invalid arguments")
        since = _integer(query, "since", 0)
        length_ns = minutes * MINUTE_NS
        begin_ns = self._gateway.clock.now() // length_ns * length_ns
        rows = rest_rows.filled(market, minutes, begin_ns)
        kept = [row for row in rows if row[0] > since or row[0] == begin_ns // _SECOND_NS]
        return {name: kept, "last": (begin_ns - length_ns) // _SECOND_NS}

    def trades(self, query: Query) -> dict[str, object]:
        """Trades after a moment, oldest first, or the newest ones."""
        name, market = self._market(query)
        count = _integer(query, "count", _MOST_TRADES)
        if not 1 <= count <= _MOST_TRADES:
            raise ApiError("EGeneral:Invalid arguments")
        tape = market.data.tape
        if "since" in query:
            since_ns = _moment(query)
            chosen = list(islice((t for t in tape if t.timestamp_ns > since_ns), count))
        else:
            since_ns = 0
            chosen = list(tape)[-count:]
        last = chosen[-1].timestamp_ns if chosen else since_ns
        return {name: [rest_rows.trade(market.pair, trade) for trade in chosen], "last": str(last)}

    def depth(self, query: Query) -> dict[str, object]:
        """The best levels, their volumes rounded."""
        name, market = self._market(query)
        count = _integer(query, "count", _USUAL_LEVELS)
        if not 1 <= count <= _MOST_LEVELS:
            raise ApiError("EGeneral:Invalid arguments")
        book = market.book
        asks, bids = (rest_rows.levels(market.pair, side, count) for side in (book.asks, book.bids))
        return {name: {"asks": asks, "bids": bids}}

    def _assets(self, text: str) -> list[str]:
        found = [self._directory.asset(name) for name in text.split(",")]
        names = [name for name in found if name is not None]
        if len(names) < len(found):
            raise ApiError("EQuery:Unknown asset")
        return names

    def _named(self, name: str) -> tuple[str, str]:
        """Under which name the answer comes, and the symbol."""
        symbol = self._directory.symbol(name)
        if symbol is None:
            raise ApiError("EQuery:Unknown asset pair")
        modern = "/" in name and name.strip().upper() == symbol
        return symbol if modern else self._directory.names[symbol].key, symbol

    def _market(self, query: Query) -> tuple[str, Market]:
        if "pair" not in query:
            raise ApiError("EGeneral:Invalid arguments")
        name, symbol = self._named(query["pair"])
        return name, self._markets[symbol]

    def _pair(self, symbol: str) -> dict[str, object]:
        pair, names = self._gateway.pairs[symbol], self._directory.names[symbol]
        leverage = [2, 3, 4, 5] if pair.marginable else []
        usual = FeeSchedule()
        limits: dict[str, object] = {}
        if pair.marginable:
            limits["long_position_limit"] = pair.position_limit_long
            limits["short_position_limit"] = pair.position_limit_short
        return {
            "altname": names.altname,
            "wsname": names.wsname,
            "aclass_base": "currency",
            "base": asset_key(pair.base),
            "aclass_quote": "currency",
            "quote": asset_key(pair.quote),
            "lot": "unit",
            "cost_decimals": pair.cost_precision,
            "pair_decimals": pair.price_precision,
            "lot_decimals": pair.qty_precision,
            "lot_multiplier": 1,
            "leverage_buy": leverage,
            "leverage_sell": leverage,
            "fees": [[0, usual.taker / _MILLIONTHS_OF_PERCENT]],
            "fees_maker": [[0, usual.maker / _MILLIONTHS_OF_PERCENT]],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": pair.qty_min,
            "costmin": pair.cost_min,
            "tick_size": fixed(pair.price_increment, pair.price_precision),
            "status": pair.status,
            **limits,
        }


def _asset(asset: Asset) -> dict[str, object]:
    return {
        "aclass": "currency",
        "altname": asset_code(asset.id),
        "decimals": asset.precision,
        "display_decimals": asset.precision_display,
        "collateral_value": number(f"{asset.collateral_value:g}"),
        "status": asset.status,
    }


def _integer(query: Query, name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise ApiError("EGeneral:Invalid arguments")
    return int(text)


def _moment(query: Query) -> int:
    """`since` in nanoseconds; it may be given in seconds."""
    value = _integer(query, "since", 0)
    return value if len(query["since"]) >= _NANOSECOND_DIGITS else value * _SECOND_NS
