"""The simulator over loopback sockets, with an aiohttp client that is not ours."""

import asyncio
import contextlib
import json
import socket

import aiohttp
import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Fault, Faults, Pair, Simulator

pytestmark = pytest.mark.asyncio
GUARD_SECONDS = 20


@contextlib.asynccontextmanager
async def connected(simulator):
    async with (
        asyncio.timeout(GUARD_SECONDS),
        aiohttp.ClientSession() as http,
        http.ws_connect(simulator.environment.public_v2) as socket_,
    ):
        yield socket_


async def next_frame(socket_):
    message = await socket_.receive()
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return json.loads(message.data)


async def frames_until(socket_, wanted):
    """Frames up to and including the first that is wanted."""
    frames = []
    while not frames or not wanted(frames[-1]):
        frames.append(await next_frame(socket_))
    return frames


async def end_of(socket_):
    """Read to the end; return the last message."""
    while True:
        message = await socket_.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            return message


async def ask(socket_, method, **params):
    await socket_.send_json({"method": method, "params": params, "req_id": 1})


def stepped(**settings):
    return Simulator(["BTC/USD", "ETH/USD"], clock="stepped", **settings)


async def test_status_comes_first_then_acks_then_snapshots_then_updates():
    async with Simulator() as simulator, connected(simulator) as client:
        await ask(client, "subscribe", channel="book", symbol=["BTC/USD", "ETH/USD"])
        frames = await frames_until(
            client, lambda frame: frame.get("type") == "update" and "book" in frame["channel"]
        )
        assert frames[0]["channel"] == "status"
        assert [frame["result"]["symbol"] for frame in frames[1:3]] == ["BTC/USD", "ETH/USD"]
        assert [frame["type"] for frame in frames[3:5]] == ["snapshot", "snapshot"]


async def test_in_real_time_trades_and_heartbeats_come_by_themselves():
    async with (
        Simulator(rate=500, heartbeat_interval=0.05) as simulator,
        connected(simulator) as client,
    ):
        await ask(client, "subscribe", channel="trade", symbol=["BTC/USD"])
        channels = set()
        while not {"trade", "heartbeat"} <= channels:
            channels.add((await next_frame(client)).get("channel"))
        assert simulator.history.trades_made > 0


async def test_a_book_read_from_the_socket_is_the_book_of_the_engine(naive_book):
    async with stepped() as simulator, connected(simulator) as client:
        book = naive_book(25)
        await ask(client, "subscribe", channel="book", symbol=["ETH/USD"], depth=25)
        await frames_until(client, lambda frame: "result" in frame)
        await simulator.step(3)
        await client.send_json({"method": "ping"})
        while True:
            frame = json.loads((await client.receive()).data, parse_float=str, parse_int=str)
            if frame.get("method") == "pong":
                break
            if frame["channel"] == "book":
                computed, sent = book.apply(frame)
                assert computed == sent
        top = simulator.book("ETH/USD", depth=25)
        assert [(price, book.bids[price]) for price in book.ordered_bids()] == list(top.bids)
        assert [(price, book.asks[price]) for price in book.ordered_asks()] == list(top.asks)
        assert book.checksum() == top.checksum


async def session_bytes(seed):
    """Everything a client reads in ten stepped seconds."""
    async with stepped(seed=seed) as simulator, connected(simulator) as client:
        for channel in ("book", "trade", "ticker", "ohlc"):
            await ask(client, "subscribe", channel=channel, symbol=["BTC/USD"], snapshot=True)
        seen = [(await client.receive()).data for _ in range(9)]
        await simulator.step(10)
        await client.send_json({"method": "ping"})
        while '"pong"' not in seen[-1]:
            seen.append((await client.receive()).data)
        return seen


async def test_in_stepped_time_the_same_seed_gives_the_same_bytes():
    first, second = await session_bytes(1), await session_bytes(1)
    assert first == second
    assert len(first) > 500
    assert first[1:] != (await session_bytes(2))[1:]


