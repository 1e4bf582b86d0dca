"""The crowd: steady, seeded, and never crossed."""

import pytest

from rxkraken.sim.clock import STEPPED_START_NS
from rxkraken.sim.listing import PAIRS, pairs_named
from rxkraken.sim.market import Exchange

SECOND = 10**9


def run(symbols, seconds, *, seed=7, rate=100.0, slices=1):
    """All events of a while, in order, as (symbol, events)."""
    exchange = Exchange(pairs_named(symbols), seed, rate=rate, start_ns=STEPPED_START_NS)
    said = []
    for number in range(1, slices + 1):
        until = STEPPED_START_NS + seconds * SECOND * number // slices
        exchange.advance(until, lambda market, events: said.append((market.pair.symbol, events)))
    return exchange, said


@pytest.mark.parametrize("symbol", PAIRS)
def test_a_market_stays_two_sided_uncrossed_and_on_its_grid(symbol):
    pair = PAIRS[symbol]
    exchange = Exchange([pair], 3, rate=100.0, start_ns=STEPPED_START_NS)
    shortest = []

    def look(market, _):
        bids, asks = market.book.bids, market.book.asks
        assert bids.best_price() < asks.best_price()
        shortest.append(min(len(bids.keys), len(asks.keys)))

    exchange.advance(STEPPED_START_NS + int(30 * SECOND / pair.activity), look)
    assert len(shortest) > 2000
    assert min(shortest) >= min(2, pair.levels)
    if pair.levels > 1000:
        assert min(shortest) >= 1000
    book = exchange.markets[symbol].book
    assert all(order.price % pair.price_increment == 0 for order in book.orders.values())


@pytest.mark.parametrize("symbol", ["BTC/USD", "MLN/EUR", "BTT/USD"])
def test_orders_do_not_pile_up(symbol):
    exchange, _ = run([symbol], 120)
    pair = PAIRS[symbol]
    assert len(exchange.markets[symbol].book.orders) < 2 * 6 * (pair.levels + 2)


def test_the_same_seed_gives_the_same_events_however_time_is_sliced():
    symbols = ["BTC/USD", "DOGE/USD", "MLN/EUR"]
    _, whole = run(symbols, 5)
    _, sliced = run(symbols, 5, slices=137)
    assert whole == sliced
    assert whole != run(symbols, 5, seed=8)[1]


def test_a_market_does_not_depend_on_its_neighbours():
    _, alone = run(["ETH/USD"], 3)
    _, together = run(["BTC/USD", "ETH/USD"], 3)
    assert alone == [item for item in together if item[0] == "ETH/USD"]


def test_events_of_all_markets_come_in_the_order_of_time():
    _, said = run(["BTC/USD", "ETH/USD", "SOL/USD"], 3)
    moments = [events[0].timestamp_ns for _, events in said]
    assert moments == sorted(moments)
    assert {symbol for symbol, _ in said} == {"BTC/USD", "ETH/USD", "SOL/USD"}


@pytest.mark.parametrize("rate", [50.0, 400.0])
def test_the_order_flow_has_the_rate_that_was_asked_for(rate):
    _, said = run(["BTC/USD"], 20, rate=rate)
    assert len(said) == pytest.approx(20 * rate, rel=0.1)


def test_trades_carry_both_order_types_and_both_sides():
    _, said = run(["BTC/USD"], 20)
    trades = [event for _, events in said for event in events if hasattr(event, "trade_id")]
    assert {trade.side for trade in trades} == {"buy", "sell"}
    assert {trade.order_type for trade in trades} == {"limit", "market"}


def test_postponed_time_passes_without_order_flow():
    exchange, _ = run(["BTC/USD"], 1)
    later = STEPPED_START_NS + 100 * SECOND
    exchange.postpone(later)
    moments = []
    exchange.advance(later + SECOND, lambda _, events: moments.append(events[0].timestamp_ns))
    assert min(moments) > later
    assert len(moments) == pytest.approx(100, rel=0.5)
