"""From constructing a client to the first value and the last disposal."""

from decimal import Decimal

import pytest

from rxkraken import Kraken
from rxkraken.errors import ConfigurationError, NotSupported
from rxkraken.models import (
    BookSnapshot,
    BookUpdate,
    Candle,
    Connected,
    Connecting,
    Heartbeat,
    InstrumentSnapshot,
    InstrumentUpdate,
    Spread,
    Subscribed,
    SystemStatus,
    Ticker,
    Topic,
    Trade,
    Unsubscribed,
)

from .exchange import Listener, settled
from .frames import (
    HEARTBEAT,
    candles,
    instruments,
    pair,
    snapshot,
    status,
    ticker,
    trades,
    update,
)

STREAMS = {
    "ticker BTC/USD": lambda kraken: kraken.ticker("BTC/USD"),
    "book BTC/USD": lambda kraken: kraken.book("BTC/USD"),
    "trade BTC/USD": lambda kraken: kraken.trade("BTC/USD", "ETH/USD"),
    "ohlc BTC/USD": lambda kraken: kraken.ohlc("BTC/USD"),
    "instrument": lambda kraken: kraken.instrument(),
    "status": lambda kraken: kraken.status(),
    "heartbeat": lambda kraken: kraken.heartbeat(),
}


class TestOutsideALoop:
    def test_constructing_and_composing_need_none_and_open_nothing(self, exchange):
        kraken = exchange.kraken()
        for stream in STREAMS.values():
            stream(kraken)
        kraken.lifecycle()
        kraken.frames()
        kraken.ping()
        assert exchange.peers == []

    def test_listening_to_what_happens_needs_none(self, exchange):
        kraken = exchange.kraken()
        Listener(kraken.lifecycle()).dispose()
        Listener(kraken.frames()).dispose()
        assert exchange.peers == []

    @pytest.mark.parametrize("name", STREAMS)
    def test_subscribing_is_refused_in_a_sentence_that_says_what_to_do(self, exchange, name):
        stream = STREAMS[name](exchange.kraken())
        with pytest.raises(ConfigurationError) as refusal:
            stream.subscribe()
        sentence = str(refusal.value)
        assert sentence.startswith(f"subscribe to {name}")
        assert "inside a running event loop" in sentence
        assert "rxkraken.run()" in sentence
        assert exchange.peers == []


