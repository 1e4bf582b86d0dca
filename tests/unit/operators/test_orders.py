"""Targets to orders: what is ordered, what waits, what is under way, what is too small."""

from decimal import Decimal

import pytest
import reactivex
from reactivex.subject import Subject

from rxkraken.errors import ConfigurationError
from rxkraken.models.portfolio import OrderRequest
from rxkraken.operators.orders import target_to_orders


class Desk:
    """All inputs as subjects; orders are told as signed quantities."""

    def __init__(self, *, priced=False, **rules):
        self.targets, self.positions = Subject(), Subject()
        self.prices, self.ends, self.orders, self.end = Subject(), Subject(), [], []
        operator = target_to_orders(
            "A/B",
            position=self.positions,
            ended=self.ends,
            price=self.prices if priced else None,
            **{"lot": "0.1", **rules},
        )
        self.subscription = self.targets.pipe(operator).subscribe(
            self.orders.append, self.end.append, lambda: self.end.append("|")
        )

    def quantities(self):
        return [order.signed_qty for order in self.orders]


def decimals(*texts):
    return list(map(Decimal, texts))


class TestOrders:
    def test_an_order_leads_from_the_position_to_the_target(self):
        desk = Desk()
        desk.positions.on_next(Decimal("0.5"))
        desk.targets.on_next(2)
        assert desk.orders == [OrderRequest("A/B", "buy", "market", Decimal("1.5"))]

    def test_a_target_below_the_position_sells(self):
        desk = Desk()
        desk.positions.on_next(1)
        desk.targets.on_next(-1)
        assert desk.orders == [OrderRequest("A/B", "sell", "market", Decimal("2.0"))]

    def test_a_target_reached_orders_nothing(self):
        desk = Desk()
        desk.positions.on_next(1)
        desk.targets.on_next(1)
        assert desk.orders == []

    def test_only_the_latest_target_waits_for_the_first_position(self):
        desk = Desk()
        desk.targets.on_next(5)
        desk.targets.on_next(2)
        assert desk.orders == []
        desk.positions.on_next(1)
        desk.positions.on_next(1)
        assert desk.quantities() == [1]

    def test_a_position_alone_orders_nothing(self):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(1)
        desk.positions.on_next(7)
        assert desk.quantities() == [1]


class TestWhatIsUnderWay:
    def test_the_same_target_is_not_ordered_twice(self):
        desk = Desk()
        desk.positions.on_next(0)
        for target in (1, 1, 1):
            desk.targets.on_next(target)
        assert desk.quantities() == [1]

    def test_a_change_counts_what_has_yet_to_be_filled(self):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(2)
        desk.targets.on_next(3)
        desk.positions.on_next("0.5")  # of two orders over three
        desk.targets.on_next(0)
        assert desk.quantities() == [2, 1, -3]

    def test_orders_of_both_sides_are_told_apart(self):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(2)
        desk.targets.on_next(1)
        desk.positions.on_next(-1)  # the sale is filled first
        desk.targets.on_next(1)
        assert desk.quantities() == [2, -1]
        desk.positions.on_next(1)
        desk.targets.on_next(1)
        assert desk.quantities() == [2, -1]

    def test_what_will_not_be_filled_is_ordered_again_by_the_next_target(self):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(2)
        desk.positions.on_next("0.5")
        desk.ends.on_next("1.5")  # the rest was cancelled
        assert desk.quantities() == [2]
        desk.targets.on_next(2)
        assert desk.quantities() == decimals("2", "1.5")

    def test_a_sale_that_was_refused_is_below_zero(self):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(-1)
        desk.ends.on_next(-1)
        desk.targets.on_next(-1)
        assert desk.quantities() == [-1, -1]

    def test_what_others_trade_does_not_turn_it_round(self):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(1)
        desk.positions.on_next(5)  # one of ours, four of somebody else
        desk.targets.on_next(1)
        assert desk.quantities() == [1, -4]


