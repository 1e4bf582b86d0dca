"""Lifecycle events and counters in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rxkraken.cli.summary import Summary
from rxkraken.models import (
    Connected,
    Connecting,
    Disconnected,
    Gap,
    LifecycleEvent,
    Malformed,
    Refused,
    Resynced,
    Stale,
    Subscribed,
    SubscriberDetached,
    SubscriptionRejected,
    Topic,
    Unsubscribed,
)


def describe(event: LifecycleEvent) -> str:
    """Say in words what happened; an event that has no words of its own gives its name.

    >>> describe(Refused(session=1, reason="Exceeded msg rate"))
    'the exchange says: Exceeded msg rate'
    """
    words = _WORDS.get(type(event))
    return type(event).__name__ if words is None else words(event)


def sentence(summary: Summary) -> str:
    """Say what a run has proved."""
    parts = [
        counted(summary.frames, "frame"),
        f"{counted(summary.books_verified, 'book')} verified",
        counted(summary.checksum_failures, "checksum failure"),
        counted(summary.resyncs, "resync"),
        counted(summary.reconnects, "reconnect"),
    ]
    return f"{', '.join(parts)}."


def counted(number: int, thing: str) -> str:
    """Write a number of things.

    >>> counted(1, "frame"), counted(1200, "frame")
    ('1 frame', '1,200 frames')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _connecting(event: Connecting) -> str:
    again = f", attempt {event.attempt}" if event.attempt > 1 else ""
    return f"connecting to {event.url}{again}"


def _subscribed(event: Subscribed) -> str:
    advice = f" ({'; '.join(event.warnings)})" if event.warnings else ""
    return f"subscribed {_name(event.topic)}{advice}"


def _rejected(event: SubscriptionRejected) -> str:
    return f"refused {_name(event.topic)}: {event.reason}{_again(event.retry_in)}"


def _name(topic: Topic) -> str:
    return " ".join(word for word in (topic.channel, topic.symbol) if word)


def _again(retry_in: float | None) -> str:
    return "" if retry_in is None else f"; again in {retry_in:.1f} s"


_WORDS: dict[type[LifecycleEvent], Callable[[Any], str]] = {
    Connecting: _connecting,
    Connected: lambda event: f"connected, session {event.session}",
    Disconnected: lambda event: f"disconnected: {event.reason}{_again(event.retry_in)}",
    Subscribed: _subscribed,
    Unsubscribed: lambda event: f"unsubscribed {_name(event.topic)}",
    SubscriptionRejected: _rejected,
    Gap: lambda event: f"gap in {_name(event.topic)}: {event.cause}{_again(event.retry_in)}",
    Resynced: lambda event: f"resynced {_name(event.topic)}",
    Malformed: lambda event: f"unreadable frame: {event.reason}",
    Refused: lambda event: f"the exchange says: {event.reason}",
    Stale: lambda event: f"no frame for {event.silence:.1f} s",
    SubscriberDetached: lambda event: f"a subscriber of {event.stream} failed: {event.error}",
}
