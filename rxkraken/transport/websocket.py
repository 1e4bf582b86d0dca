"""Sockets by aiohttp, which is imported when the first one is opened.

Frames are taken as bytes, without compression and without a timeout on each receive (which costs
four times the frame): a watchdog above looks after silence.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal

from rxkraken.errors import ConnectionLost
from rxkraken.transport.base import Closed, OnFrame

if TYPE_CHECKING:
    import aiohttp

    BytesSocket = aiohttp.ClientWebSocketResponse[Literal[False]]

_MAX_FRAME = 64 * 1024 * 1024
_CLOSE_WITHIN = 2.0
_OPEN_WITHIN = 15.0
_BROKEN = 1006


class WebSocket:
    """One WebSocket of aiohttp."""

    def __init__(self, socket: BytesSocket) -> None:
        import aiohttp  # noqa: PLC0415 - slow to import, and here it is imported already

        self._socket = socket
        self._aborted = False
        self._text = aiohttp.WSMsgType.TEXT
        self._binary = aiohttp.WSMsgType.BINARY

    async def run(self, on_frame: OnFrame) -> Closed:
        """Give every frame to a function, in order, until the socket ends."""
        receive, text, binary = self._socket.receive, self._text, self._binary
        while True:
            message = await receive()
            kind = message.type
            if kind is text or kind is binary:
                on_frame(message.data)
            else:
                break
        code = self._socket.close_code
        if code is None or code == _BROKEN:
            return Closed(code and int(code), "the link broke")
        return Closed(int(code), str(message.extra or "") or "closed by the peer")

    async def send(self, text: str) -> None:
        """Send a text frame, waiting while the link is slower than we are."""
        try:
            await self._socket.send_str(text)
        except OSError as error:
            raise ConnectionLost(f"sending failed: {error}") from error

    def abort(self) -> None:
        """Let the end of the context drop the link instead of closing it: the peer is dead."""
        self._aborted = True

    async def close(self) -> None:
        """Close politely; after `abort`, without waiting for an answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0 if self._aborted else None):
                await self._socket.close()


class WebSocketTransport:
    """Opens WebSockets by aiohttp, each with a client session of its own.

    Args:
        ssl_context: trust of ``wss://`` addresses; by default the system's authorities.
        open_within: seconds for DNS, TCP, TLS and the upgrade together.
    """

    def __init__(
        self, *, ssl_context: ssl.SSLContext | None = None, open_within: float = _OPEN_WITHIN
    ) -> None:
        self._ssl_context = ssl_context
        self._open_within = open_within

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[WebSocket]:
        """Open a socket for the length of a context.

        Raises:
            ConnectionLost: the socket cannot be opened; the message names the address.
        """
        import aiohttp  # noqa: PLC0415 - slow to import: only who connects pays for it

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._open_within)
        async with aiohttp.ClientSession(
            timeout=timeout, headers={"User-Agent": "rxkraken"}
        ) as session:
            socket = WebSocket(await self._open(session, url))
            try:
                yield socket
            finally:
                await socket.close()

    async def _open(self, session: aiohttp.ClientSession, url: str) -> BytesSocket:
        import aiohttp  # noqa: PLC0415 - imported already by connect()

        try:
            async with asyncio.timeout(self._open_within):
                return await session.ws_connect(
                    url,
                    compress=0,
                    max_msg_size=_MAX_FRAME,
                    decode_text=False,
                    ssl=self._ssl_context if self._ssl_context is not None else True,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_WITHIN),
                )
        except aiohttp.WSServerHandshakeError as error:
            raise ConnectionLost(
                f"{url} refused the connection with HTTP status {error.status}",
                code=error.status,
                handshake=True,
            ) from None
        except TimeoutError:
            raise ConnectionLost(
                f"{url} did not answer within {self._open_within:g} s", handshake=True
            ) from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:  # of names that are none
            raise ConnectionLost(
                f"{url} cannot be reached: {_words(error)}", handshake=True
            ) from None


def _words(error: Exception) -> str:
    """Say why, without the address that asyncio and aiohttp put around a system's error."""
    import aiohttp  # noqa: PLC0415 - imported already by connect()

    if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(
        error, aiohttp.ClientSSLError
    ):
        error = error.os_error
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError) or not error.errno:
        return str(error)
    return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