class TestSizes:
    @pytest.mark.parametrize(
        ("target", "qty"), [("0.57", "0.5"), ("-0.57", "-0.5"), ("0.5", "0.5"), ("1e3", "1000")]
    )
    def test_quantities_are_cut_down_to_whole_lots(self, target, qty):
        desk = Desk()
        desk.positions.on_next(0)
        desk.targets.on_next(target)
        assert desk.quantities() == decimals(qty)

    def test_what_a_lot_cannot_hold_is_ordered_once_it_has_become_a_lot(self):
        desk = Desk()
        desk.positions.on_next(0)
        for target in ("0.05", "0.09", "0.12", "0.19", "0.2"):
            desk.targets.on_next(target)
        assert desk.quantities() == decimals("0.1", "0.1")

    @pytest.mark.parametrize(("target", "quantities"), [("0.4", []), ("0.5", [Decimal("0.5")])])
    def test_below_the_minimum_nothing_is_ordered(self, target, quantities):
        desk = Desk(minimum="0.5")
        desk.positions.on_next(0)
        desk.targets.on_next(target)
        assert desk.quantities() == quantities

    @pytest.mark.parametrize(("price", "quantities"), [(49, []), (50, [Decimal("0.1")])])
    def test_below_the_smallest_cost_nothing_is_ordered(self, price, quantities):
        desk = Desk(cost_minimum=5, priced=True)
        desk.positions.on_next(0)
        desk.prices.on_next(price)
        desk.targets.on_next("0.1")
        assert desk.quantities() == quantities
        assert all(order.limit_price is None for order in desk.orders)


class TestLimitOrders:
    @pytest.mark.parametrize(
        ("target", "price", "limit"),
        [
            (1, "100.17", "100.1"),
            (-1, "100.17", "100.2"),
            (1, "100.1", "100.1"),
            (-1, "100.1", "100.1"),
        ],
    )
    def test_the_latest_price_is_rounded_to_the_tick_away_from_the_other_side(
        self, target, price, limit
    ):
        desk = Desk(order_type="limit", tick="0.1", priced=True)
        desk.positions.on_next(0)
        desk.prices.on_next(7)
        desk.prices.on_next(price)
        desk.targets.on_next(target)
        assert [order.limit_price for order in desk.orders] == decimals(limit)
        assert desk.orders[0].order_type == "limit"

    def test_without_a_tick_the_price_is_taken_as_it_is(self):
        desk = Desk(order_type="limit", priced=True)
        desk.positions.on_next(0)
        desk.prices.on_next("100.17")
        desk.targets.on_next(1)
        assert desk.orders[0].limit_price == Decimal("100.17")

    def test_a_target_waits_for_the_first_price(self):
        desk = Desk(order_type="limit", priced=True)
        desk.positions.on_next(0)
        desk.targets.on_next(1)
        desk.prices.on_next(None)
        assert desk.orders == []
        desk.prices.on_next(100)
        assert desk.quantities() == [1]


class TestEnds:
    @pytest.mark.parametrize("name", ["positions", "prices", "ends"])
    def test_a_stream_beside_ends_nothing_by_its_end_and_all_by_its_error(self, name):
        desk, error = Desk(priced=True, order_type="limit"), OSError("down")
        getattr(desk, name).on_completed()
        assert desk.end == []
        desk = Desk(priced=True, order_type="limit")
        getattr(desk, name).on_error(error)
        assert desk.end == [error]
        assert desk.targets.observers == []

    def test_a_disposal_leaves_all_streams(self):
        desk = Desk(priced=True)
        desk.subscription.dispose()
        for subject in (desk.targets, desk.positions, desk.prices, desk.ends):
            assert subject.observers == []

    @pytest.mark.parametrize(
        ("name", "said"), [("targets", "target"), ("positions", "position"), ("ends", "ended")]
    )
    def test_what_is_no_number_ends_the_stream_with_a_sentence(self, name, said):
        desk = Desk()
        getattr(desk, name).on_next("long")
        assert [str(error) for error in desk.end] == [f"{said} must be a finite number, not 'long'"]


class TestArguments:
    @pytest.mark.parametrize(
        ("rules", "sentence"),
        [
            ({"lot": 0}, "lot must be above zero, not 0"),
            ({"lot": "x"}, "lot must be a finite number"),
            ({"tick": 0}, "tick must be above zero"),
            ({"minimum": -1}, "minimum must be zero or above"),
            ({"cost_minimum": -1}, "cost_minimum must be zero or above"),
            ({"order_type": "iceberg"}, "order_type must be 'market' or 'limit', not 'iceberg'"),
            ({"order_type": "limit"}, "price must be given for limit orders"),
            ({"cost_minimum": 5}, "price must be given for limit orders and for cost_minimum"),
            ({"position": 0}, "position must be an Observable of numbers, not 0"),
            ({"position": None}, "position must be an Observable of numbers, not None"),
            ({"price": 100}, "price must be an Observable of numbers, not 100"),
            ({"ended": 1}, "ended must be an Observable of numbers, not 1"),
        ],
    )
    def test_wrong_ones_are_refused_by_name(self, rules, sentence):
        arguments = {"position": reactivex.just(0), "lot": 1, **rules}
        with pytest.raises(ConfigurationError, match=f"^{sentence}"):
            target_to_orders("A/B", **arguments)
