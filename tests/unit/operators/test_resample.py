"""The last value of each interval of a time grid, in virtual time: one tick is one second."""

from datetime import UTC, datetime, timedelta

import pytest
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.operators import resample

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)


@pytest.fixture
def clock():
    return testing.TestScheduler()


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


def by_clock(clock, *messages, every=10, **kwargs):
    source = clock.create_hot_observable(*messages)
    return clock.start(lambda: source.pipe(resample(every, **kwargs)))


class TestByTheClock:
    def test_each_interval_ends_with_its_last_value_on_the_grid(self, clock):
        result = by_clock(
            clock, on_next(213, "a"), on_next(217, "b"), on_next(221, "c"), on_next(229.5, "d")
        )
        assert result.messages == [on_next(220, "b"), on_next(230, "d")]

    def test_the_grid_does_not_depend_on_the_first_value(self, clock):
        result = by_clock(clock, on_next(219, "a"), on_next(226, "b"))
        assert result.messages == [on_next(220, "a"), on_next(230, "b")]

    def test_empty_intervals_are_silent(self, clock):
        result = by_clock(clock, on_next(205, "a"), on_next(255, "b"))
        assert result.messages == [on_next(210, "a"), on_next(260, "b")]

    def test_a_value_on_the_edge_belongs_to_the_interval_it_begins(self, clock):
        result = by_clock(clock, on_next(210, "a"), on_next(215, "b"))
        assert result.messages == [on_next(220, "b")]

    def test_the_value_of_the_open_interval_comes_before_the_end(self, clock):
        result = by_clock(clock, on_next(211, "a"), on_next(212, "b"), on_completed(214))
        assert result.messages == [on_next(214, "b"), on_completed(214)]

    def test_an_end_without_an_open_interval_adds_nothing(self, clock):
        result = by_clock(clock, on_next(211, "a"), on_completed(225))
        assert result.messages == [on_next(220, "a"), on_completed(225)]

    def test_an_error_passes_at_once_and_takes_the_open_interval_with_it(self, clock):
        error = OSError("down")
        result = by_clock(clock, on_next(211, "a"), on_error(214, error))
        assert result.messages == [on_error(214, error)]

    def test_none_is_a_value_like_any_other(self, clock):
        result = by_clock(clock, on_next(211, "a"), on_next(212, None))
        assert result.messages == [on_next(220, None)]

    def test_a_disposal_cancels_the_timer(self, clock):
        subject, seen = Subject(), []
        subscription = subject.pipe(resample(10, scheduler=clock)).subscribe(seen.append)
        subject.on_next("a")
        assert len(waiting(clock)) == 1
        subscription.dispose()
        assert waiting(clock) == []
        assert subject.observers == []
        clock.advance_to(20)
        assert seen == []

    def test_no_timer_runs_while_no_value_waits(self, clock):
        subject = Subject()
        subject.pipe(resample(10, scheduler=clock)).subscribe()
        assert waiting(clock) == []
        subject.on_next("a")
        clock.advance_to(10)
        assert waiting(clock) == []

    def test_a_scheduler_of_its_own_goes_before_that_of_the_subscription(self, clock):
        subject, seen = Subject(), []
        other = testing.TestScheduler()
        subject.pipe(resample("10s", scheduler=clock)).subscribe(seen.append, scheduler=other)
        subject.on_next("a")
        other.advance_to(20)
        assert seen == []
        clock.advance_to(20)
        assert seen == ["a"]

    def test_two_subscribers_have_intervals_of_their_own(self, clock):
        subject, first, second = Subject(), [], []
        resampled = subject.pipe(resample(10, scheduler=clock))
        resampled.subscribe(first.append)
        subject.on_next("a")
        resampled.subscribe(second.append)
        clock.advance_to(10)
        assert (first, second) == (["a"], [])


def at(second):
    return datetime(2026, 1, 5, 12, 0, tzinfo=UTC) + timedelta(seconds=second)


def by_events(every, *events):
    """Resample (second or None, value) events by their own time; give the values and the end."""
    subject, seen = Subject(), []
    resampled = subject.pipe(resample(every, time=lambda event: event[0]))
    resampled.subscribe(
        lambda event: seen.append(event[1]), seen.append, lambda: seen.append("end")
    )
    for second, value in events:
        subject.on_next((None if second is None else at(second), value))
    subject.on_completed()
    return seen


