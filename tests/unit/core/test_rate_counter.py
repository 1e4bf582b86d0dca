"""The counter of the trading engine, against the tables and examples of the documentation."""

from decimal import Decimal

import pytest

from rxkraken.core.rate_counter import (
    TIERS,
    RateCounter,
    Tier,
    batch_add_cost,
    batch_cancel_cost,
    transaction_cost,
)
from rxkraken.errors import ConfigurationError

SECOND = 1_000_000_000
AGES = (0, 4.999, 5, 9.999, 10, 14.999, 15, 44.999, 45, 89.999, 90, 299.999, 300, 1e9)


class TestCosts:
    @pytest.mark.parametrize(
        ("transaction", "costs"),
        [
            ("add", (1,) * 14),
            ("amend", (4, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)),
            ("edit", (7, 7, 6, 6, 5, 5, 3, 3, 2, 2, 1, 1, 1, 1)),
            ("cancel", (8, 8, 6, 6, 5, 5, 4, 4, 2, 2, 1, 1, 0, 0)),
        ],
    )
    def test_the_part_by_age_follows_the_documented_table(self, transaction, costs):
        assert tuple(transaction_cost(transaction, age) for age in AGES) == costs

    def test_a_clock_that_runs_behind_makes_an_order_young(self):
        assert transaction_cost("cancel", -0.1) == 8

    def test_adding_needs_no_age(self):
        assert transaction_cost("add") == 1

    @pytest.mark.parametrize("transaction", ["amend", "edit", "cancel"])
    @pytest.mark.parametrize("age", [None, float("nan")])
    def test_the_others_do(self, transaction, age):
        with pytest.raises(ConfigurationError, match=r"^age must be the seconds since"):
            transaction_cost(transaction, age)

    def test_an_unknown_transaction_is_refused(self):
        with pytest.raises(ConfigurationError, match=r"^transaction must be one of .*'buy'"):
            transaction_cost("buy", 1)

    def test_a_batch_of_orders_costs_half_a_point_each(self):
        assert batch_add_cost(15) == 7.5

    def test_a_batch_of_cancels_costs_what_each_costs_by_its_age(self):
        assert batch_cancel_cost([1, 7, 400]) == 14

    def test_the_documented_example_adds_up(self):
        total = (
            transaction_cost("add") + transaction_cost("amend", 7) + transaction_cost("cancel", 36)
        )
        assert total == 8


class TestTiers:
    @pytest.mark.parametrize(
        ("name", "threshold", "decay", "orders"),
        [("starter", 60, "1", 60), ("intermediate", 125, "2.34", 80), ("pro", 180, "3.75", 225)],
    )
    def test_they_are_the_documented_ones(self, name, threshold, decay, orders):
        tier = TIERS[name]
        assert (tier.threshold, tier.decay, tier.open_orders) == (threshold, Decimal(decay), orders)
        assert RateCounter(name).tier is tier

    def test_one_of_its_own_may_be_given(self):
        counter = RateCounter(Tier("mine", 10, Decimal("0.5"), 5))
        counter.charge("A/B", 10, now_ns=0)
        assert counter.value("A/B", now_ns=4 * SECOND) == 8

    @pytest.mark.parametrize("tier", ["gold", None, 60])
    def test_an_unknown_one_is_refused(self, tier):
        with pytest.raises(ConfigurationError, match=r"^tier must be one of .*or a Tier"):
            RateCounter(tier)

    @pytest.mark.parametrize(
        ("threshold", "decay"), [(0, "1"), (60, "0"), (60, "-1"), (60, "0.001")]
    )
    def test_one_that_never_has_room_is_refused(self, threshold, decay):
        with pytest.raises(ConfigurationError, match=r"^Tier 'mine' needs a threshold above zero"):
            Tier("mine", threshold, Decimal(decay), 5)


class TestCounter:
    def test_it_begins_empty(self):
        assert RateCounter().value("A/B", now_ns=5) == 0

    def test_the_documented_example_is_exact(self):
        counter = RateCounter("intermediate")
        for _ in range(50):
            counter.charge("A/B", 1, now_ns=0)
        assert counter.value("A/B", now_ns=10 * SECOND) == Decimal("26.6")

    def test_it_never_falls_below_zero(self):
        counter = RateCounter()
        counter.charge("A/B", 1, now_ns=0)
        assert counter.value("A/B", now_ns=100 * SECOND) == 0
        counter.charge("A/B", 1, now_ns=100 * SECOND)
        assert counter.value("A/B", now_ns=100 * SECOND) == 1

    def test_pairs_have_counters_of_their_own(self):
        counter = RateCounter()
        counter.charge("A/B", 5, now_ns=0)
        assert counter.value("C/D", now_ns=0) == 0

    def test_a_clock_that_steps_back_changes_nothing(self):
        counter = RateCounter()
        counter.charge("A/B", 5, now_ns=10 * SECOND)
        assert counter.value("A/B", now_ns=0) == 5
        counter.charge("A/B", 1, now_ns=0)
        assert counter.value("A/B", now_ns=11 * SECOND) == 5

    @pytest.mark.parametrize(("cost", "exceeds"), [(9.5, False), (10, False), (10.5, True)])
    def test_the_threshold_itself_is_not_exceeded(self, cost, exceeds):
        counter = RateCounter()
        counter.charge("A/B", 50, now_ns=0)
        assert counter.would_exceed("A/B", cost, now_ns=0) is exceeds

    def test_asking_costs_nothing(self):
        counter = RateCounter()
        counter.would_exceed("A/B", 8, now_ns=0)
        counter.wait_ns("A/B", 8, now_ns=0)
        assert counter.value("A/B", now_ns=0) == 0

    def test_the_wait_is_the_time_the_surplus_takes_to_decay(self):
        counter = RateCounter("pro")
        counter.charge("A/B", 180, now_ns=0)
        assert counter.wait_ns("A/B", 7.5, now_ns=0) == 2 * SECOND
        assert counter.wait_ns("A/B", 7.5, now_ns=SECOND) == SECOND
        assert counter.wait_ns("A/B", 7.5, now_ns=3 * SECOND) == 0

    def test_what_costs_more_than_the_threshold_is_refused(self):
        with pytest.raises(
            ConfigurationError, match=r"^A/B: a transaction of 61 points never fits"
        ):
            RateCounter().wait_ns("A/B", 61, now_ns=0)

    def test_a_charge_may_push_it_above_the_threshold(self):
        counter = RateCounter()
        counter.charge("A/B", 100, now_ns=0)
        assert counter.value("A/B", now_ns=0) == 100
        assert counter.wait_ns("A/B", 1, now_ns=0) == 41 * SECOND

    def test_the_exchange_knows_better(self):
        counter = RateCounter()
        counter.charge("A/B", 10, now_ns=0)
        counter.correct("A/B", 12.34, now_ns=SECOND)
        assert counter.value("A/B", now_ns=2 * SECOND) == Decimal("11.34")
