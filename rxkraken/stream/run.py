"""Drive a pipeline from a plain script."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.operators.timing import LoopScheduler

T = TypeVar("T")


def run(observable: Observable[T], duration: float | None = None) -> T | None:
    """Subscribe, wait for the end or for some seconds, and give the last value.

    Opens an event loop of its own and closes everything the pipeline opened.

    Args:
        observable: the pipeline.
        duration: seconds after which to stop; None waits for the end of the pipeline.

    Returns:
        The last value, None when there was none.

    Raises:
        ConfigurationError: a loop is running here already: await the pipeline instead.
        Exception: the error that ended the pipeline.

    >>> import reactivex
    >>> run(reactivex.of(1, 2, 3))
    3
    """
    if duration is not None and not duration > 0:
        raise ConfigurationError(f"duration must be above 0 seconds, not {duration!r}")
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_drive(observable, duration))
    raise ConfigurationError(
        "run() opens an event loop of its own; inside a running loop use `await pipeline`"
    )


async def _drive(observable: Observable[T], duration: float | None) -> T | None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    last: T | None = None

    def on_next(value: T) -> None:
        nonlocal last
        last = value

    def on_error(error: Exception) -> None:
        if not ended.done():
            ended.set_exception(error)

    def on_completed() -> None:
        if not ended.done():
            ended.set_result(None)

    subscription = observable.subscribe(
        on_next, on_error, on_completed, scheduler=LoopScheduler(loop)
    )
    try:
        await asyncio.wait({ended}, timeout=duration)
        if ended.done():
            ended.result()
    finally:
        subscription.dispose()
    return last
