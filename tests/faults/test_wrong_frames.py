"""Updates that are lost, changed or replaced by something else: one topic heals, others go on."""

import asyncio
from itertools import pairwise

import pytest

from rxkraken import Kraken
from rxkraken.models import (
    Connected,
    Disconnected,
    Gap,
    Malformed,
    OrderBook,
    Resynced,
    Subscribed,
    Unsubscribed,
)
from rxkraken.sim import Fault, Faults, Simulator

from ..integration.listening import Listener, agrees, nothing_left  # noqa: TID252 - no packages

SYMBOLS = ("BTC/USD", "ETH/USD")

pytestmark = pytest.mark.asyncio


class Scene:
    """Two books and the trades of both symbols; one log of all books of the first and its life."""

    def __init__(self, kraken):
        self.log = []
        self.lifecycle = Listener(kraken.lifecycle(), self.log)
        self.hit = Listener(kraken.order_book("BTC/USD"), self.log)
        self.spared = Listener(kraken.order_book("ETH/USD"))
        self.trades = Listener(kraken.trade(*SYMBOLS))

    async def running(self):
        for listener in (self.hit, self.spared):
            await listener.more(5)

    async def hit_by(self, sim, kind, times):
        """Let a fault happen until it shows: what is lost may be overwritten at once."""
        while len(self.lifecycle.of(Gap)) < times:
            sim.inject(Fault(kind=kind, symbol="BTC/USD", nth=1))
            await self.hit.more(10)
        await self.lifecycle.until(lambda one: len(one.of(Resynced)) == times)
        await self.running()


@pytest.mark.parametrize("kind", ["drop", "corrupt_checksum"])
async def test_a_book_that_disagrees_heals_and_says_so(kind):
    async with asyncio.timeout(20), nothing_left():
        async with Simulator(SYMBOLS, rate=300.0) as sim, Kraken(sim.environment) as kraken:
            scene = Scene(kraken)
            await scene.running()
            for times in (1, 2):
                await scene.hit_by(sim, kind, times)
            sim.set_system_status("maintenance")
            truth = sim.book("BTC/USD")
            await scene.hit.until(lambda one: agrees(one.last, truth))
            assert {incident.kind for incident in sim.journal} == {kind}
        gaps, healings = scene.lifecycle.of(Gap), scene.lifecycle.of(Resynced)
        assert [gap.attempt for gap in gaps] == [healing.attempt for healing in healings] == [1, 2]
        assert all(gap.topic.symbol == "BTC/USD" and gap.retry_in is not None for gap in gaps)
        assert all("checksum" in gap.cause for gap in gaps)
        assert all(book.verified for book in scene.hit.values + scene.spared.values)
        assert (scene.hit.error, scene.spared.error, scene.trades.error) == (None, None, None)
        assert scene.lifecycle.of(Disconnected) == []
        assert len(scene.lifecycle.of(Connected)) == 1
        _check_silence_between(scene.log)
        _check_nothing_missed(scene.trades.values)
        asked = [event.topic for event in scene.lifecycle.of(Subscribed)]
        assert sum(topic.symbol == "BTC/USD" and topic.channel == "book" for topic in asked) == 3
        assert sum(topic.symbol == "ETH/USD" and topic.channel == "book" for topic in asked) == 1
        assert len(scene.lifecycle.of(Unsubscribed)) == 2


def _check_silence_between(log):
    """No book comes between a gap and the word that it is healed."""
    happenings = [event for event in log if isinstance(event, Gap | Resynced | OrderBook)]
    for earlier, later in pairwise(happenings):
        if isinstance(earlier, Gap):
            assert isinstance(later, Resynced)
        if isinstance(earlier, Resynced):
            assert isinstance(later, OrderBook)


def _check_nothing_missed(trades):
    for symbol in SYMBOLS:
        numbers = [trade.trade_id for trade in trades if trade.symbol == symbol]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


async def test_both_depths_of_a_symbol_heal_each_on_its_own():
    async with (
        asyncio.timeout(20),
        nothing_left(),
        Simulator(["BTC/USD"], rate=300.0) as sim,
        Kraken(sim.environment) as kraken,
    ):
        lifecycle = Listener(kraken.lifecycle())
        books = {depth: Listener(kraken.order_book("BTC/USD", depth)) for depth in (10, 100)}
        for listener in books.values():
            await listener.more(5)
        sim.inject(Fault(kind="corrupt_checksum", symbol="BTC/USD", times=2))
        await lifecycle.until(lambda one: len(one.of(Resynced)) == len(one.of(Gap)) > 0)
        for listener in books.values():
            await listener.more(5)
        sim.set_system_status("maintenance")
        for depth, listener in books.items():
            truth = sim.book("BTC/USD", depth)
            await listener.until(lambda one, truth=truth: agrees(one.last, truth))
        assert all(book.verified for one in books.values() for book in one.values)


async def test_a_late_subscriber_during_a_gap_waits_for_the_healed_book():
    async with (
        asyncio.timeout(20),
        nothing_left(),
        Simulator(["BTC/USD"], rate=300.0) as sim,
        Kraken(sim.environment) as kraken,
    ):
        late = []
        lifecycle = Listener(kraken.lifecycle())
        lifecycle_of_gaps = kraken.lifecycle().subscribe(
            lambda event: (
                late.append(Listener(kraken.order_book("BTC/USD")))
                if isinstance(event, Gap)
                else None
            )
        )
        early = Listener(kraken.order_book("BTC/USD"))
        await early.more(5)
        sim.inject(Fault(kind="corrupt_checksum", symbol="BTC/USD", nth=1))
        await lifecycle.until(lambda one: one.of(Resynced))
        await late[0].more(2)
        await early.more(2)
        lifecycle_of_gaps.dispose()
        first = late[0].values[0]
        assert first.verified
        assert any(book is first or book == first for book in early.values)


async def test_texts_that_are_no_json_are_told_and_harm_nobody():
    async with asyncio.timeout(20), nothing_left():
        faults = Faults([Fault(kind="non_json", channel=None, every=5, times=20)])
        async with (
            Simulator(SYMBOLS, rate=300.0, faults=faults) as sim,
            Kraken(sim.environment) as kraken,
        ):
            scene = Scene(kraken)
            await scene.lifecycle.until(lambda one: len(one.of(Malformed)) >= 20)
            await scene.running()
        assert len(scene.lifecycle.of(Malformed)) == 20
        assert {event.data for event in scene.lifecycle.of(Malformed)} == {
            b"CloudFlare WebSocket proxy restarting"
        }
        assert scene.lifecycle.of(Gap, Disconnected) == []
        _check_nothing_missed(scene.trades.values)
