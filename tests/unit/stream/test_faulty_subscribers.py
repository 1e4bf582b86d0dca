"""One that raises is detached and reported; the others and the socket never notice."""

import pytest
from reactivex import operators as ops

from rxkraken.errors import ConnectionFailed
from rxkraken.models import Connected, Disconnected, SubscriberDetached

from .exchange import Listener, settled
from .frames import HEARTBEAT, candles, instruments, pair, snapshot, status, ticker, trades, update

QUANTITIES = ("1.60000000", "1.70000000", "1.80000000", "1.90000000")
STREAMS = {
    "ticker": (lambda k: k.ticker("BTC/USD"), [ticker("BTC/USD", f"{n}.0") for n in range(5)]),
    "trade": (lambda k: k.trade("BTC/USD"), [trades("BTC/USD", 1, 2, 3, 4), trades("BTC/USD", 5)]),
    "ohlc": (lambda k: k.ohlc("BTC/USD"), [candles("BTC/USD", 1, (n, 1.0)) for n in range(5)]),
    "book": (lambda k: k.book("BTC/USD"), [snapshot(), *map(update, QUANTITIES)]),
    "order_book": (lambda k: k.order_book("BTC/USD"), [snapshot(), *map(update, QUANTITIES)]),
    "instrument": (lambda k: k.instrument(), [instruments("update", pair("A/B"))] * 5),
    "heartbeat": (lambda k: k.heartbeat(), [HEARTBEAT] * 5),
    "status": (lambda k: k.status(), [status("post_only")] * 4),  # the first one came already
}


@pytest.mark.parametrize("careless_first", [True, False])
@pytest.mark.parametrize("name", STREAMS)
async def test_the_second_subscriber_of_a_topic_misses_nothing(exchange, name, careless_first):
    stream, frames = STREAMS[name]
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        calls = [3, 0] if careless_first else [0, 3]
        first, second = (Listener(stream(kraken), raise_on=call) for call in calls)
        careless, careful = (first, second) if careless_first else (second, first)
        await settled()
        exchange.send(*frames)
        assert len(careless.values) == 3
        assert len(careful.values) == 5
        assert careful.values[:3] == careless.values
        (event,) = lifecycle.of(SubscriberDetached)
        assert event.stream.split(" ")[0] == name
        assert event.error == "RuntimeError: a careless subscriber"
        assert not careful.ended
        await settled(10)
        assert len(lifecycle.of(Connected)) == 1
        assert exchange.asked("unsubscribe") == []


async def test_a_careless_listener_of_the_lifecycle_is_detached(exchange):
    async with exchange.kraken() as kraken:
        careless = Listener(kraken.lifecycle(), raise_on=2)
        careful = Listener(kraken.lifecycle())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        assert len(careless.values) == 2
        assert len(careful.values) > 2
        assert len(prices.values) == 1


