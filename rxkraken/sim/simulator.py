"""A Kraken in one process: real sockets on loopback, a seeded market, faults on demand.

Longer than other files because it is the one face of the room: every knob and every view of the
simulator is a short method here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Self

import attrs

from rxkraken.environment import Credentials
from rxkraken.errors import ConfigurationError
from rxkraken.sim.addresses import environment_at
from rxkraken.sim.clientele import Clientele
from rxkraken.sim.clock import SECOND_NS, RealClock
from rxkraken.sim.customers import wealthy_customer
from rxkraken.sim.faults import Fault, Faults, Incident, Injector
from rxkraken.sim.gateway_v2 import SYSTEM_STATES, GatewayV2
from rxkraken.sim.listing import pairs_named
from rxkraken.sim.market import Exchange
from rxkraken.sim.records import History
from rxkraken.sim.rest import RestGateway
from rxkraken.sim.rules import Rules
from rxkraken.sim.server import Server
from rxkraken.sim.settings import check_plans, checked_speed, stepped_clock
from rxkraken.sim.threaded import ThreadedSimulator
from rxkraken.sim.tls import Authority

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from rxkraken.environment import Environment
    from rxkraken.sim.customers import Customer
    from rxkraken.sim.fair_values import Path
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.market import BookTop, Market, Rate
    from rxkraken.sim.script import Scripted

_TICK_SECONDS = 0.02
_TICK_NS = int(_TICK_SECONDS * SECOND_NS)
# A process that was held up does not repeat more than this of the missed order flow.
_LARGEST_LAG_NS = SECOND_NS
_HISTORY_DEPTH = 10


class Simulator:
    """The exchange simulator.

    Args:
        symbols: names of the twenty known pairs (`rxkraken.sim.listing`), or `Pair` objects.
        seed: decides the market; the same seed in stepped time gives the same frames, byte by byte.
        faults: what goes wrong from the start.
        rate: orders and cancellations a second of a pair of activity 1, or of each symbol: from
            ``0.005``, one in minutes, to ``20_000``.
        host: address to listen on.
        port: port to listen on, 0 for a free one.
        clock: ``"real"``, or ``"stepped"``: then time stands still except in `step`.
        speed: seconds that pass in one second of real time.
        rules: what a client may; the next three arguments are short for rules of the same name.
        idle_timeout: seconds without a request after which a client is disconnected.
        heartbeat_interval: seconds between heartbeats.
        outbox: frames that may wait for a client that reads slowly before it is cut.
        script: orders that take the place of the crowd.
        prices: symbol to the path of its fair value, (seconds, price) after (seconds, price); the
            crowd follows it.
        tls: serve wss:// and https:// with a certificate of this simulator's own.
        accounts: who has an account, with which money; one wealthy trader if nobody is named.

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
        rate: Rate = 100.0,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Literal["real", "stepped"] = "real",
        speed: float = 1.0,
        rules: Rules | None = None,
        idle_timeout: float | None = None,
        heartbeat_interval: float | None = None,
        outbox: int | None = None,
        script: Iterable[Scripted] | None = None,
        prices: Mapping[str, Path] | None = None,
        tls: bool = False,
        accounts: Iterable[Customer] | None = None,
    ) -> None:
        short = {
            "idle_timeout": idle_timeout,
            "heartbeat_interval": heartbeat_interval,
            "outbox": outbox,
        }
        self._rules = Rules.of(rules, short)
        self._speed = checked_speed(speed, clock)
        pairs = pairs_named(symbols)
        script = None if script is None else tuple(script)
        check_plans(pairs, rate, script, prices or {})
        self._address = (host, port)
        self._authority = Authority(host) if tls else None
        self._stepped = stepped_clock(clock)
        self._clock = self._stepped or RealClock(speed)
        self._exchange = Exchange(
            pairs, seed, rate=rate, start_ns=self._clock.now(), script=script, paths=prices
        )
        self._injector = Injector(faults)
        self._injector.set_system = self.set_system_status
        self._clientele = Clientele(self._exchange, seed)
        for customer in (wealthy_customer(pairs),) if accounts is None else accounts:
            self._clientele.admit(customer, self._clock.now())
        self._gateway = GatewayV2(
            self._exchange.markets,
            self._clock,
            seed=seed,
            heartbeat_ns=int(self._rules.heartbeat_interval * SECOND_NS),
            idle_ns=int(self._rules.idle_timeout * SECOND_NS),
            rules=self._rules,
            clientele=self._clientele,
        )
        self._gateway.catch_up = self._catch_up
        self._server = Server(
            self._gateway,
            self._injector,
            self._clock,
            rules=self._rules,
            rest=RestGateway(self._gateway),
        )
        self._environment: Environment | None = None
        self._driver: asyncio.Task[None] | None = None
        self._commands = 0

    @classmethod
    def threaded(cls, *arguments: Any, **settings: Any) -> ThreadedSimulator:
        """A simulator with the same arguments on a thread of its own, for ``with``."""
        return ThreadedSimulator(cls(*arguments, **settings))

    # -- life -----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self._environment is not None:
            raise ConfigurationError("a Simulator opens once: make another one")
        host, _ = self._address
        authority = self._authority
        sni = self._rules.require_sni
        context = None if authority is None else authority.server_context(require_sni=sni)
        port = await self._server.start(*self._address, context)
        self._environment = environment_at(host, port, tls=authority is not None)
        self._injector.opened_ns = self._clock.now()
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
        self._catch_up(now_ns)
        self._gateway.tick(now_ns)
        self._injector.tick(now_ns)

    def _catch_up(self, now_ns: int) -> None:
        """Let the markets do what is due; what clients do comes after it, in the order of time."""
        exchange = self._exchange
        exchange.state = self._gateway.system
        if exchange.state == "maintenance":
            exchange.postpone(now_ns)
        else:
            if self._stepped is None:
                exchange.postpone(now_ns - int(_LARGEST_LAG_NS * self._speed))
            self._commands += exchange.advance(now_ns, self._gateway.publish)

    # -- knobs ----------------------------------------------------------------------------------

    def drop_connections(self, code: int | None = None) -> int:
        """Hang up on every client and return how many there were.

        Args:
            code: close code of the WebSocket close frame; None resets the TCP connections.
        """
        return self._server.drop(code)

    def set_system_status(self, status: str) -> None:
        """Change the state of the exchange, for clients and for the crowd.

        In ``maintenance`` nothing happens at all; in ``cancel_only`` the book shrinks; in
        ``post_only`` it builds up without trades; in ``limit_only`` there are no market orders.

        Raises:
            ConfigurationError: there is no such state.
        """
        if status not in SYSTEM_STATES:
            raise ConfigurationError(
                f"system status must be one of {', '.join(SYSTEM_STATES)}, not {status!r}"
            )
        self._gateway.set_system(status)

    def maintenance(self, seconds: float = 5.0) -> None:
        """Go through ``maintenance``, ``cancel_only`` and ``post_only``, and back ``online``.

        Args:
            seconds: length of each of the three states.
        """
        self.inject(Fault(kind="maintenance", seconds=seconds))

    def set_pair_status(self, symbol: str, status: str) -> None:
        """Change the state of a pair, as the channel ``instrument`` tells it.

        Raises:
            ConfigurationError: the simulator does not run this pair.
        """
        pair = self._market(symbol).pair
        self._gateway.set_pair(attrs.evolve(pair, status=status))

    def deposit(self, account: str, asset: str, amount: Decimal | int | str) -> None:
        """Pay money into an account; its subscribers of ``balances`` are told.

        Raises:
            ConfigurationError: account or asset is unknown, or the amount has too many decimals.
        """
        self._clientele.deposit(account, asset, Decimal(amount), self._clock.now())

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
    def credentials(self) -> Credentials:
        """API key and secret of the first account.

        Raises:
            ConfigurationError: there is no account.
        """
        accounts = self._clientele.customers
        if not accounts:
            raise ConfigurationError("this simulator has no account: give accounts=[Customer(...)]")
        return self.credentials_of(accounts[0])

    def credentials_of(self, account: str) -> Credentials:
        """API key and secret of an account.

        Raises:
            ConfigurationError: there is no such account.
        """
        key = self._clientele.key_of(account)
        return Credentials(key.key, key.secret)

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """Settings with which a client trusts this simulator; None without TLS."""
        return None if self._authority is None else self._authority.client_context()

    @property
    def authority_pem(self) -> bytes | None:
        """Certificate of the authority, for clients that take a file; None without TLS."""
        return None if self._authority is None else self._authority.pem

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
        """What was done so far, to compare with."""
        markets = self._exchange.markets
        return History(
            commands=self._commands,
            trades_made=sum(market.trades_made for market in markets.values()),
            frames_sent=self._server.frames_sent,
            connections_accepted=self._server.accepted,
            connections_cut=self._server.cut,
            connections_refused=self._server.turned_away,
            ledger=self._clientele.ledgers(),
            books={symbol: market.top(_HISTORY_DEPTH) for symbol, market in markets.items()},
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
