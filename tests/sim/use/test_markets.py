"""Fair values that move together, scripted paths, and markets from a list of orders."""

import itertools
import json
import statistics

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Scripted, Simulator
from rxkraken.sim.clock import STEPPED_START_NS
from rxkraken.sim.fair_values import Economy
from rxkraken.sim.listing import PAIRS

MINUTE = 60 * 10**9


def moves(symbols, minutes=900, seed=3):
    """Relative moves of each pair, minute by minute."""
    economy = Economy(seed, STEPPED_START_NS)
    values = {symbol: economy.fair_value(PAIRS[symbol]) for symbol in symbols}
    paths = {symbol: [] for symbol in symbols}
    for minute in range(minutes):
        for symbol, value in values.items():
            paths[symbol].append(value.at(STEPPED_START_NS + minute * MINUTE))
    return {
        symbol: [after / before - 1 for before, after in itertools.pairwise(path)]
        for symbol, path in paths.items()
    }


def test_coins_move_together_and_money_goes_its_own_way():
    seen = moves(["BTC/USD", "ETH/USD", "SOL/USD", "EUR/USD"])
    assert statistics.correlation(seen["BTC/USD"], seen["ETH/USD"]) > 0.25
    assert statistics.correlation(seen["BTC/USD"], seen["SOL/USD"]) > 0.25
    assert abs(statistics.correlation(seen["BTC/USD"], seen["EUR/USD"])) < 0.2


def test_now_and_then_a_price_jumps():
    steps = [abs(move) for move in moves(["BTC/USD"])["BTC/USD"]]
    usual = statistics.median(steps)
    jumps = [step for step in steps if step > 6 * usual]
    assert 3 < len(jumps) < 40


def test_three_pairs_of_three_assets_agree():
    economy = Economy(5, STEPPED_START_NS)
    names = ("BTC/USD", "ETH/USD", "ETH/BTC", "BTC/EUR", "EUR/USD")
    values = {name: economy.fair_value(PAIRS[name]) for name in names}
    for hour in range(0, 24, 3):
        now = STEPPED_START_NS + hour * 60 * MINUTE
        price = {
            name: value.at(now) / 10 ** PAIRS[name].price_precision
            for name, value in values.items()
        }
        assert price["ETH/USD"] / price["BTC/USD"] == pytest.approx(price["ETH/BTC"], rel=1e-3)
        assert price["BTC/EUR"] * price["EUR/USD"] == pytest.approx(price["BTC/USD"], rel=1e-3)


def test_the_books_follow_the_triangle(open_exchange):
    exchange, advance = open_exchange(["BTC/USD", "ETH/USD", "ETH/BTC"], rate=300.0)
    advance(30)
    middle = {}
    for symbol, market in exchange.markets.items():
        ticks = (market.book.bids.best_price() + market.book.asks.best_price()) / 2
        middle[symbol] = ticks / 10**market.pair.price_precision
    assert middle["ETH/USD"] / middle["BTC/USD"] == pytest.approx(middle["ETH/BTC"], rel=2e-3)


def test_a_crowd_follows_a_scripted_path(open_exchange):
    path = ((0.0, "65000"), (10.0, "65000"), (20.0, "65100"))
    exchange, advance = open_exchange(["BTC/USD"], rate=1000.0, paths={"BTC/USD": path})
    book = exchange.markets["BTC/USD"].book
    advance(5)
    assert book.bids.best_price() <= 650_000 <= book.asks.best_price()
    advance(25)
    assert abs((book.bids.best_price() + book.asks.best_price()) / 2 - 651_000) < 60


@pytest.mark.parametrize(
    "path", [(), ((5.0, "65000"), (1.0, "65000")), ((0.0, "0"),), ((0.0, "-1"),)]
)
def test_a_path_that_makes_no_sense_is_refused(path):
    with pytest.raises(ConfigurationError, match="path of BTC/USD must be"):
        Simulator(["BTC/USD"], prices={"BTC/USD": path})


SCRIPT = [
    Scripted(1.0, "BTC/USD", "sell", "0.5", "65000.0", name="ask"),
    Scripted(1.0, "BTC/USD", "buy", "0.25", "64990.0", name="bid"),
    Scripted(2.0, "BTC/USD", "buy", "0.2"),
    Scripted(3.0, "BTC/USD", name="bid"),
    Scripted(4.0, "BTC/USD", "sell", "0.1", "65001.5"),
]


@pytest.mark.asyncio
async def test_a_scripted_market_does_what_the_script_says_and_no_more(connected):
    async with (
        Simulator(["BTC/USD", "ETH/USD"], clock="stepped", script=SCRIPT) as simulator,
        connected(simulator) as client,
    ):
        await client.subscribe("book", "BTC/USD")
        await client.subscribe("trade", "BTC/USD")
        await simulator.step(1.5)
        assert simulator.book("BTC/USD").bids == (("64990.0", "0.25000000"),)
        assert simulator.book("BTC/USD").asks == (("65000.0", "0.50000000"),)
        await simulator.step(10)
        assert simulator.book("BTC/USD").bids == ()
        assert simulator.book("BTC/USD").asks == (
            ("65000.0", "0.30000000"),
            ("65001.5", "0.10000000"),
        )
        assert simulator.book("ETH/USD").asks == ()
        assert simulator.history.commands == 5
        frames = [json.loads(text) for text in await client.data()]
        trades = [frame["data"] for frame in frames if frame["channel"] == "trade"]
        assert [(trade["price"], trade["qty"], trade["side"]) for (trade,) in trades] == [
            (65000.0, 0.2, "buy")
        ]
        books = [frame["data"][0] for frame in frames if frame["channel"] == "book"]
        assert len(books) == 5


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([Scripted(0, "ETH/USD", "buy", "1")], "script names ETH/USD, which this simulator"),
        ([Scripted(0, "BTC/USD", name="x")], "cancels 'x' before it was placed"),
        ([Scripted(0, "BTC/USD", "buy", "0")], "needs positive numbers"),
        ([Scripted(0, "BTC/USD", "buy", "1", "1.23")], "at most 1 decimals"),
    ],
)
def test_a_script_that_cannot_be_carried_out_is_refused(script, words):
    with pytest.raises(ConfigurationError, match=words):
        Simulator(["BTC/USD"], script=script)


def test_entries_that_say_nothing_are_refused():
    with pytest.raises(ConfigurationError, match="seconds from 0 on"):
        Scripted(-1, "BTC/USD", "buy", "1")
    with pytest.raises(ConfigurationError, match="give its name"):
        Scripted(1, "BTC/USD")


@pytest.mark.parametrize(
    ("rate", "words"),
    [({"BTC/USD": 0}, "rate must be positive of BTC/USD"), ({"X/USD": 1}, "rate names X/USD")],
)
def test_rates_that_make_no_sense_are_refused(rate, words):
    with pytest.raises(ConfigurationError, match=words):
        Simulator(["BTC/USD"], rate=rate)
