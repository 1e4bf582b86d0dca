"""A single result: asked for once, at the first subscription, and replayed to later ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.subject import AsyncSubject

from rxkraken.errors import ConfigurationError, OutcomeUnknown

T = TypeVar("T")


def once(
    ask: Callable[[], Coroutine[Any, Any, T]], tasks: set[asyncio.Task[None]]
) -> Observable[T]:
    """Give an Observable, awaitable too, of the one result of a coroutine.

    ::

        1st  --subscribe--(ask)------r|
        2nd  -------------------------------subscribe-r|
    """
    result: AsyncSubject[T] = AsyncSubject()
    asked = False

    async def run() -> None:
        try:
            value = await ask()
        except asyncio.CancelledError:
            result.on_error(OutcomeUnknown("the client was closed before the answer came"))
            raise
        except Exception as error:  # noqa: BLE001 - the caller gets whatever went wrong
            result.on_error(error)
        else:
            result.on_next(value)
            result.on_completed()

    def subscribe(
        observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        nonlocal asked
        if not asked:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                raise ConfigurationError("ask inside a running event loop") from None
            asked = True
            task = loop.create_task(run())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return result.subscribe(observer, scheduler=scheduler)

    return Observable(subscribe)
