"""Raw frames in both directions, for those who record."""

import json
import time

from rxkraken.models import Frame

from .exchange import Listener, settled
from .frames import STATUS, ticker


async def test_frames_of_both_directions_come_in_their_order_with_their_session(exchange):
    async with exchange.kraken() as kraken:
        before = time.time_ns()
        frames = Listener(kraken.frames())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        exchange.peers[-1].close(1001)
        await settled()
        assert all(type(frame) is Frame and type(frame.data) is bytes for frame in frames.values)
        assert [(frame.session, frame.direction) for frame in frames.values] == [
            (1, "in"),  # status
            (1, "out"),  # subscribe
            (1, "in"),  # answer
            (1, "in"),  # ticker
            (2, "in"),
            (2, "out"),
            (2, "in"),
        ]
        assert frames.values[0].data == STATUS
        assert json.loads(frames.values[1].data)["method"] == "subscribe"
        assert frames.values[3].data == ticker("BTC/USD", "1.0")
        times = [frame.received_ns for frame in frames.values]
        assert times == sorted(times)
        assert before <= times[0] <= times[-1] <= time.time_ns()
        assert len(prices.values) == 1


async def test_listening_opens_nothing(exchange):
    async with exchange.kraken() as kraken:
        frames = Listener(kraken.frames())
        await settled(5)
        assert exchange.peers == []
        assert frames.values == []


async def test_what_cannot_be_read_is_a_frame_too(exchange):
    async with exchange.kraken() as kraken:
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        frames = Listener(kraken.frames())
        exchange.send(b"CloudFlare WebSocket proxy restarting")
        assert [frame.data for frame in frames.values] == [b"CloudFlare WebSocket proxy restarting"]


async def test_those_who_have_left_hear_nothing(exchange):
    async with exchange.kraken() as kraken:
        frames = Listener(kraken.frames())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        frames.dispose()
        count = len(frames.values)
        exchange.send(ticker("BTC/USD", "1.0"))
        assert len(frames.values) == count


async def test_a_frame_is_seen_before_its_values_are(exchange):
    async with exchange.kraken() as kraken:
        order = []
        kraken.ticker("BTC/USD").subscribe(lambda _: order.append("value"))
        await settled()
        kraken.frames().subscribe(lambda _: order.append("frame"))
        exchange.send(ticker("BTC/USD", "1.0"))
        assert order == ["frame", "value"]


async def test_pings_are_frames_too(exchange):
    async with exchange.kraken() as kraken:
        frames = Listener(kraken.frames())
        await kraken.ping()
        methods = [json.loads(frame.data).get("method") for frame in frames.values]
        assert methods == [None, "ping", "pong"]
