"""Topics that the exchange takes only once on a connection, and the budget of connections."""

import pytest

from rxkraken import Kraken
from rxkraken.core.backoff import ConnectBudget
from rxkraken.models import Connecting, Disconnected, Gap

from .exchange import Listener, settled
from .frames import candles, snapshot, ticker, update

PAIRS_IN_CONFLICT = {
    "two depths": (
        lambda kraken: kraken.book("BTC/USD", depth=10),
        lambda kraken: kraken.book("BTC/USD", depth=100),
        ("depth", 10, 100),
        (snapshot(), snapshot()),
    ),
    "two intervals": (
        lambda kraken: kraken.ohlc("BTC/USD", interval=1),
        lambda kraken: kraken.ohlc("BTC/USD", interval=5),
        ("interval", 1, 5),
        (candles("BTC/USD", 1, (1, 100.0)), candles("BTC/USD", 5, (5, 100.0))),
    ),
    "two triggers": (
        lambda kraken: kraken.ticker("BTC/USD", event_trigger="trades"),
        lambda kraken: kraken.ticker("BTC/USD", event_trigger="bbo"),
        ("event_trigger", "trades", "bbo"),
        (ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0")),
    ),
    "with and without a snapshot": (
        lambda kraken: kraken.trade("BTC/USD", snapshot=False),
        lambda kraken: kraken.trade("BTC/USD", snapshot=True),
        ("snapshot", False, True),
        (),
    ),
}


@pytest.mark.parametrize("case", PAIRS_IN_CONFLICT)
async def test_topics_in_conflict_work_side_by_side_on_two_connections(exchange, case):
    one, other, (parameter, *values), frames = PAIRS_IN_CONFLICT[case]
    async with exchange.kraken(linger=1.0) as kraken:
        first, second = Listener(one(kraken)), Listener(other(kraken))
        await settled()
        asked = {
            number: request["params"][parameter]
            for number, request in exchange.requests
            if request["method"] == "subscribe"
        }
        assert asked == {1: values[0], 2: values[1]}
        for peer, frame in zip(exchange.peers, frames, strict=False):
            peer.send(frame)
        assert len(first.values) == len(second.values) == bool(frames)

        second.dispose()
        await settled(2)
        assert exchange.open == [exchange.peers[0]]
        first.dispose()


async def test_a_conflict_concerns_one_symbol_and_one_channel(exchange):
    async with exchange.kraken() as kraken:
        Listener(kraken.book("BTC/USD", depth=10))
        Listener(kraken.book("ETH/USD", depth=100))
        Listener(kraken.ohlc("BTC/USD", interval=5))
        Listener(kraken.ohlc("ETH/USD", interval=1))
        await settled()
        assert len(exchange.peers) == 1


async def test_three_depths_have_three_connections_and_a_freed_one_is_used_again(exchange):
    async with exchange.kraken(linger=1.0) as kraken:
        depths = {depth: Listener(kraken.order_book("BTC/USD", depth)) for depth in (10, 25, 100)}
        await settled()
        assert len(exchange.open) == 3
        depths[25].dispose()
        await settled(2)
        assert len(exchange.open) == 2
        Listener(kraken.order_book("BTC/USD", 500))
        await settled()
        assert len(exchange.open) == 3
        assert exchange.asked("subscribe")[-1]["params"]["depth"] == 500


async def test_all_depths_give_books_of_their_own(exchange):
    def deliver(peer, request):
        peer.acknowledge(request)
        if request["method"] == "subscribe":
            peer.send(snapshot())
        return True

    exchange.answers = deliver
    async with exchange.kraken() as kraken:
        listeners = [Listener(kraken.order_book("BTC/USD", depth)) for depth in (10, 25, 1000)]
        await settled()
        assert [listener.values[0].depth for listener in listeners] == [10, 25, 1000]


async def test_further_symbols_of_a_second_depth_share_its_connection(exchange):
    async with exchange.kraken() as kraken:
        Listener(kraken.book("BTC/USD", "ETH/USD", depth=10))
        Listener(kraken.book("BTC/USD", "ETH/USD", depth=25))
        await settled()
        assert len(exchange.peers) == 2
        assert [request["params"]["symbol"] for request in exchange.asked()] == [
            ["BTC/USD", "ETH/USD"],
            ["BTC/USD", "ETH/USD"],
        ]


async def test_a_lost_connection_leaves_the_topics_of_the_others_alone(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        ten = Listener(kraken.ohlc("BTC/USD", interval=1))
        five = Listener(kraken.ohlc("BTC/USD", interval=5))
        await settled()
        exchange.peers[0].close(1001)
        exchange.peers[1].send(candles("BTC/USD", 5, (5, 100.0)))
        await settled(1)
        assert len(five.values) == 1
        assert len(lifecycle.of(Disconnected)) == 1
        assert lifecycle.of(Gap) == []
        assert [number for number, _ in exchange.requests] == [1, 2, 3]
        assert not ten.ended


async def test_a_lost_connection_leaves_the_books_of_the_others_whole(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        ten = Listener(kraken.order_book("BTC/USD", 10))
        deep = Listener(kraken.order_book("BTC/USD", 25))
        Listener(kraken.book("BTC/USD", depth=10, snapshot=False))
        await settled()
        for peer in exchange.peers:
            peer.send(snapshot())
        exchange.peers[0].close(1001)
        exchange.peers[2].close(1001)
        await settled(1)
        exchange.peers[1].send(update("1.60000000"))
        late = Listener(kraken.order_book("BTC/USD", 25))
        assert [view.verified for view in deep.values] == [True, True]
        assert late.values == deep.values[-1:]
        assert lifecycle.of(Gap) == []
        assert not ten.ended


async def test_the_budget_is_asked_for_every_socket(exchange):
    class Counting(ConnectBudget):
        reserved = 0

        def reserve(self, now):
            self.reserved += 1
            return super().reserve(now)

    budget = Counting()
    async with Kraken(transport=exchange.transport, budget=budget) as kraken:
        Listener(kraken.book("BTC/USD", depth=10))
        Listener(kraken.book("BTC/USD", depth=25))
        await settled()
        exchange.peers[0].close(1001)
        await settled(1)
        assert budget.reserved == len(exchange.peers) == 3


async def test_a_budget_that_is_spent_delays_the_next_attempt(exchange):
    budget = ConnectBudget(limit=2, window=100.0)
    async with Kraken(transport=exchange.transport, budget=budget) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1001)
        await settled(1)
        exchange.peers[-1].close(1001)
        await settled(90)
        assert len(exchange.peers) == 2
        assert len(lifecycle.of(Connecting)) == 2
        await settled(15)
        assert len(exchange.peers) == 3
        assert prices.error is None


async def test_one_budget_serves_two_clients(exchange):
    budget = ConnectBudget(limit=1, window=100.0)
    async with (
        Kraken(transport=exchange.transport, budget=budget) as one,
        Kraken(transport=exchange.transport, budget=budget) as other,
    ):
        Listener(one.ticker("BTC/USD"))
        Listener(other.ticker("BTC/USD"))
        await settled(99)
        assert len(exchange.peers) == 1
        await settled(2)
        assert len(exchange.peers) == 2


async def test_a_book_waits_for_its_own_connection_only(exchange):
    async with exchange.kraken() as kraken:
        books = Listener(kraken.order_book("BTC/USD", 10))
        await settled()
        exchange.send(snapshot(), update("1.60000000"))
        assert [book.verified for book in books.values] == [True, True]
