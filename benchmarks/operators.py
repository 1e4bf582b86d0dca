"""The cost of an operator per item, as a ratio to that of a bare ``map``.

``python -m benchmarks.operators [NAME ...]`` measures every row of the table, or those whose names
contain one of the words given, and prints name, ratio, bar and whether the ratio is within it. The
exit code is 1 if one is not. Both sides push the same items from a plain source to one subscriber
in this process, in interleaved rounds; the figure is the ratio of the best of both.

To measure another operator, add a row to `ROWS`: a name, the operator, the items it takes, and a
bar if it is not the usual one (None for operators that sort, which have none).
"""

from __future__ import annotations

import gc
import math
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from time import process_time
from typing import Any

import attrs
from reactivex import Observable, abc
from reactivex import operators as stock
from reactivex.disposable import Disposable

from rxkraken.models import Candle, Trade
from rxkraken.operators.averages import ewma, twap, vwap
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.indicators import atr, bollinger, rsi
from rxkraken.operators.resample import resample
from rxkraken.operators.returns import realized_volatility, returns
from rxkraken.operators.rolling import rolling, sma, zscore

BAR = 15.0
ITEMS = 10_000
ROUNDS = 15

Operator = Callable[[Observable[Any]], Observable[Any]]

_chance = random.Random(7)
_begin = datetime(2026, 1, 5, tzinfo=UTC)


def _prices() -> list[float]:
    price, path = 50_000.0, []
    for _ in range(ITEMS):
        price *= math.exp(_chance.gauss(0.0, 1e-4))
        path.append(round(price, 1))
    return path


def _moment(index: int) -> datetime:
    return _begin + timedelta(milliseconds=100 * index)


PRICES = _prices()
EXACT_PRICES = [Decimal(str(price)) for price in PRICES]
TRADES = [
    Trade("BTC/USD", "buy", price, Decimal(index % 7 + 1) / 1000, "market", index, _moment(index))
    for index, price in enumerate(EXACT_PRICES)
]
FLOAT_TRADES = [
    Trade("BTC/USD", "sell", price, 0.001 * (index % 7 + 1), "market", index, _moment(index))
    for index, price in enumerate(PRICES)
]
CANDLES = [
    Candle("BTC/USD", 1, high=price + 7.5, low=price - 12.5, close=price, open=price)
    for price in PRICES
]

at = attrgetter("timestamp")
price_of = attrgetter("price")


@attrs.frozen
class Row:
    """One operator, the items it is given, and the ratio it must not exceed."""

    name: str
    operator: Operator
    items: Sequence[Any]
    bar: float | None = BAR


ROWS = [
    Row("resample 1s by events", resample("1s", time=at), TRADES),
    Row("sma 20", sma(20), PRICES),
    Row("sma 1m by events", sma("1m", value=price_of, time=at), FLOAT_TRADES),
    Row("sma 20 of Decimal", sma(20), EXACT_PRICES),
    Row("rolling sum 1000", rolling("sum", window=1000), PRICES),
    Row("rolling std 20", rolling("std", window=20), PRICES),
    Row("rolling min 1000", rolling("min", window=1000), PRICES),
    Row("rolling max 1000", rolling("max", window=1000), PRICES),
    Row("rolling median 1000", rolling("median", window=1000), PRICES, None),
    Row("ewma span 20", ewma(span=20), PRICES),
    Row("ewma 30s by events", ewma(halflife="30s", value=price_of, time=at), FLOAT_TRADES),
    Row("zscore 20", zscore(20), PRICES),
    Row("realized_volatility 20", realized_volatility(20), PRICES),
    Row("rsi 14", rsi(14), PRICES),
    Row("bollinger 20", bollinger(20), PRICES),
    Row("atr 14", atr(14), CANDLES),
    Row("vwap", vwap(), TRADES),
    Row("vwap 1m", vwap("1m"), TRADES),
    Row("vwap 1m of float", vwap("1m"), FLOAT_TRADES),
    Row("twap 1m", twap("1m", value=price_of, time=at), FLOAT_TRADES),
    Row("returns", returns(), PRICES),
    Row("returns of Decimal", returns(), EXACT_PRICES),
    Row("returns log", returns("log"), PRICES),
    Row("drawdown", drawdown(), PRICES),
    Row("drawdown 1000", drawdown(1000), PRICES),
]


def seconds(operator: Operator, items: Sequence[Any]) -> float:
    """Give the processor time it takes to push the items through an operator, once."""
    emitted = 0

    def subscribe(
        observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        push = observer.on_next
        for item in items:
            push(item)
        return Disposable()

    def count(_: object) -> None:
        nonlocal emitted
        emitted += 1

    source = Observable(subscribe).pipe(operator)
    began = process_time()
    source.subscribe(count, _fail)
    passed = process_time() - began
    if not emitted:
        raise SystemExit("nothing was emitted: nothing was measured")
    return passed


def _fail(error: Exception) -> None:
    raise error


def ratio(row: Row, rounds: int = ROUNDS) -> float:
    """Compare an operator with a bare ``map`` over interleaved rounds."""
    bare: Operator = stock.map(lambda item: item)
    best = best_bare = math.inf
    for _ in range(rounds):
        best_bare = min(best_bare, seconds(bare, row.items))
        best = min(best, seconds(row.operator, row.items))
    return best / best_bare


def main(words: Sequence[str]) -> int:
    """Print one line a row; give the exit code."""
    chosen = [row for row in ROWS if not words or any(word in row.name for word in words)]
    gc.collect()
    failed = 0
    print(f"{'operator':<28} {'ratio':>6} {'bar':>5}")
    for row in chosen:
        figure = ratio(row)
        within = row.bar is None or figure <= row.bar
        failed += not within
        bar = "none" if row.bar is None else f"{row.bar:g}"
        print(f"{row.name:<28} {figure:>6.2f} {bar:>5}  {'ok' if within else 'TOO SLOW'}")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
