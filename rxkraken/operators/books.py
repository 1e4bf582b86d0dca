"""What the best levels of an order book tell, one value a book.

All take the stream of books of one symbol, as ``kraken.order_book`` gives it, and work in the
number type of the books. Sums, differences and products are exact as long as they fit the 28
digits of a Decimal; a quotient is rounded once, to those.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.models.book import LevelText, OrderBook
from rxkraken.models.book_measures import TopOfBook
from rxkraken.operators.stepping import stepping

N = TypeVar("N", Decimal, float)
FromBooks = Callable[[Observable[OrderBook[N]]], Observable[N]]


def top_of_book() -> Callable[[Observable[OrderBook[N]]], Observable[TopOfBook[N]]]:
    """Emit the best bid and ask when a price or a quantity of them changed.

    ::

        bid/ask      -1/2--1/2--1/3--1/3-->
        top_of_book  -1/2-------1/3------->

    The first book is always emitted. An empty side is None.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> asks = (Level("100.1", "2.0"), Level("100.2", "1.0"))
    >>> frames = reactivex.just(BookSnapshot("BTC/USD", bids=(), asks=asks))
    >>> tops = frames.pipe(order_book("BTC/USD"), top_of_book())
    >>> _ = tops.subscribe(lambda top: print(top.bid, top.ask))
    None Level(price=Decimal('100.1'), qty=Decimal('2.0'))
    """
    return stepping(_new_top)


def _new_top() -> Callable[[OrderBook[N]], TopOfBook[N] | None]:
    last: TopOfBook[Any] | None = None
    last_bid: LevelText | None = None
    last_ask: LevelText | None = None

    def step(book: OrderBook[N]) -> TopOfBook[N] | None:
        nonlocal last, last_bid, last_ask
        bid = book.bid_texts[0] if book.bid_texts else None
        ask = book.ask_texts[0] if book.ask_texts else None
        if last is not None and bid is last_bid and ask is last_ask:
            return None  # most books share their best levels with the one before
        last_bid, last_ask = bid, ask
        top = TopOfBook(book.symbol, book.best_bid, book.best_ask, book.timestamp)
        if top == last:
            return None
        last = top
        return top

    return step


def _best(book: OrderBook[N]) -> tuple[N, N, N, N] | None:
    """Give bid, its quantity, ask, its quantity; None when a side is empty."""
    bids, asks = book.bid_texts, book.ask_texts
    if not bids or not asks:
        return None
    number, bid, ask = book.identity.number, bids[0], asks[0]
    return number(bid.price), number(bid.qty), number(ask.price), number(ask.qty)


def microprice() -> FromBooks[N]:
    """Emit the mid weighted by the quantity of the *other* side: where the next trade is likelier.

    ::

        1 @ 10 / 3 @ 20  -o---->
        microprice       -12.5->

    It is (bid * ask quantity + ask * bid quantity) / (bid quantity + ask quantity), in quote
    units. Books with an empty side give nothing.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> book = BookSnapshot("BTC/USD", bids=(Level("10", "1"),), asks=(Level("20", "3"),))
    >>> _ = reactivex.just(book).pipe(order_book("BTC/USD"), microprice()).subscribe(print)
    12.5
    """
    return stepping(lambda: _microprice)


def _microprice(book: OrderBook[N]) -> N | None:
    best = _best(book)
    if best is None:
        return None
    bid, bid_qty, ask, ask_qty = best
    return (bid * ask_qty + ask * bid_qty) / (bid_qty + ask_qty)


def spread_bps() -> FromBooks[N]:
    """Emit the spread as basis points (hundredths of a percent) of the mid.

    ::

        bid/ask     -99/101--100/100.5-->
        spread_bps  -200-----49.87...--->

    Books with an empty side give nothing.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> book = BookSnapshot("BTC/USD", bids=(Level("99", "1"),), asks=(Level("101", "3"),))
    >>> _ = reactivex.just(book).pipe(order_book("BTC/USD"), spread_bps()).subscribe(print)
    200
    """
    return stepping(lambda: _spread_bps)


def _spread_bps(book: OrderBook[N]) -> N | None:
    bids, asks = book.bid_texts, book.ask_texts
    if not bids or not asks:
        return None
    number = book.identity.number
    bid, ask = number(bids[0].price), number(asks[0].price)
    return (ask - bid) * 20_000 / (ask + bid)


def imbalance(levels: int = 1) -> FromBooks[N]:
    """Emit (bids - asks) / (bids + asks) over the quantity of the best levels of each side.

    ::

        bids/asks  -3/1--1/1--1/3-->
        imbalance  -0.5--0----0.5-->   (the last one below zero)

    1 is a book of bids alone, -1 one of asks alone; a book without any level gives nothing.

    Args:
        levels: how many levels of each side count.

    Raises:
        ConfigurationError: levels is no whole number above zero.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> book = BookSnapshot("BTC/USD", bids=(Level("99", "3"),), asks=(Level("101", "1"),))
    >>> _ = reactivex.just(book).pipe(order_book("BTC/USD"), imbalance(5)).subscribe(print)
    0.5
    """
    if not isinstance(levels, int) or isinstance(levels, bool) or levels < 1:
        raise ConfigurationError(f"levels must be a whole number above zero, not {levels!r}")

    return stepping(partial(_new_imbalance, levels))


def _new_imbalance(levels: int) -> Callable[[OrderBook[N]], N | None]:
    bid_levels: list[LevelText] | None = None
    ask_levels: list[LevelText] | None = None
    bids: Any = 0
    asks: Any = 0
    numbers: dict[str, Any] = {}  # of the quantities of levels, which most books share

    def total(side: list[LevelText], number: Callable[[str], N]) -> Any:
        if len(numbers) > 16 * levels + 50:
            numbers.clear()
        texts = [level.qty for level in side[:levels]]
        for text in texts:
            if text not in numbers:
                numbers[text] = number(text)
        return sum(map(numbers.__getitem__, texts), number("0"))

    def step(book: OrderBook[N]) -> N | None:
        nonlocal bid_levels, ask_levels, bids, asks
        number = book.identity.number
        if book.bid_texts is not bid_levels:  # books of the same levels share the list of them
            bid_levels = book.bid_texts
            bids = total(bid_levels, number)
        if book.ask_texts is not ask_levels:
            ask_levels = book.ask_texts
            asks = total(ask_levels, number)
        whole = bids + asks
        result: N | None = (bids - asks) / whole if whole else None
        return result

    return step


def crossed() -> Callable[[Observable[OrderBook[N]]], Observable[bool]]:
    """Tell whether the best bid is not below the best ask: at first, and at each change.

    ::

        bid/ask  -1/2--1/2--2/2--3/2--1/2-->
        crossed  -F---------T---------F---->

    A verified book of the exchange never is; books put together from several places or read from
    a recording may be. A book with an empty side is not crossed.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> book = BookSnapshot("BTC/USD", bids=(Level("99", "3"),), asks=(Level("101", "1"),))
    >>> _ = reactivex.just(book).pipe(order_book("BTC/USD"), crossed()).subscribe(print)
    False
    """
    return stepping(_new_crossed)


def _new_crossed() -> Callable[[OrderBook[N]], bool | None]:
    last: bool | None = None

    def step(book: OrderBook[N]) -> bool | None:
        nonlocal last
        best = _best(book)
        now = best is not None and best[0] >= best[2]
        if now is last:
            return None
        last = now
        return now

    return step
