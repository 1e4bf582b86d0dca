"""What is generated is valid, by rules written down here a second time."""

import json
from decimal import Decimal
from itertools import pairwise
from zlib import crc32

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from reactivex import operators as ops

from rxkraken.models.lifecycle import Connected, Gap, Resynced
from rxkraken.testing import Market, play, strategies
from rxkraken.wire import v2

BTC = "BTC/USD"
generated = settings(database=None, derandomize=True, phases=[Phase.generate])
shrunk = settings(database=None, derandomize=True, max_examples=100)
few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def digits(text):
    """The exchange's rule (spec v2-market-data §7.3): no point, no zeros in front."""
    return text.replace(".", "").lstrip("0")


def checksum(bids, asks):
    """CRC32 of the top ten asks, then the top ten bids, from the texts of the wire."""
    levels = [*sorted(asks.items(), key=price)[:10], *sorted(bids.items(), key=price)[::-1][:10]]
    return crc32("".join(digits(text) for level in levels for text in level).encode())


def price(level):
    return Decimal(level[0])


def read(data):
    """Parse JSON with numbers left as texts."""
    return json.loads(data, parse_float=str, parse_int=str)


def truncated(levels, depth, *, best_is_highest):
    ordered = sorted(levels.items(), key=price, reverse=best_is_highest)
    return dict(ordered[:depth])


@few
@given(st.sampled_from([10, 25]).flatmap(lambda depth: strategies.book_sessions(depth=depth)))
def test_every_frame_of_a_book_session_verifies(session):
    bids, asks = {}, {}
    for index, frame in enumerate(session.frames):
        message = read(frame)
        (data,) = message["data"]
        assert message["type"] == ("update" if index else "snapshot")
        for side, levels in ((bids, data["bids"]), (asks, data["asks"])):
            for level in levels:
                side.pop(level["price"], None)
                if Decimal(level["qty"]):
                    side[level["price"]] = level["qty"]
        bids = truncated(bids, session.depth, best_is_highest=True)
        asks = truncated(asks, session.depth, best_is_highest=False)
        assert int(data["checksum"]) == checksum(bids, asks)
        assert not bids or not asks or max(map(Decimal, bids)) < min(map(Decimal, asks))


@few
@given(strategies.book_sessions())
def test_the_values_of_a_session_are_those_of_its_frames(session):
    assert len(session.values) == len(session.frames) == len(session.told)
    assert session.values[0].symbol == session.listing.symbol


@few
@given(strategies.order_books())
def test_order_books_are_sorted_apart_and_verified(book):
    bids = {text.price: text.qty for text in book.bid_texts}
    asks = {text.price: text.qty for text in book.ask_texts}
    assert len(bids) == len(book.bids) <= book.depth
    assert book.checksum == checksum(bids, asks)
    assert [level.price for level in book.bids] == sorted(map(Decimal, bids), reverse=True)
    assert [level.price for level in book.asks] == sorted(map(Decimal, asks))
    assert book.spread is None or book.spread > 0
    assert all(level.qty > 0 for level in (*book.bids, *book.asks))


@pytest.mark.parametrize("wanted", [0, 12])
def test_books_are_thin_and_deep(wanted):
    def fits(book):
        return len(book.bids) == wanted if not wanted else len(book.bids) >= wanted

    assert find(strategies.order_books(depth=25), fits, settings=generated)


def test_prices_of_next_to_nothing_come_too():
    book = find(
        strategies.order_books(min_levels=1),
        lambda book: book.best_bid.price < Decimal("0.0001"),
        settings=generated,
    )
    assert book.best_bid.price > 0


@few
@given(strategies.trade_tapes())
def test_tapes_are_in_order_and_numbered(tape):
    assert [trade.trade_id for trade in tape] == list(range(1, len(tape) + 1))
    assert all(before.timestamp <= after.timestamp for before, after in pairwise(tape))
    assert all(trade.price > 0 and trade.qty > 0 for trade in tape)


def test_tapes_have_bursts_and_pauses():
    def bursting(tape):
        gaps = {after.timestamp - before.timestamp for before, after in pairwise(tape)}
        return len(gaps) > 1 and min(gaps).total_seconds() == 0

    tape = find(strategies.trade_tapes(), bursting, settings=generated)
    assert len(tape) >= 3


