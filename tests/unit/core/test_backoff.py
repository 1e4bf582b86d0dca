"""When to try again, and when never: the rules of spec ``connection`` §5 and §6."""

import math

import attrs
import pytest

from rxkraken.core.backoff import Backoff, ConnectBudget, ReconnectPolicy, Retry
from rxkraken.errors import ConfigurationError, ConnectionLost

CHANCES = (0.0, 0.3, 0.999999)


def lost(code=None, *, handshake=False):
    return ConnectionLost("gone", code=code, handshake=handshake)


def failures(backoff, *codes, start=0.0, chance=0.5, **kwargs):
    """What follows each of several failures, a second apart."""
    return [
        backoff.failed(lost(code), start + at, chance, **kwargs) for at, code in enumerate(codes)
    ]


@pytest.fixture
def backoff():
    return Backoff(ReconnectPolicy())


class TestDelays:
    @pytest.mark.parametrize(
        ("attempt", "shortest", "longest"),
        [
            (1, 0, 0),
            (2, 0, 0),
            (3, 1, 1),
            (4, 5, 10),
            (5, 5, 20),
            (6, 5, 40),
            (7, 5, 60),
            (8, 5, 60),
            (1000, 5, 60),
            (10**9, 5, 60),
        ],
    )
    def test_a_handful_at_once_then_growing_and_drawn_between_two_bounds(
        self, attempt, shortest, longest
    ):
        policy = ReconnectPolicy()
        assert policy.delay(attempt, 0.0) == shortest
        assert policy.delay(attempt, 1.0) == longest
        assert policy.delay(attempt, 0.5) == (shortest + longest) / 2

    def test_in_maintenance_never_below_the_minimum_and_growing_from_the_first(self):
        policy = ReconnectPolicy()
        ceilings = [policy.delay(attempt, 1.0, slow=True) for attempt in range(1, 8)]
        assert ceilings == [10, 20, 40, 60, 60, 60, 60]
        assert {policy.delay(attempt, 0.0, slow=True) for attempt in range(1, 50)} == {5}

    def test_two_clients_that_fell_together_do_not_return_together(self):
        policy = ReconnectPolicy()
        delays = {policy.delay(6, chance / 100) for chance in range(100)}
        assert len(delays) == 100

    def test_without_immediate_attempts_the_first_waits_too(self):
        policy = ReconnectPolicy(immediate=(), minimum=2.0, maximum=3.0)
        assert [policy.delay(attempt, 1.0) for attempt in (1, 2)] == [3, 3]

    def test_the_steepest_growth_overflows_nothing(self):
        policy = ReconnectPolicy(factor=100.0, maximum=1e6)
        assert policy.delay(10**6, 1.0) == 1e6

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("minimum", 0, "ReconnectPolicy.minimum must be above 0, not 0"),
            ("minimum", -1.5, "ReconnectPolicy.minimum must be above 0, not -1.5"),
            ("minimum", math.nan, "ReconnectPolicy.minimum must be above 0, not nan"),
            ("stable_after", 0, "ReconnectPolicy.stable_after must be above 0, not 0"),
            ("factor", 0.5, "ReconnectPolicy.factor must be from 1 to 100.0, not 0.5"),
            ("factor", 1e9, "ReconnectPolicy.factor must be from 1 to 100.0, not 1000000000.0"),
            ("factor", math.nan, "ReconnectPolicy.factor must be from 1 to 100.0, not nan"),
            ("maximum", 4.0, "ReconnectPolicy.maximum must not be below minimum=5.0, not 4.0"),
            ("maximum", math.nan, "ReconnectPolicy.maximum must not be below minimum=5.0, not nan"),
            (
                "handshake_attempts",
                0,
                "ReconnectPolicy.handshake_attempts must be at least 1, not 0",
            ),
            ("drops", 0, "ReconnectPolicy.drops must be at least 1, not 0"),
            ("maximum_attempts", 0, "ReconnectPolicy.maximum_attempts must be at least 1, not 0"),
            (
                "immediate",
                (-1.0,),
                "ReconnectPolicy.immediate must be a tuple of seconds, none below 0, not (-1.0,)",
            ),
            (
                "immediate",
                0.0,
                "ReconnectPolicy.immediate must be a tuple of seconds, none below 0, not 0.0",
            ),
        ],
    )
    def test_a_policy_that_makes_no_sense_is_refused_in_a_sentence(self, name, value, sentence):
        with pytest.raises(ConfigurationError) as refused:
            ReconnectPolicy(**{name: value})
        assert str(refused.value) == sentence

    def test_a_policy_cannot_change(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            ReconnectPolicy().minimum = 0.1


class TestFailures:
    def test_random_drops_follow_the_delays(self, backoff):
        retries = failures(backoff, None, 1006, 1001, 1012, 1000)
        assert retries == [Retry(1, 0), Retry(2, 0), Retry(3, 1), Retry(4, 7.5), Retry(5, 12.5)]

    @pytest.mark.parametrize("error", [OSError("no route"), TimeoutError(), ValueError("odd")])
    def test_errors_of_any_kind_are_tried_again(self, backoff, error):
        assert backoff.failed(error, 0.0, 0.5) == Retry(1, 0.0)

    def test_a_connection_that_does_not_last_counts_on(self, backoff):
        for at in range(4):
            backoff.succeeded(at * 10.0)
            retry = backoff.failed(lost(1006), at * 10.0 + 9.0, 0.5)
        assert retry == Retry(4, 1.0)

    def test_drops_are_answered_at_once_until_there_are_too_many_in_a_row(self, backoff):
        delays = []
        for at in range(12):
            backoff.succeeded(at * 10.0)
            delays.append(backoff.failed(lost(1006), at * 10.0 + 9.0, 0.0).delay)
        assert delays == [0, 0] + [1] * 8 + [5, 5]

    def test_an_attempt_that_fails_tells_of_downtime_and_a_drop_does_not(self, backoff):
        assert [retry.delay for retry in failures(backoff, *[None] * 4, chance=0.0)] == [0, 0, 1, 5]
        backoff.succeeded(10.0)
        assert backoff.failed(lost(1006), 11.0, 0.0) == Retry(5, 1.0)
        assert backoff.failed(lost(), 12.0, 0.0) == Retry(6, 5.0)

    @pytest.mark.parametrize(("lived", "attempt"), [(29.999, 4), (30.0, 1), (3600.0, 1)])
    def test_the_count_begins_anew_only_after_a_stable_spell(self, backoff, lived, attempt):
        failures(backoff, None, None, None)
        backoff.succeeded(100.0)
        assert backoff.failed(lost(1006), 100.0 + lived, 0.5).attempt == attempt

    def test_a_spell_is_measured_from_its_first_success(self, backoff):
        failures(backoff, None, None, None)
        for at in (100.0, 110.0, 129.0):
            backoff.succeeded(at)
        assert backoff.failed(lost(1006), 130.0, 0.5).attempt == 1

    def test_a_spell_counts_once(self, backoff):
        backoff.succeeded(0.0)
        assert [retry.attempt for retry in failures(backoff, None, None, start=1000.0)] == [1, 2]

    @pytest.mark.parametrize("before", [(), (1006, 1006)])
    def test_a_violated_policy_ends_it(self, backoff, before):
        assert failures(backoff, *before, 1008)[-1] is None

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_a_refused_handshake_ends_it_after_a_few_tries_in_a_row(self, backoff, status):
        assert failures(backoff, status, status, status) == [Retry(1, 0), Retry(2, 0), None]

    def test_drops_before_do_not_use_up_the_tries_of_a_handshake(self, backoff):
        retries = failures(backoff, 1006, 1006, 1006, 1006, 403, 1006, 403, 403, 403)
        assert [retry is None for retry in retries] == [False] * 8 + [True]

    def test_the_tries_of_a_handshake_can_be_chosen(self):
        assert failures(Backoff(ReconnectPolicy(handshake_attempts=1)), 404) == [None]

    def test_an_address_that_is_banned_waits_for_ten_minutes(self, backoff):
        for chance in CHANCES:
            assert backoff.failed(lost(429, handshake=True), 0.0, chance).delay == 600

    @pytest.mark.parametrize("code", [503, 1013])
    def test_an_unavailable_exchange_is_never_hurried(self, backoff, code):
        delays = [retry.delay for retry in failures(backoff, *[code] * 6, chance=0.0)]
        assert delays == [5] * 6

    def test_in_maintenance_nothing_is_immediate(self, backoff):
        retries = failures(backoff, 1006, None, 1001, chance=0.0, maintenance=True)
        assert [retry.delay for retry in retries] == [5, 5, 5]
        assert [retry.attempt for retry in retries] == [1, 2, 3]

    @pytest.mark.parametrize("code", [500, 502, 504, 520])
    def test_other_statuses_are_transient(self, backoff, code):
        assert all(failures(backoff, *[code] * 20))

    @pytest.mark.parametrize("attempts", [1, 3])
    def test_attempts_can_be_limited(self, attempts):
        backoff = Backoff(ReconnectPolicy(maximum_attempts=attempts))
        retries = failures(backoff, *[None] * attempts)
        assert [retry is None for retry in retries] == [False] * (attempts - 1) + [True]

    def test_a_limit_is_of_attempts_in_a_row(self):
        backoff = Backoff(ReconnectPolicy(maximum_attempts=3))
        for at in range(0, 1000, 100):
            backoff.succeeded(float(at))
            assert all(failures(backoff, None, None, start=at + 50.0))

    def test_without_a_limit_it_never_gives_up(self, backoff):
        assert all(failures(backoff, *[None] * 2000))


class TestBudget:
    def test_the_budget_is_that_of_the_specification(self):
        budget = ConnectBudget()
        assert [budget.reserve(0.0) for _ in range(121)] == [0.0] * 120 + [600.0]

    def test_waits_are_counted_at_the_moment_they_end(self):
        budget = ConnectBudget(limit=2, window=10.0)
        assert [budget.reserve(at) for at in (0.0, 4.0, 5.0, 5.0, 5.0)] == [0, 0, 5, 9, 15]

    def test_an_idle_window_frees_everything(self):
        budget = ConnectBudget(limit=3, window=10.0)
        for _ in range(3):
            budget.reserve(0.0)
        assert [budget.reserve(100.0) for _ in range(4)] == [0, 0, 0, 10]

    @pytest.mark.parametrize(("limit", "window"), [(0, 600.0), (-1, 600.0), (120, 0.0), (1, -5.0)])
    def test_a_budget_that_allows_nothing_is_refused(self, limit, window):
        with pytest.raises(ConfigurationError, match="ConnectBudget needs a limit of at least 1"):
            ConnectBudget(limit, window)


def test_links_that_come_about_again_at_once_are_answered_at_once_though_they_drop_often():
    backoff = Backoff(ReconnectPolicy())
    delays = []
    for moment in range(0, 33, 3):
        backoff.succeeded(moment)
        delays.append(backoff.failed(ConnectionLost("broken"), moment + 2, 0.0).delay)
    assert delays == [0.0, 0.0, *[1.0] * 8, 5.0]


def test_an_attempt_that_fails_tells_of_downtime_whatever_came_before():
    backoff = Backoff(ReconnectPolicy())
    for _ in range(4):
        backoff.succeeded(0.0)
        backoff.failed(ConnectionLost("broken"), 1.0, 0.0)
    assert backoff.failed(ConnectionLost("refused", handshake=True), 2.0, 0.0).delay == 5.0