class TestTheFirstAndTheLast:
    async def test_the_first_subscription_opens_and_the_last_disposal_closes(self, exchange):
        kraken = exchange.kraken(linger=2.0)
        prices = kraken.ticker("BTC/USD")
        await settled()
        assert exchange.peers == []

        listener = Listener(prices)
        await settled()
        assert len(exchange.open) == 1
        exchange.send(ticker("BTC/USD", "100.2"))
        assert [value.last for value in listener.values] == [Decimal("100.2")]

        listener.dispose()
        await settled(1.9)
        assert [request["method"] for request in exchange.asked()] == ["subscribe", "unsubscribe"]
        assert len(exchange.open) == 1
        await settled(0.2)
        assert exchange.open == []

    async def test_every_step_is_told(self, exchange):
        async with exchange.kraken(linger=0.5) as kraken:
            lifecycle = Listener(kraken.lifecycle())
            listener = Listener(kraken.ticker("BTC/USD"))
            await settled()
            listener.dispose()
            await settled()
            url = kraken.environment.public_v2
            topic = Topic("ticker", "BTC/USD", (("event_trigger", "trades"), ("snapshot", True)))
            assert lifecycle.values == [
                Connecting(url, session=1, attempt=1),
                Connected(url, session=1),
                Subscribed(topic, session=1),
                Unsubscribed(topic, session=1),
            ]

    async def test_a_subscription_during_the_linger_keeps_the_socket(self, exchange):
        async with exchange.kraken(linger=2.0) as kraken:
            Listener(kraken.ticker("BTC/USD")).dispose()
            await settled(1.9)
            second = Listener(kraken.trade("ETH/USD"))
            await settled(10)
            assert len(exchange.peers) == 1
            assert len(exchange.open) == 1
            second.dispose()

    async def test_a_subscription_after_the_linger_opens_another_socket(self, exchange):
        async with exchange.kraken(linger=2.0) as kraken:
            lifecycle = Listener(kraken.lifecycle())
            first = Listener(kraken.ticker("BTC/USD"))
            await settled()
            first.dispose()
            await settled(3)
            second = Listener(kraken.ticker("BTC/USD"))
            await settled()
            exchange.send(ticker("BTC/USD", "100.2"))
            assert len(exchange.peers) == 2
            assert [event.session for event in lifecycle.of(Connected)] == [1, 2]
            assert len(second.values) == 1
            assert first.values == []

    async def test_without_a_linger_the_socket_closes_at_once(self, exchange):
        async with exchange.kraken(linger=0.0) as kraken:
            listener = Listener(kraken.ticker("BTC/USD"))
            await settled()
            listener.dispose()
            await settled()
            assert exchange.open == []

    async def test_one_that_leaves_before_the_socket_is_open_asks_for_nothing(self, exchange):
        async with exchange.kraken() as kraken:
            Listener(kraken.ticker("BTC/USD")).dispose()
            await settled(5)
            assert exchange.asked() == []
            assert exchange.open == []

    async def test_disposing_twice_is_disposing_once(self, exchange):
        async with exchange.kraken() as kraken:
            first, second = Listener(kraken.ticker("BTC/USD")), Listener(kraken.ticker("BTC/USD"))
            await settled()
            first.dispose()
            first.dispose()
            await settled(5)
            exchange.send(ticker("BTC/USD", "100.2"))
            assert len(second.values) == 1
            assert exchange.asked("unsubscribe") == []
            second.dispose()


class TestSharing:
    async def test_two_consumers_of_a_topic_share_one_subscription(self, exchange):
        async with exchange.kraken() as kraken:
            first, second = Listener(kraken.ticker("BTC/USD")), Listener(kraken.ticker("btc/usd"))
            await settled()
            exchange.send(ticker("BTC/USD", "100.2"))
            assert len(exchange.asked("subscribe")) == 1
            assert first.values == second.values
            assert len(first.values) == 1

            first.dispose()
            await settled(5)
            assert exchange.asked("unsubscribe") == []
            second.dispose()
            await settled()
            assert len(exchange.asked("unsubscribe")) == 1

    async def test_a_symbol_of_several_is_shared_with_those_who_want_it_alone(self, exchange):
        async with exchange.kraken() as kraken:
            both = Listener(kraken.ticker("BTC/USD", "ETH/USD"))
            alone = Listener(kraken.ticker("ETH/USD"))
            await settled()
            both.dispose()
            await settled()
            (ended,) = exchange.asked("unsubscribe")
            assert ended["params"]["symbol"] == ["BTC/USD"]
            exchange.send(ticker("ETH/USD", "1.5"))
            assert [value.symbol for value in alone.values] == ["ETH/USD"]
            assert both.values == []

    async def test_several_symbols_leave_in_one_request(self, exchange):
        async with exchange.kraken() as kraken:
            listener = Listener(kraken.trade("BTC/USD", "ETH/USD", "SOL/USD", "BTC/USD"))
            await settled()
            (request,) = exchange.asked()
            assert request["method"] == "subscribe"
            assert request["params"] == {
                "channel": "trade",
                "symbol": ["BTC/USD", "ETH/USD", "SOL/USD"],
                "snapshot": False,
            }
            listener.dispose()
            await settled()
            (request,) = exchange.asked("unsubscribe")
            assert request["params"]["symbol"] == ["BTC/USD", "ETH/USD", "SOL/USD"]

    async def test_an_order_book_and_its_frames_share_one_subscription(self, exchange):
        async with exchange.kraken() as kraken:
            frames = Listener(kraken.book("BTC/USD", depth=10))
            books = Listener(kraken.order_book("BTC/USD", 10))
            await settled()
            exchange.send(snapshot(), update("1.60000000"))
            assert len(exchange.asked("subscribe")) == 1
            assert (len(frames.values), len(books.values)) == (2, 2)

    async def test_channels_of_one_symbol_share_one_connection(self, exchange):
        async with exchange.kraken() as kraken:
            listeners = [Listener(stream(kraken)) for stream in STREAMS.values()]
            await settled()
            assert len(exchange.peers) == 1
            assert {request["params"]["channel"] for request in exchange.asked()} == {
                "ticker",
                "book",
                "trade",
                "ohlc",
                "instrument",
            }  # status and heartbeat come without being asked for
            assert not any(listener.ended for listener in listeners)