class TestByTheTimeOfEvents:
    def test_an_interval_ends_when_an_event_of_a_later_one_comes(self):
        assert by_events(10, (1, "a"), (9, "b"), (12, "c"), (40, "d")) == ["b", "c", "d", "end"]

    def test_nothing_comes_before_a_later_interval_begins(self):
        subject, seen = Subject(), []
        resampled = subject.pipe(resample(10, time=at))
        resampled.subscribe(seen.append)
        for second in (1, 5, 9.999999):
            subject.on_next(second)
        assert seen == []
        subject.on_next(10)
        assert seen == [9.999999]

    def test_an_event_on_the_edge_begins_an_interval(self):
        assert by_events("10s", (0, "a"), (10, "b"), (20, "c")) == ["a", "b", "c", "end"]

    def test_an_event_without_a_time_counts_into_the_current_interval(self):
        assert by_events(10, (1, "a"), (None, "b"), (12, "c")) == ["b", "c", "end"]

    def test_events_without_any_time_are_one_interval(self):
        assert by_events(10, (None, "a"), (None, "b")) == ["b", "end"]

    def test_an_untimed_beginning_is_an_interval_of_its_own(self):
        assert by_events(10, (None, "a"), (1, "b")) == ["a", "b", "end"]

    def test_a_late_event_opens_no_second_interval(self):
        values = by_events(10, (1, "a"), (11, "b"), (5, "late"), (21, "c"))
        assert values[0] == "a"
        assert values[2:] == ["c", "end"]  # one value for the interval that was open

    def test_time_zones_do_not_matter(self):
        east = datetime(2026, 1, 5, 14, 0, 5, tzinfo=UTC).astimezone()
        subject, seen = Subject(), []
        subject.pipe(resample(10, time=lambda event: event[0])).subscribe(
            lambda event: seen.append(event[1])
        )
        subject.on_next((east, "a"))
        subject.on_next((datetime(2026, 1, 5, 14, 0, 9, tzinfo=UTC), "b"))
        subject.on_next((datetime(2026, 1, 5, 14, 0, 10, tzinfo=UTC), "c"))
        assert seen == ["b"]

    @pytest.mark.parametrize("milliseconds", [1, 100, 200, 300, 700])
    def test_edges_of_parts_of_a_second_are_exact(self, milliseconds):
        step = timedelta(milliseconds=milliseconds)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        first = (datetime(2026, 1, 5, tzinfo=UTC) - epoch) // step
        moments = [epoch + step * (first + index) for index in range(50)]
        subject, seen = Subject(), []
        subject.pipe(resample(f"{milliseconds}ms", time=lambda moment: moment)).subscribe(
            seen.append
        )
        for moment in moments:
            subject.on_next(moment)
        subject.on_completed()
        assert seen == moments

    @pytest.mark.parametrize("moment", [12345, "2026-01-05", datetime(2026, 1, 5)])  # noqa: DTZ001 - naive on purpose
    def test_a_time_that_is_no_aware_datetime_ends_the_stream_with_an_error(self, moment):
        subject, errors = Subject(), []
        subject.pipe(resample("1s", time=lambda event: event)).subscribe(on_error=errors.append)
        subject.on_next(moment)
        assert len(errors) == 1
        assert subject.observers == []

    def test_no_event_leaves_only_the_end(self):
        assert by_events(10) == ["end"]

    def test_an_error_passes_and_takes_the_open_interval_with_it(self):
        subject, seen = Subject(), []
        error = OSError("down")
        subject.pipe(resample(10, time=at)).subscribe(seen.append, seen.append)
        subject.on_next(1)
        subject.on_error(error)
        assert seen == [error]

    def test_what_the_time_function_raises_ends_the_stream(self):
        subject, seen = Subject(), []
        subject.pipe(resample(10, time=lambda event: event["time"])).subscribe(
            seen.append, seen.append
        )
        subject.on_next({})
        subject.on_next({"time": at(1)})
        assert [type(end) for end in seen] == [KeyError]
        assert subject.observers == []

    def test_a_disposal_leaves_the_source(self):
        subject = Subject()
        subscription = subject.pipe(resample(10, time=at)).subscribe()
        subject.on_next(1)
        subscription.dispose()
        assert subject.observers == []


class TestArguments:
    @pytest.mark.parametrize(
        ("every", "length"),
        [
            ("500ms", 0.5),
            ("1s", 1.0),
            ("2m", 120.0),
            ("1h", 3600.0),
            ("1d", 86400.0),
            ("0.25s", 0.25),
            (3, 3.0),
            (0.5, 0.5),
            (timedelta(minutes=1, seconds=30), 90.0),
        ],
    )
    def test_a_length_is_seconds_a_text_or_a_timedelta(self, clock, every, length):
        subject, seen = Subject(), []
        subject.pipe(resample(every, scheduler=clock)).subscribe(lambda _: seen.append(clock.clock))
        subject.on_next("a")
        clock.start()
        assert seen == [pytest.approx(length)]

    @pytest.mark.parametrize(
        "every",
        [
            0,
            -1,
            "0s",
            "-1s",
            "",
            "s",
            "1",
            "1 week",
            "soon",
            "1w",
            True,
            None,
            [1],
            float("inf"),
            float("nan"),
            "nan s",
            "1e999s",
            10**400,
            1e-9,
            timedelta(0),
            timedelta(seconds=-1),
        ],
    )
    def test_anything_else_is_refused_in_a_sentence_that_names_it(self, every):
        with pytest.raises(ConfigurationError) as refusal:
            resample(every)
        sentence = str(refusal.value)
        assert sentence.startswith("every must be a duration above zero")
        assert repr(every)[:40] in sentence
        assert len(sentence) < 300

    @pytest.mark.parametrize("time", ["timestamp", 1, at(0)])
    def test_a_time_that_is_no_function_is_refused_in_a_sentence(self, time):
        with pytest.raises(ConfigurationError, match=r"^time must be a function"):
            resample("1s", time=time)
