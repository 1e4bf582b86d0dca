"""Laws of reconnecting: never too fast, never too slow, never more than the front end allows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rxkraken.core.backoff import Backoff, ConnectBudget, ReconnectPolicy
from rxkraken.errors import ConnectionLost

CODES = st.sampled_from([None, 1000, 1006, 1012, 1013, 400, 403, 429, 500, 503])
CHANCES = st.floats(0, 1, exclude_max=True)


@st.composite
def policies(draw):
    minimum = draw(st.floats(0.1, 10))
    return ReconnectPolicy(
        immediate=tuple(draw(st.lists(st.floats(0, 2), max_size=4))),
        drops=draw(st.integers(1, 12)),
        minimum=minimum,
        factor=draw(st.floats(1, 5)),
        maximum=minimum + draw(st.floats(0, 100)),
        stable_after=draw(st.floats(1, 60)),
        handshake_attempts=draw(st.integers(1, 4)),
        maximum_attempts=draw(st.none() | st.integers(1, 30)),
    )


@given(
    policies(),
    st.lists(st.tuples(CODES, CHANCES, st.booleans(), st.none() | st.floats(0, 100)), max_size=40),
)
@settings(max_examples=200)
def test_every_retry_is_within_its_bounds_and_counted(policy, spells):
    backoff, now, expected, refusals = Backoff(policy), 0.0, 0, 0
    for code, chance, maintenance, lived in spells:
        if lived is not None:  # else the attempt failed and nothing lived at all
            backoff.succeeded(now)
        began, now = now, now + (lived or 0)
        retry = backoff.failed(ConnectionLost("", code=code), now, chance, maintenance=maintenance)
        expected = 1 if lived is not None and now - began >= policy.stable_after else expected + 1
        refusals = refusals + 1 if code in {400, 403} else 0
        spent = policy.maximum_attempts is not None and expected >= policy.maximum_attempts
        if refusals >= policy.handshake_attempts or spent:
            assert retry is None
            break
        assert retry.attempt == expected
        handful = len(policy.immediate)
        quick = expected <= (max(handful, policy.drops) if lived is not None else handful)
        if code == 429:
            assert retry.delay == 600
        elif quick and handful and not maintenance and code not in {503, 1013}:
            assert retry.delay == policy.immediate[min(expected, handful) - 1]
        else:
            assert policy.minimum <= retry.delay <= policy.maximum


@given(policies(), CHANCES, st.booleans())
def test_the_longest_delay_never_shrinks_with_the_attempts(policy, chance, slow):
    first = 1 if slow else len(policy.immediate) + 1
    delays = [policy.delay(attempt, chance, slow=slow) for attempt in range(first, first + 80)]
    assert delays == sorted(delays)
    assert delays[-1] <= policy.maximum


@given(
    st.integers(1, 6),
    st.floats(1, 600),
    st.lists(st.sampled_from([0.0, 0.0, 0.1, 5.0, 300.0]) | st.floats(0, 700), max_size=60),
)
@settings(max_examples=300)
def test_no_window_ever_holds_more_attempts_than_the_limit(limit, window, pauses):
    budget, now, attempts = ConnectBudget(limit, window), 1000.0, []
    for pause in pauses:
        now += pause
        wait = budget.reserve(now)
        assert wait >= 0
        attempts.append(now + wait)
    assert attempts == sorted(attempts)
    for index, at in enumerate(attempts[limit:]):
        assert at - attempts[index] >= window * (1 - 1e-9), "one too many in this window"


@given(st.integers(1, 6), st.floats(1, 600), st.lists(st.floats(0, 700), max_size=60))
def test_nobody_waits_without_need(limit, window, pauses):
    budget, now, attempts = ConnectBudget(limit, window), 1000.0, []
    for pause in pauses:
        now += pause
        wait = budget.reserve(now)
        recent = [at for at in attempts if at > now - window]
        if len(recent) < limit:
            assert wait == 0
        attempts.append(now + wait)
