"""The way to one client: a bounded outbox, and ways to hang up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque

from aiohttp import ClientConnectionError, WSMsgType, web

CLOSE_SECONDS = 1.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection:
    """The way to one client: a bounded outbox and the task that empties it.

    A client that does not read fills its outbox and is cut; nobody else waits for it.

    Attributes:
        sent: frames handed to the socket.
        overflowed: the outbox was full.
        frozen: the client hears nothing more and is not heard.
        farewell: close code and reason once somebody has hung up.
    """

    def __init__(
        self, websocket: web.WebSocketResponse, transport: asyncio.Transport, limit: int
    ) -> None:
        self.sent = 0
        self.overflowed = False
        self.frozen = False
        self.farewell: tuple[int, str] | None = None
        self._websocket = websocket
        self._transport = transport
        self._limit = limit
        self._outbox: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        """Queue one frame."""
        if self.farewell is not None or self.frozen:
            return
        self._outbox.append(frame)
        self._wake.set()
        if len(self._outbox) > self._limit:
            self.overflowed = True
            self.abort()

    def close(self, code: int, reason: str) -> None:
        """Hang up with a close frame after what is queued; a client that takes nothing is cut."""
        if self.frozen:
            self.abort()
        elif self.farewell is None:
            self.farewell = (code, reason)
            self._wake.set()
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(2 * CLOSE_SECONDS, self.abort)

    def freeze(self) -> None:
        """Keep the connection open, but read nothing, not even its end, and send nothing more."""
        self.frozen = True
        self._outbox.clear()
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def abort(self) -> None:
        """Hang up at once with a TCP reset; what is queued is lost."""
        self.farewell = self.farewell or (1006, "")
        self._outbox.clear()
        self._wake.set()
        peer = self._transport.get_extra_info("socket")
        if peer is not None and not self._transport.is_closing():
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    async def write(self) -> None:
        """Empty the outbox until somebody hangs up or the link breaks."""
        with contextlib.suppress(ConnectionError, ClientConnectionError):
            while self._outbox or self.farewell is None:
                await self._wake.wait()
                self._wake.clear()
                while self._outbox:
                    await self._websocket.send_frame(self._outbox.popleft(), WSMsgType.TEXT)
                    self.sent += 1

    async def say_goodbye(self) -> None:
        """Send the close frame and wait a moment for that of the client."""
        code, reason = self.farewell or (1000, "")
        try:
            if not self._transport.is_closing():
                await self._websocket.close(code=code, message=reason.encode())
        finally:
            if self._patience is not None:
                self._patience.cancel()
