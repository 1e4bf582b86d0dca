"""Orders at the pace of the rate counter, in virtual time: one tick is one second.

The tier of these tests has room for two orders and decays by half a point a second, so that a
third passes after two seconds.
"""

from decimal import Decimal

import attrs
import pytest
from reactivex import testing
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken.core.rate_counter import RateCounter, Tier
from rxkraken.errors import BufferOverflow, ConfigurationError
from rxkraken.operators.throttle_orders import throttle_orders

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)
NARROW = Tier("narrow", 2, Decimal("0.5"), 5)


@attrs.frozen
class Order:
    name: str
    symbol: str = "A/B"
    points: float = 1


A, B, C, D, E = map(Order, "abcde")
OTHER = Order("x", "C/D")


@pytest.fixture
def clock():
    return testing.TestScheduler()


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


def through(clock, *messages, counter=NARROW, **kwargs):
    source = clock.create_hot_observable(*messages)
    return clock.start(lambda: source.pipe(throttle_orders(counter, **kwargs))).messages


class TestPace:
    def test_orders_pass_at_once_while_there_is_room(self, clock):
        assert through(clock, on_next(210, A), on_next(210, B)) == [
            on_next(210, A),
            on_next(210, B),
        ]

    def test_later_ones_pass_as_the_counter_decays_in_their_order(self, clock):
        messages = through(clock, *[on_next(210, order) for order in (A, B, C, D)])
        assert messages == [on_next(210, A), on_next(210, B), on_next(212, C), on_next(214, D)]

    def test_one_that_comes_while_others_wait_goes_behind_them(self, clock):
        messages = through(
            clock, on_next(210, A), on_next(210, B), on_next(210, C), on_next(211, D)
        )
        assert messages[2:] == [on_next(212, C), on_next(214, D)]

    def test_a_decayed_counter_has_room_again(self, clock):
        messages = through(
            clock, on_next(210, A), on_next(210, B), on_next(214, C), on_next(214, D)
        )
        assert messages[2:] == [on_next(214, C), on_next(214, D)]

    def test_pairs_do_not_wait_for_each_other(self, clock):
        messages = through(clock, *[on_next(210, order) for order in (A, B, C, OTHER)])
        assert messages == [*[on_next(210, order) for order in (A, B, OTHER)], on_next(212, C)]

    def test_two_pairs_that_wait_each_pass_in_their_time(self, clock):
        orders = [A, B, C, OTHER, OTHER]
        messages = through(
            clock,
            *[on_next(210, order) for order in orders],
            on_next(211, OTHER),
            on_next(211, OTHER),
        )
        assert messages[4:] == [on_next(212, C), on_next(212, OTHER), on_next(214, OTHER)]

    def test_the_cost_of_a_request_decides_how_long_it_waits(self, clock):
        messages = through(
            clock, on_next(210, A), on_next(210, Order("dear", points=2)), cost=lambda o: o.points
        )
        assert messages[1] == on_next(212, Order("dear", points=2))

    def test_the_pair_may_be_anything_a_request_holds(self, clock):
        requests = [{"pair": "A/B", "n": index} for index in range(3)]
        messages = through(
            clock, *[on_next(210, request) for request in requests], symbol=lambda r: r["pair"]
        )
        assert [message.time for message in messages] == [210, 210, 212]

    def test_the_documented_tiers_are_known_by_name(self, clock):
        messages = through(clock, *[on_next(210, A)] * 61, counter="starter")
        assert [message.time for message in messages] == [210] * 60 + [211]


class TestSharedCounter:
    def test_what_others_charge_counts(self, clock):
        counter, seen, subject = RateCounter(NARROW), [], Subject()
        throttled = subject.pipe(throttle_orders(counter, scheduler=clock))
        throttled.subscribe(lambda order: seen.append((clock.clock, order)))
        counter.charge("A/B", 2, now_ns=0)
        subject.on_next(A)
        clock.advance_to(1)
        counter.correct("A/B", 2, now_ns=1_000_000_000)  # the exchange knows better
        clock.advance_to(10)
        assert seen == [(3, A)]

    def test_a_counter_of_its_own_is_new_with_each_subscription(self, clock):
        subject, first, second = Subject(), [], []
        throttled = subject.pipe(throttle_orders(NARROW, scheduler=clock))
        throttled.subscribe(first.append)
        subject.on_next(A)
        subject.on_next(B)
        throttled.subscribe(second.append)
        subject.on_next(C)
        assert (first, second) == ([A, B], [C])