async def test_a_ping_is_answered_and_unsubscribing_ends_the_data():
    async with stepped() as simulator, connected(simulator) as client:
        await ask(client, "subscribe", channel="trade", symbol=["BTC/USD"])
        await ask(client, "unsubscribe", channel="trade", symbol=["BTC/USD"])
        await frames_until(client, lambda frame: frame.get("method") == "unsubscribe")
        await simulator.step(2)
        await client.send_json({"method": "ping", "req_id": 8})
        pong = await next_frame(client)
        assert (pong["method"], pong["req_id"]) == ("pong", 8)


async def test_an_idle_client_is_disconnected_with_a_close_frame():
    async with stepped(idle_timeout=5) as simulator, connected(simulator) as client:
        await ask(client, "subscribe", channel="instrument", snapshot=False)
        await frames_until(client, lambda frame: "result" in frame)
        await simulator.step(4)
        assert simulator.connections == 1
        await simulator.step(2)
        assert simulator.connections == 0
        assert (await end_of(client)).type is aiohttp.WSMsgType.CLOSE
        assert client.close_code == 1000


@pytest.mark.parametrize("code", [1001, 1008, 1012])
async def test_connections_are_dropped_with_a_close_code(code):
    async with stepped() as simulator, connected(simulator) as one, connected(simulator) as two:
        for client in (one, two):
            await next_frame(client)
        assert simulator.connections == 2
        assert simulator.drop_connections(code) == 2
        assert simulator.connections == 0
        for client in (one, two):
            assert (await end_of(client)).type is aiohttp.WSMsgType.CLOSE
            assert client.close_code == code


async def test_connections_are_dropped_without_a_goodbye():
    async with stepped() as simulator, connected(simulator) as client:
        await next_frame(client)
        assert simulator.drop_connections() == 1
        message = await end_of(client)
        assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        assert client.close_code == 1006
        assert simulator.drop_connections() == 0


async def test_a_client_may_come_back_after_a_drop():
    async with stepped() as simulator:
        for _ in range(3):
            async with connected(simulator) as client:
                assert (await next_frame(client))["channel"] == "status"
                simulator.drop_connections()
                await end_of(client)
        assert simulator.history.connections_accepted == 3


async def test_attempts_are_refused_with_an_http_status_and_then_accepted():
    refusing = Faults([Fault(kind="refuse", times=2, status=429)])
    async with stepped(faults=refusing) as simulator:
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                async with connected(simulator):
                    pass
            assert refusal.value.status == 429
        async with connected(simulator) as client:
            assert (await next_frame(client))["channel"] == "status"
        assert [incident.kind for incident in simulator.journal] == ["refuse", "refuse"]


async def test_faults_injected_while_running_reach_the_client():
    async with stepped() as simulator, connected(simulator) as client:
        await ask(client, "subscribe", channel="book", symbol=["BTC/USD"])
        await frames_until(client, lambda frame: frame.get("type") == "snapshot")
        simulator.inject(Fault(kind="non_json", nth=1))
        await simulator.step(1)
        assert "CloudFlare" in (await client.receive()).data
        assert [incident.kind for incident in simulator.journal] == ["non_json"]


async def test_in_maintenance_the_status_is_pushed_and_order_flow_stands_still():
    async with stepped() as simulator, connected(simulator) as client:
        await next_frame(client)
        simulator.set_system_status("maintenance")
        assert (await next_frame(client))["data"][0]["system"] == "maintenance"
        await simulator.step(2)
        assert simulator.history.commands == 0
        simulator.set_system_status("online")
        assert (await next_frame(client))["data"][0]["system"] == "online"
        await simulator.step(2)
        assert simulator.history.commands > 0


async def test_a_pair_may_change_its_state():
    async with stepped() as simulator, connected(simulator) as client:
        await ask(client, "subscribe", channel="instrument", snapshot=False)
        await frames_until(client, lambda frame: "result" in frame)
        simulator.set_pair_status("BTC/USD", "cancel_only")
        (pair,) = (await next_frame(client))["data"]["pairs"]
        assert (pair["symbol"], pair["status"]) == ("BTC/USD", "cancel_only")


