"""Decides what is struck, and keeps a journal of it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.faults.kinds import (
    ACK_KINDS,
    CHECKSUM_KINDS,
    LINK_KINDS,
    MESSAGE_KINDS,
    SERVICE_CHANNELS,
    Endpoint,
    FaultKind,
)
from rxkraken.sim.faults.line import Line
from rxkraken.sim.faults.occasions import Occasion
from rxkraken.sim.faults.plan import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from rxkraken.sim.clock import Clock
    from rxkraken.sim.faults.line import Outlet

_INCIDENTS_KEPT = 100_000
_SECOND_NS = 1_000_000_000
_CYCLE = ("maintenance", "cancel_only", "post_only", "online")


@attrs.frozen
class Incident:
    """One fault that was done.

    Attributes:
        timestamp_ns: when, in the simulator's time.
        kind: what.
        channel: of the message that was struck, if one was.
        symbol: likewise.
        number: which of those that the fault aims at, from 1.
        endpoint: where; None for what concerns the whole exchange.
        method: of the answer, request or REST call that was struck.
    """

    timestamp_ns: int
    kind: FaultKind
    channel: str | None
    symbol: str | None
    number: int
    endpoint: Endpoint | None = None
    method: str | None = None


class _Aim:
    """A fault and how often it was passed and has struck."""

    __slots__ = ("_hits", "fault", "passed")

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.passed = 0
        self._hits = 0

    @property
    def spent(self) -> bool:
        """It will never strike again."""
        fault = self.fault
        return (fault.times is not None and self._hits >= fault.times) or (
            fault.nth is not None and self.passed >= fault.nth
        )

    def hit(self, source: random.Random) -> bool:
        """Count one more occasion, and decide."""
        fault = self.fault
        if self.spent:
            return False
        self.passed += 1
        chosen = (
            (fault.nth is None or self.passed == fault.nth)
            and (fault.every is None or self.passed % fault.every == 0)
            and (fault.probability is None or source.random() < fault.probability)
        )
        self._hits += chosen
        return chosen


class Injector:
    """Decides which occasions are struck.

    Args:
        faults: what goes wrong from the start.

    Attributes:
        journal: what was done, oldest first; of very much, the last part.
        opened_ns: the moment from which the faults' ``at`` counts.
        set_system: how ``maintenance`` changes the state of the exchange.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        plan = faults or Faults()
        self.journal: deque[Incident] = deque(maxlen=_INCIDENTS_KEPT)
        self.opened_ns = 0
        self.set_system: Callable[[str], None] = lambda _: None
        self._random = random.Random(plan.seed)
        self._aims: list[_Aim] = []
        self._moments: list[_Aim] = []
        self._states: deque[tuple[int, str]] = deque()
        self._lines: dict[Line, None] = {}
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self.add(plan)

    @property
    def armed(self) -> bool:
        """Something that passes may be struck."""
        return bool(self._aims)

    def add(self, faults: Faults | Fault) -> None:
        """Put further faults behind those there are; their counting begins now."""
        for fault in (faults,) if isinstance(faults, Fault) else faults.plan:
            (self._moments if fault.of_moment else self._aims).append(_Aim(fault))

    def line(self, outlet: Outlet, endpoint: Endpoint, clock: Clock) -> Line:
        """Put a line, on which faults are done, before the way to a client."""
        line = Line(self, outlet, endpoint, clock)
        self._lines[line] = None
        return line

    def forget(self, line: Line) -> None:
        """A client is gone."""
        self._lines.pop(line, None)

    def struck_by(self, occasion: Occasion, now_ns: int) -> list[Fault]:
        """Faults that strike this occasion; each is in the journal now."""
        struck: list[Fault] = []
        for aim in self._aims:
            fault = aim.fault
            if self._early(fault, now_ns) or not _aims_at(fault, occasion):
                continue
            if aim.hit(self._random):
                struck.append(fault)
                self._note(aim, occasion, now_ns)
        if struck:
            self._aims = [aim for aim in self._aims if not aim.spent]
        return struck

    def refusal(self, now_ns: int, endpoint: Endpoint = "public") -> int | None:
        """HTTP status with which this connection attempt is refused, None when it may pass."""
        struck = self.struck_by(Occasion("attempt", endpoint), now_ns) if self._aims else []
        return struck[0].status if struck else None

    def moment(self, due_ns: int) -> asyncio.Future[None]:
        """Wait for this moment."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((due_ns, future))
        return future

    def tick(self, now_ns: int) -> None:
        """Do what is due at this moment."""
        for waiting in tuple(self._waiting):
            due_ns, future = waiting
            if due_ns <= now_ns:
                self._waiting.remove(waiting)
                if not future.done():
                    future.set_result(None)
        for aim in tuple(self._moments):
            if not self._early(aim.fault, now_ns):
                self._moments.remove(aim)
                self._strike_all(aim, now_ns)
        while self._states and self._states[0][0] <= now_ns:
            self.set_system(self._states.popleft()[1])
        for line in tuple(self._lines):
            line.tick(now_ns)

    def _strike_all(self, aim: _Aim, now_ns: int) -> None:
        """Strike the exchange, or every connection of the endpoint."""
        fault = aim.fault
        if fault.kind == "maintenance":
            stage_ns = int((fault.seconds or 0) * _SECOND_NS)
            self._states.extend((now_ns + n * stage_ns, state) for n, state in enumerate(_CYCLE))
            aim.passed = 1
            self._note(aim, Occasion("moment", None), now_ns)
            return
        for line in tuple(self._lines):
            if fault.endpoint in {None, line.endpoint}:
                aim.passed += 1
                self._note(aim, Occasion("moment", line.endpoint), now_ns)
                line.suffer(fault, now_ns)

    def _early(self, fault: Fault, now_ns: int) -> bool:
        return fault.at is not None and now_ns < self.opened_ns + int(fault.at * _SECOND_NS)

    def _note(self, aim: _Aim, occasion: Occasion, now_ns: int) -> None:
        self.journal.append(
            Incident(
                now_ns,
                aim.fault.kind,
                occasion.channel,
                occasion.symbol,
                aim.passed,
                occasion.endpoint,
                occasion.method,
            )
        )


def _aims_at(fault: Fault, occasion: Occasion) -> bool:
    """Whether this is what the fault is about."""
    if fault.endpoint is None:
        if occasion.endpoint == "rest":
            return False
    elif fault.endpoint != occasion.endpoint:
        return False
    if not _phase_fits(fault, occasion):
        return False
    return (
        fault.channel in {None, occasion.channel}
        and fault.symbol in {None, occasion.symbol}
        and fault.method in {None, occasion.method}
    )


def _phase_fits(fault: Fault, occasion: Occasion) -> bool:
    kind = fault.kind
    if occasion.endpoint == "rest":
        return True
    if occasion.phase == "answer":
        return kind in ACK_KINDS and (occasion.method != "pong" or fault.method == "pong")
    if occasion.phase == "message":
        return (kind in MESSAGE_KINDS or kind in LINK_KINDS) and _message_fits(fault, occasion)
    return kind == ("expire_token" if occasion.phase == "request" else "refuse")


def _message_fits(fault: Fault, occasion: Occasion) -> bool:
    if occasion.channel in SERVICE_CHANNELS:
        return fault.channel == occasion.channel
    if fault.message not in {"any", occasion.kind}:
        return False
    if fault.kind in CHECKSUM_KINDS:
        return occasion.checked
    return fault.kind != "sequence_gap" or occasion.sequenced
