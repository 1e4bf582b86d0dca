"""The rules of the house: how long, how often and how much a client may (spec ``connection`` §8).

Every number is configurable, because tests want to meet a limit without waiting for it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import attrs

from rxkraken.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND_NS = 1_000_000_000
EXCEEDED_FRAME = b'{"Error":"Exceeded msg rate"}'


def _positive(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is None and attribute.default is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ConfigurationError(f"Rules.{attribute.name} must be positive, not {value!r}")


def _positive_count(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or value < 1:
        raise ConfigurationError(
            f"Rules.{attribute.name} must be positive, a whole number, not {value!r}"
        )


def _refusing_status(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if value not in range(400, 600):
        raise ConfigurationError(
            f"Rules.{attribute.name} must be an HTTP status from 400 to 599, not {value!r}"
        )


@attrs.frozen(kw_only=True)
class Rules:
    """What the simulated exchange allows; the defaults are Kraken's, as far as they are known.

    Attributes:
        idle_timeout: seconds without a request after which a client is disconnected.
        private_timeout: seconds that a private connection may be open without a subscription.
        heartbeat_interval: seconds between heartbeats.
        connect_limit: connection attempts of one address in `connect_window` seconds.
        connect_window: the rolling window of `connect_limit`, in seconds.
        ban: seconds for which an address that exceeded the limit is refused.
        ban_status: HTTP status of the refusal.
        message_rate: requests a second of one connection; None allows any number.
        message_burst: requests beyond the rate that may come at once.
        one_ohlc_interval: a connection has one interval of candles for each symbol.
        one_book_depth: a connection has one depth of a book for each symbol.
        level3_symbols: symbols of ``level3`` that a connection may have.
        outbox: messages that may wait for a client that reads slowly before it is cut.
        require_sni: with TLS, a client that names no host is refused, as by IP address.

    >>> Rules(idle_timeout=5).connect_limit
    150
    """

    idle_timeout: float = attrs.field(default=60.0, validator=_positive)
    private_timeout: float = attrs.field(default=60.0, validator=_positive)
    heartbeat_interval: float = attrs.field(default=1.0, validator=_positive)
    connect_limit: int = attrs.field(default=150, validator=_positive_count)
    connect_window: float = attrs.field(default=600.0, validator=_positive)
    ban: float = attrs.field(default=600.0, validator=_positive)
    ban_status: int = attrs.field(default=429, validator=_refusing_status)
    message_rate: float | None = attrs.field(default=None, validator=_positive)
    message_burst: int = attrs.field(default=10, validator=_positive_count)
    one_ohlc_interval: bool = True
    one_book_depth: bool = True
    level3_symbols: int = attrs.field(default=200, validator=_positive_count)
    outbox: int = attrs.field(default=50_000, validator=_positive_count)
    require_sni: bool = True

    def one_only(self, channel: str) -> bool:
        """Whether a connection may have one topic of this channel for each symbol.

        >>> Rules(one_book_depth=False).one_only("book")
        False
        """
        return {"ohlc": self.one_ohlc_interval, "book": self.one_book_depth}.get(channel, True)

    @classmethod
    def of(cls, rules: Rules | None, changes: Mapping[str, float | None]) -> Rules:
        """The rules with those changes that are not None."""
        given: dict[str, Any] = {name: to for name, to in changes.items() if to is not None}
        return attrs.evolve(rules or cls(), **given)


class Door:
    """Counts connection attempts by address, and shuts after too many.

    >>> door = Door(Rules(connect_limit=2))
    >>> [door.refusal("here", now_ns=0) for _ in range(4)]
    [None, None, 429, 429]
    >>> door.refusal("elsewhere", now_ns=0)
    """

    __slots__ = ("_attempts", "_banned_until", "_rules", "turned_away")

    def __init__(self, rules: Rules) -> None:
        self.turned_away = 0
        self._rules = rules
        self._attempts: dict[str, deque[int]] = {}
        self._banned_until: dict[str, int] = {}

    def refusal(self, address: str, now_ns: int) -> int | None:
        """HTTP status with which this attempt is refused, None when it may pass."""
        rules = self._rules
        if now_ns < self._banned_until.get(address, 0):
            self.turned_away += 1
            return rules.ban_status
        attempts = self._attempts.setdefault(address, deque())
        attempts.append(now_ns)
        while attempts[0] <= now_ns - int(rules.connect_window * SECOND_NS):
            attempts.popleft()
        if len(attempts) <= rules.connect_limit:
            return None
        attempts.clear()
        self._banned_until[address] = now_ns + int(rules.ban * SECOND_NS)
        self.turned_away += 1
        return rules.ban_status


class MessageCounter:
    """Requests of one connection: a bucket that fills with each and empties steadily."""

    __slots__ = ("_level", "_rules", "_seen_ns")

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._level = 0.0
        self._seen_ns = 0

    def exceeded(self, now_ns: int) -> bool:
        """Count a request; True when it is one too many, and then it does not count.

        >>> counter = MessageCounter(Rules(message_rate=1, message_burst=2))
        >>> [counter.exceeded(0) for _ in range(3)], counter.exceeded(1_000_000_000)
        ([False, False, True], False)
        """
        rate = self._rules.message_rate
        if rate is None:
            return False
        drained = rate * (now_ns - self._seen_ns) / SECOND_NS
        self._level = max(0.0, self._level - drained)
        self._seen_ns = now_ns
        if self._level + 1 > self._rules.message_burst:
            return True
        self._level += 1
        return False
