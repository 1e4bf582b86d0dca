"""Those who come late get what a snapshot would say at that moment, and nothing that is over."""

import pytest
from reactivex import operators as ops

from rxkraken import ReconnectPolicy
from rxkraken.models import BookSnapshot, BookUpdate, InstrumentSnapshot, InstrumentUpdate

from .exchange import Listener, settled
from .frames import (
    BIDS,
    STATUS,
    book,
    candles,
    checksum,
    instruments,
    pair,
    snapshot,
    status,
    ticker,
    trades,
    update,
)

SLOW = ReconnectPolicy(immediate=(), minimum=60.0)


@pytest.fixture
def kraken(exchange):
    return exchange.kraken(policy=SLOW)


async def both(kraken, exchange, stream, *frames):
    """Subscribe, send frames, subscribe late; give both listeners."""
    early = Listener(stream(kraken))
    await settled()
    exchange.send(*frames)
    late = Listener(stream(kraken))
    await settled()
    return early, late


async def test_the_last_ticker(exchange, kraken):
    async with kraken:
        frames = ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0")
        early, late = await both(kraken, exchange, lambda k: k.ticker("BTC/USD"), *frames)
        assert late.values == early.values[-1:]
        exchange.send(ticker("BTC/USD", "3.0"))
        assert [str(value.last) for value in late.values] == ["2.0", "3.0"]


async def test_no_ticker_without_a_snapshot(exchange, kraken):
    async with kraken:
        _, late = await both(
            kraken,
            exchange,
            lambda k: k.ticker("BTC/USD", snapshot=False),
            ticker("BTC/USD", "1.0"),
        )
        assert late.values == []


async def test_instruments_merged_into_one_snapshot(exchange, kraken):
    async with kraken:
        early, late = await both(
            kraken,
            exchange,
            lambda k: k.instrument(),
            instruments("snapshot", pair("BTC/USD"), pair("ETH/USD"), assets=("BTC", "ETH")),
            instruments("update", pair("ETH/USD", status="cancel_only")),
            instruments("update", pair("SOL/USD"), assets=("SOL",)),
        )
        assert [type(value) for value in early.values] == [
            InstrumentSnapshot,
            InstrumentUpdate,
            InstrumentUpdate,
        ]
        (merged,) = late.values
        assert isinstance(merged, InstrumentSnapshot)
        assert {p.symbol: p.status for p in merged.pairs} == {
            "BTC/USD": "online",
            "ETH/USD": "cancel_only",
            "SOL/USD": "online",
        }
        assert [asset.id for asset in merged.assets] == ["BTC", "ETH", "SOL"]


async def test_a_new_snapshot_of_instruments_replaces_what_was_merged(exchange, kraken):
    async with kraken:
        _, late = await both(
            kraken,
            exchange,
            lambda k: k.instrument(),
            instruments("snapshot", pair("BTC/USD"), pair("ETH/USD")),
            instruments("snapshot", pair("BTC/USD")),
        )
        assert [p.symbol for p in late.values[0].pairs] == ["BTC/USD"]


async def test_the_last_state_of_each_candle_oldest_first(exchange, kraken):
    async with kraken:
        _, late = await both(
            kraken,
            exchange,
            lambda k: k.ohlc("BTC/USD"),
            candles("BTC/USD", 1, (1, 100.0), (2, 101.0), kind="snapshot"),
            candles("BTC/USD", 1, (2, 102.0)),
            candles("BTC/USD", 1, (3, 103.0)),
        )
        states = [(candle.interval_begin.minute, float(candle.close)) for candle in late.values]
        assert states == [(1, 100.0), (2, 102.0), (3, 103.0)]


async def test_the_last_fifty_trades_where_a_snapshot_was_asked_for(exchange, kraken):
    async with kraken:
        _, late = await both(
            kraken,
            exchange,
            lambda k: k.trade("BTC/USD", snapshot=True),
            trades("BTC/USD", *range(1, 51), kind="snapshot"),
            trades("BTC/USD", 51, 52),
        )
        assert [trade.trade_id for trade in late.values] == list(range(3, 53))


async def test_no_trades_where_none_was(exchange, kraken):
    async with kraken:
        _, late = await both(
            kraken, exchange, lambda k: k.trade("BTC/USD"), trades("BTC/USD", 1, 2)
        )
        assert late.values == []


async def test_the_last_status_and_no_heartbeat(exchange, kraken):
    async with kraken:
        early = Listener(kraken.status()), Listener(kraken.heartbeat())
        await settled()
        exchange.send(status("cancel_only"), b'{"channel":"heartbeat"}')
        late, beat = Listener(kraken.status()), Listener(kraken.heartbeat())
        assert [value.system for value in late.values] == ["cancel_only"]
        assert beat.values == []
        assert [value.system for value in early[0].values] == ["online", "cancel_only"]


async def test_the_status_of_a_socket_that_is_open_for_another_topic(exchange, kraken):
    async with kraken:
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        first = Listener(kraken.status())
        await settled()
        assert [value.system for value in first.values] == ["online"]


