"""What faults do to the bytes of a message: one message in, those that are sent instead out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rxkraken.sim.faults.kinds import FaultKind
    from rxkraken.sim.faults.plan import Fault

NON_JSON_TEXT = b"CloudFlare WebSocket proxy restarting"
_CHECKSUM = re.compile(rb'("checksum":)(\d+)')
_WHOLE_CHECKSUM = re.compile(rb'"checksum":\d+,?')
_QUANTITY = re.compile(rb'("(?:qty|order_qty|bid_qty|volume)":\d*\.?\d*)(\d)')
_SECOND = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def _drop(_: Fault, __: bytes) -> tuple[bytes, ...]:
    return ()


def _duplicate(_: Fault, frame: bytes) -> tuple[bytes, ...]:
    return frame, frame


def _truncate(_: Fault, frame: bytes) -> tuple[bytes, ...]:
    return (frame[: len(frame) // 2],)


def _non_json(_: Fault, frame: bytes) -> tuple[bytes, ...]:
    return NON_JSON_TEXT, frame


def _oversize(fault: Fault, frame: bytes) -> tuple[bytes, ...]:
    """Spaces before the last bracket: still valid JSON with the same content."""
    return (frame[:-1] + b" " * (fault.size - len(frame)) + frame[-1:],)


def _corrupt_quantity(_: Fault, frame: bytes) -> tuple[bytes, ...]:
    """The last digit of the first quantity is another one."""
    return (_QUANTITY.sub(lambda match: b"%s%d" % (match[1], (int(match[2]) + 1) % 10), frame, 1),)


def _corrupt_checksum(_: Fault, frame: bytes) -> tuple[bytes, ...]:
    """One bit of the checksum is turned."""
    return (_CHECKSUM.sub(lambda match: b"%s%d" % (match[1], int(match[2]) ^ 1), frame),)


def _missing_checksum(_: Fault, frame: bytes) -> tuple[bytes, ...]:
    return (_WHOLE_CHECKSUM.sub(b"", frame).replace(b",}", b"}"),)


def _clock_skew(fault: Fault, frame: bytes) -> tuple[bytes, ...]:
    seconds = fault.seconds or 0.0
    return (_SECOND.sub(lambda match: _moved(match[0], seconds), frame),)


@lru_cache(maxsize=1024)
def _moved(moment: bytes, seconds: float) -> bytes:
    """The whole second; fractions stay as they are, for a skew of whole seconds is enough."""
    then = datetime.fromisoformat(moment.decode()).replace(tzinfo=UTC)
    return (then + timedelta(seconds=int(seconds))).strftime("%Y-%m-%dT%H:%M:%S").encode()


MUTATIONS: dict[FaultKind, Callable[[Fault, bytes], tuple[bytes, ...]]] = {
    "drop": _drop,
    "sequence_gap": _drop,
    "lose_ack": _drop,
    "duplicate": _duplicate,
    "duplicate_ack": _duplicate,
    "truncate": _truncate,
    "non_json": _non_json,
    "oversize": _oversize,
    "corrupt_quantity": _corrupt_quantity,
    "corrupt_checksum": _corrupt_checksum,
    "missing_checksum": _missing_checksum,
    "clock_skew": _clock_skew,
}
