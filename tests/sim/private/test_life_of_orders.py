"""What `executions` tells about every order type and time in force, over the wire."""

import pytest

PENDING, NEW = ("pending_new", "pending_new"), ("new", "new")
TRADE, FILLED = ("trade", "partially_filled"), ("filled", "filled")
CANCELED = ("canceled", "canceled")


def limit(side, qty, price, **more):
    return {
        "order_type": "limit",
        "side": side,
        "symbol": "BTC/USD",
        "order_qty": qty,
        "limit_price": price,
        **more,
    }


def order(order_type, side, qty, **more):
    return {
        "order_type": order_type,
        "side": side,
        "symbol": "BTC/USD",
        "order_qty": qty,
        **more,
    }


async def trade_at(price, alice, bob):
    """Let both trade a little, so that the last price is known."""
    maker = await bob.order(**limit("sell", 0.001, price))
    await alice.order(**limit("buy", 0.001, price, time_in_force="ioc"))
    await bob.catch_up()
    assert bob.story(maker)[-1] == FILLED


@pytest.mark.asyncio
async def test_a_resting_limit_order_is_pending_then_new_then_canceled_with_padded_numbers(alice):
    order_id = await alice.order(**limit("buy", 0.5, 60000, cl_ord_id="resting-order"))
    assert await alice.ask("cancel_order", cl_ord_id=["resting-order"]) == [
        {"method": "cancel_order", "result": {"cl_ord_id": "resting-order"}, "success": True}
    ]
    pending, new, canceled = alice.reports()
    stamp = pending.pop("timestamp")
    assert pending == {
        "order_id": order_id,
        "cl_ord_id": "resting-order",
        "symbol": "BTC/USD",
        "side": "buy",
        "order_type": "limit",
        "order_qty": "0.50000000",
        "limit_price": "60000.0",
        "limit_price_type": "static",
        "stop_price": "0.0",
        "time_in_force": "GTC",
        "fee_ccy_pref": "fciq",
        "exec_type": "pending_new",
        "order_status": "pending_new",
        "cum_cost": "0.00000",
        "fee_usd_equiv": "0.0000",
    }
    assert new == {
        "timestamp": stamp,
        "exec_type": "new",
        "order_status": "new",
        "cl_ord_id": "resting-order",
        "order_id": order_id,
    }
    assert canceled == {
        "timestamp": stamp,
        "exec_type": "canceled",
        "order_status": "canceled",
        "cum_qty": "0.00000000",
        "cum_cost": "0.00000",
        "avg_price": "0.0",
        "fee_usd_equiv": "0.0000",
        "cancel_reason": "User requested",
        "reason": "User requested",
        "cl_ord_id": "resting-order",
        "order_id": order_id,
    }


@pytest.mark.asyncio
async def test_both_sides_of_a_fill_hear_of_it_with_fees_and_the_same_trade_id(alice, bob):
    maker = await bob.order(**limit("sell", 0.2, 65000))
    taker = await alice.order(**limit("buy", 0.1, 65000.5, order_userref=7))
    await bob.catch_up()
    assert alice.story(taker) == [PENDING, NEW, TRADE, FILLED]
    assert bob.story(maker) == [PENDING, NEW, TRADE]
    fill, done = alice.reports()[-2:]
    other = bob.last(maker)
    assert fill.pop("exec_id").startswith("T")
    assert fill.pop("trade_id") == other["trade_id"]
    assert done.pop("timestamp") == fill.pop("timestamp")
    assert fill == {
        "order_id": taker,
        "order_userref": 7,
        "exec_type": "trade",
        "symbol": "BTC/USD",
        "side": "buy",
        "last_qty": "0.10000000",
        "last_price": "65000.0",
        "liquidity_ind": "t",
        "cost": "6500.00000",
        "order_type": "limit",
        "order_status": "partially_filled",
        "cum_qty": "0.10000000",
        "cum_cost": "6500.00000",
        "avg_price": "65000.0",
        "fee_usd_equiv": "26.0000",
        "fees": [{"asset": "USD", "qty": "26.0000"}],
    }
    assert done == {
        "exec_type": "filled",
        "order_status": "filled",
        "cum_qty": "0.10000000",
        "cum_cost": "6500.00000",
        "avg_price": "65000.0",
        "fee_usd_equiv": "26.0000",
        "order_userref": 7,
        "order_id": taker,
    }
    assert (other["liquidity_ind"], other["fees"]) == ("m", [{"asset": "USD", "qty": "16.2500"}])


