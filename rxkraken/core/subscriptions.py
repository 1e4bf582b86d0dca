"""The subscriptions of one socket: what is wanted, apart from what the exchange acknowledged.

A socket carries one topic of a key. For each key there is a slot that knows which topic is wanted
and which the exchange holds; the next request of a slot follows from the two, and none leaves while
the answer to another is awaited. So answers may come late, in another order or never.

Topics of one group (channel and parameters) leave packed into one request; requests are paced by a
token bucket. A request always carries the original parameters of its topics, never those of an
acknowledgement. Answers are matched by ``req_id``, then by symbol: an answer without a symbol
concerns the whole request. What is not acknowledged in time, or refused for now, is asked again,
each topic on its own.
Long because a slot and every transition of it stand in this one file.
Source: spec ``v2-market-data`` §4, ``connection`` §6.3 and §8.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs

from rxkraken.errors import ConfigurationError, Rejected
from rxkraken.models.topic import Topic
from rxkraken.wire.v2 import Response

Method = Literal["subscribe", "unsubscribe"]
Key = tuple[str, str | None]

_ONE = 1 - 1e-9  # one request of the allowance, less what its sums are rounded by
_ALREADY = "Already subscribed"  # the answer to the first request was late or lost

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


def _positive(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if not value > 0:
        raise ConfigurationError(f"Pacing.{attribute.name} must be above 0, not {value!r}")


@attrs.frozen(kw_only=True)
class Pacing:
    """Limits of subscription requests: requests a second, burst, symbols a request, seconds."""

    rate: float = attrs.field(default=10.0, validator=_positive)
    burst: int = attrs.field(default=10, validator=_positive)
    symbols: int = attrs.field(default=100, validator=_positive)
    acknowledge_within: float = attrs.field(default=10.0, validator=_positive)
    retry_after: float = attrs.field(default=1.0, validator=_positive)
    attempts: int = attrs.field(default=5, validator=_positive)


@attrs.define(eq=False)
class _Slot:
    """What a socket carries once: the topic that is wanted and the one the exchange holds.

    ``sure`` is False when it may hold the topic, but its answer did not come. ``ending`` tells that
    what it holds has to end first, even if it is wanted anew; ``asked`` that an answer is awaited.
    """

    key: Key
    wanted: Topic | None = None
    held: Topic | None = None
    sure: bool = False
    ending: bool = False
    asked: bool = False
    attempt: int = 1
    not_before: float = 0.0

    @property
    def active(self) -> Topic | None:
        return self.held if self.sure and not self.ending else None

    def step(self) -> tuple[Method, Topic] | None:
        """Give the request that brings what is held nearer to what is wanted."""
        if self.held is not None and self.ending:
            return "unsubscribe", self.held
        if self.wanted is not None and self.active is None:
            return "subscribe", self.wanted
        return None

    def want_nothing(self) -> None:
        self.wanted = None
        self.ending = self.asked or self.held is not None
        self.attempt, self.not_before = 1, 0.0

    def hold(self, topic: Topic | None, *, sure: bool) -> None:
        self.held, self.sure = topic, sure
        self.ending = self.ending and topic is not None
        if sure:
            self.attempt, self.not_before = 1, 0.0


@attrs.define
class _Sent:
    method: Method
    slots: dict[Topic, _Slot]
    at: float


class Subscriptions:
    """Wanted and acknowledged topics of one socket, and what is on its way; time is an argument."""

    def __init__(self, pacing: Pacing | None = None) -> None:
        self._pacing = pacing or Pacing()
        self._slots: dict[Key, _Slot] = {}
        self._pending: dict[Key, _Slot] = {}  # with a step to take, first come, first served
        self._sent: dict[int, _Sent] = {}
        self._allowance = float(self._pacing.burst)
        self._filled_at: float | None = None
        self._paused_until = 0.0
        self._pause = self._pacing.retry_after

    @property
    def wanted(self) -> frozenset[Topic]:
        """What somebody listens to."""
        return frozenset(slot.wanted for slot in self._slots.values() if slot.wanted)

    @property
    def active(self) -> frozenset[Topic]:
        """What the exchange acknowledged."""
        return frozenset(slot.active for slot in self._slots.values() if slot.active)

    def want(self, topic: Topic) -> None:
        """Ask for a topic with the next request.

        Raises:
            ConfigurationError: another topic of the same key is wanted on this socket.
        """
        slot = self._slots.setdefault(topic.key, _Slot(topic.key))
        if slot.wanted is not None and slot.wanted != topic:
            raise ConfigurationError(f"{topic} needs another socket: {slot.wanted} is on this one")
        slot.wanted = topic
        self._arrange(slot)

    def drop(self, topic: Topic) -> None:
        """End a topic; one that was never asked for is just forgotten."""
        slot = self._slots.get(topic.key)
        if slot is not None and slot.wanted == topic:
            slot.want_nothing()
            self._arrange(slot)

    def leaving(self, key: Key) -> bool:
        """Tell whether an earlier topic of this key is not confirmed to have ended."""
        slot = self._slots.get(key)
        return slot is not None and slot.ending

    def due(self, now: float, req_id: int) -> Request | None:
        """Take the next request that may leave now, packed with all others of its group."""
        self._refill(now)
        if self._allowance < _ONE or now < self._paused_until:
            return None
        method, slots = self._batch(now)
        if not slots:
            return None
        self._allowance -= 1
        for slot in slots.values():
            del self._pending[slot.key]
            slot.asked = True
        self._sent[req_id] = _Sent(method, slots, now)
        return Request(method, list(slots), req_id)

    def next_due(self, now: float) -> float | None:
        """Give the seconds until `due` may have something, None when nothing is waiting."""
        moments = [sent.at + self._pacing.acknowledge_within for sent in self._sent.values()]
        if self._pending:
            ready = min(slot.not_before for slot in self._pending.values())
            refill = now + max(0.0, 1 - self._allowance) / self._pacing.rate
            moments.append(max(ready, self._paused_until, refill))
        return max(0.0, min(moments) - now) if moments else None

    def answered(self, response: Response, now: float) -> list[Outcome]:
        """Take an answer; give what it says of each topic, nothing if it is not ours."""
        sent = self._sent.get(-1 if response.req_id is None else response.req_id)
        if sent is None:
            return []
        symbol = response.subject
        outcomes: list[Outcome | None] = []
        for topic in [topic for topic in sent.slots if symbol is None or topic.symbol == symbol]:
            slot = sent.slots.pop(topic)
            slot.asked = False
            settle = self._subscribed if sent.method == "subscribe" else self._unsubscribed
            outcomes.append(settle(topic, slot, response, now))
            self._arrange(slot)
        if not sent.slots:
            del self._sent[response.req_id or 0]
        if response.success:
            self._pause = self._pacing.retry_after
        return [outcome for outcome in outcomes if outcome is not None]

    def expired(self, now: float) -> list[Declined]:
        """Queue again, each on its own, what was not acknowledged in time."""
        within = self._pacing.acknowledge_within
        reason = f"no acknowledgement within {within:g} s"
        outcomes: list[Declined] = []
        late = [req_id for req_id, sent in self._sent.items() if sent.at + within <= now]
        for req_id in late:
            sent = self._sent.pop(req_id)
            for topic, slot in sent.slots.items():
                slot.asked = False
                if sent.method == "unsubscribe":
                    if self._postponed(slot, now) is None:
                        slot.hold(None, sure=True)
                else:
                    slot.hold(topic, sure=False)
                    if not slot.ending:
                        error = Rejected(
                            reason, retryable=True, scope="symbol", symbol=topic.symbol
                        )
                        outcomes.append(self._declined(topic, slot, error, now))
                self._arrange(slot)
        return outcomes

    def throttle(self, now: float) -> float:
        """Pause after ``Exceeded msg rate``; give the pause in seconds, doubled each time."""
        pause, self._pause = self._pause, min(self._pause * 2, 60.0)
        self._paused_until = now + pause
        return pause

    def _arrange(self, slot: _Slot) -> None:
        """Queue a slot that has a step to take and awaits no answer; forget an empty one."""
        if slot.asked or slot.step() is None:
            self._pending.pop(slot.key, None)
        else:
            self._pending.setdefault(slot.key, slot)
        if slot.wanted is None and slot.held is None and not slot.asked:
            del self._slots[slot.key]

    def _subscribed(
        self, topic: Topic, slot: _Slot, response: Response, now: float
    ) -> Outcome | None:
        if response.success or response.error == _ALREADY:
            slot.hold(topic, sure=True)
            return None if slot.ending else Acknowledged("subscribe", topic, response.warnings)
        text = response.error or "refused without a reason"
        retryable = text.startswith(_RETRYABLE)
        slot.hold(slot.held if retryable else None, sure=False)
        if slot.ending or slot.wanted != topic:
            return None
        error = Rejected(text, retryable=retryable, scope="symbol", symbol=topic.symbol)
        return self._declined(topic, slot, error, now)

    def _unsubscribed(
        self, topic: Topic, slot: _Slot, response: Response, now: float
    ) -> Outcome | None:
        retryable = not response.success and (response.error or "").startswith(_RETRYABLE)
        if retryable and self._postponed(slot, now) is not None:
            return None
        slot.hold(None, sure=True)  # refused for good: it was not subscribed, which is as good
        return Acknowledged("unsubscribe", topic, response.warnings)

    def _declined(self, topic: Topic, slot: _Slot, error: Rejected, now: float) -> Declined:
        retry_in = self._postponed(slot, now) if error.retryable else None
        if retry_in is None:
            slot.want_nothing()
        return Declined(topic, error, retry_in)

    def _postponed(self, slot: _Slot, now: float) -> float | None:
        """Put off the next attempt of a slot; give its delay, None when all are spent."""
        if slot.attempt >= self._pacing.attempts:
            return None
        delay = self._pacing.retry_after * 2 ** (slot.attempt - 1)
        slot.attempt, slot.not_before = slot.attempt + 1, now + delay
        return float(delay)

    def _refill(self, now: float) -> None:
        if self._filled_at is not None:
            gained = (now - self._filled_at) * self._pacing.rate
            self._allowance = min(self._pacing.burst, self._allowance + gained)
        self._filled_at = now

    def _batch(self, now: float) -> tuple[Method, dict[Topic, _Slot]]:
        """Choose the first slot that is ready and all that may travel with it."""
        method: Method = "subscribe"
        group: object = None
        batch: dict[Topic, _Slot] = {}
        for slot in self._pending.values():
            step = slot.step()
            if step is None or slot.not_before > now:
                continue
            if not batch:
                method, first = step
                batch[first] = slot
                if slot.attempt > 1 or first.symbol is None:
                    break
                group = first.group
            elif slot.attempt == 1 and (step[0], step[1].group) == (method, group):
                batch[step[1]] = slot
            if len(batch) >= self._pacing.symbols:
                break
        return method, batch
