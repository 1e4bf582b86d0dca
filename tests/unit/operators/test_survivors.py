"""What no other test would notice: timers left behind, and sources begun after the end."""

from datetime import UTC, datetime

import pytest
import reactivex
from reactivex import Observable, testing
from reactivex.subject import Subject

from rxkraken.operators import (
    conflate,
    overflow,
    rate,
    spread_between,
    stale_after,
    synchronize,
    triangular,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TIMED = {
    "overflow": lambda clock: overflow(9, "latest", scheduler=clock),
    "conflate": lambda clock: conflate(str, scheduler=clock),
    "rate": lambda clock: rate("5s", scheduler=clock),
    "stale_after": lambda clock: stale_after("5s", scheduler=clock),
}
JOINS = {
    "synchronize": lambda a, b, c: synchronize([a, b, c], 1, time=lambda _: NOON),
    "spread_between": lambda a, b, c: spread_between(a, b),
    "triangular": triangular,
}


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


@pytest.mark.parametrize("timed", TIMED.values(), ids=TIMED)
class TestTimers:
    @pytest.fixture
    def clock(self):
        return testing.TestScheduler()

    def test_a_disposal_leaves_no_timer(self, timed, clock):
        source = Subject()
        subscription = source.pipe(timed(clock)).subscribe()
        source.on_next("a")
        assert len(waiting(clock)) == 1
        subscription.dispose()
        assert waiting(clock) == []
        assert source.observers == []

    def test_an_error_leaves_no_timer(self, timed, clock):
        source, errors = Subject(), []
        source.pipe(timed(clock)).subscribe(on_error=errors.append)
        source.on_next("a")
        error = OSError("down")
        source.on_error(error)
        assert errors == [error]
        assert waiting(clock) == []


@pytest.mark.parametrize("join", JOINS.values(), ids=JOINS)
class TestJoins:
    def begun(self, join, first):
        """Give what a join says when its first source is over at once, and who was begun."""
        said = []

        def subscribe(observer, scheduler=None):
            said.append("another was begun")
            return reactivex.disposable.Disposable()

        another = Observable(subscribe)
        join(first, another, another).subscribe(
            said.append, lambda error: said.append(str(error)), lambda: said.append("end")
        )
        return said

    def test_a_source_that_fails_at_once_lets_no_other_begin(self, join):
        assert self.begun(join, reactivex.throw(OSError("down"))) == ["down"]

    def test_a_source_that_is_empty_lets_no_other_begin(self, join):
        assert self.begun(join, reactivex.empty()) == ["end"]
