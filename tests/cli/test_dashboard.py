"""The dashboard fits every terminal and can be read without colours."""

import io
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce

import pytest
from rich.cells import cell_len
from rich.console import Console

from rxkraken.cli.board import Board, Happening, Mid, fold
from rxkraken.cli.dashboard import Dashboard
from rxkraken.models import (
    Candle,
    Connected,
    Disconnected,
    Gap,
    Ticker,
    Topic,
    Trade,
)

NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")
ALL = frozenset({"book", "trade", "ticker", "ohlc"})
COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-9]|4[0-9]|9[0-9])[0-9;]*m")


def picture(board, width, height, environment=None):
    """Draw a board as a terminal of a size gets it."""
    console = Console(
        file=io.StringIO(),
        width=width,
        height=height,
        force_terminal=True,
        color_system="truecolor",
        _environ=environment or {},
    )
    console.print(Dashboard(board, NOON), end="")
    return console.file.getvalue()


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.fixture
def full_board(make_book):
    """Make boards on which everything was seen."""

    def make(channels=ALL, symbols=SYMBOLS, depth=10):
        chance = random.Random(1)
        board = Board("demo", symbols, channels, started=NOON - timedelta(seconds=75))
        events = [Happening(NOON, Connected("ws://127.0.0.1/v2", 1))]
        for symbol, price in zip(symbols, (65000, 3000, 150), strict=False):
            bids = [(f"{price - at}.5", f"1.{at:04}0000") for at in range(depth)]
            asks = [(f"{price + at + 1}.5", f"2.{at:04}0000") for at in range(depth)]
            events.append(make_book(bids, asks, symbol=symbol, depth=25, verified=depth <= 10))
            events += [Mid(symbol, Decimal(price + chance.randint(0, 9))) for _ in range(99)]
            events += [candle(symbol, minute, price, chance) for minute in range(60)]
            events += [trade(symbol, number, price) for number in range(60)]
            events.append(Ticker(symbol, *[Decimal(price)] * 10, Decimal("-1.50")))
        return reduce(fold, events, board)

    return make


def candle(symbol, minute, price, chance):
    ends = sorted(price + chance.randint(0, 50) for _ in range(4))
    begin = NOON + timedelta(minutes=minute)
    prices = [Decimal(ends[at]) for at in chance.choice([(1, 3, 0, 2), (2, 3, 0, 1)])]
    return Candle(symbol, 1, begin, *prices, volume=Decimal("12.5"))


def trade(symbol, number, price):
    side = "sell" if number % 2 else "buy"
    return Trade(symbol, side, Decimal(price), Decimal("0.12345678"), "limit", number, NOON)


SIZES = [(80, 24), (200, 60), (120, 30), (119, 30), (60, 12), (20, 6), (1, 1), (400, 100)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("channels", "symbols", "depth"),
    [
        (ALL, SYMBOLS, 10),
        (frozenset({"ticker"}), SYMBOLS, 10),
        (frozenset({"trade"}), ("BTC/USD",), 10),
        (frozenset({"ohlc"}), ("BTC/USD",), 25),
        (frozenset({"book"}), SYMBOLS, 3),
        (ALL, (), 10),
    ],
    ids=["all", "ticker", "trade", "ohlc", "book", "nothing yet"],
)
def test_the_picture_has_the_size_of_the_terminal(full_board, channels, symbols, depth, size):
    width, height = size
    board = full_board(channels, symbols, depth) if symbols else Board("watch", SYMBOLS, ALL)
    lines = plain(picture(board, width, height)).split("\n")
    assert len(lines) <= max(height, 3) + 1
    assert max(cell_len(line) for line in lines) <= width


def test_a_terminal_of_80x24_shows_all_parts_of_one_symbol(full_board):
    text = plain(picture(full_board(), 80, 24))
    for part in (
        "BTC/USD 65,001.0",  # header
        "ETH/USD 3,001.0",
        "● connected  01:15",
        "65,009.5",  # ladder: asks, spread, bids
        "spread 1.0 (0.15 bp)  ✓ verified",
        "64,992.5",
        "one-second mid",
        "12:59",  # the running candle
        "buy  65,000",
        "sell 65,000",
        "connected, session 1",
        "verified 3",
    ):
        assert part in text


def test_a_terminal_of_200x60_shows_every_symbol(full_board):
    text = plain(picture(full_board(), 200, 60))
    for symbol in SYMBOLS:
        assert f"─ {symbol} ─" in text
        assert f"{symbol} one-second mid" in text
        assert f"{symbol} one-minute candles" in text
    assert text.count("✓ verified") == 3
    assert "-1.50 %" in text


def test_the_ladder_has_asks_above_and_bids_below_best_at_the_spread(full_board):
    lines = plain(picture(full_board(), 80, 24)).split("\n")
    prices = [line[2:10] for line in lines if re.match("│ 6[45],", line)]
    assert prices == sorted(prices, reverse=True)
    spread = next(at for at, line in enumerate(lines) if "spread" in line)
    assert "65,001.5" in lines[spread - 1]
    assert "65,000.5" in lines[spread + 1]


def test_colours_are_used_where_they_are_wanted_and_not_with_no_color(full_board):
    board = full_board()
    assert COLOUR.search(picture(board, 80, 24))
    without = picture(board, 80, 24, {"NO_COLOR": "1"})
    assert not COLOUR.search(without)
    assert plain(without) == plain(picture(board, 80, 24))


def test_rising_and_falling_candles_differ_without_colours(full_board):
    text = picture(full_board(frozenset({"ohlc"}), ("BTC/USD",)), 80, 24, {"NO_COLOR": "1"})
    assert re.search(r"\x1b\[1m[╷╻╵│╽╹╿┃]", text)
    assert re.search(r"\x1b\[2m[╷╻╵│╽╹╿┃]", text)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Disconnected("ws://a", 1, "gone", 1006, 0.0), "○ disconnected"),
        (Gap(Topic("book", "BTC/USD"), "checksum differs", 1, 0.0), "failures 1"),
    ],
)
def test_a_lost_book_is_called_stale(full_board, event, words):
    text = plain(picture(fold(full_board(), Happening(NOON, event)), 80, 24))
    assert "stale" in text
    assert "✓ verified" not in text
    assert words in text


def test_an_empty_side_of_a_book_is_drawn(make_book):
    book = make_book([("1.0", "0.50000000")], [], verified=False)
    text = plain(picture(fold(Board("demo", ("BTC/USD",)), book), 80, 24))
    assert "1.0 " in text
    assert "unverified" in text


def test_a_candle_without_trades_is_drawn(full_board):
    board = fold(full_board(), Candle("BTC/USD", 1, NOON + timedelta(hours=2)))
    assert "n/a" in plain(picture(board, 200, 60))
