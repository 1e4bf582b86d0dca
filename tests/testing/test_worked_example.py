"""A strategy that looks ahead, found and shrunk to three trades; and the same one put right.

The strategy is long while the price is above the average of the prices around it. Written over a
list, as in a notebook, the average takes in the trade that comes next, which nobody knows yet.
"""

import pytest
from reactivex import from_iterable
from reactivex import operators as ops

from rxkraken.testing import Deal, InvariantViolated, invariants


def looking_ahead(market):
    def positions(trades):
        prices = [trade.price for trade in trades]
        for now in range(1, len(prices)):
            around = prices[now - 1 : now + 2]  # one too many
            yield "long" if prices[now] > sum(around) / len(around) else "flat"

    return market.trade("BTC/USD").pipe(
        ops.to_list(), ops.flat_map(lambda trades: from_iterable(list(positions(trades))))
    )


def put_right(market):
    def position(trades):
        before, now = trades
        return "long" if now.price > (before.price + now.price) / 2 else "flat"

    return market.trade("BTC/USD").pipe(
        ops.distinct_until_changed(lambda trade: trade.trade_id),
        ops.pairwise(),
        ops.map(position),
    )


def test_the_strategy_that_looks_ahead_is_found_and_shrunk_to_three_trades():
    with pytest.raises(InvariantViolated) as caught:
        invariants.is_causal(looking_ahead)
    events = caught.value.market.events
    assert [type(event) for event in events] == [Deal, Deal, Deal]
    said = str(caught.value)
    assert said.count("  trade  ") == 3
    assert "depends on what happens later" in said
    assert "<-- here" in said


@pytest.mark.parametrize(
    "law",
    [
        invariants.is_deterministic,
        invariants.is_causal,
        invariants.survives_reconnect,
        invariants.ignores_duplicates,
        invariants.bounded_memory,
        invariants.disposes_cleanly,
        invariants.same_on_chunking,
    ],
)
def test_the_strategy_put_right_holds_every_law(law):
    law(put_right, max_examples=10)
