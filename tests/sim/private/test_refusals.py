"""Every error text of the private endpoint that can be met, over the wire."""

import json

import pytest

from rxkraken.sim import Customer, Pair

GOOD = {
    "order_type": "limit",
    "side": "buy",
    "symbol": "BTC/USD",
    "order_qty": 0.1,
    "limit_price": 60000,
}


def without(*names, **more):
    return {name: value for name, value in (GOOD | more).items() if name not in names}


STOP = {"order_type": "stop-loss", "side": "sell", "symbol": "BTC/USD", "order_qty": 0.1}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        # types, unknown and missing fields
        (GOOD | {"limit_price": "60000"}, "Limit_price field must be a number_float"),
        (
            {"order_type": "market", "side": "buy", "symbol": "BTC/USD", "cash_order_qty": "5"},
            "Cash_order_qty field must be a number_float",
        ),
        (
            GOOD | {"leverage": 5},
            "Unsupported field: 'leverage' for the given msg type: add_order",
        ),
        (GOOD | {"userref": 5}, "Unsupported field: 'userref' for the given msg type: add_order"),
        (without("symbol"), "Symbol(s) not found"),
        (without("limit_price"), "Price(s) not found"),
        (STOP, "Price(s) not found"),
        (GOOD | {"token": ""}, "Token(s) not found"),
        (GOOD | {"post_only": 1}, "Post_only field must be a boolean"),
        (GOOD | {"order_userref": "7"}, "Order_userref field must be an integer"),
        # tokens
        (GOOD | {"token": "never given out"}, "EAPI:Invalid token"),
        # pairs
        (GOOD | {"symbol": "XBT/USD"}, "EQuery:Unknown asset pair"),
        # arguments
        (GOOD | {"cl_ord_id": "no blanks or ümlauts here"}, "EGeneral:Invalid arguments:cl_ord_id"),
        (GOOD | {"order_type": "settle"}, "EGeneral:Invalid arguments:order_type"),
        (GOOD | {"side": "long"}, "EGeneral:Invalid arguments:side"),
        (GOOD | {"time_in_force": "day"}, "EGeneral:Invalid arguments:time_in_force"),
        (GOOD | {"deadline": "soon"}, "EGeneral:Invalid arguments:deadline"),
        (
            GOOD | {"deadline": "2026-01-05T12:05:00.000Z"},
            "EGeneral:Invalid arguments:deadline",
        ),
        # numbers
        (GOOD | {"limit_price": 60000.05}, "EOrder:Invalid price"),
        (GOOD | {"order_qty": 0.00001}, "EOrder:Order minimum not met"),
        (GOOD | {"order_qty": 0.0001, "limit_price": 10.0}, "EOrder:Cost minimum not met"),
        # deadline, funds
        (GOOD | {"deadline": "2026-01-05T12:00:29.000Z"}, "EService:Deadline elapsed"),
        (GOOD | {"order_qty": 1000}, "EOrder:Insufficient funds"),
        (
            GOOD | {"side": "sell", "reduce_only": True, "margin": True},
            "EOrder:Reduce only:No position exists",
        ),
    ],
)
@pytest.mark.asyncio
async def test_add_order_is_refused_in_the_words_of_the_exchange(alice, params, text):
    assert await alice.error("add_order", **params) == text
    assert alice.reports() == []


@pytest.mark.asyncio
async def test_a_price_off_the_tick_is_refused(wires):
    coarse = Pair(
        symbol="BTC/USD",
        price_precision=1,
        qty_precision=8,
        reference_price="65000.0",
        typical_qty="0.05",
        price_increment=5,
    )
    wire = await wires([coarse], script=())
    line = await wire.open()
    assert await line.error("add_order", **GOOD | {"limit_price": 60000.3}) == (
        "EOrder:Tick size check failed"
    )


@pytest.mark.asyncio
async def test_two_open_orders_cannot_share_a_client_id(alice):
    await alice.order(**GOOD, cl_ord_id="twice")
    assert await alice.error("add_order", **GOOD, cl_ord_id="twice") == (
        "EGeneral:Invalid arguments:cl_ord_id not unique"
    )


@pytest.mark.asyncio
async def test_a_post_only_order_that_would_take_is_refused(alice, bob):
    await bob.order(**GOOD | {"side": "sell"})
    assert await alice.error("add_order", **GOOD, post_only=True) == "EOrder:Post only order"


@pytest.mark.asyncio
async def test_a_pair_without_index_has_no_index_triggers(wires):
    pair = Pair(
        symbol="BTC/USD",
        price_precision=1,
        qty_precision=8,
        reference_price="65000.0",
        typical_qty="0.05",
        has_index=False,
    )
    line = await (await wires([pair], script=())).open()
    trigger = {"price": 60000, "reference": "index"}
    assert await line.error("add_order", **STOP, triggers=trigger) == (
        "EGeneral:Invalid arguments:Index unavailable"
    )


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        (
            "amend_order",
            {"order_id": "OAAAAA-BBBBB-CCCCCC", "order_qty": 1},
            "EOrder:Unknown order",
        ),
        ("amend_order", {"order_qty": 1}, "Order_id(s) not found"),
        (
            "edit_order",
            {"order_id": "OAAAAA-BBBBB-CCCCCC", "symbol": "BTC/USD", "order_qty": 1},
            "EOrder:Unknown order",
        ),
        ("edit_order", {"order_id": "OAAAAA-BBBBB-CCCCCC", "token": ""}, "Symbol(s) not found"),
        ("cancel_order", {"order_id": ["OAAAAA-BBBBB-CCCCCC"]}, "EOrder:Invalid order"),
        ("cancel_order", {"cl_ord_id": ["gone"]}, "EOrder:Invalid order"),
        ("cancel_order", {"order_userref": [9]}, "EOrder:Invalid order"),
        ("cancel_order", {}, "Order_id(s) not found"),
        ("cancel_order", {"order_id": "OAAAAA-BBBBB-CCCCCC"}, "Order_id field must be an array"),
        ("cancel_all", {"token": ""}, "Token(s) not found"),
        (
            "cancel_all",
            {"symbol": "BTC/USD"},
            "Unsupported field: 'symbol' for the given msg type: cancel_all",
        ),
        ("batch_cancel", {"orders": ["OAAAAA-BBBBB-CCCCCC"]}, "EGeneral:Invalid arguments:orders"),
        ("batch_add", {"symbol": "BTC/USD", "orders": [{}]}, "Order_type(s) not found"),
        ("cancel_all_orders_after", {}, "Timeout(s) not found"),
        ("cancel_all_orders_after", {"timeout": 1.5}, "Timeout field must be an integer"),
    ],
)
@pytest.mark.asyncio
async def test_other_methods_are_refused_in_the_words_of_the_exchange(alice, method, params, text):
    assert await alice.error(method, **params) == text


