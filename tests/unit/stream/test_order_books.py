"""Order books of a client: each heals on its own, and only its own stream can end."""

from reactivex import operators as ops

from rxkraken import operators as kops
from rxkraken.errors import ChecksumMismatch, SnapshotMissing
from rxkraken.models import (
    Disconnected,
    Gap,
    Malformed,
    Resynced,
    Subscribed,
    SubscriberDetached,
    Topic,
    Unsubscribed,
)

from .exchange import Listener, settled
from .frames import book, checksum, instruments, pair, snapshot, ticker, trades, update


def delivering(*frames):
    """Give an exchange's answers: these frames follow each subscription to a book."""

    def answer(peer, request):
        peer.acknowledge(request)
        if request["method"] == "subscribe" and request["params"]["channel"] == "book":
            for frame in frames:
                peer.send(frame)
        return True

    return answer


async def test_a_wrong_checksum_is_healed_by_a_fresh_snapshot_of_that_topic_alone(exchange):
    exchange.answers = delivering(snapshot())
    async with exchange.kraken() as kraken:
        log = []
        kraken.lifecycle().subscribe(log.append)
        books = Listener(kraken.order_book("BTC/USD"))
        prices, other = Listener(kraken.ticker("BTC/USD")), Listener(kraken.order_book("ETH/USD"))
        await settled()
        start = len(log)
        exchange.send(update("1.60000000", crc=1), ticker("BTC/USD", "1.0"))
        await settled(1)
        kinds = [type(event) for event in log[start:]]
        assert kinds == [Gap, Unsubscribed, Subscribed, Resynced]
        topic = Topic("book", "BTC/USD", (("depth", 10),))
        assert {event.topic for event in log[start:] if isinstance(event, Gap | Resynced)} == {
            topic
        }
        assert [view.verified for view in books.values] == [True, True]
        assert len(prices.values) == 1
        assert [
            (request["method"], request["params"]["symbol"])
            for request in exchange.asked(channel="book")
        ] == [
            ("subscribe", ["BTC/USD", "ETH/USD"]),
            ("unsubscribe", ["BTC/USD"]),
            ("subscribe", ["BTC/USD"]),
        ]
        assert len(exchange.peers) == 1
        assert not other.ended


async def test_updates_under_way_while_it_heals_reach_nobody(exchange):
    async with exchange.kraken() as kraken:
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(snapshot(), update("1.60000000", crc=1))
        exchange.send(update("1.70000000"), update("1.80000000"))
        await settled(1)
        exchange.send(update("1.90000000"))
        assert len(books.values) == 1
        exchange.send(snapshot())
        assert len(books.values) == 2


async def test_the_budget_that_is_spent_ends_that_stream_alone(exchange):
    exchange.answers = delivering(snapshot(), update("1.60000000", crc=1))
    async with exchange.kraken(linger=0.5) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        books = Listener(kraken.order_book("BTC/USD"))
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled(60)
        assert isinstance(books.error, ChecksumMismatch)
        assert books.error.symbol == "BTC/USD"
        gaps = lifecycle.of(Gap)
        assert [gap.attempt for gap in gaps] == [1, 2, 3, 4, 5]
        assert [gap.retry_in is None for gap in gaps] == [False, False, False, False, True]
        delays = [gap.retry_in for gap in gaps[:-1]]
        assert delays == sorted(delays)
        exchange.send(ticker("BTC/USD", "1.0"))
        assert len(prices.values) == 1
        assert lifecycle.of(Disconnected, SubscriberDetached) == []
        assert exchange.asked(channel="book")[-1]["method"] == "unsubscribe"


async def test_a_book_that_gave_up_can_be_subscribed_again(exchange):
    exchange.answers = delivering(snapshot(), update("1.60000000", crc=1))
    async with exchange.kraken() as kraken:
        first = Listener(kraken.order_book("BTC/USD"))
        await settled(60)
        assert first.error is not None
        exchange.answers = delivering(snapshot(), update("1.60000000"))
        second = Listener(kraken.order_book("BTC/USD"))
        await settled()
        assert [view.verified for view in second.values] == [True, True]


async def test_its_frames_keep_coming_to_others_while_it_heals(exchange):
    exchange.answers = delivering(snapshot())
    async with exchange.kraken() as kraken:
        frames, books = Listener(kraken.book("BTC/USD")), Listener(kraken.order_book("BTC/USD"))
        await settled()
        begin = len(frames.values)
        exchange.send(update("1.60000000", crc=1))
        exchange.send(update("1.70000000"))
        assert len(frames.values) == begin + 2
        await settled(1)
        assert len(frames.values) == begin + 3  # and the fresh snapshot
        assert books.values[-1].verified
        assert not frames.ended