class TestValues:
    async def test_each_channel_gives_its_class(self, exchange):
        async with exchange.kraken() as kraken:
            listeners = {name: Listener(stream(kraken)) for name, stream in STREAMS.items()}
            await settled()
            exchange.send(
                ticker("BTC/USD", "100.2", kind="snapshot"),
                snapshot(),
                update("1.60000000"),
                trades("BTC/USD", 1, 2),
                trades("ETH/USD", 3),
                candles("BTC/USD", 1, (1, 100.5), (2, 100.6), kind="snapshot"),
                instruments("snapshot", pair("BTC/USD"), assets=("BTC",)),
                instruments("update", pair("BTC/USD", status="cancel_only")),
                HEARTBEAT,
                status("post_only"),
            )
            kinds = {
                name: [type(value) for value in listener.values]
                for name, listener in listeners.items()
            }
            assert kinds == {
                "ticker BTC/USD": [Ticker],
                "book BTC/USD": [BookSnapshot, BookUpdate],
                "trade BTC/USD": [Trade, Trade, Trade],
                "ohlc BTC/USD": [Candle, Candle],
                "instrument": [InstrumentSnapshot, InstrumentUpdate],
                "status": [SystemStatus, SystemStatus],
                "heartbeat": [Heartbeat],
            }
            assert [value.trade_id for value in listeners["trade BTC/USD"].values] == [1, 2, 3]

    async def test_spreads_are_made_of_the_best_prices(self, exchange):
        async with exchange.kraken() as kraken:
            spreads = Listener(kraken.spread("BTC/USD"))
            prices = Listener(kraken.ticker("BTC/USD", event_trigger="bbo"))
            await settled()
            exchange.send(ticker("BTC/USD", "100.2"))
            (request,) = exchange.asked()
            assert request["params"]["event_trigger"] == "bbo"
            (spread,), (price,) = spreads.values, prices.values
            assert isinstance(spread, Spread)
            assert (spread.symbol, spread.bid, spread.ask) == (price.symbol, price.bid, price.ask)
            assert (spread.bid_qty, spread.ask_qty) == (price.bid_qty, price.ask_qty)

    async def test_values_of_other_symbols_reach_nobody(self, exchange):
        async with exchange.kraken() as kraken:
            listener = Listener(kraken.ticker("BTC/USD"))
            await settled()
            exchange.send(ticker("ETH/USD", "1.5"), trades("BTC/USD", 1))
            assert listener.values == []

    async def test_numbers_are_exact_by_default(self, exchange):
        async with exchange.kraken() as kraken:
            listener = Listener(kraken.ticker("BTC/USD"))
            await settled()
            exchange.send(ticker("BTC/USD", "0.10000000"))
            assert str(listener.values[0].last) == "0.10000000"

    async def test_numbers_are_floats_on_demand(self, exchange):
        async with exchange.kraken(number=float) as kraken:
            prices = Listener(kraken.ticker("BTC/USD"))
            frames = Listener(kraken.book("BTC/USD"))
            books = Listener(kraken.order_book("BTC/USD"))
            bars = Listener(kraken.ohlc("BTC/USD"))
            pairs = Listener(kraken.instrument())
            await settled()
            exchange.send(
                ticker("BTC/USD", "0.10000000"),
                snapshot(),
                update("1.60000000"),
                candles("BTC/USD", 1, (1, 100.5)),
                instruments("snapshot", pair("BTC/USD")),
            )
            assert [book.verified for book in books.values] == [True, True]
            numbers = [
                prices.values[0].last,
                frames.values[0].bids[0].price,
                books.values[0].best_bid.qty,
                books.values[0].mid,
                bars.values[0].close,
                pairs.values[0].pairs[0].qty_increment,
            ]
            assert [type(number) for number in numbers] == [float] * 6


