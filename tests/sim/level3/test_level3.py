"""The channel `level3`, read by a book that follows the exchange's guide and nothing else."""

import json
import os
import random
import re
from pathlib import Path
from zlib import crc32

import pytest

from rxkraken.sim import Customer, Rules

NANOSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


class QueueBook:
    """Every order of the window, in queue order; all numbers stay texts."""

    def __init__(self, depth):
        self.depth = depth
        self.sides = {"bids": {}, "asks": {}}
        self.events = []

    def apply(self, frame):
        entry = frame["data"][0]
        if frame["type"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
        for name, side in self.sides.items():
            for change in entry[name]:
                assert NANOSECONDS.fullmatch(change["timestamp"])
                self._apply(side, change)
        for name in self.sides:
            for price in self.prices(name)[self.depth :]:
                del self.sides[name][price]
        return self.checksum() == int(entry["checksum"])

    def _apply(self, side, change):
        event = change.get("event", "add")
        self.events.append(event)
        queue = side.setdefault(change["limit_price"], [])
        known = [order for order in queue if order["order_id"] == change["order_id"]]
        if event == "modify":
            assert known, "a modify of an unknown order"
            known[0]["order_qty"] = change["order_qty"]
        else:
            queue[:] = [order for order in queue if order not in known]
        if event == "add":
            place = sum(order["timestamp"] <= change["timestamp"] for order in queue)
            assert place == len(queue), "adds come in queue order"
            queue.insert(place, dict(change))
        if not queue:
            del side[change["limit_price"]]

    def prices(self, name):
        return sorted(self.sides[name], key=float, reverse=name == "bids")

    def checksum(self):
        tokens = [
            order[field].replace(".", "").lstrip("0")
            for name in ("asks", "bids")
            for price in self.prices(name)[:10]
            for order in self.sides[name][price]
            for field in ("limit_price", "order_qty")
        ]
        return crc32("".join(tokens).encode())


@pytest.fixture
def level3_session():
    """The exchange's worked example and frames after it, or skip."""
    root = Path(__file__).parents[3]
    folder = Path(os.environ.get("RXKRAKEN_FIXTURES") or root.parent / "shared" / "fixtures")
    path = folder / "v2" / "sessions" / "level3_btcusd_d10_constructed.jsonl"
    if not path.exists():
        pytest.skip(f"no frames at {path}")
    return [json.loads(line, parse_float=str) for line in path.read_text().splitlines()]


def level3(line):
    return [frame for frame in line.frames if frame.get("channel") == "level3"]


@pytest.mark.parametrize("depth", [10, 100, 1000])
@pytest.mark.parametrize("symbol", ["BTC/USD", "MLN/EUR", "BTT/USD", "SHIB/USD"])
@pytest.mark.asyncio
async def test_every_checksum_is_reproduced_from_the_frames_alone(wires, symbol, depth):
    rate = {"MLN/EUR": 300.0, "BTT/USD": 300.0}.get(symbol, 150.0)
    wire = await wires([symbol], rate={symbol: rate})
    line = await wire.open("level3")
    (answer,) = await line.ask("subscribe", channel="level3", symbol=[symbol], depth=depth)
    assert answer["result"] == {
        "channel": "level3",
        "depth": depth,
        "snapshot": True,
        "symbol": symbol,
    }
    book = QueueBook(depth)
    for _ in range(4):
        await wire.step(1, line)
        for frame in level3(line):
            assert book.apply(frame), frame["data"][0]["timestamp"]
        line.frames.clear()
        # The exchange's own book, level by level.
        top = wire.simulator.book(symbol, depth)
        for name, levels in (("bids", top.bids), ("asks", top.asks)):
            assert book.prices(name) == [price for price, _ in levels]
    assert {"add", "delete"} <= set(book.events)
    assert len(book.events) > 100


@pytest.mark.asyncio
async def test_icebergs_amends_and_partial_fills_keep_the_queue_right(wires):
    """A client's orders of every kind among those of the crowd."""
    wire = await wires(["MLN/EUR"], rate={"MLN/EUR": 100.0}, seed=3)
    trader = await wire.open(channels=("executions",))
    line = await wire.open("level3")
    await line.ask("subscribe", channel="level3", symbol=["MLN/EUR"])
    source, ids = random.Random(4), []
    for _ in range(120):
        top = wire.simulator.book("MLN/EUR")
        side = source.choice(("buy", "sell"))
        own = float((top.bids if side == "buy" else top.asks)[0][0])
        common = {"symbol": "MLN/EUR", "side": side, "order_qty": 6, "limit_price": own}
        action = source.randrange(5)
        if action == 0:
            ids.append(await trader.order(order_type="limit", **common))
        elif action == 1:
            ids.append(await trader.order(order_type="iceberg", display_qty=0.5, **common))
        elif action == 2 and ids:
            await trader.ask(
                "amend_order", order_id=source.choice(ids), order_qty=source.choice((2, 9))
            )
        elif action == 3:
            other = float((top.asks if side == "buy" else top.bids)[0][0])
            await trader.ask("add_order", order_type="limit", **common | {"limit_price": other})
        elif ids:
            await trader.ask("cancel_order", order_id=[ids.pop(source.randrange(len(ids)))])
        await wire.step(0.1, line, trader)
    book = QueueBook(10)
    assert all(book.apply(frame) for frame in level3(line))
    assert {"add", "delete", "modify"} == set(book.events)


@pytest.mark.asyncio
async def test_an_amend_with_less_keeps_its_place_and_one_with_more_loses_it(wires):
    wire = await wires(script=())
    trader = await wire.open(channels=("executions",))
    line = await wire.open("level3")
    await line.ask("subscribe", channel="level3", symbol=["BTC/USD"])
    order = {"order_type": "limit", "side": "buy", "symbol": "BTC/USD", "limit_price": 60000}
    first = await trader.order(**order, order_qty=0.2)
    await wire.step(1, line)
    second = await trader.order(**order, order_qty=0.2)
    await trader.ask("amend_order", order_id=first, order_qty=0.1)
    await wire.step(1, line)
    await trader.ask("amend_order", order_id=first, order_qty=0.3)
    await line.catch_up()
    changes = [
        (change["event"], change["order_id"])
        for frame in level3(line)[1:]
        for change in frame["data"][0]["bids"]
    ]
    assert changes == [
        ("add", first),
        ("add", second),
        ("modify", first),
        ("delete", first),
        ("add", first),
    ]


@pytest.mark.asyncio
async def test_the_private_endpoint_serves_it_too_and_a_token_is_needed_everywhere(wires):
    wire = await wires(script=())
    line = await wire.open("private_v2")
    assert (await line.ask("subscribe", channel="level3", symbol=["BTC/USD"]))[0]["success"]
    params = {"channel": "level3", "symbol": ["BTC/USD"]}
    for method in ("subscribe", "unsubscribe"):
        assert await line.error(method, **params | {"token": ""}) == "Token(s) not found"
        assert await line.error(method, **params | {"token": "nobody"}) == "EAPI:Invalid token"
    (answer,) = await line.ask("unsubscribe", **params)
    assert answer["result"] == {"channel": "level3", "depth": 10, "symbol": "BTC/USD"}


@pytest.mark.asyncio
async def test_words_of_refusals(wires):
    wire = await wires(script=())
    line = await wire.open("level3")
    wrong = await line.error("subscribe", channel="level3", symbol=["BTC/USD"], depth=25)
    assert wrong == "Subscription depth not supported"
    wrong = await line.error("subscribe", channel="executions")
    assert wrong == "Subscription name invalid"
    (answer,) = await line.ask("subscribe", channel="level3", symbol=["XBT/USD"])
    assert (answer["error"], answer["symbol"]) == ("Currency pair not supported XBT/USD", "XBT/USD")
    await line.ask("subscribe", channel="level3", symbol=["BTC/USD"])
    (answer,) = await line.ask("subscribe", channel="level3", symbol=["BTC/USD"], depth=100)
    assert (answer["error"], answer["symbol"]) == ("Already subscribed", "BTC/USD")


@pytest.mark.parametrize(("tier", "passed"), [("starter", 2), ("pro", 5)])
@pytest.mark.asyncio
async def test_deep_books_are_subscribed_slowly(wires, tier, passed):
    symbols = ["BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "ADA/USD", "LTC/USD", "DOT/USD"]
    wire = await wires(symbols, script=(), accounts=[Customer("one", tier=tier)])
    line = await wire.open("level3")
    answers = await line.ask("subscribe", channel="level3", symbol=symbols, depth=1000)
    assert [answer["success"] for answer in answers] == [True] * passed + [False] * (7 - passed)
    assert answers[-1]["error"] == "EAPI:Rate limit exceeded"
    await wire.step(1, line)
    (answer,) = await line.ask("subscribe", channel="level3", symbol=[symbols[-1]], depth=1000)
    assert answer["success"]


def test_the_naive_book_reproduces_the_exchanges_own_example(level3_session):
    book = QueueBook(10)
    assert all(book.apply(frame) for frame in level3_session)
    assert "modify" in book.events


@pytest.mark.asyncio
async def test_the_number_of_symbols_of_a_connection_is_limited(wires):
    symbols = ["BTC/USD", "ETH/USD", "SOL/USD"]
    wire = await wires(symbols, script=(), rules=Rules(level3_symbols=2))
    line = await wire.open("level3")
    answers = await line.ask("subscribe", channel="level3", symbol=symbols)
    assert [answer["success"] for answer in answers] == [True, True, False]
    assert answers[-1]["error"] == "EGeneral:Too many symbols"


@pytest.mark.asyncio
async def test_in_real_time_orders_of_clients_take_their_place_in_the_order_of_time(wires):
    wire = await wires(["MLN/EUR"], clock="real", rate={"MLN/EUR": 2000.0})
    trader = await wire.open(channels=("executions",))
    line = await wire.open("level3")
    await line.ask("subscribe", channel="level3", symbol=["MLN/EUR"])
    for number in range(150):
        top = wire.simulator.book("MLN/EUR")
        side = "buy" if number % 2 else "sell"
        price = float((top.bids if side == "buy" else top.asks)[0][0])
        order = {"order_type": "limit", "side": side, "symbol": "MLN/EUR", "limit_price": price}
        await trader.ask("add_order", **order, order_qty=1)
    await line.catch_up()
    book = QueueBook(10)
    assert all(book.apply(frame) for frame in level3(line))
    assert len(book.events) > 150
