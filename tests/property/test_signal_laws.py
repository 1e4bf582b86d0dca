"""Signals against list functions that look at whole series at once."""

from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise

import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import testing
from reactivex.testing import ReactiveTest

from rxkraken.operators.debounce_signal import debounce_signal
from rxkraken.operators.signals import crossover, threshold


def through(operator, values):
    seen = []
    reactivex.of(*values).pipe(operator).subscribe(seen.append, seen.append)
    return seen


SERIES = st.lists(st.integers(-3, 3), max_size=40)


@given(differences=SERIES, base=st.integers(-5, 5))
def test_crossings_are_the_changes_of_sign_once_touches_are_left_out(differences, base):
    signs = [difference > 0 for difference in differences if difference]
    runs = [above for above, _ in groupby(signs)]
    pairs = [(base + difference, base) for difference in differences]
    assert through(crossover(), pairs) == [1 if above else -1 for above in runs[1:]]


@given(pairs=st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=40))
def test_crossings_alternate_and_change_sides_with_the_series(pairs):
    events = through(crossover(), pairs)
    mirrored = through(crossover(), [(slow, fast) for fast, slow in pairs])
    assert mirrored == [-event for event in events]
    assert all(one == -other for one, other in pairwise(events))


@given(values=st.lists(st.integers(-10, 10), max_size=40), band=st.integers(0, 6))
def test_a_threshold_is_decided_by_the_last_value_outside_its_band(values, band):
    def state(seen):
        outside = [value for value in seen if value > 0 or value < -band]
        return bool(outside) and outside[-1] > 0

    states = [state(values[: index + 1]) for index in range(len(values))]
    assert through(threshold(0, hysteresis=band), values) == [above for above, _ in groupby(states)]


CHANGES = st.lists(st.tuples(st.integers(1, 12), st.sampled_from("abc")), max_size=25)


def lasting(events, quiet):
    """Give the moments and values of runs that last, without repetitions of the last one told."""
    runs = []
    for at, value in events:
        if not runs or runs[-1][1] != value:
            runs.append((at, value))
    ends = [at for at, _ in runs[1:]] + [10_000]
    lasted = [
        (at + quiet, value)
        for (at, value), end in zip(runs, ends, strict=False)
        if end - at > quiet
    ]
    return [
        event for index, event in enumerate(lasted) if not index or lasted[index - 1][1] != event[1]
    ]


@given(steps=CHANGES, quiet=st.integers(1, 9))
def test_a_debounced_signal_is_its_runs_that_last(steps, quiet):
    events, now = [], 200
    for passed, value in steps:
        now += passed
        events.append((now, value))
    clock = testing.TestScheduler()
    source = clock.create_hot_observable(*[ReactiveTest.on_next(at, value) for at, value in events])
    messages = clock.start(lambda: source.pipe(debounce_signal(quiet)), disposed=9000).messages
    assert [(message.time, message.value.value) for message in messages] == lasting(events, quiet)


@given(steps=CHANGES, quiet=st.integers(1, 9))
def test_by_the_time_of_events_the_same_runs_are_told_by_a_later_event(steps, quiet):
    start, events, now = datetime(2026, 1, 5, tzinfo=UTC), [], 0
    for passed, value in steps:
        now += 2 * passed  # whole seconds; the quiet time is odd, so that none is on the edge
        events.append((now, value))
    length = 2 * quiet - 1
    operator = debounce_signal(
        length,
        key=lambda event: event[1],
        time=lambda event: start + timedelta(seconds=event[0]),
    )
    heard = []
    last = events[-1][0] if events else 0
    for at, value in lasting(events, length):
        if at <= last:
            heard.append(value)
    assert [value for _, value in through(operator, events)] == heard
