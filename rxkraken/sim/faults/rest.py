"""What faults do to REST calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from rxkraken.sim.faults.mutations import NON_JSON_TEXT
from rxkraken.sim.faults.occasions import Occasion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Middleware

    from rxkraken.sim.clock import Clock
    from rxkraken.sim.faults.injector import Injector
    from rxkraken.sim.faults.plan import Fault

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REST_PATH = "/0/"
_SECOND_NS = 1_000_000_000


def rest_faults(injector: Injector, clock: Clock) -> Middleware:
    """A middleware that lets the injector's faults happen to calls of REST."""

    @web.middleware
    async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not (injector.armed and request.path.startswith(_REST_PATH)):
            return await handler(request)
        method = request.path.rpartition("/")[2]
        struck = injector.struck_by(Occasion("attempt", "rest", method=method), clock.now())
        for fault in struck:
            if fault.kind == "delay":
                await injector.moment(clock.now() + int((fault.seconds or 0) * _SECOND_NS))
            elif fault.kind == "refuse":
                return web.Response(status=fault.status)
            elif fault.kind == "disconnect" and request.transport is not None:
                request.transport.abort()
        return _spoiled(await handler(request), struck)

    return strike


def _spoiled(response: web.StreamResponse, struck: list[Fault]) -> web.StreamResponse:
    kinds = {fault.kind for fault in struck}
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        if "non_json" in kinds:
            response.body = NON_JSON_TEXT
        elif "truncate" in kinds:
            response.body = response.body[: len(response.body) // 2]
    return response
