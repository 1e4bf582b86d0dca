"""The exchange of a generated market: serves the real client over memory and plays the events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import attrs
import ujson

from rxkraken.testing.events import Event, Storm
from rxkraken.testing.feeds import (
    BookFeed,
    CandleFeed,
    Feed,
    TickerFeed,
    TradeFeed,
    frame,
    instruments_text,
)
from rxkraken.testing.ledger import Ledger
from rxkraken.testing.listing import Listing
from rxkraken.transport.memory import MemoryPeer

_STATUS = (
    b'{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":1,'
    b'"system":"online","version":"2.0.0"}]}'
)
_HEARTBEAT = b'{"channel":"heartbeat"}'
_TOLD_BY_TRADES = ("trade", "ohlc")  # of which one frame may carry several


@attrs.frozen(eq=False)
class _Line:
    """One connection: what is subscribed on it, and what waits to be sent at this moment."""

    peer: MemoryPeer
    feeds: dict[tuple[str, str], Feed] = attrs.field(factory=dict)
    waiting: list[tuple[str, str]] = attrs.field(factory=list)

    def flush(self) -> None:
        """Send what waits, with what stands together packed into one frame."""
        for channel, group in groupby(self.waiting, key=lambda item: item[0]):
            items = [text for _, text in group]
            packed = [items] if channel in _TOLD_BY_TRADES else [[item] for item in items]
            for together in packed:
                self.peer.send(frame(channel, "update", together))
        self.waiting.clear()


class Venue:
    """Plays one market once, in the time of the running loop.

    Args:
        listings: what is traded.
        timeline: events and storms in order of time.
        ends_at: milliseconds at which the market ends.
        apart: send each frame alone, in a turn of the loop of its own.
    """

    def __init__(
        self,
        listings: Iterable[Listing],
        timeline: Iterable[Event | Storm],
        ends_at: int,
        *,
        apart: bool = False,
    ) -> None:
        self.over = asyncio.Event()
        self._ledgers = {listing.symbol: Ledger.open(listing) for listing in listings}
        self._timeline = timeline
        self._ends_at = ends_at
        self._apart = apart
        self._lines: list[_Line] = []
        self._storm: str | None = None
        self._playing: asyncio.Task[None] | None = None
        self._began = 0.0

    @property
    def elapsed(self) -> int:
        """Milliseconds since the market began."""
        return round((asyncio.get_running_loop().time() - self._began) * 1000)

    @property
    def connected(self) -> int:
        """The number of links that are open."""
        return sum(line.peer.closed is None for line in self._lines)

    @property
    def subscribed(self) -> list[str]:
        """What is subscribed at present."""
        return [" ".join(key) for line in self._lines for key in line.feeds]

    def begin(self) -> None:
        """Let the market begin now, if it has not begun."""
        if self._playing is None:
            loop = asyncio.get_running_loop()
            self._began = loop.time()
            self._playing = loop.create_task(self._play())

    async def stop(self) -> None:
        """Let nothing happen any more."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)

    async def serve(self, peer: MemoryPeer) -> None:
        """Answer the requests of one connection until it ends."""
        self.begin()
        line = _Line(peer)
        self._lines.append(line)
        peer.send(_STATUS)
        beating = asyncio.ensure_future(_beat(peer))
        try:
            while (request := await peer.receive()) is not None:
                self._answer(line, request)
        finally:
            beating.cancel()
            self._lines.remove(line)

    def _answer(self, line: _Line, request: dict[str, Any]) -> None:
        params = request.get("params", {})
        symbols = params.get("symbol", [""])
        unknown = [name for name in symbols if name and name not in self._ledgers]
        for name in unknown:
            line.peer.send(_refusal(request, name))
        if unknown:
            symbols = params["symbol"] = [name for name in symbols if name in self._ledgers]
        line.peer.acknowledge(request)
        for symbol in symbols:
            if request["method"] == "unsubscribe":
                line.feeds.pop((params["channel"], symbol), None)
            elif request["method"] == "subscribe":
                self._subscribe(line, params, symbol)

    def _subscribe(self, line: _Line, params: dict[str, Any], symbol: str) -> None:
        channel, wanted = params["channel"], params.get("snapshot", True)
        if channel == "instrument":
            text = instruments_text(list(self._ledgers.values()))
            if wanted:
                line.peer.send(
                    f'{{"channel":"instrument","type":"snapshot","data":{text}}}'.encode()
                )
            return
        feed = line.feeds[channel, symbol] = _feed(params)
        items = feed.snapshot(self._ledgers[symbol])
        if wanted and items:
            line.peer.send(frame(channel, "snapshot", items))

    async def _play(self) -> None:
        for at, happenings in groupby(self._timeline, key=lambda happening: happening.at):
            await self._until(at)
            for happening in happenings:
                if isinstance(happening, Storm):
                    self._storm = happening.kind
                    if happening.kind == "reconnect":
                        self._drop()
                else:
                    await self._happen(happening)
            for line in self._lines:
                line.flush()
        await self._until(self._ends_at)
        self.over.set()

    async def _until(self, at: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._began + at / 1000 - loop.time())

    async def _happen(self, event: Event) -> None:
        storm, self._storm = self._storm, None
        ledger = self._ledgers[event.symbol]
        for trade in ledger.apply(event):
            for line in self._lines:
                for (channel, symbol), feed in line.feeds.items():
                    if symbol != event.symbol:
                        continue
                    items = feed.follow(ledger, trade)
                    if storm == "gap" and channel == "book":
                        continue
                    times = 2 if storm == "duplicate" else 1
                    line.waiting.extend([(channel, item) for item in items] * times)
            if self._apart:
                await self._send_apart()

    async def _send_apart(self) -> None:
        for line in self._lines:
            waiting = line.waiting[:]
            line.waiting.clear()
            for channel, item in waiting:
                line.peer.send(frame(channel, "update", [item]))
                await asyncio.sleep(0)

    def _drop(self) -> None:
        for line in list(self._lines):
            line.feeds.clear()
            line.peer.close(None, "the link was dropped by a storm")


async def _beat(peer: MemoryPeer) -> None:
    while peer.closed is None:
        await asyncio.sleep(1)
        peer.send(_HEARTBEAT)


def _refusal(request: dict[str, Any], symbol: str) -> bytes:
    answer = {
        "error": f"Currency pair not supported {symbol}",
        "method": request["method"],
        "req_id": request.get("req_id"),
        "success": False,
        "symbol": symbol,
    }
    return ujson.dumps(answer, escape_forward_slashes=False).encode()


def _feed(params: dict[str, Any]) -> Feed:
    match params["channel"]:
        case "book":
            return BookFeed(params.get("depth", 10))
        case "ticker":
            return TickerFeed(on_trades=params.get("event_trigger", "trades") == "trades")
        case "ohlc":
            return CandleFeed(params.get("interval", 1))
    return TradeFeed()
