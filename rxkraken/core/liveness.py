"""Whether a socket is alive: what its silence means, pure, time as an argument.

TCP can die without a word, so the end of a link is never left to close events. Once something is
subscribed the exchange sends a heartbeat every second; without a subscription it sends nothing.
Source: spec ``connection`` §4.
"""

from __future__ import annotations

from typing import Literal

import attrs

Verdict = Literal["well", "ping", "probe", "dead"]


@attrs.frozen(kw_only=True)
class Liveness:
    """When a silent socket is probed and given up; all in seconds.

    Attributes:
        silence: without any frame for so long a ping leaves, and as much again ends the socket.
        quiet_silence: the same while nothing is subscribed.
        ping_every: a ping leaves this often in any case, so that the exchange sees us alive.
    """

    silence: float = 5.0
    quiet_silence: float = 30.0
    ping_every: float = 20.0


@attrs.define
class Watch:
    """The silence of one socket.

    >>> watch = Watch(Liveness(), heard_at=0.0, pinged_at=0.0)
    >>> [watch.judge(now, mark=1, subscribed=True) for now in (0.0, 4.0, 5.0, 9.0, 10.0)]
    ['well', 'well', 'probe', 'well', 'dead']
    """

    liveness: Liveness
    heard_at: float
    pinged_at: float
    _mark: int = 0
    _probed_at: float | None = None

    def judge(self, now: float, mark: int, *, subscribed: bool) -> Verdict:
        """Say what to do now; ``mark`` changes with every frame.

        A socket is given up only a full silence after it was probed, so that a loop that was held
        up reads what has come meanwhile before it judges.
        """
        if mark != self._mark:
            self._mark, self.heard_at, self._probed_at = mark, now, None
        limit = self.liveness.silence if subscribed else self.liveness.quiet_silence
        if self._probed_at is not None:
            return "dead" if now - self._probed_at >= limit else "well"
        if now - self.heard_at >= limit:
            self._probed_at = self.pinged_at = now
            return "probe"
        if now - self.pinged_at >= self.liveness.ping_every:
            self.pinged_at = now
            return "ping"
        return "well"
