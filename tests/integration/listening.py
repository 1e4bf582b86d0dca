"""Listeners that can be waited for, and a look at what a client leaves behind."""

import asyncio
import gc
import socket
from contextlib import asynccontextmanager


class Listener:
    """Subscribes, writes down what comes, and wakes those who wait for it."""

    def __init__(self, observable, log=None):
        self.values = []
        self.error = None
        self.completed = False
        self._log = log
        self._changed = asyncio.Event()
        self.subscription = observable.subscribe(self._next, self._error, self._completed)

    def of(self, *kinds):
        """Give the values of some classes."""
        return [value for value in self.values if isinstance(value, kinds)]

    @property
    def last(self):
        return self.values[-1]

    async def until(self, holds):
        """Wait until something is true of this listener, looking after each value."""
        while not holds(self):
            assert self.error is None, self.error
            self._changed.clear()
            await self._changed.wait()

    async def begun(self):
        """Wait for the first value, if it has not come yet."""
        await self.until(lambda listener: listener.values)

    async def more(self, number=1):
        """Wait for so many further values."""
        wanted = len(self.values) + number
        await self.until(lambda listener: len(listener.values) >= wanted)

    def _next(self, value):
        self.values.append(value)
        if self._log is not None:
            self._log.append(value)
        self._changed.set()

    def _error(self, error):
        self.error = error
        self._changed.set()

    def _completed(self):
        self.completed = True
        self._changed.set()


def open_sockets():
    """Count the sockets of this process that nobody has closed."""
    gc.collect()
    sockets = [thing for thing in gc.get_objects() if isinstance(thing, socket.socket)]
    return sum(sock.fileno() != -1 for sock in sockets)


@asynccontextmanager
async def nothing_left():
    """Check that no task and no socket outlives the block."""
    before = open_sockets()
    yield
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:  # the server may still be saying goodbye
        await asyncio.wait(others, timeout=2)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await asyncio.sleep(0)  # transports close their sockets in the next turn of the loop
    assert open_sockets() <= before


def agrees(book, truth):
    """Whether an `OrderBook` shows the levels of the simulator's own book, digit by digit."""
    shown = [
        tuple((str(level.price), str(level.qty)) for level in side)
        for side in (book.bids, book.asks)
    ]
    return shown == [truth.bids, truth.asks]
