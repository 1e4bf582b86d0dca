"""Every error that rxkraken raises, in one tree.

::

    RxKrakenError
    ├── ConfigurationError       a wrong argument, host, file or call: fix the program
    │   └── NotSupported         the chosen API version has no such thing
    ├── ConnectionFailed         the connection is over and will not be tried again
    │   └── ConnectionLost       one socket ended; the policy decides whether another follows
    ├── ProtocolError            a frame breaks the protocol
    ├── Rejected                 the exchange refused a request
    ├── OutcomeUnknown           a request was sent and never answered
    ├── BookError                an order book no longer agrees with the exchange
    │   ├── ChecksumMismatch     the CRC32 of the top ten levels differs
    │   ├── CrossedBook          the best bid is not below the best ask
    │   └── SnapshotMissing      no snapshot came in time, or an update came before it
    └── BufferOverflow           a bounded buffer with the rule ``error`` is full

What is part of the protocol and heals by itself (a reconnect, a resynchronised book, one refused
symbol of several) is no error: it is a value of ``kraken.lifecycle()``.
"""

from __future__ import annotations

from typing import Literal

Scope = Literal["request", "symbol", "account", "exchange"]


class RxKrakenError(Exception):
    """The root of all errors of this library."""


class ConfigurationError(RxKrakenError, ValueError):
    """A wrong argument, host, file or call; the message says what to change."""


class NotSupported(ConfigurationError):  # noqa: N818 - a name of the public contract
    """The chosen API version or exchange has no such channel or method."""


class ConnectionFailed(RxKrakenError):  # noqa: N818 - a name of the public contract
    """The connection is over: terminal close code, wrong address, or all attempts are spent."""


class ConnectionLost(ConnectionFailed):
    """One socket ended.

    Attributes:
        code: WebSocket close code, or HTTP status of a refused handshake, or None when the link
            simply broke.
        reason: what the peer or the operating system said.
        handshake: True when the socket never opened.
    """

    def __init__(self, reason: str, *, code: int | None = None, handshake: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.handshake = handshake


class ProtocolError(RxKrakenError):
    """A frame breaks the protocol; the connection goes on with the next one."""


class Rejected(RxKrakenError):  # noqa: N818 - a name of the public contract
    """The exchange refused a request.

    Attributes:
        code: the text of the exchange, for example ``Currency pair not supported XBT/USD``.
        retryable: the same request may be accepted later.
        scope: what the refusal concerns: this ``request``, a ``symbol``, the ``account`` or the
            whole ``exchange``.
        symbol: the pair that was refused, if the refusal concerns one.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool = False,
        scope: Scope = "request",
        symbol: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.scope = scope
        self.symbol = symbol


class OutcomeUnknown(RxKrakenError):  # noqa: N818 - a name of the public contract
    """A request was sent, and no answer came before the deadline or the end of its socket."""


class BookError(RxKrakenError):
    """An order book no longer agrees with the exchange.

    Attributes:
        symbol: the pair of the book.
    """

    def __init__(self, message: str, *, symbol: str) -> None:
        super().__init__(message)
        self.symbol = symbol


class ChecksumMismatch(BookError):  # noqa: N818 - the field's word
    """The CRC32 over the top ten levels differs from the one in the frame."""


class CrossedBook(BookError):  # noqa: N818 - the field's word
    """The best bid is not below the best ask."""


class SnapshotMissing(BookError):  # noqa: N818 - the field's word
    """No snapshot came in time, or an update came before it."""


class BufferOverflow(RxKrakenError):  # noqa: N818 - the field's word
    """A bounded buffer with the rule ``error`` is full."""
