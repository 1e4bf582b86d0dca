"""Book frames: a naive client that follows the guide reproduces every checksum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.sim.engine import Book, MatchingEngine, Order
from rxkraken.sim.instruments import units
from rxkraken.sim.listing import PAIRS
from rxkraken.sim.views import SideView, checksum

VECTOR_A_ASKS = """45285.2 0.00100000 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911
45290.2 0.15890660 45291.8 1.54553491 45294.7 0.04454749 45296.1 0.35380000 45297.5 0.09945542
45299.5 0.18772827"""
VECTOR_A_BIDS = """45283.5 0.10000000 45283.4 1.54582015 45282.1 0.10000000 45281.0 0.10000000
45280.3 1.54592586 45279.0 0.07990000 45277.6 0.03310103 45277.5 0.30000000 45277.3 1.54602737
45276.6 0.15445238"""


def book_of(asks, bids, price_precision):
    book = Book()
    for side, text in (("sell", asks), ("buy", bids)):
        words = text.split()
        for price, quantity in zip(words[::2], words[1::2], strict=True):
            ticks, lots = units(price, price_precision), units(quantity, 8)
            book.side(side).add(Order(price, side, ticks, lots, "", 0))
    return book


def test_the_checksum_is_that_of_the_exchange_s_worked_example():
    assert checksum(book_of(VECTOR_A_ASKS, VECTOR_A_BIDS, 1)) == 3310070434


def test_the_checksum_of_a_short_book_takes_the_levels_there_are():
    asks = "0.00005120 0.00000500 0.00005275 12.00000000"
    assert checksum(book_of(asks, "0.00004940 3.50000000", 8)) == 1196649166


@pytest.mark.parametrize("symbol", PAIRS)
def test_a_naive_client_reproduces_every_checksum(symbol, open_desk, naive_book, decode_texts):
    desk = open_desk([symbol])
    pair = PAIRS[symbol]
    clients = {}
    for depth in (10, 25, 100):
        client = desk.client()
        client.ask("subscribe", channel="book", symbol=[symbol], depth=depth)
        clients[depth] = client, naive_book(depth)
    desk.advance(4.0 / pair.activity)
    for depth, (client, book) in clients.items():
        frames = [
            frame for frame in map(decode_texts, client.frames) if frame.get("channel") == "book"
        ]
        assert frames[0]["type"] == "snapshot"
        assert len(frames) > 50
        for frame in frames:
            computed, sent = book.apply(frame)
            assert computed == sent
            assert not book.crossed()
        assert_holds(book, desk.exchange.markets[symbol].top(depth))


def assert_holds(book, top):
    """The naive book is the engine's, level for level."""
    assert [(price, book.bids[price]) for price in book.ordered_bids()] == list(top.bids)
    assert [(price, book.asks[price]) for price in book.ordered_asks()] == list(top.asks)


def test_the_deepest_books_are_full_and_the_thin_ones_are_shorter_than_ten_levels(open_desk):
    desk = open_desk(["BTC/USD", "MLN/EUR"])
    desk.advance(20)
    deep, thin = (desk.exchange.markets[name].top(1000) for name in ("BTC/USD", "MLN/EUR"))
    assert len(deep.bids) == len(deep.asks) == 1000
    assert 2 <= len(thin.bids) < 10
    assert 2 <= len(thin.asks) < 10


def test_a_level_pushed_out_of_the_window_is_not_mentioned_and_comes_back_in_full():
    engine = MatchingEngine(map(str, range(100)).__iter__().__next__)
    for price in (101, 102, 103):
        engine.limit("sell", quantity=price, price=price, now_ns=0)
    view = SideView(engine.book.asks, 2)
    assert view.levels() == [(101, 101), (102, 102)]
    engine.limit("sell", quantity=7, price=100, now_ns=1)
    assert view.changes([100]) == [(100, 7)]
    assert view.levels() == [(100, 7), (101, 101)]
    engine.market("buy", quantity=7, now_ns=2)
    assert view.changes([100]) == [(100, 0), (102, 102)]


def test_a_change_outside_the_window_is_no_news():
    engine = MatchingEngine(map(str, range(100)).__iter__().__next__)
    for price in (99, 98, 97):
        engine.limit("buy", quantity=5, price=price, now_ns=0)
    view = SideView(engine.book.bids, 2)
    engine.limit("buy", quantity=5, price=97, now_ns=1)
    engine.limit("buy", quantity=5, price=96, now_ns=1)
    assert view.changes([-97, -96]) == []


@given(
    depth=st.integers(1, 6),
    batches=st.lists(
        st.lists(st.tuples(st.integers(1, 15), st.integers(0, 3)), min_size=1, max_size=6),
        max_size=25,
    ),
)
def test_a_client_that_truncates_holds_the_window_after_any_batch_of_changes(depth, batches):
    """Several levels may change in one message; the plain top of the book is the truth."""
    book = Book()
    side = book.asks
    view = SideView(side, depth)
    held = {}
    for batch in batches:
        for price, quantity in batch:
            set_level(side, price, quantity)
        for price, quantity in view.changes({price for price, _ in batch}):
            if quantity:
                held[price] = quantity
            else:
                held.pop(price)
        held = dict(sorted(held.items())[:depth])
        assert list(held.items()) == side.top(depth) == view.levels()


def set_level(side, price, quantity):
    """Make the level one order of this quantity, or none."""
    for order in list(side.levels.get(price, {}).values()):
        side.remove(order)
    if quantity:
        side.add(Order(f"{price}", "sell", price, quantity, "", 0))


def test_two_subscribers_are_given_the_very_same_bytes(open_desk):
    desk = open_desk(["BTC/USD"])
    first, second = desk.client(), desk.client()
    for client in (first, second):
        client.ask("subscribe", channel="book", symbol=["BTC/USD"])
        client.ask("subscribe", channel="ticker", symbol=["BTC/USD"], event_trigger="bbo")
    first.taken()
    second.taken()
    desk.advance(0.5)
    ours, theirs = first.taken(), second.taken()
    assert len(ours) > 10
    assert all(one is other for one, other in zip(ours, theirs, strict=True))
