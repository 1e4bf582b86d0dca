"""The way to one client, on which faults are done."""

from __future__ import annotations

import heapq
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Protocol

import ujson

from rxkraken.sim import text_v2
from rxkraken.sim.faults.kinds import LINK_KINDS
from rxkraken.sim.faults.mutations import MUTATIONS
from rxkraken.sim.faults.occasions import Occasion, message_or_answer

if TYPE_CHECKING:
    from rxkraken.sim.clock import Clock
    from rxkraken.sim.faults.injector import Injector
    from rxkraken.sim.faults.kinds import Endpoint
    from rxkraken.sim.faults.plan import Fault

_SECOND_NS = 1_000_000_000
_FOR_GOOD = 1 << 80
_DATA = b'{"channel":'


class Outlet(Protocol):
    """The bare way to a client."""

    def send(self, frame: bytes) -> None:
        """Queue one frame."""

    def close(self, code: int, reason: str) -> None:
        """Hang up with a close frame, after what was sent before."""

    def abort(self) -> None:
        """Hang up at once, without a word."""

    def freeze(self) -> None:
        """Keep the connection open, but neither read nor answer any more."""


class Receiver(Protocol):
    """Takes the requests of a client."""

    def receive(self, text: str | bytes) -> None:
        """Take one request."""


class Line:
    """One connection; an outlet itself, so a gateway does not notice.

    Attributes:
        endpoint: where the client has connected to.
    """

    __slots__ = (
        "_clock",
        "_delayed",
        "_due_ns",
        "_frozen",
        "_held",
        "_injector",
        "_interval_ns",
        "_number",
        "_outlet",
        "_overtaken",
        "_slow_until_ns",
        "_stale_until_ns",
        "endpoint",
    )

    def __init__(
        self, injector: Injector, outlet: Outlet, endpoint: Endpoint, clock: Clock
    ) -> None:
        self.endpoint = endpoint
        self._injector = injector
        self._outlet = outlet
        self._clock = clock
        self._overtaken: list[tuple[Occasion, bytes]] = []
        self._delayed: list[tuple[int, int, bytes]] = []
        self._number = 0
        self._held: deque[bytes] = deque()
        self._due_ns = 0
        self._interval_ns = 0
        self._slow_until_ns = 0
        self._stale_until_ns = 0
        self._frozen = False

    def send(self, frame: bytes) -> None:
        """Send one frame, or what a fault makes of it."""
        if not (self._injector.armed or self._overtaken):
            self._emit(frame)
            return
        now_ns = self._clock.now()
        occasion = message_or_answer(frame, self.endpoint)
        frames: tuple[bytes, ...] = (frame,)
        emit = self._emit
        for fault in self._injector.struck_by(occasion, now_ns):
            if fault.kind in LINK_KINDS:
                self.suffer(fault, now_ns)
            elif fault.kind in {"delay", "delay_ack"}:
                emit = partial(self._put_off, now_ns + _nanoseconds(fault.seconds))
            elif fault.kind == "reorder":
                emit = partial(self._let_pass, occasion)
            else:
                mutate = MUTATIONS[fault.kind]
                frames = tuple(made for given in frames for made in mutate(fault, given))
        for made in frames:
            emit(made)
        if emit == self._emit:
            self._catch_up(occasion)

    def close(self, code: int, reason: str) -> None:
        """Hang up with a close frame, which nobody sees who is cut off already."""
        if self._frozen:
            self._outlet.abort()
        else:
            self._outlet.close(code, reason)

    def receive(self, receiver: Receiver, text: str | bytes) -> None:
        """Hand on a request, or answer it as a fault wants it."""
        refusal = self._refusal_of_token(text) if self._injector.armed else None
        if refusal is None:
            receiver.receive(text)
        else:
            self.send(refusal)

    def suffer(self, fault: Fault, now_ns: int) -> None:
        """Let a fault of connections happen to this one."""
        until = _FOR_GOOD if fault.seconds is None else now_ns + _nanoseconds(fault.seconds)
        if fault.kind == "disconnect":
            if fault.code is None:
                self._outlet.abort()
            else:
                self._outlet.close(fault.code, "")
        elif fault.kind == "half_open":
            self._frozen = True
            self._outlet.freeze()
        elif fault.kind == "stale":
            self._stale_until_ns = until
        elif fault.kind == "burst":
            self._due_ns = self._slow_until_ns = until
            self._interval_ns = 0
        else:
            self._interval_ns = int(_SECOND_NS / fault.rate)
            self._due_ns, self._slow_until_ns = now_ns + self._interval_ns, until

    def tick(self, now_ns: int) -> None:
        """Send what is due."""
        while self._delayed and self._delayed[0][0] <= now_ns:
            self._emit(heapq.heappop(self._delayed)[2])
        while self._held and (self._due_ns <= now_ns or self._slow_until_ns <= now_ns):
            self._outlet.send(self._held.popleft())
            self._due_ns += self._interval_ns

    def _emit(self, frame: bytes) -> None:
        if self._frozen or (self._stale_until_ns and self._is_stale(frame)):
            return
        if self._held or (self._slow_until_ns and self._clock.now() < self._slow_until_ns):
            self._held.append(frame)
        else:
            self._outlet.send(frame)

    def _is_stale(self, frame: bytes) -> bool:
        """Answers and heartbeats still come."""
        carries_data = frame.startswith(_DATA) and frame != text_v2.HEARTBEAT
        return carries_data and self._clock.now() < self._stale_until_ns

    def _let_pass(self, occasion: Occasion, frame: bytes) -> None:
        self._overtaken.append((occasion, frame))

    def _catch_up(self, passed: Occasion) -> None:
        """Send what a frame of this channel and symbol has overtaken."""
        for late in tuple(self._overtaken):
            occasion, frame = late
            if (occasion.channel, occasion.symbol) == (passed.channel, passed.symbol):
                self._overtaken.remove(late)
                self._emit(frame)

    def _put_off(self, due_ns: int, frame: bytes) -> None:
        self._number += 1
        heapq.heappush(self._delayed, (due_ns, self._number, frame))

    def _refusal_of_token(self, text: str | bytes) -> bytes | None:
        """The answer to a request whose token a fault lets expire."""
        try:
            request = ujson.loads(text)
        except ValueError:
            return None
        params = request.get("params") if isinstance(request, dict) else None
        if not isinstance(params, dict) or "token" not in params:
            return None
        method, req_id = str(request.get("method")), request.get("req_id")
        occasion = Occasion(
            "request",
            self.endpoint,
            channel=params.get("channel"),
            symbol=_first_symbol(params.get("symbol")),
            method=method,
        )
        now_ns = self._clock.now()
        if not self._injector.struck_by(occasion, now_ns):
            return None
        echo = req_id if type(req_id) is int else None
        return text_v2.refused(method, "ESession:Invalid session", echo, (now_ns, now_ns))


def _first_symbol(symbol: object) -> str | None:
    first = symbol[0] if isinstance(symbol, list) and symbol else symbol
    return first if isinstance(first, str) else None


def _nanoseconds(seconds: float | None) -> int:
    return int((seconds or 0.0) * _SECOND_NS)