async def test_book_frames_begin_again_with_a_fresh_snapshot_for_all(exchange, kraken):
    def deliver(peer, request):
        peer.acknowledge(request)
        if request["method"] == "subscribe":
            peer.send(snapshot())
        return True

    exchange.answers = deliver
    async with kraken:
        early = Listener(kraken.book("BTC/USD"))
        await settled()
        exchange.send(update("1.60000000"))
        late = Listener(kraken.book("BTC/USD"))
        await settled()
        assert [request["method"] for request in exchange.asked()] == [
            "subscribe",
            "unsubscribe",
            "subscribe",
        ]
        kinds = [type(value) for value in early.values]
        assert kinds == [BookSnapshot, BookUpdate, BookSnapshot]
        assert [type(value) for value in late.values] == [BookSnapshot]
        early.dispose()
        late.dispose()
        await settled()
        assert exchange.asked()[-1]["method"] == "unsubscribe"


async def test_book_frames_that_are_still_awaited_are_not_asked_for_twice(exchange, kraken):
    async with kraken:
        first, second = Listener(kraken.book("BTC/USD")), Listener(kraken.book("BTC/USD"))
        await settled()
        exchange.send(snapshot())
        assert len(exchange.asked()) == 1
        assert first.values == second.values


async def test_the_last_order_book_without_asking_again(exchange, kraken):
    async with kraken:
        early, late = await both(
            kraken, exchange, lambda k: k.order_book("BTC/USD"), snapshot(), update("1.60000000")
        )
        assert late.values == early.values[-1:]
        assert late.values[0].verified
        assert len(exchange.asked()) == 1
        exchange.send(update("1.70000000"))
        assert [str(value.best_bid.qty) for value in late.values] == ["1.60000000", "1.70000000"]


async def test_no_order_book_after_a_gap_until_it_is_whole_again(exchange, kraken):
    async with kraken:
        wrong = update("1.60000000", crc=1)
        early, late = await both(
            kraken, exchange, lambda k: k.order_book("BTC/USD"), snapshot(), wrong
        )
        assert len(early.values) == 1
        assert late.values == []
        exchange.send(snapshot())
        assert len(late.values) == 1
        third = Listener(kraken.order_book("BTC/USD"))
        assert third.values == late.values


STREAMS = {
    "ticker": (lambda k: k.ticker("BTC/USD"), ticker("BTC/USD", "1.0")),
    "trade": (lambda k: k.trade("BTC/USD", snapshot=True), trades("BTC/USD", 1)),
    "ohlc": (lambda k: k.ohlc("BTC/USD"), candles("BTC/USD", 1, (1, 100.0))),
    "instrument": (lambda k: k.instrument(), instruments("snapshot", pair("BTC/USD"))),
    "status": (lambda k: k.status(), STATUS),
    "order_book": (lambda k: k.order_book("BTC/USD"), snapshot()),
}


@pytest.mark.parametrize("name", STREAMS)
async def test_nothing_of_a_connection_that_is_lost(exchange, kraken, name):
    stream, frame = STREAMS[name]
    async with kraken:
        early = Listener(stream(kraken))
        await settled()
        exchange.send(frame)
        assert early.values
        exchange.peers[-1].close(1001)
        await settled()
        late = Listener(stream(kraken))
        assert late.values == []
        assert not early.ended
        await settled(130)
        exchange.send(frame)
        assert late.values[-1] == early.values[-1]


async def test_each_trade_comes_once_after_a_reconnect(exchange, kraken):
    async with kraken:
        early = Listener(kraken.trade("BTC/USD", snapshot=True))
        await settled()
        exchange.send(trades("BTC/USD", 1, 2, kind="snapshot"))
        exchange.peers[-1].close(1001)
        await settled(130)
        exchange.send(trades("BTC/USD", 1, 2, 3, kind="snapshot"))
        late = Listener(kraken.trade("BTC/USD", snapshot=True))
        assert [trade.trade_id for trade in late.values] == [1, 2, 3]
        assert not early.ended


async def test_nothing_of_an_earlier_subscription_that_has_ended(exchange, kraken):
    async with kraken:
        early = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        early.dispose()
        await settled()
        anew = Listener(kraken.ticker("BTC/USD"))
        await settled()
        assert anew.values == []


async def test_one_that_takes_a_single_value_leaves_again(exchange, kraken):
    async with kraken:
        early = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        late = Listener(kraken.ticker("BTC/USD").pipe(ops.take(1)))
        assert late.completed
        early.dispose()
        await settled()
        assert len(exchange.asked("unsubscribe")) == 1


async def test_the_present_book_is_whole_even_if_no_view_of_it_was_kept(exchange, kraken):
    async with kraken:
        kraken.order_book("BTC/USD").subscribe(lambda _: None)
        await settled()
        bids = (("100.2", "9.00000000"), *BIDS)
        crc = checksum(bids, (("100.3", "0.75000000"), ("100.4", "3.00000000")))
        exchange.send(snapshot(), book("update", "BTC/USD", bids[:1], (), crc))
        late = Listener(kraken.order_book("BTC/USD"))
        assert [str(level.price) for level in late.values[0].bids] == ["100.2", "100.1", "100.0"]
