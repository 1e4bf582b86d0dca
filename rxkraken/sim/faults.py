"""What goes wrong on purpose, and a journal of it, for tests of healing.

A `Fault` says what happens and where it aims; `Faults` is a seeded plan of them. The `Injector`
counts what passes and decides; what it did stands in its journal.
"""

from __future__ import annotations

import random
import re
from collections import deque
from typing import TYPE_CHECKING, Literal

import attrs

from rxkraken.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

FaultKind = Literal["drop", "corrupt_checksum", "non_json", "refuse"]
_KINDS = ("drop", "corrupt_checksum", "non_json", "refuse")
_INCIDENTS_KEPT = 100_000
_CHECKSUM = re.compile(rb'("checksum":)(\d+)')
NON_JSON_TEXT = b"CloudFlare WebSocket proxy restarting"


def _known_kind(_: object, __: object, value: str) -> None:
    if value not in _KINDS:
        raise ConfigurationError(f"Fault.kind must be one of {', '.join(_KINDS)}, not {value!r}")


def _positive(_: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None and value < 1:
        raise ConfigurationError(f"Fault.{attribute.name} must be at least 1, not {value!r}")


def _share(_: object, __: object, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise ConfigurationError(f"Fault.probability must be from 0 to 1, not {value!r}")


def _refusing_status(_: object, __: object, value: int) -> None:
    if value not in range(400, 600):
        raise ConfigurationError(
            f"Fault.status must be an HTTP status from 400 to 599, not {value!r}"
        )


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that goes wrong.

    Kinds: ``drop`` loses an update, ``corrupt_checksum`` sends a book update with a wrong checksum,
    ``non_json`` sends a text that is not JSON before an update, ``refuse`` answers a connection
    attempt with an HTTP status. Of the updates (or attempts) that it aims at, the fault hits the
    `nth`, or each `every`-th, or each with a `probability`, or all; at most `times` of them.

    Attributes:
        kind: what happens.
        channel: aim at one channel; None aims at all.
        symbol: aim at one pair; None aims at all.
        nth: hit this one only, counted from 1 since the fault was injected.
        every: hit each n-th.
        probability: hit each with this probability.
        times: stop after so many hits.
        status: HTTP status of a refused attempt.

    >>> Fault(kind="drop", symbol="BTC/USD", every=50).channel
    'book'
    """

    kind: FaultKind = attrs.field(validator=_known_kind)
    channel: str | None = "book"
    symbol: str | None = None
    nth: int | None = attrs.field(default=None, validator=_positive)
    every: int | None = attrs.field(default=None, validator=_positive)
    probability: float | None = attrs.field(default=None, validator=_share)
    times: int | None = attrs.field(default=None, validator=_positive)
    status: int = attrs.field(default=503, validator=_refusing_status)

    def __attrs_post_init__(self) -> None:
        """Refuse a checksum fault on a channel without checksums."""
        if self.kind == "corrupt_checksum" and self.channel != "book":
            raise ConfigurationError("Fault corrupt_checksum aims at the channel 'book' only")


@attrs.frozen
class Faults:
    """A plan of faults.

    Raises:
        ConfigurationError: an item of the plan is no `Fault`.

    >>> Faults([Fault(kind="refuse", times=3, status=429)], seed=1).plan[0].status
    429
    """

    plan: tuple[Fault, ...] = attrs.field(default=(), converter=tuple)
    seed: int = attrs.field(default=0, kw_only=True)

    @plan.validator
    def _only_faults(self, _: object, value: Iterable[object]) -> None:
        for item in value:
            if not isinstance(item, Fault):
                raise ConfigurationError(f"Faults takes a list of Fault objects, not {item!r}")


@attrs.frozen
class Incident:
    """One fault that was done.

    Attributes:
        timestamp_ns: when, in the simulator's time.
        kind: what.
        channel: of the frame that was hit; None for a refused connection.
        symbol: likewise.
        number: which of the frames (or attempts) that the fault aims at, from 1.
    """

    timestamp_ns: int
    kind: FaultKind
    channel: str | None
    symbol: str | None
    number: int


class _Aim:
    """A fault and how often it was passed and hit."""

    __slots__ = ("fault", "hits", "passed")

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.passed = 0
        self.hits = 0

    def hit(self, source: random.Random) -> bool:
        """Count one more frame or attempt, and decide."""
        fault = self.fault
        self.passed += 1
        if fault.times is not None and self.hits >= fault.times:
            return False
        chosen = (
            (fault.nth is None or self.passed == fault.nth)
            and (fault.every is None or self.passed % fault.every == 0)
            and (fault.probability is None or source.random() < fault.probability)
        )
        self.hits += chosen
        return chosen


class Injector:
    """Decides which frames and attempts are hit.

    Attributes:
        journal: what was done, oldest first; of very much, the last part.
    """

    __slots__ = ("_aims", "_random", "journal")

    def __init__(self, faults: Faults | None) -> None:
        plan = faults or Faults()
        self.journal: deque[Incident] = deque(maxlen=_INCIDENTS_KEPT)
        self._random = random.Random(plan.seed)
        self._aims = [_Aim(fault) for fault in plan.plan]

    def add(self, faults: Faults | Fault) -> None:
        """Put further faults behind those there are; their counting begins now."""
        plan = (faults,) if isinstance(faults, Fault) else faults.plan
        self._aims.extend(_Aim(fault) for fault in plan)

    def apply(self, channel: str, symbol: str, frame: bytes, now_ns: int) -> tuple[bytes, ...]:
        """What is sent instead of this update: nothing, the frame, another one, or several."""
        struck: set[FaultKind] = set()
        for aim in self._aims:
            fault = aim.fault
            if fault.kind == "refuse" or fault.channel not in {None, channel}:
                continue
            if fault.symbol in {None, symbol} and aim.hit(self._random):
                struck.add(fault.kind)
                self.journal.append(Incident(now_ns, fault.kind, channel, symbol, aim.passed))
        frames = (NON_JSON_TEXT,) if "non_json" in struck else ()
        if "drop" in struck:
            return frames
        return (*frames, _corrupted(frame) if "corrupt_checksum" in struck else frame)

    def refusal(self, now_ns: int) -> int | None:
        """HTTP status with which this connection attempt is refused, None when it may pass."""
        for aim in self._aims:
            if aim.fault.kind == "refuse" and aim.hit(self._random):
                self.journal.append(Incident(now_ns, "refuse", None, None, aim.passed))
                return aim.fault.status
        return None


def _corrupted(frame: bytes) -> bytes:
    """The frame with one bit of its checksum turned."""
    return _CHECKSUM.sub(lambda match: b"%s%d" % (match[1], int(match[2]) ^ 1), frame)
