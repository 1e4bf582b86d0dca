"""The fixture ``kraken_simulator`` for the tests of any project that talks to Kraken.

Settings come from a mark; every test has a simulator of its own, on a thread of its own, so it
works for plain and for asynchronous tests, and for clients of any library::

    @pytest.mark.kraken_simulator(["BTC/USD"], seed=3, clock="stepped")
    def test_my_bot(kraken_simulator):
        bot = MyBot(kraken_simulator.environment.public_v2)
        kraken_simulator.step(10)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rxkraken.sim.threaded import ThreadedSimulator

_MARK = "kraken_simulator(symbols, seed, ...): arguments of the Simulator of this test"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _MARK)


@pytest.fixture
def kraken_simulator(request: pytest.FixtureRequest) -> Iterator[ThreadedSimulator]:
    """A running exchange simulator; the mark ``kraken_simulator`` takes its arguments."""
    from rxkraken.sim import Simulator  # noqa: PLC0415 - projects that do not use it start fast

    mark = request.node.get_closest_marker("kraken_simulator")
    arguments, settings = (mark.args, mark.kwargs) if mark else ((), {})
    with Simulator.threaded(*arguments, **settings) as simulator:
        yield simulator
