"""A market without a crowd in which two accounts trade with each other."""

import pytest_asyncio

from rxkraken.sim import Customer

MONEY = {"USD": 1_000_000, "BTC": 100, "ETH": 1000}


@pytest_asyncio.fixture
async def hall(wires):
    """An empty BTC/USD and ETH/USD; accounts alice and bob."""
    accounts = [Customer("alice", MONEY), Customer("bob", MONEY)]
    return await wires(["BTC/USD", "ETH/USD"], script=(), accounts=accounts)


@pytest_asyncio.fixture
async def alice(hall):
    """Subscribed to both account channels."""
    return await hall.open(account="alice", channels=("executions", "balances"))


@pytest_asyncio.fixture
async def bob(hall):
    """Subscribed to both account channels."""
    return await hall.open(account="bob", channels=("executions", "balances"))
