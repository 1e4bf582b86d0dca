"""What a run has proved, as a fold over everything that happened in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from rxkraken.models import (
    Connected,
    Disconnected,
    Frame,
    Gap,
    OrderBook,
    Resynced,
)

COUNTERS = ("frames", "books_verified", "checksum_failures", "resyncs", "reconnects")


@attrs.frozen
class Summary:
    """Counters of one run.

    Attributes:
        frames: frames received.
        books_verified: order books emitted whose checksum agreed.
        checksum_failures: times a book disagreed with its checksum and was withheld.
        resyncs: times a book was whole again after that, or after another gap.
        reconnects: sockets opened in place of one that had been open and broke.
        open_sessions: address of each open socket, by session number.
        lost: broken sockets of each address that were not replaced yet.
    """

    frames: int = 0
    books_verified: int = 0
    checksum_failures: int = 0
    resyncs: int = 0
    reconnects: int = 0
    open_sessions: Mapping[int, str] = attrs.field(factory=dict)
    lost: Mapping[str, int] = attrs.field(factory=dict)

    def counters(self) -> dict[str, int]:
        """Give the five counters, in the order in which every command prints them."""
        return {name: getattr(self, name) for name in COUNTERS}


def fold(summary: Summary, event: object) -> Summary:
    """Count one event; what is neither a frame, a book nor a happening changes nothing.

    >>> fold(Summary(), Frame(0, 1, "in", b"{}")).frames
    1
    """
    counts: dict[str, Any] = {}
    match event:
        case Frame(direction="in"):
            counts = {"frames": summary.frames + 1}
        case OrderBook(verified=True):
            counts = {"books_verified": summary.books_verified + 1}
        case Gap(cause=cause) if "checksum" in cause.lower():
            counts = {"checksum_failures": summary.checksum_failures + 1}
        case Resynced():
            counts = {"resyncs": summary.resyncs + 1}
        case Connected(url=url, session=session):
            return _connected(summary, url, session)
        case Disconnected(session=session, retry_in=retry_in) if session in summary.open_sessions:
            return _disconnected(summary, session, replaced=retry_in is not None)
    return attrs.evolve(summary, **counts) if counts else summary


def _connected(summary: Summary, url: str, session: int) -> Summary:
    lost = summary.lost.get(url, 0)
    return attrs.evolve(
        summary,
        reconnects=summary.reconnects + (lost > 0),
        open_sessions={**summary.open_sessions, session: url},
        lost={**summary.lost, url: max(0, lost - 1)},
    )


def _disconnected(summary: Summary, session: int, *, replaced: bool) -> Summary:
    url = summary.open_sessions[session]
    others = {key: value for key, value in summary.open_sessions.items() if key != session}
    lost = {**summary.lost, url: summary.lost.get(url, 0) + 1} if replaced else summary.lost
    return attrs.evolve(summary, open_sessions=others, lost=lost)
