"""Run a pipeline over a market in virtual time, and write down what came out when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
from reactivex import Observable

from rxkraken.operators.timing import LoopScheduler
from rxkraken.testing.events import EPOCH
from rxkraken.testing.market import Live, Market
from rxkraken.testing.virtual_time import VirtualLoop, refuse_inside_a_loop

Pipeline = Callable[[Any], Observable[Any]]

_PATIENCE = 60.0  # virtual seconds that a pipeline may go on after its sources have ended


class MarketScheduler(LoopScheduler):
    """The scheduler of a loop, with the clock of the market that begins in it now.

    Operators that align windows to the clock find the same windows in every run.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._epoch = EPOCH - timedelta(seconds=loop.time())


@attrs.frozen
class Output:
    """One value of a pipeline: when, in milliseconds of the market, and what.

    ``closing`` tells that it came because the market had ended.
    """

    at: int
    value: Any
    closing: bool = False


@attrs.frozen
class Played:
    """What a pipeline made of a market.

    Attributes:
        outputs: every value in order.
        error: what ended the pipeline, as text, None when nothing did.
        completed: it completed.
    """

    outputs: tuple[Output, ...]
    error: str | None
    completed: bool

    @property
    def values(self) -> list[Any]:
        """The values alone."""
        return [output.value for output in self.outputs]


@attrs.define(eq=False)
class Recorder:
    """An observer that writes down what comes, and when."""

    live: Live
    ended: asyncio.Event
    outputs: list[Output] = attrs.field(factory=list)
    error: str | None = None
    completed: bool = False

    def on_next(self, value: Any) -> None:
        """Write a value down."""
        venue = self.live.venue
        self.outputs.append(Output(venue.elapsed, value, venue.over.is_set()))

    def on_error(self, error: Exception) -> None:
        """Write down what ended the pipeline."""
        self.error = f"{type(error).__name__}: {error}"
        self.ended.set()

    def on_completed(self) -> None:
        """Write down that it is complete."""
        self.completed = True
        self.ended.set()


def play(market: Market, pipeline: Pipeline, *, apart: bool = False) -> Played:
    """Run a pipeline over a market, from the beginning to the end of it, in virtual time.

    Args:
        market: what happens.
        pipeline: what a user writes: from a market to an Observable.
        apart: send each frame alone, in a turn of the loop of its own, instead of packing what
            happens at one moment.

    Raises:
        ConfigurationError: an event loop is running here.

    >>> from rxkraken.testing import Deal, Listing, Market, play
    >>> market = Market((Listing(),), (Deal(10, "BTC/USD", "buy", 1_000, 5),))
    >>> play(market, lambda market: market.trade("BTC/USD").map(lambda trade: trade.price)).values
    [Decimal('100.0')]
    """
    refuse_inside_a_loop("play()")
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_play(market, pipeline, apart=apart))


async def _play(market: Market, pipeline: Pipeline, *, apart: bool) -> Played:
    live = market.go_live(apart=apart)
    recorder = Recorder(live, asyncio.Event())
    subscription = pipeline(market).subscribe(
        recorder.on_next,
        recorder.on_error,
        recorder.on_completed,
        scheduler=MarketScheduler(asyncio.get_running_loop()),
    )
    live.venue.begin()
    over, ended = (asyncio.ensure_future(e.wait()) for e in (live.venue.over, recorder.ended))
    await asyncio.wait({over, ended}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait({ended}, timeout=_PATIENCE)
    subscription.dispose()
    await live.venue.stop()
    await live.kraken.aclose()
    over.cancel()
    ended.cancel()
    return Played(tuple(recorder.outputs), recorder.error, recorder.completed)