async def test_a_careless_listener_of_frames_is_detached_and_reported(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        careless, careful = Listener(kraken.frames(), raise_on=3), Listener(kraken.frames())
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0"))
        assert len(careless.values) == 3
        assert len(careful.values) == 5  # status, request, answer, two tickers
        assert [event.stream for event in lifecycle.of(SubscriberDetached)] == ["frames"]
        assert len(prices.values) == 2


async def test_one_that_raises_behind_an_operator_is_detached_too(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        careful = Listener(kraken.ticker("BTC/USD"))
        careless = Listener(kraken.ticker("BTC/USD").pipe(ops.map(lambda t: t.last)), raise_on=1)
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0"))
        assert (len(careless.values), len(careful.values)) == (1, 2)
        assert len(lifecycle.of(SubscriberDetached)) == 1


async def test_an_operator_that_fails_is_the_business_of_its_own_subscriber(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        failing = Listener(kraken.ticker("BTC/USD").pipe(ops.map(lambda t: t.no_such_field)))
        careful = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0"))
        assert isinstance(failing.error, AttributeError)
        assert len(careful.values) == 2
        assert lifecycle.of(SubscriberDetached) == []


async def test_one_that_raises_gets_nothing_more_of_any_symbol(exchange):
    async with exchange.kraken() as kraken:
        careful = Listener(kraken.ticker("ETH/USD"))
        careless = Listener(kraken.ticker("BTC/USD", "ETH/USD"), raise_on=1)
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0"), ticker("ETH/USD", "3.0"))
        assert (len(careless.values), len(careful.values)) == (1, 1)
        await settled()
        (ended,) = exchange.asked("unsubscribe")
        assert ended["params"]["symbol"] == ["BTC/USD"]


async def test_one_that_raises_at_the_end_hinders_nobody(exchange):
    def careless(_):
        raise RuntimeError("a careless handler")

    async with exchange.kraken() as kraken:
        kraken.ticker("BTC/USD").subscribe(on_error=careless)
        careful = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1008)
        await settled()
        assert isinstance(careful.error, ConnectionFailed)


async def test_one_without_an_error_handler_hinders_nobody(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        kraken.ticker("BTC/USD").subscribe(lambda _: None)
        kraken.order_book("BTC/USD").subscribe(lambda _: None)
        kraken.ticker("BTC/USD", "ETH/USD").subscribe(lambda _: None)
        careful = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.peers[-1].close(1008)
        await settled()
        assert isinstance(careful.error, ConnectionFailed)
        assert len(lifecycle.of(SubscriberDetached)) >= 2
        assert not lifecycle.ended


async def test_one_that_leaves_another_in_the_midst_of_a_value_holds(exchange):
    async with exchange.kraken() as kraken:
        listeners = []
        kraken.ticker("BTC/USD").subscribe(lambda _: listeners[0].dispose())
        listeners.append(Listener(kraken.ticker("BTC/USD")))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0"))
        assert listeners[0].values == []


async def test_one_that_joins_in_the_midst_of_a_value_gets_it_once(exchange):
    async with exchange.kraken() as kraken:
        joined = []
        first = kraken.ticker("BTC/USD")
        first.subscribe(lambda _: joined or joined.append(Listener(kraken.ticker("BTC/USD"))))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"), ticker("BTC/USD", "2.0"))
        assert [str(value.last) for value in joined[0].values] == ["1.0", "2.0"]


async def test_one_that_leaves_itself_at_its_first_value_gets_no_second(exchange):
    async with exchange.kraken() as kraken:
        first = Listener(kraken.trade("BTC/USD").pipe(ops.take(1)))
        await settled()
        exchange.send(trades("BTC/USD", 1, 2, 3))
        assert [value.trade_id for value in first.values] == [1]
        assert first.completed
        await settled()
        assert len(exchange.asked("unsubscribe")) == 1


async def test_the_socket_never_notices(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        careful = Listener(kraken.trade("BTC/USD"))
        for _ in range(20):
            Listener(kraken.trade("BTC/USD"), raise_on=1)
        await settled()
        exchange.send(trades("BTC/USD", *range(50)))
        await settled(30)
        assert len(careful.values) == 50
        assert len(lifecycle.of(SubscriberDetached)) == 20
        assert lifecycle.of(Disconnected) == []


async def test_the_only_one_that_raises_leaves_its_topic_and_its_socket(exchange):
    async with exchange.kraken(linger=0.5) as kraken:
        careless = Listener(kraken.ticker("BTC/USD"), raise_on=1)
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        await settled(1)
        assert len(careless.values) == 1
        assert len(exchange.asked("unsubscribe")) == 1
        assert exchange.open == []


async def test_one_that_raises_on_what_it_is_told_first_is_detached_as_any_other(exchange):
    async with exchange.kraken() as kraken:
        lifecycle = Listener(kraken.lifecycle())
        early = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        careless = Listener(kraken.ticker("BTC/USD"), raise_on=1)
        exchange.send(ticker("BTC/USD", "2.0"))
        assert (len(early.values), len(careless.values)) == (2, 1)
        assert len(lifecycle.of(SubscriberDetached)) == 1
        early.dispose()
        await settled()
        assert len(exchange.asked("unsubscribe")) == 1


async def test_a_careless_listener_of_the_lifecycle_is_told_to_the_others(exchange):
    async with exchange.kraken() as kraken:
        Listener(kraken.lifecycle(), raise_on=1)
        careful = Listener(kraken.lifecycle())
        Listener(kraken.ticker("BTC/USD"))
        await settled()
        assert [event.stream for event in careful.of(SubscriberDetached)] == ["lifecycle"]


async def test_listeners_of_the_lifecycle_that_all_raise_are_all_detached(exchange):
    async with exchange.kraken() as kraken:
        careless = [Listener(kraken.lifecycle(), raise_on=1) for _ in range(5)]
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
        exchange.send(ticker("BTC/USD", "1.0"))
        assert [len(listener.values) for listener in careless] == [1] * 5
        assert len(prices.values) == 1
