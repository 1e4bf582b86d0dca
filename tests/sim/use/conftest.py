"""Exchanges without sockets."""

import pytest

from rxkraken.sim.clock import STEPPED_START_NS
from rxkraken.sim.listing import pairs_named
from rxkraken.sim.market import Exchange


@pytest.fixture(scope="session")
def open_exchange():
    """Opens an exchange; gives it and a function that advances it by seconds."""

    def opened(symbols, *, seed=7, rate=100.0, **settings):
        exchange = Exchange(
            pairs_named(symbols), seed, rate=rate, start_ns=STEPPED_START_NS, **settings
        )
        now_ns = STEPPED_START_NS

        def advance(seconds, publish=lambda _, __: None):
            nonlocal now_ns
            now_ns += int(seconds * 10**9)
            exchange.advance(now_ns, publish)

        return exchange, advance

    return opened
