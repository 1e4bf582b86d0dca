"""A client in memory and a naive book, both written without anything of the simulator's own."""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import urllib.parse
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from rxkraken.sim import Simulator
from rxkraken.sim.clock import STEPPED_START_NS, SteppedClock
from rxkraken.sim.faults import Injector
from rxkraken.sim.gateway_v2 import GatewayV2
from rxkraken.sim.listing import pairs_named
from rxkraken.sim.market import Exchange

SECOND_NS = 1_000_000_000
GUARD_SECONDS = 20


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
        self._line = desk.injector.line(self, "public", desk.clock)
        self._session = desk.gateway.open(self._line)

    def send(self, frame):
        self.frames.append(frame)

    def close(self, code, reason):
        self.closed = code

    def abort(self):
        self.closed = 1006

    def freeze(self):
        self.closed = "frozen"

    def say(self, text):
        """Send a text; return the decoded answers and snapshots it caused at once."""
        before = len(self.frames)
        self._line.receive(self._session, text)
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
        self.injector.tick(self.clock.now())


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


class WireClient:
    """A client of aiohttp, connected to one endpoint of a simulator."""

    def __init__(self, socket):
        self.socket = socket
        self._asked = 0

    async def text(self):
        """The next text frame."""
        message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return message.data

    async def frame(self):
        return json.loads(await self.text())

    async def send(self, method, req_id=None, **params):
        request = {"method": method} | ({"params": params} if params else {})
        await self.socket.send_json(request | ({} if req_id is None else {"req_id": req_id}))

    async def ask(self, method, **params):
        """Send a request; return its answer, whatever comes before it is dropped."""
        self._asked += 1
        await self.send(method, self._asked, **params)
        while True:
            frame = await self.frame()
            if frame.get("req_id") == self._asked:
                return frame

    async def subscribe(self, channel, *symbols, **params):
        """Subscribe without a snapshot."""
        named = {"symbol": list(symbols)} if symbols else {}
        answer = await self.ask("subscribe", channel=channel, snapshot=False, **named, **params)
        assert answer["success"], answer
        for _ in symbols[1:]:
            assert (await self.frame())["success"]

    async def texts(self):
        """Every text so far: all that comes before the answer to a ping."""
        self._asked += 1
        await self.send("ping", self._asked)
        seen = [await self.text()]
        while not ('"method":"pong"' in seen[-1] and f'"req_id":{self._asked},' in seen[-1]):
            seen.append(await self.text())
        return seen[:-1]

    async def frames(self):
        return [json.loads(text) for text in await self.texts()]

    async def data(self):
        """As `texts`, without heartbeats."""
        return [text for text in await self.texts() if "heartbeat" not in text]

    async def end(self):
        """Read to the end; return the last message."""
        while True:
            message = await self.socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return message


@contextlib.asynccontextmanager
async def connection(simulator, endpoint="public_v2", **settings):
    url = getattr(simulator.environment, endpoint)
    settings = {"max_msg_size": 1 << 26} | settings
    async with (
        asyncio.timeout(GUARD_SECONDS),
        aiohttp.ClientSession() as http,
        http.ws_connect(url, **settings) as socket,
    ):
        yield WireClient(socket)


@pytest.fixture(scope="session")
def connected():
    """Opens a connection: ``async with connected(simulator, "private_v2") as client``."""
    return connection


# -- over the wire --------------------------------------------------------------------------------


