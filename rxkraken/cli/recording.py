"""Recordings: files with one v2 frame a line, read twice, never held in memory.

The first reading finds out what a replay needs to know: which books are there, how deep, and which
lines cannot be replayed. The second one gives the frames.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import attrs
import msgspec

from rxkraken.errors import ConfigurationError
from rxkraken.operators.order_book import DEPTHS
from rxkraken.wire import v2

LONGEST_LINE = 64 * 1024 * 1024
HOPELESS = 1000  # lines without any frame after which a file is no recording
_SENT_CHANNELS = frozenset({"book", "ticker", "trade", "ohlc", "instrument", "status", "heartbeat"})


@attrs.frozen
class Problem:
    """A line that is no v2 frame, and why."""

    line: int
    reason: str


@attrs.frozen
class Recording:
    """What a file holds.

    Attributes:
        path: the file.
        depths: subscribed levels a side of each book, by symbol.
        frames: number of frames that can be replayed.
        skipped: numbers of the lines that are not replayed, from 1.
        problems: those of them that are no v2 frames.
    """

    path: Path
    depths: dict[str, int]
    frames: int
    skipped: frozenset[int]
    problems: tuple[Problem, ...]


class _Envelope(msgspec.Struct):
    channel: str | None = None
    method: str | None = None


_decode = v2.decoder(Decimal)
_envelope = msgspec.json.Decoder(_Envelope).decode
Advance = Callable[[int], None]


def _ignore(_: int) -> None:
    pass


def lines(path: Path, advance: Advance = _ignore) -> Iterator[tuple[int, bytes]]:
    """Give the number and the text of each line that is not blank.

    Raises:
        ConfigurationError: the file cannot be read; the message names it.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1):
                advance(len(raw))
                text = raw.removeprefix(b"\xef\xbb\xbf").strip()
                if text:
                    yield number, text
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None


def survey(path: Path, advance: Advance = _ignore) -> Recording:
    """Read a file for the first time.

    Raises:
        ConfigurationError: there is nothing in it that could be replayed; the message says why.
    """
    survey = _Survey()
    for number, text in lines(path, advance):
        survey.add(number, text)
        if survey.hopeless:
            break
    return survey.recording(path)


class _Survey:
    """What was seen so far."""

    def __init__(self) -> None:
        self.frames = 0
        self.levels: dict[str, int] = {}
        self.updated: dict[str, int] = {}  # line of the first update before any snapshot
        self.skipped: set[int] = set()
        self.problems: list[Problem] = []
        self.others: Counter[str] = Counter()

    @property
    def hopeless(self) -> bool:
        """So many lines, and not one frame."""
        return len(self.problems) >= HOPELESS and not self.frames and not self.others

    def add(self, number: int, text: bytes) -> None:
        """Look at one line."""
        try:
            message = _decode(text)
            if isinstance(message, v2.BookMessage):
                self._book(number, message)
            self.frames += 1
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
            self._irregular(number, text, error)

    def _book(self, number: int, message: v2.BookMessage) -> None:
        data = message.data[0]
        if message.type == "snapshot":
            found = max(len(data.bids), len(data.asks))
            self.levels[data.symbol] = max(found, self.levels.get(data.symbol, 0))
        elif data.symbol not in self.levels:
            self.updated.setdefault(data.symbol, number)

    def _irregular(self, number: int, text: bytes, error: Exception) -> None:
        self.skipped.add(number)
        try:
            v2.irregular(text, error)
            self.others["answers"] += 1
        except ValueError as wrong:
            channel = _channel(text)
            if channel is None or channel in _SENT_CHANNELS:
                self.problems.append(Problem(number, str(wrong)))
            else:
                self.others[f"channel {channel}"] += 1

    def recording(self, path: Path) -> Recording:
        """Sum up."""
        if not self.frames and not self.others:
            raise ConfigurationError(_nothing(path, self.problems))
        if not self.levels and not self.updated:
            found = f" (found: {', '.join(self.others)})" if self.others else ""
            raise ConfigurationError(
                f"{path} holds no frames of the channel book{found}: there is nothing to verify"
            )
        for symbol, number in self.updated.items():
            if symbol not in self.levels:
                raise ConfigurationError(
                    f"{path} line {number} updates the book of {symbol}, but no snapshot of it is "
                    "in the file: record from the subscription on"
                )
        depths = {symbol: _depth(path, symbol, found) for symbol, found in self.levels.items()}
        return Recording(path, depths, self.frames, frozenset(self.skipped), tuple(self.problems))


def _channel(text: bytes) -> str | None:
    try:
        return _envelope(text).channel
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _nothing(path: Path, problems: list[Problem]) -> str:
    if not problems:
        return f"{path} is empty: a recording has one JSON frame a line"
    first = problems[0]
    return (
        f"{path} is no recording: line {first.line} is no v2 frame ({first.reason}); "
        "a recording has one JSON frame a line"
    )


def _depth(path: Path, symbol: str, levels: int) -> int:
    for depth in DEPTHS:
        if levels <= depth:
            return depth
    raise ConfigurationError(
        f"{path} holds a snapshot of {symbol} with {levels} levels a side: "
        f"a book has at most {DEPTHS[-1]}"
    )
