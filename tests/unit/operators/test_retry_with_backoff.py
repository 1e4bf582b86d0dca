"""Subscribing again after a failure, in virtual time: one tick is one second."""

import pytest
import reactivex
from reactivex import testing
from reactivex.scheduler import ImmediateScheduler
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest

from rxkraken import ReconnectPolicy
from rxkraken.core.backoff import Retry
from rxkraken.errors import ConnectionLost
from rxkraken.operators import retry_with_backoff

on_next, on_error, on_completed = (
    ReactiveTest.on_next,
    ReactiveTest.on_error,
    ReactiveTest.on_completed,
)
DOWN = OSError("down")
POLICY = ReconnectPolicy(immediate=(1.0, 2.0), minimum=10.0, maximum=40.0, stable_after=30.0)


@pytest.fixture
def clock():
    return testing.TestScheduler()


def failing(clock, after=5):
    """Give a source that fails some seconds after each subscription."""
    return clock.create_cold_observable(on_error(after, DOWN))


def waiting(clock):
    """Give the timers that nobody has cancelled."""
    return [item for item, _ in clock._queue.items if not item.is_cancelled()]


def beginnings(source):
    return [subscription.subscribe for subscription in source.subscriptions]


def test_values_and_the_end_pass_while_nothing_fails(clock):
    source = clock.create_cold_observable(on_next(10, "a"), on_next(20, "b"), on_completed(30))
    result = clock.start(lambda: source.pipe(retry_with_backoff(POLICY)))
    assert result.messages == [on_next(210, "a"), on_next(220, "b"), on_completed(230)]
    assert beginnings(source) == [200]


def test_the_source_is_subscribed_again_after_the_delays_of_the_policy(clock):
    source = failing(clock)
    retried = source.pipe(retry_with_backoff(POLICY, chance=lambda: 0.5))
    clock.start(lambda: retried, disposed=300)
    # 5 s of life each, then 1 s, 2 s, 10 + half of (20 - 10), 10 + half of (40 - 10), the same
    assert beginnings(source) == [200, 206, 213, 233, 263, 293]


@pytest.mark.parametrize(("chance", "delay"), [(0.0, 10.0), (0.25, 12.5), (0.999, 19.99)])
def test_chance_chooses_between_the_shortest_and_the_longest_delay(clock, chance, delay):
    source = failing(clock)
    policy = ReconnectPolicy(immediate=(), minimum=10.0, maximum=40.0)
    retried = source.pipe(retry_with_backoff(policy, chance=lambda: chance))
    clock.start(lambda: retried, disposed=250)
    assert beginnings(source)[1] == pytest.approx(205 + delay)


def test_values_of_all_attempts_come_as_one_stream(clock):
    source = clock.create_cold_observable(on_next(1, "a"), on_next(2, "b"), on_error(3, DOWN))
    result = clock.start(lambda: source.pipe(retry_with_backoff(POLICY)), disposed=208)
    assert result.messages == [
        on_next(201, "a"),
        on_next(202, "b"),
        on_next(205, "a"),  # failed at 203, waited for 1 s
        on_next(206, "b"),
    ]


def test_a_stable_spell_starts_the_count_anew(clock):
    source = clock.create_cold_observable(on_next(1, "up"), on_error(31, DOWN))
    clock.start(lambda: source.pipe(retry_with_backoff(POLICY)), disposed=400)
    # Each attempt was well for exactly stable_after seconds: the delay is always the first one.
    assert beginnings(source) == [200, 232, 264, 296, 328, 360, 392]


def test_a_spell_that_is_too_short_does_not(clock):
    source = clock.create_cold_observable(on_next(2, "up"), on_error(31, DOWN))
    clock.start(lambda: source.pipe(retry_with_backoff(POLICY, chance=lambda: 0.0)), disposed=350)
    assert beginnings(source) == [200, 232, 265, 298, 331]


def test_a_spell_without_a_value_is_no_spell_of_health(clock):
    source = failing(clock, after=50)
    clock.start(lambda: source.pipe(retry_with_backoff(POLICY, chance=lambda: 0.0)), disposed=420)
    assert beginnings(source) == [200, 251, 303, 363]


def test_an_error_that_is_not_retryable_passes_at_once(clock):
    source = failing(clock)
    retried = source.pipe(retry_with_backoff(POLICY, retryable=lambda error: error is not DOWN))
    result = clock.start(lambda: retried)
    assert result.messages == [on_error(205, DOWN)]
    assert beginnings(source) == [200]


def test_in_maintenance_no_attempt_is_immediate(clock):
    source = failing(clock)
    retried = source.pipe(retry_with_backoff(POLICY, maintenance=lambda: True, chance=lambda: 0.0))
    clock.start(lambda: retried, disposed=240)
    assert beginnings(source) == [200, 215, 230]


def test_maintenance_is_asked_at_each_failure(clock):
    source = failing(clock)
    answers = iter([True, False, False])
    retried = source.pipe(
        retry_with_backoff(POLICY, maintenance=lambda: next(answers), chance=lambda: 0.0)
    )
    clock.start(lambda: retried, disposed=225)
    assert beginnings(source) == [200, 215, 222]


