"""What holds for every statistic: its end, its disposal, its memory, and what it refuses."""

import doctest
import importlib
import math
import random
import tracemalloc
from datetime import timedelta
from decimal import Decimal

import pytest
from reactivex import testing
from reactivex.subject import Subject

from rxkraken.errors import ConfigurationError
from rxkraken.models import Candle, Trade
from rxkraken.operators.averages import ewma, twap, vwap
from rxkraken.operators.drawdown import drawdown
from rxkraken.operators.indicators import atr, bollinger, rsi
from rxkraken.operators.returns import realized_volatility, returns
from rxkraken.operators.rolling import rolling, sma, zscore

from .feeding import at, emitted, moment, outcome, second

NUMBERS = [3.0, 4.5, 4.25, 7.0, 5.0, 5.5, 6.0, 2.0]
HOWS = ("mean", "std", "min", "max", "sum", "median")

BY_COUNT = {
    "sma": lambda **kw: sma(3, **kw),
    "zscore": lambda **kw: zscore(3, **kw),
    "ewma span": lambda **kw: ewma(span=3, **kw),
    "ewma halflife": lambda **kw: ewma(halflife=3, **kw),
    "rsi": lambda **kw: rsi(3, **kw),
    "bollinger": lambda **kw: bollinger(3, **kw),
    "returns": returns,
    "returns log": lambda **kw: returns("log", **kw),
    "realized_volatility": lambda **kw: realized_volatility(3, **kw),
    "drawdown": drawdown,
    "drawdown of a window": lambda **kw: drawdown(3, **kw),
    **{f"rolling {how}": lambda how=how, **kw: rolling(how, window=3, **kw) for how in HOWS},
}
BY_TIME = {
    "sma": lambda **kw: sma("3s", **kw),
    "zscore": lambda **kw: zscore("3s", **kw),
    "ewma": lambda **kw: ewma(halflife="3s", **kw),
    "twap": lambda **kw: twap("3s", **kw),
    "twap by count": lambda **kw: twap(3, **kw),
    "bollinger": lambda **kw: bollinger("3s", **kw),
    "realized_volatility": lambda **kw: realized_volatility("3s", **kw),
    "drawdown of a window": lambda **kw: drawdown("3s", **kw),
    **{f"rolling {how}": lambda how=how, **kw: rolling(how, window="3s", **kw) for how in HOWS},
}


def named(table):
    return pytest.mark.parametrize("make", table.values(), ids=table.keys())


def trade(number, index):
    return Trade("BTC/USD", "buy", number, 1.0, "market", index, at(index))


def candle(number):
    return Candle("BTC/USD", 1, high=number, low=number, close=number)


ALL = {
    **{f"{name}, by count": (make(), NUMBERS) for name, make in BY_COUNT.items()},
    **{
        f"{name}, by time": (
            make(value=second, time=moment),
            [(at(index), number) for index, number in enumerate(NUMBERS)],
        )
        for name, make in BY_TIME.items()
    },
    "atr": (atr(3), [candle(number) for number in NUMBERS]),
    "vwap": (vwap(), [trade(number, index) for index, number in enumerate(NUMBERS)]),
    "vwap, by count": (vwap(3), [trade(number, index) for index, number in enumerate(NUMBERS)]),
    "vwap, by time": (vwap("3s"), [trade(number, index) for index, number in enumerate(NUMBERS)]),
}
EACH = pytest.mark.parametrize(("operator", "items"), ALL.values(), ids=ALL.keys())


