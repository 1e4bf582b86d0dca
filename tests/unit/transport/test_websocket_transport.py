"""The aiohttp transport against real sockets on loopback.

Longer than most: it lists every way in which a socket opens, speaks and ends.
"""

import asyncio
import base64
import gc
import hashlib
import ssl
import subprocess
import sys
from contextlib import suppress

import pytest
import pytest_asyncio
from aiohttp import WSMsgType

from rxkraken.errors import ConnectionLost
from rxkraken.transport import Closed, WebSocketTransport

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(autouse=True)
async def nothing_is_left():
    """No task, transport or warning survives a test."""
    yield
    gc.collect()
    # Servers of aiohttp need a few turns of the loop for their last goodbyes.
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def until_closed(socket, _):
    async for _ in socket:
        pass


async def lines(url, transport=None):
    """Read a whole connection; give its frames and how it ended."""
    frames = []
    async with (transport or WebSocketTransport()).connect(url) as socket:
        closed = await socket.run(frames.append)
    return frames, closed


class TestFrames:
    async def test_text_and_binary_come_as_bytes_in_their_order(self, serving):
        async def behaviour(socket, _):
            await socket.send_str('{"n":1}')
            await socket.send_bytes(b'{"n":2}')
            await socket.send_str('{"ä":"€"}')
            await socket.close()

        async with asyncio.timeout(5), serving(behaviour) as url:
            frames, closed = await lines(url)
        assert frames == [b'{"n":1}', b'{"n":2}', '{"ä":"€"}'.encode()]
        assert all(type(frame) is bytes for frame in frames)
        assert closed.code == 1000

    async def test_a_thousand_frames_keep_their_order(self, serving):
        async def behaviour(socket, _):
            for number in range(1000):
                await socket.send_str(str(number))
            await socket.close()

        async with asyncio.timeout(5), serving(behaviour) as url:
            frames, _ = await lines(url)
        assert [int(frame) for frame in frames] == list(range(1000))

    async def test_a_frame_of_several_megabytes_comes_whole(self, serving):
        large = "0123456789" * 900_000

        async def behaviour(socket, _):
            await socket.send_str(large)
            await socket.close()

        async with asyncio.timeout(10), serving(behaviour) as url:
            frames, closed = await lines(url)
        assert frames == [large.encode()]
        assert closed.code == 1000

    async def test_protocol_pings_are_answered_and_are_no_frames(self, serving):
        answers = []

        async def behaviour(socket, _):
            await socket.ping(b"alive?")
            answers.append(await socket.receive())
            await socket.close()

        async with asyncio.timeout(5), serving(behaviour, autoping=False) as url:
            frames, _ = await lines(url)
        assert [(bytes(pong.data), pong.type) for pong in answers] == [(b"alive?", WSMsgType.PONG)]
        assert frames == []

    async def test_a_message_in_fragments_comes_whole(self, raw_server):
        async def fragmenting(reader, writer):
            writer.write(_upgrade(await reader.readuntil(b"\r\n\r\n")))
            writer.write(b"\x01\x02ab\x00\x01c\x80\x02de")  # text, continued, finished
            writer.write(b"\x88\x02\x03\xe8")
            await writer.drain()

        async with asyncio.timeout(5), raw_server(fragmenting) as port:
            frames, closed = await lines(f"ws://127.0.0.1:{port}/v2")
        assert (frames, closed.code) == ([b"abcde"], 1000)

    async def test_text_that_is_no_utf8_is_a_frame_like_any_other(self, raw_server):
        async def mumbling(reader, writer):
            writer.write(_upgrade(await reader.readuntil(b"\r\n\r\n")))
            writer.write(b"\x81\x02\xff\xfe\x81\x02ok\x88\x02\x03\xe8")
            await writer.drain()

        async with asyncio.timeout(5), raw_server(mumbling) as port:
            frames, closed = await lines(f"ws://127.0.0.1:{port}/v2")
        assert (frames, closed.code) == ([b"\xff\xfe", b"ok"], 1000)

    async def test_what_is_sent_arrives_as_text_in_its_order(self, serving):
        received = []

        async def behaviour(socket, _):
            async for message in socket:
                received.append((message.type, message.data))
                if len(received) == 3:
                    await socket.close()

        async with (
            asyncio.timeout(5),
            serving(behaviour) as url,
            WebSocketTransport().connect(url) as socket,
        ):
            for text in ("a", "b", "ü"):
                await socket.send(text)
            await socket.run(lambda _: None)
        assert received == [(WSMsgType.TEXT, text) for text in ("a", "b", "ü")]

    async def test_the_upgrade_names_a_user_agent_and_asks_for_no_compression(self, serving):
        headers = {}

        async def behaviour(socket, request):
            headers.update(request.headers)
            await socket.close()

        async with asyncio.timeout(5), serving(behaviour) as url:
            await lines(url)
        assert headers["User-Agent"] == "rxkraken"
        assert "Sec-WebSocket-Extensions" not in headers
        assert "Sec-WebSocket-Protocol" not in headers

    async def test_an_exception_of_the_reader_comes_out_and_the_socket_is_closed(self, serving):
        ended = asyncio.Event()

        async def behaviour(socket, request):
            await socket.send_str("a")
            await until_closed(socket, request)
            ended.set()

        def reader(_):
            raise LookupError("a broken reader")

        async with asyncio.timeout(5), serving(behaviour) as url:
            with pytest.raises(LookupError):
                async with WebSocketTransport().connect(url) as socket:
                    await socket.run(reader)
            await ended.wait()