class TestPatience:
    def test_an_order_that_waited_too_long_is_given_up(self, clock):
        given_up = []
        messages = through(
            clock,
            *[on_next(210, order) for order in (A, B, C, D, E)],
            give_up_after="3s",
            given_up=lambda order: given_up.append((clock.clock, order)),
        )
        assert messages == [on_next(210, A), on_next(210, B), on_next(212, C)]
        assert [order for _, order in given_up] == [D, E]
        assert all(at == pytest.approx(213, abs=1e-3) for at, _ in given_up)

    def test_one_that_may_pass_at_the_last_moment_passes(self, clock):
        messages = through(clock, *[on_next(210, order) for order in (A, B, C)], give_up_after=2)
        assert messages[2] == on_next(212, C)

    def test_what_the_report_raises_ends_the_stream(self, clock):
        messages = through(
            clock,
            *[on_next(210, order) for order in (A, B, C)],
            give_up_after=1,
            given_up=lambda order: {}[order.name],
        )
        assert isinstance(messages[2].value.exception, KeyError)


class TestEnds:
    def test_what_waits_passes_before_the_end(self, clock):
        messages = through(clock, *[on_next(210, order) for order in (A, B, C)], on_completed(211))
        assert messages[2:] == [on_next(212, C), on_completed(212)]

    def test_an_end_with_nothing_waiting_passes_at_once(self, clock):
        assert through(clock, on_next(210, A), on_completed(211))[1] == on_completed(211)

    def test_the_end_comes_when_the_last_that_waits_is_given_up(self, clock):
        messages = through(
            clock, *[on_next(210, o) for o in (A, B, C)], on_completed(211), give_up_after=1
        )
        assert messages[2].time == pytest.approx(211, abs=1e-3)
        assert messages[2].value.kind == "C"

    def test_an_error_passes_at_once_and_takes_what_waits_with_it(self, clock):
        error = OSError("down")
        messages = through(clock, *[on_next(210, o) for o in (A, B, C)], on_error(211, error))
        assert messages[2:] == [on_error(211, error)]

    def test_a_disposal_cancels_the_timer_and_leaves_the_source(self, clock):
        subject, seen = Subject(), []
        subscription = subject.pipe(throttle_orders(NARROW, scheduler=clock)).subscribe(seen.append)
        for order in (A, B, C):
            subject.on_next(order)
        assert len(waiting(clock)) == 1
        subscription.dispose()
        assert waiting(clock) == []
        assert subject.observers == []
        clock.advance_to(10)
        assert seen == [A, B]

    def test_more_than_may_wait_ends_the_stream(self, clock):
        messages = through(clock, *[on_next(210, o) for o in (A, B, C, D)], size=1)
        error = messages[2].value.exception
        assert isinstance(error, BufferOverflow)
        assert str(error).startswith("A/B: 1 orders wait for the rate counter already")

    def test_room_to_wait_comes_back(self, clock):
        messages = through(
            clock, *[on_next(210, o) for o in (A, B, C)], on_next(213, D), on_next(215, E), size=1
        )
        assert [message.time for message in messages] == [210, 210, 212, 214, 216]

    def test_a_request_that_never_fits_ends_the_stream_with_a_sentence(self, clock):
        messages = through(clock, on_next(210, A), cost=lambda _: 3)
        assert str(messages[0].value.exception).startswith(
            "A/B: a transaction of 3 points never fits"
        )

    def test_what_a_function_raises_ends_the_stream(self, clock):
        messages = through(clock, on_next(210, {}))
        assert isinstance(messages[0].value.exception, AttributeError)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"counter": "gold"}, "tier must be one of"),
            ({"size": 0}, "size must be a whole number above zero, not 0"),
            ({"size": True}, "size must be a whole number above zero"),
            ({"give_up_after": 0}, "give_up_after must be a duration above zero"),
        ],
    )
    def test_wrong_ones_are_refused_by_name(self, arguments, sentence):
        with pytest.raises(ConfigurationError, match=f"^{sentence}"):
            throttle_orders(**arguments)
