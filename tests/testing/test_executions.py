"""Lives of orders hold together, whatever becomes of them."""

import json
from decimal import Decimal

import pytest
from hypothesis import find, given, settings

from rxkraken.testing import strategies
from rxkraken.testing.executions import ENDS


@given(strategies.executions())
def test_a_life_begins_is_filled_and_ends_as_the_exchange_tells_it(life):
    kinds = [report["exec_type"] for report in life.reports]
    assert kinds[:2] == ["pending_new", "new"]
    assert set(kinds[2:]) <= {"trade", "amended", "filled", "canceled", "expired"}
    assert (kinds[-1] == life.end) is (life.end != "open")
    assert (life.filled == life.quantity) is (life.end == "filled")
    assert life.filled <= life.quantity
    assert all(report["order_id"] == life.order_id for report in life.reports)


@given(strategies.executions())
def test_sums_follow_from_the_executions(life):
    quantity = cost = Decimal(0)
    for report in life.trades:
        quantity += report["last_qty"]
        cost += report["last_qty"] * report["last_price"]
        assert (report["cum_qty"], report["cum_cost"]) == (quantity, cost)
        assert report["avg_price"] == cost / quantity
    if life.end != "open":
        assert life.reports[-1]["cum_qty"] == quantity


@given(strategies.executions())
def test_only_the_first_report_describes_the_order(life):
    assert life.reports[0]["limit_price"] > 0
    for report in life.reports[1:]:
        if report["exec_type"] not in {"trade", "amended"}:
            assert {"symbol", "side", "limit_price"}.isdisjoint(report)


@given(strategies.executions(duplicates=True))
def test_a_repeated_report_is_the_same_execution(life):
    seen = {}
    for report in life.trades:
        assert seen.setdefault(report["exec_id"], report) == report
    assert life.filled == sum((report["last_qty"] for report in seen.values()), Decimal(0))


@given(strategies.executions())
@settings(max_examples=30)
def test_frames_are_json_with_exact_numbers_and_consecutive_sequences(life):
    frames = [json.loads(frame, parse_float=Decimal) for frame in life.frames(sequence=5)]
    assert [frame["sequence"] for frame in frames] == list(range(5, 5 + len(frames)))
    for frame, report in zip(frames, life.reports, strict=True):
        (said,) = frame["data"]
        assert said == {**report}
        assert frame["channel"] == "executions"


@pytest.mark.parametrize("end", ENDS)
def test_every_end_comes_about(end):
    assert find(strategies.executions(), lambda life: life.end == end).end == end
