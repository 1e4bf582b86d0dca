"""The client: every channel of the exchange as a method that gives an Observable.

Long because it is the reference of all channels; what they are made of is in `channels`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import count
from types import TracebackType
from typing import Any, Generic, Self, cast
from urllib.parse import urlsplit

from reactivex import Observable
from reactivex import operators as ops
from typing_extensions import TypeVar

from rxkraken.core.backoff import ConnectBudget, ReconnectPolicy
from rxkraken.core.liveness import Liveness
from rxkraken.core.subscriptions import Pacing
from rxkraken.environment import Credentials, Environment
from rxkraken.errors import ConfigurationError, NotSupported
from rxkraken.models.book import BookSnapshot, BookUpdate, OrderBook
from rxkraken.models.flow import Receipt
from rxkraken.models.lifecycle import LifecycleEvent
from rxkraken.models.market import (
    Candle,
    Frame,
    Heartbeat,
    InstrumentSnapshot,
    InstrumentUpdate,
    Pong,
    Spread,
    SystemStatus,
    Ticker,
    Trade,
)
from rxkraken.models.topic import Topic
from rxkraken.operators.order_book import DEPTHS
from rxkraken.stream.channels import Channels, Remembering
from rxkraken.stream.connection import ConnectionSettings
from rxkraken.stream.memory import Candles, Instruments, Latest, Recent
from rxkraken.stream.once import once
from rxkraken.stream.session import Session, SessionSettings
from rxkraken.stream.subject import HotSubject
from rxkraken.transport.base import Transport
from rxkraken.transport.websocket import WebSocketTransport
from rxkraken.wire import v2

N = TypeVar("N", default=Decimal)

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
EVENT_TRIGGERS = ("trades", "bbo")

_PROCESS_BUDGET = ConnectBudget()  # the exchange counts attempts by address, so we do by process


class Kraken(Generic[N]):
    """Streams of Kraken's Spot WebSocket API.

    Constructing opens nothing and needs no running loop. The first subscription, made inside a
    running loop, opens the socket it needs; the last disposal unsubscribes and then closes the
    socket after a linger. Use ``async with Kraken() as kraken:`` or `aclose` to end everything.

    Args:
        environment: ``"primary"``, ``"beta"`` or an `Environment` of URLs.
        version: dialect of the exchange, ``"v2"``.
        credentials: key and secret for what is private; public streams need none.
        number: type of all prices and quantities: exact ``Decimal``, or ``float`` for research.
        policy: pace of reconnecting.
        linger: seconds a socket stays open after its last topic has ended.
        liveness: when a silent socket is probed and given up.
        pacing: pace of subscription requests.
        budget: limit of connection attempts; by default one of 120 in 600 s for the whole process,
            which does not count addresses of this machine or other transports.
        transport: opens the sockets; by default aiohttp, imported with the first connection.

    Raises:
        ConfigurationError: an argument is wrong; the message says what to change.

    >>> from rxkraken import Kraken
    >>> Kraken("beta")
    Kraken('wss://beta-ws.kraken.com/v2')
    """

    def __init__(
        self,
        environment: str | Environment = "primary",
        *,
        version: str = "v2",
        credentials: Credentials | None = None,
        number: type[N] = Decimal,  # type: ignore[assignment] # the default of N
        policy: ReconnectPolicy | None = None,
        linger: float = 1.0,
        liveness: Liveness | None = None,
        pacing: Pacing | None = None,
        budget: ConnectBudget | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.environment = Environment.named(environment)
        if version != "v2":
            raise NotSupported(f"version must be 'v2', not {version!r}")
        if number not in {Decimal, float}:
            raise ConfigurationError(f"number must be Decimal or float, not {number!r}")
        self.credentials = credentials
        self._number = number
        self._url = self.environment.public_v2
        self._lifecycle: HotSubject[LifecycleEvent] = HotSubject("lifecycle", self._report)
        self._frames: HotSubject[Frame] = HotSubject("frames", self._report)
        self._tasks: set[asyncio.Task[None]] = set()
        transport = transport or WebSocketTransport()
        shared = isinstance(transport, WebSocketTransport) and not _is_local(self._url)
        settings = ConnectionSettings(
            transport=transport,
            policy=policy or ReconnectPolicy(),
            budget=budget or (_PROCESS_BUDGET if shared else None),
            linger=linger,
            session=SessionSettings(
                decode=v2.decoder(cast("Any", number)),
                report=self._report,
                tap=self._frames,
                pacing=pacing or Pacing(),
                liveness=liveness or Liveness(),
            ),
            next_number=count(1).__next__,
            tasks=self._tasks,
        )
        make = cast("Callable[[str], N]", number)
        self._public: Channels[N] = Channels(self._url, settings, make, self._report)

    # Channels, named as at the exchange

    def ticker(
        self, *symbols: str, event_trigger: str = "trades", snapshot: bool = True
    ) -> Observable[Ticker[N]]:
        """Best prices and 24 hour statistics of symbols (spec ``v2-market-data`` §5).

        ::

            ticker  --T-T----T-->

        Args:
            *symbols: pairs such as ``"BTC/USD"``.
            event_trigger: ``"trades"``: a value for each trade; ``"bbo"``: for each change of the
                best bid or ask.
            snapshot: begin with the present state.
        """
        _check("event_trigger", event_trigger, EVENT_TRIGGERS)
        parameters = (("event_trigger", event_trigger), ("snapshot", snapshot))
        return self._public.symbols("ticker", symbols, parameters, Latest if snapshot else None)

    def book(
        self, *symbols: str, depth: int = 10, snapshot: bool = True
    ) -> Observable[BookSnapshot[N] | BookUpdate[N]]:
        """Frames of level 2 books as they come (spec §6); `order_book` gives whole books.

        ::

            book  --S-u-u-u-->

        Args:
            *symbols: pairs such as ``"BTC/USD"``.
            depth: levels a side: 10, 25, 100, 500 or 1000. Two depths of one symbol are two
                topics, on two connections.
            snapshot: begin with the whole book; a late subscriber makes a fresh one come for all.
        """
        _check("depth", depth, DEPTHS)
        return self._public.books(symbols, depth, snapshot=snapshot)

    def trade(self, *symbols: str, snapshot: bool = False) -> Observable[Trade[N]]:
        """Trades of symbols, one value each (spec §11).

        ::

            trade  --t--tt---t-->

        Args:
            *symbols: pairs such as ``"BTC/USD"``.
            snapshot: begin with the last 50 trades of each symbol.
        """
        memory: Remembering | None = partial(Recent, 50) if snapshot else None
        return self._public.symbols("trade", symbols, (("snapshot", snapshot),), memory)

    def ohlc(
        self, *symbols: str, interval: int = 1, snapshot: bool = True
    ) -> Observable[Candle[N]]:
        """Candles, each sent again as it grows (spec §10).

        ::

            ohlc  --c1-c1-c1--c2-c2-->

        Args:
            *symbols: pairs such as ``"BTC/USD"``.
            interval: minutes: 1, 5, 15, 30, 60, 240, 1440, 10080 or 21600. Two intervals of one
                symbol are two topics, on two connections.
            snapshot: begin with the last candles, oldest first.
        """
        _check("interval", interval, INTERVALS)
        parameters = (("interval", interval), ("snapshot", snapshot))
        return self._public.symbols("ohlc", symbols, parameters, Candles if snapshot else None)

    def instrument(
        self, *, snapshot: bool = True
    ) -> Observable[InstrumentSnapshot[N] | InstrumentUpdate[N]]:
        """Reference data of all assets and pairs, then its changes (spec §12).

        ::

            instrument  --S------u---->
        """
        topic = Topic("instrument", None, (("snapshot", snapshot),))
        return self._public.topic(topic, Instruments if snapshot else None)

    def status(self) -> Observable[SystemStatus]:
        """State of the trading engine: on connecting and whenever it changes (spec §3.1).

        ::

            status  --s----------s-->
        """
        return self._public.topic(Topic("status"), Latest)

    def heartbeat(self) -> Observable[Heartbeat]:
        """About one a second while something is subscribed (spec §3.2).

        ::

            heartbeat  --h--h--h-->
        """
        return self._public.topic(Topic("heartbeat"))

    def spread(self, *symbols: str) -> Observable[Spread[N]]:
        """Best bid and ask with their quantities, whenever they change.

        ::

            spread  --s-s----s-->

        Version 2 has no such channel: the values are made of `ticker` with trigger ``"bbo"``.

        Args:
            *symbols: pairs such as ``"BTC/USD"``.
        """
        return self.ticker(*symbols, event_trigger="bbo").pipe(ops.map(_spread))

    def order_book(self, symbol: str, depth: int = 10) -> Observable[OrderBook[N]]:
        """The whole book after each frame, verified, and healed when it does not verify (spec §7).

        ::

            order_book  --B--B--(Gap)----B--B-->

        Nothing unverified is emitted where the exchange sends a checksum. When healing fails too
        often in a row, this stream alone ends with a `BookError`.

        Args:
            symbol: a pair such as ``"BTC/USD"``.
            depth: levels a side: 10, 25, 100, 500 or 1000.
        """
        _check("depth", depth, DEPTHS)
        return self._public.order_book(symbol, depth)

    # Happenings and requests

    def lifecycle(self) -> Observable[LifecycleEvent]:
        """What happens to connections and topics; opens nothing by itself.

        ::

            lifecycle  --Connecting-Connected-Subscribed----Disconnected-->
        """
        return self._lifecycle

    def frames(self) -> Observable[Frame]:
        """Every raw frame in both directions while somebody listens; opens nothing by itself.

        ::

            frames  --f-ff-f-->
        """
        return self._frames

    def receipt(self) -> Receipt:
        """Tell when the frame being dispatched was received, and on which session.

        For ``operators.stamped(kraken.receipt)``; between two frames it tells of the last one.
        """
        sessions = self._public.sessions()
        latest = max(sessions, key=lambda session: session.received_ns, default=None)
        return Receipt(0) if latest is None else Receipt(latest.received_ns, latest.number)

    def ping(self) -> Observable[Pong]:
        """Ask the exchange for a sign of life, once; awaitable.

        ::

            ping  --------p|

        Raises:
            OutcomeUnknown: the socket ended before the answer came.
        """

        async def ask() -> Pong:
            sessions = self._public.main.sessions
            keep = sessions.subscribe(on_error=lambda _: None)  # open while the answer is awaited
            try:
                session: Session = await sessions.pipe(ops.first())
                return await session.ping()
            finally:
                keep.dispose()

        return once(ask, self._tasks)

    async def aclose(self) -> None:
        """End all streams, close all sockets, and wait until they are closed."""
        self._public.complete()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lifecycle.complete_all()
        self._frames.complete_all()

    async def __aenter__(self) -> Self:
        """Give the client itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything."""
        await self.aclose()

    def __repr__(self) -> str:
        return f"Kraken({self._url!r})"

    def _report(self, event: LifecycleEvent) -> None:
        self._lifecycle.on_next(event)


def _spread(ticker: Ticker[N]) -> Spread[N]:
    return Spread(
        ticker.symbol, ticker.bid, ticker.bid_qty, ticker.ask, ticker.ask_qty, ticker.timestamp
    )


def _check(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed or type(value) is not type(allowed[0]):
        raise ConfigurationError(f"{name} must be one of {allowed}, not {value!r}")


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
