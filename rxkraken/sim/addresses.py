"""Where the endpoints of a simulator are."""

from __future__ import annotations

from rxkraken.environment import Environment

PUBLIC_V2_PATH = "/v2"
PRIVATE_V2_PATH = "/private/v2"
LEVEL3_PATH = "/level3/v2"
PUBLIC_V1_PATH = "/"
PRIVATE_V1_PATH = "/private"
_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - recognised, not listened on


def environment_at(host: str, port: int, *, tls: bool = False) -> Environment:
    """All URLs of the simulator that listens there.

    >>> environment_at("127.0.0.1", 8080).public_v2
    'ws://127.0.0.1:8080/v2'
    """
    name = "127.0.0.1" if host in {"", _ANY_ADDRESS} else host
    # A client names no host in its hello when it connects to an address of numbers.
    authority = f"{'localhost' if tls and name == '127.0.0.1' else name}:{port}"
    websocket, http = ("wss", "https") if tls else ("ws", "http")
    return Environment(
        public_v2=f"{websocket}://{authority}{PUBLIC_V2_PATH}",
        private_v2=f"{websocket}://{authority}{PRIVATE_V2_PATH}",
        level3=f"{websocket}://{authority}{LEVEL3_PATH}",
        public_v1=f"{websocket}://{authority}{PUBLIC_V1_PATH}",
        private_v1=f"{websocket}://{authority}{PRIVATE_V1_PATH}",
        rest=f"{http}://{authority}",
    )
