"""One open socket: reads and routes frames, subscribes topics, answers for its own liveness."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import time_ns
from typing import Any

import attrs
from reactivex import Observable, abc
from reactivex.disposable import Disposable

from rxkraken.core.liveness import Liveness, Watch
from rxkraken.core.subscriptions import Acknowledged, Outcome, Pacing, Subscriptions
from rxkraken.errors import BufferOverflow, OutcomeUnknown, Rejected
from rxkraken.models.lifecycle import (
    LifecycleEvent,
    Malformed,
    Refused,
    Stale,
    Subscribed,
    SubscriptionRejected,
    Unsubscribed,
)
from rxkraken.models.market import Frame, Pong, SystemStatus
from rxkraken.models.topic import Topic
from rxkraken.stream.router import Router, Sink
from rxkraken.stream.subject import HotSubject
from rxkraken.transport.base import Closed, Socket
from rxkraken.wire import v2

UNREQUESTED = frozenset({"status", "heartbeat"})  # sent without being subscribed
_OUTBOX = 1000  # requests that may wait to be sent
_SHOWN = 200  # bytes of a malformed frame that are reported


@attrs.frozen
class SessionSettings:
    """What all sessions of a client share."""

    decode: Callable[[bytes], Any]
    report: Callable[[LifecycleEvent], None]
    tap: HotSubject[Frame]
    pacing: Pacing
    liveness: Liveness


@attrs.frozen
class _Attached:
    """Who listens to a topic: whom to tell of its end, and where its data go."""

    observer: abc.ObserverBase[Any]
    sink: Sink


class Session:
    """The life of one socket, from open to closed; lives in the event loop's thread.

    Attributes:
        number: counts the sockets of a client from 1.
        received_ns: Unix nanoseconds at which the frame being dispatched was received.
        status: the last state of the trading engine that was sent on this socket.
    """

    def __init__(self, number: int, socket: Socket, settings: SessionSettings) -> None:
        self.number = number
        self.received_ns = 0
        self.status: SystemStatus | None = None
        self._socket = socket
        self._settings = settings
        self._decode = settings.decode
        self._router = Router()
        self._handlers: dict[type[Any], Sink] = {
            **self._router.handlers,
            v2.StatusMessage: self._on_status,
        }
        self._tap = settings.tap
        self._subscriptions = Subscriptions(settings.pacing)
        self._attached: dict[Topic, _Attached] = {}
        self._answers: dict[int, tuple[float, asyncio.Future[v2.Response]]] = {}
        self._outbox: deque[str] = deque()
        self._work = asyncio.Event()
        self._last_id = 0
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._watch = Watch(settings.liveness, heard_at=now, pinged_at=now)
        self._given_up: asyncio.Future[Closed] = self._loop.create_future()

    def attach(self, topic: Topic, sink: Sink) -> Observable[Any]:
        """Subscribe a topic on this socket while the observable is subscribed.

        Data go straight to the sink; the observable itself only ends, with `Rejected`, when the
        exchange refuses the topic for good.
        """

        def subscribe(
            observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            self._attached[topic] = _Attached(observer, sink)
            if not self._subscriptions.leaving(topic.key):  # whose frames may be under way
                self._router.add(topic.channel, topic.symbol, sink)
            if topic.channel not in UNREQUESTED:
                self._subscriptions.want(topic)
                self._work.set()
            elif topic.channel == "status" and self.status is not None:
                sink(self.status)

            def detach() -> None:
                self._router.remove(topic.channel, topic.symbol, sink)
                attached = self._attached.get(topic)
                if attached is not None and attached.observer is observer:
                    del self._attached[topic]
                    self._subscriptions.drop(topic)
                    self._work.set()

            return Disposable(detach)

        return Observable(subscribe)

    def refresh(self, topic: Topic) -> None:
        """Subscribe a topic again, for the sake of its snapshot, if it may already have come."""
        if topic in self._subscriptions.active:
            self._subscriptions.drop(topic)
            self._subscriptions.want(topic)
            self._work.set()

    async def ping(self) -> Pong:
        """Send a ping and wait for its answer.

        Raises:
            OutcomeUnknown: the socket ended first.
            Rejected: the exchange refused it.
        """
        answer: asyncio.Future[v2.Response] = self._loop.create_future()
        req_id = self._next_id()
        self._answers[req_id] = (self._loop.time(), answer)
        self._post(v2.ping(req_id))
        sent_at, response = self._answers[req_id][0], await answer
        if response.error is not None:
            raise Rejected(response.error)
        round_trip = self._loop.time() - sent_at
        return Pong(req_id, response.time_in, response.time_out, round_trip)

    async def run(self) -> Closed:
        """Read, write and watch until the socket ends, and say how."""
        reader = asyncio.ensure_future(self._socket.run(self.on_frame))
        writer = asyncio.ensure_future(self._write())
        self._looking = self._loop.call_later(1.0, self._look)
        try:
            await asyncio.wait(
                {reader, writer, self._given_up}, return_when=asyncio.FIRST_COMPLETED
            )
            ended = next(task for task in (self._given_up, reader, writer) if task.done())
            return ended.result()
        finally:
            self._looking.cancel()
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
            self._given_up.cancel()
            for _, answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(OutcomeUnknown("the socket ended before the answer came"))
            for attached in list(self._attached.values()):
                attached.observer.on_completed()

    def on_frame(self, data: bytes) -> None:
        """Decode one frame and give it to those who listen."""
        self.received_ns = time_ns()
        if self._tap.observers:
            self._tap.on_next(Frame(self.received_ns, self.number, "in", data))
        try:
            message = self._decode(data)
        except v2.UNREADABLE as error:
            self._irregular(data, error)
            return
        self._handlers[message.__class__](message)

    def _on_status(self, message: v2.StatusMessage) -> None:
        for status in message.data:
            self.status = status
        self._router.handlers[v2.StatusMessage](message)

    def _irregular(self, data: bytes, error: Exception) -> None:
        try:
            answer = v2.irregular(data, error)
        except ValueError as wrong:
            self._settings.report(Malformed(self.number, str(wrong), bytes(data[:_SHOWN])))
            return
        if isinstance(answer, v2.Complaint):
            self._settings.report(Refused(self.number, answer.text))
            if answer.text == "Exceeded msg rate":
                self._subscriptions.throttle(self._loop.time())
            return
        if answer.req_id in self._answers:
            self._answers.pop(answer.req_id)[1].set_result(answer)
            return
        for outcome in self._subscriptions.answered(answer, self._loop.time()):
            self._tell(outcome)
        self._work.set()

    def _tell(self, outcome: Outcome) -> None:
        report, topic = self._settings.report, outcome.topic
        if isinstance(outcome, Acknowledged):
            if outcome.method == "subscribe":
                if topic in self._attached:
                    self._router.add(topic.channel, topic.symbol, self._attached[topic].sink)
                report(Subscribed(topic, self.number, outcome.warnings))
            else:
                report(Unsubscribed(topic, self.number))
            return
        report(SubscriptionRejected(topic, self.number, outcome.error.code, outcome.retry_in))
        if outcome.retry_in is None and topic in self._attached:
            self._attached.pop(topic).observer.on_error(outcome.error)

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _post(self, text: str) -> None:
        if len(self._outbox) >= _OUTBOX:
            raise BufferOverflow(
                f"{len(self._outbox)} requests wait to be sent on socket {self.number}: "
                "the link is slower than the program"
            )
        self._outbox.append(text)
        self._work.set()

    async def _write(self) -> Closed:
        """Send what waits: requests at once, subscriptions as their pacing allows."""
        while True:
            self._work.clear()
            now = self._loop.time()
            for declined in self._subscriptions.expired(now):
                self._tell(declined)
            while self._outbox:
                await self._send(self._outbox.popleft())
            request = self._subscriptions.due(now, self._last_id + 1)
            if request is not None:
                self._last_id = request.req_id
                await self._send(v2.subscription(request.method, request.topics, request.req_id))
                continue
            delay = self._subscriptions.next_due(now)
            timer = None if delay is None else self._loop.call_later(delay, self._work.set)
            await self._work.wait()
            if timer is not None:
                timer.cancel()

    async def _send(self, text: str) -> None:
        if self._tap.observers:
            self._tap.on_next(Frame(time_ns(), self.number, "out", text.encode()))
        await self._socket.send(text)

    def _look(self) -> None:
        """Once a second: probe a silent socket, then give it up."""
        now = self._loop.time()
        subscribed = bool(self._subscriptions.active)
        match self._watch.judge(now, self.received_ns, subscribed=subscribed):
            case "dead":
                silence = now - self._watch.heard_at
                self._socket.abort()
                if not self._given_up.done():
                    self._given_up.set_result(Closed(None, f"no frame for {silence:.0f} s"))
                return
            case "probe":
                self._settings.report(Stale(self.number, now - self._watch.heard_at))
                self._post(v2.ping(self._next_id()))
            case "ping":
                self._post(v2.ping(self._next_id()))
        self._looking = self._loop.call_later(1.0, self._look)
