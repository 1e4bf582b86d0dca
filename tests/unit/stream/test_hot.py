"""The hot stream itself: connected while somebody listens, and an Observable like any other."""

import pytest
import reactivex
from reactivex import operators as ops
from reactivex.disposable import Disposable
from reactivex.observer import Observer
from reactivex.subject import Subject

from rxkraken.models import SubscriberDetached
from rxkraken.stream.hot import Hot
from rxkraken.stream.memory import Latest
from rxkraken.stream.subject import HotSubject

from .exchange import Listener, settled


class Source:
    """Counts how often it is connected and disconnected, and lets the test speak through it."""

    def __init__(self, *, at_once=()):
        self.connected = 0
        self.disconnected = 0
        self.subject = None
        self.at_once = at_once

    def connect(self, subject):
        self.connected += 1
        self.subject = subject
        for value in self.at_once:
            subject.on_next(value)

        def disconnect():
            self.disconnected += 1

        return Disposable(disconnect)


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def reports():
    return []


@pytest.fixture
def hot(source, reports):
    return Hot("stream", source.connect, reports.append)


def test_it_connects_for_the_first_and_disconnects_after_the_last(source, hot):
    assert source.connected == 0
    first, second = Listener(hot), Listener(hot)
    assert source.connected == 1
    first.dispose()
    assert source.disconnected == 0
    second.dispose()
    assert source.disconnected == 1
    assert not hot.connected


def test_it_connects_anew_after_the_last_has_left(source, hot):
    Listener(hot).dispose()
    Listener(hot)
    assert source.connected == 2


@pytest.mark.parametrize("end", ["on_completed", "on_error"])
def test_it_connects_anew_after_its_end(source, hot, end):
    first = Listener(hot)
    source.subject.on_error(OSError()) if end == "on_error" else source.subject.on_completed()
    assert first.ended
    assert source.disconnected == 1
    second = Listener(hot)
    source.subject.on_next(1)
    assert second.values == [1]
    assert source.connected == 2


def test_a_source_that_speaks_while_it_is_connected_is_heard():
    source = Source(at_once=(1, 2))
    assert Listener(Hot("stream", source.connect, print)).values == [1, 2]


def test_one_that_leaves_while_it_is_being_connected_leaves_no_source():
    source = Source(at_once=(1, 2))
    listener = Listener(Hot("stream", source.connect, print).pipe(ops.take(1)))
    assert listener.values == [1]
    assert source.disconnected == 1


def test_a_source_that_cannot_be_connected_can_be_tried_again(source, reports):
    attempts = iter([RuntimeError("not now")])

    def connect(subject):
        for error in attempts:
            raise error
        return source.connect(subject)

    hot = Hot("stream", connect, reports.append)
    with pytest.raises(RuntimeError, match="not now"):
        hot.subscribe()
    listener = Listener(hot)
    source.subject.on_next(1)
    assert listener.values == [1]


def test_an_observer_object_is_as_good_as_functions(source, hot):
    seen = []
    hot.subscribe(Observer(seen.append, seen.append, lambda: seen.append("end")))
    source.subject.on_next(1)
    source.subject.on_completed()
    assert seen == [1, "end"]


def test_a_subject_can_listen(source, hot):
    relay = Subject()
    listener = Listener(relay)
    hot.subscribe(relay)
    source.subject.on_next(1)
    source.subject.on_completed()
    assert (listener.values, listener.completed) == ([1], True)


def test_operators_and_combinations_work_as_with_any_observable(source, reports):
    other_source = Source()
    hot = Hot("one", source.connect, reports.append)
    other = Hot("other", other_source.connect, reports.append)
    sums = hot.pipe(ops.combine_latest(other), ops.starmap(lambda a, b: a + b))
    listener = Listener(sums)
    merged = Listener(reactivex.merge(hot, other))
    source.subject.on_next(1)
    other_source.subject.on_next(10)
    source.subject.on_next(2)
    assert listener.values == [11, 12]
    assert merged.values == [1, 10, 2]
    listener.dispose()
    merged.dispose()
    assert (source.disconnected, other_source.disconnected) == (1, 1)


async def test_a_stream_can_be_awaited(source, hot):
    import asyncio

    waiting = asyncio.ensure_future(_last(hot))
    await settled()
    source.subject.on_next(1)
    source.subject.on_next(2)
    source.subject.on_completed()
    assert await waiting == 2


