"""Bytes to a verified book in a subscriber's hands, against decoding the same bytes alone.

``python -m benchmarks.order_book`` drives ``kraken.order_book`` over the in-memory transport. Both
sides run in this process in interleaved rounds; the figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import asyncio
import gc
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.sessions import SYMBOL, generated, recorded
from rxkraken import Kraken
from rxkraken.transport import MemoryPeer, MemoryTransport
from rxkraken.wire.v2 import decoder

if TYPE_CHECKING:
    from rxkraken.models import OrderBook

TARGET = 6.0
ROUNDS = 15


async def _serve(peer: MemoryPeer) -> None:
    while (request := await peer.receive()) is not None:
        peer.acknowledge(request)


async def through_the_client(frames: list[bytes], depth: int) -> float:
    """Give the seconds it takes to hand every book of a session to one subscriber."""
    transport = MemoryTransport(_serve)
    books = 0
    last: OrderBook | None = None

    def take(book: OrderBook) -> None:  # what does not verify is never emitted
        nonlocal books, last
        books += 1
        last = book

    async with Kraken(transport=transport) as kraken:
        kraken.order_book(SYMBOL, depth).subscribe(take)
        await kraken.ping()
        send = transport.peers[0].send
        began = perf_counter()
        for frame in frames:
            send(frame)
        seconds = perf_counter() - began
    if books != len(frames) or last is None or not last.verified:
        raise SystemExit(f"{books} of {len(frames)} books verified: nothing was measured")
    return seconds


def decoding(frames: list[bytes]) -> float:
    """Give the seconds it takes to decode a session."""
    decode = decoder()
    began = perf_counter()
    for frame in frames:
        decode(frame)
    return perf_counter() - began


def ratio(frames: list[bytes], depth: int, rounds: int = ROUNDS) -> float:
    """Compare the two over interleaved rounds."""
    ratios = []
    for _ in range(rounds):
        alone = min(decoding(frames) for _ in range(3))
        whole = min(asyncio.run(through_the_client(frames, depth)) for _ in range(3))
        ratios.append(whole / alone)
    return median(ratios)


def main() -> None:
    """Print one line a session."""
    gc.collect()
    sessions = {f"generated, depth {depth}": (generated(depth, 2000), depth) for depth in (10, 100)}
    session = recorded()
    if session is not None:
        sessions["recorded, depth 10"] = (session * 4, 10)
    for name, (frames, depth) in sessions.items():
        figure = ratio(frames, depth)
        mark = "" if "recorded" not in name else f"  (target: at most {TARGET:g})"
        print(f"{name}: {figure:.2f} times the cost of decoding alone{mark}")


if __name__ == "__main__":
    main()