class TestArguments:
    @pytest.mark.parametrize(
        ("call", "words"),
        [
            (lambda kraken: kraken.ticker(), "ticker() needs at least one symbol"),
            (lambda kraken: kraken.trade("BTCUSD"), "'BTCUSD'"),
            (lambda kraken: kraken.trade(" BTC/USD"), "' BTC/USD'"),
            (lambda kraken: kraken.trade(["BTC/USD"]), "['BTC/USD']"),
            (lambda kraken: kraken.trade(None), "None"),
            (lambda kraken: kraken.order_book("BTC"), "'BTC'"),
            (lambda kraken: kraken.book("BTC/USD", depth=11), "depth must be one of (10, 25"),
            (lambda kraken: kraken.order_book("BTC/USD", 7), "depth must be one of (10, 25"),
            (lambda kraken: kraken.book("BTC/USD", depth="10"), "not '10'"),
            (lambda kraken: kraken.ohlc("BTC/USD", interval=2), "interval must be one of (1, 5"),
            (lambda kraken: kraken.ohlc("BTC/USD", interval=True), "not True"),
            (
                lambda kraken: kraken.ticker("BTC/USD", event_trigger="all"),
                "event_trigger must be one of ('trades', 'bbo'), not 'all'",
            ),
        ],
    )
    def test_a_wrong_argument_is_refused_at_the_call_in_a_sentence(self, exchange, call, words):
        with pytest.raises(ConfigurationError) as refusal:
            call(exchange.kraken())
        assert words in str(refusal.value)

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"environment": "sandbox"}, "environment must be 'primary', 'beta'"),
            ({"number": int}, "number must be Decimal or float"),
            ({"number": "float"}, "number must be Decimal or float"),
        ],
    )
    def test_a_wrong_setting_is_refused_in_a_sentence(self, settings, words):
        with pytest.raises(ConfigurationError) as refusal:
            Kraken(**settings)
        assert words in str(refusal.value)

    def test_a_version_that_is_not_there_is_not_supported(self):
        with pytest.raises(NotSupported, match="version must be 'v2', not 'v3'"):
            Kraken(version="v3")

    def test_a_client_shows_where_it_would_connect(self):
        assert repr(Kraken("beta")) == "Kraken('wss://beta-ws.kraken.com/v2')"


async def test_a_spread_is_the_ticker_of_the_best_prices(exchange):
    async with exchange.kraken() as kraken:
        spreads = Listener(kraken.spread("BTC/USD"))
        await settled()
        assert exchange.asked("subscribe")[0]["params"]["event_trigger"] == "bbo"
        exchange.send(ticker("BTC/USD", "100.2"))
        (spread,) = spreads.values
        assert spread.symbol == "BTC/USD"
        assert spread.bid < spread.ask


@pytest.mark.parametrize(
    "call",
    [
        lambda kraken: kraken.book("BTC/USD", depth=10.0),
        lambda kraken: kraken.order_book("BTC/USD", 25.0),
        lambda kraken: kraken.ohlc("BTC/USD", interval=1.0),
        lambda kraken: kraken.ticker("BTC/"),
        lambda kraken: kraken.ticker("/USD"),
        lambda kraken: kraken.ticker("BTC /USD"),
    ],
)
def test_what_the_exchange_would_refuse_anyway_is_refused_at_the_call(exchange, call):
    with pytest.raises(ConfigurationError, match=r"must be one of|is written like"):
        call(exchange.kraken())
