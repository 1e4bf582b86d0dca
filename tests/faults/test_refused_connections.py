"""Connection attempts that are refused, and an exchange in maintenance."""

import asyncio

import pytest

from rxkraken import Environment, Kraken, ReconnectPolicy
from rxkraken.core.backoff import ConnectBudget
from rxkraken.errors import ConnectionFailed
from rxkraken.models import Connected, Connecting, Disconnected
from rxkraken.sim import Fault, Faults, Simulator

from ..integration.listening import Listener, nothing_left  # noqa: TID252 - no packages

QUICK = ReconnectPolicy(immediate=(), minimum=0.01, maximum=0.02)

pytestmark = pytest.mark.asyncio


async def test_three_refusals_then_success():
    async with asyncio.timeout(20), nothing_left():
        faults = Faults([Fault(kind="refuse", times=3, status=503)])
        async with (
            Simulator(["BTC/USD"], faults=faults) as sim,
            Kraken(sim.environment, policy=QUICK) as kraken,
        ):
            lifecycle, books = Listener(kraken.lifecycle()), Listener(kraken.order_book("BTC/USD"))
            await books.more(3)
            assert len(sim.journal) == 3
        refused = lifecycle.of(Disconnected)
        assert [event.code for event in refused] == [503, 503, 503]
        assert all("503" in event.reason and event.retry_in <= 0.02 for event in refused)
        assert [event.attempt for event in lifecycle.of(Connecting)] == [1, 2, 3, 4]
        assert [event.session for event in lifecycle.of(Connected)] == [4]
        assert books.error is None


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_that_will_not_change_ends_the_stream_in_a_sentence(status):
    async with asyncio.timeout(20), nothing_left():
        faults = Faults([Fault(kind="refuse", status=status)])
        async with (
            Simulator(["BTC/USD"], faults=faults) as sim,
            Kraken(sim.environment, policy=QUICK) as kraken,
        ):
            books = Listener(kraken.order_book("BTC/USD"))
            with pytest.raises(ConnectionFailed) as failure:
                await kraken.ticker("BTC/USD")
            await asyncio.sleep(0)
            assert f"HTTP status {status}" in str(failure.value)
            assert sim.environment.public_v2 in str(failure.value)
            assert isinstance(books.error, ConnectionFailed)
            assert len(sim.journal) == 3


async def test_a_ban_and_an_unavailable_exchange_are_not_hammered():
    for status, shortest in ((429, 600.0), (503, 5.0)):
        async with asyncio.timeout(20), nothing_left():
            faults = Faults([Fault(kind="refuse", status=status)])
            async with (
                Simulator(["BTC/USD"], faults=faults) as sim,
                Kraken(sim.environment) as kraken,
            ):
                lifecycle, books = Listener(kraken.lifecycle()), Listener(kraken.trade("BTC/USD"))
                await lifecycle.until(lambda one: one.of(Disconnected))
            (event,) = lifecycle.of(Disconnected)
            assert event.code == status
            assert event.retry_in >= shortest
            assert books.error is None


async def test_a_connection_lost_in_maintenance_comes_back_slowly():
    async with asyncio.timeout(20), nothing_left():
        async with Simulator(["BTC/USD"]) as sim, Kraken(sim.environment) as kraken:
            lifecycle, state = Listener(kraken.lifecycle()), Listener(kraken.status())
            await state.begun()
            sim.set_system_status("maintenance")
            await state.until(lambda one: one.last.system == "maintenance")
            sim.drop_connections(1001)
            await lifecycle.until(lambda one: one.of(Disconnected))
        (event,) = lifecycle.of(Disconnected)
        assert event.retry_in >= 5.0
        assert state.error is None


async def test_nobody_at_the_address_is_a_sentence(unused_tcp_port):
    url = f"ws://127.0.0.1:{unused_tcp_port}/v2"
    policy = ReconnectPolicy(immediate=(0.0,), maximum_attempts=2)
    async with (
        asyncio.timeout(20),
        nothing_left(),
        Kraken(Environment(public_v2=url), policy=policy) as kraken,
    ):
        with pytest.raises(ConnectionFailed) as failure:
            await kraken.ticker("BTC/USD")
    assert str(failure.value).startswith(f"{url} cannot be reached: ")


async def test_closing_while_an_attempt_is_under_way_leaves_nothing():
    connected = asyncio.Event()

    async def silent(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            connected.set()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            connected.set()
        finally:
            writer.close()

    async with asyncio.timeout(20), nothing_left():
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            kraken = Kraken(Environment(public_v2=f"ws://127.0.0.1:{port}/v2"))
            books = Listener(kraken.order_book("BTC/USD"))
            await connected.wait()
            await kraken.aclose()
            assert books.completed
        await server.wait_closed()
        del server


async def test_a_budget_holds_sockets_back_against_a_real_exchange_too():
    budget = ConnectBudget(limit=2, window=3600.0)
    async with (
        asyncio.timeout(20),
        nothing_left(),
        Simulator(["BTC/USD"], rate=300.0) as sim,
        Kraken(sim.environment, budget=budget, policy=QUICK) as kraken,
    ):
        lifecycle, books = Listener(kraken.lifecycle()), Listener(kraken.order_book("BTC/USD"))
        await books.more(2)
        sim.drop_connections()
        await lifecycle.until(lambda one: len(one.of(Connected)) == 2)
        await books.more(2)
        sim.drop_connections()
        await lifecycle.until(lambda one: len(one.of(Disconnected)) == 2)
        deadline = lifecycle.more()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(deadline, 0.2)  # far longer than the policy would wait
        assert len(lifecycle.of(Connecting)) == 2
