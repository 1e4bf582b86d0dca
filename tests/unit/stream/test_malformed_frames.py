"""Frames that break the protocol become one reported value each, and nothing else stops."""

import pytest

from rxkraken.models import BookSnapshot, Disconnected, Gap, Malformed, Resynced, SubscriberDetached

from .exchange import Listener, settled
from .frames import (
    INSTANT,
    book,
    candles,
    checksum,
    instruments,
    pair,
    snapshot,
    ticker,
    trades,
    update,
)

UNREADABLE = {
    "the text of a proxy": b"CloudFlare WebSocket proxy restarting",
    "nothing": b"",
    "half a frame": ticker("BTC/USD", "1.0")[:-5],
    "no UTF-8": b'{"channel":"ticker\xff"}',
    "a number": b"42",
    "a list": b"[]",
    "an empty object": b"{}",
    "an unknown channel": b'{"channel":"weather","type":"update","data":[]}',
    "a channel that is no text": b'{"channel":7}',
    "data that are missing": b'{"channel":"ticker","type":"update"}',
    "data of another type": b'{"channel":"trade","type":"update","data":{}}',
    "a price that is a word": ticker("BTC/USD", '"much"'),
    "a price that is null": ticker("BTC/USD", "null"),
    "a price that is a list": ticker("BTC/USD", "[1.0]"),
    "a symbol that is a number": ticker("BTC/USD", "1.0").replace(b'"BTC/USD"', b"7"),
    "a timestamp that is none": trades("BTC/USD", 1).replace(INSTANT.encode(), b"yesterday"),
    "a candle of no interval": candles("BTC/USD", 1, (1, 1.0)).replace(b'"interval":', b'"x":'),
    "a book without sides": b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD"}]}',
    "a checksum that is a word": snapshot().replace(b'"checksum":', b'"checksum":"x","y":'),
    "an answer of a wrong type": b'{"method":"subscribe","success":"perhaps","req_id":[]}',
    "a list without an end": b"[" * 100_000,
    "objects without an end": b'{"a":' * 100_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_unreadable_frame_is_one_value_and_all_goes_on(exchange, name):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        listeners = [
            Listener(kraken.ticker("BTC/USD")),
            Listener(kraken.trade("BTC/USD")),
            Listener(kraken.ohlc("BTC/USD")),
            Listener(kraken.order_book("BTC/USD")),
        ]
        await settled()
        exchange.send(snapshot())
        exchange.send(UNREADABLE[name])
        exchange.send(
            ticker("BTC/USD", "1.0"),
            trades("BTC/USD", 2),
            candles("BTC/USD", 1, (2, 100.0)),
            update("1.60000000"),
        )
        await settled()
        assert [len(listener.values) for listener in listeners] == [1, 1, 1, 2]
        assert not any(listener.ended for listener in listeners)
        (malformed,) = lifecycle.of(Malformed)
        assert malformed.session == 1
        assert malformed.reason
        assert UNREADABLE[name].startswith(malformed.data)
        assert len(malformed.data) <= 200
        assert lifecycle.of(Disconnected, Gap, SubscriberDetached) == []


WRONG_LEVELS = [
    ("null", "1.50000000"),
    ('"abc"', "1.50000000"),
    ("[1]", "1.50000000"),
    ("100.1", "true"),
    ("100.1", "{}"),
    ("1e999999", "1.50000000"),
]


@pytest.mark.parametrize("level", WRONG_LEVELS)
@pytest.mark.parametrize("kind", ["snapshot", "update"])
async def test_a_wrong_level_is_one_value_and_the_frames_go_on(exchange, level, kind):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        frames = Listener(kraken.book("BTC/USD"))
        await settled()
        exchange.send(snapshot(), book(kind, "BTC/USD", [level], crc=1), snapshot())
        await settled()
        assert [type(frame) for frame in frames.values] == [BookSnapshot, BookSnapshot]
        assert not frames.ended
        assert len(lifecycle.of(Malformed)) == 1


@pytest.mark.parametrize("level", WRONG_LEVELS)
@pytest.mark.parametrize("kind", ["snapshot", "update"])
async def test_a_wrong_level_is_a_gap_that_heals_in_an_order_book(exchange, level, kind):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(snapshot(), book(kind, "BTC/USD", [level], crc=1))
        await settled(15)
        exchange.send(snapshot(), update("1.60000000"))
        assert [view.verified for view in books.values] == [True, True, True]
        assert [type(event) for event in lifecycle.of(Gap, Resynced)] == [Gap, Resynced]
        assert lifecycle.of(SubscriberDetached) == []


async def test_a_wrong_timestamp_of_a_book_is_one_value_and_the_frames_go_on(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        frames = Listener(kraken.book("BTC/USD"))
        await settled()
        exchange.send(snapshot().replace(INSTANT.encode(), b"soon"), snapshot())
        await settled()
        assert len(frames.values) == 1
        assert not frames.ended
        assert len(lifecycle.of(Malformed)) == 1


async def test_a_book_frame_without_books_means_nothing(exchange):
    async with exchange.kraken() as kraken:
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(snapshot(), b'{"channel":"book","type":"update","data":[]}')
        assert len(books.values) == 1
        assert not books.ended


async def test_a_frame_of_two_books_reaches_both(exchange):
    async with exchange.kraken() as kraken:
        one, other = Listener(kraken.order_book("BTC/USD")), Listener(kraken.order_book("ETH/USD"))
        await settled()
        first, second = snapshot("BTC/USD"), snapshot("ETH/USD")
        joined = first[:-2] + b"," + second[second.index(b"[") + 1 :]
        exchange.send(joined)
        assert [view.symbol for view in one.values + other.values] == ["BTC/USD", "ETH/USD"]


async def test_fields_and_words_that_are_new_change_nothing(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices, deals = Listener(kraken.ticker("BTC/USD")), Listener(kraken.trade("BTC/USD"))
        books, state = Listener(kraken.order_book("BTC/USD")), Listener(kraken.status())
        await settled()
        new = b'"brand_new":{"deep":[1,2]},'
        exchange.send(
            ticker("BTC/USD", "1.0").replace(b'"bid":', new + b'"bid":'),
            trades("BTC/USD", 1).replace(b'"market"', b'"iceberg"'),
            snapshot().replace(b'"checksum":', new + b'"checksum":'),
            b'{"channel":"status","type":"update","data":[{"system":"sleeping"}]}',
        )
        assert (len(prices.values), len(books.values)) == (1, 1)
        assert [deal.ord_type for deal in deals.values] == ["iceberg"]
        assert [value.system for value in state.values] == ["online", "sleeping"]
        assert lifecycle.of(Malformed) == []


async def test_integers_exponents_and_quoted_numbers_are_numbers(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        frames = Listener(kraken.book("BTC/USD"))
        await settled()
        bids = [("100", "1e-08"), ('"99.5"', '"2.0"')]
        exchange.send(book("snapshot", "BTC/USD", bids, crc=1))
        (frame,) = frames.values
        assert [(str(level.price), format(level.qty, "f")) for level in frame.bids] == [
            ("100", "0.00000001"),
            ("99.5", "2.0"),
        ]
        assert lifecycle.of(Malformed) == []


async def test_a_book_of_integers_verifies_with_the_precision_of_its_pair(exchange):
    async with exchange.kraken() as kraken:
        Listener(kraken.instrument())
        await settled()
        exchange.send(instruments("snapshot", pair("BTC/USD", price_precision=1)))
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        bids, asks = (("100.0", "2.00000000"),), (("101.0", "3.00000000"),)
        crc = checksum(bids, asks)
        exchange.send(book("snapshot", "BTC/USD", [("100", "2")], [("101", "3")], crc))
        assert [view.verified for view in books.values] == [True]


def test_the_checksums_of_this_folder_are_those_of_the_specification():
    asks = (("0.00005120", "0.00000500"), ("0.00005275", "12.00000000"))
    assert checksum((("0.00004940", "3.50000000"),), asks) == 1196649166


async def test_a_wrong_level_is_told_once_however_many_listen(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        frames = [Listener(kraken.book("BTC/USD")) for _ in range(3)]
        await settled()
        exchange.send(snapshot(), book("update", "BTC/USD", [("null", "1.5")], crc=1))
        assert len(lifecycle.of(Malformed)) == 1
        assert [len(listener.values) for listener in frames] == [1, 1, 1]
        assert not any(listener.ended for listener in frames)
