"""Amendments, edits, cancellations, batches, the dead man's switch, ledger entries, identifiers."""

import re
from decimal import Decimal

import pytest

from rxkraken.sim.engine import (
    Amendment,
    ByClientId,
    ByOrderId,
    ByReference,
    Edit,
    OrderAdded,
    OrderReduced,
    OrderRemoved,
    Placed,
    Refused,
)

ID = r"[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}"


def amend(desk, order_id, **change):
    change = {n: Decimal(v) if isinstance(v, str) and n != "limit_price_type" else v
              for n, v in change.items()}  # fmt: skip
    selector = ByOrderId(order_id)
    return desk.hear(desk.venue.amend("alice", selector, Amendment(**change), now_ns=desk.now))


def edit(desk, order_id, **change):
    change = Edit(symbol=change.pop("symbol", "ABC/USD"), **change)
    return desk.hear(desk.venue.edit("alice", order_id, change, now_ns=desk.now))


def queue(desk, price):
    """Ids of a price of the bids, oldest first."""
    return list(desk.venue.engine("ABC/USD").book.bids.levels[-price])


@pytest.fixture
def queued(desk):
    """An order of ours before one of the crowd, at 99.00."""
    order_id = desk.add(price="99.00", quantity="2")
    desk.crowd("buy", 1000, 9900)
    return order_id


def test_a_smaller_quantity_keeps_the_place(desk, queued):
    amend(desk, queued, quantity="1.5")
    assert queue(desk, 9900)[0] == queued
    assert [type(event) for event in desk.events[:-1]] == [OrderReduced]
    (told,) = desk.reports("amended")
    assert (told.reason, told.order.amended, told.order.quantity) == ("User requested", True, 1500)


def test_a_larger_quantity_goes_to_the_back(desk, queued):
    amend(desk, queued, quantity="3")
    assert queue(desk, 9900)[1] == queued
    kinds = [type(event) for event in desk.events if isinstance(event, OrderAdded | OrderRemoved)]
    assert kinds == [OrderRemoved, OrderAdded]


def test_another_price_moves_and_may_trade_and_the_order_stays_the_same(desk, queued):
    desk.crowd("sell", 500, 10005)
    outcome = amend(desk, queued, limit_price="100.05")
    assert re.fullmatch(f"T{ID}", outcome.amend_id)
    assert desk.trades() == [(10005, 500)]
    assert desk.kinds(queued) == ["amended", "trade"]
    assert desk.levels("buy")[0] == (10005, 1500)


def test_a_quantity_below_what_is_filled_ends_the_order_with_what_is_filled(desk, queued):
    desk.crowd("sell", 500)
    amend(desk, queued, quantity="0.2")
    assert desk.kinds(queued) == ["amended", "canceled"]
    state = desk.state(queued)
    assert (state.quantity, state.filled, state.status) == (500, 500, "canceled")


def test_the_visible_part_of_an_iceberg_can_be_amended_in_place(desk):
    order_id = desk.add("buy", "iceberg", "4", "99.00", display="1")
    desk.crowd("buy", 1000, 9900)
    amend(desk, order_id, display="3")
    assert queue(desk, 9900)[0] == order_id
    assert desk.levels("buy") == [(9900, 4000)]


def test_an_amended_trigger_may_fire_at_once(desk):
    desk.crowd("buy", 9000, 9900)
    order_id = desk.add("sell", "stop-loss", "1", trigger="95.00")
    amend(desk, order_id, trigger_price="99.95")
    assert desk.state(order_id).status == "new"
    amend(desk, order_id, trigger_price="100.00")
    assert desk.kinds(order_id) == ["amended", "status", "trade", "filled"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"limit_price": "99.00"}, "EOrder:No amendable parameters"),
        ({"limit_price": "99.01"}, "EOrder:Tick size check failed"),
        ({"quantity": "0.05"}, "EOrder:Order minimum not met"),
        ({"quantity": "100000"}, "EOrder:Insufficient funds"),
        ({"display": "1"}, "EGeneral:Invalid arguments:display volume"),
        ({"trigger_price": "1"}, "EGeneral:Invalid arguments:trigger price"),
        ({"limit_price": "98.00", "limit_price_type": "pct"},
         "EGeneral:Invalid arguments:price type"),
        ({"limit_price": "100.05", "post_only": True}, "EOrder:Post only order"),
        ({"limit_price": "98.00", "deadline_ns": 5}, "EService:Deadline elapsed"),
    ],
)  # fmt: skip
def test_a_refused_amendment_leaves_the_order_as_it_was(desk, queued, change, text):
    desk.crowd("sell", 500, 10005)
    before, available = desk.state(queued), desk.available("USD")
    with pytest.raises(Refused) as refusal:
        amend(desk, queued, **change)
    assert refusal.value.text == text
    assert desk.state(queued) == before
    assert desk.available("USD") == available
    assert queue(desk, 9900)[0] == queued


