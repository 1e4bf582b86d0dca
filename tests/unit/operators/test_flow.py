"""Bounded hand-over, coroutines and async iterables, stamps and silence."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
import reactivex
from reactivex import testing
from reactivex.scheduler import NewThreadScheduler
from reactivex.subject import Subject

from rxkraken.errors import BufferOverflow, ConfigurationError
from rxkraken.models import FlowCounters, Receipt
from rxkraken.operators.asynchronous import from_async_iterable, map_async, to_async_iterable
from rxkraken.operators.overflow import conflate, overflow
from rxkraken.operators.timekeeping import latency, rate, stale_after, stamped

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Heard:
    """What a subscription was told, in words."""

    def __init__(self, source, scheduler=None):
        self.said = []
        self.subscription = source.subscribe(
            self.said.append,
            lambda error: self.said.append(type(error).__name__),
            lambda: self.said.append("|"),
            scheduler=scheduler,
        )


@pytest.fixture
def clock():
    return testing.TestScheduler()


@pytest.fixture
def source():
    return Subject()


def emit(source, values):
    for value in values:
        source.on_next(value)


class TestOverflow:
    @pytest.mark.parametrize(
        ("rule", "at_once", "later", "dropped"),
        [
            ("latest", [], ["d"], 3),
            ("drop_oldest", [], ["c", "d"], 2),
            ("block", ["a", "b"], ["c", "d"], 0),
        ],
    )
    def test_a_rule_decides_what_a_burst_leaves(self, clock, source, rule, at_once, later, dropped):  # noqa: PLR0917 - a table's columns
        counters = FlowCounters()
        size = 3 if rule == "latest" else 2
        heard = Heard(source.pipe(overflow(size, rule, counters=counters, scheduler=clock)))
        emit(source, "abcd")
        assert heard.said == at_once
        clock.start()
        assert heard.said == at_once + later
        assert (counters.received, counters.dropped) == (4, dropped)
        assert counters.delivered == 4 - dropped
        assert counters.most_waiting == size

    def test_the_rule_error_ends_the_stream_and_takes_no_more(self, clock, source):
        heard = Heard(source.pipe(overflow(2, "error", scheduler=clock)))
        emit(source, "abcd")
        clock.start()
        assert heard.said == ["BufferOverflow"]

    def test_completion_waits_for_what_waits(self, clock, source):
        heard = Heard(source.pipe(overflow(9, "error", scheduler=clock)))
        emit(source, "ab")
        source.on_completed()
        assert heard.said == []
        clock.start()
        assert heard.said == ["a", "b", "|"]

    def test_an_error_passes_at_once(self, clock, source):
        heard = Heard(source.pipe(overflow(9, "latest", scheduler=clock)))
        emit(source, "ab")
        source.on_error(ValueError())
        clock.start()
        assert heard.said == ["ValueError"]

    def test_disposal_ends_source_and_delivery(self, clock, source):
        heard = Heard(source.pipe(overflow(9, "latest", scheduler=clock)))
        emit(source, "ab")
        heard.subscription.dispose()
        clock.start()
        assert heard.said == []
        assert source.observers == []

    def test_values_cross_to_another_thread_in_order(self, source):
        done = threading.Event()
        seen = []
        source.pipe(overflow(100_000, "error", scheduler=NewThreadScheduler())).subscribe(
            lambda value: seen.append((value, threading.current_thread())),
            on_completed=done.set,
        )
        emit(source, range(20_000))
        source.on_completed()
        assert done.wait(30)
        assert [value for value, _ in seen] == list(range(20_000))
        assert threading.current_thread() not in {thread for _, thread in seen}

    @pytest.mark.parametrize("arguments", [(0, "latest"), (True, "latest"), (2, "newest")])
    def test_wrong_arguments_are_refused_at_the_call(self, arguments):
        with pytest.raises(ConfigurationError, match=r"(size|rule) must"):
            overflow(*arguments)


class TestConflate:
    def test_the_last_value_of_each_key_is_delivered_in_the_next_turn(self, clock, source):
        heard = Heard(source.pipe(conflate(lambda value: value[0], scheduler=clock)))
        emit(source, ["a1", "b1", "a2"])
        assert heard.said == []
        clock.start()
        emit(source, ["b2"])
        source.on_completed()
        clock.start()
        assert heard.said == ["a2", "b1", "b2", "|"]

    def test_a_key_that_raises_ends_the_stream(self, clock, source):
        heard = Heard(source.pipe(conflate(lambda value: value.name, scheduler=clock)))
        emit(source, ["a"])
        assert heard.said == ["AttributeError"]

    def test_disposal_ends_source_and_delivery(self, clock, source):
        heard = Heard(source.pipe(conflate(str, scheduler=clock)))
        emit(source, "a")
        heard.subscription.dispose()
        clock.start()
        assert (heard.said, source.observers) == ([], [])

    def test_a_key_is_a_function(self):
        with pytest.raises(ConfigurationError, match="key must be a function"):
            conflate("symbol")


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


class Gates:
    """A coroutine function whose calls wait until they are let through."""

    def __init__(self):
        self.waiting = {}
        self.cancelled = []

    async def __call__(self, value):
        gate = self.waiting[value] = asyncio.get_running_loop().create_future()
        try:
            await gate
        except asyncio.CancelledError:
            self.cancelled.append(value)
            raise
        return value.upper()

    async def let(self, value, error=None):
        if error is None:
            self.waiting[value].set_result(None)
        else:
            self.waiting[value].set_exception(error)
        await settle()


@pytest.mark.asyncio
class TestMapAsync:
    async def test_no_more_run_than_agreed_and_results_keep_their_order(self, source):
        gates = Gates()
        heard = Heard(source.pipe(map_async(gates, concurrency=2)))
        emit(source, "abc")
        await settle()
        assert set(gates.waiting) == {"a", "b"}
        await gates.let("b")
        assert heard.said == []
        await gates.let("a")
        assert heard.said == ["A", "B"]
        source.on_completed()
        await gates.let("c")
        assert heard.said == ["A", "B", "C", "|"]

    async def test_without_order_results_come_as_they_are_ready(self, source):
        gates = Gates()
        heard = Heard(source.pipe(map_async(gates, concurrency=2, ordered=False)))
        emit(source, "abc")
        await settle()
        await gates.let("b")
        assert heard.said == ["B"]
        assert "c" in gates.waiting

    async def test_a_failure_ends_the_stream_and_cancels_the_rest(self, source):
        gates = Gates()
        heard = Heard(source.pipe(map_async(gates, concurrency=3)))
        emit(source, "abc")
        await settle()
        await gates.let("a", ValueError())
        assert heard.said == ["ValueError"]
        assert gates.cancelled == ["b", "c"]
        assert source.observers == []

    async def test_disposal_cancels_what_is_under_way(self, source):
        gates = Gates()
        heard = Heard(source.pipe(map_async(gates)))
        emit(source, "ab")
        await settle()
        heard.subscription.dispose()
        await settle()
        assert gates.cancelled == ["a"]
        assert heard.said == []

    async def test_too_many_that_wait_are_an_overflow(self, source):
        gates = Gates()
        heard = Heard(source.pipe(map_async(gates, size=2)))
        emit(source, "abcd")
        assert heard.said == ["BufferOverflow"]

    async def test_an_empty_source_completes(self, source):
        heard = Heard(source.pipe(map_async(Gates())))
        source.on_completed()
        assert heard.said == ["|"]

    @pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"size": 0}, {"concurrency": 1.5}])
    async def test_wrong_arguments_are_refused_at_the_call(self, wrong):
        with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))} must be"):
            map_async(Gates(), **wrong)


@pytest.mark.asyncio
class TestAsyncIterables:
    async def test_a_loop_sees_every_value_and_the_end(self):
        values = [value async for value in reactivex.of(1, 2, 3).pipe(to_async_iterable())]
        assert values == [1, 2, 3]

    async def test_an_error_is_raised_in_the_loop_after_the_values_before_it(self, source):
        iterator = aiter(source.pipe(to_async_iterable()))
        first = asyncio.ensure_future(anext(iterator))
        await settle()
        emit(source, "ab")
        source.on_error(ValueError("over"))
        assert await first == "a"
        assert await anext(iterator) == "b"
        with pytest.raises(ValueError, match="over"):
            await anext(iterator)

    async def test_leaving_the_loop_disposes(self, source):
        iterator = aiter(source.pipe(to_async_iterable()))
        first = asyncio.ensure_future(anext(iterator))
        await settle()
        emit(source, "a")
        assert await first == "a"
        await iterator.aclose()
        assert source.observers == []

    @pytest.mark.parametrize(("rule", "left"), [("latest", ["c"]), ("drop_oldest", ["b", "c"])])
    async def test_a_slow_loop_loses_by_the_rule_and_counts_it(self, source, rule, left):
        counters = FlowCounters()
        iterable = source.pipe(to_async_iterable(size=2, rule=rule, counters=counters))
        iterator = aiter(iterable)
        first = asyncio.ensure_future(anext(iterator))
        await settle()
        emit(source, "abc")
        source.on_completed()
        seen = [await first] + [value async for value in iterator]
        assert seen == left
        assert counters.dropped == 3 - len(left)

    async def test_a_slow_loop_learns_of_an_overflow(self, source):
        iterator = aiter(source.pipe(to_async_iterable(size=1)))
        first = asyncio.ensure_future(anext(iterator))
        await settle()
        emit(source, "ab")
        assert await first == "a"
        with pytest.raises(BufferOverflow):
            await anext(iterator)

    async def test_an_async_iterable_becomes_a_stream(self):
        closed = []

        async def letters():
            try:
                yield "a"
                yield "b"
            finally:
                closed.append(True)

        heard = Heard(from_async_iterable(letters()))
        await settle()
        assert heard.said == ["a", "b", "|"]
        assert closed == [True]

    async def test_disposal_ends_an_iteration_that_waits(self):
        closed = asyncio.Event()

        async def silent():
            try:
                yield "a"
                await asyncio.get_running_loop().create_future()
            finally:
                closed.set()

        heard = Heard(from_async_iterable(silent()))
        await settle()
        heard.subscription.dispose()
        async with asyncio.timeout(5):
            await closed.wait()
        assert heard.said == ["a"]

    async def test_what_an_iterable_raises_is_the_error_of_the_stream(self):
        async def broken():
            yield "a"
            raise ValueError

        heard = Heard(from_async_iterable(broken()))
        await settle()
        assert heard.said == ["a", "ValueError"]

    async def test_wrong_arguments_are_refused_at_the_call(self):
        with pytest.raises(ConfigurationError, match="block"):
            to_async_iterable(rule="block")
        with pytest.raises(ConfigurationError, match="async iterable"):
            from_async_iterable([1])


class TestTime:
    def test_a_stamp_is_the_receipt_of_the_frame(self, source):
        receipts = iter([Receipt(10, 1), Receipt(20, 2)])
        heard = Heard(source.pipe(stamped(lambda: next(receipts))))
        emit(source, "ab")
        assert [(one.value, one.received_ns, one.session) for one in heard.said] == [
            ("a", 10, 1),
            ("b", 20, 2),
        ]

    def test_without_a_receipt_a_stamp_is_the_time_of_the_scheduler(self, clock, source):
        heard = Heard(source.pipe(stamped(scheduler=clock)))
        clock.advance_to(2.5)
        emit(source, "a")
        assert (heard.said[0].received_ns, heard.said[0].session) == (2_500_000_000, None)

    def test_latency_is_seconds_since_the_value_s_own_time(self, clock, source):
        heard = Heard(source.pipe(latency(time=lambda value: value, scheduler=clock)))
        clock.advance_to(10)
        emit(source, [EPOCH + timedelta(seconds=9.75), None, EPOCH + timedelta(seconds=11)])
        assert heard.said == [0.25, -1.0]

    def test_a_time_that_cannot_be_told_ends_the_stream(self, clock, source):
        heard = Heard(source.pipe(latency(scheduler=clock)))
        emit(source, ["no event"])
        assert heard.said == ["AttributeError"]

    def test_a_rate_counts_each_interval_also_a_silent_one(self, clock, source):
        heard = Heard(source.pipe(rate("2s", scheduler=clock)))
        emit(source, "abc")
        clock.advance_to(6)
        emit(source, "d")
        clock.advance_to(8)
        assert heard.said == [1.5, 0.0, 0.0, 0.5]
        heard.subscription.dispose()
        clock.advance_to(20)
        assert len(heard.said) == 4

    def test_silence_is_told_and_its_end(self, clock, source):
        told = []
        stale = source.pipe(stale_after("5s", scheduler=clock))
        subscription = stale.subscribe(lambda value: told.append((clock.clock, value)))
        for moment in (1, 4, 8):
            clock.advance_to(moment)
            emit(source, "a")
        clock.advance_to(20)
        emit(source, "b")
        clock.advance_to(30)
        assert told == [(1, False), (13, True), (20, False), (25, True)]
        subscription.dispose()
        assert source.observers == []

    def test_silence_from_the_beginning_is_told(self, clock, source):
        heard = Heard(source.pipe(stale_after(5, scheduler=clock)))
        clock.advance_to(5)
        assert heard.said == [True]

    @pytest.mark.parametrize("make", [stamped, latency, rate, stale_after])
    def test_errors_and_ends_pass(self, clock, make):
        for finish, said in ((Subject.on_completed, "|"), (None, "ValueError")):
            source = Subject()
            operator = make("1s", scheduler=clock) if make is stale_after else make(scheduler=clock)
            heard = Heard(source.pipe(operator))
            finish(source) if finish else source.on_error(ValueError())
            assert heard.said == [said]
            assert source.observers == []

    def test_wrong_arguments_are_refused_at_the_call(self):
        for wrong in (
            lambda: stamped(5),
            lambda: latency(time="now"),
            lambda: rate("soon"),
            lambda: stale_after(0),
        ):
            with pytest.raises(ConfigurationError, match="must be"):
                wrong()
