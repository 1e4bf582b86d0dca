"""Ways of showing a run: a dashboard, readable lines, counters as JSON, events as JSON."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, Self

import attrs
import rich_click as click

from rxkraken.cli.board import Board, Happening, Mid, price_of
from rxkraken.models import Candle, Frame, OrderBook, Ticker, Topic, Trade
from rxkraken.wire import json, numbers

_CHANNELS = {Trade: "trade", Ticker: "ticker", Candle: "ohlc"}


class View(Protocol):
    """Something that shows a run; ``period`` is the number of seconds between two drawings."""

    period: float

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def take(self, event: object) -> None:
        """See one event."""

    def draw(self, board: Board) -> None:
        """Show the board as it is now."""


class _Plain:
    """A view that opens nothing and cares for no single event."""

    period = 1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def take(self, event: object) -> None:
        """See one event."""

    def draw(self, board: Board) -> None:
        """Show the board as it is now."""


class Lines(_Plain):
    """One readable line a second."""

    def draw(self, board: Board) -> None:
        """Print the line."""
        click.echo(line(board, datetime.now(UTC)))


class Counters(_Plain):
    """One JSON object a second with the counters and the mid prices."""

    def draw(self, board: Board) -> None:
        """Print the object."""
        click.echo(json.encode(counters(board, datetime.now(UTC))))


class Events(_Plain):
    """One JSON object for each market event and happening, as they come."""

    def take(self, event: object) -> None:
        """Print the event, unless it is one that only counts."""
        value = plain(event)
        if value is not None:
            click.echo(json.encode(value))


class Screen(_Plain):
    """The dashboard on the terminal's alternate screen, some pictures a second."""

    period = 0.2

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only terminals need them
        from rich.live import Live  # noqa: PLC0415

        self._live = Live(console=Console(), screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def draw(self, board: Board) -> None:
        """Draw the dashboard as large as the terminal is now."""
        from rxkraken.cli.dashboard import Dashboard  # noqa: PLC0415 - only terminals need it

        self._live.update(Dashboard(board), refresh=True)


def human_view() -> View:
    """Choose the dashboard on a terminal, lines elsewhere."""
    interactive = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return Screen() if interactive else Lines()


def line(board: Board, now: datetime) -> str:
    """Say in one line where the markets are and what was counted."""
    words = [f"{now:%H:%M:%S}", board.connection]
    for symbol in board.symbols:
        book = board.books.get(symbol)
        spread = "" if book is None or book.spread is None else f" (spread {book.spread:,f})"
        words.append(f"{symbol} {price_of(board, symbol)}{spread}")
    counted = board.summary
    words.append(
        f"frames {counted.frames:,}, verified {counted.books_verified:,}, "
        f"failures {counted.checksum_failures:,}, resyncs {counted.resyncs:,}, "
        f"reconnects {counted.reconnects:,}"
    )
    return "  ".join(words)


def counters(board: Board, now: datetime) -> dict[str, Any]:
    """Give the counters with the seconds since the start and the mid prices, as exact text."""
    mids = {symbol: price_of(board, symbol) for symbol in board.symbols if symbol in board.books}
    seconds = (now - board.started).total_seconds() if board.started else 0.0
    return {
        "seconds": round(seconds, 1),
        "connection": board.connection,
        "mid": {symbol: price.replace(",", "") for symbol, price in mids.items()},
        **board.summary.counters(),
    }


def plain(event: object) -> dict[str, Any] | None:
    """Give an event as plain values, with exact numbers as text; None for what only counts."""
    match event:
        case Frame() | Mid():
            return None
        case OrderBook():
            return _plain_book(event)
        case Happening(at=at, event=happening):
            return {"event": type(happening).__name__, "at": _plain_value(at), **_fields(happening)}
        case Trade() | Ticker() | Candle():
            return {"channel": _CHANNELS[type(event)], **_fields(event)}
        case _:
            return None


def _fields(value: Any) -> dict[str, Any]:
    fields = attrs.asdict(value, recurse=False)
    return {name: _plain_value(field) for name, field in fields.items()}


def _plain_value(value: Any) -> Any:
    match value:
        case Decimal():
            return numbers.plain(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Topic(channel=channel, symbol=symbol, parameters=parameters):
            return {"channel": channel, "symbol": symbol, **dict(parameters)}
        case bytes():
            return value.decode(errors="replace")
        case _:
            return value


def _plain_book(book: OrderBook[Any]) -> dict[str, Any]:
    return {
        "channel": "book",
        "symbol": book.symbol,
        "depth": book.depth,
        "bids": [[numbers.plain(level.price), numbers.plain(level.qty)] for level in book.bids],
        "asks": [[numbers.plain(level.price), numbers.plain(level.qty)] for level in book.asks],
        "checksum": book.checksum,
        "verified": book.verified,
        "timestamp": _plain_value(book.timestamp),
    }
