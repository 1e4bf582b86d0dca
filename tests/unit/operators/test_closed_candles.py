"""The final state of each candle, in virtual time: one tick is one second since 1970."""

from datetime import UTC, datetime, timedelta

import pytest
import reactivex
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.errors import ConfigurationError
from rxkraken.models import Candle
from rxkraken.operators.closed_candles import closed_candles

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def candle(minute, trades=1, *, symbol="BTC/USD", interval=1):
    """A state of the candle that begins so many minutes after 1970."""
    begin = None if minute is None else EPOCH + timedelta(minutes=minute)
    return Candle(symbol, interval, begin, close=float(trades), trades=trades)


@pytest.fixture
def clock():
    return testing.TestScheduler()


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


def closed(*candles):
    """Give what is final of a stream, by candles alone."""
    seen = []
    reactivex.of(*candles).pipe(closed_candles()).subscribe(seen.append)
    return seen


def live(clock, subject, **arguments):
    seen = []
    final = subject.pipe(closed_candles(**arguments))
    final.subscribe(lambda one: seen.append((clock.clock, one)), scheduler=clock)
    return seen


class TestByCandles:
    def test_the_last_state_is_final_when_a_later_interval_comes(self):
        assert closed(candle(1, 1), candle(1, 2), candle(2, 1), candle(4, 1)) == [
            candle(1, 2),
            candle(2, 1),
        ]

    def test_what_may_still_change_is_dropped_at_the_end(self):
        assert closed(candle(1), candle(1, 2)) == []

    def test_the_history_of_a_snapshot_is_final_but_for_its_last(self):
        history = [candle(minute, minute) for minute in range(1, 6)]
        assert closed(*history) == history[:-1]

    def test_a_snapshot_after_a_reconnect_repeats_nothing_and_completes_what_was_missed(self):
        before = [candle(1, 5), candle(2, 6), candle(3, 1)]
        snapshot = [candle(1, 5), candle(2, 6), candle(3, 4), candle(4, 2), candle(5, 1)]
        assert closed(*before, *snapshot) == [
            candle(1, 5),
            candle(2, 6),
            candle(3, 4),
            candle(4, 2),
        ]

    def test_of_one_interval_the_state_with_the_most_trades_counts(self):
        assert closed(candle(1, 1), candle(1, 3), candle(1, 2), candle(2)) == [candle(1, 3)]

    def test_a_repeated_or_older_state_of_a_final_candle_is_dropped(self):
        assert closed(candle(1, 3), candle(2), candle(1, 3), candle(1, 4)) == [candle(1, 3)]

    def test_history_that_comes_after_the_running_candle_is_final_at_once(self):
        assert closed(candle(9), candle(7), candle(8), candle(9, 2), candle(10)) == [
            candle(7),
            candle(8),
            candle(9, 2),
        ]

    def test_symbols_and_intervals_are_kept_apart(self):
        ether, five = {"symbol": "ETH/USD"}, {"interval": 5}
        assert closed(
            candle(5, 1, **five),
            candle(5, 1),
            candle(6, 1, **ether),
            candle(6, 1),
            candle(7, 1, **ether),
            candle(10, 1, **five),
        ) == [candle(5, 1), candle(6, 1, **ether), candle(5, 1, **five)]

    def test_candles_without_a_begin_say_nothing(self):
        assert closed(candle(None), candle(1), candle(None, 9), candle(2)) == [candle(1)]


class TestByTheClock:
    def test_in_its_own_interval_a_candle_ends_by_the_time_of_day(self, clock):
        source = clock.create_hot_observable(on_next(250, candle(4, 1)), on_next(280, candle(4, 2)))
        result = clock.start(lambda: source.pipe(closed_candles(grace="2s")))
        assert result.messages == [on_next(302, candle(4, 2))]

    def test_a_candle_that_comes_after_its_end_but_within_grace_is_in_time(self, clock):
        source = clock.create_hot_observable(on_next(301, candle(4)))
        result = clock.start(lambda: source.pipe(closed_candles(grace=2)))
        assert result.messages == [on_next(302, candle(4))]

    def test_a_later_candle_does_not_wait_for_the_clock(self, clock):
        source = clock.create_hot_observable(on_next(250, candle(4)), on_next(300.5, candle(5)))
        result = clock.start(lambda: source.pipe(closed_candles()))
        assert result.messages == [on_next(300.5, candle(4)), on_next(361, candle(5))]

    def test_where_the_time_of_day_is_another_a_candle_gets_its_whole_length(self, clock):
        source = clock.create_hot_observable(
            on_next(210, candle(9000, 1)), on_next(240, candle(9000, 2))
        )
        result = clock.start(lambda: source.pipe(closed_candles()))
        assert result.messages == [on_next(271, candle(9000, 2))]

    def test_what_the_clock_has_closed_comes_no_second_time(self, clock):
        subject = Subject()
        seen = live(clock, subject)
        subject.on_next(candle(0, 1))
        clock.advance_to(70)
        subject.on_next(candle(0, 2))
        subject.on_next(candle(1, 1))
        clock.advance_to(130)
        assert seen == [(61, candle(0, 1)), (121, candle(1, 1))]

    def test_each_symbol_has_a_timer_of_its_own(self, clock):
        subject = Subject()
        seen = live(clock, subject, grace=0)
        subject.on_next(candle(0))
        subject.on_next(candle(0, 1, symbol="ETH/USD", interval=5))
        assert len(waiting(clock)) == 2
        clock.advance_to(1000)
        assert [(tick, one.symbol) for tick, one in seen] == [(60, "BTC/USD"), (300, "ETH/USD")]
        assert waiting(clock) == []

    def test_a_scheduler_of_its_own_goes_before_that_of_the_subscription(self, clock):
        subject = Subject()
        seen = live(testing.TestScheduler(), subject, scheduler=clock)
        subject.on_next(candle(0))
        clock.advance_to(61)
        assert len(seen) == 1


class TestTheEnd:
    def test_completion_passes_and_cancels_the_timers(self, clock):
        source = clock.create_hot_observable(on_next(250, candle(4)), on_completed(260))
        result = clock.start(lambda: source.pipe(closed_candles()))
        assert result.messages == [on_completed(260)]
        assert waiting(clock) == []

    def test_an_error_passes_and_cancels_the_timers(self, clock):
        error = OSError("down")
        source = clock.create_hot_observable(on_next(250, candle(4)), on_error(260, error))
        result = clock.start(lambda: source.pipe(closed_candles()))
        assert result.messages == [on_error(260, error)]
        assert waiting(clock) == []

    def test_a_disposal_leaves_the_source_and_no_timer(self, clock):
        subject = Subject()
        subscription = subject.pipe(closed_candles()).subscribe(scheduler=clock)
        subject.on_next(candle(0))
        assert len(waiting(clock)) == 1
        subscription.dispose()
        assert subject.observers == []
        assert waiting(clock) == []

    def test_what_is_no_candle_ends_the_stream(self):
        subject, seen = Subject(), []
        subject.pipe(closed_candles()).subscribe(seen.append, seen.append)
        subject.on_next("candle")
        assert [type(error) for error in seen] == [AttributeError]
        assert subject.observers == []

    @pytest.mark.parametrize("grace", [-1, "soon", None, True])
    def test_a_grace_that_is_no_duration_is_refused(self, grace):
        with pytest.raises(ConfigurationError, match="grace must be zero or a duration"):
            closed_candles(grace=grace)
