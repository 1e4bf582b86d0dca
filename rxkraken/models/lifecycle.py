"""What happens to connections and subscriptions, as values of ``kraken.lifecycle()``.

Sessions are numbered: each socket a client opens gets the next number. Delays are in seconds.
Source: spec ``connection`` §3 to §6.
"""

from __future__ import annotations

import attrs

from rxkraken.models.topic import Topic


@attrs.frozen
class LifecycleEvent:
    """The root of all happenings."""


@attrs.frozen
class Connecting(LifecycleEvent):
    """A socket is about to be opened; ``attempt`` counts from 1 since the last stable spell."""

    url: str
    session: int
    attempt: int


@attrs.frozen
class Connected(LifecycleEvent):
    """A socket is open, and all that is wanted of it is being subscribed."""

    url: str
    session: int


@attrs.frozen
class Disconnected(LifecycleEvent):
    """A socket ended or could not be opened.

    ``code`` is the WebSocket close code or the HTTP status of a refused handshake.
    ``retry_in`` is the delay before the next attempt, None when there will be none.
    """

    url: str
    session: int
    reason: str
    code: int | None
    retry_in: float | None


@attrs.frozen
class Subscribed(LifecycleEvent):
    """The exchange acknowledged a topic, perhaps with advice."""

    topic: Topic
    session: int
    warnings: tuple[str, ...] = ()


@attrs.frozen
class Unsubscribed(LifecycleEvent):
    """The exchange confirmed that a topic has ended."""

    topic: Topic
    session: int


@attrs.frozen
class SubscriptionRejected(LifecycleEvent):
    """The exchange refused a topic; ``retry_in`` is None when it is not asked again."""

    topic: Topic
    session: int
    reason: str
    retry_in: float | None = None


@attrs.frozen
class Gap(LifecycleEvent):
    """A stream lost its continuity: nothing is emitted for the topic until `Resynced`.

    ``retry_in`` is None when the budget is spent and the stream ends with the cause.
    """

    topic: Topic
    cause: str
    attempt: int
    retry_in: float | None


@attrs.frozen
class Resynced(LifecycleEvent):
    """A stream is whole again after a `Gap`, with a fresh snapshot."""

    topic: Topic
    attempt: int


@attrs.frozen
class Malformed(LifecycleEvent):
    """A frame could not be read and was passed over; ``data`` is its beginning."""

    session: int
    reason: str
    data: bytes


@attrs.frozen
class Refused(LifecycleEvent):
    """The exchange sent an error that belongs to no request, for example ``Exceeded msg rate``."""

    session: int
    reason: str


@attrs.frozen
class Stale(LifecycleEvent):
    """No frame came for ``silence`` seconds; the socket is probed, then given up."""

    session: int
    silence: float


@attrs.frozen
class SubscriberDetached(LifecycleEvent):
    """A subscriber raised in ``on_next`` and gets no more values; the others go on."""

    stream: str
    error: str
