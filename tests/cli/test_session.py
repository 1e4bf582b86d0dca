"""The drive that demo and watch share: reconnects, failures of views, first connections."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import reactivex
from reactivex.subject import Subject
from reactivex.testing import TestScheduler

from rxkraken.cli.board import Board, Happening, Mid
from rxkraken.cli.session import Watched, drive, everything, unreachable
from rxkraken.cli.views import counters, line, plain
from rxkraken.errors import ConnectionFailed
from rxkraken.models import (
    Candle,
    Connected,
    Disconnected,
    Frame,
    Malformed,
    Subscribed,
    Ticker,
    Topic,
    Trade,
)
from rxkraken.sim import Fault, Simulator
from rxkraken.stream.kraken import Kraken

NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)
SYMBOLS = ("BTC/USD", "ETH/USD")
CHANNELS = frozenset({"book", "trade", "ohlc", "ticker"})


class Script:
    """A view that does something once a condition holds, step by step, then ends the drive."""

    period = 0.02

    def __init__(self, *steps):
        self.steps = list(steps)
        self.ended = Subject()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def take(self, event):
        pass

    def draw(self, board):
        if self.steps and self.steps[0][0](board):
            self.steps.pop(0)[1]()
        if not self.steps:
            self.ended.on_next(None)


async def driven(simulator, *steps):
    script = Script(*steps)
    async with asyncio.timeout(10), Kraken(simulator.environment) as kraken:
        events = everything(kraken, Watched(SYMBOLS, CHANNELS))
        until = events.pipe(reactivex.operators.take_until(script.ended))
        return await drive(until, Board("demo", SYMBOLS, CHANNELS), script)


def nothing():
    pass


@pytest.mark.asyncio
async def test_a_dropped_connection_is_counted_and_every_book_is_verified_again():
    def all_fresh(board):
        return len(board.books) == 2 and not board.stale

    async with Simulator(SYMBOLS) as simulator:
        board = await driven(
            simulator,
            (all_fresh, simulator.drop_connections),
            (lambda board: board.summary.reconnects == 1 and all_fresh(board), nothing),
        )
    assert board.connection == "connected"
    assert board.summary.reconnects == 1
    assert board.summary.checksum_failures == 0
    assert len(board.tickers) == 2
    words = [text for _, text in board.log]
    assert sum(text.startswith("connected") for text in words) == 2


@pytest.mark.asyncio
async def test_a_wrong_checksum_is_counted_and_healed():
    async with Simulator(SYMBOLS) as simulator:
        fault = Fault(kind="corrupt_checksum", symbol="BTC/USD", nth=1)
        board = await driven(
            simulator,
            (lambda board: "BTC/USD" in board.books, lambda: simulator.inject(fault)),
            (lambda board: board.summary.resyncs == 1, nothing),
        )
    assert board.summary.checksum_failures == 1
    assert board.summary.reconnects == 0


@pytest.mark.asyncio
async def test_a_view_that_cannot_write_ends_the_drive_with_its_error():
    class Broken(Script):
        def take(self, event):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await drive(reactivex.of(1), Board("demo", SYMBOLS), Broken())


@pytest.mark.asyncio
async def test_the_drive_ends_with_its_time_or_with_its_events():
    for events, duration in ((reactivex.never(), 0.01), (reactivex.empty(), None)):
        board = await drive(
            events, Board("demo", SYMBOLS), Script((lambda _: False, nothing)), duration
        )
        assert board.summary.frames == 0


def lifecycle(scheduler, *events):
    return scheduler.create_hot_observable(
        *(reactivex.testing.ReactiveTest.on_next(at, event) for at, event in events)
    )


def failed(reason):
    return Disconnected("ws://a", 1, reason, None, 1.0)


@pytest.mark.parametrize(
    ("events", "ends"),
    [
        ([(210, failed("one")), (220, failed("two"))], None),
        ([(210, failed("one")), (220, failed("two")), (230, failed("three"))], (230, "three")),
        (
            [
                (210, failed("one")),
                (220, Connected("ws://a", 1)),
                (230, failed("two")),
                (240, failed("three")),
                (250, failed("four")),
            ],
            None,
        ),
    ],
    ids=["not yet", "three failures", "connected once"],
)
def test_a_first_connection_is_given_up_after_three_failures(events, ends):
    scheduler = TestScheduler()
    source = lifecycle(scheduler, *events)
    observed = scheduler.start(lambda: unreachable(source, within=10_000.0)).messages
    failures = [(message.time, message.value) for message in observed]
    if ends is None:
        assert not any(value.kind == "E" for _, value in failures)
    else:
        assert [(at, str(value.exception)) for at, value in failures] == [ends]
        assert isinstance(failures[0][1].exception, ConnectionFailed)


def test_a_first_connection_that_takes_too_long_is_given_up():
    scheduler = TestScheduler()
    source = lifecycle(scheduler, (210, failed("no answer")))
    observed = scheduler.start(lambda: unreachable(source, within=300.0)).messages
    assert [(message.time, str(message.value.exception)) for message in observed] == [
        (500, "no answer")
    ]


@pytest.fixture
def book(make_book):
    return make_book(
        [("65000.1", "0.10000000")],
        [("65000.2", "1.00000000")],
        timestamp="2026-10-09T12:00:00.000000Z",
    )


def test_events_are_told_in_json_with_exact_numbers(book):
    trade = Trade("BTC/USD", "buy", Decimal("65000.10"), Decimal("1E-8"), "limit", 5, NOON)
    assert json.loads(json.dumps(plain(trade))) == {
        "channel": "trade",
        "symbol": "BTC/USD",
        "side": "buy",
        "price": "65000.10",
        "qty": "0.00000001",
        "ord_type": "limit",
        "trade_id": 5,
        "timestamp": "2026-10-09T12:00:00Z",
    }
    assert plain(book) == {
        "channel": "book",
        "symbol": "BTC/USD",
        "depth": 10,
        "bids": [["65000.1", "0.10000000"]],
        "asks": [["65000.2", "1.00000000"]],
        "checksum": book.checksum,
        "verified": True,
        "timestamp": "2026-10-09T12:00:00Z",
    }
    assert plain(Candle("BTC/USD", 1, close=Decimal("1.50")))["close"] == "1.50"
    assert plain(Ticker("BTC/USD", *[Decimal("1.0")] * 11))["bid"] == "1.0"


def test_happenings_are_told_in_json():
    topic = Topic("book", "BTC/USD", (("depth", 10),))
    assert plain(Happening(NOON, Subscribed(topic, 2, ("advice",)))) == {
        "event": "Subscribed",
        "at": "2026-10-09T12:00:00Z",
        "topic": {"channel": "book", "symbol": "BTC/USD", "depth": 10},
        "session": 2,
        "warnings": ("advice",),
    }
    assert plain(Happening(NOON, Malformed(1, "not JSON", b"\xff")))["data"] == "\ufffd"


@pytest.mark.parametrize("event", [Frame(0, 1, "in", b"{}"), Mid("BTC/USD", Decimal(1)), None])
def test_what_only_counts_is_not_told(event):
    assert plain(event) is None


def test_a_line_and_the_counters_say_where_the_markets_are(book):
    board = Board("demo", SYMBOLS, started=NOON, books={"BTC/USD": book})
    assert line(board, NOON) == (
        "12:00:00  connecting  BTC/USD 65,000.15 (spread 0.1)  ETH/USD n/a  "
        "frames 0, verified 0, failures 0, resyncs 0, reconnects 0"
    )
    told = counters(board, NOON)
    assert told["mid"] == {"BTC/USD": "65000.15"}
    assert told["seconds"] == 0.0
