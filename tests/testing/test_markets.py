"""A market has the methods of the client, in virtual time."""

import asyncio
import inspect
import subprocess
import sys
from decimal import Decimal

import pytest
from reactivex import operators as ops

from rxkraken import Kraken
from rxkraken.errors import ConfigurationError
from rxkraken.testing import Deal, Listing, Market, Quote, Storm, VirtualLoop, play

BTC = "BTC/USD"
PUBLIC = ["ticker", "book", "trade", "ohlc", "instrument", "status", "heartbeat", "spread"]
LISTING = Listing(BTC, 1, 2, bids=((990, 500),), asks=((1_010, 500), (1_020, 100)))
MARKET = Market(
    (LISTING,),
    (
        Deal(10, BTC, "buy", 1_010, 200),
        Quote(1_010, BTC, "bid", 1_000, 100),
        Deal(61_010, BTC, "sell", 1_000, 100),
    ),
)


@pytest.mark.parametrize("name", [*PUBLIC, "order_book", "lifecycle", "frames", "ping", "receipt"])
def test_a_method_of_the_client_has_the_same_parameters_here(name):
    ours, theirs = (inspect.signature(getattr(kind, name)) for kind in (Market, Kraken))
    assert list(ours.parameters.values())[1:] == [
        parameter.replace(annotation=ours.parameters[parameter.name].annotation)
        for parameter in list(theirs.parameters.values())[1:]
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_channel_speaks_and_completes(name):
    symbols = () if name in {"instrument", "status", "heartbeat"} else (BTC,)

    def pipeline(market):
        channel = getattr(market, name)(*symbols)
        return channel.pipe(ops.merge(market.trade(BTC).pipe(ops.ignore_elements())))

    played = play(MARKET, pipeline)
    assert played.values
    assert played.completed


def test_books_and_trades_agree():
    books = play(MARKET, lambda market: market.order_book(BTC)).values
    assert [str(book.best_ask.qty) for book in books] == ["5.00", "3.00", "3.00", "3.00"]
    assert [book.best_bid.price for book in books] == [99, 99, 100, 99]


def test_candles_and_tickers_follow_the_trades():
    candles = play(MARKET, lambda market: market.ohlc(BTC)).values
    assert [(c.open, c.volume, c.trades) for c in candles] == [(101, 2, 1), (100, 1, 1)]
    last = play(MARKET, lambda market: market.ticker(BTC)).values[-1]
    assert (last.last, last.high, last.low, last.volume) == (100, 101, 100, 3)
    assert (last.change, last.vwap) == (-1, Decimal("100.6"))


def test_values_come_at_the_times_of_their_events():
    played = play(MARKET, lambda market: market.trade(BTC))
    assert [output.at for output in played.outputs] == [10, 61_010]
    assert not any(output.closing for output in played.outputs)
    totals = play(MARKET, lambda market: market.trade(BTC).pipe(ops.count()))
    assert [(output.value, output.closing) for output in totals.outputs] == [(2, True)]


def test_two_depths_of_one_book_are_two_connections_that_agree():
    def pipeline(market):
        return market.order_book(BTC, 10).pipe(
            ops.combine_latest(market.order_book(BTC, 25)),
            ops.filter(lambda books: books[0].timestamp == books[1].timestamp),
        )

    assert all(a.bids == b.bids for a, b in play(MARKET, pipeline).values)


def test_a_symbol_that_is_not_traded_is_refused_like_at_the_exchange():
    played = play(MARKET, lambda market: market.trade("ABC/USD"))
    assert played.error == "Rejected: Currency pair not supported ABC/USD"


def test_the_error_of_a_pipeline_is_written_down():
    played = play(MARKET, lambda market: market.trade(BTC).map(lambda _: 1 / 0))
    assert played.error == "ZeroDivisionError: division by zero"
    assert not played.completed


def test_a_market_prints_as_a_table():
    printed = repr(MARKET.with_storms(Storm(1, "reconnect")).until(1_010)).splitlines()
    assert printed == [
        "Market of 2 events, ends at 1.015 s",
        "  BTC/USD opens with bids 99.0 x 5.00, asks 101.0 x 5.00 102.0 x 1.00",
        "        0.001 s  ~~~ the link drops and is opened again ~~~",
        "        0.010 s  BTC/USD  trade  buy         101.0 x 2.00",
        "        1.010 s  BTC/USD  quote  bid         100.0 x 1.00",
    ]


def test_wrong_arguments_are_refused_at_the_call():
    with pytest.raises(ConfigurationError, match="depth must be one of"):
        MARKET.order_book(BTC, depth=7)
    with pytest.raises(ConfigurationError, match="written like"):
        MARKET.trade("BTCUSD")


def test_a_subscription_outside_a_loop_says_what_to_do():
    seen = []
    MARKET.trade(BTC).subscribe(seen.append, seen.append)
    assert "rxkraken.testing.play" in str(seen[0])


@pytest.mark.asyncio
async def test_playing_inside_a_loop_is_refused_in_words():
    with pytest.raises(ConfigurationError, match="plain function"):
        play(MARKET, lambda market: market.trade(BTC))


def test_a_market_can_be_awaited_in_a_loop_of_ones_own():
    async def scenario():
        return await MARKET.trade(BTC).pipe(ops.to_list())

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert len(runner.run(scenario())) == 2


def test_a_loop_knows_its_timers():
    async def scenario():
        loop = asyncio.get_running_loop()
        loop.call_later(5, print)
        loop.call_later(6, print).cancel()
        return len(loop.timers())

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(scenario()) == 1


def test_without_hypothesis_the_extra_is_named():
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "try: import rxkraken.testing\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and a literal program
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "rxkraken.testing needs hypothesis: pip install 'rxkraken[test]'"
