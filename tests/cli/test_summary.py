"""Counters are folded from frames, books and lifecycle events."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxkraken.cli.summary import COUNTERS, Summary, fold
from rxkraken.cli.wording import sentence
from rxkraken.models import (
    Connected,
    Connecting,
    Disconnected,
    Frame,
    Gap,
    Resynced,
    SubscriptionRejected,
    Topic,
)

TOPIC = Topic("book", "BTC/USD", (("depth", 10),))


def summed(*events):
    summary = Summary()
    for event in events:
        summary = fold(summary, event)
    return summary


@pytest.mark.parametrize(
    ("event", "counter"),
    [
        (Frame(0, 1, "in", b"{}"), "frames"),
        (Gap(TOPIC, "BTC/USD: checksum 1 of the book differs from 2", 1, 0.0), "checksum_failures"),
        (Resynced(TOPIC, 1), "resyncs"),
        (Frame(0, 1, "out", b"{}"), None),
        (Gap(TOPIC, "BTC/USD: no snapshot came", 1, 0.0), None),
        (SubscriptionRejected(TOPIC, 1, "no"), None),
        (Connected("ws://a", 1), None),
        ("anything else", None),
    ],
)
def test_an_event_raises_its_counter_by_one_and_no_other(event, counter):
    expected = {name: int(name == counter) for name in COUNTERS}
    assert summed(event).counters() == expected


@pytest.mark.parametrize("verified", [True, False])
def test_only_verified_books_are_counted(make_book, verified):
    book = make_book([("1.0", "2.0")], [("1.1", "2.0")], verified=verified)
    assert summed(book).counters() == {**Summary().counters(), "books_verified": int(verified)}


def test_the_counters_come_in_the_order_of_the_contract():
    assert list(Summary().counters()) == [
        "frames",
        "books_verified",
        "checksum_failures",
        "resyncs",
        "reconnects",
    ]


def test_a_connection_that_never_was_open_is_not_reconnected():
    events = [
        Connecting("ws://a", 1, 1),
        Disconnected("ws://a", 1, "no", None, 0.0),
        Connecting("ws://a", 2, 2),
        Connected("ws://a", 2),
    ]
    assert summed(*events).reconnects == 0


def test_a_socket_closed_on_purpose_is_not_reconnected():
    events = [
        Connected("ws://a", 1),
        Disconnected("ws://a", 1, "closed by us", 1000, None),
        Connected("ws://a", 2),
    ]
    assert summed(*events).reconnects == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["fail", "open", "break"]))))
def test_reconnects_are_the_opens_that_follow_a_break_of_the_same_address(actions):
    events, history, live = [], {"a": "", "b": ""}, {"a": None, "b": None}
    for session, (url, action) in enumerate(actions, 1):
        if action == "open" and live[url] is None:
            live[url] = session
            events.append(Connected(url, session))
        elif action == "break" and live[url] is not None:
            events.append(Disconnected(url, live[url], "broken", 1006, 0.0))
            live[url] = None
        elif action == "fail" and live[url] is None:
            events.append(Disconnected(url, session, "refused", None, 1.0))
        else:
            continue
        history[url] += action[0]
    expected = sum(len(re.findall("bf*o", text)) for text in history.values())
    assert summed(*events).reconnects == expected


def test_the_sentence_names_every_counter():
    summary = Summary(1200, 1, 0, 2, 3)
    assert sentence(summary) == (
        "1,200 frames, 1 book verified, 0 checksum failures, 2 resyncs, 3 reconnects."
    )
