"""A Kraken in one process: real sockets on loopback, a seeded market, faults on demand.

Longer than other files because it is the one face of the room: every knob and every view of the
simulator is a short method here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, Self

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.addresses import environment_at
from rxkraken.sim.clock import SECOND_NS, STEPPED_START_NS, RealClock, SteppedClock
from rxkraken.sim.faults import Fault, Faults, Incident, Injector
from rxkraken.sim.gateway_v2 import SYSTEM_STATES, GatewayV2
from rxkraken.sim.listing import pairs_named
from rxkraken.sim.market import Exchange
from rxkraken.sim.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rxkraken.environment import Environment
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.market import BookTop, Market

_TICK_SECONDS = 0.02
_TICK_NS = int(_TICK_SECONDS * SECOND_NS)
# A process that was held up does not repeat more than this of the missed order flow.
_LARGEST_LAG_NS = SECOND_NS


@attrs.frozen
class History:
    """What the simulator has done so far."""

    commands: int
    trades_made: int
    frames_sent: int
    connections_accepted: int
    connections_cut: int


class Simulator:
    """The exchange simulator.

    Args:
        symbols: names of the twenty known pairs (`rxkraken.sim.listing`), or `Pair` objects.
        seed: decides the market; the same seed in stepped time gives the same frames, byte by byte.
        faults: what goes wrong from the start.
        rate: orders and cancellations a second of a pair of activity 1.
        host: address to listen on.
        port: port to listen on, 0 for a free one.
        clock: ``"real"``, or ``"stepped"``: then time stands still except in `step`.
        idle_timeout: seconds without a request after which a client is disconnected.
        heartbeat_interval: seconds between heartbeats.
        outbox: frames that may wait for a client that reads slowly before it is cut.

    Raises:
        ConfigurationError: an argument makes no sense.

    >>> import asyncio
    >>> async def main():
    ...     async with Simulator(["BTC/USD"], clock="stepped") as simulator:
    ...         await simulator.step(1.0)
    ...         return simulator.history.commands > 0
    >>> asyncio.run(main())
    True
    """

    def __init__(
        self,
        symbols: Iterable[str | Pair] = ("BTC/USD", "ETH/USD"),
        seed: int = 7,
        faults: Faults | None = None,
        *,
        rate: float = 100.0,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Literal["real", "stepped"] = "real",
        idle_timeout: float = 60.0,
        heartbeat_interval: float = 1.0,
        outbox: int = 50_000,
    ) -> None:
        _check_positive(
            rate=rate,
            idle_timeout=idle_timeout,
            heartbeat_interval=heartbeat_interval,
            outbox=outbox,
        )
        self._address = (host, port)
        self._stepped = _stepped_clock(clock)
        self._clock = self._stepped or RealClock()
        self._exchange = Exchange(pairs_named(symbols), seed, rate=rate, start_ns=self._clock.now())
        self._injector = Injector(faults)
        self._gateway = GatewayV2(
            self._exchange.markets,
            self._clock,
            self._injector,
            seed=seed,
            heartbeat_ns=int(heartbeat_interval * SECOND_NS),
            idle_ns=int(idle_timeout * SECOND_NS),
        )
        self._server = Server(self._gateway, self._injector, self._clock, outbox=outbox)
        self._environment: Environment | None = None
        self._driver: asyncio.Task[None] | None = None
        self._commands = 0

    # -- life -----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self._environment is not None:
            raise ConfigurationError("a Simulator opens once: make another one")
        host, _ = self._address
        port = await self._server.start(*self._address)
        self._environment = environment_at(host, port)
        if self._stepped is None:
            self._exchange.postpone(self._clock.now())
            self._driver = asyncio.create_task(self._drive())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Hang up on everybody and leave nothing behind: no task, no socket."""
        driver, self._driver = self._driver, None
        try:
            await self._server.stop()
        finally:
            if driver is not None:
                await _end(driver)

    # -- time -----------------------------------------------------------------------------------

    async def step(self, seconds: float) -> None:
        """Let `seconds` pass in stepped time; sockets are served in between.

        Raises:
            ConfigurationError: the simulator runs in real time.
        """
        if self._stepped is None:
            raise ConfigurationError("step() needs Simulator(..., clock='stepped')")
        end_ns = self._stepped.now() + int(seconds * SECOND_NS)
        while self._stepped.now() < end_ns:
            self._stepped.move_to(min(end_ns, self._stepped.now() + _TICK_NS))
            self._tick()
            await asyncio.sleep(0)

    async def _drive(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._tick()

    def _tick(self) -> None:
        now_ns = self._clock.now()
        if self._gateway.system == "online":
            self._exchange.postpone(now_ns - _LARGEST_LAG_NS)
            self._commands += self._exchange.advance(now_ns, self._gateway.publish)
        else:
            self._exchange.postpone(now_ns)
        self._gateway.tick(now_ns)

    # -- knobs ----------------------------------------------------------------------------------

    def drop_connections(self, code: int | None = None) -> int:
        """Hang up on every client and return how many there were.

        Args:
            code: close code of the WebSocket close frame; None resets the TCP connections.
        """
        return self._server.drop(code)

    def set_system_status(self, status: str) -> None:
        """Change the state of the exchange; unless ``online``, order flow stands still.

        Raises:
            ConfigurationError: there is no such state.
        """
        if status not in SYSTEM_STATES:
            raise ConfigurationError(
                f"system status must be one of {', '.join(SYSTEM_STATES)}, not {status!r}"
            )
        self._gateway.set_system(status)

    def set_pair_status(self, symbol: str, status: str) -> None:
        """Change the state of a pair, as the channel ``instrument`` tells it.

        Raises:
            ConfigurationError: the simulator does not run this pair.
        """
        pair = self._market(symbol).pair
        self._gateway.set_pair(attrs.evolve(pair, status=status))

    def inject(self, faults: Faults | Fault) -> None:
        """Let more things go wrong from now on."""
        self._injector.add(faults)

    # -- what can be seen -----------------------------------------------------------------------

    @property
    def environment(self) -> Environment:
        """URLs of this simulator, while it is open.

        Raises:
            ConfigurationError: it was not opened yet.
        """
        if self._environment is None:
            raise ConfigurationError("open the Simulator first: async with Simulator(...) as sim")
        return self._environment

    @property
    def connections(self) -> int:
        """Live connections."""
        return self._server.connections

    @property
    def symbols(self) -> tuple[str, ...]:
        """Pairs of this simulator."""
        return tuple(self._exchange.markets)

    @property
    def journal(self) -> tuple[Incident, ...]:
        """Faults that were done so far, oldest first."""
        return tuple(self._injector.journal)

    @property
    def history(self) -> History:
        """Counters of what was done so far."""
        return History(
            commands=self._commands,
            trades_made=sum(market.trades_made for market in self._exchange.markets.values()),
            frames_sent=self._server.frames_sent,
            connections_accepted=self._server.accepted,
            connections_cut=self._server.cut,
        )

    def book(self, symbol: str, depth: int = 10) -> BookTop:
        """The best levels of a book, to compare with.

        Raises:
            ConfigurationError: the simulator does not run this pair.
        """
        return self._market(symbol).top(depth)

    def _market(self, symbol: str) -> Market:
        market = self._exchange.markets.get(symbol)
        if market is None:
            raise ConfigurationError(
                f"this simulator runs {', '.join(self.symbols)}, not {symbol!r}"
            )
        return market


async def _end(driver: asyncio.Task[None]) -> None:
    """Cancel the task; if it had failed before, its error comes out here."""
    driver.cancel()
    await asyncio.wait({driver})
    if not driver.cancelled():
        driver.result()


def _stepped_clock(clock: str) -> SteppedClock | None:
    if clock not in {"real", "stepped"}:
        raise ConfigurationError(f"clock must be 'real' or 'stepped', not {clock!r}")
    return SteppedClock(STEPPED_START_NS) if clock == "stepped" else None


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise ConfigurationError(f"{name} must be positive, not {value!r}")
