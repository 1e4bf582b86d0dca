"""Loopback sockets in front of the gateways: aiohttp server, outboxes, and ways to hang up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import ClientConnectionError, WSMsgType, web

from rxkraken.errors import ConfigurationError
from rxkraken.sim.addresses import PUBLIC_V2_PATH

if TYPE_CHECKING:
    from rxkraken.sim.clock import Clock
    from rxkraken.sim.faults import Injector
    from rxkraken.sim.gateway_v2 import GatewayV2

_CLOSE_SECONDS = 1.0
_LARGEST_REQUEST = 1 << 20
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_GOING_AWAY = 1001


class Connection:
    """The way to one client: a bounded outbox and the task that empties it.

    A client that does not read fills its outbox and is cut; nobody else waits for it.

    Attributes:
        sent: frames handed to the socket.
        overflowed: the outbox was full.
        farewell: close code and reason once somebody has hung up.
    """

    def __init__(
        self, websocket: web.WebSocketResponse, transport: asyncio.Transport, limit: int
    ) -> None:
        self.sent = 0
        self.overflowed = False
        self.farewell: tuple[int, str] | None = None
        self._websocket = websocket
        self._transport = transport
        self._limit = limit
        self._outbox: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        """Queue one frame."""
        if self.farewell is not None:
            return
        self._outbox.append(frame)
        self._wake.set()
        if len(self._outbox) > self._limit:
            self.overflowed = True
            self.abort()

    def close(self, code: int, reason: str) -> None:
        """Hang up with a close frame after what is queued; a client that takes nothing is cut."""
        if self.farewell is None:
            self.farewell = (code, reason)
            self._wake.set()
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(2 * _CLOSE_SECONDS, self.abort)

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


class Server:
    """The sockets of one simulator.

    Args:
        gateway: answers the clients of the public v2 endpoint.
        injector: refuses connection attempts.
        clock: the simulator's time.
        outbox: frames that may wait for one client.

    Attributes:
        accepted: connections that were opened so far.
        cut: connections that were cut because their client did not read.
    """

    def __init__(
        self, gateway: GatewayV2, injector: Injector, clock: Clock, *, outbox: int
    ) -> None:
        self.accepted = 0
        self.cut = 0
        self._gateway = gateway
        self._injector = injector
        self._clock = clock
        self._limit = outbox
        self._sent_before = 0
        self._live: dict[Connection, None] = {}
        self._ended = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def connections(self) -> int:
        """Connections that nobody has hung up yet."""
        return sum(connection.farewell is None for connection in self._live)

    @property
    def frames_sent(self) -> int:
        """Frames handed to sockets so far."""
        return self._sent_before + sum(connection.sent for connection in self._live)

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port.

        Raises:
            ConfigurationError: the address cannot be listened on.
        """
        application = web.Application()
        application.router.add_get(PUBLIC_V2_PATH, self._serve)
        try:
            listening = socket.create_server((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"the simulator cannot listen on {host}:{port} ({error.strerror}): "
                "choose another port, or port=0 for a free one"
            ) from None
        runner = self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=_CLOSE_SECONDS
        )
        await runner.setup()
        await web.SockSite(runner, listening).start()
        return int(listening.getsockname()[1])

    def drop(self, code: int | None) -> int:
        """Hang up on every client: with a close code, or with a TCP reset for None."""
        dropped = [connection for connection in self._live if connection.farewell is None]
        for connection in dropped:
            if code is None:
                connection.abort()
            else:
                connection.close(code, "")
        return len(dropped)

    async def stop(self) -> None:
        """Say goodbye, hang up on those who do not answer, and close the door."""
        self.drop(_GOING_AWAY)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self._live:
                    self._ended.clear()
                    await self._ended.wait()
        for connection in tuple(self._live):
            connection.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        status = self._injector.refusal(self._clock.now())
        if status is not None:
            return web.Response(status=status)
        websocket = web.WebSocketResponse(
            compress=False, timeout=_CLOSE_SECONDS, max_msg_size=_LARGEST_REQUEST
        )
        await websocket.prepare(request)
        transport = request.transport
        if transport is None:
            return websocket
        connection = Connection(websocket, transport, self._limit)
        self.accepted += 1
        self._live[connection] = None
        talker = asyncio.create_task(self._talk(websocket, connection))
        writer = asyncio.create_task(connection.write())
        try:
            await asyncio.wait({talker, writer}, return_when=asyncio.FIRST_COMPLETED)
            connection.close(1000, "")
            await _cancelled(talker)
            await asyncio.wait({writer})
            await connection.say_goodbye()
        finally:
            writer.cancel()
            talker.cancel()
            self._forget(connection)
        return websocket

    async def _talk(self, websocket: web.WebSocketResponse, connection: Connection) -> None:
        session = self._gateway.open(connection)
        try:
            async for message in websocket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    session.receive(message.data)
        finally:
            self._gateway.forget(session)

    def _forget(self, connection: Connection) -> None:
        del self._live[connection]
        self._sent_before += connection.sent
        self.cut += connection.overflowed
        self._ended.set()


async def _cancelled(task: asyncio.Task[None]) -> None:
    """End a task; if it had failed by itself, its error comes out here."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
