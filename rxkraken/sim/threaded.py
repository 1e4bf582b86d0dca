"""A simulator on an event loop and a thread of its own, for plain tests, shells and notebooks."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from rxkraken.sim.simulator import Simulator

_T = TypeVar("_T")


class ThreadedSimulator:
    """All that a `Simulator` can do, from any thread; `step` and `aclose` simply return.

    Made by `Simulator.threaded`. Every call is carried out on the simulator's own thread, between
    two of its steps, so nothing is ever seen half done.

    >>> from rxkraken.sim import Simulator
    >>> with Simulator.threaded(["BTC/USD"], clock="stepped") as simulator:
    ...     simulator.step(1.0)
    ...     simulator.history.commands > 0
    True
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        opened = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._run, args=(self._loop, opened), name="rxkraken-simulator", daemon=True
        )
        self._thread.start()
        opened.wait()
        try:
            self._wait_for(self._simulator.__aenter__)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody and end the thread; harmless when it has ended."""
        if self._loop is not None:
            try:
                self._wait_for(self._simulator.aclose)
            finally:
                self._end()

    def step(self, seconds: float) -> None:
        """Let `seconds` pass in stepped time."""
        self._wait_for(lambda: self._simulator.step(seconds))

    def __getattr__(self, name: str) -> Any:
        """Whatever the simulator has; methods run on its thread."""
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._on_thread(lambda: getattr(self._simulator, name))
        if not callable(value):
            return value

        def call(*arguments: Any, **named: Any) -> Any:
            return self._on_thread(lambda: value(*arguments, **named))

        return call

    def _on_thread(self, function: Callable[[], _T]) -> _T:
        async def carried_out() -> _T:
            return function()

        return function() if self._loop is None else self._wait_for(carried_out)

    def _wait_for(self, function: Callable[[], Awaitable[_T]]) -> _T:
        if self._loop is None:
            raise RuntimeError("the simulator is closed: use it inside its with block")

        async def awaited() -> _T:
            return await function()

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()

    def _end(self) -> None:
        loop, self._loop = self._loop, None
        thread, self._thread = self._thread, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop, opened: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(opened.set)
        try:
            loop.run_forever()
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