class TestTheStream:
    @EACH
    def test_values_come_and_then_the_end(self, operator, items):
        *values, end = outcome(operator, items)
        assert len(values) >= 4
        assert end == "end"

    @EACH
    def test_an_error_passes_at_once(self, operator, items):
        subject, seen = Subject(), []
        subject.pipe(operator).subscribe(seen.append, seen.append)
        for item in items:
            subject.on_next(item)
        values = len(seen)
        subject.on_error(OSError("down"))
        assert values >= 4
        assert [str(error) for error in seen[values:]] == ["down"]

    @EACH
    def test_a_disposal_leaves_the_source(self, operator, items):
        subject, seen = Subject(), []
        subscription = subject.pipe(operator).subscribe(seen.append)
        for item in items:
            subject.on_next(item)
        subscription.dispose()
        assert subject.observers == []
        before = list(seen)
        subject.on_next(items[0])
        assert seen == before

    @EACH
    def test_each_subscriber_has_a_state_of_its_own(self, operator, items):
        subject, first, second_one = Subject(), [], []
        statistic = subject.pipe(operator)
        statistic.subscribe(first.append)
        for item in items[:3]:
            subject.on_next(item)
        statistic.subscribe(second_one.append)
        for item in items[3:]:
            subject.on_next(item)
        assert first == emitted(operator, items)
        assert second_one == emitted(operator, items[3:])

    @named(BY_TIME)
    def test_no_timer_is_ever_opened(self, make):
        clock = testing.TestScheduler()
        subject = Subject()
        subject.pipe(make(scheduler=clock)).subscribe()
        subject.on_next(1.0)
        assert [item for item, _ in clock._queue.items if not item.is_cancelled()] == []


NOTHING = [
    None,
    math.nan,
    math.inf,
    -math.inf,
    1e300,
    -1e300,
    10**400,
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
]


