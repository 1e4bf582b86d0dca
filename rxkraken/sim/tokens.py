"""WebSocket tokens: given out by REST, used within 15 minutes (spec ``rest`` §3)."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING

import attrs

from rxkraken.sim.keys import ApiError

if TYPE_CHECKING:
    from rxkraken.sim.clock import Clock
    from rxkraken.sim.keys import ApiKey

LIFETIME_SECONDS = 900
_LIFETIME_NS = LIFETIME_SECONDS * 1_000_000_000
_TOKEN_BYTES = 32


@attrs.frozen
class _Issued:
    key: ApiKey
    issued_ns: int
    revoked: bool = False


class TokenDesk:
    """Gives out tokens and knows whose they are.

    A token ends after 15 minutes, except on a connection that has subscribed with it: there it
    stays valid for as long as the connection lives. The connection remembers that itself.
    """

    __slots__ = ("_clock", "_random", "_tokens")

    def __init__(self, clock: Clock, seed: object) -> None:
        self._clock = clock
        self._random = random.Random(f"{seed} tokens")
        self._tokens: dict[str, _Issued] = {}

    def issue(self, key: ApiKey) -> str:
        """A new token that acts with the permissions of the key."""
        text = base64.b64encode(self._random.randbytes(_TOKEN_BYTES)).decode().rstrip("=")
        self._tokens[text] = _Issued(key, self._clock.now())
        return text

    def owner(self, token: str, *, trusted: bool) -> ApiKey:
        """The key behind a token.

        Args:
            token: as the client sent it.
            trusted: the connection has a private subscription that was made with it.

        Raises:
            ApiError: it was never given out, or it is too old.
        """
        issued = self._tokens.get(token)
        if issued is None:
            raise ApiError("EAPI:Invalid token")
        old = self._clock.now() - issued.issued_ns >= _LIFETIME_NS
        if issued.revoked or (old and not trusted):
            raise ApiError("ESession:Invalid session")
        return issued.key

    def expire(self) -> None:
        """Make every token invalid that was given out so far, even where it is in use."""
        for text, issued in self._tokens.items():
            self._tokens[text] = attrs.evolve(issued, revoked=True)