@pytest.mark.asyncio
async def test_a_market_order_walks_the_book_and_its_remainder_is_canceled(alice, bob):
    await bob.order(**limit("sell", 0.1, 65000))
    await bob.order(**limit("sell", 0.1, 65010))
    order_id = await alice.order(**order("market", "buy", 0.5))
    assert alice.story(order_id) == [PENDING, NEW, TRADE, TRADE, CANCELED]
    last = alice.last(order_id)
    assert (last["cum_qty"], last["avg_price"]) == ("0.20000000", "65005.0")
    assert "limit_price" not in alice.reports()[0]


@pytest.mark.asyncio
async def test_a_cash_order_spends_what_it_says(alice, bob):
    await bob.order(**limit("sell", 1, 50000))
    order_id = await alice.order(
        order_type="market", side="buy", symbol="BTC/USD", cash_order_qty=1000
    )
    assert alice.story(order_id) == [PENDING, NEW, TRADE, FILLED]
    pending = alice.reports()[0]
    assert "order_qty" not in pending
    assert float(pending["cash_order_qty"]) == 1000
    assert alice.last(order_id)["cum_cost"] == "1000.00000"


@pytest.mark.asyncio
async def test_immediate_or_cancel_cancels_what_does_not_fill_at_once(alice, bob):
    await bob.order(**limit("sell", 0.1, 65000))
    order_id = await alice.order(**limit("buy", 0.3, 65000, time_in_force="ioc"))
    assert alice.story(order_id) == [PENDING, NEW, TRADE, CANCELED]
    assert alice.last(order_id)["cum_qty"] == "0.10000000"
    assert alice.reports()[0]["time_in_force"] == "IOC"


@pytest.mark.asyncio
async def test_fill_or_kill_trades_all_or_nothing(alice, bob):
    await bob.order(**limit("sell", 0.1, 65000))
    killed = await alice.order(**limit("buy", 0.3, 65000, time_in_force="fok"))
    filled = await alice.order(**limit("buy", 0.1, 65000, time_in_force="FOK"))
    assert alice.story(killed)[-1] == CANCELED
    assert alice.last(killed)["cum_qty"] == "0.00000000"
    assert alice.story(filled)[-1] == FILLED


@pytest.mark.asyncio
async def test_good_till_date_expires_at_its_time(hall, alice):
    order_id = await alice.order(
        **limit("buy", 0.1, 60000, time_in_force="gtd", expire_time="2026-01-05T12:00:32Z")
    )
    assert alice.reports()[0]["expire_time"] == "2026-01-05T12:00:32.000000Z"
    await hall.step(1, alice)
    assert alice.story(order_id) == [PENDING, NEW]
    await hall.step(1.1, alice)
    assert alice.story(order_id)[-1] == ("expired", "expired")
    assert alice.last(order_id)["timestamp"] == "2026-01-05T12:00:32.000000Z"


@pytest.mark.asyncio
async def test_a_scheduled_order_is_pending_until_its_time(hall, alice):
    order_id = await alice.order(**limit("buy", 0.1, 60000, effective_time="2026-01-05T12:00:32Z"))
    assert alice.story(order_id) == [PENDING]
    await hall.step(2.1, alice)
    assert alice.story(order_id) == [PENDING, NEW]
    assert alice.last(order_id)["timestamp"] == "2026-01-05T12:00:32.000000Z"


