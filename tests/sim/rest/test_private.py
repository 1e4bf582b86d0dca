"""Private REST calls: signatures with the documented vectors, nonces, tokens, orders, fills."""

import pytest

from rxkraken.sim import Customer
from rxkraken.sim.signing import signature

DOCUMENTED = (
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
)
VECTORS = [
    (
        "AddOrder",
        "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
        "1616492376594",
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
    ),
    (
        "GetWebSocketsToken",
        "nonce=1616492376594",
        "1616492376594",
        "+mRDmY9Ks0Moc1zjv/BjfvYa98buO0x1yHChZR5onlfAzAUbfIYlLggUZzdQ0RsmXm4Sh+Q8iAIZdo2wSeHeiA==",
    ),
    (
        "GetWebSocketsToken",
        '{"nonce":1616492376594}',
        "1616492376594",
        "yl7HvQ7MH+jWgPjH8r2+qILii9+OjPXXmiYU0uJ3ZdoxQGQlSfjTrhVW8NhLKbAnVRjuuiqkn/lDVd8AhdBrfQ==",
    ),
    (
        "GetWebSocketsToken",
        "nonce=1616492376594&otp=123456",
        "1616492376594",
        "Ar/xaIFCxoB9vYgmMdFa96Q4kobeliKYcsJVL0e/9WCP8p+91eHqwusA7xAg4PaDXeGRBOWqOD4e7jxeWmvvDQ==",
    ),
    (
        "OpenOrders",
        "nonce=1616492376595&trades=true",
        "1616492376595",
        "fg6yKPjs5VWOAdgWvpvxbEny1eBiuvVTs+7L54MS99PZkzp2VHOBvYHEiW5wyFHEViU7QH7mvDZ3Ex8rQeSngw==",
    ),
]
ORDER = {
    "order_type": "limit",
    "side": "buy",
    "symbol": "BTC/USD",
    "order_qty": 0.1,
    "limit_price": 60000,
}


@pytest.mark.parametrize(("name", "body", "nonce", "expected"), VECTORS)
def test_signatures_are_those_of_the_document(name, body, nonce, expected):
    assert signature(DOCUMENTED, f"/0/private/{name}", nonce, body.encode()) == expected


@pytest.fixture
def accounts():
    money = {"USD": 1_000_000, "BTC": 100}
    return [Customer("alice", money), Customer("bob", money)]


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.asyncio
async def test_a_signed_call_gets_a_token_from_a_form_and_from_json(wires, as_json):
    wire = await wires(script=())
    body = await wire.private("GetWebSocketsToken", as_json=as_json)
    assert body["error"] == []
    assert body["result"].keys() == {"token", "expires"}
    assert body["result"]["expires"] == 900
    assert len(body["result"]["token"]) == 43
    assert (await wire.private("GetWebSocketsToken"))["result"]["token"] != body["result"]["token"]


@pytest.mark.asyncio
async def test_credentials_look_random_and_follow_the_seed(wires):
    first, again, other = [(await wires(script=(), seed=seed)) for seed in (1, 1, 2)]
    texts = [(w.credentials().key, w.credentials().reveal_secret()) for w in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]
    assert [len(text) for text in texts[0]] == [56, 88]


@pytest.mark.asyncio
async def test_key_signature_and_nonce_are_really_checked(wires):
    wire = await wires(script=())
    credentials = wire.credentials()
    body, path = b"nonce=5", "/0/private/Balance"
    good = signature(credentials.reveal_secret(), path, "5", body)
    key = credentials.key

    async def errors(key, sign, body=body):
        headers = {"API-Key": key, "API-Sign": sign}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return (await wire.post("Balance", body, headers))["error"]

    assert await errors("nobody", good) == ["EAPI:Invalid key"]
    assert await errors("", "") == ["EAPI:Invalid key"]
    assert await errors(key, good[:-4] + "AAA=") == ["EAPI:Invalid signature"]
    assert await errors(key, "") == ["EAPI:Invalid signature"]
    assert await errors(key, good, b"nonce=5&otp=1") == ["EAPI:Invalid signature"]
    assert await errors(key, good, b"") == ["EAPI:Invalid nonce"]
    assert await errors(key, good, b"nonce=-5") == ["EAPI:Invalid nonce"]
    assert await errors(key, good, b"nonce=18446744073709551616") == ["EAPI:Invalid nonce"]
    assert await errors(key, good) == []
    assert await errors(key, good) == ["EAPI:Invalid nonce"]
    older = signature(credentials.reveal_secret(), path, "4", b"nonce=4")
    assert await errors(key, older, b"nonce=4") == ["EAPI:Invalid nonce"]


@pytest.mark.asyncio
async def test_a_call_needs_its_permission(wires):
    poor = Customer("poor", permissions=set())
    wire = await wires(script=(), accounts=[poor])
    for name in ("GetWebSocketsToken", "Balance", "OpenOrders", "ClosedOrders", "TradesHistory"):
        assert (await wire.private(name))["error"] == ["EGeneral:Permission denied"]
    assert (await wire.private("Nothing"))["error"] == ["EGeneral:Unknown method"]