@pytest.mark.asyncio
async def test_a_switch_of_a_day_is_refused(alice):
    text = await alice.error("cancel_all_orders_after", timeout=86400)
    assert "Invalid timeout argument" in text


@pytest.mark.asyncio
async def test_an_amendment_without_effect_is_refused(alice):
    order_id = await alice.order(**GOOD)
    text = await alice.error("amend_order", order_id=order_id, limit_price=60000)
    assert text.startswith("EOrder")
    assert "No amendable parameters" in text


@pytest.mark.asyncio
async def test_a_batch_with_one_bad_order_is_refused_as_a_whole(alice):
    row = {name: value for name, value in GOOD.items() if name != "symbol"}
    orders = [row, row | {"order_qty": 0.000001}]
    text = await alice.error("batch_add", symbol="BTC/USD", orders=orders)
    assert text == "EOrder:Order minimum not met"
    assert alice.reports() == []


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("maintenance", "EService:Unavailable"),
        ("cancel_only", "EService:Market in cancel_only mode"),
        ("post_only", "EService:Market in post_only mode"),
    ],
)
@pytest.mark.asyncio
async def test_the_state_of_the_exchange_refuses_orders(hall, alice, state, text):
    hall.simulator.set_system_status(state)
    assert await alice.error("add_order", **GOOD) == text
    hall.simulator.set_system_status("online")
    assert await alice.order(**GOOD)


@pytest.mark.asyncio
async def test_limit_only_refuses_market_orders(hall, alice):
    hall.simulator.set_system_status("limit_only")
    market = without("limit_price") | {"order_type": "market"}
    assert await alice.error("add_order", **market) == "EService:Market in limit_only mode"
    assert await alice.order(**GOOD)


@pytest.mark.asyncio
async def test_the_state_of_one_pair_refuses_its_orders(hall, alice):
    hall.simulator.set_pair_status("BTC/USD", "cancel_only")
    assert await alice.error("add_order", **GOOD) == "EService:Market in cancel_only mode"
    assert await alice.order(**GOOD | {"symbol": "ETH/USD", "limit_price": 3000})


@pytest.mark.asyncio
async def test_a_key_may_do_only_what_it_is_permitted(wires):
    reader = Customer("reader", {"USD": 1}, permissions={"create_ws_token", "query_open_orders"})
    line = await (await wires(script=(), accounts=[reader])).open()
    denied = "EGeneral:Permission denied"
    assert await line.error("add_order", **GOOD) == denied
    assert await line.error("cancel_all") == denied
    assert await line.error("subscribe", channel="balances") == denied
    assert await line.error("subscribe", channel="executions", snap_trades=True) == denied
    assert (await line.ask("subscribe", channel="executions"))[0]["success"]


@pytest.mark.asyncio
async def test_a_token_ends_after_fifteen_minutes_unless_its_connection_has_subscribed(hall, alice):
    unused = await hall.token("alice")
    for _ in range(18):
        await hall.step(50, alice)
    fresh = await hall.open(account="alice")
    fresh.token = unused
    assert await fresh.error("cancel_all") == "ESession:Invalid session"
    assert (await alice.ask("cancel_all"))[0]["result"] == {"count": 0}


@pytest.mark.asyncio
async def test_public_channels_and_words_of_nobody_are_refused(alice):
    assert await alice.error("subscribe", channel="book", symbol=["BTC/USD"]) == (
        "Subscription name invalid"
    )
    (answer,) = await alice.say('{"method":"sing","req_id":1}')
    assert (answer["method"], answer["error"]) == ("subscribe", "Unsupported event")
    (answer,) = await alice.say('{"method":"add_order","params":[')
    assert answer["error"] == "Malformed request"
    (answer,) = await alice.say(json.dumps({"method": "add_order", "params": []}))
    assert (answer["method"], answer["error"]) == ("add_order", "Malformed request")


@pytest.mark.asyncio
async def test_a_second_subscription_and_an_unsubscribe_of_nothing_are_refused(hall, alice):
    assert await alice.error("subscribe", channel="balances") == "Already subscribed"
    await alice.ask("unsubscribe", channel="balances")
    (answer,) = await alice.ask("unsubscribe", channel="balances")
    assert (answer["method"], answer["error"]) == ("subscribe", "Subscription Not Found")
    (answer,) = await alice.ask("subscribe", channel="executions", token="")
    assert answer["error"] == "Token(s) not found"


@pytest.mark.asyncio
async def test_trading_is_unknown_at_the_public_endpoint(hall):
    line = await hall.open("public_v2")
    (answer,) = await line.ask("add_order", **GOOD)
    assert (answer["method"], answer["error"]) == ("subscribe", "Unsupported event")
