"""The panels of the dashboard: each is a value that draws itself into the room it is given."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import chain
from typing import Any

import attrs
from rich.box import ROUNDED
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rxkraken.cli.board import Board
from rxkraken.cli.charts import Bar, area, bar, candle_rows, direction, running_totals
from rxkraken.models import Candle, Level, OrderBook, Trade

_BUY, _SELL = "green", "red"
_ROOMY = 48  # columns from which tickers show the last price too
_WAITING = Text("waiting for the exchange", "dim")


def framed(content: RenderableType, title: str) -> Panel:
    """Put a frame with a title around a panel."""
    return Panel(content, title=title, title_align="left", box=ROUNDED, border_style="dim")


def shortened(number: Decimal, room: int) -> str:
    """Write a number with thousands separators and as many decimals as fit.

    >>> shortened(Decimal("27039.62776299"), 9), shortened(Decimal("0.10000000"), 12)
    ('27,039.63', '0.10000000')
    """
    text = f"{number:,f}"
    if len(text) <= room or "." not in text:
        return text
    whole = text.index(".")
    return f"{number:,.{max(0, room - whole - 1)}f}"


def _height(options: ConsoleOptions, console: Console) -> int:
    return max(1, options.height or console.height)


@attrs.frozen
class Ladder:
    """Asks above, bids below, the spread between; bars show the depth up to each level."""

    board: Board
    symbol: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as many levels of each side as fit."""
        book = self.board.books.get(self.symbol)
        if book is None:
            yield _WAITING
            return
        count = max(1, (_height(options, console) - 1) // 2)
        asks, bids = book.asks[:count], book.bids[:count]
        prices = max((len(f"{level.price:,f}") for level in (*asks, *bids)), default=1)
        room = max(4, min(14, options.max_width - prices - 8))
        bars = max(0, options.max_width - prices - room - 2)
        most = max((sum(float(level.qty) for level in side) for side in (asks, bids)), default=1)
        lines = list(_side(asks, _SELL, (prices, room, bars), most))
        yield from reversed(lines)
        yield _spread_line(book, stale=self.symbol in self.board.stale)
        yield from _side(bids, _BUY, (prices, room, bars), most)


def _side(
    levels: tuple[Level[Any], ...], style: str, widths: tuple[int, int, int], most: float
) -> Iterable[Text]:
    prices, room, bars = widths
    totals = running_totals([float(level.qty) for level in levels])
    for level, total in zip(levels, totals, strict=True):
        yield Text.assemble(
            (f"{level.price:,f}".rjust(prices), style),
            " ",
            shortened(level.qty, room).rjust(room),
            " ",
            (bar(total / (most or 1.0), bars), style),
            no_wrap=True,
            overflow="crop",
        )


def _spread_line(book: OrderBook[Any], *, stale: bool) -> Text:
    state = ("✓ verified", "bold") if book.verified else ("unverified", "dim")
    if stale:
        state = ("stale", "bold yellow")
    spread = "" if book.spread is None else f"spread {book.spread:,f}"
    if book.mid:
        spread += f" ({float(book.spread / book.mid) * 1e4:.2f} bp)"
    return Text.assemble((spread, "bold"), "  ", state, no_wrap=True, overflow="ellipsis")


@attrs.frozen
class Line:
    """The mid price of each second, the latest at the right."""

    board: Board
    symbol: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the price in words and the line in the rest of the room."""
        mids = self.board.mids.get(self.symbol, ())
        book = self.board.books.get(self.symbol)
        if book is None or book.mid is None:
            yield _WAITING
            return
        arrow = direction(mids)
        style = {"▲": _BUY, "▼": _SELL}.get(arrow, "")
        text = Text.assemble((f"{book.mid:,f} {arrow}", f"bold {style}"), no_wrap=True)
        if mids:
            shown = mids[-options.max_width :]
            text.append(f"  {min(shown):,.10g} to {max(shown):,.10g}", "dim")
        yield text
        for row in area(mids, options.max_width, _height(options, console) - 1):
            yield Text(row.rjust(options.max_width), "cyan", no_wrap=True, overflow="crop")


@attrs.frozen
class Candles:
    """Candles, the running one at the right; without colours a falling one is dim."""

    board: Board
    symbol: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the running candle in words where there is room, and the candles below."""
        candles = self.board.candles.get(self.symbol, ())
        drawn = [drawing for drawing in map(_bar, candles) if drawing is not None]
        if not drawn:
            yield _WAITING
            return
        yield _candle_line(candles[-1])
        rising, falling = ("bold", "dim") if console.no_color else (f"bold {_BUY}", f"bold {_SELL}")
        rows = candle_rows(drawn, options.max_width, _height(options, console) - 1)
        for row in rows:
            text = Text(no_wrap=True, overflow="crop")
            text.append(" " * (options.max_width - len(row)))
            for character, up in row:
                text.append(character, rising if up else falling)
            yield text


def _bar(candle: Candle[Any]) -> Bar | None:
    prices = (candle.open, candle.high, candle.low, candle.close)
    return None if None in prices else Bar(*(float(price) for price in prices if price is not None))


def _candle_line(candle: Candle[Any]) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    if candle.interval_begin:
        text.append(f"{candle.interval_begin:%H:%M} ", "dim")
    text.append(f"{_price(candle.open)} → ").append(_price(candle.close), "bold")
    text.append(f"  {_price(candle.low)} to {_price(candle.high)}", "dim")
    return text.append("" if candle.volume is None else f"  {candle.volume:,.3f}", "dim")


def _price(price: Any) -> str:
    return "n/a" if price is None else f"{price:,f}"


@attrs.frozen
class Trades:
    """The last trades, the latest on top; the side is the taker's."""

    board: Board
    symbols: tuple[str, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as many trades as fit."""
        tapes = [self.board.trades.get(symbol, ()) for symbol in self.symbols]
        trades = sorted(chain.from_iterable(tapes), key=lambda trade: trade.timestamp)
        if not trades:
            yield _WAITING
            return
        shown = trades[: -_height(options, console) - 1 : -1]
        prices = max(len(f"{trade.price:,f}") for trade in shown)
        for trade in shown:
            yield _trade_line(trade, prices, options.max_width, named=len(self.symbols) > 1)


def _trade_line(trade: Trade[Any], prices: int, width: int, *, named: bool) -> Text:
    style = _BUY if trade.side == "buy" else _SELL
    head = f"{trade.timestamp:%H:%M:%S} "
    name = f"{trade.symbol:<9} " if named else ""
    room = max(4, width - len(head) - len(name) - prices - 6)
    return Text.assemble(
        (head, "dim"),
        name,
        (f"{trade.side:<4} {trade.price:,f}".ljust(prices + 5), style),
        " ",
        shortened(trade.qty, room).rjust(min(room, 14)),
        no_wrap=True,
        overflow="crop",
    )


@attrs.frozen
class Quotes:
    """Best prices and the change of the day of every symbol."""

    board: Board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a line for each symbol that has a ticker."""
        if not self.board.tickers:
            yield _WAITING
            return
        names = ["bid", "ask", "last"] if options.max_width >= _ROOMY else ["bid", "ask"]
        table = Table.grid(padding=(0, 1))
        for _ in range(len(names) + 2):
            table.add_column(justify="right", no_wrap=True)
        table.add_row(*(Text(name, "dim") for name in ("", *names, "24 h")))
        for symbol in self.board.symbols:
            ticker = self.board.tickers.get(symbol)
            if ticker is not None:
                prices = (f"{getattr(ticker, name):,f}" for name in names)
                change = Text(f"{ticker.change_pct:+.2f} %", _SELL if ticker.change < 0 else _BUY)
                table.add_row(Text(symbol, "bold"), *prices, change)
        yield table


@attrs.frozen
class Log:
    """What happened to connections and subscriptions, the latest at the bottom."""

    board: Board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as many entries as fit, one a line."""
        if not self.board.log:
            yield _WAITING
            return
        for at, words in self.board.log[-_height(options, console) :]:
            line = Text.assemble((f"{at:%H:%M:%S} ", "dim"), words)
            line.truncate(options.max_width, overflow="ellipsis")
            yield line
