"""Faults and plans of faults: what happens, where it aims, and how often.

Longer than other files because every field is judged here with a sentence of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.faults.kinds import (
    ACK_KINDS,
    CHECKSUM_CHANNELS,
    CHECKSUM_KINDS,
    DEFAULT_SECONDS,
    ENDPOINTS,
    KINDS,
    LINK_KINDS,
    MESSAGE_KINDS,
    REST_KINDS,
    Endpoint,
    FaultKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_MESSAGES = ("update", "snapshot", "any")
_BOOK_BY_DEFAULT = MESSAGE_KINDS - {"sequence_gap", "clock_skew"}


def _one_of(names: Iterable[str]) -> Any:
    names = tuple(names)

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is not None and value not in names:
            raise ConfigurationError(
                f"Fault.{attribute.name} must be one of {', '.join(names)}, not {value!r}"
            )

    return check


def _text(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not (isinstance(value, str) and value):
        raise ConfigurationError(f"Fault.{attribute.name} must be a text, not {value!r}")


def _count(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is None:
        return
    if type(value) is not int:
        raise ConfigurationError(f"Fault.{attribute.name} must be a whole number, not {value!r}")
    if value < 1:
        raise ConfigurationError(f"Fault.{attribute.name} must be at least 1, not {value!r}")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"Fault.{name} must be a number, not {value!r}")
    return float(value)


def _share(_: object, __: object, value: Any) -> None:
    if value is not None and not 0 <= _number("probability", value) <= 1:
        raise ConfigurationError(f"Fault.probability must be from 0 to 1, not {value!r}")


def _moment(_: object, __: object, value: Any) -> None:
    if value is not None and not 0 <= _number("at", value) < float("inf"):
        raise ConfigurationError(f"Fault.at must be seconds since the opening, not {value!r}")


def _positive(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not 0 < _number(attribute.name, value) < float("inf"):
        raise ConfigurationError(f"Fault.{attribute.name} must be positive, not {value!r}")


def _refusing_status(_: object, __: object, value: Any) -> None:
    if value not in range(400, 600):
        raise ConfigurationError(
            f"Fault.status must be an HTTP status from 400 to 599, not {value!r}"
        )


def _close_code(_: object, __: object, value: Any) -> None:
    if value is not None and (value not in range(1000, 5000) or value in {1005, 1006, 1015}):
        raise ConfigurationError(
            f"Fault.code must be a close code that can be sent, like 1001, not {value!r}: "
            "leave it out to break the connection without a close frame"
        )


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that goes wrong.

    To messages: ``drop`` loses one, ``duplicate`` sends it twice, ``reorder`` sends it after the
    next one, ``delay`` sends it late, ``truncate`` cuts it in half, ``non_json`` sends a text that
    is not JSON before it, ``oversize`` blows it up with spaces, ``corrupt_quantity`` changes a
    digit, ``corrupt_checksum`` and ``missing_checksum`` spoil its checksum, ``sequence_gap`` loses
    one that carries a sequence number, ``clock_skew`` moves its timestamps.
    To answers: ``lose_ack``, ``delay_ack``, ``duplicate_ack``. To requests: ``expire_token``
    refuses one that carries a token. To connections: ``disconnect``, ``half_open`` (open, but
    silent for ever), ``trickle`` (few messages a second), ``burst`` (held back, then all at once),
    ``stale`` (nothing but heartbeats). To attempts and REST calls: ``refuse`` answers with an HTTP
    status. To the exchange: ``maintenance`` goes through its states and back to ``online``.

    Of what it aims at, a fault strikes the `nth`, or each `every`-th, or each with a `probability`,
    or all; at most `times` of them, and none before the moment `at`. A fault of connections that
    aims at no message strikes all connections of its endpoint once, at the moment `at` or at once.

    Attributes:
        kind: what happens.
        endpoint: aim at one of ``public``, ``private``, ``level3``, ``rest``; None aims at all
            WebSocket endpoints.
        channel: aim at one channel (``heartbeat`` and ``status`` only when named); None aims at
            all. Faults of messages aim at ``book`` unless told otherwise.
        symbol: aim at one pair; None aims at all.
        message: aim at the ``update`` of a channel, its ``snapshot``, or ``any`` of both.
        method: aim at one method, for faults of answers, requests and REST calls; ``pong`` only
            when named.
        nth: strike this one only, counted from 1 since the fault was injected.
        every: strike each n-th.
        probability: strike each with this probability.
        times: stop after so many.
        at: nothing before so many seconds since the opening; counting begins then.
        status: HTTP status of ``refuse``.
        code: close code of ``disconnect``; None resets the TCP connection.
        seconds: how long: the delay, the duration of ``trickle`` and ``stale`` (None: for good) and
            ``burst``, each state of ``maintenance``, or by how much ``clock_skew`` is ahead.
        size: bytes of an ``oversize`` message.
        rate: messages a second of ``trickle``.

    >>> Fault(kind="drop", symbol="BTC/USD", every=50).channel
    'book'
    """

    kind: FaultKind = attrs.field(validator=_one_of(KINDS))
    endpoint: Endpoint | None = attrs.field(default=None, validator=_one_of(ENDPOINTS))
    channel: str | None = attrs.field(validator=_text)
    symbol: str | None = attrs.field(default=None, validator=_text)
    message: Literal["update", "snapshot", "any"] = attrs.field(
        default="update", validator=_one_of(_MESSAGES)
    )
    method: str | None = attrs.field(default=None, validator=_text)
    nth: int | None = attrs.field(default=None, validator=_count)
    every: int | None = attrs.field(default=None, validator=_count)
    probability: float | None = attrs.field(default=None, validator=_share)
    times: int | None = attrs.field(default=None, validator=_count)
    at: float | None = attrs.field(default=None, validator=_moment)
    status: int = attrs.field(default=503, validator=_refusing_status)
    code: int | None = attrs.field(default=None, validator=_close_code)
    seconds: float | None = attrs.field()
    size: int = attrs.field(default=16 << 20, validator=_count)
    rate: float = attrs.field(default=10.0, validator=_positive)

    @channel.default
    def _usual_channel(self) -> str | None:
        return "book" if self.kind in _BOOK_BY_DEFAULT and self.endpoint != "rest" else None

    @seconds.default
    def _usual_seconds(self) -> float | None:
        return DEFAULT_SECONDS.get(self.kind)

    @seconds.validator
    def _some_time(self, _: object, value: Any) -> None:
        if value is None:
            if self.kind in DEFAULT_SECONDS:
                raise ConfigurationError(f"Fault {self.kind} needs seconds")
        elif self.kind != "clock_skew" and not 0 < _number("seconds", value) < float("inf"):
            raise ConfigurationError(f"Fault.seconds must be positive, not {value!r}")
        elif not abs(_number("seconds", value)) < float("inf"):
            raise ConfigurationError(f"Fault.seconds must be finite, not {value!r}")

    def __attrs_post_init__(self) -> None:
        """Refuse what could never strike.

        Raises:
            ConfigurationError: kind and aim do not go together.
        """
        if self.kind in CHECKSUM_KINDS and self.channel not in CHECKSUM_CHANNELS:
            raise ConfigurationError(
                f"Fault {self.kind} aims at the channels 'book' or 'level3' only, "
                f"not {self.channel!r}"
            )
        if self.endpoint == "rest" and self.kind not in REST_KINDS:
            raise ConfigurationError(
                f"Fault {self.kind} does not happen to REST: choose from "
                f"{', '.join(sorted(REST_KINDS))}"
            )
        if self.method is not None and not self._has_methods:
            raise ConfigurationError(f"Fault {self.kind} has no method to aim at: leave method out")

    @property
    def _has_methods(self) -> bool:
        return self.kind in ACK_KINDS | {"expire_token"} or self.endpoint == "rest"

    @property
    def of_moment(self) -> bool:
        """It strikes connections or the exchange at a moment, without a message as its occasion."""
        if self.kind == "maintenance":
            return True
        aims = (self.channel, self.symbol, self.nth, self.every, self.probability)
        return self.kind in LINK_KINDS and self.endpoint != "rest" and aims == (None,) * len(aims)