class TestWhatIsNoObservation:
    @named(BY_COUNT)
    @pytest.mark.parametrize("nothing", NOTHING, ids=repr)
    def test_it_is_passed_over(self, make, nothing):
        mixed = [item for number in NUMBERS for item in (nothing, number, nothing)]
        assert emitted(make(), mixed) == emitted(make(), NUMBERS)

    @named(BY_TIME)
    @pytest.mark.parametrize("nothing", NOTHING, ids=repr)
    def test_it_is_passed_over_at_any_time(self, make, nothing):
        operator = make(value=second, time=moment)
        events = [(at(index), number) for index, number in enumerate(NUMBERS)]
        mixed = [item for event in events for item in ((at(99), nothing), event)]
        assert emitted(operator, mixed) == emitted(operator, events)

    @named(BY_COUNT)
    @pytest.mark.parametrize("wrong", ["3.5", [3.5], 3 + 1j, object()], ids=repr)
    def test_what_is_no_number_ends_the_stream_in_a_sentence(self, make, wrong):
        subject, seen = Subject(), []
        subject.pipe(make()).subscribe(seen.append, seen.append)
        subject.on_next(wrong)
        (error,) = seen
        assert isinstance(error, ConfigurationError)
        assert " takes numbers, not " in str(error)
        assert "from an item to its number" in str(error)
        assert subject.observers == []

    @named(BY_COUNT | BY_TIME)
    def test_what_a_value_function_raises_ends_the_stream(self, make):
        subject, seen = Subject(), []
        subject.pipe(make(value=lambda item: item["price"])).subscribe(seen.append, seen.append)
        subject.on_next({})
        subject.on_next({"price": 1.0})
        assert [type(error) for error in seen] == [KeyError]
        assert subject.observers == []

    @named(BY_TIME)
    def test_what_a_time_function_raises_ends_the_stream(self, make):
        subject, seen = Subject(), []
        subject.pipe(make(time=lambda item: 1 // 0)).subscribe(seen.append, seen.append)
        subject.on_next(1.0)
        assert [type(error) for error in seen] == [ZeroDivisionError]
        assert subject.observers == []


class TestMemory:
    @pytest.mark.parametrize("shape", ["rising", "falling", "random", "constant"])
    @named(BY_COUNT)
    def test_no_more_is_kept_than_the_window(self, make, shape):
        chance = random.Random(3)
        heights = {
            "rising": lambda index: 100.0 + index,
            "falling": lambda index: 1e6 - index,
            "random": lambda _: 100.0 + chance.random(),
            "constant": lambda _: 100.0,
        }
        push, subject = heights[shape], Subject()
        subject.pipe(make()).subscribe()
        tracemalloc.start()
        try:
            for index in range(300):
                subject.on_next(push(index))
            before, _ = tracemalloc.get_traced_memory()
            for index in range(300, 1500):
                subject.on_next(push(index))
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert after - before < 4000  # a float a value would be 28 800


ITEMS = "must be a whole number of items from 1 on, "
PAIRS = "must be a whole number of items from 2 on, "
WRONG = [
    (sma, {"window": 0}, "window " + ITEMS),
    (sma, {"window": -1}, "window " + ITEMS),
    (sma, {"window": 2.0}, "window " + ITEMS),
    (sma, {"window": True}, "window " + ITEMS),
    (sma, {"window": [3]}, "window " + ITEMS),
    (sma, {"window": "0s"}, "window must be a duration above zero"),
    (sma, {"window": "20"}, "window must be a duration above zero"),
    (sma, {"window": timedelta(0)}, "window must be a duration above zero"),
    (sma, {"window": 3, "minimum": 4}, "minimum must be at most the window of 3 items, not 4"),
    (sma, {"window": 3, "minimum": 0}, "minimum " + ITEMS),
    (sma, {"window": "3s", "minimum": 1.5}, "minimum " + ITEMS),
    (sma, {"window": 3, "value": "price"}, "value must be a function from an item, not 'price'"),
    (sma, {"window": "3s", "time": 5}, "time must be a function from an item, not 5"),
    (sma, {"window": 3, "time": 5}, "time must be a function from an item, not 5"),
    (rolling, {"how": "mode", "window": 3}, "how must be one of 'mean', 'std', 'min', 'max', 's"),
    (rolling, {"how": "std", "window": 1}, "window " + PAIRS),
    (rolling, {"how": "sum", "window": "1 week"}, "window must be a duration above zero"),
    (zscore, {"window": 1}, "window " + PAIRS),
    (bollinger, {"window": 0}, "window " + ITEMS),
    (bollinger, {"window": 1, "population": False}, "window " + PAIRS),
    (bollinger, {"value": 3}, "value must be a function"),
    (rsi, {"window": "5m"}, "window " + ITEMS),
    (rsi, {"window": 0}, "window " + ITEMS),
    (rsi, {"value": 3}, "value must be a function"),
    (atr, {"window": "5m"}, "window " + ITEMS),
    (ewma, {"span": 0.5}, "span must be a number from 1 on, not 0.5"),
    (ewma, {"span": "20"}, "span must be a number from 1 on, not '20'"),
    (ewma, {"span": math.inf}, "span must be a number from 1 on, not inf"),
    (ewma, {"halflife": 0}, "halflife must be a number above zero, not 0"),
    (ewma, {"halflife": "soon"}, "halflife must be a duration above zero"),
    (ewma, {"span": 3, "minimum": 0}, "minimum " + ITEMS),
    (ewma, {"span": 3, "value": 3}, "value must be a function"),
    (ewma, {"span": 3, "time": 3}, "time must be a function"),
    (twap, {"window": 0}, "window " + ITEMS),
    (twap, {"window": "3s", "minimum": 0}, "minimum must be a duration above zero"),
    (twap, {"window": "3s", "time": 3}, "time must be a function"),
    (vwap, {"window": 0}, "window " + ITEMS),
    (vwap, {"price": 3}, "price must be a function"),
    (vwap, {"quantity": "qty"}, "quantity must be a function"),
    (vwap, {"time": 3}, "time must be a function"),
    (returns, {"periods": 0}, "periods " + ITEMS),
    (returns, {"value": 3}, "value must be a function"),
    (realized_volatility, {"window": 0}, "window " + ITEMS),
    (realized_volatility, {"window": 3, "time": 3}, "time must be a function"),
    (drawdown, {"window": 0}, "window " + ITEMS),
    (drawdown, {"value": 3}, "value must be a function"),
    (drawdown, {"time": 3}, "time must be a function"),
]


@pytest.mark.parametrize(("operator", "arguments", "sentence"), WRONG)
def test_a_wrong_argument_is_refused_at_the_call_in_a_sentence(operator, arguments, sentence):
    with pytest.raises(ConfigurationError) as refusal:
        operator(**arguments)
    assert str(refusal.value).startswith(sentence.rstrip(", "))
    assert len(str(refusal.value)) < 200


MODULES = [
    *[f"operators.{name}" for name in ("rolling", "averages", "indicators", "returns", "drawdown")],
    *["core.exact", "models.statistics"],
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    result = doctest.testmod(importlib.import_module(f"rxkraken.{name}"))
    assert result.attempted
    assert not result.failed
