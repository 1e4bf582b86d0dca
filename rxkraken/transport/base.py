"""The seam between the client and its sockets: open one, send text, get every frame as bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

OnFrame = Callable[[bytes], None]


@attrs.frozen
class Closed:
    """How a socket ended: close code if there was one, and words for it."""

    code: int | None
    reason: str


class Socket(Protocol):
    """One open connection."""

    async def run(self, on_frame: OnFrame) -> Closed:
        """Give every frame to a function, in order, until the socket ends."""
        ...

    async def send(self, text: str) -> None:
        """Send a text frame, waiting while the link is slower than we are.

        Raises:
            ConnectionLost: the socket has ended.
        """
        ...

    def abort(self) -> None:
        """Make the end of the context drop the link without a closing handshake."""
        ...


class Transport(Protocol):
    """Something that opens sockets."""

    def connect(self, url: str) -> AbstractAsyncContextManager[Socket]:
        """Open a socket for the length of a context; leaving it closes the socket politely.

        Raises:
            ConnectionLost: the socket cannot be opened; ``handshake`` is True.
        """
        ...
