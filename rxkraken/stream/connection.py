"""One connection to the exchange: a hot, ref-counted Observable of its successive sessions.

``sockets(url) │> retry_with_backoff(policy) │> replay-last, ref-counted``: everything above only
ever sees the current session; reconnecting is upstream of sharing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, Disposable

from rxkraken.core.backoff import ConnectBudget, ReconnectPolicy, Retry
from rxkraken.errors import ConnectionLost
from rxkraken.models.lifecycle import Connected, Connecting, Disconnected
from rxkraken.models.topic import Topic
from rxkraken.operators import retry_with_backoff
from rxkraken.operators.timing import LoopScheduler
from rxkraken.stream.hot import Hot
from rxkraken.stream.router import Sink
from rxkraken.stream.session import Session, SessionSettings
from rxkraken.stream.subject import HotSubject
from rxkraken.transport.base import Transport


@attrs.frozen(kw_only=True)
class ConnectionSettings:
    """What all connections of a client share."""

    transport: Transport
    policy: ReconnectPolicy
    budget: ConnectBudget | None
    linger: float
    session: SessionSettings
    next_number: Callable[[], int]
    tasks: set[asyncio.Task[None]]


class Connection:
    """One connection: at most one socket at a time, opened while a topic needs it.

    Attributes:
        topics: the topic that holds each key; the exchange takes one of a key on a connection.
        session: the open socket, None between two of them.
    """

    def __init__(
        self, url: str, settings: ConnectionSettings, forget: Callable[[Topic], None]
    ) -> None:
        self.topics: dict[tuple[str, str | None], Topic] = {}
        self.session: Session | None = None
        self.sessions: Hot[Session] = Hot(
            f"connection {url}",
            self._connect,
            settings.session.report,
            memory=_Current(self),
            linger=settings.linger,
        )
        self._url = url
        self._settings = settings
        self._forget = forget
        self._attempt = 1
        self._number = 0
        self._maintenance = False

    def subscribe(self, topic: Topic, sink: Sink, on_end: HotSubject[Any]) -> abc.DisposableBase:
        """Keep a topic subscribed on every session, with its data going straight to a sink."""
        self.topics[topic.key] = topic

        def attach(session: Session) -> Observable[Any]:
            return session.attach(topic, sink)

        subscription = self.sessions.pipe(ops.map(attach), ops.switch_latest()).subscribe(
            on_error=on_end.on_error, on_completed=on_end.on_completed
        )

        def release() -> None:
            self.topics.pop(topic.key, None)

        return CompositeDisposable(subscription, Disposable(release))

    def refresh(self, topic: Topic) -> None:
        """Ask for a fresh snapshot of a topic; between two sessions the next one brings it."""
        if self.session is not None:
            self.session.refresh(topic)

    def _connect(self, subject: HotSubject[Session]) -> abc.DisposableBase:
        scheduler = LoopScheduler(asyncio.get_running_loop())
        self._attempt = 1
        return (
            self._sockets()
            .pipe(
                retry_with_backoff(
                    self._settings.policy,
                    retryable=lambda error: isinstance(error, ConnectionLost),
                    maintenance=lambda: self._maintenance,
                    on_failure=self._failed,
                )
            )
            .subscribe(subject, scheduler=scheduler)
        )

    def _sockets(self) -> Observable[Session]:
        """Open one socket a subscription; emit its session; fail when it ends."""

        def subscribe(
            observer: abc.ObserverBase[Session], _: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            task = asyncio.get_running_loop().create_task(self._live(observer))
            self._settings.tasks.add(task)
            task.add_done_callback(self._settings.tasks.discard)
            return Disposable(lambda: _cancel(task))

        return Observable(subscribe)

    async def _live(self, observer: abc.ObserverBase[Session]) -> None:
        error: Exception
        report = self._settings.session.report
        try:
            await self._spend_budget()
            number = self._number = self._settings.next_number()
            report(Connecting(self._url, number, self._attempt))
            async with self._settings.transport.connect(self._url) as socket:
                session = self.session = Session(number, socket, self._settings.session)
                report(Connected(self._url, number))
                observer.on_next(session)
                try:
                    closed = await session.run()
                finally:
                    self._ended(session)
            error = ConnectionLost(closed.reason, code=closed.code)
        except asyncio.CancelledError:
            observer.on_completed()  # heard only when the loop itself is ending
            raise
        except OSError as broken:  # a goodbye that fails is an end like any other
            error = ConnectionLost(str(broken))
        except Exception as broken:  # noqa: BLE001 - every end of a socket is one value
            error = broken
        observer.on_error(error)

    def _ended(self, session: Session) -> None:
        status = session.status
        self._maintenance = status is not None and status.system == "maintenance"
        if self.session is session:  # a socket that closes slowly may have a successor already
            self.session = None
        for topic in self.topics.values():
            self._forget(topic)

    async def _spend_budget(self) -> None:
        budget = self._settings.budget
        if budget is not None:
            await asyncio.sleep(budget.reserve(asyncio.get_running_loop().time()))

    def _failed(self, error: Exception, again: Retry | None) -> None:
        self._attempt = again.attempt + 1 if again is not None else 1
        self._settings.session.report(
            Disconnected(
                self._url,
                self._number,
                str(error) or type(error).__name__,
                error.code if isinstance(error, ConnectionLost) else None,
                again.delay if again is not None else None,
            )
        )


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


class _Current:
    """Lets a late topic have the session that is open now."""

    passive = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def remember(self, _: Session) -> None:
        """The connection itself knows its session."""

    def recall(self) -> Iterable[Session]:
        """Give the open session, if there is one."""
        session = self._connection.session
        return () if session is None else (session,)

    def forget(self) -> None:
        """Nothing is held here."""