class TestEnds:
    @pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1013, 4000])
    async def test_the_close_code_of_the_peer_is_told(self, serving, code):
        async def behaviour(socket, _):
            await socket.close(code=code, message=b"because")

        async with asyncio.timeout(5), serving(behaviour) as url:
            _, closed = await lines(url)
        assert closed == Closed(code, "because")

    async def test_a_close_without_a_reason_is_told_in_words_too(self, serving):
        async def behaviour(socket, _):
            await socket.close(code=1001)

        async with asyncio.timeout(5), serving(behaviour) as url:
            _, closed = await lines(url)
        assert closed == Closed(1001, "closed by the peer")

    async def test_a_peer_that_breaks_the_protocol_is_an_end_and_no_exception(self, raw_server):
        async def breaking(reader, writer):
            writer.write(_upgrade(await reader.readuntil(b"\r\n\r\n")))
            writer.write(b"\x81\x02ok\x83\x00")  # an opcode that does not exist
            await writer.drain()

        async with asyncio.timeout(5), raw_server(breaking) as port:
            frames, closed = await lines(f"ws://127.0.0.1:{port}/v2")
        assert frames == [b"ok"]
        assert closed.code in {1002, 1006}

    async def test_a_link_that_breaks_is_told_as_1006(self, serving):
        async def behaviour(socket, request):
            await socket.send_str("last words")
            request.transport.abort()

        async with asyncio.timeout(5), serving(behaviour) as url:
            frames, closed = await lines(url)
        assert frames in ([b"last words"], [])  # a reset may overtake what was sent
        assert closed == Closed(1006, "the link broke")

    async def test_leaving_the_context_closes_politely(self, serving):
        codes = asyncio.get_running_loop().create_future()

        async def behaviour(socket, request):
            await until_closed(socket, request)
            codes.set_result(socket.close_code)

        async with asyncio.timeout(5), serving(behaviour) as url:
            async with WebSocketTransport().connect(url):
                pass
            assert await codes == 1000

    async def test_sending_after_the_end_says_that_the_connection_is_lost(self, serving):
        async def behaviour(socket, _):
            await socket.close()

        async with (
            asyncio.timeout(5),
            serving(behaviour) as url,
            WebSocketTransport().connect(url) as socket,
        ):
            await socket.run(lambda _: None)
            with pytest.raises(ConnectionLost, match="sending failed"):
                await socket.send("too late")

    async def test_a_cancelled_reader_leaves_nothing_behind(self, serving):
        async with asyncio.timeout(5), serving(until_closed) as url:

            async def read():
                await lines(url)

            task = asyncio.create_task(read())
            await asyncio.wait({task}, timeout=0.05)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert task.cancelled()

    async def test_abort_does_not_wait_for_a_silent_peer(self, raw_server):
        async def silent_after_the_upgrade(reader, writer):
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(_upgrade(request))
            await writer.drain()

        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10), raw_server(silent_after_the_upgrade) as port:
            async with WebSocketTransport().connect(f"ws://127.0.0.1:{port}/v2") as socket:
                socket.abort()
                begin = loop.time()
            # A polite goodbye waits for two seconds for the answer of the peer.
            assert loop.time() - begin < 1.5

    async def test_a_polite_goodbye_does_not_wait_for_ever(self, raw_server):
        async def silent_after_the_upgrade(reader, writer):
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(_upgrade(request))
            await writer.drain()

        async with (
            asyncio.timeout(10),
            raw_server(silent_after_the_upgrade) as port,
            WebSocketTransport().connect(f"ws://127.0.0.1:{port}/v2"),
        ):
            pass

    async def test_abort_of_a_peer_that_reads_nothing_does_not_wait_for_what_was_sent(
        self, raw_server
    ):
        async def deaf_after_the_upgrade(reader, writer):
            request = await reader.readuntil(b"\r\n\r\n")
            writer.transport.pause_reading()
            writer.write(_upgrade(request))
            await writer.drain()

        async with (
            asyncio.timeout(10),
            raw_server(deaf_after_the_upgrade) as port,
            WebSocketTransport().connect(f"ws://127.0.0.1:{port}/v2") as socket,
        ):
            sending = asyncio.ensure_future(socket.send("x" * 30_000_000))
            await asyncio.wait({sending}, timeout=0.05)
            assert not sending.done()
            socket.abort()
            sending.cancel()
            await asyncio.wait({sending})


