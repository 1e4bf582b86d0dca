"""The dashboard: a board in, a rich renderable out, pure.

Every panel measures the room it is given, so the dashboard follows the terminal: one symbol with
small charts at 80x24, a row of ladder, line and candles for each symbol where there is more. Sides
are told by position and by words as well as by colour (NO_COLOR).
"""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
from rich.console import Console, ConsoleOptions, RenderResult
from rich.layout import Layout
from rich.table import Table
from rich.text import Text

from rxkraken.cli.board import Board, price_of
from rxkraken.cli.panels import Candles, Ladder, Line, Log, Quotes, Trades, framed

_WIDE = 120  # columns from which each symbol has a row of its own
_ROW = 16  # lines that a row needs at least


@attrs.frozen
class Dashboard:
    """One picture of a board, as large as the terminal."""

    board: Board
    now: datetime = attrs.field(factory=lambda: datetime.now(UTC))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the panels out over the whole height and width."""
        width, height = options.max_width, options.height or console.height
        wide = width >= _WIDE
        body = _wide(self.board, max(1, height - 2)) if wide else _narrow(self.board)
        layout = Layout()
        layout.split_column(
            Layout(_header(self.board, self.now), size=1),
            Layout(body),
            Layout(_footer(self.board.summary.counters()), size=1),
        )
        yield layout


def _header(board: Board, now: datetime) -> Table:
    light, style = {
        "connected": ("●", "green"),
        "connecting": ("◌", "yellow"),
        "disconnected": ("○", "red"),
    }[board.connection]
    seconds = int((now - board.started).total_seconds()) if board.started else 0
    title = Text.assemble((f" rxkraken {board.title} ", "reverse bold"))
    for symbol in board.symbols:
        title.append_text(Text.assemble("  ", (symbol, "bold"), f" {price_of(board, symbol)}"))
    state = Text.assemble(
        (f"{light} {board.connection}", style), f"  {seconds // 60:02d}:{seconds % 60:02d} "
    )
    row = Table.grid(expand=True)
    row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    row.add_column(justify="right", no_wrap=True)
    row.add_row(title, state)
    return row


def _footer(counters: dict[str, int]) -> Text:
    words = {
        "frames": "frames",
        "books_verified": "verified",
        "checksum_failures": "failures",
        "resyncs": "resyncs",
        "reconnects": "reconnects",
    }
    text = Text(" ", no_wrap=True, overflow="ellipsis")
    for name, count in counters.items():
        alarming = name == "checksum_failures" and count > 0
        text.append(f"{words[name]} ", "dim")
        text.append(f"{count:,}  ", "bold red" if alarming else "bold")
    return text.append("Ctrl-C ends", "dim")


def _narrow(board: Board) -> Layout:
    symbol = board.symbols[0]
    side = []
    if "book" in board.channels:
        side.append(Layout(framed(Line(board, symbol), "one-second mid"), minimum_size=4, ratio=2))
    if "ohlc" in board.channels:
        side.append(
            Layout(framed(Candles(board, symbol), "one-minute candles"), minimum_size=4, ratio=2)
        )
    if "ticker" in board.channels:
        side.append(Layout(framed(Quotes(board), "tickers"), minimum_size=4, ratio=1))
    if "trade" in board.channels:
        side.append(Layout(framed(Trades(board, (symbol,)), "trades"), minimum_size=4, ratio=2))
    side.append(Layout(framed(Log(board), "connection"), minimum_size=4, ratio=1))
    right = Layout()
    right.split_column(*side)
    if "book" not in board.channels:
        return right
    both = Layout()
    both.split_row(Layout(framed(Ladder(board, symbol), symbol)), right)
    return both


def _wide(board: Board, height: int) -> Layout:
    rows = [_row(board, symbol) for symbol in board.symbols[: max(1, height // _ROW)]]
    tape = [Layout(framed(Log(board), "connection"), ratio=1)]
    if "trade" in board.channels:
        tape.insert(0, Layout(framed(Trades(board, board.symbols), "trades"), ratio=2))
    if "ticker" in board.channels:
        quotes = framed(Quotes(board), "tickers")
        tape.insert(0, Layout(quotes, size=min(len(board.symbols) + 3, max(4, height // 3))))
    left, right, both = Layout(ratio=3), Layout(ratio=1, minimum_size=44), Layout()
    right.split_column(*tape)
    if not {"book", "ohlc"} & board.channels:
        return right
    left.split_column(*rows)
    both.split_row(left, right)
    return both


def _row(board: Board, symbol: str) -> Layout:
    parts = []
    if "book" in board.channels:
        parts.append(Layout(framed(Ladder(board, symbol), symbol), ratio=2, minimum_size=40))
        parts.append(Layout(framed(Line(board, symbol), f"{symbol} one-second mid"), ratio=2))
    if "ohlc" in board.channels:
        parts.append(
            Layout(framed(Candles(board, symbol), f"{symbol} one-minute candles"), ratio=2)
        )
    row = Layout()
    row.split_row(*parts)
    return row
