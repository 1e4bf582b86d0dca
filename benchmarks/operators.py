"""The cost of an operator per item, as a ratio to that of a bare ``map``.

``python -m benchmarks.operators [NAME ...]`` measures every row of the table, or those whose names
contain one of the words given, and prints name, ratio, bar and whether the ratio is within it. The
exit code is 1 if one is not. Both sides push the same items from a plain source to one subscriber
in this process, in interleaved rounds; the figure is the median of the rounds' ratios.

To measure another operator, add a row to `ROWS`: a name, the operator, the items it takes, and a
bar if it is not the usual one (None for operators that sort, which have none). The module is long
because it is one table.
"""

from __future__ import annotations

import gc
import math
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter
from statistics import median
from time import process_time
from typing import Any

import attrs
from reactivex import Observable, abc
from reactivex import operators as stock
from reactivex.disposable import Disposable
from reactivex.subject import BehaviorSubject

from benchmarks.sessions import SYMBOL, generated
from rxkraken.core.order_book import Book
from rxkraken.models import Candle, OrderBook, Spread, Trade
from rxkraken.models.level3 import Level3Event, Level3Order, Level3Snapshot, Level3Update
from rxkraken.models.portfolio import Fill, OrderRequest
from rxkraken.operators.averages import ewma, twap, vwap
from rxkraken.operators.bars import bars
from rxkraken.operators.book_depth import depth_within, walk_book
from rxkraken.operators.books import crossed, imbalance, microprice, spread_bps, top_of_book
from rxkraken.operators.closed_candles import closed_candles
from rxkraken.operators.debounce_signal import debounce_signal
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.indicators import atr, bollinger, rsi
from rxkraken.operators.latest_by import latest_by
from rxkraken.operators.level2_from_level3 import level2_from_level3
from rxkraken.operators.order_flow_imbalance import order_flow_imbalance
from rxkraken.operators.orders import target_to_orders
from rxkraken.operators.portfolio import position, profit_and_loss
from rxkraken.operators.resample import resample
from rxkraken.operators.returns import realized_volatility, returns
from rxkraken.operators.rolling import rolling, sma, zscore
from rxkraken.operators.signals import crossover, threshold
from rxkraken.operators.spread_between import spread_between
from rxkraken.operators.stop_when import stop_when
from rxkraken.operators.synchronize import synchronize
from rxkraken.operators.throttle_orders import throttle_orders
from rxkraken.operators.triangular import triangular
from rxkraken.wire.v2 import decoder

BAR = 15.0
DEPTH_BAR = 30.0  # of a band around 20 levels: 1.5 a level
WALK_BAR = 20.0  # of a walk through all 10 levels of a side: 2 a level
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


def _books(number: Callable[[str], Any]) -> list[OrderBook[Any] | None]:
    """Ten levels a side, of which about two change a book."""
    book, decode = Book(SYMBOL, 10, number=number), decoder()
    frames: list[Any] = [decode(frame) for frame in generated(10, ITEMS - 1)]
    return [book.apply(frame) for frame in frames]


def _orders() -> list[Level3Snapshot[Decimal] | Level3Update[Decimal]]:
    """Three orders a level; each update moves one of them within the ten best levels."""
    resting = [(f"O{index}", Decimal(50_000 - index % 10), Decimal(1)) for index in range(30)]
    messages: list[Any] = [Level3Snapshot(SYMBOL, tuple(Level3Order(*o) for o in resting), ())]
    for _ in range(ITEMS - 1):
        name, price, qty = _chance.randrange(30), _chance.randrange(10), _chance.randrange(1, 9)
        event = Level3Event("modify", f"O{name}", Decimal(50_000 - price), Decimal(qty) / 8)
        messages.append(Level3Update(SYMBOL, (event,), ()))
    return messages