async def _last(stream):
    return await stream


def test_one_that_raises_is_disposed_and_reported_once(source, hot, reports):
    careless, careful = Listener(hot, raise_on=1), Listener(hot)
    source.subject.on_next(1)
    source.subject.on_next(2)
    source.subject.on_completed()
    assert (careless.values, careless.completed) == ([1], False)
    assert (careful.values, careful.completed) == ([1, 2], True)
    assert reports == [SubscriberDetached("stream", "RuntimeError: a careless subscriber")]


def test_an_interrupt_of_the_user_is_no_fault_of_the_subscriber(source, hot, reports):
    def interrupted(_):
        raise KeyboardInterrupt

    hot.subscribe(interrupted)
    with pytest.raises(KeyboardInterrupt):
        source.subject.on_next(1)
    assert reports == []


def test_complete_ends_it_for_all(source, hot):
    first, second = Listener(hot), Listener(hot)
    hot.complete()
    assert (first.completed, second.completed) == (True, True)
    assert source.disconnected == 1
    hot.complete()
    assert source.disconnected == 1


class TestMemory:
    @pytest.fixture
    def remembering(self, source, reports):
        return Hot("stream", source.connect, reports.append, memory=Latest())

    def test_the_late_get_what_is_remembered_before_what_comes(self, source, remembering):
        Listener(remembering)
        source.subject.on_next(1)
        late = Listener(remembering)
        source.subject.on_next(2)
        assert late.values == [1, 2]

    def test_nothing_is_remembered_of_an_earlier_connection(self, source, remembering):
        first = Listener(remembering)
        source.subject.on_next(1)
        first.dispose()
        assert Listener(remembering).values == []

    def test_what_is_forgotten_reaches_nobody(self, source, remembering):
        Listener(remembering)
        source.subject.on_next(1)
        remembering.forget()
        assert Listener(remembering).values == []


class TestLinger:
    @pytest.fixture
    def lingering(self, source, reports):
        return Hot("stream", source.connect, reports.append, linger=5.0)

    async def test_the_source_outlives_the_last_for_a_while(self, source, lingering):
        Listener(lingering).dispose()
        await settled(4.9)
        assert source.disconnected == 0
        await settled(0.2)
        assert source.disconnected == 1

    async def test_one_who_comes_meanwhile_keeps_it(self, source, lingering):
        Listener(lingering).dispose()
        await settled(4.9)
        listener = Listener(lingering)
        await settled(60)
        assert (source.connected, source.disconnected) == (1, 0)
        listener.dispose()
        await settled(4.9)
        assert source.disconnected == 0
        await settled(0.2)
        assert source.disconnected == 1

    async def test_an_end_meanwhile_is_an_end(self, source, lingering):
        Listener(lingering).dispose()
        source.subject.on_completed()
        await settled(60)
        assert source.disconnected == 1


class TestHotSubject:
    def test_the_late_learn_of_the_end(self):
        subject = HotSubject("stream", print)
        subject.on_completed()
        assert Listener(subject).completed

    def test_the_late_learn_of_the_error(self):
        subject = HotSubject("stream", print)
        error = OSError("down")
        subject.on_error(error)
        assert Listener(subject).error is error

    def test_nothing_comes_after_the_end(self):
        subject = HotSubject("stream", print)
        listener = Listener(subject)
        subject.on_completed()
        subject.on_next(1)
        subject.on_error(OSError())
        assert (listener.values, listener.error) == ([], None)

    def test_the_end_is_told_before_the_subscribers_learn_of_it(self):
        subject = HotSubject("stream", print)
        order = []
        subject.ended = lambda: order.append("ended")
        subject.subscribe(on_completed=lambda: order.append("subscriber"))
        subject.on_completed()
        assert order == ["ended", "subscriber"]


def test_anything_in_the_shape_of_an_observer_is_one(source, hot):
    class Shape:
        def __init__(self):
            self.seen = []

        def on_next(self, value):
            self.seen.append(value)

        def on_error(self, error):
            self.seen.append(error)

        def on_completed(self):
            self.seen.append("end")

    shape = Shape()
    hot.subscribe(shape)
    source.subject.on_next(1)
    source.subject.on_completed()
    assert shape.seen == [1, "end"]
