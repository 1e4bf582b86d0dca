"""Whatever listeners do and links suffer, the exchange ends up with just what is listened to.

The exchange of this file keeps its own books of subscriptions, by connection, and refuses what the
real one refuses: a second topic of a key, and the end of what was never begun.
"""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from rxkraken import ReconnectPolicy
from rxkraken.core.subscriptions import Pacing
from rxkraken.models import SubscriptionRejected

from .exchange import Exchange, Listener, settled
from .frames import refusal
from .virtual_loop import in_virtual_time

AT_ONCE = ReconnectPolicy(immediate=(0.0,) * 100)
STREAMS = {
    "ticker": lambda k: k.ticker("BTC/USD"),
    "tickers": lambda k: k.ticker("BTC/USD", "ETH/USD"),
    "bbo": lambda k: k.ticker("BTC/USD", event_trigger="bbo"),
    "ten": lambda k: k.book("BTC/USD", depth=10),
    "books": lambda k: k.order_book("BTC/USD", 10),
    "deep": lambda k: k.order_book("BTC/USD", 100),
    "minutes": lambda k: k.ohlc("ETH/USD", interval=1),
    "hours": lambda k: k.ohlc("ETH/USD", interval=60),
    "instrument": lambda k: k.instrument(),
}
WANTED = {
    "ticker": {("ticker", "BTC/USD", "trades")},
    "tickers": {("ticker", "BTC/USD", "trades"), ("ticker", "ETH/USD", "trades")},
    "bbo": {("ticker", "BTC/USD", "bbo")},
    "ten": {("book", "BTC/USD", 10)},
    "books": {("book", "BTC/USD", 10)},
    "deep": {("book", "BTC/USD", 100)},
    "minutes": {("ohlc", "ETH/USD", 1)},
    "hours": {("ohlc", "ETH/USD", 60)},
    "instrument": {("instrument", None, None)},
}


class StrictExchange(Exchange):
    """Keeps what each connection is subscribed to, and loses an answer when it is told to."""

    def __init__(self):
        super().__init__()
        self.held = {}
        self.losing = 0
        self.answers = self._judge

    @property
    def topics(self):
        """What is subscribed on connections that are open, by all of them together."""
        return [topic for peer in self.open for topic in self.held.get(peer, {}).items()]

    def _judge(self, peer, request):
        if request["method"] == "ping":
            return False
        held, params = self.held.setdefault(peer, {}), request["params"]
        lost, self.losing = self.losing > 0, max(0, self.losing - 1)
        for symbol in params.get("symbol", [None]):
            key, option = (params["channel"], symbol), _option(params)
            text = _objection(request["method"], held.get(key, ...), option)
            if text is None and request["method"] == "subscribe":
                held[key] = option
            elif text is None:
                del held[key]
            if lost:
                continue
            if text is not None:
                peer.send(refusal(request, text, symbol))
            else:
                one = params | ({"symbol": [symbol]} if symbol else {})
                peer.acknowledge(request | {"params": one})
        return True


def _option(params):
    return params.get("depth", params.get("interval", params.get("event_trigger")))


def _objection(method, held, option):
    if method == "subscribe":
        return None if held is ... else "Already subscribed"
    if held is ... or (option is not None and held != option):
        return "Subscription Not Found"
    return None


steps = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from(sorted(STREAMS))),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.sampled_from([0.0, 0.001, 0.5, 3.0, 20.0])),
        st.tuples(st.just("kill"), st.integers(0, 3)),
        st.tuples(st.just("lose"), st.integers(1, 2)),
    ),
    max_size=25,
)


async def play(story):
    """Act a story; give what is wanted in the end, what is held, and what went wrong."""
    exchange, listening = StrictExchange(), []
    pacing = Pacing(acknowledge_within=2.0, attempts=50)
    async with exchange.kraken(policy=AT_ONCE, pacing=pacing, linger=1.0) as kraken:
        lifecycle = Listener(kraken.lifecycle())
        for word, what in story:
            if word == "join":
                listening.append((what, Listener(STREAMS[what](kraken))))
            elif word == "leave" and listening:
                listening.pop(what % len(listening))[1].dispose()
            elif word == "wait":
                await settled(what)
            elif word == "kill" and exchange.open:
                exchange.open[what % len(exchange.open)].close(1001)
            elif word == "lose":
                exchange.losing = min(
                    exchange.losing + what, 3
                )  # each further one waits twice as long
        await settled(120)
        wanted = set().union(*(WANTED[name] for name, _ in listening))
        held = [(channel, symbol, option) for (channel, symbol), option in exchange.topics]
        ended = [name for name, listener in listening if listener.ended]
        refused = [event for event in lifecycle.of(SubscriptionRejected) if event.retry_in is None]
        sockets = len(exchange.open)
    return wanted, held, ended, refused, sockets


@settings(max_examples=150)
@given(story=steps)
def test_the_exchange_holds_just_what_is_listened_to(story):
    wanted, held, ended, refused, sockets = in_virtual_time(play(story))
    assert sorted(held, key=str) == sorted(wanted, key=str)  # each topic once, on one connection
    assert ended == []
    assert refused == []
    assert (sockets > 0) == bool(wanted)


def test_the_strict_exchange_is_strict():
    assert _objection("subscribe", 10, 25) == "Already subscribed"
    assert _objection("unsubscribe", ..., 10) == "Subscription Not Found"
    assert _objection("unsubscribe", 10, 25) == "Subscription Not Found"
    assert _objection("unsubscribe", 10, 10) is None
    assert json.loads(refusal({"req_id": 1}, "no"))["success"] is False
