"""The end of a client: every stream completes, and no task or socket is left."""

import asyncio

import pytest

from rxkraken import ReconnectPolicy
from rxkraken.core.backoff import ConnectBudget
from rxkraken.errors import ConnectionLost
from rxkraken.stream.kraken import Kraken

from .exchange import Listener, SlowToClose, settled
from .frames import snapshot, ticker


def streams(kraken):
    return [
        kraken.ticker("BTC/USD"),
        kraken.ticker("BTC/USD", "ETH/USD"),
        kraken.order_book("BTC/USD"),
        kraken.book("BTC/USD", depth=25),
        kraken.trade("BTC/USD"),
        kraken.ohlc("BTC/USD"),
        kraken.instrument(),
        kraken.status(),
        kraken.heartbeat(),
        kraken.lifecycle(),
        kraken.frames(),
    ]


async def test_every_stream_completes_and_nothing_is_left(exchange):
    kraken = exchange.kraken()
    listeners = [Listener(stream) for stream in streams(kraken)]
    await settled()
    await kraken.aclose()
    assert [listener.completed for listener in listeners] == [True] * len(listeners)
    assert [listener.error for listener in listeners] == [None] * len(listeners)
    assert exchange.open == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_leaving_the_context_is_the_end(exchange):
    async with exchange.kraken() as kraken:
        prices = Listener(kraken.ticker("BTC/USD"))
        await settled()
    assert prices.completed
    assert exchange.open == []


async def test_an_exception_in_the_context_passes(exchange):
    async def program():
        async with exchange.kraken() as kraken:
            Listener(kraken.ticker("BTC/USD"))
            await settled()
            raise LookupError

    with pytest.raises(LookupError):
        await program()
    assert exchange.open == []


async def test_a_client_that_was_never_used_closes(exchange):
    async with exchange.kraken():
        pass
    assert exchange.peers == []


async def test_closing_twice_is_closing_once(exchange):
    kraken = exchange.kraken()
    prices = Listener(kraken.ticker("BTC/USD"))
    await settled()
    await kraken.aclose()
    await kraken.aclose()
    assert prices.completed


async def test_two_at_once_may_close(exchange):
    kraken = exchange.kraken()
    Listener(kraken.ticker("BTC/USD"))
    await settled()
    await asyncio.gather(kraken.aclose(), kraken.aclose())
    assert exchange.open == []


async def test_closing_before_the_socket_is_open(exchange):
    kraken = exchange.kraken()
    prices = Listener(kraken.ticker("BTC/USD"))
    await kraken.aclose()
    assert prices.completed
    assert exchange.open == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_closing_while_the_next_attempt_is_awaited(exchange):
    exchange.refuse = ConnectionLost("down", handshake=True)
    kraken = exchange.kraken(policy=ReconnectPolicy(immediate=(60.0,)))
    prices, books = Listener(kraken.ticker("BTC/USD")), Listener(kraken.order_book("BTC/USD"))
    await settled(1)
    await kraken.aclose()
    assert prices.completed
    assert books.completed
    await settled(120)
    assert len(exchange.peers) == 1


async def test_closing_while_the_budget_is_awaited(exchange):
    budget = ConnectBudget(limit=1, window=600.0)
    budget.reserve(asyncio.get_running_loop().time())
    kraken = Kraken(transport=exchange.transport, budget=budget)
    prices = Listener(kraken.ticker("BTC/USD"))
    await settled(1)
    await kraken.aclose()
    assert prices.completed
    assert exchange.peers == []


async def test_closing_while_a_book_heals(exchange):
    kraken = exchange.kraken()
    books = Listener(kraken.order_book("BTC/USD"))
    await settled()
    exchange.send(snapshot(), snapshot().replace(b'"checksum":', b'"checksum":1'))
    await kraken.aclose()
    await settled(60)
    assert books.completed
    assert len(books.values) == 1
    assert len(exchange.peers) == 1


async def test_closing_waits_until_the_sockets_are_closed(exchange):
    kraken = Kraken(transport=SlowToClose(exchange.transport, 1.5))
    Listener(kraken.ticker("BTC/USD"))
    await settled()
    begin = asyncio.get_running_loop().time()
    await kraken.aclose()
    assert asyncio.get_running_loop().time() - begin == pytest.approx(1.5, abs=0.1)
    assert exchange.open == []


async def test_disposing_after_the_end_does_nothing(exchange):
    kraken = exchange.kraken()
    listeners = [Listener(stream) for stream in streams(kraken)]
    await settled()
    await kraken.aclose()
    for listener in listeners:
        listener.dispose()
    await settled(10)
    assert len(exchange.peers) <= 3


async def test_a_subscriber_may_close_the_client_from_within(exchange):
    kraken = exchange.kraken()
    closing = []
    kraken.ticker("BTC/USD").subscribe(
        lambda _: closing.append(asyncio.ensure_future(kraken.aclose()))
    )
    other = Listener(kraken.ticker("BTC/USD"))
    await settled()
    exchange.send(ticker("BTC/USD", "1.0"))
    await closing[0]
    assert len(other.values) == 1
    assert other.completed


async def test_cancelling_the_program_leaves_nothing(exchange):
    async def program():
        async with exchange.kraken() as kraken:
            await kraken.ticker("BTC/USD")  # never completes

    task = asyncio.ensure_future(program())
    await settled(5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert exchange.open == []
