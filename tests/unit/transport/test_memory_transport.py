"""The in-memory twin keeps the contract of a socket."""

import asyncio
import json

import pytest

from rxkraken.errors import ConnectionLost
from rxkraken.transport import Closed, MemoryTransport

pytestmark = pytest.mark.asyncio

URL = "wss://exchange/v2"


async def idle(_):
    """Accept and do nothing."""


async def test_each_connection_has_a_peer_that_knows_its_url():
    transport = MemoryTransport(idle)
    async with transport.connect(URL), transport.connect(URL + "?2"):
        assert [peer.url for peer in transport.peers] == [URL, URL + "?2"]
        assert [peer.closed for peer in transport.peers] == [None, None]


async def test_frames_sent_before_and_while_the_client_reads_keep_their_order():
    async def server(peer):
        peer.send(b"1")
        peer.send(b"2")
        await peer.receive()
        peer.send(b"3")
        peer.close(1001, "going away")

    frames = []
    async with asyncio.timeout(5), MemoryTransport(server).connect(URL) as socket:
        await socket.send('{"method":"ping"}')
        assert await socket.run(frames.append) == Closed(1001, "going away")
    assert frames == [b"1", b"2", b"3"]


async def test_a_frame_is_handled_when_send_returns():
    transport = MemoryTransport(idle)
    frames = []
    async with asyncio.timeout(5), transport.connect(URL) as socket:
        reading = asyncio.ensure_future(socket.run(frames.append))
        await asyncio.sleep(0)
        transport.peers[0].send(b"now")
        assert frames == [b"now"]
        transport.peers[0].close()
        await reading


async def test_what_was_sent_before_the_close_is_still_read():
    async def server(peer):
        peer.send(b"last words")
        peer.close(1000, "bye")
        peer.send(b"too late")

    frames = []
    async with asyncio.timeout(5), MemoryTransport(server).connect(URL) as socket:
        closed = await socket.run(frames.append)
    assert (frames, closed) == ([b"last words"], Closed(1000, "bye"))


async def test_requests_come_in_order_and_none_after_the_end():
    received = []

    async def server(peer):
        while (request := await peer.receive()) is not None:
            received.append(request)
        received.append(None)

    transport = MemoryTransport(server)
    async with asyncio.timeout(5), transport.connect(URL) as socket:
        await socket.send('{"method":"ping","req_id":1}')
        await socket.send('{"method":"ping","req_id":2}')
        reading = asyncio.ensure_future(socket.run(lambda _: None))
        await asyncio.sleep(0)
        transport.peers[0].close()
        await reading
        await asyncio.sleep(0)
    assert received == [{"method": "ping", "req_id": 1}, {"method": "ping", "req_id": 2}, None]


async def test_sending_after_the_end_says_that_the_connection_is_lost():
    transport = MemoryTransport(idle)
    async with transport.connect(URL) as socket:
        transport.peers[0].close(1012, "service restart")
        with pytest.raises(ConnectionLost, match="service restart") as lost:
            await socket.send("{}")
        assert lost.value.code == 1012
        assert lost.value.handshake is False


async def test_the_first_end_counts():
    transport = MemoryTransport(idle)
    async with transport.connect(URL) as socket:
        transport.peers[0].close(1012, "first")
        transport.peers[0].close(1001, "second")
        assert await socket.run(lambda _: None) == Closed(1012, "first")


async def test_abort_breaks_the_link():
    transport = MemoryTransport(idle)
    async with asyncio.timeout(5), transport.connect(URL) as socket:
        reading = asyncio.ensure_future(socket.run(lambda _: None))
        await asyncio.sleep(0)
        socket.abort()
        assert (await reading).code is None
    assert transport.peers[0].closed == Closed(None, "aborted")


async def test_leaving_the_context_closes_and_ends_the_server():
    ended = []

    async def server(peer):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(peer.closed)

    transport = MemoryTransport(server)
    async with asyncio.timeout(5), transport.connect(URL):
        pass
    assert ended == [Closed(1000, "closed by the client")]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_refusal_before_the_first_await_is_raised_by_connect():
    async def server(_):
        raise ConnectionLost("not today", code=503, handshake=True)

    with pytest.raises(ConnectionLost, match="not today") as lost:
        async with MemoryTransport(server).connect(URL):
            pass
    assert lost.value.code == 503


async def test_what_the_server_raises_later_ends_the_connection():
    async def server(peer):
        await peer.receive()
        raise LookupError("the script is wrong")

    async with asyncio.timeout(5), MemoryTransport(server).connect(URL) as socket:
        await socket.send("{}")
        closed = await socket.run(lambda _: None)
    assert closed == Closed(None, "the script is wrong")


async def test_an_acknowledgement_answers_each_symbol_with_the_parameters():
    frames = []
    transport = MemoryTransport(idle)
    request = {
        "method": "subscribe",
        "params": {"channel": "book", "symbol": ["BTC/USD", "ETH/USD"], "depth": 10},
        "req_id": 7,
    }
    async with asyncio.timeout(5), transport.connect(URL) as socket:
        transport.peers[0].acknowledge(request)
        transport.peers[0].acknowledge({"method": "ping", "req_id": 8})
        transport.peers[0].close()
        await socket.run(frames.append)
    answer = {"method": "subscribe", "req_id": 7, "success": True}
    assert [json.loads(frame) for frame in frames] == [
        answer | {"result": {"channel": "book", "depth": 10, "symbol": "BTC/USD"}},
        answer | {"result": {"channel": "book", "depth": 10, "symbol": "ETH/USD"}},
        {"method": "pong", "req_id": 8},
    ]
