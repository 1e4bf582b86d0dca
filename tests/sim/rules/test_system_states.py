"""What the market does in each state of the exchange."""

import json

import pytest

from rxkraken.sim import Simulator

pytestmark = pytest.mark.asyncio


def levels(simulator):
    top = simulator.book("BTC/USD", depth=5000)
    return len(top.bids) + len(top.asks)


def volume(simulator):
    book = simulator._exchange.markets["BTC/USD"].book
    return sum(book.bids.quantities.values()) + sum(book.asks.quantities.values())


def quick():
    return Simulator(["BTC/USD"], clock="stepped", rate=500)


async def test_in_maintenance_nothing_happens():
    async with quick() as simulator:
        await simulator.step(0.5)
        before = simulator.history
        simulator.set_system_status("maintenance")
        await simulator.step(3)
        assert simulator.history.commands == before.commands
        assert simulator.history.books == before.books


async def test_in_cancel_only_the_book_shrinks_and_nothing_is_traded():
    async with quick() as simulator:
        simulator.set_system_status("cancel_only")
        depth, trades = volume(simulator), simulator.history.trades_made
        for _ in range(4):
            await simulator.step(0.5)
            assert volume(simulator) < depth
            depth = volume(simulator)
        assert simulator.history.trades_made == trades


async def test_in_post_only_the_book_builds_up_without_trades():
    async with quick() as simulator:
        simulator.set_system_status("cancel_only")
        await simulator.step(3)
        thin = levels(simulator)
        simulator.set_system_status("post_only")
        await simulator.step(3)
        assert levels(simulator) > thin
        assert simulator.history.trades_made == 0


async def test_in_limit_only_no_taker_is_a_market_order(connected):
    async with quick() as simulator, connected(simulator) as client:
        await client.subscribe("trade", "BTC/USD")
        kinds = []
        for state in ("limit_only", "online"):
            simulator.set_system_status(state)
            await simulator.step(4)
            trades = [
                trade
                for text in await client.data()
                if '"channel":"trade"' in text
                for trade in json.loads(text)["data"]
            ]
            kinds.append({trade["ord_type"] for trade in trades})
        assert kinds == [{"limit"}, {"limit", "market"}]


async def test_the_way_back_from_maintenance_is_told_step_by_step(connected):
    async with quick() as simulator, connected(simulator) as client:
        await client.frame()
        simulator.maintenance(seconds=1)
        await simulator.step(4)
        told = [frame["data"][0]["system"] for frame in await client.frames()]
        assert told == ["maintenance", "cancel_only", "post_only", "online"]
        assert [incident.kind for incident in simulator.journal] == ["maintenance"]


async def test_the_book_is_never_crossed_on_the_way():
    async with quick() as simulator:
        simulator.maintenance(seconds=1)
        for _ in range(40):
            await simulator.step(0.15)
            book = simulator._exchange.markets["BTC/USD"].book
            assert book.bids.best_price() < book.asks.best_price()
