"""The HTTP side of REST: requests in, bodies out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from rxkraken.sim.keys import SignedCall
from rxkraken.sim.rest import PRIVATE_PATH, PUBLIC_PATH

if TYPE_CHECKING:
    from rxkraken.sim.rest import RestGateway

_JSON = "application/json"


class RestDoor:
    """Routes of REST.

    Args:
        rest: answers the calls.
    """

    __slots__ = ("_rest",)

    def __init__(self, rest: RestGateway) -> None:
        self._rest = rest

    def register(self, router: web.UrlDispatcher) -> None:
        """Put the routes into a server."""
        router.add_get(PUBLIC_PATH + "{name}", self.public)
        router.add_post(PRIVATE_PATH + "{name}", self.private)

    async def public(self, request: web.Request) -> web.Response:
        """Serve a public call."""
        body = self._rest.public(request.match_info["name"], request.query)
        return web.Response(body=body, content_type=_JSON)

    async def private(self, request: web.Request) -> web.Response:
        """Serve a private call."""
        call = SignedCall(
            path=request.path,
            key=request.headers.get("API-Key", ""),
            signature=request.headers.get("API-Sign", ""),
            content_type=request.content_type,
            body=await request.read(),
        )
        body = self._rest.private(request.match_info["name"], call)
        return web.Response(body=body, content_type=_JSON)
