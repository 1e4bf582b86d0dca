"""Positions, earnings and the brake, as tables: fills are written ``"buy 2 @ 100"``."""

from decimal import Decimal

import pytest
import reactivex
from reactivex.subject import Subject

from rxkraken.errors import ConfigurationError
from rxkraken.models.portfolio import Fill, ProfitAndLoss
from rxkraken.operators.portfolio import position, profit_and_loss
from rxkraken.operators.stop_when import stop_when


def fill(text, fee=0, exec_id="", symbol="A/B"):
    side, qty, _, price = text.split()
    return Fill(symbol, side, price, qty, fee, exec_id)


def through(operator, *values):
    seen = []
    reactivex.of(*values).pipe(operator).subscribe(
        seen.append, seen.append, lambda: seen.append("|")
    )
    return seen


class TestPosition:
    def test_it_is_the_exact_sum_of_signed_quantities(self):
        fills = [fill("buy 0.1 @ 9"), fill("buy 0.2 @ 9"), fill("sell 0.5 @ 9")]
        values = through(position(), *fills)
        assert values == [Decimal("0.1"), Decimal("0.3"), Decimal("-0.2"), "|"]

    def test_it_begins_where_it_is_told(self):
        assert through(position(start="-1.5"), fill("buy 1 @ 9")) == [Decimal("-0.5"), "|"]

    def test_no_digit_is_lost_between_large_and_small(self):
        fills = [fill("buy 123456789012345678901234567890 @ 1"), fill("buy 0.00000001 @ 1")]
        assert str(through(position(), *fills)[1]) == "123456789012345678901234567890.00000001"


class TestRepetitions:
    """What `position` and `profit_and_loss` share: each fill counts once, of one symbol."""

    def test_a_fill_of_a_known_execution_counts_once(self):
        fills = [fill("buy 1 @ 9", exec_id="X"), fill("buy 1 @ 9", exec_id="X")]
        assert through(position(), *fills) == [1, "|"]
        assert len(through(profit_and_loss(), *fills)) == 2

    def test_fills_without_an_execution_id_all_count(self):
        assert through(position(), fill("buy 1 @ 9"), fill("buy 1 @ 9")) == [1, 2, "|"]

    def test_only_so_many_ids_are_remembered(self):
        fills = [fill("buy 1 @ 9", exec_id=name) for name in "ABCAC"]
        # with two remembered, A is forgotten when C comes, B when A comes again
        assert through(position(remember=2), *fills) == [1, 2, 3, 4, "|"]
        assert through(position(remember=3), *fills) == [1, 2, 3, "|"]

    def test_fills_of_other_symbols_are_passed_over_when_one_is_chosen(self):
        fills = [
            fill("buy 1 @ 9", symbol="C/D"),
            fill("buy 2 @ 9"),
            fill("buy 4 @ 9", symbol="C/D"),
        ]
        assert through(position(symbol="A/B"), *fills) == [2, "|"]
        (earned, _) = through(profit_and_loss(symbol="A/B"), *fills)
        assert (earned.symbol, earned.position) == ("A/B", 2)

    def test_fills_of_two_symbols_without_a_choice_are_an_error(self):
        one, error = through(position(), fill("buy 1 @ 9"), fill("buy 1 @ 9", symbol="C/D"))
        assert one == 1
        assert isinstance(error, ConfigurationError)
        assert str(error).startswith("fills of A/B and C/D came in one stream")

    def test_two_subscribers_count_for_themselves(self):
        subject, first, second = Subject(), [], []
        positions = subject.pipe(position())
        positions.subscribe(first.append)
        positions.subscribe(second.append)
        subject.on_next(fill("buy 1 @ 9", exec_id="X"))
        assert (first, second) == ([1], [1])

    @pytest.mark.parametrize("operator", [position, profit_and_loss])
    @pytest.mark.parametrize("remember", [0, -1, 1.5, None, True])
    def test_a_memory_that_is_no_whole_number_above_zero_is_refused(self, operator, remember):
        with pytest.raises(
            ConfigurationError, match=r"^remember must be a whole number above zero"
        ):
            operator(remember=remember)

    def test_a_start_that_is_no_number_is_refused(self):
        with pytest.raises(ConfigurationError, match=r"^start must be a finite number"):
            position(start="flat")


