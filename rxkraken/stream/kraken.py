"""The client: every channel of the exchange as a method that gives an Observable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
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
from rxkraken.core.order_book import Precision
from rxkraken.core.subscriptions import Pacing
from rxkraken.environment import Credentials, Environment
from rxkraken.errors import ConfigurationError, NotSupported
from rxkraken.models.book import BookSnapshot, BookUpdate, OrderBook
from rxkraken.models.lifecycle import LifecycleEvent, Malformed
from rxkraken.models.market import (
    Candle,
    Frame,
    Heartbeat,
    InstrumentSnapshot,
    InstrumentUpdate,
    Pong,
    SystemStatus,
    Ticker,
    Trade,
)
from rxkraken.models.topic import Parameter, Topic
from rxkraken.operators.order_book import DEPTHS, BookKeeper
from rxkraken.stream.connection import Connection, ConnectionSettings
from rxkraken.stream.hot import Hot, HotSubject, Memory
from rxkraken.stream.memory import Candles, Instruments, Latest, Recent
from rxkraken.stream.merging import flattened, merge_accepted
from rxkraken.stream.once import once
from rxkraken.stream.session import Liveness, Session, SessionSettings
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
        self._lifecycle: HotSubject[LifecycleEvent] = HotSubject("lifecycle", _ignore)
        self._frames: HotSubject[Frame] = HotSubject("frames", self._report)
        self._tasks: set[asyncio.Task[None]] = set()
        self._precisions: dict[str, Precision] = {}
        self._channels: dict[Topic, Hot[Any]] = {}
        self._books: dict[tuple[str, int], Hot[OrderBook[N]]] = {}
        transport = transport or WebSocketTransport()
        shared = isinstance(transport, WebSocketTransport) and not _is_local(self._url)
        self._settings = ConnectionSettings(
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
            forget=self._forget,
            tasks=self._tasks,
        )
        self._connections = [Connection(self._url, self._settings)]

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
        return self._symbols("ticker", symbols, parameters, Latest if snapshot else None)

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
        frames = self._book_frames(symbols, depth, snapshot=snapshot)
        number = cast("Callable[[str], N]", self._number)

        def models(message: v2.BookMessage) -> Iterable[BookSnapshot[N] | BookUpdate[N]]:
            try:
                yield v2.book_model(message, number)
            except ValueError as error:
                symbol = message.data[0].symbol
                session = self._session_of("book", symbol)
                self._report(Malformed(session, f"book {symbol}: {error}", b""))

        return frames.pipe(flattened(models))

    def trade(self, *symbols: str, snapshot: bool = False) -> Observable[Trade[N]]:
        """Trades of symbols, one value each (spec §11).

        ::

            trade  --t--tt---t-->

        Args:
            *symbols: pairs such as ``"BTC/USD"``.
            snapshot: begin with the last 50 trades of each symbol.
        """
        memory: Callable[[], Memory[Any]] | None = partial(Recent, 50) if snapshot else None
        return self._symbols("trade", symbols, (("snapshot", snapshot),), memory)

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
        return self._symbols("ohlc", symbols, parameters, Candles if snapshot else None)

    def instrument(
        self, *, snapshot: bool = True
    ) -> Observable[InstrumentSnapshot[N] | InstrumentUpdate[N]]:
        """Reference data of all assets and pairs, then its changes (spec §12).

        ::

            instrument  --S------u---->
        """
        topic = Topic("instrument", None, (("snapshot", snapshot),))
        return self._channel(topic, Instruments if snapshot else None, self._learn)

    def status(self) -> Observable[SystemStatus]:
        """State of the trading engine: on connecting and whenever it changes (spec §3.1).

        ::

            status  --s----------s-->
        """
        return self._channel(Topic("status"), Latest)

    def heartbeat(self) -> Observable[Heartbeat]:
        """About one a second while something is subscribed (spec §3.2).

        ::

            heartbeat  --h--h--h-->
        """
        return self._channel(Topic("heartbeat"))

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
        frames = self._book_frames((symbol,), depth, snapshot=True)
        symbol = _symbol(symbol)
        hot = self._books.get((symbol, depth))
        if hot is None:
            hot = self._books[symbol, depth] = self._new_book(symbol, depth, frames)
        return hot

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

    def ping(self) -> Observable[Pong]:
        """Ask the exchange for a sign of life, once; awaitable.

        ::

            ping  --------p|

        Raises:
            OutcomeUnknown: the socket ended before the answer came.
        """

        async def ask() -> Pong:
            session: Session = await self._connections[0].sessions.pipe(ops.first())
            return await session.ping()

        return once(self._holding(ask), self._tasks)

    async def aclose(self) -> None:
        """End all streams, close all sockets, and wait until they are closed."""
        for hot in [*self._books.values(), *self._channels.values()]:
            hot.complete()
        for connection in self._connections:
            connection.sessions.complete()
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

    # Composition

    def _symbols(
        self,
        channel: str,
        symbols: tuple[str, ...],
        parameters: tuple[tuple[str, Parameter], ...],
        memory: Callable[[], Memory[Any]] | None = None,
        *,
        refreshing: bool = False,
    ) -> Observable[Any]:
        """Merge the channels of several symbols."""
        if not symbols:
            raise ConfigurationError(f"{channel}() needs at least one symbol such as 'BTC/USD'")
        names = dict.fromkeys(map(_symbol, symbols))
        return merge_accepted(
            [
                self._channel(Topic(channel, name, parameters), memory, refreshing=refreshing)
                for name in names
            ]
        )

    def _channel(
        self,
        topic: Topic,
        memory: Callable[[], Memory[Any]] | None = None,
        notice: Callable[[Any], None] | None = None,
        *,
        refreshing: bool = False,
    ) -> Hot[Any]:
        """Give the one hot stream of a topic."""
        hot = self._channels.get(topic)
        if hot is not None:
            return hot
        place: list[Connection] = []

        def connect(subject: HotSubject[Any]) -> Any:
            _require_loop(topic)
            place[:] = [self._place(topic)]
            sink = subject.on_next if notice is None else _noticing(notice, subject.on_next)
            return place[0].subscribe(topic, sink, subject)

        hot = self._channels[topic] = Hot(
            str(topic),
            connect,
            self._report,
            memory=None if memory is None else memory(),
            refresh=(lambda: place[0].refresh(topic)) if refreshing else None,
        )
        return hot

    def _place(self, topic: Topic) -> Connection:
        """Choose the first connection on which the exchange accepts the topic."""
        for connection in self._connections:
            if topic.key not in connection.topics:
                return connection
        self._connections.append(Connection(self._url, self._settings))
        return self._connections[-1]

    def _book_frames(
        self, symbols: tuple[str, ...], depth: int, *, snapshot: bool
    ) -> Observable[v2.BookMessage]:
        _check("depth", depth, DEPTHS)
        parameters = (("depth", depth), ("snapshot", snapshot))
        return self._symbols("book", symbols, parameters, refreshing=snapshot)

    def _new_book(
        self, symbol: str, depth: int, frames: Observable[v2.BookMessage]
    ) -> Hot[OrderBook[N]]:
        keeper: BookKeeper[N] = BookKeeper(
            symbol=symbol,
            depth=depth,
            number=cast("Callable[[str], N]", self._number),
            precision=self._precisions.get,
            report=self._report,
        )
        name = f"order_book {symbol} depth={depth}"
        return Hot(name, partial(keeper.keep, frames), self._report, memory=keeper.current)

    def _learn(self, value: InstrumentSnapshot[N] | InstrumentUpdate[N]) -> None:
        for pair in value.pairs:
            self._precisions[pair.symbol] = Precision(pair.price_precision, pair.qty_precision)

    def _holding(self, ask: Callable[[], Coroutine[Any, Any, Pong]]) -> Any:
        """Keep the first connection open while a question is asked on it."""

        async def held() -> Pong:
            keep = self._connections[0].sessions.subscribe(on_error=lambda _: None)
            try:
                return await ask()
            finally:
                keep.dispose()

        return held

    def _report(self, event: LifecycleEvent) -> None:
        self._lifecycle.on_next(event)

    def _forget(self, topic: Topic) -> None:
        """Let nobody who comes late have what was true on a socket that has ended."""
        self._channels[topic].forget()
        depth = dict(topic.parameters).get("depth")
        book = self._books.get((str(topic.symbol), int(depth or 0)))
        if book is not None:
            book.forget()

    def _session_of(self, channel: str, symbol: str) -> int:
        for connection in self._connections:
            if connection.session is not None and (channel, symbol) in connection.topics:
                return connection.session.number
        return 0


def _noticing(notice: Callable[[Any], None], sink: Callable[[Any], None]) -> Callable[[Any], None]:
    def both(value: Any) -> None:
        notice(value)
        sink(value)

    return both


def _ignore(_: LifecycleEvent) -> None:
    """The lifecycle cannot report on itself; the log has it."""


def _symbol(symbol: str) -> str:
    if not isinstance(symbol, str) or symbol.count("/") != 1 or symbol.strip() != symbol:
        raise ConfigurationError(f"a symbol is written like 'BTC/USD', not {symbol!r}")
    return symbol.upper()


def _check(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed or isinstance(value, bool):
        raise ConfigurationError(f"{name} must be one of {allowed}, not {value!r}")


def _require_loop(topic: Topic) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            f"subscribe to {topic} inside a running event loop, "
            "or give the pipeline to rxkraken.run()"
        ) from None


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
