"""The in-memory twin of a socket: the exchange is a coroutine of the test, recording or example."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import ujson

from rxkraken.errors import ConnectionLost
from rxkraken.transport.base import Closed, OnFrame


class MemoryPeer:
    """The exchange's end of one connection.

    Attributes:
        url: the address that the client asked for.
        send: sends a frame, as bytes, to the client, which has handled it when this returns.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._requests: asyncio.Queue[str | None] = asyncio.Queue()
        self._early: list[bytes] = []  # sent before the client began to read
        self.send: OnFrame = self._early.append
        self._end: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()

    @property
    def closed(self) -> Closed | None:
        """How the connection ended, None while it is open."""
        return self._end.result() if self._end.done() else None

    async def receive(self) -> dict[str, Any] | None:
        """Wait for the next request of the client; None once the connection has ended."""
        text = await self._requests.get()
        return None if text is None else cast("dict[str, Any]", ujson.loads(text))

    def acknowledge(self, request: dict[str, Any]) -> None:
        """Answer a subscribe, unsubscribe or ping request the way the exchange does."""
        req_id, method = request.get("req_id"), request["method"]
        if method == "ping":
            self.send(ujson.dumps({"method": "pong", "req_id": req_id}).encode())
            return
        params = dict(request["params"])
        for symbol in params.pop("symbol", [None]):
            result = params if symbol is None else {**params, "symbol": symbol}
            answer = {"method": method, "req_id": req_id, "result": result, "success": True}
            self.send(ujson.dumps(answer, escape_forward_slashes=False).encode())

    def close(self, code: int | None = 1000, reason: str = "closed by the peer") -> None:
        """End the connection; without a code the link just breaks."""
        if not self._end.done():
            self._end.set_result(Closed(code, reason))
            self.send = _drop
            self._requests.put_nowait(None)

    async def run(self, on_frame: OnFrame) -> Closed:
        """Give every frame to a function, in order, until the connection ends."""
        for frame in self._early:
            on_frame(frame)
        if not self._end.done():
            self.send = on_frame
        return await asyncio.shield(self._end)

    async def send_text(self, text: str) -> None:
        """Take a request of the client."""
        if self.closed is not None:
            raise ConnectionLost(self.closed.reason, code=self.closed.code)
        self._requests.put_nowait(text)


def _drop(_: bytes) -> None:
    """What is sent after the end goes nowhere."""


class MemorySocket:
    """The client's end of one connection."""

    def __init__(self, peer: MemoryPeer) -> None:
        self._peer = peer

    async def run(self, on_frame: OnFrame) -> Closed:
        """Give every frame to a function, in order, until the socket ends."""
        return await self._peer.run(on_frame)

    async def send(self, text: str) -> None:
        """Send a text frame to the peer."""
        await self._peer.send_text(text)

    def abort(self) -> None:
        """Break the link."""
        self._peer.close(None, "aborted")


class MemoryTransport:
    """Opens connections to a coroutine that plays the exchange, one call a connection.

    Args:
        server: ``async def server(peer)``; it may read requests, send frames and close. The
            connection stays open when it returns. What it raises ends the connection, and
            ``ConnectionLost`` raised before its first await refuses it.
    """

    def __init__(self, server: Callable[[MemoryPeer], Awaitable[None]]) -> None:
        self._server = server
        self.peers: list[MemoryPeer] = []

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[MemorySocket]:
        """Open a connection for the length of a context."""
        peer = MemoryPeer(url)
        self.peers.append(peer)
        serving = asyncio.ensure_future(self._serve(peer))
        await asyncio.sleep(0)
        try:
            if serving.done():
                serving.result()
            yield MemorySocket(peer)
        finally:
            peer.close(1000, "closed by the client")
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def _serve(self, peer: MemoryPeer) -> None:
        try:
            await self._server(peer)
        except Exception as error:
            peer.close(None, str(error))
            raise