def test_a_refused_amendment_of_a_waiting_order_leaves_it_waiting(desk):
    desk.crowd("sell", 9000, 10100)
    order_id = desk.add("buy", "stop-loss", "5", trigger="101.00")
    with pytest.raises(Refused, match="Insufficient funds"):
        amend(desk, order_id, quantity="5000")
    desk.crowd("buy", 10, 10100)
    assert desk.state(order_id).status == "filled"


def test_an_unknown_order_is_called_so_by_amend_and_invalid_by_cancel(desk):
    with pytest.raises(Refused, match="EOrder:Unknown order"):
        amend(desk, "OAAAAA-AAAAA-AAAAAA", quantity="1")
    with pytest.raises(Refused, match="EOrder:Invalid order"):
        desk.cancel("OAAAAA-AAAAA-AAAAAA")
    order_id = desk.add(price="99.00")
    with pytest.raises(Refused, match="EOrder:Invalid order"):
        desk.cancel(order_id, who="bob")
    desk.cancel(order_id)
    with pytest.raises(Refused, match="EOrder:Invalid order"):
        desk.cancel(order_id)


def test_an_edit_replaces_the_order_by_one_with_what_is_not_executed(desk, queued):
    desk.crowd("sell", 500)
    outcome = edit(desk, queued, quantity=Decimal("2.5"), limit_price=Decimal("98.00"), reference=7)
    assert desk.kinds() == ["canceled", "pending", "new"]
    new = desk.state(outcome.order_id)
    assert (new.quantity, new.limit_price, new.request.reference) == (2000, 9800, 7)
    assert new.parent_id == outcome.original_order_id == queued
    old = desk.state(queued)
    assert (old.filled, old.reason) == (500, "Order replaced")


def test_an_edit_may_use_the_money_of_the_order_it_replaces(desk):
    order_id = desk.add(price="99.00", quantity="1000")
    outcome = edit(desk, order_id, limit_price=Decimal("99.50"))
    assert desk.state(outcome.order_id).limit_price == 9950
    with pytest.raises(Refused, match="Insufficient funds"):
        edit(desk, outcome.order_id, quantity=Decimal(1100))
    assert desk.state(outcome.order_id).status == "new"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"quantity": Decimal("0.5")}, "EGeneral:Invalid arguments:volume"),
        ({"symbol": "XYZ/USD"}, "EGeneral:Invalid arguments:pair"),
        ({"limit_price": Decimal("101.00"), "post_only": True}, "EOrder:Post only order"),
        ({"quantity": Decimal("0.55")}, "EOrder:Order minimum not met"),
    ],
)
def test_a_refused_edit_leaves_the_order_as_it_was(desk, queued, change, text):
    desk.crowd("sell", 500)
    desk.crowd("sell", 500, 10005)
    before, available = desk.state(queued), desk.available("USD")
    with pytest.raises(Refused) as refusal:
        edit(desk, queued, **change)
    assert refusal.value.text == text
    assert (desk.state(queued), desk.available("USD")) == (before, available)


def test_orders_with_client_id_or_trigger_cannot_be_edited(desk):
    for order_id in (
        desk.add(price="99.00", client_id="mine"),
        desk.add("sell", "stop-loss", "1", trigger="95.00"),
    ):
        with pytest.raises(Refused, match="Invalid arguments"):
            edit(desk, order_id, quantity=Decimal(3))


def test_orders_are_cancelled_by_client_id_and_by_reference(desk):
    named = desk.add(price="99.00", client_id="mine")
    pair = [desk.add(price=price, reference=5) for price in ("98.00", "98.05")]
    with pytest.raises(Refused, match="cl_ord_id not unique"):
        desk.add(price="97.00", client_id="mine")
    outcome = desk.venue.cancel("alice", ByClientId("mine"), now_ns=desk.now)
    assert outcome.order_ids == (named,)
    assert desk.add(price="97.00", client_id="mine")
    outcome = desk.venue.cancel("alice", ByReference(5), now_ns=desk.now)
    assert outcome.order_ids == tuple(pair)


def test_cancel_all_takes_every_pair_and_the_waiting_and_scheduled_orders(desk):
    desk.add(price="99.00")
    desk.add(price="9.0", symbol="XYZ/USD", quantity="5")
    desk.add("sell", "stop-loss", "1", trigger="95.00")
    desk.add(price="99.00", starts_ns=desk.now + 10**12)
    desk.add(price="99.00", who="bob")
    outcome = desk.hear(desk.venue.cancel_all("alice", now_ns=desk.now))
    assert len(outcome.order_ids) == 4
    assert {happening.symbol for happening in outcome.happenings} == {"ABC/USD", "XYZ/USD"}
    assert desk.venue.open_orders("alice") == []
    assert len(desk.venue.closed_orders("alice")) == 4
    assert len(desk.venue.open_orders("bob")) == 1
    assert desk.available("USD") == desk.venue.accounts["alice"].balance("USD")


