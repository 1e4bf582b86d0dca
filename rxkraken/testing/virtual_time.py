"""An asyncio loop whose clock jumps to the next timer when nothing is left to do.

Minutes of keepalive, backoff and lingering pass in milliseconds and always in the same order. A
program that waits for something which can never happen fails at once instead of hanging.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from rxkraken.errors import ConfigurationError

T = TypeVar("T")

_BEGINNING = 1_000.0  # a loop that begins at 0 hides mistakes about clocks


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: where a real selector would sleep, the clock moves on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = _BEGINNING

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events:
            return events
        if timeout is None:
            raise RuntimeError("the program waits for something that can never happen")
        self.now += max(0.0, timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, for code that touches no socket, file or thread.

    >>> with asyncio.Runner(loop_factory=VirtualLoop) as runner:
    ...     runner.run(asyncio.sleep(3600, "an hour later"))
    'an hour later'
    """

    def __init__(self) -> None:
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Tell the virtual time in seconds."""
        return self._virtual.now

    def hold_up(self, seconds: float) -> None:
        """Let time pass in which the loop does nothing, as a blocking call would."""
        self._virtual.now += seconds

    def timers(self) -> list[asyncio.TimerHandle]:
        """Give the timers that are set and not cancelled."""
        scheduled: list[asyncio.TimerHandle] = getattr(self, "_scheduled", [])
        return [timer for timer in scheduled if not timer.cancelled()]


async def _supervised(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario; nothing may fail unseen in a callback, and no task may survive it."""
    mishaps: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: mishaps.append(context))
    result = await scenario
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if mishaps:
        raise AssertionError(f"something failed unseen in the loop: {mishaps}")
    if left:
        raise AssertionError(f"tasks survive the scenario: {left}")
    return result


def in_virtual_time(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a virtual loop of its own, and give its result.

    Raises:
        AssertionError: a callback failed unseen, or a task is left.
        ConfigurationError: a loop is running here already.
        RuntimeError: everything waits for something that can never happen.

    >>> in_virtual_time(asyncio.sleep(86_400, "a day later"))
    'a day later'
    """
    refuse_inside_a_loop("in_virtual_time()")
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_supervised(scenario))


def refuse_inside_a_loop(what: str) -> None:
    """Raise a sentence when an event loop is running here.

    Raises:
        ConfigurationError: one is running.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise ConfigurationError(
        f"{what} runs an event loop of its own in virtual time: "
        "call it from a plain function, not from a coroutine"
    )