def _upgrade(request):
    """Answer the upgrade of RFC 6455 by hand."""
    (key,) = [
        line.split(b":", 1)[1].strip()
        for line in request.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key:")
    ]
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 - RFC 6455
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )


async def refusal_of(url, transport=None):
    """Connect to what cannot be opened; give the error."""
    with pytest.raises(ConnectionLost) as lost:
        async with (transport or WebSocketTransport()).connect(url):
            pass
    assert lost.value.handshake is True
    return lost.value


class TestOpening:
    @pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 502, 503])
    async def test_a_refused_upgrade_tells_its_status(self, refusing, status):
        async with asyncio.timeout(5), refusing(status) as url:
            error = await refusal_of(url)
        assert error.code == status
        assert str(error) == f"{url} refused the connection with HTTP status {status}"

    async def test_nobody_listens(self, unused_tcp_port):
        url = f"ws://127.0.0.1:{unused_tcp_port}/v2"
        async with asyncio.timeout(5):
            error = await refusal_of(url)
        assert error.code is None
        assert str(error).startswith(f"{url} cannot be reached: ")

    async def test_a_host_that_has_no_address(self):
        url = "ws://no-such-host.invalid:9/v2"
        async with asyncio.timeout(15):
            error = await refusal_of(url)
        assert error.code is None
        assert str(error).startswith(f"{url} cannot be reached: ")

    @pytest.mark.parametrize("host", ["a" * 64 + ".invalid", "a..b", "host:99999"])
    async def test_a_host_that_cannot_be_one(self, host):
        url = f"ws://{host}/v2"
        async with asyncio.timeout(15):
            error = await refusal_of(url)
        assert str(error).startswith(url)

    async def test_a_server_that_never_answers(self, raw_server):
        async def silent(reader, writer):
            await reader.readuntil(b"\r\n\r\n")

        async with asyncio.timeout(5), raw_server(silent) as port:
            url = f"ws://127.0.0.1:{port}/v2"
            error = await refusal_of(url, WebSocketTransport(open_within=0.2))
        assert str(error) == f"{url} did not answer within 0.2 s"
        assert error.code is None

    async def test_a_server_that_never_finishes_the_tls_handshake(self, raw_server, client_context):
        async def silent(reader, writer):
            await reader.read(1)

        async with asyncio.timeout(5), raw_server(silent) as port:
            url = f"wss://127.0.0.1:{port}/v2"
            transport = WebSocketTransport(ssl_context=client_context, open_within=0.2)
            error = await refusal_of(url, transport)
        assert str(error) == f"{url} did not answer within 0.2 s"

    async def test_a_server_that_speaks_no_http(self, raw_server):
        async def rude(reader, writer):
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            await writer.drain()

        async with asyncio.timeout(5), raw_server(rude) as port:
            error = await refusal_of(f"ws://127.0.0.1:{port}/v2")
        assert str(error).startswith(f"ws://127.0.0.1:{port}/v2 ")

    async def test_a_server_that_hangs_up_during_the_upgrade(self, raw_server):
        async def gone(reader, writer):
            writer.transport.abort()

        async with asyncio.timeout(5), raw_server(gone) as port:
            error = await refusal_of(f"ws://127.0.0.1:{port}/v2")
        assert "cannot be reached" in str(error)

    async def test_cancelling_the_opening_leaves_nothing_behind(self, raw_server):
        async def silent(reader, writer):
            await reader.readuntil(b"\r\n\r\n")

        async with asyncio.timeout(5), raw_server(silent) as port:
            opening = asyncio.create_task(lines(f"ws://127.0.0.1:{port}/v2"))
            await asyncio.wait({opening}, timeout=0.05)
            opening.cancel()
            with suppress(asyncio.CancelledError):
                await opening
            assert opening.cancelled()


