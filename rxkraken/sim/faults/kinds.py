"""The kinds of faults, by what they strike."""

from __future__ import annotations

from typing import Literal, get_args

Endpoint = Literal["public", "private", "level3", "rest"]
ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)

FaultKind = Literal[
    "drop",
    "duplicate",
    "reorder",
    "delay",
    "truncate",
    "non_json",
    "oversize",
    "corrupt_quantity",
    "corrupt_checksum",
    "missing_checksum",
    "sequence_gap",
    "clock_skew",
    "lose_ack",
    "delay_ack",
    "duplicate_ack",
    "expire_token",
    "disconnect",
    "half_open",
    "trickle",
    "burst",
    "stale",
    "refuse",
    "maintenance",
]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

# Strike a message of a channel.
MESSAGE_KINDS: frozenset[FaultKind] = frozenset(KINDS[: KINDS.index("lose_ack")])
# Strike the answer to a request, or the request itself.
ACK_KINDS: frozenset[FaultKind] = frozenset({"lose_ack", "delay_ack", "duplicate_ack"})
# Strike a connection: with one of its messages, or at a moment.
LINK_KINDS: frozenset[FaultKind] = frozenset(
    {"disconnect", "half_open", "trickle", "burst", "stale"}
)
CHECKSUM_KINDS: frozenset[FaultKind] = frozenset({"corrupt_checksum", "missing_checksum"})
# What can happen to an answer of REST.
REST_KINDS: frozenset[FaultKind] = frozenset(
    {"refuse", "disconnect", "delay", "non_json", "truncate"}
)
CHECKSUM_CHANNELS = frozenset({"book", "level3"})
# Not meant by "all channels": they carry no data.
SERVICE_CHANNELS = frozenset({"heartbeat", "status"})

DEFAULT_SECONDS: dict[FaultKind, float] = {
    "delay": 1.0,
    "delay_ack": 1.0,
    "burst": 1.0,
    "maintenance": 5.0,
    "clock_skew": 60.0,
}
