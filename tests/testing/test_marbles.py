"""Marble tables: what they say, and how they say that something differs."""

import pytest
from reactivex import operators as ops

from rxkraken import operators as kops
from rxkraken.errors import ConfigurationError
from rxkraken.testing import marbles


def test_a_hot_stream_runs_from_the_beginning_and_a_cold_one_from_its_subscription():
    late = marbles.hot("---x|").pipe(ops.flat_map(lambda _: marbles.hot("-a-b-c|")))
    marbles.run(late).expect("---b-c|")
    anew = marbles.hot("---x|").pipe(ops.flat_map(lambda _: marbles.cold("-a-b|")))
    marbles.run(anew).expect("----a-b|")


def test_groups_errors_and_spaces():
    wrong = ValueError("no")
    stream = marbles.hot("- (ab) -#", error=wrong)
    marbles.run(stream).expect("-(ab)-#", error=ValueError("no"))
    marbles.run(stream).expect("-(ab)-#")
    with pytest.raises(AssertionError):
        marbles.run(stream).expect("-(ab)-#", error=ValueError("yes"))


def test_an_operator_runs_on_a_stream():
    count = marbles.run(ops.scan(lambda n, _: n + 1, 0), marbles.hot("-a-b--c|"))
    count.expect("-x-y--z|", x=1, y=2, z=3)
    assert count.values == [1, 2, 3]


def test_operators_of_time_take_the_time_of_the_table():
    source = marbles.hot("-ab-----|", a=1, b=2)
    marbles.run(source.pipe(ops.debounce(2.0))).expect("----x---|", x=2)
    marbles.run(source.pipe(ops.debounce(0.2)), step=0.1).expect("----x---|", x=2)
    marbles.run(marbles.hot("-ab--c-|").pipe(kops.resample("4s"))).expect(
        "----x--(y|)", x="b", y="c"
    )


def test_a_table_offers_the_channels_that_have_a_row():
    table = marbles.MarbleTable(
        """
        trade       -a---b--|
        order_book  B--C----|
        """,
        a=marbles.trade(100),
        b=marbles.trade(90, symbol="ETH/USD"),
        B=marbles.book(99, 101),
        C=marbles.book(100, 102),
    )

    def pipeline(market):
        return market.trade("BTC/USD", "ETH/USD").pipe(
            ops.with_latest_from(market.order_book("BTC/USD", depth=10)),
            ops.map(lambda both: both[0].price - both[1].mid),
        )

    table.run(pipeline).expect("-x---y--|", x=0, y=-11)
    table.run(lambda market: market.trade("ETH/USD").map(lambda t: t.symbol)).expect(
        "-----x--|", x="ETH/USD"
    )
    with pytest.raises(ConfigurationError, match="no row 'ticker', only trade, order_book"):
        table.run(lambda market: market.ticker("BTC/USD"))


def test_market_events_take_the_time_of_their_tick():
    table = marbles.MarbleTable("trade --a-a|", a=marbles.trade(100))
    table.run(lambda market: market.trade("BTC/USD")).expect("--a-a|", a=marbles.trade(100))
    first, second = table.run(lambda market: market.trade("BTC/USD")).values
    assert (second.timestamp - first.timestamp).total_seconds() == 2
    assert first == marbles.trade(100, at=2)


def test_letters_for_tickers_and_candles():
    ticker, candle = marbles.ticker("99.5", 101), marbles.candle(60, 1, 4, 1, 2)
    assert (ticker.bid, ticker.ask, ticker.last) == (ticker.last, 101, ticker.bid)
    assert (candle.open, candle.high, candle.low, candle.close, candle.vwap) == (1, 4, 1, 2, 2)
    assert candle.interval_begin == marbles.trade(1, at=60).timestamp
    assert marbles.book(None, 5).best_bid is None


def test_a_difference_is_drawn_one_under_the_other():
    stream = marbles.hot("-a-b--c|", a=1, b=2, c=9)
    with pytest.raises(AssertionError) as caught:
        marbles.run(stream).expect("-a-b-c|", a=1, b=2, c=3)
    assert str(caught.value).splitlines() == [
        "",
        "expected  -a-b-c|",
        "received  -a-b--9|",
        "               ^",
        "  a = 1",
        "  b = 2",
        "  c = 3",
        "  9 = 9",
    ]


@pytest.mark.parametrize("expected", ["-a--|", "-a-b", "ab|", "-b-a-|", "-a-b-|", "-a-b#"])
def test_every_kind_of_difference_is_one(expected):
    with pytest.raises(AssertionError, match="received"):
        marbles.run(marbles.hot("-a-b|")).expect(expected)


def test_what_comes_between_two_ticks_is_told():
    with pytest.raises(AssertionError, match=r"at 1\.5 ticks came 'a'"):
        marbles.run(marbles.hot("-a---|").pipe(ops.delay(0.5))).expect("-a---|")


@pytest.mark.parametrize("wrong", ["-a-(b", "-a)", "-?-", "((a))"])
def test_a_diagram_that_cannot_be_read_is_refused_in_words(wrong):
    with pytest.raises(ConfigurationError, match="marble diagram"):
        marbles.hot(wrong)


def test_marbles_outside_a_table_and_wrong_tables_are_refused_in_words():
    with pytest.raises(ConfigurationError, match="needs a channel and a diagram"):
        marbles.MarbleTable("trade")
    with pytest.raises(ConfigurationError, match="above 0"):
        marbles.run(marbles.hot("-a|"), step=0)
    refused = []
    with pytest.raises(ConfigurationError, match=r"use marbles\.run"):
        marbles.hot("-a|").subscribe(refused.append)
    assert refused == []