class TestSecure:
    async def test_a_trusted_authority_is_enough(self, serving, server_context, client_context):
        async def behaviour(socket, _):
            await socket.send_str("hello")
            await socket.close()

        async with asyncio.timeout(5):
            async with serving(behaviour, server_context, "localhost") as url:
                frames, closed = await lines(url, WebSocketTransport(ssl_context=client_context))
        assert frames == [b"hello"]
        assert closed.code == 1000

    async def test_the_host_name_is_sent_as_sni(self, serving, server_context, client_context):
        names = []
        server_context.sni_callback = lambda _, name, __: names.append(name)

        async def behaviour(socket, _):
            await socket.close()

        async with asyncio.timeout(5):
            async with serving(behaviour, server_context, "localhost") as url:
                await lines(url, WebSocketTransport(ssl_context=client_context))
        assert names == ["localhost"]

    async def test_an_unknown_authority_is_refused_in_words(self, serving, server_context):
        async with asyncio.timeout(5):
            async with serving(until_closed, server_context, "localhost") as url:
                error = await refusal_of(url)
        assert str(error).startswith(f"{url} cannot be reached: ")
        assert "certificate" in str(error).lower()

    async def test_another_authority_is_refused(self, serving, server_context):
        trustme = pytest.importorskip("trustme", reason="needs the package trustme")
        other = ssl.create_default_context()
        trustme.CA().configure_trust(other)
        async with asyncio.timeout(5):
            async with serving(until_closed, server_context, "localhost") as url:
                error = await refusal_of(url, WebSocketTransport(ssl_context=other))
        assert "certificate" in str(error).lower()

    async def test_a_certificate_of_another_host_is_refused(
        self, serving, server_context, client_context
    ):
        async with asyncio.timeout(5):
            async with serving(until_closed, server_context, "127.0.0.1") as url:
                error = await refusal_of(url, WebSocketTransport(ssl_context=client_context))
        assert "certificate" in str(error).lower()


async def test_constructing_the_transport_does_not_import_aiohttp():
    program = (
        "import sys; from rxkraken.transport import WebSocketTransport; WebSocketTransport();"
        "sys.exit('aiohttp' in sys.modules)"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], check=False, timeout=30
    )
    assert done.returncode == 0
