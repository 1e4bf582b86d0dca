"""Requests of v2 clients as values, after they were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from rxkraken.sim.feeds_v2 import Option


@attrs.frozen
class Refusal:
    """The request is refused as a whole.

    Attributes:
        method: under which method the exchange reports it.
        text: the error text.
    """

    method: str
    text: str
    req_id: int | None


@attrs.frozen
class Ping:
    """Asks for a pong."""

    req_id: int | None


@attrs.frozen
class Subscription:
    """A valid ``subscribe`` or ``unsubscribe`` of market data.

    Attributes:
        method: which of the two.
        channel: one of the channels of market data.
        symbols: as written by the client, known or not; none for ``instrument``.
        option: depth, interval or trigger, the default if it was not given.
        snapshot: whether a snapshot follows the ack.
        token: of ``level3``, not checked yet.
    """

    method: str
    channel: str
    symbols: tuple[str, ...]
    option: Option
    snapshot: bool
    req_id: int | None
    token: str | None = None


@attrs.frozen
class AccountSubscription:
    """A valid ``subscribe`` or ``unsubscribe`` of an account channel.

    Attributes:
        method: which of the two.
        channel: one of the account channels.
        options: its boolean parameters, defaults filled in.
        token: not checked yet.
        warnings: for parameters that are deprecated.
    """

    method: str
    channel: str
    options: dict[str, bool]
    token: str
    warnings: tuple[str, ...]
    req_id: int | None


@attrs.frozen
class Command:
    """A trading request, its parameters not judged yet."""

    method: str
    params: dict[str, Any]
    req_id: int | None


Request = Ping | Subscription | AccountSubscription | Command | Refusal
