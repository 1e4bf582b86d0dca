"""REST: names of calls, signatures, and the envelope of answers (spec ``rest`` §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rxkraken.sim.exact import encode
from rxkraken.sim.keys import ApiError
from rxkraken.sim.rest_private import PrivateRest
from rxkraken.sim.rest_public import PublicRest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rxkraken.sim.gateway_v2 import GatewayV2
    from rxkraken.sim.keys import SignedCall

_Call = TypeVar("_Call")
PUBLIC_PATH = "/0/public/"
PRIVATE_PATH = "/0/private/"


class RestGateway:
    """All REST calls; every answer is a body of a response with status 200.

    Args:
        gateway: the state of the exchange, markets and accounts.
    """

    __slots__ = ("_clientele", "_private", "_public")

    def __init__(self, gateway: GatewayV2) -> None:
        self._clientele = gateway.clientele
        self._public = PublicRest(gateway).calls()
        self._private = PrivateRest(gateway).calls()

    def public(self, name: str, query: Mapping[str, str]) -> bytes:
        """Answer a public call."""
        try:
            result = _known(self._public, name)(query)
        except ApiError as error:
            return encode({"error": [str(error)]})
        return encode({"error": [], "result": result})

    def private(self, name: str, signed: SignedCall) -> bytes:
        """Answer a private call; who signs wrongly learns nothing about names of calls."""
        try:
            key, body = self._clientele.keyring.admit(signed)
            result = _known(self._private, name)(key, body)
        except ApiError as error:
            return encode({"error": [str(error)]})
        return encode({"error": [], "result": result})


def _known(calls: Mapping[str, _Call], name: str) -> _Call:
    call = calls.get(name)
    if call is None:
        raise ApiError("EGeneral:Unknown method")
    return call
