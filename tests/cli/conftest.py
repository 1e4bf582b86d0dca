"""Commands run in this process or in one of their own; recordings made by the simulator."""

import asyncio
import os
import pty
import struct
import subprocess
import sys
from fcntl import ioctl
from termios import TIOCSWINSZ
from zlib import crc32

import pytest
from click.testing import CliRunner

from rxkraken.cli.commands import rxkraken
from rxkraken.core.order_book import Book
from rxkraken.models import Frame
from rxkraken.sim import Simulator
from rxkraken.stream.kraken import Kraken
from rxkraken.wire.v2 import BookData, BookLevel, BookMessage

COMMAND = [sys.executable, "-m", "rxkraken.cli.main"]


@pytest.fixture
def invoke():
    """Run a command in this process; its output is checked for tracebacks."""

    def run(*arguments):
        result = CliRunner().invoke(rxkraken, [str(argument) for argument in arguments])
        assert "Traceback" not in result.output + result.stderr
        return result

    return run


@pytest.fixture
def start():
    """Start commands as processes; they are ended with the test."""
    started = []

    def run(*arguments, **options):
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            **options,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


class Terminal:
    """A command on a pseudo terminal; NO_COLOR keeps its words together."""

    def __init__(self, arguments, columns, rows):
        self._ours, theirs = pty.openpty()
        self.resize(columns, rows)
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"},
            start_new_session=True,
        )
        os.close(theirs)

    def resize(self, columns, rows):
        """Give the terminal another size."""
        ioctl(self._ours, TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, words):
        """Read the terminal until some words were shown."""
        seen = ""
        while words not in seen:
            data = os.read(self._ours, 65536)
            assert data, f"{words!r} was never shown"
            seen += data.decode(errors="replace")
        return seen

    def close(self):
        """End the command if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)


@pytest.fixture
def on_terminal():
    """Run commands on pseudo terminals; they are ended with the test."""
    opened = []

    def run(*arguments, columns=80, rows=24):
        opened.append(Terminal(arguments, columns, rows))
        return opened[-1]

    yield run
    for terminal in opened:
        terminal.close()


@pytest.fixture
def make_book():
    """Make a book of ``(price, quantity)`` texts as the client makes it from a snapshot."""

    def make(bids, asks, *, symbol="BTC/USD", depth=10, verified=True, timestamp=None):
        sides = [[BookLevel(*level) for level in levels] for levels in (bids, asks)]
        tokens = [text.replace(".", "").lstrip("0") for level in (*asks, *bids) for text in level]
        checksum = crc32("".join(tokens).encode()) if verified else None
        data = BookData(symbol, *sides, checksum, timestamp)
        return Book(symbol, depth).apply(BookMessage([data], "snapshot"))

    return make


@pytest.fixture(scope="session")
def recorded():
    """Frames of two books, trades and heartbeats, in the order in which a client got them."""
    return asyncio.run(_record())


async def _record():
    frames = []

    def keep(frame: Frame):
        if frame.direction == "in":
            frames.append(frame.data)

    async with (
        Simulator(("BTC/USD", "ETH/USD"), seed=3, clock="stepped") as simulator,
        Kraken(simulator.environment) as kraken,
    ):
        books = [kraken.order_book("BTC/USD", 10), kraken.order_book("ETH/USD", 25)]
        first = [asyncio.get_running_loop().create_future() for _ in books]
        kraken.frames().subscribe(keep)
        kraken.trade("BTC/USD").subscribe()
        for book, future in zip(books, first, strict=True):
            book.subscribe(lambda value, future=future: future.done() or future.set_result(value))
        async with asyncio.timeout(10):
            await asyncio.gather(*first)
            await simulator.step(2.0)
            await kraken.ping()
    return tuple(frames)


@pytest.fixture
def write(tmp_path):
    """Write frames to a file, one a line."""

    def to_file(frames, name="session.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"".join(frame + b"\n" for frame in frames))
        return path

    return to_file
