"""The tokens of one connection (spec ``rest`` §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rxkraken.sim.keys import ApiKey
    from rxkraken.sim.tokens import TokenDesk


class Passport:
    """Remembers what a connection has subscribed with: there a token does not grow old."""

    __slots__ = ("_tokens", "_trusted")

    def __init__(self, tokens: TokenDesk) -> None:
        self._tokens = tokens
        self._trusted: set[str] = set()

    def key(self, token: str) -> ApiKey:
        """The key behind a token.

        Raises:
            ApiError: it is not valid.
        """
        return self._tokens.owner(token, trusted=token in self._trusted)

    def trust(self, token: str) -> None:
        """A private subscription was made with it."""
        self._trusted.add(token)