@pytest.mark.asyncio
async def test_an_iceberg_shows_a_part_and_refills_it(hall, alice, bob):
    order_id = await bob.order(**order("iceberg", "sell", 1.0, display_qty=0.1, limit_price=65000))
    assert hall.simulator.book("BTC/USD").asks == (("65000.0", "0.10000000"),)
    await alice.order(**limit("buy", 0.25, 65000))
    await bob.catch_up()
    story = bob.story(order_id)
    assert story.count(("iceberg_refill", "partially_filled")) == 2
    assert story.count(TRADE) == 3
    assert hall.simulator.book("BTC/USD").asks == (("65000.0", "0.05000000"),)
    refill = next(one for one in bob.reports() if one["exec_type"] == "iceberg_refill")
    assert (refill["display_qty"], refill["display_qty_remain"]) == ("0.10000000", "0.10000000")


@pytest.mark.parametrize(
    ("order_type", "side", "prices"),
    [
        ("stop-loss", "sell", (64000, 63999)),
        ("stop-loss", "buy", (66000, 66001)),
        ("take-profit", "sell", (66000, 66001)),
        ("take-profit", "buy", (64000, 63999)),
    ],
)
@pytest.mark.asyncio
async def test_a_triggered_order_is_armed_then_fires_then_trades(
    alice, bob, order_type, side, prices
):
    price, fires_at = prices
    await trade_at(65000, alice, bob)
    order_id = await alice.order(**order(order_type, side, 0.1, triggers={"price": price}))
    assert alice.story(order_id) == [PENDING, NEW]
    pending = next(one for one in alice.reports() if one["order_id"] == order_id)
    assert pending["triggers"] == {
        "reference": "last",
        "price": f"{price}.0",
        "price_type": "static",
        "actual_price": f"{price}.0",
        "status": "untriggered",
    }
    await bob.order(**limit("sell" if side == "buy" else "buy", 0.5, fires_at))
    await alice.order(**limit(side, 0.001, fires_at, time_in_force="ioc"))
    assert alice.story(order_id) == [PENDING, NEW, ("status", "new"), TRADE, FILLED]
    fired = next(one for one in alice.reports() if one["exec_type"] == "status")["triggers"]
    assert (fired["status"], fired["last_price"]) == ("triggered", f"{fires_at}.0")
    assert "timestamp" in fired


@pytest.mark.parametrize("order_type", ["stop-loss-limit", "take-profit-limit"])
@pytest.mark.asyncio
async def test_a_triggered_limit_order_rests_after_it_fired(hall, alice, bob, order_type):
    await trade_at(65000, alice, bob)
    price, fires_at = (64000, 63990) if order_type == "stop-loss-limit" else (66000, 66010)
    order_id = await alice.order(
        **order(order_type, "sell", 0.1, limit_price=70000, triggers={"price": price})
    )
    assert hall.simulator.book("BTC/USD").asks == ()
    await trade_at(fires_at, alice, bob)
    assert alice.story(order_id) == [PENDING, NEW, ("status", "new")]
    assert hall.simulator.book("BTC/USD").asks == (("70000.0", "0.10000000"),)


@pytest.mark.parametrize("order_type", ["trailing-stop", "trailing-stop-limit"])
@pytest.mark.asyncio
async def test_a_trailing_stop_follows_the_peak_and_fires_when_it_turns(
    hall, alice, bob, order_type
):
    await trade_at(65000, alice, bob)
    more = {"limit_price": 0} if order_type.endswith("limit") else {}
    order_id = await alice.order(
        **order(order_type, "sell", 0.1, triggers={"price": 1, "price_type": "pct"}, **more)
    )
    await hall.step(2, alice)
    await trade_at(66000, alice, bob)
    moved = alice.last(order_id)
    assert moved["exec_type"] == "status"
    assert moved["triggers"]["peak_price"] == "66000.0"
    assert moved["triggers"]["actual_price"] == "65340.0"
    await hall.step(2, alice)
    await trade_at(65300, alice, bob)
    assert any(
        one["triggers"]["status"] == "triggered"
        for one in alice.reports()
        if one["exec_type"] == "status" and one["order_id"] == order_id
    )


@pytest.mark.asyncio
async def test_each_fill_of_a_primary_opens_the_order_that_closes_it(alice, bob):
    close = {"order_type": "stop-loss-limit", "trigger_price": 59000, "limit_price": 58900}
    primary = await alice.order(**limit("buy", 0.3, 60000, conditional=close))
    assert alice.reports()[0]["contingent"]["order_type"] == "stop-loss-limit"
    await bob.order(**limit("sell", 0.1, 60000))
    await alice.catch_up()
    secondary = [one for one in alice.reports() if one.get("ord_ref_id") == primary]
    assert [(one["side"], one["order_qty"]) for one in secondary] == [("sell", "0.10000000")]


