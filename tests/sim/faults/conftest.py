"""Two runs of the same market: one as it should be, one with a fault."""

import pytest

from rxkraken.sim import Faults, Simulator


def stepped(*faults, **settings):
    """A simulator in stepped time that does these faults."""
    plan = Faults(faults, seed=settings.pop("fault_seed", 0))
    return Simulator(["BTC/USD", "ETH/USD"], faults=plan, clock="stepped", **settings)


@pytest.fixture(scope="session")
def simulated():
    return stepped


@pytest.fixture
def compared(connected):
    """Runs two seconds twice; returns what came whole, what came with the faults, the journal."""

    async def run(*faults, channel="book", symbols=("BTC/USD",), seconds=2, **settings):
        seen = []
        for plan in ((), faults):
            async with stepped(*plan, **settings) as simulator, connected(simulator) as client:
                await client.subscribe(channel, *symbols)
                await simulator.step(seconds)
                seen.append(await client.data())
                journal = simulator.journal
        return *seen, journal

    return run
