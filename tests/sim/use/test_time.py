"""Real, scaled and stepped time; in stepped time the same seed gives the same bytes."""

import hashlib
import json

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Simulator
from rxkraken.sim.clock import RealClock
from rxkraken.sim.listing import PAIRS

SYMBOLS = ["BTC/USD", "ETH/USD", "SOL/USD", "PEPE/USD", "MLN/EUR"]
FRAMES = 100_000


def test_scaled_time_runs_faster_by_the_factor():
    slow, quick = RealClock(), RealClock(speed=1000)
    begin = slow.now(), quick.now()
    while slow.now() - begin[0] < 2_000_000:
        pass
    real, scaled = slow.now() - begin[0], quick.now() - begin[1]
    assert 500 * real < scaled < 2000 * real


@pytest.mark.asyncio
async def test_an_hour_in_a_moment_has_the_trades_of_an_hour(connected):
    async with (
        Simulator(["BTC/USD"], rate=2.0, speed=20_000, idle_timeout=1e9) as simulator,
        connected(simulator) as client,
    ):
        await client.ask("subscribe", channel="ohlc", symbol=["BTC/USD"], snapshot=False)
        begins = set()
        while len(begins) < 60:
            frame = await client.frame()
            if frame.get("channel") == "ohlc" and "data" in frame:
                begins |= {candle["interval_begin"] for candle in frame["data"]}
        assert simulator.history.commands > 3600


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"speed": 0}, "speed must be positive"),
        ({"speed": float("inf")}, "speed must be positive"),
        ({"speed": 2, "clock": "stepped"}, "stepped time has no speed"),
    ],
)
def test_a_speed_that_makes_no_sense_is_refused(settings, words):
    with pytest.raises(ConfigurationError, match=words):
        Simulator(**settings)


class Digest:
    """A client in memory that keeps a hash of all it is sent."""

    def __init__(self):
        self.frames = 0
        self.bytes = hashlib.sha256()

    def send(self, frame):
        self.frames += 1
        self.bytes.update(frame)
        self.bytes.update(b"\n")


def stepped_digest(open_desk, seed):
    """Hash of the first hundred thousand frames of subscribers to everything."""
    desk = open_desk(SYMBOLS, seed=seed, rate=2500.0)
    digest = Digest()
    channels = [
        {"channel": "trade", "snapshot": True},
        {"channel": "ticker", "event_trigger": "bbo"},
        {"channel": "ohlc", "interval": 5},
    ]
    for depth in (10, 25, 100, 500, 1000):
        session = desk.gateway.open(digest)
        for params in ({"channel": "book", "depth": depth}, *channels):
            request = {"method": "subscribe", "params": {"symbol": SYMBOLS} | params}
            session.receive(json.dumps(request))
    while digest.frames < FRAMES:
        desk.advance(0.2)
    return digest


def test_in_stepped_time_one_seed_gives_the_same_hundred_thousand_frames(open_desk):
    first, second = stepped_digest(open_desk, 5), stepped_digest(open_desk, 5)
    assert first.frames == second.frames >= FRAMES
    assert first.bytes.hexdigest() == second.bytes.hexdigest()


def test_another_seed_gives_other_bytes(open_desk):
    desks = [open_desk(["BTC/USD"], seed=seed) for seed in (1, 2)]
    clients = [desk.client() for desk in desks]
    for desk, client in zip(desks, clients, strict=True):
        client.ask("subscribe", channel="book", symbol=["BTC/USD"])
        desk.advance(1)
    assert clients[0].taken()[1:] != clients[1].taken()[1:]


@pytest.mark.parametrize(("rate", "seconds"), [(0.02, 700), (20_000, 1)])
def test_rates_reach_from_one_event_in_minutes_to_twenty_thousand_a_second(
    open_exchange, rate, seconds
):
    exchange, advance = open_exchange(["BTC/USD", "ETH/USD"], rate={"BTC/USD": rate})
    counts = dict.fromkeys(exchange.markets, 0)

    def count(market, _):
        counts[market.pair.symbol] += 1

    advance(seconds, count)
    assert counts["BTC/USD"] == pytest.approx(rate * seconds, rel=0.8 if rate < 1 else 0.1)
    assert counts["ETH/USD"] == pytest.approx(100 * PAIRS["ETH/USD"].activity * seconds, rel=0.2)
    book = exchange.markets["BTC/USD"].book
    assert book.bids.best_price() < book.asks.best_price()
