"""What faults do to messages, seen by a client at the other end of a socket."""

import json

import pytest

from rxkraken.sim import Fault, Faults

pytestmark = pytest.mark.asyncio


def only_difference(whole, broken):
    """The one message that is another one."""
    ((good, bad),) = [
        (json.loads(one), json.loads(other))
        for one, other in zip(whole, broken, strict=True)
        if one != other
    ]
    return good, bad


async def test_a_dropped_message_is_missing_and_nothing_else(compared):
    whole, broken, (incident,) = await compared(Fault(kind="drop", nth=3))
    assert broken == whole[:2] + whole[3:]
    assert (incident.kind, incident.endpoint, incident.channel) == ("drop", "public", "book")
    assert (incident.symbol, incident.number) == ("BTC/USD", 3)


async def test_a_duplicated_message_comes_twice(compared):
    whole, broken, journal = await compared(Fault(kind="duplicate", nth=3))
    assert broken == [*whole[:3], whole[2], *whole[3:]]
    assert len(journal) == 1


async def test_a_reordered_message_comes_after_the_next_one_of_its_symbol(compared):
    symbols = ("BTC/USD", "ETH/USD")
    fault = Fault(kind="reorder", symbol="BTC/USD", nth=4)
    whole, broken, _ = await compared(fault, symbols=symbols)
    btc = [text for text in whole if "BTC/USD" in text]
    btc[3], btc[4] = btc[4], btc[3]
    assert [text for text in broken if "BTC/USD" in text] == btc
    assert [text for text in broken if "ETH" in text] == [text for text in whole if "ETH" in text]


async def test_a_delayed_message_comes_later_than_its_followers(compared):
    whole, broken, _ = await compared(Fault(kind="delay", nth=2, seconds=1))
    assert sorted(broken) == sorted(whole)
    assert broken != whole
    assert broken.index(whole[1]) > 20


async def test_a_truncated_message_is_half_and_no_json(compared):
    whole, broken, _ = await compared(Fault(kind="truncate", nth=2))
    assert broken[1] == whole[1][: len(whole[1]) // 2]
    assert broken[:1] + broken[2:] == whole[:1] + whole[2:]
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken[1])


async def test_a_text_that_is_not_json_comes_before_the_message(compared):
    whole, broken, _ = await compared(Fault(kind="non_json", nth=2))
    assert broken == [whole[0], "CloudFlare WebSocket proxy restarting", *whole[1:]]


async def test_an_oversized_message_is_large_but_says_the_same(compared):
    whole, broken, _ = await compared(Fault(kind="oversize", nth=2, size=9 << 20))
    assert len(broken[1]) == 9 << 20
    assert [json.loads(text) for text in broken] == [json.loads(text) for text in whole]


async def test_a_corrupted_quantity_leaves_everything_else_as_it_was(compared, decode_texts):
    whole, broken, _ = await compared(Fault(kind="corrupt_quantity", nth=2))
    assert broken[0] == whole[0]
    assert broken[2:] == whole[2:]
    good, bad = (decode_texts(texts[1])["data"][0] for texts in (whole, broken))
    levels = [
        (one, other)
        for side in ("bids", "asks")
        for one, other in zip(good.pop(side), bad.pop(side), strict=True)
        if one != other
    ]
    ((right, wrong),) = levels
    assert right["price"] == wrong["price"]
    assert right["qty"] != wrong["qty"]
    assert good == bad


async def test_a_wrong_checksum_is_the_only_difference(compared):
    good, bad = only_difference(*(await compared(Fault(kind="corrupt_checksum", nth=2)))[:2])
    assert good["data"][0].pop("checksum") != bad["data"][0].pop("checksum")
    assert good == bad


async def test_a_missing_checksum_is_the_only_difference(compared):
    good, bad = only_difference(*(await compared(Fault(kind="missing_checksum", nth=2)))[:2])
    del good["data"][0]["checksum"]
    assert good == bad


async def test_a_skewed_clock_moves_the_timestamps_and_only_them(compared):
    fault = Fault(kind="clock_skew", channel="trade", seconds=-3600, nth=1)
    whole, broken, _ = await compared(fault, channel="trade", seconds=3)
    assert '"2026-01-05T12:' in whole[0]
    assert broken == [whole[0].replace('"2026-01-05T12:', '"2026-01-05T11:'), *whole[1:]]


async def test_snapshots_are_hit_when_they_are_meant(simulated, connected):
    fault = Fault(kind="delay", message="snapshot", seconds=0.5)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await client.ask("subscribe", channel="book", symbol=["BTC/USD"])
        await simulator.step(0.2)
        early = await client.frames()
        await simulator.step(0.4)
        late = await client.frames()
        assert "snapshot" not in {frame["type"] for frame in early}
        assert [frame["type"] for frame in late].count("snapshot") == 1


async def test_heartbeats_are_lost_when_they_are_named(simulated, connected):
    fault = Fault(kind="drop", channel="heartbeat", times=2)
    async with simulated(fault) as simulator, connected(simulator) as client:
        await client.subscribe("instrument")
        await simulator.step(5.5)
        assert await client.frames() == [{"channel": "heartbeat"}] * 3


async def test_the_same_seed_hits_the_same_messages(compared):
    fault = Fault(kind="drop", probability=0.2)
    _, first, journal = await compared(fault, fault_seed=1)
    assert (await compared(fault, fault_seed=1))[1] == first
    assert (await compared(fault, fault_seed=2))[1] != first
    assert len({incident.number for incident in journal}) == len(journal) > 10


async def test_nothing_happens_before_the_moment(compared):
    whole, broken, journal = await compared(Fault(kind="drop", at=1.0, times=3))
    hit = whole.index(next(text for text in whole if text not in broken))
    assert broken == whole[:hit] + whole[hit + 3 :]
    assert 50 < hit < 150
    opened = 1_767_614_430 * 10**9
    assert all(incident.timestamp_ns >= opened + 10**9 for incident in journal)


async def test_faults_at_another_endpoint_or_channel_do_nothing(compared):
    plan = (Fault(kind="drop", endpoint="private"), Fault(kind="drop", channel="ticker"))
    whole, broken, journal = await compared(*plan)
    assert broken == whole
    assert journal == ()


async def test_a_count_runs_over_the_messages_of_all_connections(simulated, connected):
    fault = Faults([Fault(kind="drop", channel="instrument", nth=1)])
    async with (
        simulated() as simulator,
        connected(simulator) as one,
        connected(simulator) as two,
    ):
        for client in (one, two):
            await client.subscribe("instrument")
        simulator.inject(fault)
        simulator.set_pair_status("BTC/USD", "cancel_only")
        assert len(await one.frames()) + len(await two.frames()) == 1
