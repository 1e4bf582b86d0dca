"""Replies of the trading methods, limits, balances, and one story in all places."""

import random

import pytest

from rxkraken.sim import Customer

GOOD = {
    "order_type": "limit",
    "side": "buy",
    "symbol": "BTC/USD",
    "order_qty": 0.001,
    "limit_price": 60000,
}
ROW = {name: value for name, value in GOOD.items() if name != "symbol"}


def success(method, result):
    return [{"method": method, "result": result, "success": True}]


@pytest.mark.asyncio
async def test_the_reply_repeats_the_clients_names_and_warns_of_old_fields(alice):
    answer = (await alice.ask("add_order", **GOOD, order_userref=5, no_mpp=True))[0]
    order_id = answer["result"]["order_id"]
    assert answer["result"] == {
        "order_id": order_id,
        "order_userref": 5,
        "warnings": ["no_mpp is deprecated"],
    }
    old = {"order_type": "stop-loss", "stop_price": 50000, "trigger": "last"}
    params = {name: value for name, value in GOOD.items() if name != "limit_price"} | old
    answer = (await alice.ask("add_order", **params | {"side": "sell"}))[0]
    assert len(answer["result"]["warnings"]) == 2


@pytest.mark.asyncio
async def test_validating_creates_nothing(alice):
    assert await alice.ask("add_order", **GOOD, validate=True) == success(
        "add_order", {"order_id": ""}
    )
    assert await alice.error("add_order", **GOOD | {"order_qty": 0.000001}, validate=True) == (
        "EOrder:Order minimum not met"
    )
    assert alice.reports() == []


@pytest.mark.asyncio
async def test_each_canceled_order_has_its_own_reply(alice):
    ids = [await alice.order(**GOOD, order_userref=3) for _ in range(3)]
    answers = await alice.ask("cancel_order", order_id=[ids[0], "OAAAAA-BBBBB-CCCCCC"])
    assert [answer["success"] for answer in answers] == [True, False]
    answers = await alice.ask("cancel_order", order_userref=[3])
    assert [answer["result"]["order_id"] for answer in answers] == ids[1:]


@pytest.mark.asyncio
async def test_cancel_all_counts_untriggered_orders_too(alice):
    await alice.order(**GOOD)
    stop = {"order_type": "stop-loss", "side": "sell", "symbol": "BTC/USD", "order_qty": 0.1}
    await alice.order(**stop, triggers={"price": 1000})
    assert await alice.ask("cancel_all") == success("cancel_all", {"count": 2})
    assert await alice.ask("cancel_all") == success("cancel_all", {"count": 0})


@pytest.mark.asyncio
async def test_a_batch_is_added_in_order_and_refuses_single_orders_without_funds(alice):
    rows = [ROW | {"order_userref": 1}, ROW | {"order_qty": 1000}, ROW | {"cl_ord_id": "third"}]
    (answer,) = await alice.ask("batch_add", symbol="BTC/USD", orders=rows)
    first, second, third = answer["result"]
    assert (first["order_userref"], third["cl_ord_id"]) == (1, "third")
    assert second == {"error": "EOrder:Insufficient funds"}
    ids = [first["order_id"], third["order_id"]]
    assert await alice.ask("batch_cancel", orders=ids) == [
        {"method": "batch_cancel", "orders_cancelled": 2, "success": True}
    ]


@pytest.mark.asyncio
async def test_a_batch_can_be_canceled_by_any_name(alice):
    await alice.order(**GOOD, order_userref=77)
    await alice.order(**GOOD, cl_ord_id="by-name")
    order_id = await alice.order(**GOOD)
    answers = await alice.ask("batch_cancel", orders=["77", order_id], cl_ord_id=["by-name"])
    assert answers[0]["orders_cancelled"] == 3


@pytest.mark.asyncio
async def test_the_dead_mans_switch_cancels_everything_unless_disarmed(hall, alice):
    order_id = await alice.order(**GOOD)
    assert await alice.ask("cancel_all_orders_after", timeout=2) == success(
        "cancel_all_orders_after",
        {"currentTime": "2026-01-05T12:00:30Z", "triggerTime": "2026-01-05T12:00:32Z"},
    )
    (answer,) = await alice.ask("cancel_all_orders_after", timeout=0)
    assert answer["result"]["triggerTime"] == "0"
    await hall.step(3, alice)
    assert alice.story(order_id)[-1] == ("new", "new")
    await alice.ask("cancel_all_orders_after", timeout=2)
    await hall.step(3, alice)
    assert alice.last(order_id)["reason"] == "Cancel after timeout"


@pytest.mark.asyncio
async def test_numbers_of_orders_stay_exact(alice):
    text = (
        '{"method":"add_order","params":{"order_type":"limit","side":"buy","symbol":"ETH/USD",'
        f'"order_qty":0.12345679,"limit_price":12.34,"token":"{alice.token}"}}}}'
    )
    await alice.say(text)
    assert alice.reports()[0]["order_qty"] == "0.12345679"
    assert alice.reports()[0]["limit_price"] == "12.34"


# -- limits ---------------------------------------------------------------------------------------


async def starter_line(wires):
    wire = await wires(script=(), accounts=[Customer("s", {"USD": 10**6}, tier="starter")])
    line = await wire.open()
    (answer,) = await line.ask("subscribe", channel="executions", ratecounter=True)
    assert answer["result"]["maxratecount"] == 60
    return wire, line