def test_a_batch_is_placed_row_by_row_once_all_of_it_makes_sense(desk, make_order):
    rows = [make_order(price="99.00"), make_order(price="99.00", quantity="5000")]
    placed = desk.hear(desk.venue.add_batch("alice", rows, now_ns=desk.now))
    assert isinstance(placed.rows[0], Placed)
    assert placed.rows[1] == Refused("EOrder:Insufficient funds")
    assert desk.kinds() == ["pending", "new"]
    rows = [make_order(price="99.00"), make_order(price="99.01")]
    with pytest.raises(Refused, match="Tick size"):
        desk.venue.add_batch("alice", rows, now_ns=desk.now)
    assert len(desk.venue.open_orders("alice")) == 1


@pytest.mark.parametrize("number", [0, 1, 16])
def test_a_batch_has_from_two_to_fifteen_orders(desk, make_order, number):
    rows = [make_order(price="99.00", quantity="0.1")] * number
    with pytest.raises(Refused, match="EGeneral:Invalid arguments"):
        desk.venue.add_batch("alice", rows, now_ns=desk.now)


def test_a_batch_is_of_one_pair_with_client_ids_of_its_own(desk, make_order):
    for rows in (
        [make_order(price="9.0", symbol="XYZ/USD"), make_order(price="9.00")],
        [make_order(price="99.00", client_id="a"), make_order(price="99.00", client_id="a")],
    ):
        with pytest.raises(Refused, match="EGeneral:Invalid arguments"):
            desk.venue.add_batch("alice", rows, now_ns=desk.now)


def test_a_batch_cancel_counts_what_it_found(desk):
    ids = [desk.add(price="99.00") for _ in range(3)]
    selectors = [ByOrderId(ids[0]), ByOrderId(ids[2]), ByOrderId("gone")]
    outcome = desk.venue.cancel_batch("alice", selectors, now_ns=desk.now)
    assert outcome.order_ids == (ids[0], ids[2])
    with pytest.raises(Refused, match="EGeneral:Invalid arguments"):
        desk.venue.cancel_batch("alice", selectors[:1], now_ns=desk.now)


def test_the_dead_man_s_switch_falls_unless_it_is_set_again_or_disarmed(desk):
    def after(seconds):
        return desk.venue.cancel_after("alice", seconds, now_ns=desk.now)

    order_id = desk.add(price="99.00")
    assert after(60) == desk.now + 60 * 10**9
    desk.advance(50)
    after(60)
    desk.advance(50)
    assert desk.state(order_id).status == "new"
    assert after(0) is None
    desk.advance(100)
    assert desk.state(order_id).status == "new"
    due = after(10)
    desk.advance(100)
    state = desk.state(order_id)
    assert (state.status, state.reason, state.closed_ns) == (
        "canceled",
        "Cancel after timeout",
        due,
    )
    for wrong in (-1, 86_400):
        with pytest.raises(Refused, match="Invalid timeout argument"):
            after(wrong)


def test_a_trade_of_two_accounts_makes_four_entries_that_belong_together(desk):
    desk.add("sell", price="100.00", who="bob", fee_in="base")
    desk.add("buy", price="100.00")
    entries = desk.entries()
    told = {report.account: report.fill for report in desk.reports("trade")}
    assert [(e.account, e.asset, e.amount, e.fee) for e in entries] == [
        ("alice", "ABC", 10**10, 0),
        ("alice", "USD", -1_000_000, 2600),
        ("bob", "ABC", -(10**10), 16_000_000),
        ("bob", "USD", 1_000_000, 0),
    ]
    for entry in entries:
        assert entry.ref_id == told[entry.account].exec_id
        assert re.fullmatch(f"L{ID}", entry.ledger_id)
    assert told["alice"].ledger_ids == (entries[0].ledger_id, entries[1].ledger_id)
    assert desk.venue.conserved() == {"ABC": 0, "USD": 0, "XYZ": 0}


def test_identifiers_are_unique_and_trade_ids_consecutive(desk):
    ids = [desk.add(price="100.00", quantity="0.5") for _ in range(20)]
    assert all(re.fullmatch(f"O{ID}", order_id) for order_id in ids)
    desk.add("sell", price="100.00", quantity="10", who="bob")
    fills = desk.venue.fills("bob")
    assert [report.fill.trade_id for report in fills] == list(range(1, 21))
    exec_ids = {r.fill.exec_id for who in ("alice", "bob") for r in desk.venue.fills(who)}
    assert len(exec_ids) == 40
    assert all(re.fullmatch(f"T{ID}", exec_id) for exec_id in exec_ids)