@pytest.mark.asyncio
async def test_balances_come_under_internal_names(wires, accounts):
    wire = await wires(script=(), accounts=accounts)
    assert (await wire.private("Balance"))["result"] == {
        "XXBT": "100.0000000000",
        "ZUSD": "1000000.0000",
    }


@pytest.mark.asyncio
async def test_an_open_order_has_the_documented_fields(wires, accounts):
    wire = await wires(script=(), accounts=accounts)
    line = await wire.open(channels=("executions",))
    order_id = await line.order(**ORDER, order_userref=9)
    other = await line.order(**ORDER, cl_ord_id="mine")
    orders = (await wire.private("OpenOrders", trades="true"))["result"]["open"]
    assert orders.keys() == {order_id, other}
    assert orders[order_id] == {
        "refid": "None",
        "userref": 9,
        "status": "open",
        "opentm": "1767614430.0000",
        "starttm": "0.0000",
        "expiretm": "0.0000",
        "descr": {
            "pair": "XBTUSD",
            "type": "buy",
            "ordertype": "limit",
            "price": "60000.0",
            "price2": "0",
            "leverage": "none",
            "order": "buy 0.10000000 XBTUSD @ limit 60000.0",
            "close": "",
        },
        "vol": "0.10000000",
        "vol_exec": "0.00000000",
        "cost": "0.00000",
        "fee": "0.00000",
        "price": "0.0",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": "fciq",
        "trades": [],
    }
    for filters in ({"userref": 9}, {"userref": "9"}):
        found = (await wire.private("OpenOrders", **filters))["result"]["open"]
        assert found.keys() == {order_id}
    found = (await wire.private("OpenOrders", cl_ord_id="mine"))["result"]["open"]
    assert found[other]["cl_ord_id"] == "mine"
    assert "trades" not in found[other]


@pytest.mark.asyncio
async def test_finished_orders_and_fills_can_be_looked_up(wires, accounts):
    wire = await wires(script=(), accounts=accounts)
    alice = await wire.open(account="alice", channels=("executions",))
    bob = await wire.open(account="bob", channels=("executions",))
    maker = await bob.order(**ORDER | {"side": "sell"})
    taker = await alice.order(**ORDER)
    await wire.step(1)
    gone = await alice.order(**ORDER)
    await alice.ask("cancel_all")
    result = (await wire.private("ClosedOrders", "alice", trades="true"))["result"]
    assert (list(result["closed"]), result["count"]) == ([gone, taker], 2)
    fill = next(one for one in alice.reports() if one["exec_type"] == "trade")
    assert result["closed"][taker]["trades"] == [fill["exec_id"]]
    assert result["closed"][taker]["fee"] == "24.00000"
    assert [result["closed"][one]["status"] for one in (gone, taker)] == ["canceled", "closed"]
    assert result["closed"][gone]["reason"] == "User requested"
    since = (await wire.private("ClosedOrders", "alice", start=taker))["result"]["closed"]
    assert list(since) == [gone]
    found = (await wire.private("QueryOrders", "bob", txid=maker))["result"]
    assert found[maker]["status"] == "closed"
    assert (await wire.private("QueryOrders", "bob", txid=taker))["error"] == [
        "EOrder:Invalid order"
    ]
    trades = (await wire.private("TradesHistory", "bob"))["result"]
    (trade,) = trades["trades"].values()
    assert trades["count"] == 1
    assert trade | {"fee": "", "postxid": ""} == {
        "ordertxid": maker,
        "postxid": "",
        "pair": "XXBTZUSD",
        "time": "1767614430.0000",
        "type": "sell",
        "ordertype": "limit",
        "price": "60000.0",
        "cost": "6000.00000",
        "fee": "",
        "vol": "0.10000000",
        "margin": "0.00000",
        "leverage": "0",
        "misc": "",
        "trade_id": fill["trade_id"],
        "maker": True,
    }
    found = await wire.private("QueryTrades", "alice", txid=fill["exec_id"])
    assert found["result"][fill["exec_id"]]["maker"] is False


@pytest.mark.asyncio
async def test_the_dead_mans_switch_of_rest_is_that_of_the_socket(wires, accounts):
    wire = await wires(script=(), accounts=accounts)
    line = await wire.open(channels=("executions",))
    order_id = await line.order(**ORDER)
    body = await wire.private("CancelAllOrdersAfter", timeout=2)
    assert body["result"] == {
        "currentTime": "2026-01-05T12:00:30Z",
        "triggerTime": "2026-01-05T12:00:32Z",
    }
    await wire.step(3, line)
    assert line.story(order_id)[-1] == ("canceled", "canceled")
    (error,) = (await wire.private("CancelAllOrdersAfter", timeout=86400))["error"]
    assert "Invalid timeout argument" in error
