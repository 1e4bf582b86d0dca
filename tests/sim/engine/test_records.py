"""What the exchange keeps: all of a client's history, and nothing of the crowd's."""

import gc
import tracemalloc

from rxkraken.sim.accounts import HOUSE
from rxkraken.sim.engine import ByClientId


def churn(desk, rounds):
    """The crowd adds, trades and leaves; its book is empty at the end."""
    for _ in range(rounds):
        desk.crowd("sell", 2000, 10_000)
        desk.crowd("buy", 1000, 10_000)
        desk.crowd("buy", 3000)


def test_every_closed_order_fill_and_ledger_entry_of_a_client_stays_on_record(desk):
    filled, cancelled = [], []
    for _ in range(300):
        filled.append(desk.add("buy", price="100"))
        desk.crowd("sell", 1000, 10_000)
        cancelled.append(desk.add("buy", price="90"))
        desk.cancel(cancelled[-1])
    both = [name for pair in zip(filled, cancelled, strict=True) for name in pair]
    assert [order.order_id for order in desk.venue.closed_orders("alice")] == both
    assert [fill.order.order_id for fill in desk.venue.fills("alice")] == filled
    trades = [entry for entry in desk.venue.ledger("alice") if entry.kind == "trade"]
    assert [entry.asset for entry in trades] == ["ABC", "USD"] * 300
    assert desk.venue.order("alice", filled[0]).status == "filled"


def test_a_closed_order_is_found_under_none_of_its_names_but_its_client_id_is_free_again(desk):
    for _ in range(50):
        order_id = desk.add("buy", price="90", client_id="mine")
        assert [one.order_id for one in desk.venue.open_orders("alice")] == [order_id]
        assert desk.venue.is_open("alice", order_id)
        cancelled = desk.venue.cancel("alice", ByClientId("mine"), now_ns=desk.now)
        assert cancelled.order_ids == (order_id,)
        assert desk.venue.open_orders("alice") == []
        assert not desk.venue.is_open("alice", order_id)


def test_however_long_the_crowd_trades_nothing_of_it_is_kept(desk):
    churn(desk, 200)
    gc.collect()
    tracemalloc.start()
    try:
        churn(desk, 50)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        churn(desk, 1500)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000
    book = desk.venue.engine("ABC/USD").book
    assert not book.orders
    assert not book.asks.levels
    assert not book.bids.levels
    assert list(desk.venue.ledger(HOUSE)) == []
    assert list(desk.venue.fills(HOUSE)) == []
    assert desk.venue.closed_orders(HOUSE) == []
