"""When to try again: the reconnect policy, its state, and the budget of connection attempts.

Pure: time is an argument (seconds of a monotonic clock), chance is an argument (0 to 1).
Source: spec ``connection`` §5, §6.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import attrs

from rxkraken.errors import ConfigurationError, ConnectionLost

_TERMINAL_CODES = frozenset({1008})
_TERMINAL_STATUSES = frozenset({400, 401, 403, 404})
_SLOW_CODES = frozenset({1013, 503})
_BANNED = 429
_BAN = 600.0
_STEEPEST = 100.0  # the growth that is still computed without an overflow


def _positive(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not value > 0:
        raise ConfigurationError(f"ReconnectPolicy.{attribute.name} must be above 0, not {value!r}")


def _delays(_: object, attribute: attrs.Attribute[tuple[float, ...]], value: object) -> None:
    if not isinstance(value, tuple) or not all(delay >= 0 for delay in value):
        raise ConfigurationError(
            f"ReconnectPolicy.{attribute.name} must be a tuple of seconds, none below 0, "
            f"not {value!r}"
        )


def _growth(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 1 <= value <= _STEEPEST:
        raise ConfigurationError(
            f"ReconnectPolicy.{attribute.name} must be from 1 to {_STEEPEST}, not {value!r}"
        )


def _attempts(_: object, attribute: attrs.Attribute[Any], value: int | None) -> None:
    if value is not None and value < 1:
        raise ConfigurationError(
            f"ReconnectPolicy.{attribute.name} must be at least 1, not {value!r}"
        )


def _ceiling(policy: ReconnectPolicy, attribute: attrs.Attribute[float], value: float) -> None:
    if not value >= policy.minimum:
        raise ConfigurationError(
            f"ReconnectPolicy.{attribute.name} must not be below minimum={policy.minimum!r}, "
            f"not {value!r}"
        )


@attrs.frozen(kw_only=True)
class ReconnectPolicy:
    """How fast to try again after a failure; all durations in seconds.

    Attributes:
        immediate: delays of the first attempts, for a random drop of the link.
        drops: so many drops in a row of links that had come about again are each answered at that
            pace; only an attempt that fails tells of downtime.
        minimum: the shortest delay after those, and in maintenance from the first attempt on.
        factor: growth of the longest delay from one attempt to the next.
        maximum: ceiling of the delay.
        stable_after: an attempt that lived this long starts the count anew.
        handshake_attempts: attempts in a row at a handshake answered by 400, 401, 403 or 404.
        maximum_attempts: attempts in a row before giving up; None never gives up.

    A delay after the immediate ones is drawn evenly between ``minimum`` and a ceiling that grows
    from ``minimum * factor`` to ``maximum``: clients that fell together do not return together.
    """

    immediate: tuple[float, ...] = attrs.field(default=(0.0, 0.0, 1.0), validator=_delays)
    drops: int = attrs.field(default=10, validator=_attempts)
    minimum: float = attrs.field(default=5.0, validator=_positive)
    factor: float = attrs.field(default=2.0, validator=_growth)
    maximum: float = attrs.field(default=60.0, validator=_ceiling)
    stable_after: float = attrs.field(default=30.0, validator=_positive)
    handshake_attempts: int = attrs.field(default=3, validator=_attempts)
    maximum_attempts: int | None = attrs.field(default=None, validator=_attempts)

    def delay(self, attempt: int, chance: float, *, slow: bool = False) -> float:
        """Give the delay before an attempt, which counts from 1.

        >>> policy = ReconnectPolicy()
        >>> [policy.delay(attempt, chance=0.5) for attempt in (1, 2, 3, 4, 5)]
        [0.0, 0.0, 1.0, 7.5, 12.5]
        """
        if not slow and attempt <= len(self.immediate):
            return self.immediate[attempt - 1]
        step = attempt if slow else attempt - len(self.immediate)
        growth = self.factor ** min(step, 64)
        ceiling = min(self.maximum, self.minimum * growth)
        return self.minimum + chance * (ceiling - self.minimum)


@attrs.frozen
class Retry:
    """Try again after ``delay`` seconds; ``attempt`` counts from 1."""

    attempt: int
    delay: float


@attrs.define
class Backoff:
    """The state of one retried thing: how often it failed in a row, and since when it is well."""

    policy: ReconnectPolicy
    attempt: int = 0
    refusals: int = 0
    well_since: float | None = None

    def succeeded(self, now: float) -> None:
        """Note that the thing works; the count starts anew once it did so long enough."""
        if self.well_since is None:
            self.well_since = now

    def failed(
        self, error: Exception, now: float, chance: float, *, maintenance: bool = False
    ) -> Retry | None:
        """Note a failure; give the next attempt, or None when there is to be none."""
        policy = self.policy
        dropped = self.well_since is not None
        if self.well_since is not None and now - self.well_since >= policy.stable_after:
            self.attempt = 0
        self.well_since = None
        self.attempt += 1
        code = error.code if isinstance(error, ConnectionLost) else None
        self.refusals = self.refusals + 1 if code in _TERMINAL_STATUSES else 0
        if code in _TERMINAL_CODES or self.refusals >= policy.handshake_attempts:
            return None
        if policy.maximum_attempts is not None and self.attempt >= policy.maximum_attempts:
            return None
        if code == _BANNED:
            return Retry(self.attempt, _BAN)
        slow = maintenance or code in _SLOW_CODES
        step = self.attempt
        if dropped and step <= policy.drops:
            step = min(step, max(1, len(policy.immediate)))
        return Retry(self.attempt, policy.delay(step, chance, slow=slow))


class ConnectBudget:
    """At most so many connection attempts in a rolling window, shared by all sockets.

    Kraken's front end bans an address for ten minutes after about 150 attempts in ten minutes.

    >>> budget = ConnectBudget(limit=2, window=600.0)
    >>> budget.reserve(0.0), budget.reserve(1.0), budget.reserve(2.0)
    (0.0, 0.0, 598.0)
    """

    def __init__(self, limit: int = 120, window: float = 600.0) -> None:
        if limit < 1 or not window > 0:
            raise ConfigurationError(
                "ConnectBudget needs a limit of at least 1 and a window above 0 seconds, "
                f"not {limit!r} and {window!r}"
            )
        self._limit = limit
        self._window = window
        self._attempts: deque[float] = deque(maxlen=limit)

    def reserve(self, now: float) -> float:
        """Count an attempt and give the seconds to wait before making it."""
        full = len(self._attempts) == self._limit
        at = max(now, self._attempts[0] + self._window) if full else now
        self._attempts.append(at)
        return at - now
