"""Connections that break, fall silent, trickle or burst; attempts and REST calls that fail."""

import asyncio
import json

import aiohttp
import pytest

from rxkraken.sim import Fault

pytestmark = pytest.mark.asyncio


async def test_a_connection_breaks_before_its_nth_message(simulated, connected):
    fault = Fault(kind="disconnect", channel="book", nth=3)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await client.subscribe("book", "BTC/USD")
        await simulator.step(2)
        await client.end()
        assert client.socket.close_code == 1006
        assert simulator.connections == 0
        assert simulator.journal[0].number == 3


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1012, 1013])
async def test_a_connection_ends_with_a_close_code_at_a_moment(simulated, connected, code):
    fault = Fault(kind="disconnect", code=code, at=1.0)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await client.subscribe("instrument")
        await simulator.step(0.9)
        assert simulator.connections == 1
        await simulator.step(0.2)
        assert (await client.end()).type is aiohttp.WSMsgType.CLOSE
        assert client.socket.close_code == code


async def test_all_connections_of_the_endpoint_break_at_once(simulated, connected):
    async with (
        simulated() as simulator,
        connected(simulator) as one,
        connected(simulator) as two,
        connected(simulator, "private_v2") as other,
    ):
        for client in (one, two, other):
            await client.frame()
        simulator.inject(Fault(kind="disconnect", endpoint="public"))
        await simulator.step(0.1)
        for client in (one, two):
            await client.end()
        assert simulator.connections == 1
        assert await other.frames() == []


async def test_a_half_open_connection_is_open_and_silent(simulated, connected):
    async with simulated() as simulator, connected(simulator, autoclose=False) as client:
        await client.subscribe("book", "BTC/USD")
        await client.texts()
        simulator.inject(Fault(kind="half_open"))
        await simulator.step(3)
        await client.send("ping", 5)
        waiting = asyncio.ensure_future(client.socket.receive())
        await simulator.step(5)
        assert not waiting.done()
        assert not client.socket.closed
        assert simulator.connections == 1
        await simulator.aclose()
        assert (await waiting).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def test_a_trickle_lets_few_messages_through_and_then_all_that_waited(simulated, connected):
    async with simulated() as simulator, connected(simulator) as client:
        await client.subscribe("book", "BTC/USD")
        await client.texts()
        simulator.inject(Fault(kind="trickle", rate=5, seconds=2))
        before = simulator.history.frames_sent
        await simulator.step(1.9)
        assert [json.loads(await client.text()) for _ in range(9)]
        assert simulator.history.frames_sent - before in {9, 10}
        await simulator.step(0.5)
        assert len(await client.texts()) > 100


async def test_a_burst_comes_all_at_once_and_in_order(compared):
    whole, broken, journal = await compared(Fault(kind="burst", seconds=1, channel="book", nth=5))
    assert broken == whole
    assert len(journal) == 1


async def test_nothing_comes_while_a_burst_is_held_back(simulated, connected):
    async with simulated() as simulator, connected(simulator) as client:
        await client.subscribe("book", "BTC/USD")
        await client.texts()
        before = simulator.history.frames_sent
        simulator.inject(Fault(kind="burst", seconds=1.5))
        await simulator.step(1.4)
        assert simulator.history.frames_sent - before < 10
        await simulator.step(0.2)
        assert len(await client.texts()) > 50


async def test_a_stale_connection_has_heartbeats_and_answers_only(simulated, connected):
    async with simulated() as simulator, connected(simulator) as client:
        await client.subscribe("book", "BTC/USD")
        await client.texts()
        simulator.inject(Fault(kind="stale", seconds=3))
        await simulator.step(0.02)
        await client.texts()
        await simulator.step(2.9)
        assert {frame["channel"] for frame in await client.frames()} == {"heartbeat"}
        await simulator.step(1)
        assert len(await client.data()) > 30


@pytest.mark.parametrize("status", [429, 503])
async def test_attempts_at_one_endpoint_are_refused(simulated, connected, status):
    fault = Fault(kind="refuse", endpoint="private", status=status, times=1)
    async with simulated(fault) as simulator:
        async with connected(simulator) as client:
            await client.frame()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with connected(simulator, "private_v2"):
                pass
        assert refusal.value.status == status
        async with connected(simulator, "private_v2") as client:
            assert (await client.frame())["channel"] == "status"
        assert [(i.kind, i.endpoint) for i in simulator.journal] == [("refuse", "private")]


async def called(simulator, name="Time"):
    """Status and body of a public REST call."""
    async with aiohttp.ClientSession() as http:
        url = f"{simulator.environment.rest}/0/public/{name}"
        async with http.get(url) as response:
            return response.status, await response.text()


async def test_rest_calls_are_refused_cut_short_or_no_json(simulated):
    plan = (
        Fault(kind="refuse", endpoint="rest", method="Time", nth=1, status=502),
        Fault(kind="truncate", endpoint="rest", method="Time", nth=2),
        Fault(kind="non_json", endpoint="rest", method="SystemStatus"),
    )
    async with simulated(*plan) as simulator:
        assert (await called(simulator))[0] == 502
        with pytest.raises(json.JSONDecodeError):
            json.loads((await called(simulator))[1])
        assert json.loads((await called(simulator))[1])["error"] == []
        assert (await called(simulator, "SystemStatus"))[1].startswith("CloudFlare")
        assert {incident.endpoint for incident in simulator.journal} == {"rest"}
        assert [incident.method for incident in simulator.journal][-1] == "SystemStatus"


async def test_a_rest_call_breaks_off(simulated):
    # The client tries a second time by itself.
    async with simulated(Fault(kind="disconnect", endpoint="rest", times=2)) as simulator:
        with pytest.raises(aiohttp.ClientConnectionError):
            await called(simulator)
        assert (await called(simulator))[0] == 200


async def test_a_rest_call_waits_for_its_moment(simulated):
    async with simulated(Fault(kind="delay", endpoint="rest", seconds=2, nth=1)) as simulator:
        waiting = asyncio.ensure_future(called(simulator))
        while not simulator.journal:
            await simulator.step(0.02)
        await simulator.step(1.9)
        assert not waiting.done()
        await simulator.step(0.2)
        assert (await waiting)[0] == 200


async def test_maintenance_goes_through_its_states_and_back(simulated, connected):
    fault = Fault(kind="maintenance", at=1, seconds=2)
    async with simulated(fault) as simulator, connected(simulator) as client:
        states = [(await client.frame())["data"][0]["system"]]
        for _ in range(8):
            await simulator.step(1)
            states += [frame["data"][0]["system"] for frame in await client.frames()]
        assert states == ["online", "maintenance", "cancel_only", "post_only", "online"]
        (incident,) = simulator.journal
        assert (incident.kind, incident.endpoint) == ("maintenance", None)
