"""Answers to the requests of one client, with the times of request and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim import text_v2

if TYPE_CHECKING:
    from rxkraken.sim.clock import Clock
    from rxkraken.sim.feeds_v2 import Subscriber


class Answers:
    """Writes answers.

    Args:
        outlet: the way to the client.
        clock: tells when an answer goes out; when its request came in is told by the caller.
    """

    __slots__ = ("_clock", "_outlet")

    def __init__(self, outlet: Subscriber, clock: Clock) -> None:
        self._outlet = outlet
        self._clock = clock

    def pong(self, req_id: int | None, time_in: int) -> None:
        """Answer a ping."""
        self._outlet.send(text_v2.pong(req_id, (time_in, self._clock.now())))

    def accept(
        self,
        method: str,
        result: dict[str, Any] | list[dict[str, Any]],
        req_id: int | None,
        time_in: int,
    ) -> None:
        """Tell what a request led to."""
        self._outlet.send(text_v2.accepted(method, result, req_id, (time_in, self._clock.now())))

    def cancelled(self, method: str, count: int, req_id: int | None, time_in: int) -> None:
        """Tell how many orders of a batch were cancelled."""
        self._outlet.send(text_v2.cancelled(method, count, req_id, (time_in, self._clock.now())))

    def refuse(
        self, method: str, text: str, req_id: int | None, time_in: int, symbol: str | None = None
    ) -> None:
        """Tell why a request is refused, or one symbol of it."""
        times = time_in, self._clock.now()
        self._outlet.send(text_v2.refused(method, text, req_id, times, symbol))
