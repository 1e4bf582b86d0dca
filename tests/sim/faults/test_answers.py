"""Answers that are lost, late or doubled, tokens that expire, sequences with gaps."""

import json

import pytest

from rxkraken.sim import Fault

pytestmark = pytest.mark.asyncio


async def subscribing(client, *symbols):
    params = {"channel": "ticker", "symbol": list(symbols), "snapshot": False}
    await client.send("subscribe", 77, **params)


def acked(frames):
    return [frame["result"]["symbol"] for frame in frames if frame.get("req_id") == 77]


async def test_a_lost_ack_is_missing_although_the_subscription_stands(simulated, connected):
    fault = Fault(kind="lose_ack", symbol="BTC/USD")
    async with simulated(fault) as simulator, connected(simulator) as client:
        await subscribing(client, "BTC/USD", "ETH/USD")
        assert acked(await client.frames()) == ["ETH/USD"]
        await simulator.step(3)
        symbols = {frame["data"][0]["symbol"] for frame in map(json.loads, await client.data())}
        assert symbols == {"BTC/USD", "ETH/USD"}
        (incident,) = simulator.journal
        assert (incident.kind, incident.symbol, incident.method) == (
            "lose_ack",
            "BTC/USD",
            "subscribe",
        )


async def test_a_delayed_ack_comes_after_the_data(simulated, connected):
    fault = Fault(kind="delay_ack", method="subscribe", seconds=2, nth=1)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await subscribing(client, "BTC/USD")
        await simulator.step(1.9)
        early = await client.frames()
        assert not acked(early)
        assert {"ticker"} <= {frame.get("channel") for frame in early}
        await simulator.step(0.2)
        assert acked(await client.frames()) == ["BTC/USD"]


async def test_a_duplicated_ack_comes_twice(simulated, connected):
    fault = Fault(kind="duplicate_ack", nth=2)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await subscribing(client, "BTC/USD", "ETH/USD")
        assert acked(await client.frames()) == ["BTC/USD", "ETH/USD", "ETH/USD"]


async def test_pongs_are_lost_when_they_are_named(simulated, connected):
    fault = Fault(kind="lose_ack", method="pong", nth=1)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await client.send("ping", 1000)
        frames = await client.frames()
        assert [frame.get("req_id") for frame in frames] == [None]


async def token_of(simulator):
    """A token as REST gives it out."""
    tokens = simulator._gateway.tokens
    return tokens.issue(simulator._clientele.key_of(simulator._clientele.customers[0]))


async def test_an_expired_token_is_refused_and_the_connection_stays(simulated, connected):
    fault = Fault(kind="expire_token", endpoint="private", nth=1)
    async with simulated(fault) as simulator, connected(simulator, "private_v2") as client:
        token = await token_of(simulator)
        refused = await client.ask("subscribe", channel="executions", token=token)
        assert refused["error"] == "ESession:Invalid session"
        assert refused["success"] is False
        assert "result" not in refused
        accepted = await client.ask("subscribe", channel="executions", token=token)
        assert accepted["success"]
        assert [incident.kind for incident in simulator.journal] == ["expire_token"]


async def test_a_sequence_has_a_gap_where_a_message_was_lost(simulated, connected):
    fault = Fault(kind="sequence_gap", nth=1)
    async with simulated(fault) as simulator, connected(simulator, "private_v2") as client:
        token = await token_of(simulator)
        await client.ask("subscribe", channel="executions", token=token, snap_orders=True)
        seen = [frame["sequence"] for frame in await client.frames() if "sequence" in frame]
        for price in (100.0, 200.0, 300.0):
            order = {"order_type": "limit", "side": "buy", "order_qty": 0.01}
            answer = await client.ask(
                "add_order", symbol="BTC/USD", limit_price=price, token=token, **order
            )
            assert answer["success"], answer
            seen += [frame["sequence"] for frame in await client.frames() if "sequence" in frame]
        assert [incident.kind for incident in simulator.journal] == ["sequence_gap"]
        assert seen == [1, *range(3, 3 + len(seen) - 1)]
