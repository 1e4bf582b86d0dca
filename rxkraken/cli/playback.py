"""A recording as an exchange in memory: the client subscribes, and gets the recorded frames."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import reactivex
from reactivex import Observable
from reactivex import operators as ops

from rxkraken.cli.recording import Advance, Recording, lines
from rxkraken.cli.summary import Summary, fold
from rxkraken.errors import BookError
from rxkraken.models import Gap
from rxkraken.stream.kraken import Kraken
from rxkraken.transport.memory import MemoryPeer, MemoryTransport

_AT_ONCE = 256  # frames sent before the client gets a turn to write
_LINGER = 600.0  # seconds that a book may wait for its next attempt without ending the replay


@attrs.frozen
class Failure:
    """A book that stopped agreeing with the exchange, and the line of the file that showed it."""

    line: int
    symbol: str
    cause: str


@attrs.frozen
class Outcome:
    """What a replay has shown."""

    summary: Summary
    depths: dict[str, int]
    failures: tuple[Failure, ...]


class Playback:
    """The exchange's side of a replay: it waits while a book is being subscribed, then goes on.

    Attributes:
        line: number of the line that is being sent; the client has handled it when the next is.
        ended: resolved when all was sent or nobody listens any more, or with what went wrong.
    """

    def __init__(self, recording: Recording, advance: Advance) -> None:
        self.line = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recording = recording
        self._advance = advance
        self._missing = set(recording.depths)
        self._subscribed = asyncio.Event()
        self._started = False

    def lost(self, symbol: str) -> None:
        """Wait for a book to be subscribed again before the next line."""
        self._missing.add(symbol)
        self._subscribed.clear()

    async def serve(self, peer: MemoryPeer) -> None:
        """Answer what the client asks, and send the file."""
        if self._started:
            return  # a recording is sent once, however often a client connects
        self._started = True
        answering = asyncio.ensure_future(self._answer(peer))
        try:
            await self._send(peer)
        except Exception as error:  # noqa: BLE001 - whatever ends the file ends the replay
            self.ended.set_exception(error)
        finally:
            answering.cancel()
            if not self.ended.done():
                self.ended.set_result(None)

    async def _answer(self, peer: MemoryPeer) -> None:
        while (request := await peer.receive()) is not None:
            peer.acknowledge(request)
            if request["method"] == "subscribe":
                self._missing -= set(request["params"]["symbol"])
            if not self._missing:
                self._subscribed.set()

    async def _send(self, peer: MemoryPeer) -> None:
        skipped = self._recording.skipped
        for number, frame in lines(self._recording.path, self._advance):
            if self._missing:
                await self._subscribed.wait()
            if number not in skipped:
                self.line = number
                peer.send(frame)
            if not number % _AT_ONCE:
                await asyncio.sleep(0)


async def play(recording: Recording, depth: int | None, advance: Advance) -> Outcome:
    """Replay a recording through a client.

    Args:
        recording: what the file holds.
        depth: levels a side of all books; None takes those that the snapshots need.
        advance: told the size of each line that was read.
    """
    playback = Playback(recording, advance)
    depths = {symbol: depth or inferred for symbol, inferred in recording.depths.items()}
    summary = Summary()
    failures: list[Failure] = []

    def on_next(event: Any) -> None:
        nonlocal summary
        summary = fold(summary, event)
        if isinstance(event, Gap):
            symbol = str(event.topic.symbol)
            failures.append(Failure(playback.line, symbol, event.cause))
            if event.retry_in is not None:
                playback.lost(symbol)

    def on_error(error: Exception) -> None:
        if not playback.ended.done():
            playback.ended.set_exception(error)

    transport = MemoryTransport(playback.serve)
    async with Kraken(transport=transport, linger=_LINGER) as kraken:
        books = [_healing(kraken.order_book(symbol, depths[symbol])) for symbol in depths]
        events = reactivex.merge(kraken.frames(), kraken.lifecycle(), *books)
        subscription = events.subscribe(on_next, on_error)
        try:
            await playback.ended
        finally:
            subscription.dispose()
    return Outcome(summary, depths, tuple(failures))


def _healing(book: Observable[Any]) -> Observable[Any]:
    """Let the other books go on when one is given up: its gaps have been told."""

    def after(error: Exception, _: Observable[Any]) -> Observable[Any]:
        return reactivex.empty() if isinstance(error, BookError) else reactivex.throw(error)

    return book.pipe(ops.catch(after))
