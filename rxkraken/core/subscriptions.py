"""The subscriptions of one socket: what is wanted, apart from what the exchange acknowledged.

Topics of one group (channel and parameters) leave packed into one request; requests are paced by a
token bucket. A request always carries the original parameters of its topics, never those of an
acknowledgement. Answers are matched by ``req_id``, then by symbol: an answer without a symbol
concerns the whole request. What is not acknowledged in time, or refused for now, is asked again,
each topic on its own.
Source: spec ``v2-market-data`` §4, ``connection`` §6.3 and §8.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from rxkraken.errors import Rejected
from rxkraken.models.topic import Topic
from rxkraken.wire.v2 import Response

Method = Literal["subscribe", "unsubscribe"]

_RETRYABLE = (
    "Exceeded msg rate",
    "EGeneral:Too many requests",
    "EAPI:Rate limit exceeded",
    "EService:",
    "Market data unavailable",
)


@attrs.frozen
class Request:
    """One request to send now."""

    method: Method
    topics: list[Topic]
    req_id: int


@attrs.frozen
class Acknowledged:
    """The exchange did what was asked for a topic."""

    method: Method
    topic: Topic
    warnings: tuple[str, ...] = ()


@attrs.frozen
class Declined:
    """The exchange refused a topic, for good when ``retry_in`` is None."""

    topic: Topic
    error: Rejected
    retry_in: float | None


Outcome = Acknowledged | Declined


@attrs.frozen(kw_only=True)
class Pacing:
    """Limits of subscription requests: requests a second, burst, symbols a request, seconds."""

    rate: float = 10.0
    burst: int = 10
    symbols: int = 100
    acknowledge_within: float = 10.0
    retry_after: float = 1.0
    attempts: int = 5


@attrs.define
class _Entry:
    method: Method
    topic: Topic
    not_before: float = 0.0
    attempt: int = 1


@attrs.define
class _Sent:
    entries: list[_Entry]
    at: float


class Subscriptions:
    """Wanted, queued, sent and acknowledged topics of one socket; time is an argument."""

    def __init__(self, pacing: Pacing | None = None) -> None:
        self._pacing = pacing or Pacing()
        self._wanted: set[Topic] = set()
        self._active: set[Topic] = set()
        self._queue: list[_Entry] = []
        self._sent: dict[int, _Sent] = {}
        self._allowance = float(self._pacing.burst)
        self._filled_at: float | None = None
        self._paused_until = 0.0
        self._pause = self._pacing.retry_after

    @property
    def wanted(self) -> frozenset[Topic]:
        """What somebody listens to."""
        return frozenset(self._wanted)

    @property
    def active(self) -> frozenset[Topic]:
        """What the exchange acknowledged."""
        return frozenset(self._active)

    def want(self, topic: Topic) -> None:
        """Ask for a topic with the next request."""
        self._wanted.add(topic)
        self._queue.append(_Entry("subscribe", topic))

    def drop(self, topic: Topic) -> None:
        """End a topic; one that was never asked for is just forgotten."""
        if topic not in self._wanted:
            return
        self._wanted.discard(topic)
        waiting = [e for e in self._queue if e.topic == topic and e.method == "subscribe"]
        if waiting:
            self._queue = [entry for entry in self._queue if entry not in waiting]
        else:
            self._active.discard(topic)
            self._queue.append(_Entry("unsubscribe", topic))

    def due(self, now: float, req_id: int) -> Request | None:
        """Take the next request that may leave now, packed with all others of its group."""
        self._refill(now)
        if self._allowance < 1 or now < self._paused_until:
            return None
        entries = list(self._pack(now))
        if not entries:
            return None
        self._allowance -= 1
        taken = {id(entry) for entry in entries}
        self._queue = [entry for entry in self._queue if id(entry) not in taken]
        self._sent[req_id] = _Sent(entries, now)
        return Request(entries[0].method, [entry.topic for entry in entries], req_id)

    def next_due(self, now: float) -> float | None:
        """Give the seconds until `due` may have something, None when nothing is waiting."""
        moments = [sent.at + self._pacing.acknowledge_within for sent in self._sent.values()]
        if self._queue:
            ready = min(entry.not_before for entry in self._queue)
            refill = now + max(0.0, 1 - self._allowance) / self._pacing.rate
            moments.append(max(ready, self._paused_until, refill))
        return max(0.0, min(moments) - now) if moments else None

    def answered(self, response: Response, now: float) -> list[Outcome]:
        """Take an answer; give what it says of each topic, nothing if it is not ours."""
        sent = self._sent.get(-1 if response.req_id is None else response.req_id)
        if sent is None:
            return []
        symbol = response.subject
        entries = [e for e in sent.entries if symbol is None or e.topic.symbol == symbol]
        sent.entries = [entry for entry in sent.entries if entry not in entries]
        if not sent.entries:
            del self._sent[response.req_id or 0]
        if response.success:
            self._pause = self._pacing.retry_after
        return [outcome for e in entries for outcome in self._outcome(e, response, now)]

    def expired(self, now: float) -> list[Declined]:
        """Queue again, each on its own, what was not acknowledged in time."""
        late = now - self._pacing.acknowledge_within
        outcomes: list[Declined] = []
        for req_id in [req_id for req_id, sent in self._sent.items() if sent.at <= late]:
            for entry in self._sent.pop(req_id).entries:
                if entry.method == "unsubscribe":
                    continue  # a topic nobody listens to is dropped by the router anyway
                if entry.topic in self._wanted:
                    error = Rejected(
                        f"no acknowledgement within {self._pacing.acknowledge_within:g} s",
                        retryable=True,
                        scope="symbol",
                        symbol=entry.topic.symbol,
                    )
                    outcomes.append(self._declined(entry, error, now))
        return outcomes

    def throttle(self, now: float) -> float:
        """Pause after ``Exceeded msg rate``; give the pause in seconds, doubled each time."""
        pause, self._pause = self._pause, min(self._pause * 2, 60.0)
        self._paused_until = now + pause
        return pause

    def _outcome(self, entry: _Entry, response: Response, now: float) -> Iterator[Outcome]:
        topic = entry.topic
        if entry.method == "unsubscribe":  # refused: it was not subscribed, which is as good
            yield Acknowledged("unsubscribe", topic, response.warnings)
        elif response.success or (entry.attempt > 1 and response.error == "Already subscribed"):
            if topic in self._wanted:
                self._active.add(topic)
                yield Acknowledged("subscribe", topic, response.warnings)
        elif topic in self._wanted:
            text = response.error or "refused without a reason"
            retryable = text.startswith(_RETRYABLE)
            error = Rejected(text, retryable=retryable, scope="symbol", symbol=topic.symbol)
            yield self._declined(entry, error, now)

    def _declined(self, entry: _Entry, error: Rejected, now: float) -> Declined:
        if error.retryable and entry.attempt < self._pacing.attempts:
            delay = self._pacing.retry_after * 2 ** (entry.attempt - 1)
            self._queue.append(_Entry(entry.method, entry.topic, now + delay, entry.attempt + 1))
            return Declined(entry.topic, error, delay)
        self._wanted.discard(entry.topic)
        return Declined(entry.topic, error, None)

    def _refill(self, now: float) -> None:
        if self._filled_at is not None:
            gained = (now - self._filled_at) * self._pacing.rate
            self._allowance = min(self._pacing.burst, self._allowance + gained)
        self._filled_at = now

    def _pack(self, now: float) -> Iterator[_Entry]:
        """Choose the first entry that is ready and all that may travel with it."""
        chosen: _Entry | None = None
        count = 0
        passed: set[tuple[str, str | None]] = set()
        for entry in self._queue:
            fits = entry.not_before <= now and entry.topic.key not in passed
            if fits and chosen is None:
                chosen = entry
                yield entry
                count = 1
            elif (
                fits
                and chosen is not None
                and chosen.attempt == entry.attempt == 1
                and (chosen.method, chosen.topic.group) == (entry.method, entry.topic.group)
                and entry.topic.symbol is not None
                and count < self._pacing.symbols
            ):
                yield entry
                count += 1
            passed.add(entry.topic.key)