def test_the_budget_of_attempts_ends_the_stream_with_the_last_error(clock):
    source = failing(clock)
    policy = ReconnectPolicy(immediate=(1.0, 1.0), maximum_attempts=3)
    result = clock.start(lambda: source.pipe(retry_with_backoff(policy)))
    assert beginnings(source) == [200, 206, 212]
    assert result.messages == [on_error(217, DOWN)]


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (ConnectionLost("policy violation", code=1008), 1),
        (ConnectionLost("not found", code=404, handshake=True), 3),
    ],
)
def test_terminal_errors_end_the_stream(clock, error, attempts):
    source = clock.create_cold_observable(on_error(5, error))
    result = clock.start(lambda: source.pipe(retry_with_backoff()))
    assert len(beginnings(source)) == attempts
    assert [message.value.exception for message in result.messages] == [error]


def test_every_failure_is_told_with_the_coming_attempt(clock):
    told = []
    policy = ReconnectPolicy(immediate=(1.0, 2.0), maximum_attempts=3)

    def on_failure(error, again):
        told.append((clock.clock, error, again))

    retried = failing(clock).pipe(retry_with_backoff(policy, on_failure=on_failure))
    clock.start(lambda: retried)
    assert told == [
        (205, DOWN, Retry(attempt=1, delay=1.0)),
        (211, DOWN, Retry(attempt=2, delay=2.0)),
        (218, DOWN, None),
    ]


def test_an_error_that_is_not_retryable_is_told_without_a_coming_attempt(clock):
    told = []
    retried = failing(clock).pipe(
        retry_with_backoff(
            POLICY, retryable=lambda _: False, on_failure=lambda *what: told.append(what)
        )
    )
    clock.start(lambda: retried)
    assert told == [(DOWN, None)]


def test_a_disposal_during_a_delay_cancels_the_coming_attempt(clock):
    source = failing(clock)
    subscription = source.pipe(retry_with_backoff(POLICY, scheduler=clock)).subscribe()
    clock.advance_to(5.5)
    assert len(waiting(clock)) == 1
    subscription.dispose()
    assert waiting(clock) == []
    clock.advance_to(100)
    assert beginnings(source) == [0]


def test_a_disposal_while_the_source_lives_leaves_it(clock):
    source = clock.create_cold_observable(on_next(1, "a"), on_next(50, "b"))
    result = clock.start(lambda: source.pipe(retry_with_backoff(POLICY)), disposed=220)
    assert result.messages == [on_next(201, "a")]
    assert [(s.subscribe, s.unsubscribe) for s in source.subscriptions] == [(200, 220)]


def test_a_disposal_by_the_one_who_is_told_of_the_failure_holds(clock):
    source = failing(clock)
    subscription = reactivex.disposable.SerialDisposable()
    retried = source.pipe(
        retry_with_backoff(POLICY, on_failure=lambda *_: subscription.dispose(), scheduler=clock)
    )
    subscription.disposable = retried.subscribe()
    clock.start()
    assert beginnings(source) == [0]


def test_two_subscriptions_have_two_counts_of_failures(clock):
    source = failing(clock)
    retried = source.pipe(retry_with_backoff(POLICY, scheduler=clock))
    first = retried.subscribe(on_error=lambda _: None)
    clock.advance_to(7)
    second = retried.subscribe(on_error=lambda _: None)
    clock.advance_to(14)
    assert beginnings(source) == [0, 6, 7, 13, 13]
    first.dispose()
    second.dispose()


def test_a_scheduler_given_to_the_operator_goes_before_that_of_the_subscription(clock):
    other = testing.TestScheduler()
    source = failing(clock)
    source.pipe(retry_with_backoff(POLICY, scheduler=clock)).subscribe(
        on_error=lambda _: None, scheduler=other
    )
    clock.advance_to(6)
    assert beginnings(source) == [0, 6]


def test_a_source_that_fails_within_its_subscription_is_retried_on_any_scheduler():
    subject = Subject()
    immediate = ImmediateScheduler()
    attempts = iter([reactivex.throw(DOWN, immediate), reactivex.throw(DOWN, immediate), subject])
    seen = []
    reactivex.defer(lambda _: next(attempts)).pipe(
        retry_with_backoff(ReconnectPolicy(immediate=(0.0, 0.0)), scheduler=immediate)
    ).subscribe(seen.append)
    subject.on_next("up")
    assert seen == ["up"]


def test_refused_handshakes_are_counted_apart_from_broken_links(clock):
    broken, refused = ConnectionLost("broken"), ConnectionLost("no", code=403, handshake=True)
    failures = iter([broken, broken, broken, refused, refused, refused])
    source = reactivex.defer(lambda _: reactivex.throw(next(failures)))
    result = clock.start(lambda: source.pipe(retry_with_backoff()), disposed=2000)
    assert [message.value.exception for message in result.messages] == [refused]
    assert next(failures, None) is None