ROUND_TRIPS = [
    # fills, mark, (average: realised, unrealised), (fifo: realised, unrealised)
    (["buy 2 @ 100"], 105, (0, 10), (0, 10)),
    (["sell 2 @ 100"], 105, (0, -10), (0, -10)),
    (["buy 1 @ 100", "buy 1 @ 110", "sell 1 @ 120"], 120, (15, 15), (20, 10)),
    (["sell 1 @ 100", "sell 1 @ 110", "buy 1 @ 90"], 90, (15, 15), (10, 20)),
    (["buy 1 @ 100", "buy 1 @ 110", "sell 2 @ 120"], 7, (30, 0), (30, 0)),
    (["buy 1 @ 100", "sell 3 @ 120"], 110, (20, 20), (20, 20)),  # turned round
    (["sell 1 @ 100", "buy 3 @ 90", "sell 1 @ 95"], 100, (15, 10), (15, 10)),
    (["buy 3 @ 100", "sell 1 @ 100", "buy 1 @ 130", "sell 1 @ 110"], 110, (0, 0), (10, -10)),
    (["buy 0.5 @ 100", "sell 0.2 @ 101.5"], 99, ("0.3", "-0.3"), ("0.3", "-0.3")),
]


class TestProfitAndLoss:
    @pytest.mark.parametrize(("fills", "mark", "average", "fifo"), ROUND_TRIPS)
    @pytest.mark.parametrize("method", ["average", "fifo"])
    def test_round_trips_earn_what_paper_says(self, fills, mark, average, fifo, method):
        operator = profit_and_loss(mark=reactivex.just(mark), method=method)
        *_, last, _ = through(operator, *map(fill, fills))
        expected = average if method == "average" else fifo
        assert (last.realised, last.unrealised) == tuple(map(Decimal, expected))
        assert last.mark == mark

    def test_the_average_is_the_default(self):
        *_, last, _ = through(profit_and_loss(), *map(fill, ROUND_TRIPS[2][0]))
        assert last.realised == 15

    def test_fees_and_rebates_move_the_cash_and_the_total(self):
        fills = [fill("buy 1 @ 100", "0.26"), fill("sell 1 @ 110", "-0.02")]
        first, last, _ = through(profit_and_loss(), *fills)
        assert (first.cash, first.fees, first.total) == map_decimal("-100.26", "0.26", "-0.26")
        assert (last.cash, last.fees, last.total) == map_decimal("9.76", "0.24", "9.76")
        assert last.realised == 10

    def test_without_a_mark_the_last_fill_values_the_position(self):
        first, last, _ = through(profit_and_loss(), fill("buy 1 @ 100"), fill("buy 1 @ 110"))
        assert (first.unrealised, last.unrealised, last.mark) == (0, 10, 110)

    def test_each_mark_and_each_fill_gives_a_value(self):
        fills, marks, seen = Subject(), Subject(), []
        fills.pipe(profit_and_loss(mark=marks)).subscribe(seen.append)
        marks.on_next(Decimal(99))
        assert seen == []  # nothing was traded yet
        fills.on_next(fill("buy 1 @ 100"))
        marks.on_next(Decimal(103))
        marks.on_next(None)  # a book with one side
        marks.on_next(101.5)
        fills.on_next(fill("buy 1 @ 104"))
        assert [earned.unrealised for earned in seen] == [-1, 3, Decimal("1.5"), -1]

    def test_until_the_first_mark_comes_the_last_fill_is_the_mark(self):
        fills, marks, seen = Subject(), Subject(), []
        fills.pipe(profit_and_loss(mark=marks)).subscribe(seen.append)
        fills.on_next(fill("buy 1 @ 100"))
        fills.on_next(fill("buy 1 @ 104"))
        marks.on_next(90)
        fills.on_next(fill("buy 1 @ 95"))
        assert [earned.mark for earned in seen] == [100, 104, 90, 90]

    @pytest.mark.parametrize("method", ["average", "fifo"])
    def test_a_third_that_no_decimal_can_hold_loses_nothing(self, method):
        fills = [
            "buy 3 @ 100.00000001",
            "buy 4 @ 99",
            "sell 1 @ 101",
            "sell 1 @ 101",
            "sell 1 @ 99",
        ]
        *_, last, _ = through(profit_and_loss(method=method), *map(fill, fills))
        assert last.realised + last.unrealised == last.cash + last.value
        assert last.total == Decimal("-300.00000003") - 396 + 301 + 4 * 99

    def test_a_mark_that_ends_leaves_the_last_one_standing(self):
        values = through(profit_and_loss(mark=reactivex.just(50)), fill("buy 1 @ 100"))
        assert [values[0].mark, values[1]] == [50, "|"]

    def test_a_mark_that_is_no_number_ends_the_stream_with_a_sentence(self):
        (error,) = through(profit_and_loss(mark=reactivex.just("high")), fill("buy 1 @ 100"))
        assert str(error) == "mark must be a finite number, not 'high'"

    def test_a_method_that_is_none_is_refused(self):
        with pytest.raises(ConfigurationError, match="method must be 'average' or 'fifo'"):
            profit_and_loss(method="lifo")

    def test_a_mark_that_is_no_observable_is_refused(self):
        with pytest.raises(ConfigurationError, match=r"^mark must be an Observable of prices"):
            profit_and_loss(mark=100)


