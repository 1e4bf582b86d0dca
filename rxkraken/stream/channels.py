"""The composition behind the client: one hot stream a topic, placed on a connection that takes it.

Data go straight from a session's router into the topic's hot subject; the composition of
connection, topic and sharing only decides who is subscribed where.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Generic

from reactivex import Observable, abc
from typing_extensions import TypeVar

from rxkraken.core.order_book import Precision
from rxkraken.errors import ConfigurationError
from rxkraken.models.book import BookSnapshot, BookUpdate, OrderBook
from rxkraken.models.lifecycle import LifecycleEvent, Malformed
from rxkraken.models.market import InstrumentSnapshot, InstrumentUpdate
from rxkraken.models.topic import Parameter, Topic
from rxkraken.operators.order_book import BookKeeper
from rxkraken.stream.connection import Connection, ConnectionSettings
from rxkraken.stream.hot import Hot, Memory
from rxkraken.stream.merging import flattened, merge_accepted
from rxkraken.stream.session import Session
from rxkraken.stream.subject import HotSubject
from rxkraken.wire import v2

N = TypeVar("N")

_WRITTEN = re.compile(r"[^\s/]+/[^\s/]+")
Remembering = Callable[[], Memory[Any]]


class Channels(Generic[N]):
    """All topics of one endpoint, each one hot stream, on as few connections as it takes.

    The exchange accepts one topic of a key (a depth of a book, an interval of candles) on a
    connection; one that conflicts gets a further connection of its own.
    """

    def __init__(
        self,
        url: str,
        settings: ConnectionSettings,
        number: Callable[[str], N],
        report: Callable[[LifecycleEvent], None],
    ) -> None:
        self._url = url
        self._settings = settings
        self._number = number
        self._report = report
        self._precisions: dict[str, Precision] = {}
        self._channels: dict[Topic, Hot[Any]] = {}
        self._book_values: dict[Topic, Hot[BookSnapshot[N] | BookUpdate[N]]] = {}
        self._books: dict[Topic, Hot[OrderBook[N]]] = {}
        self._connections = [Connection(url, settings, self.forget)]

    @property
    def main(self) -> Connection:
        """The connection for all that conflicts with nothing."""
        return self._connections[0]

    def symbols(
        self,
        channel: str,
        symbols: Iterable[str],
        parameters: tuple[tuple[str, Parameter], ...],
        memory: Remembering | None = None,
    ) -> Observable[Any]:
        """Merge the topics of several symbols.

        Raises:
            ConfigurationError: there is no symbol, or one is not written like one.
        """
        topics = _topics(channel, symbols, parameters)
        return merge_accepted([self.topic(topic, memory) for topic in topics])

    def books(
        self, symbols: Iterable[str], depth: int, *, snapshot: bool
    ) -> Observable[BookSnapshot[N] | BookUpdate[N]]:
        """Merge the public frames of the books of several symbols."""
        topics = _topics("book", symbols, (("depth", depth), ("snapshot", snapshot)))
        return merge_accepted([self._book_models(topic) for topic in topics])

    def topic(
        self, topic: Topic, memory: Remembering | None = None, *, refreshing: bool = False
    ) -> Hot[Any]:
        """Give the one hot stream of a topic.

        Args:
            topic: what to subscribe.
            memory: makes what late subscribers start with.
            refreshing: a late subscriber makes the topic begin anew with a snapshot instead.
        """
        hot = self._channels.get(topic)
        if hot is None:
            hot = self._channels[topic] = Hot(
                str(topic),
                partial(self._connect, topic),
                self._report,
                memory=None if memory is None else memory(),
                refresh=partial(self._refresh, topic) if refreshing else None,
            )
        return hot

    def order_book(self, symbol: str, depth: int) -> Hot[OrderBook[N]]:
        """Give the one hot stream of the verified books of a symbol."""
        topic = Topic("book", _symbol(symbol), (("depth", depth), ("snapshot", True)))
        hot = self._books.get(topic)
        if hot is None:
            keeper: BookKeeper[N] = BookKeeper(
                symbol=str(topic.symbol),
                depth=depth,
                number=self._number,
                precision=self._precisions.get,
                report=self._report,
            )
            keep = partial(keeper.keep, self.topic(topic, refreshing=True))
            name = f"order_book {symbol} depth={depth}"
            hot = self._books[topic] = Hot(name, keep, self._report, memory=keeper.current)
        return hot

    def sessions(self) -> list[Session]:
        """Give the sockets that are open."""
        return [
            connection.session for connection in self._connections if connection.session is not None
        ]

    def learn(self, value: InstrumentSnapshot[Any] | InstrumentUpdate[Any]) -> None:
        """Take over the precisions of pairs."""
        for pair in value.pairs:
            self._precisions[pair.symbol] = Precision(pair.price_precision, pair.qty_precision)

    def forget(self, topic: Topic) -> None:
        """Let nobody who comes late have what was true on a socket that has ended."""
        self._channels[topic].forget()
        if topic in self._books:
            self._books[topic].forget()

    def complete(self) -> None:
        """End all streams and leave all connections."""
        derived: list[Hot[Any]] = [*self._books.values(), *self._book_values.values()]
        for hot in [*derived, *self._channels.values()]:
            hot.complete()
        for connection in self._connections:
            connection.sessions.complete()

    def _connect(self, topic: Topic, subject: HotSubject[Any]) -> abc.DisposableBase:
        _require_loop(topic)
        sink = subject.on_next
        if topic.channel == "instrument":
            sink = partial(_both, self.learn, subject.on_next)
        return self._place(topic).subscribe(topic, sink, subject)

    def _place(self, topic: Topic) -> Connection:
        """Choose the first connection on which the exchange accepts the topic."""
        for connection in self._connections:
            if topic.key not in connection.topics:
                return connection
        self._connections.append(Connection(self._url, self._settings, self.forget))
        return self._connections[-1]

    def _refresh(self, topic: Topic) -> None:
        for connection in self._connections:
            if connection.topics.get(topic.key) == topic:
                connection.refresh(topic)

    def _book_models(self, topic: Topic) -> Hot[BookSnapshot[N] | BookUpdate[N]]:
        """Give the one hot stream of a book's public values, made once for all who listen."""
        hot = self._book_values.get(topic)
        if hot is None:
            refreshing = ("snapshot", True) in topic.parameters
            values = self.topic(topic, refreshing=refreshing).pipe(
                flattened(partial(self._values, topic))
            )
            hot = self._book_values[topic] = Hot(
                str(topic),
                partial(_subscribe_inside_a_loop, values, topic),
                self._report,
                refresh=partial(self._refresh, topic) if refreshing else None,
            )
        return hot

    def _values(
        self, topic: Topic, message: v2.BookMessage
    ) -> Iterable[BookSnapshot[N] | BookUpdate[N]]:
        try:
            yield v2.book_model(message, self._number)
        except ValueError as error:
            self._report(Malformed(self._session_of(topic), f"{topic}: {error}", b""))

    def _session_of(self, topic: Topic) -> int:
        sessions = (
            connection.session.number
            for connection in self._connections
            if connection.session is not None and connection.topics.get(topic.key) == topic
        )
        return next(sessions, 0)


def _topics(
    channel: str, symbols: Iterable[str], parameters: tuple[tuple[str, Parameter], ...]
) -> list[Topic]:
    names = dict.fromkeys(map(_symbol, symbols))
    if not names:
        raise ConfigurationError(f"{channel}() needs at least one symbol such as 'BTC/USD'")
    return [Topic(channel, name, parameters) for name in names]


def _both(first: Callable[[Any], None], second: Callable[[Any], None], value: Any) -> None:
    first(value)
    second(value)


def _symbol(symbol: str) -> str:
    if not isinstance(symbol, str) or not _WRITTEN.fullmatch(symbol):
        raise ConfigurationError(f"a symbol is written like 'BTC/USD', not {symbol!r}")
    return symbol.upper()


def _subscribe_inside_a_loop(
    source: Observable[Any], topic: Topic, subject: HotSubject[Any]
) -> abc.DisposableBase:
    _require_loop(topic)
    return source.subscribe(subject)


def _require_loop(topic: Topic) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            f"subscribe to {topic} inside a running event loop, "
            "or give the pipeline to rxkraken.run()"
        ) from None
