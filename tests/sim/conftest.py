"""A client in memory and a naive book, both written without anything of the simulator's own."""

import binascii
import json
import os
from pathlib import Path

import pytest

from rxkraken.sim.clock import STEPPED_START_NS, SteppedClock
from rxkraken.sim.faults import Injector
from rxkraken.sim.gateway_v2 import GatewayV2
from rxkraken.sim.listing import pairs_named
from rxkraken.sim.market import Exchange

SECOND_NS = 1_000_000_000


class NaiveBook:
    """A book of number texts that follows the client's algorithm of the exchange's guide."""

    def __init__(self, depth):
        self.depth = depth
        self.bids = {}
        self.asks = {}

    def apply(self, frame):
        """Take in one frame; return (own checksum, checksum of the frame)."""
        entry = frame["data"][0]
        if frame["type"] == "snapshot":
            self.bids, self.asks = {}, {}
        for levels, changes in ((self.asks, entry["asks"]), (self.bids, entry["bids"])):
            for change in changes:
                if set(change["qty"]) <= {"0", "."}:
                    levels.pop(change["price"], None)
                else:
                    levels[change["price"]] = change["qty"]
        for price in self.ordered_bids()[self.depth :]:
            del self.bids[price]
        for price in self.ordered_asks()[self.depth :]:
            del self.asks[price]
        return self.checksum(), int(entry["checksum"])

    def ordered_bids(self):
        return sorted(self.bids, key=_digits, reverse=True)

    def ordered_asks(self):
        return sorted(self.asks, key=_digits)

    def checksum(self):
        text = ""
        for price in self.ordered_asks()[:10]:
            text += _token(price) + _token(self.asks[price])
        for price in self.ordered_bids()[:10]:
            text += _token(price) + _token(self.bids[price])
        return binascii.crc32(text.encode())

    def crossed(self):
        return bool(
            self.bids
            and self.asks
            and _digits(self.ordered_bids()[0]) >= _digits(self.ordered_asks()[0])
        )


def _token(number):
    return number.replace(".", "").lstrip("0")


def _digits(number):
    return int(number.replace(".", ""))


def texts(frame):
    """Decode a frame; its numbers stay the texts they were."""
    return json.loads(frame, parse_float=str, parse_int=str)


class MemoryClient:
    """An outlet that keeps what it is sent, and a session behind it."""

    def __init__(self, desk):
        self.frames = []
        self.closed = None
        self._session = desk.gateway.open(self)

    def send(self, frame):
        self.frames.append(frame)

    def close(self, code, reason):
        self.closed = code

    def say(self, text):
        """Send a text; return the decoded answers and snapshots it caused at once."""
        before = len(self.frames)
        self._session.receive(text)
        return [json.loads(frame) for frame in self.frames[before:]]

    def ask(self, method, req_id=None, **params):
        request = {"method": method, "params": params}
        if req_id is not None:
            request["req_id"] = req_id
        return self.say(json.dumps(request))

    def taken(self):
        """Frames since the last call, undecoded."""
        frames, self.frames = self.frames, []
        return frames


class Desk:
    """An exchange and its public endpoint in memory, in stepped time."""

    def __init__(self, symbols, *, seed=7, rate=100.0, faults=None, idle=60.0, heartbeat=1.0):
        self.clock = SteppedClock(STEPPED_START_NS)
        self.exchange = Exchange(pairs_named(symbols), seed, rate=rate, start_ns=self.clock.now())
        self.injector = Injector(faults)
        self.gateway = GatewayV2(
            self.exchange.markets,
            self.clock,
            self.injector,
            seed=seed,
            heartbeat_ns=int(heartbeat * SECOND_NS),
            idle_ns=int(idle * SECOND_NS),
        )

    def client(self):
        return MemoryClient(self)

    def advance(self, seconds):
        self.clock.move_to(self.clock.now() + int(seconds * SECOND_NS))
        self.exchange.advance(self.clock.now(), self.gateway.publish)
        self.gateway.tick(self.clock.now())


@pytest.fixture(scope="session")
def open_desk():
    return Desk


@pytest.fixture(scope="session")
def naive_book():
    return NaiveBook


@pytest.fixture(scope="session")
def decode_texts():
    return texts


@pytest.fixture(scope="session")
def samples():
    """Read the frames of a fixture file, or skip."""
    root = Path(__file__).parents[2]
    folder = Path(os.environ.get("RXKRAKEN_FIXTURES") or root.parent / "shared" / "fixtures")

    def read(name):
        path = folder / "v2" / name
        if not path.exists():
            pytest.skip(f"no recorded frames at {path}")
        return [json.loads(line) for line in path.read_text().splitlines() if line]

    return read