@pytest.mark.asyncio
async def test_the_trading_counter_is_told_and_costs_depend_on_age(wires):
    wire, line = await starter_line(wires)
    order_id = await line.order(**GOOD)
    assert line.last(order_id)["exec_type"] == "new"
    assert line.reports()[0]["ratecount"] == "1.00"
    await wire.step(0.5, line)
    await line.ask("amend_order", order_id=order_id, limit_price=60001)
    assert line.last(order_id)["ratecount"] == "4.50"
    await wire.step(3, line)
    await line.ask("cancel_order", order_id=[order_id])
    assert line.last(order_id)["ratecount"] == "9.50"


@pytest.mark.asyncio
async def test_at_the_threshold_the_counter_refuses_until_it_has_fallen(wires):
    wire, line = await starter_line(wires)
    ids = [await line.order(**GOOD) for _ in range(7)]
    await line.ask("cancel_order", order_id=ids[:7])
    assert await line.error("add_order", **GOOD) == "EOrder:Rate limit exceeded"
    await wire.step(8, line)
    assert await line.order(**GOOD)


@pytest.mark.asyncio
async def test_the_number_of_open_orders_is_limited_for_each_pair(wires):
    wire, line = await starter_line(wires)
    for _ in range(60):
        await line.order(**GOOD)
        await wire.step(1, line)
    assert await line.error("add_order", **GOOD) == "EOrder:Orders limit exceeded"


@pytest.mark.asyncio
async def test_a_private_connection_without_a_subscription_is_closed(hall):
    line, subscriber = await hall.open(), await hall.open(channels=("balances",))
    for _ in range(3):
        await hall.step(19, line, subscriber)
    await hall.simulator.step(4)
    assert await line.closed() == 1000
    await subscriber.catch_up()


# -- money ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_trade_makes_two_entries_and_a_deposit_one(hall, alice, bob):
    await bob.order(**GOOD | {"side": "sell", "order_qty": 0.1})
    await alice.order(**GOOD | {"order_qty": 0.1})
    snapshot, base, quote = alice.reports("balances")[2:]
    fill = next(one for one in alice.reports() if one["exec_type"] == "trade")
    assert snapshot["asset"] == "USD"
    assert base["ref_id"] == quote["ref_id"] == fill["exec_id"]
    assert (base["asset"], base["amount"], base["balance"]) == (
        "BTC",
        "0.1000000000",
        "100.1000000000",
    )
    assert (quote["amount"], quote["fee"], quote["balance"]) == (
        "-6000.0000",
        "24.0000",
        "993976.0000",
    )
    hall.simulator.deposit("alice", "USD", "0.5")
    await alice.catch_up()
    entry = alice.reports("balances")[-1]
    assert (entry["type"], entry["amount"], entry["balance"]) == (
        "deposit",
        "0.5000",
        "993976.5000",
    )


@pytest.mark.asyncio
async def test_streams_rest_and_the_market_tell_one_story(wires):
    """A random trader among the crowd; then everything is added up from what was told."""
    wire = await wires(["BTC/USD", "MLN/EUR"], rate=200.0)
    line = await wire.open(channels=("balances",))
    await line.ask("subscribe", channel="executions", snap_orders=True, snap_trades=False)
    market = await wire.open("public_v2")
    await market.say(
        '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","MLN/EUR"]}}'
    )
    source = random.Random(5)
    for _ in range(60):
        symbol = source.choice(("BTC/USD", "MLN/EUR"))
        side = source.choice(("buy", "sell"))
        book = wire.simulator.book(symbol)
        price = float((book.asks if side == "buy" else book.bids)[source.randrange(2)][0])
        qty = 0.05 if symbol == "BTC/USD" else 2
        kind = {"order_type": "limit", "limit_price": price, "order_qty": qty}
        await line.ask("add_order", symbol=symbol, side=side, **kind)
        await wire.step(0.3, line, market)
    await market.catch_up()
    fills = [one for one in line.reports() if one["exec_type"] == "trade"]
    assert len(fills) > 20
    public = {
        (one["symbol"], one["trade_id"]): one
        for frame in market.frames
        if frame.get("channel") == "trade"
        for one in frame["data"]
    }
    for fill in fills:
        trade = public[fill["symbol"], fill["trade_id"]]
        assert (trade["price"], trade["qty"]) == (fill["last_price"], fill["last_qty"])
    held = {one["asset"]: one["balance"] for one in line.reports("balances") if "balance" in one}
    rest = (await wire.private("Balance"))["result"]
    names = {"BTC": "XXBT", "USD": "ZUSD", "EUR": "ZEUR", "MLN": "XMLN"}
    assert {names[asset]: balance for asset, balance in held.items()} == rest
    history = {}
    for offset in range(0, len(fills), 50):
        page = await wire.private("TradesHistory", ofs=offset)
        assert page["result"]["count"] == len(fills)
        history |= page["result"]["trades"]
    assert history.keys() == {fill["exec_id"] for fill in fills}
    still_open = {
        one["order_id"]
        for one in line.reports()
        if line.last(one["order_id"])["exec_type"] not in {"filled", "canceled", "expired"}
    }
    assert (await wire.private("OpenOrders"))["result"]["open"].keys() == still_open
