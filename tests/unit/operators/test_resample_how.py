"""What is made of the values of an interval, by the clock and by the time of events."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import reactivex
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.models.bars import Ohlc
from rxkraken.operators.resample import resample

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def second(event):
    return EPOCH + timedelta(seconds=event[0])


def number(event):
    return event[1]


EVENTS = [(1, 4.0), (2, 9.0), (9, 2.0), (12, 5.0), (35, 7.0)]
MADE = {
    "last": [2.0, 5.0, 7.0],
    "first": [4.0, 5.0, 7.0],
    "mean": [5.0, 5.0, 7.0],
    "ohlc": [
        Ohlc(4.0, 9.0, 2.0, 2.0, 3),
        Ohlc(5.0, 5.0, 5.0, 5.0, 1),
        Ohlc(7.0, 7.0, 7.0, 7.0, 1),
    ],
}


@pytest.mark.parametrize("how", MADE)
def test_by_the_time_of_events_each_interval_gives_one_value(how):
    seen = []
    made = reactivex.from_iterable(EVENTS).pipe(resample(10, how=how, value=number, time=second))
    made.subscribe(seen.append)
    assert seen == MADE[how]


@pytest.mark.parametrize("how", MADE)
def test_by_the_clock_the_intervals_are_the_same(how):
    clock = testing.TestScheduler()
    source = clock.create_hot_observable(
        *[on_next(300 + event[0], event) for event in EVENTS], on_completed(337)
    )
    result = clock.start(lambda: source.pipe(resample(10, how=how, value=number)))
    ends = [310, 320, 337]
    expected = [on_next(end, value) for end, value in zip(ends, MADE[how], strict=True)]
    assert result.messages == [*expected, on_completed(337)]


def test_without_a_value_function_the_events_themselves_are_used():
    clock = testing.TestScheduler()
    source = clock.create_hot_observable(on_next(301, 1.0), on_next(302, 4.0))
    result = clock.start(lambda: source.pipe(resample(10, how="mean")))
    assert result.messages == [on_next(310, 2.5)]


def test_a_mean_of_decimals_is_rounded_once():
    seen = []
    values = [(1, Decimal("1e15")), (2, Decimal("1e-15")), (3, Decimal("-1e15"))]
    made = reactivex.from_iterable(values).pipe(resample(10, how="mean", value=number, time=second))
    made.subscribe(seen.append)
    assert seen == [Decimal("1e-15") / 3]


@pytest.mark.parametrize("how", ["mean", "ohlc"])
@pytest.mark.parametrize("time", [None, second])
def test_what_is_no_number_ends_the_stream(how, time):
    clock = testing.TestScheduler()
    subject, seen = Subject(), []
    subject.pipe(resample(10, how=how, value=number, time=time)).subscribe(
        lambda _: None, seen.append, scheduler=clock
    )
    for value in (1.0, None):
        subject.on_next((1, value))
    assert [type(error) for error in seen] == [TypeError]
    assert subject.observers == []
    clock.start()


@pytest.mark.parametrize("time", [None, second])
def test_a_mean_that_cannot_be_made_ends_the_stream_when_the_interval_does(time):
    clock = testing.TestScheduler()
    subject, seen = Subject(), []
    subject.pipe(resample(10, how="mean", value=number, time=time)).subscribe(
        lambda _: None, seen.append, scheduler=clock
    )
    subject.on_next((1, "word"))
    clock.advance_to(10)
    if time is not None:
        subject.on_next((11, "word"))
    assert [type(error) for error in seen] == [TypeError]
    assert subject.observers == []


@pytest.mark.parametrize("time", [None, second])
def test_what_the_value_function_raises_ends_the_stream(time):
    subject, seen = Subject(), []
    subject.pipe(resample(10, value=lambda event: event[9], time=time)).subscribe(
        lambda _: None, seen.append, scheduler=testing.TestScheduler()
    )
    subject.on_next((1, 1.0))
    assert [type(error) for error in seen] == [IndexError]
    assert subject.observers == []


@pytest.mark.parametrize("how", ["median", None, 3])
def test_another_way_is_refused_in_a_sentence(how):
    with pytest.raises(ConfigurationError, match="how must be one of last, first, mean, ohlc"):
        resample(10, how=how)


def test_a_value_that_is_no_function_is_refused_in_a_sentence():
    with pytest.raises(ConfigurationError, match="value must be a function from an event"):
        resample(10, value="price")