def map_decimal(*texts):
    return tuple(map(Decimal, texts))


def earned(total):
    zero = Decimal(0)
    return ProfitAndLoss("A/B", zero, zero, Decimal(total), zero, zero)


class TestStopWhen:
    @pytest.mark.parametrize(
        ("values", "passed"),
        [
            ([10, 15, 12, 5, 20], [10, 15, 12, 5]),  # exactly the drawdown
            ([10, 15, 12, 5.01, 20], [10, 15, 12, 5.01, 20]),
            ([0, -10, 5], [0, -10]),
            ([-100, -105, -95, -104], [-100, -105, -95, -104]),
            ([100, None, 90, 1], [100, None, 90]),
        ],
    )
    def test_it_passes_values_on_until_the_fall_from_the_highest(self, values, passed):
        assert through(stop_when(drawdown=10), *values) == [*passed, "|"]

    def test_earnings_fall_from_zero(self):
        values = [earned(-4), earned(-10), earned(50)]
        assert through(stop_when(drawdown=10), *values) == [*values[:2], "|"]

    def test_earnings_fall_from_their_highest_total(self):
        values = [earned(8), earned(-1), earned(-2), earned(3)]
        assert through(stop_when(drawdown=10), *values) == [*values[:3], "|"]

    def test_tenths_fall_as_they_are_written(self):
        assert through(stop_when(drawdown=0.1), 0.4, 0.3, 0.2) == [0.4, 0.3, "|"]

    def test_the_source_is_left_when_it_stops(self):
        subject = Subject()
        subject.pipe(stop_when(drawdown=10)).subscribe()
        subject.on_next(100)
        assert len(subject.observers) == 1
        subject.on_next(90)
        assert subject.observers == []

    def test_orders_pass_until_another_equity_has_fallen(self):
        orders, equity, seen = Subject(), Subject(), []
        stopped = orders.pipe(stop_when(drawdown=10, equity=equity))
        stopped.subscribe(seen.append, seen.append, lambda: seen.append("|"))
        orders.on_next("a")
        equity.on_next(earned(5))
        orders.on_next("b")
        equity.on_next(earned(-5))
        orders.on_next("c")
        assert seen == ["a", "b", "|"]
        assert (orders.observers, equity.observers) == ([], [])

    def test_the_end_of_the_equity_ends_nothing(self):
        equity = reactivex.of(100, 95)
        assert through(stop_when(drawdown=10, equity=equity), "a") == ["a", "|"]

    @pytest.mark.parametrize("beside", [False, True])
    def test_an_equity_that_is_no_number_ends_the_stream_with_a_sentence(self, beside):
        equity = reactivex.just("rich") if beside else None
        (error,) = through(stop_when(drawdown=10, equity=equity), "poor")
        assert str(error).startswith("equity must be a finite number, not ")

    @pytest.mark.parametrize("drawdown", [0, -1, "much", None, float("nan")])
    def test_a_drawdown_that_is_no_number_above_zero_is_refused(self, drawdown):
        with pytest.raises(ConfigurationError, match=r"^drawdown must be"):
            stop_when(drawdown=drawdown)

    def test_an_equity_that_is_no_observable_is_refused(self):
        with pytest.raises(ConfigurationError, match=r"^equity must be an Observable"):
            stop_when(drawdown=1, equity=5)
