"""What a pipeline leaves behind: memory that grows with the events, and what outlives disposal."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from itertools import cycle, islice

import attrs
from reactivex import Observable

from rxkraken.testing.events import SETTLED
from rxkraken.testing.market import Market
from rxkraken.testing.playing import MarketScheduler, Pipeline
from rxkraken.testing.virtual_time import VirtualLoop, refuse_inside_a_loop

_SLACK = 0.25  # blocks an event: a pipeline that keeps anything of each event keeps at least one
_PAUSE = 100  # milliseconds: statistics by the minute are no growth
_LINGER = 2.0  # virtual seconds after which the client has closed what nobody needs


def repeated(market: Market, events: int) -> Market:
    """Let a market happen again and again, with short pauses, until there are so many events."""
    paused = zip(market.events, (market.events[0], *market.events), strict=False)
    steps = [(event, min(_PAUSE, event.at - before.at) or 10) for event, before in paused]
    at, again = 0, []
    for event, step in islice(cycle(steps), events):
        at += step
        again.append(attrs.evolve(event, at=at))
    return Market(market.listings, tuple(again))


def growth(market: Market, pipeline: Pipeline, events: int) -> str | None:
    """Say how much memory grows with the events of a repeated market, None if it does not.

    What looks like growth is looked at again over a market four times as long, in which free lists
    and windows have been filled before it is counted.
    """
    grown = _blocks_an_event(repeated(market, events), pipeline)
    if grown > _SLACK:
        grown = _blocks_an_event(repeated(market, 4 * events), pipeline)
    if grown <= _SLACK:
        return None
    return f"memory grows by {grown:.1f} blocks an event, when the market below goes on and on"


def _blocks_an_event(market: Market, pipeline: Pipeline) -> float:
    refuse_inside_a_loop("bounded_memory()")
    gc.collect()
    gc.freeze()  # so that the collections below are quick
    try:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            blocks = runner.run(_blocks(market, pipeline))
    finally:
        gc.unfreeze()
    return (blocks[1] - blocks[0]) / (len(market.events) // 2)


async def _blocks(market: Market, pipeline: Pipeline) -> tuple[int, int]:
    """Count the allocated blocks after half of the events and after all of them."""
    live = market.go_live()
    loop = asyncio.get_running_loop()
    times = [event.at for event in market.events]
    subscription = pipeline(market).subscribe(
        lambda _: None, lambda _: None, scheduler=MarketScheduler(loop)
    )
    live.venue.begin()
    began = loop.time()
    counted = []
    for at in (times[len(times) // 2], times[-1]):
        await asyncio.sleep(began + (at + SETTLED - 2) / 1000 - loop.time())
        gc.collect()
        counted.append(sys.getallocatedblocks())
    subscription.dispose()
    await live.venue.stop()
    await live.kraken.aclose()
    return counted[0], counted[1]


def remains(market: Market, pipeline: Pipeline, at: int) -> str | None:
    """Say what goes on after a pipeline was disposed of at a time, None if nothing does."""
    refuse_inside_a_loop("disposes_cleanly()")
    threads = threading.active_count()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        left = runner.run(_left(market, pipeline, at))
    if threading.active_count() > threads:
        left.append("a thread runs")
    if not left:
        return None
    return f"after it was disposed of at {at / 1000:.3f} s, {'; '.join(left)}"


async def _left(market: Market, pipeline: Pipeline, at: int) -> list[str]:
    loop = asyncio.get_running_loop()
    live = Market(market.listings, market.events, market.storms, market.ends_at + 10**7)
    venue = live.go_live().venue
    watched = asyncio.all_tasks()
    late: list[object] = []
    observable: Observable[object] = pipeline(live)
    disposed = False

    def on_next(value: object) -> None:
        if disposed:
            late.append(value)

    subscription = observable.subscribe(on_next, lambda _: None, scheduler=MarketScheduler(loop))
    venue.begin()
    await asyncio.sleep(at / 1000)
    subscription.dispose()
    disposed = True
    await asyncio.sleep((market.ends_at - at) / 1000 + _LINGER)
    left = [f"a value still comes: {late[0]!r}"] if late else []
    left += [f"the channel {name!r} stays subscribed" for name in venue.subscribed]
    if venue.connected:
        left.append("the link stays open")
    await venue.stop()
    await asyncio.sleep(0)
    tasks = asyncio.all_tasks() - watched - {asyncio.current_task()}
    left += [f"the task {task.get_coro()!r} runs" for task in tasks if not venue.connected]
    if isinstance(loop, VirtualLoop) and loop.timers() and not venue.connected:
        left.append(f"{len(loop.timers())} timers are set")
    await live.go_live().kraken.aclose()
    return left