async def open_by_hand(simulator):
    """A WebSocket made of bytes."""
    port = int(simulator.environment.public_v2.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(
        b"GET /v2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_drop_without_a_goodbye_is_a_tcp_reset():
    async with stepped() as simulator:
        reader, writer = await open_by_hand(simulator)
        await reader.readexactly(2)
        assert simulator.drop_connections() == 1
        with pytest.raises(ConnectionResetError):
            await reader.read(-1)
        writer.transport.abort()


async def read_nothing(simulator):
    """Ask for megabytes, and never read."""
    _, writer = await open_by_hand(simulator)
    for _ in range(400):
        for method in ("subscribe", "unsubscribe"):
            params = {"channel": "book", "symbol": ["BTC/USD"], "depth": 1000}
            text = json.dumps({"method": method, "params": params}).encode()
            head = bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4)
            writer.write(head + text)
    return writer


async def test_a_client_that_does_not_read_is_cut_and_the_others_go_on():
    async with stepped(outbox=50) as simulator, connected(simulator) as client:
        await next_frame(client)
        writer = await read_nothing(simulator)
        while simulator.history.connections_cut == 0:
            await simulator.step(0.02)
        writer.transport.abort()
        await client.send_json({"method": "ping"})
        assert (await next_frame(client))["method"] == "pong"
        assert simulator.connections == 1


async def test_nothing_is_left_behind():
    before = asyncio.all_tasks()
    async with Simulator() as simulator, connected(simulator) as client:
        await ask(client, "subscribe", channel="book", symbol=["BTC/USD"])
        await frames_until(
            client, lambda frame: frame.get("type") == "update" and frame["channel"] == "book"
        )
        url = simulator.environment.public_v2
        reading = asyncio.create_task(end_of(client))
        await simulator.aclose()
        assert (await reading).type is aiohttp.WSMsgType.CLOSE
        assert client.close_code == 1001
    assert simulator.connections == 0
    assert asyncio.all_tasks() == before
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.ws_connect(url)


async def test_a_client_that_ignores_the_goodbye_does_not_hold_up_the_end():
    async with stepped() as simulator:
        writer = await read_nothing(simulator)
        await simulator.step(1)
        simulator.drop_connections(1012)
        async with asyncio.timeout(GUARD_SECONDS):
            await simulator.aclose()
        writer.transport.abort()


async def test_closing_twice_is_harmless_and_opening_twice_is_refused():
    simulator = stepped()
    async with simulator:
        pass
    await simulator.aclose()
    with pytest.raises(ConfigurationError, match="opens once"):
        await simulator.__aenter__()


async def test_a_port_in_use_is_told_in_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        simulator = stepped(port=port)
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"):
            await simulator.__aenter__()
        await simulator.aclose()


async def test_pairs_of_one_s_own_are_served():
    pair = Pair(
        symbol="ABC/USD",
        price_precision=3,
        qty_precision=2,
        reference_price="12.345",
        typical_qty="10",
        price_increment=5,
    )
    async with Simulator([pair, "BTC/USD"], clock="stepped") as simulator:
        assert simulator.symbols == ("ABC/USD", "BTC/USD")
        await simulator.step(1)
        prices = [int(price.replace(".", "")) for price, _ in simulator.book("ABC/USD").bids]
        assert len(prices) == 10
        assert all(price % 5 == 0 for price in prices)


async def test_steps_need_the_stepped_clock():
    async with Simulator() as simulator:
        with pytest.raises(ConfigurationError, match="clock='stepped'"):
            await simulator.step(1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rate": 0}, "rate must be positive"),
        ({"idle_timeout": -1}, "idle_timeout must be positive"),
        ({"outbox": 0}, "outbox must be positive"),
        ({"clock": "cuckoo"}, "clock must be"),
    ],
)
async def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(ConfigurationError, match=words):
        Simulator(**settings)


async def test_questions_that_cannot_be_answered_are_refused():
    simulator = stepped()
    with pytest.raises(ConfigurationError, match="open the Simulator first"):
        _ = simulator.environment
    with pytest.raises(ConfigurationError, match="runs BTC/USD, ETH/USD, not 'SOL/USD'"):
        simulator.book("SOL/USD")
    with pytest.raises(ConfigurationError, match="system status must be one of"):
        simulator.set_system_status("asleep")
    with pytest.raises(ConfigurationError, match="status of a pair"):
        simulator.set_pair_status("BTC/USD", "asleep")


async def test_an_open_simulator_at_another_path_answers_404():
    async with stepped() as simulator, aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(simulator.environment.public_v1)
        assert refusal.value.status == 404
