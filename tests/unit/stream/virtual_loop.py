"""An asyncio loop whose clock jumps to the next timer when nothing is left to do.

Minutes of keepalive, backoff and lingering pass in milliseconds and always in the same order. A
program that waits for something which can never happen fails at once instead of hanging.
"""

import asyncio
import selectors


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: where a real selector would sleep, the clock moves on instead."""

    def __init__(self):
        super().__init__()
        self.now = 1_000.0

    def select(self, timeout=None):
        events = super().select(0)
        if events:
            return events
        if timeout is None:
            raise RuntimeError("the program waits for something that can never happen")
        self.now += max(0.0, timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, for code that touches no socket, file or thread."""

    def __init__(self):
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    def time(self):
        return self._virtual.now

    def hold_up(self, seconds):
        """Let time pass in which the loop does nothing, as a blocking call would."""
        self._virtual.now += seconds


async def _supervised(scenario):
    """Run a scenario; nothing may fail unseen in a callback, and no task may survive it."""
    mishaps = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: mishaps.append(context))
    result = await scenario
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not mishaps, mishaps
    assert not left, left
    return result


def in_virtual_time(scenario):
    """Run a coroutine from now on in a loop of its own, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_supervised(scenario))
