"""A real WebSocket server on loopback whose behaviour each test writes down."""

import asyncio
import ssl
from contextlib import asynccontextmanager

import pytest
from aiohttp import web


@asynccontextmanager
async def _serving(handler, ssl_context=None):
    """Serve a handler on a free port of loopback; give the port."""
    application = web.Application()
    application.router.add_get("/v2", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.fixture
def serving():
    """Give a context manager: the URL of a server whose sockets run a coroutine function."""

    @asynccontextmanager
    async def serve(behaviour, ssl_context=None, host="127.0.0.1", *, autoping=True):
        async def handler(request):
            socket = web.WebSocketResponse(
                autoping=autoping, compress=False, timeout=0.2, max_msg_size=1 << 26
            )
            await socket.prepare(request)
            await behaviour(socket, request)
            return socket

        async with _serving(handler, ssl_context) as port:
            scheme = "ws" if ssl_context is None else "wss"
            yield f"{scheme}://{host}:{port}/v2"

    return serve


@pytest.fixture
def refusing():
    """Give a context manager: the URL of a server that answers every upgrade with a status."""

    @asynccontextmanager
    async def serve(status):
        async def handler(_):
            return web.Response(status=status)

        async with _serving(handler) as port:
            yield f"ws://127.0.0.1:{port}/v2"

    return serve


@pytest.fixture
def raw_server():
    """Give a context manager: a bare TCP server; the streams of its peers are closed at the end."""

    @asynccontextmanager
    async def serve(behaviour):
        ended = asyncio.Event()

        async def handler(reader, writer):
            try:
                await behaviour(reader, writer)
                await ended.wait()
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            ended.set()

    return serve


@pytest.fixture(scope="session")
def authority():
    trustme = pytest.importorskip("trustme", reason="needs the package trustme")
    return trustme.CA()


@pytest.fixture
def server_context(authority):
    """Give the context of a server whose certificate names localhost only."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def client_context(authority):
    """Give the context of a client that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context
