"""Loopback sockets in front of the gateways."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from rxkraken.errors import ConfigurationError
from rxkraken.sim.addresses import LEVEL3_PATH, PRIVATE_V2_PATH, PUBLIC_V2_PATH
from rxkraken.sim.connection import CLOSE_SECONDS, Connection
from rxkraken.sim.faults.rest import rest_faults
from rxkraken.sim.rest_door import RestDoor
from rxkraken.sim.rules import EXCEEDED_FRAME, Door, MessageCounter

if TYPE_CHECKING:
    import ssl

    from rxkraken.sim.clock import Clock
    from rxkraken.sim.faults import Endpoint, Injector
    from rxkraken.sim.gateway_v2 import GatewayV2
    from rxkraken.sim.rest import RestGateway
    from rxkraken.sim.rules import Rules

_LARGEST_REQUEST = 1 << 20
_GOING_AWAY = 1001
_ENDPOINTS: dict[str, Endpoint] = {
    PUBLIC_V2_PATH: "public",
    PRIVATE_V2_PATH: "private",
    LEVEL3_PATH: "level3",
}


class Server:
    """The sockets of one simulator.

    Args:
        gateway: answers the clients.
        injector: lets things go wrong.
        clock: the simulator's time.
        rules: limits of attempts, messages and outboxes.
        rest: answers REST calls.

    Attributes:
        accepted: connections that were opened so far.
        cut: connections that were cut because their client did not read.
    """

    def __init__(
        self,
        gateway: GatewayV2,
        injector: Injector,
        clock: Clock,
        *,
        rules: Rules,
        rest: RestGateway | None = None,
    ) -> None:
        self.accepted = 0
        self.cut = 0
        self._gateway = gateway
        self._injector = injector
        self._clock = clock
        self._rules = rules
        self._door = Door(rules)
        self._rest = rest
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

    @property
    def turned_away(self) -> int:
        """Attempts that were refused because there were too many."""
        return self._door.turned_away

    async def start(self, host: str, port: int, context: ssl.SSLContext | None = None) -> int:
        """Listen, with TLS when there is a context; return the port.

        Raises:
            ConfigurationError: the address cannot be listened on.
        """
        application = web.Application(middlewares=[rest_faults(self._injector, self._clock)])
        for path, endpoint in _ENDPOINTS.items():
            application.router.add_get(path, partial(self._serve, endpoint))
        if self._rest is not None:
            RestDoor(self._rest).register(application.router)
        try:
            listening = socket.create_server((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"the simulator cannot listen on {host}:{port} ({error.strerror}): "
                "choose another port, or port=0 for a free one"
            ) from None
        runner = self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=CLOSE_SECONDS
        )
        await runner.setup()
        await web.SockSite(runner, listening, ssl_context=context).start()
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
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._live:
                    self._ended.clear()
                    await self._ended.wait()
        for connection in tuple(self._live):
            connection.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        status = self._refusal(endpoint, request)
        if status is not None:
            return web.Response(status=status)
        websocket = web.WebSocketResponse(
            compress=False, timeout=CLOSE_SECONDS, max_msg_size=_LARGEST_REQUEST
        )
        await websocket.prepare(request)
        transport = request.transport
        if transport is None:
            return websocket
        connection = Connection(websocket, transport, self._rules.outbox)
        self.accepted += 1
        self._live[connection] = None
        talker = asyncio.create_task(self._talk(websocket, connection, endpoint))
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

    def _refusal(self, endpoint: Endpoint, request: web.Request) -> int | None:
        """HTTP status for an attempt that a fault or a rule refuses."""
        now_ns = self._clock.now()
        status = self._injector.refusal(now_ns, endpoint)
        return self._door.refusal(request.remote or "", now_ns) if status is None else status

    async def _talk(
        self, websocket: web.WebSocketResponse, connection: Connection, endpoint: Endpoint
    ) -> None:
        counter = MessageCounter(self._rules)
        line = self._injector.line(connection, endpoint, self._clock)
        session = self._gateway.open(line, endpoint)
        try:
            async for message in websocket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    if counter.exceeded(self._clock.now()):
                        line.send(EXCEEDED_FRAME)
                    else:
                        line.receive(session, message.data)
        finally:
            self._gateway.forget(session)
            self._injector.forget(line)

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