@pytest.mark.parametrize(
    ("stp_type", "ended"),
    [("cancel_newest", [1]), ("cancel_oldest", [0]), ("cancel_both", [0, 1])],
)
@pytest.mark.asyncio
async def test_orders_of_one_account_never_meet(alice, stp_type, ended):
    resting = await alice.order(**limit("sell", 0.1, 65000))
    arriving = await alice.order(**limit("buy", 0.1, 65000, stp_type=stp_type))
    stories = [alice.story(resting), alice.story(arriving)]
    assert [number for number, story in enumerate(stories) if story[-1] == CANCELED] == ended
    assert all(TRADE not in story for story in stories)


@pytest.mark.asyncio
async def test_an_amend_keeps_the_order_and_tells_the_new_numbers(alice):
    order_id = await alice.order(**limit("buy", 0.2, 60000))
    (answer,) = await alice.ask(
        "amend_order", order_id=order_id, order_qty=0.15, limit_price=60001.5
    )
    assert answer["result"].keys() == {"amend_id", "order_id"}
    amended = alice.last(order_id)
    assert amended.pop("timestamp")
    assert amended == {
        "exec_type": "amended",
        "order_status": "new",
        "cum_qty": "0.00000000",
        "reason": "User requested",
        "amended": True,
        "order_qty": "0.15000000",
        "limit_price": "60001.5",
        "limit_price_type": "static",
        "order_userref": 0,
        "order_id": order_id,
    }


@pytest.mark.asyncio
async def test_amending_below_what_is_filled_cancels_the_rest(alice, bob):
    order_id = await alice.order(**limit("buy", 0.3, 60000))
    await bob.order(**limit("sell", 0.2, 60000))
    await alice.ask("amend_order", order_id=order_id, order_qty=0.1)
    assert alice.story(order_id)[-2:] == [("amended", "partially_filled"), CANCELED]


@pytest.mark.asyncio
async def test_an_edit_replaces_the_order_by_another(alice):
    old = await alice.order(**limit("buy", 0.2, 60000))
    (answer,) = await alice.ask("edit_order", order_id=old, symbol="BTC/USD", limit_price=60010)
    new = answer["result"]["order_id"]
    assert answer["result"] == {"order_id": new, "original_order_id": old}
    assert alice.story(old)[-1] == CANCELED
    assert alice.story(new) == [PENDING, NEW]


@pytest.mark.asyncio
async def test_a_snapshot_has_open_orders_and_past_fills(hall, alice, bob):
    await bob.order(**limit("sell", 0.1, 65000))
    await alice.order(**limit("buy", 0.1, 65000))
    first = await alice.order(**limit("buy", 0.2, 60000))
    second = await alice.order(**limit("buy", 0.3, 60000))
    other = await hall.open(account="alice")
    (answer,) = await other.ask(
        "subscribe", channel="executions", snap_orders=True, snap_trades=True
    )
    assert answer["result"]["maxratecount"] == 180
    entries = other.reports()
    assert [one["order_id"] for one in entries[:2]] == [first, second]
    assert {one["exec_type"] for one in entries[:2]} == {"new"}
    assert entries[0]["cum_qty"] == "0.00000000"
    assert (entries[2]["exec_type"], entries[2]["order_status"]) == ("trade", "filled")
    assert "cum_qty" not in entries[2]
    assert len(entries) == 3


@pytest.mark.asyncio
async def test_without_status_transitions_only_opening_closing_and_fills_are_told(hall, bob):
    line = await hall.open(account="alice")
    await line.ask("subscribe", channel="executions", order_status=False)
    order_id = await line.order(**limit("buy", 0.1, 60000))
    await line.ask("amend_order", order_id=order_id, limit_price=60001)
    await bob.order(**limit("sell", 0.1, 60001))
    await line.catch_up()
    assert line.story(order_id) == [NEW, TRADE, FILLED]
