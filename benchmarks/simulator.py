"""How fast the simulator is: commands of its engine, and frames to one subscriber.

    python -m benchmarks.simulator

Engine: a crowd's and a client's limit orders, cancellations and market orders a second, in one
process. Frames: book updates a second that one subscriber is given over loopback, as a ratio to
aiohttp that sends the same frames built beforehand.
"""

from __future__ import annotations

import asyncio
import random
import time
from decimal import Decimal
from itertools import count

import aiohttp
from aiohttp import web

from rxkraken.sim import Simulator
from rxkraken.sim.engine import ByOrderId, MatchingEngine, OrderRequest, Venue
from rxkraken.sim.listing import PAIRS

COMMANDS = 40_000
SECONDS = 20.0
RATE = 1000.0
SUBSCRIBE = '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":100}}'


def crowd_commands_per_second(commands: int = COMMANDS) -> float:
    """The crowd: half limit orders, 40 % cancellations, a tenth market orders."""
    source, numbers = random.Random(1), count()
    engine = MatchingEngine(lambda: str(next(numbers)), last_price=10_000)
    resting = engine.book.orders
    began = time.perf_counter()
    for now_ns in range(commands):
        draw = source.random()
        if draw < 0.5 or not resting:
            side, sign = ("buy", -1) if source.random() < 0.5 else ("sell", 1)
            price = 10_000 + sign * source.randrange(1, 50)
            engine.limit(side, quantity=source.randrange(1, 20), price=price, now_ns=now_ns)
        elif draw < 0.9:
            engine.cancel(next(reversed(resting)), now_ns=now_ns)
        else:
            side = "buy" if source.random() < 0.5 else "sell"
            engine.market(side, quantity=source.randrange(1, 20), now_ns=now_ns)
    return commands / (time.perf_counter() - began)


def client_commands_per_second(commands: int = COMMANDS) -> float:
    """Clients with money, holds and reports: the same mixture through `Venue`."""
    source = random.Random(1)
    venue = Venue([PAIRS["BTC/USD"]])
    for name in ("alice", "bob"):
        venue.open_account(name, balances={"USD": Decimal(10**9), "BTC": Decimal(10**6)})
    prices = {
        "buy": [Decimal(65_900) - number for number in range(50)],
        "sell": [Decimal(66_000) + number for number in range(50)],
    }
    sizes = [Decimal("0.01") * number for number in range(1, 20)]
    mine: list[tuple[str, str]] = []
    began = time.perf_counter()
    for now_ns in range(commands):
        draw, side = source.random(), "buy" if source.random() < 0.5 else "sell"
        owner = "alice" if source.random() < 0.5 else "bob"
        size = sizes[source.randrange(19)]
        if draw < 0.5 or not mine:
            order = OrderRequest(
                symbol="BTC/USD",
                side=side,
                order_type="limit",
                quantity=size,
                limit_price=prices[side][source.randrange(50)],
            )
            mine.append((owner, venue.add(owner, order, now_ns=now_ns).order_id))
        elif draw < 0.9:
            owner, order_id = mine.pop()
            if venue.is_open(owner, order_id):
                venue.cancel(owner, ByOrderId(order_id), now_ns=now_ns)
        else:
            order = OrderRequest(symbol="BTC/USD", side=side, order_type="market", quantity=size)
            venue.add(owner, order, now_ns=now_ns)
    return commands / (time.perf_counter() - began)


async def _until_quiet(socket: aiohttp.ClientWebSocketResponse) -> list[bytes]:
    return [message.data.encode() async for message in socket]


async def frames_per_second() -> tuple[float, list[bytes]]:
    """Frames of one busy book that the simulator builds and one subscriber takes."""
    async with (
        Simulator(["BTC/USD"], clock="stepped", rate=RATE) as simulator,
        aiohttp.ClientSession() as session,
        session.ws_connect(simulator.environment.public_v2) as socket,
    ):
        await socket.send_str(SUBSCRIBE)
        began = time.perf_counter()
        reader = asyncio.create_task(_until_quiet(socket))
        await simulator.step(SECONDS)
        simulator.drop_connections(1000)
        frames = await reader
        elapsed = time.perf_counter() - began
    return len(frames) / elapsed, frames


async def plain_frames_per_second(frames: list[bytes]) -> float:
    """The same frames, sent by a bare aiohttp server."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        for frame in frames:
            await socket.send_str(frame.decode())
        await socket.close()
        return socket

    application = web.Application()
    application.router.add_get("/", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as session:
        began = time.perf_counter()
        async with session.ws_connect(f"http://{host}:{port}/") as socket:
            received = [message async for message in socket]
        elapsed = time.perf_counter() - began
    await runner.cleanup()
    return len(received) / elapsed


async def main() -> None:
    print(f"engine, crowd:   {crowd_commands_per_second():10,.0f} commands/s")
    print(f"engine, clients: {client_commands_per_second():10,.0f} commands/s")
    served, frames = await frames_per_second()
    plain = await plain_frames_per_second(frames)
    print(f"simulator:       {served:10,.0f} frames/s to one subscriber")
    print(f"bare aiohttp:    {plain:10,.0f} frames/s, pre-built")
    print(f"ratio:           {served / plain:10.2f}")


if __name__ == "__main__":
    asyncio.run(main())
