"""The rules of the house, met by a client at the other end of a socket."""

import aiohttp
import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Rules, Simulator

pytestmark = pytest.mark.asyncio


def stepped(**rules):
    return Simulator(["BTC/USD", "ETH/USD"], clock="stepped", rules=Rules(**rules))


async def attempt(simulator, connected):
    """HTTP status of the refusal of one attempt; None when it passed."""
    try:
        async with connected(simulator) as client:
            await client.frame()
    except aiohttp.WSServerHandshakeError as refusal:
        return refusal.status
    return None


async def test_too_many_attempts_are_answered_429_until_the_ban_is_over(connected):
    async with stepped(connect_limit=3, connect_window=10, ban=30) as simulator:
        answers = [await attempt(simulator, connected) for _ in range(5)]
        assert answers == [None, None, None, 429, 429]
        await simulator.step(29)
        assert await attempt(simulator, connected) == 429
        await simulator.step(2)
        assert await attempt(simulator, connected) is None
        assert simulator.history.connections_refused == 3


async def test_attempts_leave_the_window_one_by_one(connected):
    async with stepped(connect_limit=2, connect_window=10) as simulator:
        answers = []
        for _ in range(5):
            answers.append(await attempt(simulator, connected))
            await simulator.step(6)
        assert answers == [None] * 5


async def test_a_client_that_asks_too_fast_is_told_so_and_stays(connected):
    async with (
        stepped(message_rate=2, message_burst=3) as simulator,
        connected(simulator) as client,
    ):
        await client.frame()
        for number in range(5):
            await client.send("ping", number)
        answers = [await client.frame() for _ in range(5)]
        assert [frame.get("method") for frame in answers[:3]] == ["pong"] * 3
        assert answers[3:] == [{"Error": "Exceeded msg rate"}] * 2
        await simulator.step(0.5)
        assert (await client.ask("ping"))["method"] == "pong"


async def test_without_a_limit_a_client_may_ask_as_fast_as_it_can(connected):
    async with stepped() as simulator, connected(simulator) as client:
        for number in range(300):
            await client.send("ping", number)
        frames = [await client.frame() for _ in range(301)]
        assert [frame["req_id"] for frame in frames[1:]] == list(range(300))


async def test_a_quiet_client_is_disconnected_and_a_pinging_one_is_not(connected):
    async with (
        stepped(idle_timeout=5) as simulator,
        connected(simulator) as quiet,
        connected(simulator) as lively,
    ):
        for client in (quiet, lively):
            await client.subscribe("instrument")
        for _ in range(3):
            await simulator.step(2)
            await lively.texts()
        assert (await quiet.end()).type is aiohttp.WSMsgType.CLOSE
        assert quiet.socket.close_code == 1000
        assert simulator.connections == 1


async def test_a_private_connection_without_a_subscription_is_closed(connected):
    async with (
        stepped(private_timeout=4) as simulator,
        connected(simulator, "private_v2") as private,
        connected(simulator) as public,
    ):
        for _ in range(3):
            await private.texts()
            await public.texts()
            await simulator.step(1.5)
        await private.end()
        assert private.socket.close_code == 1000
        assert await public.texts() == []
        assert simulator.connections == 1


async def test_a_private_connection_with_a_subscription_stays(connected):
    async with (
        stepped(private_timeout=4) as simulator,
        connected(simulator, "private_v2") as client,
    ):
        key = simulator._clientele.key_of(simulator._clientele.customers[0])
        token = simulator._gateway.tokens.issue(key)
        assert (await client.ask("subscribe", channel="balances", token=token))["success"]
        await simulator.step(6)
        assert simulator.connections == 1
        answer = await client.ask("unsubscribe", channel="balances", token=token)
        assert answer["success"], answer
        await simulator.step(6)
        assert simulator.connections == 0


async def test_one_candle_interval_and_one_book_depth_per_symbol(connected):
    async with stepped() as simulator, connected(simulator) as client:
        await client.subscribe("ohlc", "BTC/USD", interval=1)
        second = await client.ask("subscribe", channel="ohlc", symbol=["BTC/USD"], interval=5)
        assert second["error"] == "Already subscribed to one ohlc interval on this symbol"
        await client.subscribe("ohlc", "ETH/USD", interval=5)
        await client.subscribe("book", "BTC/USD", depth=10)
        second = await client.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=25)
        assert second["error"] == "Already subscribed"


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"idle_timeout": 0}, "Rules.idle_timeout must be positive"),
        ({"private_timeout": -1}, "Rules.private_timeout must be positive"),
        ({"connect_limit": 0}, "Rules.connect_limit must be positive, a whole number"),
        ({"connect_window": "long"}, "Rules.connect_window must be positive"),
        ({"message_rate": 0}, "Rules.message_rate must be positive"),
        ({"message_burst": 1.5}, "Rules.message_burst must be positive, a whole number"),
        ({"ban_status": 200}, "Rules.ban_status must be an HTTP status from 400 to 599"),
    ],
)
async def test_rules_that_make_no_sense_are_refused(rules, words):
    with pytest.raises(ConfigurationError, match=words):
        Rules(**rules)


async def test_short_arguments_change_the_rules_that_were_given(connected):
    rules = Rules(idle_timeout=50, connect_limit=1)
    async with Simulator(clock="stepped", rules=rules, idle_timeout=2) as simulator:
        async with connected(simulator) as client:
            await client.frame()
            await simulator.step(2.5)
            await client.end()
        assert await attempt(simulator, connected) == 429


@pytest.mark.parametrize(
    ("rule", "channel", "option", "values"),
    [
        ("one_ohlc_interval", "ohlc", "interval", (1, 5)),
        ("one_book_depth", "book", "depth", (10, 25)),
    ],
)
@pytest.mark.parametrize("one_only", [True, False])
async def test_one_topic_of_a_symbol_is_a_rule_that_can_be_lifted(  # noqa: PLR0917 - a table
    connected, rule, channel, option, values, one_only
):
    topics = [{"channel": channel, "symbol": ["BTC/USD"], option: value} for value in values]
    async with stepped(**{rule: one_only}) as simulator, connected(simulator) as client:
        await client.frame()
        accepted = []
        for topic in topics:
            await client.send("subscribe", **topic)
            while "method" not in (answer := await client.frame()):
                pass
            accepted.append(answer["success"])
        assert accepted == [True, not one_only]
        for topic in topics:
            await client.send("unsubscribe", **topic)
        answers = []
        while len(answers) < len(topics):
            frame = await client.frame()
            if "method" in frame:
                answers.append(frame["success"])
        assert answers == accepted