class WireLine:
    """One WebSocket; a ping after each request tells when all it caused has arrived."""

    def __init__(self, websocket, token):
        self.token = token
        self.frames = []
        self._websocket = websocket
        self._pings = 0

    async def say(self, text):
        """Send a text; return what came until everything caused by it has arrived."""
        await self._websocket.send_str(text)
        return await self.catch_up()

    async def catch_up(self):
        self._pings += 1
        await self._websocket.send_str(f'{{"method":"ping","req_id":{self._pings}}}')
        came = []
        async with asyncio.timeout(10):
            while True:
                frame = json.loads(await self._websocket.receive_str(), parse_float=str)
                if frame.get("method") == "pong" and frame.get("req_id") == self._pings:
                    return came
                came.append(frame)
                self.frames.append(frame)

    async def ask(self, method, **params):
        """Make a request with the token; return its answers, without their times."""
        params.setdefault("token", self.token)
        request = {"method": method, "params": params, "req_id": 42}
        came = await self.say(json.dumps(request))
        answers = [frame for frame in came if "method" in frame]
        for answer in answers:
            assert answer.pop("req_id") == 42
            assert answer.pop("time_in") <= answer.pop("time_out")
        return answers

    async def order(self, **params):
        """Add an order; return its id."""
        (answer,) = await self.ask("add_order", **params)
        assert answer["success"], answer
        return answer["result"]["order_id"]

    async def error(self, method, **params):
        """Make a request that is refused; return the text."""
        (answer,) = await self.ask(method, **params)
        assert answer.keys() == {"error", "method", "success"}, answer
        assert answer["success"] is False
        return answer["error"]

    def reports(self, channel="executions"):
        """All entries of an account channel; its messages are numbered without a gap."""
        frames = [frame for frame in self.frames if frame.get("channel") == channel]
        assert [frame["sequence"] for frame in frames] == list(range(1, len(frames) + 1))
        return [entry for frame in frames for entry in frame["data"]]

    def story(self, order_id):
        """Kind and status of every report of an order."""
        return [
            (report["exec_type"], report["order_status"])
            for report in self.reports()
            if report["order_id"] == order_id
        ]

    def last(self, order_id):
        """The last report of an order."""
        return [report for report in self.reports() if report["order_id"] == order_id][-1]

    async def closed(self):
        """The close code, once the exchange has hung up."""
        async with asyncio.timeout(10):
            while not self._websocket.closed:
                await self._websocket.receive()
        return self._websocket.close_code


def sign(secret, path, nonce, body):
    """The signature as the document explains it."""
    digest = hashlib.sha256(nonce.encode() + body).digest()
    mac = hmac.new(base64.b64decode(secret), path.encode() + digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()


class Wire:
    """A client of a running simulator; it has the URLs and the credentials, nothing else."""

    def __init__(self, simulator, http):
        self.simulator = simulator
        self._http = http
        self._nonce = 0

    def nonce(self):
        self._nonce += 1
        return str(self._nonce)

    async def public(self, name, **query):
        url = f"{self.simulator.environment.rest}/0/public/{name}"
        async with self._http.get(url, params=query) as response:
            assert response.status == 200
            return json.loads(await response.read(), parse_float=str)

    async def private(self, name, account=None, *, credentials=None, as_json=False, **fields):
        credentials = credentials or self.credentials(account)
        nonce = self.nonce()
        if as_json:
            body = json.dumps({"nonce": int(nonce), **fields}).encode()
        else:
            body = urllib.parse.urlencode({"nonce": nonce, **fields}).encode()
        signature = sign(credentials.reveal_secret(), f"/0/private/{name}", nonce, body)
        kind = "json" if as_json else "x-www-form-urlencoded"
        headers = {"API-Key": credentials.key, "API-Sign": signature}
        return await self.post(name, body, headers | {"Content-Type": f"application/{kind}"})

    async def post(self, name, body, headers):
        url = f"{self.simulator.environment.rest}/0/private/{name}"
        async with self._http.post(url, data=body, headers=headers) as response:
            assert response.status == 200
            return json.loads(await response.read(), parse_float=str)

    def credentials(self, account=None):
        if account is None:
            return self.simulator.credentials
        return self.simulator.credentials_of(account)

    async def token(self, account=None):
        body = await self.private("GetWebSocketsToken", account)
        assert body["error"] == []
        return body["result"]["token"]

    async def open(self, endpoint="private_v2", account=None, *, channels=()):
        """A connection of an account that has subscribed to account channels."""
        token = await self.token(account)
        url = getattr(self.simulator.environment, endpoint)
        line = WireLine(await self._http.ws_connect(url, max_msg_size=0), token)
        for channel in channels:
            (answer,) = await line.ask("subscribe", channel=channel)
            assert answer["success"], answer
        return line

    async def step(self, seconds, *lines):
        """Let time pass; then read what it brought."""
        await self.simulator.step(seconds)
        for line in lines:
            await line.catch_up()


@pytest_asyncio.fixture
async def wires():
    """Open simulators in stepped time, and clients of them; all ends with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def wire(symbols=("BTC/USD",), **settings):
            settings = {"clock": "stepped"} | settings
            simulator = await stack.enter_async_context(Simulator(symbols, **settings))
            http = await stack.enter_async_context(aiohttp.ClientSession())
            return Wire(simulator, http)

        yield wire
