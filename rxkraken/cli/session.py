"""What ``demo`` and ``watch`` share: everything a client can tell as one stream, and its drive."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import attrs
import reactivex
from reactivex import Observable
from reactivex import operators as ops
from reactivex.scheduler.eventloop import AsyncIOScheduler

from rxkraken import operators as kops
from rxkraken.cli.board import Board, Happening, Mid, fold
from rxkraken.cli.views import View
from rxkraken.errors import ConnectionFailed, Rejected
from rxkraken.models import (
    Connected,
    Disconnected,
    LifecycleEvent,
    OrderBook,
    SubscriptionRejected,
)
from rxkraken.stream.kraken import Kraken

FIRST_ATTEMPTS = 3
FIRST_CONNECTION_WITHIN = 20.0


@attrs.frozen
class Watched:
    """What is subscribed; ``history`` begins trades with the last ones."""

    symbols: tuple[str, ...]
    channels: frozenset[str]
    depth: int = 10
    history: bool = True


def everything(kraken: Kraken[Any], watched: Watched) -> Observable[Any]:
    """Merge all that a board folds: frames, happenings, books, mids, trades, tickers, candles.

    Ends with `Rejected` when the exchange refuses a symbol for good, and with `ConnectionFailed`
    when no first connection comes about; later the client reconnects for ever.
    """
    lifecycle = kraken.lifecycle()
    streams: list[Observable[Any]] = [
        kraken.frames(),
        lifecycle.pipe(ops.map(_stamped)),
        lifecycle.pipe(ops.flat_map(_refusal)),
        unreachable(lifecycle),
    ]
    if "book" in watched.channels:
        books = [kraken.order_book(symbol, watched.depth) for symbol in watched.symbols]
        streams += [*books, *map(_mids, books)]
    if "trade" in watched.channels:
        streams.append(kraken.trade(*watched.symbols, snapshot=watched.history))
    if "ticker" in watched.channels:
        streams.append(kraken.ticker(*watched.symbols))
    if "ohlc" in watched.channels:
        streams.append(kraken.ohlc(*watched.symbols))
    return reactivex.merge(*streams)


def _stamped(event: LifecycleEvent) -> Happening:
    return Happening(datetime.now(UTC), event)


def _has_mid(book: OrderBook[Any]) -> bool:
    return book.mid is not None


def _mids(books: Observable[Any]) -> Observable[Mid]:
    return books.pipe(ops.filter(_has_mid), kops.resample("1s"), ops.map(_mid))


def _mid(book: Any) -> Mid:
    return Mid(book.symbol, book.mid)


def _refusal(event: LifecycleEvent) -> Observable[Any]:
    match event:
        case SubscriptionRejected(topic=topic, reason=reason, retry_in=None):
            return reactivex.throw(Rejected(reason, scope="symbol", symbol=topic.symbol))
        case _:
            return reactivex.empty()


def unreachable(
    lifecycle: Observable[LifecycleEvent],
    *,
    attempts: int = FIRST_ATTEMPTS,
    within: float = FIRST_CONNECTION_WITHIN,
) -> Observable[Any]:
    """Fail when the first connection does not come about; say nothing when it does.

    ::

        lifecycle    --Connecting-Disconnected-Connecting-Disconnected-Connecting-Disconnected
        unreachable  -------------------------------------------------------------X
    """
    connected = lifecycle.pipe(ops.filter(lambda event: isinstance(event, Connected)))
    failures = lifecycle.pipe(ops.filter(lambda event: isinstance(event, Disconnected)))
    late = reactivex.timer(within).pipe(ops.with_latest_from(failures), ops.map(_second))
    return reactivex.merge(failures.pipe(ops.skip(attempts - 1)), late).pipe(
        ops.take_until(connected), ops.take(1), ops.flat_map(_failure)
    )


def _second(pair: Any) -> Any:
    return pair[1]


def _failure(event: Any) -> Observable[Any]:
    return reactivex.throw(ConnectionFailed(event.reason))


async def drive(
    events: Observable[Any], board: Board, view: View, duration: float | None = None
) -> Board:
    """Fold events into a board and show it, until they end, time is up, or Ctrl-C.

    Raises:
        Exception: what ended the events, or what the view met while writing.
    """
    loop = asyncio.get_running_loop()
    board = attrs.evolve(board, started=datetime.now(UTC))
    with stoppable() as ended, view:

        def on_next(event: Any) -> None:
            nonlocal board
            try:
                board = fold(board, event)
                view.take(event)
            except Exception as error:  # noqa: BLE001 - a hot stream would detach the subscriber
                on_error(error)

        def on_error(error: Exception) -> None:
            if not ended.done():
                ended.set_exception(error)

        timer = None if duration is None else loop.call_later(duration, _finish, ended)
        subscription = events.subscribe(
            on_next, on_error, lambda: _finish(ended), scheduler=AsyncIOScheduler(loop)
        )
        try:
            while not ended.done():
                await asyncio.wait({ended}, timeout=view.period)
                if not ended.done() or ended.exception() is None:
                    view.draw(board)
            ended.result()
        finally:
            subscription.dispose()
            if timer is not None:
                timer.cancel()
    return board


def _finish(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)


@contextmanager
def stoppable() -> Iterator[asyncio.Future[None]]:
    """Give a future that Ctrl-C or a request to terminate resolves, where a platform can tell."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    numbers = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows; not the main thread
        for number in numbers:
            loop.add_signal_handler(number, _finish, ended)
    try:
        yield ended
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in numbers:
                loop.remove_signal_handler(number)
