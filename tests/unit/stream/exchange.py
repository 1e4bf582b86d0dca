"""A scripted exchange behind the in-memory transport, and listeners that write down what comes."""

import asyncio
from contextlib import asynccontextmanager

from rxkraken import Kraken
from rxkraken.transport import MemoryTransport

from .frames import STATUS


class Exchange:
    """Sends the status, writes every request down and acknowledges it, unless a test interferes.

    Attributes:
        peers: its ends of all connections, oldest first.
        requests: (number of the connection, request), in the order they came.
        refuse: raised instead of accepting a connection.
        answers: called with (peer, request) before the acknowledgement; True suppresses it.
        opening: frames that every new connection begins with.
    """

    def __init__(self):
        self.transport = MemoryTransport(self._serve)
        self.requests = []
        self.refuse = None
        self.answers = lambda peer, request: False
        self.opening = (STATUS,)

    @property
    def peers(self):
        return self.transport.peers

    @property
    def open(self):
        """The connections that have not ended."""
        return [peer for peer in self.peers if peer.closed is None]

    def asked(self, method=None, channel=None):
        """Give the requests of a method and a channel, without pings unless asked for."""
        return [
            request
            for _, request in self.requests
            if (request["method"] == method or (method is None and request["method"] != "ping"))
            and channel in {None, request.get("params", {}).get("channel")}
        ]

    def kraken(self, **settings):
        return Kraken(transport=self.transport, budget=_Unlimited(), **settings)

    def send(self, *frames):
        """Send frames on the newest connection."""
        for frame in frames:
            self.peers[-1].send(frame)

    async def _serve(self, peer):
        if self.refuse is not None:
            raise self.refuse
        number = self.peers.index(peer) + 1
        for frame in self.opening:
            peer.send(frame)
        while (request := await peer.receive()) is not None:
            self.requests.append((number, request))
            if not self.answers(peer, request):
                peer.acknowledge(request)


class _Unlimited:
    """A budget that never makes anybody wait."""

    def reserve(self, now):
        return 0.0


class SlowToClose:
    """A transport whose goodbyes take a while, as those of real peers do."""

    def __init__(self, inner, seconds):
        self.inner, self.seconds = inner, seconds

    @asynccontextmanager
    async def connect(self, url):
        async with self.inner.connect(url) as socket:
            try:
                yield socket
            finally:
                await asyncio.sleep(self.seconds)


class Listener:
    """Subscribes and writes down what comes.

    Attributes:
        raise_on: number of the value on which it raises, 0 for never.
    """

    def __init__(self, observable, *, raise_on=0):
        self.values = []
        self.error = None
        self.completed = False
        self.raise_on = raise_on
        self._subscription = observable.subscribe(self._next, self._error, self._completed)

    def dispose(self):
        self._subscription.dispose()

    def of(self, *kinds):
        """Give the values of some classes."""
        return [value for value in self.values if isinstance(value, kinds)]

    @property
    def ended(self):
        return self.completed or self.error is not None

    def _next(self, value):
        self.values.append(value)
        if len(self.values) == self.raise_on:
            raise RuntimeError("a careless subscriber")

    def _error(self, error):
        self.error = error

    def _completed(self):
        self.completed = True


async def settled(seconds=0.001):
    """Let virtual time pass, in which everything that is ready happens."""
    await asyncio.sleep(seconds)
