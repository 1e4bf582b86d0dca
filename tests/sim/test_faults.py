"""What goes wrong on purpose, and its journal."""

import json

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Fault, Faults

WRONG_TEXT = b"CloudFlare WebSocket proxy restarting"


def updates(open_desk, *plan, seed=0, seconds=5, channel="book"):
    """Frames of two symbols while the plan is at work, and the journal."""
    symbols = ["BTC/USD", "ETH/USD"]
    desk = open_desk(symbols, faults=Faults(plan, seed=seed) if plan else None)
    client = desk.client()
    client.ask("subscribe", channel=channel, symbol=symbols, snapshot=False)
    client.taken()
    desk.advance(seconds)
    frames = [frame for frame in client.taken() if b"heartbeat" not in frame]
    return frames, list(desk.injector.journal)


def of_symbol(frames, symbol):
    return [frame for frame in frames if f'"symbol":"{symbol}"'.encode() in frame]


def test_every_nth_update_of_a_symbol_is_lost_and_the_others_are_untouched(open_desk):
    whole, _ = updates(open_desk)
    broken, journal = updates(open_desk, Fault(kind="drop", symbol="BTC/USD", every=10))
    btc = of_symbol(whole, "BTC/USD")
    assert len(btc) > 100
    kept = [frame for number, frame in enumerate(btc, 1) if number % 10]
    assert of_symbol(broken, "BTC/USD") == kept
    assert of_symbol(broken, "ETH/USD") == of_symbol(whole, "ETH/USD")
    assert {(i.kind, i.channel, i.symbol, i.number % 10) for i in journal} == {
        ("drop", "book", "BTC/USD", 0)
    }
    assert len(journal) == len(btc) // 10


def test_a_probability_is_seeded(open_desk):
    fault = Fault(kind="drop", probability=0.2)
    one, journal = updates(open_desk, fault, seed=1)
    assert one == updates(open_desk, fault, seed=1)[0]
    assert one != updates(open_desk, fault, seed=2)[0]
    whole, _ = updates(open_desk)
    assert len(journal) == len(whole) - len(one)
    assert len(journal) == pytest.approx(0.2 * len(whole), rel=0.35)


def test_the_nth_checksum_is_wrong_and_only_that(open_desk):
    whole, _ = updates(open_desk)
    fault = Fault(kind="corrupt_checksum", symbol="ETH/USD", nth=3)
    broken, (incident,) = updates(open_desk, fault)
    different = [
        (json.loads(one), json.loads(other))
        for one, other in zip(whole, broken, strict=True)
        if one != other
    ]
    ((good, bad),) = different
    assert good["data"][0].pop("checksum") != bad["data"][0].pop("checksum")
    assert good == bad
    assert (incident.kind, incident.symbol, incident.number) == ("corrupt_checksum", "ETH/USD", 3)
    assert incident.timestamp_ns > 0


def test_a_text_that_is_not_json_comes_between_the_updates(open_desk):
    whole, _ = updates(open_desk)
    broken, journal = updates(open_desk, Fault(kind="non_json", every=50))
    assert broken.count(WRONG_TEXT) == len(journal) == len(whole) // 50 > 0
    assert [frame for frame in broken if frame != WRONG_TEXT] == whole


def test_a_fault_stops_after_so_many_times(open_desk):
    _, journal = updates(open_desk, Fault(kind="drop", every=5, times=2))
    assert [incident.number for incident in journal] == [5, 10]


def test_a_fault_may_aim_at_another_channel_or_at_all(open_desk):
    whole, _ = updates(open_desk, channel="trade")
    lost, journal = updates(open_desk, Fault(kind="drop", channel="trade", nth=1), channel="trade")
    assert lost == whole[1:]
    assert journal[0].channel == "trade"
    nothing, _ = updates(open_desk, Fault(kind="drop", channel=None), channel="trade")
    assert nothing == []


def test_faults_that_were_injected_later_count_from_then_on(open_desk):
    desk = open_desk(["BTC/USD"])
    client = desk.client()
    client.ask("subscribe", channel="book", symbol=["BTC/USD"])
    desk.advance(1)
    desk.injector.add(Fault(kind="drop", nth=1))
    client.taken()
    desk.advance(1)
    assert len(desk.injector.journal) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "explode"}, "Fault.kind must be one of"),
        ({"kind": "drop", "every": 0}, "Fault.every must be at least 1"),
        ({"kind": "drop", "probability": 2}, "from 0 to 1"),
        ({"kind": "corrupt_checksum", "channel": "trade"}, "'book' or 'level3' only"),
        ({"kind": "refuse", "status": 200}, "HTTP status"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(arguments, words):
    with pytest.raises(ConfigurationError, match=words):
        Fault(**arguments)


def test_a_plan_holds_faults_only():
    with pytest.raises(ConfigurationError, match="list of Fault objects"):
        Faults(["drop"])
