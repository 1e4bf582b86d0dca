"""Fills, order requests and earnings: what they accept, refuse and compute."""

from decimal import Decimal, Inexact, localcontext

import attrs
import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.models.exact import EXACT
from rxkraken.models.portfolio import Fill, OrderRequest, ProfitAndLoss


class TestFill:
    @pytest.mark.parametrize("number", [Decimal("0.1"), "0.1", 0.1, "1e-1"])
    def test_numbers_are_read_as_they_are_written(self, number):
        fill = Fill("A/B", "buy", number, number, number)
        assert (fill.price, fill.qty, fill.fee) == (Decimal("0.1"),) * 3

    @pytest.mark.parametrize(("side", "signed"), [("buy", 2), ("sell", -2)])
    def test_the_side_signs_the_quantity(self, side, signed):
        assert Fill("A/B", side, 1, 2).signed_qty == signed

    @pytest.mark.parametrize("name", ["price", "qty", "fee"])
    @pytest.mark.parametrize("value", ["many", float("nan"), float("inf"), None, True])
    def test_what_is_no_number_is_refused_by_name(self, name, value):
        numbers = {"price": 1, "qty": 1, "fee": 0, name: value}
        with pytest.raises(ConfigurationError, match=rf"^Fill\.{name} must be a finite number"):
            Fill("A/B", "buy", **numbers)

    @pytest.mark.parametrize("qty", [0, -1])
    def test_a_quantity_not_above_zero_is_refused(self, qty):
        with pytest.raises(ConfigurationError, match=r"^Fill\.qty must be above zero"):
            Fill("A/B", "sell", 1, qty)

    @pytest.mark.parametrize("side", ["b", "long", None])
    def test_a_side_that_is_none_is_refused(self, side):
        with pytest.raises(ConfigurationError, match=r"^Fill\.side must be 'buy' or 'sell'"):
            Fill("A/B", side, 1, 1)

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            Fill("A/B", "buy", 1, 1).qty = Decimal(2)


class TestOrderRequest:
    def test_its_parameters_are_the_fields_that_are_set(self):
        request = OrderRequest("A/B", "sell", "limit", Decimal(2), Decimal("9.5"))
        assert request.parameters() == {
            "symbol": "A/B",
            "side": "sell",
            "order_type": "limit",
            "order_qty": Decimal(2),
            "limit_price": Decimal("9.5"),
        }

    @pytest.mark.parametrize(("side", "signed"), [("buy", 2), ("sell", -2)])
    def test_the_side_signs_the_quantity(self, side, signed):
        assert OrderRequest("A/B", side, "market", Decimal(2)).signed_qty == signed


class TestProfitAndLoss:
    STATE = ProfitAndLoss(
        "A/B",
        position=Decimal(2),
        cost=Decimal(200),
        cash=Decimal(-191),
        fees=Decimal(1),
        mark=Decimal(105),
    )

    def test_what_is_earned_follows_from_cash_and_cost(self):
        assert self.STATE.average_price == 100
        assert self.STATE.value == 210
        assert self.STATE.realised == 10
        assert self.STATE.unrealised == 10
        assert self.STATE.total == 19

    def test_without_a_position_there_is_no_average_price(self):
        flat = attrs.evolve(self.STATE, position=Decimal(0), cost=Decimal(0))
        assert (flat.average_price, flat.value, flat.unrealised) == (None, 0, 0)

    def test_the_precision_of_the_thread_does_not_matter(self):
        state = attrs.evolve(self.STATE, mark=Decimal("105.00000001"), cash=Decimal("-191.1"))
        with localcontext(prec=3):
            assert state.total + 0 == Decimal("18.9")
            assert str(state.total) == "18.90000002"


def test_exact_arithmetic_raises_rather_than_rounds():
    with pytest.raises(Inexact):
        EXACT.add(Decimal("1e500"), Decimal(1))