async def test_a_disconnection_while_it_heals_is_healed_by_the_next_session(exchange):
    exchange.answers = delivering(snapshot())
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(update("1.60000000", crc=1))
        exchange.peers[-1].close(1001)
        await settled(5)
        assert [view.verified for view in books.values] == [True, True]
        assert [type(event) for event in lifecycle.of(Gap, Resynced)] == [Gap, Resynced]
        assert not books.ended


async def test_leaving_while_it_heals_asks_for_nothing_more(exchange):
    exchange.answers = delivering(snapshot())
    async with exchange.kraken(linger=0.5) as kraken:
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(update("1.60000000", crc=1))
        books.dispose()
        await settled(60)
        assert [request["method"] for request in exchange.asked()] == ["subscribe", "unsubscribe"]
        assert exchange.open == []


async def test_books_of_lossy_numbers_verify_with_the_precision_the_instrument_told(exchange):
    async with exchange.kraken() as kraken:
        Listener(kraken.instrument())
        await settled()
        exchange.send(instruments("snapshot", pair("BTC/USD", price_precision=1)))
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        bids, asks = (("100.0", "1.50000000"),), (("101.5", "2.00000000"),)
        lossy = [("100.0", "1.5")], [("101.5", "2.0")]
        exchange.send(book("snapshot", "BTC/USD", *lossy, checksum(bids, asks)))
        assert [view.verified for view in books.values] == [True]


async def test_a_book_the_exchange_does_not_sign_is_emitted_as_unverified(exchange):
    async with exchange.kraken() as kraken:
        books = Listener(kraken.order_book("BTC/USD"))
        await settled()
        exchange.send(book("snapshot", "BTC/USD", [("1.0", "2.0")], [("3.0", "4.0")]))
        assert [(view.verified, view.checksum) for view in books.values] == [(False, None)]


async def test_views_that_are_kept_never_change(exchange):
    async with exchange.kraken() as kraken:
        kept, written = [], []

        def keep_every_third(view):
            if len(written) % 3 == 0:
                kept.append(view)
            written.append((tuple(view.bids), tuple(view.asks)))

        kraken.order_book("BTC/USD").subscribe(keep_every_third)
        await settled()
        exchange.send(snapshot())
        for number in range(1, 30):
            exchange.send(update(f"{number}.50000000"))
        assert len(written) == 30
        assert [(tuple(view.bids), tuple(view.asks)) for view in kept] == written[::3]


async def test_two_books_compose_into_one_pipeline(exchange):
    async with exchange.kraken() as kraken:
        mids = kraken.order_book("BTC/USD").pipe(
            ops.combine_latest(kraken.order_book("ETH/USD")),
            ops.map(lambda books: books[0].mid - books[1].mid),
        )
        listener = Listener(mids)
        await settled()
        exchange.send(snapshot("BTC/USD"), snapshot("ETH/USD"))
        assert [str(value) for value in listener.values] == ["0.0"]
        listener.dispose()
        await settled()
        assert {
            symbol
            for asked in exchange.asked("unsubscribe")
            for symbol in asked["params"]["symbol"]
        } == {"BTC/USD", "ETH/USD"}


async def test_the_frames_of_a_client_feed_the_operator_as_well(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        books = Listener(kraken.book("BTC/USD").pipe(kops.order_book("BTC/USD")))
        await settled()
        exchange.send(snapshot(), update("1.60000000"))
        assert [view.verified for view in books.values] == [True, True]
        assert lifecycle.of(Malformed) == []


async def test_resampled_books_follow_the_clock_of_the_loop(exchange):
    async with exchange.kraken() as kraken:
        spreads = kraken.order_book("BTC/USD").pipe(kops.resample("1s"))
        listener = Listener(spreads)
        await settled()
        exchange.send(snapshot(), update("1.60000000"), update("1.70000000"))
        assert listener.values == []
        await settled(1.1)
        assert [str(view.best_bid.qty) for view in listener.values] == ["1.70000000"]


async def test_trades_do_not_wait_for_a_book(exchange):
    exchange.answers = delivering(update("1.60000000", crc=1))
    async with exchange.kraken() as kraken:
        Listener(kraken.order_book("BTC/USD"))
        deals = Listener(kraken.trade("BTC/USD"))
        await settled(1)
        exchange.send(trades("BTC/USD", 1))
        assert len(deals.values) == 1


async def test_a_book_without_a_snapshot_is_asked_for_again_and_given_up_in_the_end(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        books = Listener(kraken.order_book("BTC/USD"))
        for _ in range(120):
            await settled(1)
            exchange.send(update("1.60000000"))
        assert isinstance(books.error, SnapshotMissing)
        assert [gap.attempt for gap in lifecycle.of(Gap)] == [1, 2, 3, 4, 5]
        assert books.values == []
