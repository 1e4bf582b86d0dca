"""Frames of the private endpoint have the keys and types of recorded or documented ones."""

import pytest

LIMIT = {"order_type": "limit", "symbol": "BTC/USD", "order_qty": 0.1, "limit_price": 60000}
METHODS = (
    "add_order",
    "amend_order",
    "edit_order",
    "cancel_order",
    "cancel_all",
    "cancel_all_orders_after",
    "batch_add",
    "batch_cancel",
)
# Captured on 2026-01-22 (spec v2-account §3.1); the fixtures have none of this kind.
AMENDED = {
    "timestamp",
    "exec_type",
    "order_status",
    "cum_qty",
    "reason",
    "amended",
    "order_qty",
    "limit_price",
    "limit_price_type",
    "cl_ord_id",
    "order_id",
}


def keys_and_types(frame):
    """A name and a type for each leaf; all numbers are alike."""
    if isinstance(frame, dict):
        return {name: keys_and_types(value) for name, value in frame.items()}
    if isinstance(frame, list):
        return [keys_and_types(frame[0])] if frame else []
    return "number" if type(frame) in {int, float} else type(frame).__name__


@pytest.mark.asyncio
async def test_reports_have_the_keys_of_the_samples_in_their_order(alice, bob, samples):
    await bob.order(**LIMIT, side="sell")
    await alice.order(**LIMIT, side="buy", order_userref=3)
    await alice.order(**LIMIT, side="buy", order_userref=4)
    await alice.ask("cancel_all")
    named = await alice.order(**LIMIT, side="buy", cl_ord_id="named")
    await alice.ask("amend_order", cl_ord_id="named", limit_price=60001)
    assert alice.last(named).keys() == AMENDED
    known = {}
    for frame in samples("executions.jsonl"):
        if frame.get("type") == "update":
            for report in frame["data"]:
                known.setdefault(report["exec_type"], []).append(list(report))
    ours = [report for report in alice.reports() if "order_userref" in report]
    for kind in ("pending_new", "new", "trade", "canceled"):
        for report in ours:
            if report["exec_type"] == kind:
                assert list(report) in known[kind], report
    assert {"pending_new", "new", "trade", "canceled"} <= {one["exec_type"] for one in ours}


@pytest.mark.asyncio
async def test_balances_have_the_keys_and_types_of_the_samples(hall, alice, bob, samples):
    await bob.order(**LIMIT, side="sell")
    await alice.order(**LIMIT, side="buy")
    snapshot, *updates = [one for one in alice.frames if one.get("channel") == "balances"]
    known = samples("balances.jsonl")
    shapes = [keys_and_types(one["data"]) for one in known if one["type"] == "snapshot"]
    assert keys_and_types(plain(snapshot["data"])) in shapes
    shapes = [keys_and_types(one["data"]) for one in known if one["type"] == "update"]
    assert len(updates) == 2
    for update in updates:
        assert keys_and_types(plain(update["data"])) in shapes


def plain(data):
    """Numbers that were kept as texts, as numbers again."""
    if isinstance(data, list):
        return [plain(item) for item in data]
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items()}
    return (
        float(data)
        if isinstance(data, str) and data.replace(".", "").lstrip("-").isdigit()
        else data
    )


@pytest.mark.asyncio
async def test_replies_have_the_keys_and_types_of_the_samples(alice, samples):
    rows = [{"order_type": "limit", "side": "buy", "order_qty": 0.1, "limit_price": 60000}] * 2
    (added,) = await alice.ask("add_order", **LIMIT, side="buy", order_userref=1)
    old = added["result"]["order_id"]
    (amended,) = await alice.ask("amend_order", order_id=old, limit_price=60001)
    (edited,) = await alice.ask("edit_order", order_id=old, symbol="BTC/USD", limit_price=60002)
    (batch,) = await alice.ask("batch_add", symbol="BTC/USD", orders=rows)
    ids = [row["order_id"] for row in batch["result"]]
    replies = [
        added,
        amended,
        edited,
        batch,
        *await alice.ask("batch_cancel", orders=ids),
        *await alice.ask("cancel_order", order_id=[edited["result"]["order_id"]]),
        *await alice.ask("cancel_all"),
        *await alice.ask("cancel_all_orders_after", timeout=60),
    ]
    assert {reply["method"] for reply in replies} == set(METHODS)
    for reply in replies:
        known = [
            {k: v for k, v in one.items() if k not in {"time_in", "time_out", "req_id"}}
            for one in samples(f"{reply['method']}.jsonl")
            if one.get("success")
        ]
        assert keys_and_types(reply) in [keys_and_types(one) for one in known], reply


@pytest.mark.asyncio
async def test_acks_of_the_account_channels_are_those_of_the_page(hall):
    line = await hall.open(account="alice")
    (answer,) = await line.ask(
        "subscribe", channel="executions", snap_orders=True, snap_trades=True
    )
    assert answer["result"] == {
        "channel": "executions",
        "maxratecount": 180,
        "snap_orders": True,
        "snap_trades": True,
    }
    assert line.frames[-1] == {
        "channel": "executions",
        "type": "snapshot",
        "data": [],
        "sequence": 1,
    }
    (answer,) = await line.ask("unsubscribe", channel="executions")
    assert answer["result"] == {"channel": "executions"}
    await line.order(**LIMIT, side="buy")
    assert line.frames[-1]["method"] == "add_order"
    (answer,) = await line.ask("subscribe", channel="executions", snapshot_trades=True)
    assert answer["result"]["snap_orders"] is False
    assert len(answer["result"]["warnings"]) == 1
    (answer,) = await line.ask("subscribe", channel="balances", snapshot=False)
    assert answer["result"] == {"channel": "balances", "snapshot": False}