BOOKS, FLOAT_BOOKS = _books(Decimal), _books(float)
ORDERS = _orders()
PAIRS = list(pairwise(PRICES))
QUOTES = [
    Spread(SYMBOL, price, 1.0, price + 0.1, 1.0, _moment(i)) for i, price in enumerate(PRICES)
]
FILLS = [
    Fill(
        SYMBOL,
        "sell" if index % 3 else "buy",
        price,
        Decimal(index % 5 + 1) / 100,
        exec_id=str(index),
    )
    for index, price in enumerate(EXACT_PRICES)
]
MINUTES = [
    Candle(SYMBOL, 1, _begin + timedelta(minutes=index // 10), close=price, trades=index % 10)
    for index, price in enumerate(PRICES)
]
TARGETS = [Decimal(index * 7 % 11) for index in range(ITEMS)]
REQUESTS = [OrderRequest(SYMBOL, "buy", "market", Decimal(1))] * ITEMS
OTHER = BehaviorSubject(QUOTES[0])  # gives its value at once, and nothing more
FLAT = BehaviorSubject(0)

at = attrgetter("timestamp")
price_of = attrgetter("price")


def _above(trade: Trade[float]) -> bool:
    return trade.price > PRICES[0]


def _free(_: OrderRequest) -> float:
    return 0.0


def _triangle(quotes: Observable[Any]) -> Observable[Any]:
    """Put the stream in the middle of a triangle whose other rates stand still."""
    first, last = (
        BehaviorSubject(Spread(name, 0.05, 1.0, 0.06, 1.0)) for name in ("ETH/BTC", "ETH/USD")
    )
    return triangular(first, quotes, last)


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
    Row("top_of_book", top_of_book(), BOOKS),
    Row("microprice", microprice(), BOOKS),
    Row("spread_bps", spread_bps(), BOOKS),
    Row("imbalance 1", imbalance(1), BOOKS),
    Row("imbalance 10", imbalance(10), BOOKS),
    Row("imbalance 10 of float", imbalance(10), FLOAT_BOOKS),
    Row("crossed", crossed(), BOOKS),
    Row("order_flow_imbalance", order_flow_imbalance(), BOOKS),
    Row("depth_within 20 levels", depth_within(5000), BOOKS, DEPTH_BAR),
    Row("depth_within 20 of float", depth_within(5000), FLOAT_BOOKS, DEPTH_BAR),
    Row("depth_within 65 bps", depth_within(65), BOOKS, DEPTH_BAR),
    Row("walk_book 1 level", walk_book("buy", qty=1), BOOKS),
    Row("walk_book 10 levels", walk_book("buy", qty=200), BOOKS, WALK_BAR),
    Row("walk_book 10 of float", walk_book("buy", qty=200), FLOAT_BOOKS, WALK_BAR),
    Row("walk_book by notional", walk_book("sell", notional=1_000_000), BOOKS, WALK_BAR),
    Row("level2_from_level3", level2_from_level3(), ORDERS),
    Row("crossover", crossover(), PAIRS),
    Row("threshold", threshold(50_000.0, hysteresis=5.0), PRICES),
    Row("debounce_signal 1s by events", debounce_signal("1s", key=_above, time=at), FLOAT_TRADES),
    Row("stop_when", stop_when(drawdown=1_000_000), PRICES),
    Row("position", position(), FILLS),
    Row("profit_and_loss", profit_and_loss(), FILLS),
    Row("profit_and_loss fifo", profit_and_loss(method="fifo"), FILLS),
    Row("target_to_orders", target_to_orders(SYMBOL, position=FLAT, lot=1), TARGETS),
    Row("throttle_orders", throttle_orders(cost=_free), REQUESTS),
    Row("bars 1m", bars(every="1m"), TRADES),
    Row("bars 1m of float", bars(every="1m"), FLOAT_TRADES),
    Row("bars 100 ticks", bars(ticks=100), TRADES),
    Row("bars by volume", bars(volume=1), TRADES),
    Row("bars by notional", bars(notional=50_000), TRADES),
    Row("closed_candles", closed_candles(), MINUTES),
    Row("latest_by", latest_by(attrgetter("symbol")), TRADES),
    Row("spread_between", lambda quotes: spread_between(OTHER, quotes), QUOTES),
    Row("synchronize", lambda quotes: synchronize([OTHER, quotes], "1d"), QUOTES),
    Row("triangular", _triangle, QUOTES),
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
    ratios = []
    for _ in range(rounds):
        alone = seconds(bare, row.items)
        ratios.append(seconds(row.operator, row.items) / alone)
    return median(ratios)


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
