"""Text of v2 frames, written digit by digit from whole numbers (spec ``v2-market-data``).

Nothing here parses or rounds through floats, so the checksums of a reader can only agree when it
keeps the digits as they are.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ujson

from rxkraken.sim.instruments import fixed
from rxkraken.sim.market_data import MINUTE_NS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rxkraken.sim.engine import Book, TradeMade
    from rxkraken.sim.instruments import Asset, Pair
    from rxkraken.sim.market_data import Candle, DaySummary

    Levels = Iterable[tuple[int, int]]


HEARTBEAT = b'{"channel":"heartbeat"}'
_SECOND_NS = 1_000_000_000


@lru_cache(maxsize=1024)
def _seconds(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def micros(timestamp_ns: int) -> str:
    """Write a moment with six fractional digits.

    >>> micros(1_696_613_755_440_295_123)
    '2023-10-06T17:35:55.440295Z'
    """
    second, rest = divmod(timestamp_ns, _SECOND_NS)
    return f"{_seconds(second)}.{rest // 1000:06d}Z"


def seconds(timestamp_ns: int) -> str:
    """Write a moment in whole seconds.

    >>> seconds(1_696_613_755_440_295_123)
    '2023-10-06T17:35:55Z'
    """
    return f"{_seconds(timestamp_ns // _SECOND_NS)}Z"


def nanos(timestamp_ns: int) -> str:
    """Write a moment with nine fractional digits."""
    second, rest = divmod(timestamp_ns, _SECOND_NS)
    return f"{_seconds(second)}.{rest:09d}Z"


def dumps(value: Any) -> str:
    """Encode what holds no exact number."""
    return ujson.dumps(value, escape_forward_slashes=False)


# -- channel messages ---------------------------------------------------------------------------


def status(system: str, connection_id: int, version: str = "2.0.10") -> bytes:
    """The first frame of a connection, and of every change of the system."""
    return (
        f'{{"channel":"status","type":"update","data":[{{"version":{dumps(version)},"system":'
        f'{dumps(system)},"api_version":"v2","connection_id":{connection_id}}}]}}'
    ).encode()


def book(
    kind: str, pair: Pair, sides: tuple[Levels, Levels], checksum: int, timestamp_ns: int
) -> bytes:
    """One message of the channel ``book``; `sides` are bids and asks."""
    bids, asks = sides
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{pair.symbol}","bids":'
        f'[{_levels(pair, bids)}],"asks":[{_levels(pair, asks)}],"checksum":{checksum},'
        f'"timestamp":"{micros(timestamp_ns)}"}}]}}'
    ).encode()


def _levels(pair: Pair, levels: Levels) -> str:
    price_precision, qty_precision = pair.price_precision, pair.qty_precision
    return ",".join(
        f'{{"price":{fixed(price, price_precision)},"qty":{fixed(quantity, qty_precision)}}}'
        for price, quantity in levels
    )


def trades(kind: str, pair: Pair, made: Iterable[TradeMade]) -> bytes:
    """One message of the channel ``trade``, oldest first."""
    entries = ",".join(
        f'{{"symbol":"{pair.symbol}","side":"{trade.side}","price":{pair.price_text(trade.price)},'
        f'"qty":{pair.qty_text(trade.quantity)},"ord_type":"{trade.order_type}","trade_id":'
        f'{trade.trade_id},"timestamp":"{micros(trade.timestamp_ns)}"}}'
        for trade in made
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{entries}]}}'.encode()


def ticker(kind: str, pair: Pair, top: Book, day: DaySummary, timestamp_ns: int) -> bytes:
    """One message of the channel ``ticker``; an empty side is written as zeros."""
    (bid, bid_qty), (ask, ask_qty) = ((side.top(1) or [(0, 0)])[0] for side in (top.bids, top.asks))
    price, quantity = pair.price_text, pair.qty_text
    return (
        f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{pair.symbol}","bid":'
        f'{price(bid)},"bid_qty":{quantity(bid_qty)},"ask":{price(ask)},"ask_qty":'
        f'{quantity(ask_qty)},"last":{price(day.last)},"volume":{quantity(day.volume)},"vwap":'
        f'{price(day.vwap)},"low":{price(day.low)},"high":{price(day.high)},"change":'
        f'{price(day.change)},"change_pct":{fixed(day.change_hundredths_percent, 2)},'
        f'"timestamp":"{micros(timestamp_ns)}"}}]}}'
    ).encode()


def ohlc(
    kind: str, pair: Pair, minutes: int, candles: Iterable[Candle], timestamp_ns: int
) -> bytes:
    """One message of the channel ``ohlc``, oldest candle first."""
    entries = ",".join(_candle(pair, minutes, candle) for candle in candles)
    return (
        f'{{"channel":"ohlc","type":"{kind}","timestamp":"{nanos(timestamp_ns)}",'
        f'"data":[{entries}]}}'
    ).encode()


def _candle(pair: Pair, minutes: int, candle: Candle) -> str:
    price = pair.price_text
    return (
        f'{{"symbol":"{pair.symbol}","open":{price(candle.open)},"high":{price(candle.high)},'
        f'"low":{price(candle.low)},"close":{price(candle.close)},"trades":{candle.trades},'
        f'"volume":{pair.qty_text(candle.volume)},"vwap":{price(candle.vwap)},"interval_begin":'
        f'"{nanos(candle.begin_ns)}","interval":{minutes},"timestamp":'
        f'"{micros(candle.begin_ns + minutes * MINUTE_NS)}"}}'
    )


def instrument(kind: str, assets: Iterable[Asset], pairs: Iterable[Pair]) -> bytes:
    """One message of the channel ``instrument``; its data is an object."""
    asset_list = ",".join(_asset(asset) for asset in assets)
    pair_list = ",".join(_pair(pair) for pair in pairs)
    return (
        f'{{"channel":"instrument","type":"{kind}","data":{{"assets":[{asset_list}],'
        f'"pairs":[{pair_list}]}}}}'
    ).encode()


def _asset(asset: Asset) -> str:
    rate = "" if asset.margin_rate is None else f',"margin_rate":{asset.margin_rate}'
    return (
        f'{{"id":"{asset.id}","status":"{asset.status}","precision":{asset.precision},'
        f'"precision_display":{asset.precision_display},"borrowable":{dumps(asset.borrowable)},'
        f'"collateral_value":{asset.collateral_value}{rate}}}'
    )


def _pair(pair: Pair) -> str:
    increment = _short(fixed(pair.price_increment, pair.price_precision))
    margin = (
        f'"margin_initial":{pair.margin_initial},"position_limit_long":{pair.position_limit_long},'
        f'"position_limit_short":{pair.position_limit_short},'
        if pair.marginable
        else ""
    )
    return (
        f'{{"symbol":"{pair.symbol}","base":"{pair.base}","quote":"{pair.quote}","status":'
        f'"{pair.status}","qty_precision":{pair.qty_precision},"qty_increment":'
        f'{_short(fixed(1, pair.qty_precision))},"price_precision":{pair.price_precision},'
        f'"cost_precision":{pair.cost_precision},"marginable":{dumps(pair.marginable)},"has_index":'
        f'{dumps(pair.has_index)},"cost_min":{_short(pair.cost_min)},{margin}"tick_size":'
        f'{increment},"price_increment":{increment},"qty_min":{_short(pair.qty_min)}}}'
    )


def _short(text: str) -> str:
    """The shortest form, with an exponent where it is short: ``1e-08``, as the exchange writes."""
    return repr(float(text))


# -- responses: `times` are when the request came in and when the answer goes out -----------------


def accepted(
    method: str,
    result: Mapping[str, Any] | list[dict[str, Any]],
    req_id: int | None,
    times: tuple[int, int],
) -> bytes:
    """The ack of a request, or of one symbol of it; the rows of a batch keep their order."""
    told = result if isinstance(result, list) else dict(sorted(result.items()))
    return (
        f'{{"method":"{method}",{_echo(req_id)}"result":{dumps(told)},"success":true,'
        f"{_times(times)}}}"
    ).encode()


def cancelled(method: str, count: int, req_id: int | None, times: tuple[int, int]) -> bytes:
    """The answer to ``batch_cancel`` as it is really sent, without a result."""
    return (
        f'{{"method":"{method}","orders_cancelled":{count},{_echo(req_id)}"success":true,'
        f"{_times(times)}}}"
    ).encode()


def refused(
    method: str,
    error: str,
    req_id: int | None,
    times: tuple[int, int],
    symbol: str | None = None,
) -> bytes:
    """The failure of a request, or of one symbol of it; it carries no result."""
    named = "" if symbol is None else f'"symbol":{dumps(symbol)},'
    return (
        f'{{"error":{dumps(error)},"method":"{method}",{_echo(req_id)}"success":false,{named}'
        f"{_times(times)}}}"
    ).encode()


def pong(req_id: int | None, times: tuple[int, int]) -> bytes:
    """The answer to a ping."""
    return f'{{"method":"pong",{_echo(req_id)}{_times(times)}}}'.encode()


def _echo(req_id: int | None) -> str:
    return "" if req_id is None else f'"req_id":{req_id},'


def _times(times: tuple[int, int]) -> str:
    time_in_ns, time_out_ns = times
    return f'"time_in":"{micros(time_in_ns)}","time_out":"{micros(time_out_ns)}"'
