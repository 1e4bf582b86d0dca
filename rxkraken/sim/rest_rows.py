"""Rows of candles, trades and levels as REST writes them (spec ``rest`` §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim.exact import fixed_number
from rxkraken.sim.instruments import fixed
from rxkraken.sim.market_data import MINUTE_NS

if TYPE_CHECKING:
    from rxkraken.sim.engine import BookSide, TradeMade
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.market import Market
    from rxkraken.sim.market_data import Candle

_SECOND_NS = 1_000_000_000
_CANDLES_TOLD = 720
_VOLUME_DECIMALS = 3
_PRICE_DECIMALS = 5


def filled(market: Market, minutes: int, running_ns: int) -> list[list[Any]]:
    """One row for each of the last spans since the first candle, with or without trades."""
    length_ns = minutes * MINUTE_NS
    candles = market.data.series[minutes].candles
    by_begin = {candle.begin_ns: candle for candle in candles}
    first_ns = running_ns - (_CANDLES_TOLD - 1) * length_ns
    earlier = [candle for candle in candles if candle.begin_ns < first_ns]
    close = earlier[-1].close if earlier else None
    rows = []
    for begin_ns in range(first_ns, running_ns + 1, length_ns):
        candle = by_begin.get(begin_ns)
        if candle is not None:
            close = candle.close
        if close is not None:
            rows.append(_candle(market.pair, begin_ns // _SECOND_NS, candle, close))
    return rows


def _candle(pair: Pair, second: int, candle: Candle | None, close: int) -> list[Any]:
    price = pair.price_text
    if candle is None:
        level = price(close)
        return [second, level, level, level, level, "0.0", pair.qty_text(0), 0]
    corners = [price(value) for value in (candle.open, candle.high, candle.low, candle.close)]
    return [second, *corners, price(candle.vwap), pair.qty_text(candle.volume), candle.trades]


def trade(pair: Pair, made: TradeMade) -> list[Any]:
    """One row of ``Trades``."""
    return [
        _long_price(pair, made.price),
        pair.qty_text(made.quantity),
        fixed_number(made.timestamp_ns // 100, 7),
        made.side[0],
        made.order_type[0],
        "",
        made.trade_id,
    ]


def levels(pair: Pair, side: BookSide, count: int) -> list[list[Any]]:
    """Rows of ``Depth``: price, rounded volume, time of the youngest order."""
    rows = []
    for key in side.keys[:count]:
        youngest = max(order.timestamp_ns for order in side.levels[key].values())
        rows.append(
            [
                _long_price(pair, side.sign * key),
                _rounded(side.quantities[key], pair.qty_precision),
                youngest // _SECOND_NS,
            ]
        )
    return rows


def _long_price(pair: Pair, ticks: int) -> str:
    """A price with at least five decimals, as the book and the trades of REST have it."""
    more = max(0, _PRICE_DECIMALS - pair.price_precision)
    return fixed(ticks * 10**more, pair.price_precision + more)


def _rounded(lots: int, decimals: int) -> str:
    """A volume with three decimals."""
    if decimals <= _VOLUME_DECIMALS:
        return fixed(lots * 10 ** (_VOLUME_DECIMALS - decimals), _VOLUME_DECIMALS)
    step = 10 ** (decimals - _VOLUME_DECIMALS)
    return fixed((lots + step // 2) // step, _VOLUME_DECIMALS)
