"""Resampling against a list function that knows nothing of Rx: what is left of each interval."""

from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.operators import resample

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = 1_767_614_400  # an ordinary day: microseconds of it still fit a double exactly enough


def last_of_each(events, length):
    """Give the last of each run of events whose whole microseconds share a multiple of a length."""
    runs = groupby(enumerate(events), key=lambda event: event[1] // length)
    return [list(run)[-1][0] for _, run in runs]


whole_seconds = st.sampled_from([1, 2, 5, 60, 900])


@given(
    offsets=st.lists(st.integers(0, 4_000_000), max_size=40).map(sorted),
    scale=st.sampled_from([1, 1000]),
    length=whole_seconds,
)
def test_event_time_gives_the_last_of_each_interval(offsets, scale, length):
    moments = [(NOW * 1_000_000) + offset * scale for offset in offsets]
    subject, seen = Subject(), []
    resampled = subject.pipe(
        resample(length, time=lambda event: EPOCH + timedelta(microseconds=event[1]))
    )
    resampled.subscribe(lambda event: seen.append(event[0]))
    for event in enumerate(moments):
        subject.on_next(event)
    subject.on_completed()
    assert seen == last_of_each(moments, length * 1_000_000)


@given(
    seconds=st.lists(st.integers(201, 900), max_size=40, unique=True).map(sorted),
    length=st.integers(2, 60),
)
def test_clock_time_gives_the_last_of_each_interval_at_its_end(seconds, length):
    clock = testing.TestScheduler()
    # Half seconds keep the values off the edges, where two timers would race.
    source = clock.create_hot_observable(
        *[ReactiveTest.on_next(second + 0.5, index) for index, second in enumerate(seconds)]
    )
    result = clock.start(lambda: source.pipe(resample(length)), disposed=1000)
    expected = [
        ReactiveTest.on_next((seconds[index] // length + 1) * length, index)
        for index in last_of_each(seconds, length)
    ]
    assert result.messages == expected
