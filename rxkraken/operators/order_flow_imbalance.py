"""What the best levels of consecutive books tell about demand and supply."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from reactivex import Observable

from rxkraken.models.book import LevelText, OrderBook
from rxkraken.operators.stepping import stepping

N = TypeVar("N", Decimal, float)
FromBooks = Callable[[Observable[OrderBook[N]]], Observable[N]]


def order_flow_imbalance() -> FromBooks[N]:
    """Emit what each book adds to the order flow imbalance of Cont, Kukanov and Stoikov.

    ::

        bid x qty             -10x1--10x4--11x2--10x5-->
        order_flow_imbalance  -------3-----2-----2----->   (the last one below zero)

    Demand counts up, supply counts down, in base units: a bid that rises adds its quantity, one
    that falls takes away the quantity it left behind, one that stays adds the change of its
    quantity; asks the other way round. The first book gives nothing. Sum the values over the
    window of your choice. An empty side is one with a quantity of zero at the far end.

    Source: Cont, Kukanov, Stoikov, *The price impact of order book events* (2014), equation 3.

    >>> from rxkraken.operators.order_book import order_book
    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> books = [BookSnapshot("BTC/USD", bids=(Level("10", qty),), asks=()) for qty in ("1", "4")]
    >>> flow = reactivex.of(*books).pipe(order_book("BTC/USD"), order_flow_imbalance())
    >>> _ = flow.subscribe(print)
    3
    """
    return stepping(_new_flow)


def _new_flow() -> Callable[[OrderBook[N]], N | None]:
    started = False
    last_bid: LevelText | None = None
    last_ask: LevelText | None = None

    def step(book: OrderBook[N]) -> N | None:
        nonlocal started, last_bid, last_ask
        bid = book.bid_texts[0] if book.bid_texts else None
        ask = book.ask_texts[0] if book.ask_texts else None
        number = book.identity.number
        demand = number("0") if bid is last_bid else _pressure(last_bid, bid, 1, number)
        supply = number("0") if ask is last_ask else _pressure(last_ask, ask, -1, number)
        last_bid, last_ask = bid, ask
        if not started:
            started = True
            return None
        return demand - supply

    return step


def _pressure(
    before: LevelText | None, now: LevelText | None, better: int, number: Callable[[str], N]
) -> N:
    """Give what one side gained: ``better`` is 1 where a higher price is better, else -1."""
    gained = number("0")
    advance = (
        0 if before is None or now is None else (number(now.price) - number(before.price)) * better
    )
    if now is not None and advance >= 0:
        gained += number(now.qty)
    if before is not None and advance <= 0:
        gained -= number(before.qty)
    return gained