def _in_order(items: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(items)


@attrs.frozen
class Faults:
    """A plan of faults.

    Raises:
        ConfigurationError: an item of the plan is no `Fault`.

    >>> Faults([Fault(kind="refuse", times=3, status=429)], seed=1).plan[0].status
    429
    >>> Faults.from_json('{"faults": [{"kind": "drop", "every": 50}]}').plan[0].every
    50
    """

    plan: tuple[Fault, ...] = attrs.field(default=(), converter=_in_order)
    seed: int = attrs.field(default=0, kw_only=True)

    @plan.validator
    def _only_faults(self, _: object, value: Iterable[object]) -> None:
        for item in value:
            if not isinstance(item, Fault):
                raise ConfigurationError(f"Faults takes a list of Fault objects, not {item!r}")

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a plan: an object with the list ``faults`` and, if wanted, a ``seed``.

        Raises:
            ConfigurationError: the plan cannot be read; the sentence says where and why.
        """
        from rxkraken.sim.faults.reading import read_plan  # noqa: PLC0415 - it needs Fault

        plan, seed = read_plan(text)
        return cls(plan, seed=seed)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a plan from a file.

        Raises:
            ConfigurationError: there is no such file, or the plan cannot be read.
        """
        try:
            text = Path(path).read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"the fault plan {str(path)!r} cannot be read: {error.strerror}"
            ) from None
        try:
            return cls.from_json(text)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None
