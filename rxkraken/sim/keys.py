"""API keys: who may do what, and the check of a signed call (spec ``rest`` §2)."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING, Literal, get_args

import attrs

from rxkraken.sim.signing import agrees, body_parameters, signature, valid_nonce

if TYPE_CHECKING:
    from collections.abc import Iterable

Permission = Literal[
    "query_funds",
    "query_open_orders",
    "query_closed_orders",
    "modify_orders",
    "cancel_orders",
    "create_ws_token",
]
ALL_PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))
_KEY_BYTES = 42
_SECRET_BYTES = 64


class ApiError(Exception):
    """The text with which the exchange refuses a call."""


@attrs.frozen
class ApiKey:
    """A key of an account.

    Attributes:
        key: its public part.
        account: name of the account it acts for.
        permissions: what it may do.
    """

    key: str
    secret: str = attrs.field(repr=False)
    account: str
    permissions: frozenset[Permission] = ALL_PERMISSIONS

    def require(self, permission: Permission) -> None:
        """Let pass what the key may do.

        Raises:
            ApiError: it may not.
        """
        if permission not in self.permissions:
            raise ApiError("EGeneral:Permission denied")


def make_key(
    seed: object, account: str, permissions: Iterable[Permission] = ALL_PERMISSIONS
) -> ApiKey:
    """A key that looks random and is the same for the same seed.

    >>> make_key(7, "alice").key == make_key(7, "alice").key != make_key(8, "alice").key
    True
    """
    source = random.Random(f"{seed} {account} key")
    public, secret = (
        base64.b64encode(source.randbytes(size)).decode() for size in (_KEY_BYTES, _SECRET_BYTES)
    )
    return ApiKey(public, secret, account, frozenset(permissions))


@attrs.frozen
class SignedCall:
    """A private call as it came in."""

    path: str
    key: str
    signature: str
    content_type: str
    body: bytes


class Keyring:
    """All keys, and the last nonce of each."""

    __slots__ = ("_keys", "_nonces")

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._nonces: dict[str, int] = {}
        for key in keys:
            self.add(key)

    def add(self, key: ApiKey) -> None:
        """Let one more key pass, or replace one."""
        self._keys[key.key] = key

    def remove(self, key: ApiKey) -> None:
        """Revoke a key."""
        self._keys.pop(key.key, None)

    def admit(self, call: SignedCall) -> tuple[ApiKey, dict[str, object]]:
        """Check key, signature and nonce; give the key and the parameters.

        Raises:
            ApiError: one of them is wrong.
        """
        key = self._keys.get(call.key)
        if key is None:
            raise ApiError("EAPI:Invalid key")
        try:
            parameters = body_parameters(call.body, call.content_type)
        except ValueError:
            raise ApiError("EGeneral:Invalid arguments") from None
        text = parameters.pop("nonce", None)
        nonce = valid_nonce(text)
        if nonce is None:
            raise ApiError("EAPI:Invalid nonce")
        if not agrees(call.signature, signature(key.secret, call.path, str(text), call.body)):
            raise ApiError("EAPI:Invalid signature")
        if nonce <= self._nonces.get(key.key, -1):
            raise ApiError("EAPI:Invalid nonce")
        self._nonces[key.key] = nonce
        return key, parameters
