"""What operators tell of the flow itself: receipts, stamps, counters."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class Receipt:
    """When a frame was received, in Unix nanoseconds, and the number of its session."""

    received_ns: int
    session: int | None = None


@attrs.frozen
class Stamped(Generic[T]):
    """A value with the receipt of its frame: ``received_ns`` in Unix nanoseconds."""

    value: T
    received_ns: int
    session: int | None = None


@attrs.define
class FlowCounters:
    """What an asynchronous boundary did: values received, delivered, dropped, and the most kept."""

    received: int = 0
    delivered: int = 0
    dropped: int = 0
    most_waiting: int = 0