@few
@given(strategies.candles(max_size=10))
def test_candles_hold_together(candles):
    for candle in candles:
        assert candle.low <= min(candle.open, candle.close)
        assert candle.high >= max(candle.open, candle.close)
        assert candle.low <= candle.vwap <= candle.high
        assert candle.volume > 0
    for before, after in pairwise(candles):
        same = before.interval_begin == after.interval_begin
        assert after.trades == (before.trades + 1 if same else 1)
        assert not same or after.volume > before.volume


@few
@given(strategies.tickers(), strategies.trades())
def test_tickers_and_trades_are_whole(ticker, trade):
    assert 0 < ticker.bid < ticker.ask
    assert ticker.low <= ticker.last <= ticker.high
    assert trade.symbol == ticker.symbol == BTC


@pytest.mark.parametrize("channel", strategies.CHANNELS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_client_reads_the_frames_of_every_channel(channel, data):
    frame = data.draw(strategies.frames(channel))
    assert json.loads(frame)["channel"] == channel
    message = v2.decoder(Decimal)(frame)
    assert type(message).__struct_config__.tag == channel
    assert isinstance(message, msgspec.Struct)


@few
@given(strategies.markets(storm_kinds=("reconnect", "duplicate")))
def test_the_client_verifies_all_books_of_a_market(market):
    played = play(market, lambda market: market.order_book(BTC))
    assert played.completed
    assert played.error is None
    assert played.values
    assert all(book.verified for book in played.values)


@few
@given(strategies.markets(min_events=3, quotes=False))
def test_the_trades_of_a_market_come_through_exactly(market):
    (listing,) = market.listings
    trades = play(market, lambda market: market.trade(BTC)).values
    assert [(trade.price, trade.qty, trade.side) for trade in trades] == [
        (Decimal(listing.price(deal.ticks)), Decimal(listing.qty(deal.lots)), deal.side)
        for deal in market.events
    ]


@few
@given(strategies.markets(min_events=1, quotes=False))
def test_a_trade_is_made_at_the_best_price(market):
    def pipeline(market):
        return market.trade(BTC).pipe(ops.with_latest_from(market.order_book(BTC)))

    for trade, book in play(market, pipeline, apart=True).values:
        level = book.best_ask if trade.side == "buy" else book.best_bid
        assert level is not None
        assert level.price == trade.price
        assert level.qty >= trade.qty


@few
@given(strategies.markets(min_events=4, storm_kinds=("gap",)))
def test_lost_book_frames_are_noticed_and_healed(market):
    seen = play(market, lambda m: m.order_book(BTC).pipe(ops.merge(m.lifecycle())))
    gaps = [value for value in seen.values if isinstance(value, Gap)]
    healed = [value for value in seen.values if isinstance(value, Resynced)]
    assert len(healed) <= len(gaps)
    assert all(gap.retry_in is not None for gap in gaps)


def test_gaps_happen():
    def gapped(market):
        seen = play(market, lambda m: m.order_book(BTC).pipe(ops.merge(m.lifecycle()))).values
        return any(isinstance(value, Gap) for value in seen)

    found = find(strategies.markets(storm_kinds=("gap",)), gapped, settings=generated)
    assert found.storms


@few
@given(strategies.markets(storm_kinds=("reconnect",)))
def test_every_reconnect_opens_one_more_link(market):
    def pipeline(market):
        return market.lifecycle().pipe(ops.merge(market.trade(BTC).pipe(ops.ignore_elements())))

    links = [value for value in play(market, pipeline).values if isinstance(value, Connected)]
    assert len(links) == 1 + len(market.storms)


@few
@given(strategies.markets(("BTC/USD", "ETH/USD"), storm_kinds=("reconnect", "gap", "duplicate")))
def test_a_market_can_be_played_again_and_cut_anywhere(market):
    def pipeline(market):
        return market.trade(*market.symbols).pipe(ops.merge(market.order_book("ETH/USD")))

    assert play(market, pipeline) == play(market, pipeline)
    for event in market.events:
        assert play(market.until(event.at), pipeline).completed


def test_a_market_shrinks_to_the_fewest_and_smallest_events():
    def rises(market):
        prices = [deal.ticks for deal in market.events]
        return len(prices) >= 2 and prices[-1] > prices[0]

    found = find(strategies.markets(quotes=False), rises, settings=shrunk)
    assert isinstance(found, Market)
    assert [deal.ticks for deal in found.events] == [10, 20]
    assert repr(found).splitlines()[2:] == [
        "        0.010 s  BTC/USD  trade  buy           1.0 x 1.00000000",
        "        1.010 s  BTC/USD  trade  buy           2.0 x 1.00000000",
    ]
