"""All twenty markets at five thousand events a second: checksums and invariants, one by one.

The checkers work on the bytes of the frames and share nothing with the simulator. A whole minute
takes a minute: it runs when RXKRAKEN_LONG is set, otherwise its first seconds do.
"""

import json
import os
import random
import re
import zlib
from bisect import bisect_left, insort
from decimal import Decimal

from rxkraken.sim.clientele import Clientele
from rxkraken.sim.clock import STEPPED_START_NS, SteppedClock
from rxkraken.sim.customers import wealthy_customer
from rxkraken.sim.engine import OrderRequest, Refused
from rxkraken.sim.gateway_v2 import GatewayV2
from rxkraken.sim.listing import PAIRS, pairs_named
from rxkraken.sim.market import Exchange

SECONDS = 60 if os.environ.get("RXKRAKEN_LONG") else 3
EVENTS_PER_SECOND = 5000
SYMBOL = re.compile(rb'"symbol":"([^"]+)"')
CHECKSUM = re.compile(rb'"checksum":(\d+)')
LEVEL = re.compile(rb'"price":([\d.]+),"qty":([\d.]+)')
ORDER = re.compile(
    rb'(?:"event":"(\w+)",)?"order_id":"([^"]+)","limit_price":([\d.]+),"order_qty":([\d.]+)'
)
DEPTH = 10


def digits(number):
    return number.replace(b".", b"").lstrip(b"0")


class Side:
    """Levels by price; bids have negative keys, so that the best is always the first."""

    def __init__(self, sign):
        self.sign = sign
        self.keys = []
        self.levels = {}

    def put(self, key, level):
        if key not in self.levels:
            insort(self.keys, key)
        self.levels[key] = level

    def drop(self, key):
        if self.levels.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]

    def truncate(self):
        for key in self.keys[DEPTH:]:
            del self.levels[key]
        del self.keys[DEPTH:]

    def key(self, price):
        return self.sign * int(price.replace(b".", b""))


class Checker:
    """One book as a subscriber keeps it."""

    def __init__(self):
        self.bids = Side(-1)
        self.asks = Side(1)

    def take(self, frame):
        """Take in a frame; return whether its checksum is that of the book."""
        if b'"type":"snapshot"' in frame[:60]:
            self.bids, self.asks = Side(-1), Side(1)
        bids, asks = frame.index(b'"bids":['), frame.index(b'"asks":[')
        self.apply(self.bids, frame[bids:asks])
        self.apply(self.asks, frame[asks:])
        best = self.bids.keys, self.asks.keys
        crossed = all(best) and -self.bids.keys[0] >= self.asks.keys[0]
        text = b"".join(self.tokens(self.asks)) + b"".join(self.tokens(self.bids))
        return not crossed and zlib.crc32(text) == int(CHECKSUM.search(frame)[1])


class Level2(Checker):
    def apply(self, side, text):
        for price, quantity in LEVEL.findall(text):
            if quantity.strip(b"0.") == b"":
                side.drop(side.key(price))
            else:
                side.put(side.key(price), digits(price) + digits(quantity))
        side.truncate()

    def tokens(self, side):
        return [side.levels[key] for key in side.keys]


class Level3(Checker):
    def apply(self, side, text):
        for event, name, price, quantity in ORDER.findall(text):
            key = side.key(price)
            level = side.levels.get(key, {})
            if event == b"delete":
                level.pop(name, None)
            else:
                level[name] = digits(price) + digits(quantity)
            if level:
                side.put(key, level)
            else:
                side.drop(key)
        side.truncate()

    def tokens(self, side):
        return [token for key in side.keys for token in side.levels[key].values()]


class Reader:
    """Takes frames of one channel, and checks each of them."""

    def __init__(self, channel, checker):
        self.head = b'{"channel":"%s"' % channel.encode()
        self.checker = checker
        self.books = {}
        self.checked = 0
        self.wrong = []

    def send(self, frame):
        if frame.startswith(self.head):
            symbol = SYMBOL.search(frame)[1]
            book = self.books.setdefault(symbol, self.checker())
            self.checked += 1
            if not book.take(frame):
                self.wrong.append(frame)

    def close(self, code, reason):
        raise AssertionError(reason)


class Client:
    """Trades at random through the venue, so that accounts change as well."""

    def __init__(self, exchange, publish):
        self.exchange = exchange
        self.publish = publish
        self.random = random.Random(11)
        self.placed = 0

    def trade(self, now_ns):
        symbol = self.random.choice(list(self.exchange.markets))
        market = self.exchange.markets[symbol]
        side = self.random.choice(["buy", "sell"])
        rests = self.random.random() < 0.6
        best = market.book.bids.best_price() if side == "buy" else market.book.asks.best_price()
        request = OrderRequest(
            symbol=symbol,
            side=side,
            order_type="limit" if rests else "market",
            quantity=Decimal(market.pair.typical_qty),
            limit_price=Decimal(market.pair.price_text(best)) if rests else None,
        )
        try:
            done = self.exchange.venue.add("trader", request, now_ns=now_ns)
        except Refused:
            return
        self.placed += 1
        self.exchange.announce(done.happenings, self.publish)


def conserved(exchange, accounts):
    venue = exchange.venue
    assert set(venue.conserved().values()) <= {0}
    for name in accounts:
        account = venue.accounts[name]
        for asset in venue.assets:
            assert account.balance(asset) >= account.held(asset) >= 0
    for market in exchange.markets.values():
        book = market.book
        assert book.bids.best_price() < book.asks.best_price()
        assert min(book.bids.quantities.values()) > 0
        for side in (book.bids, book.asks):
            totals = {key: sum(o.quantity for o in side.levels[key].values()) for key in side.keys}
            assert totals == side.quantities


def subscribed(gateway, endpoint, channel, reader, token=None):
    session = gateway.open(reader, endpoint)
    params = {"channel": channel, "symbol": list(PAIRS), "depth": DEPTH}
    if token is not None:
        params["token"] = token
    session.receive(json.dumps({"method": "subscribe", "params": params}))
    return session


def test_a_busy_exchange_keeps_its_invariants_and_every_checksum_is_reproduced():
    clock = SteppedClock(STEPPED_START_NS)
    pairs = pairs_named(PAIRS)
    rate = dict.fromkeys(PAIRS, EVENTS_PER_SECOND / len(PAIRS))
    exchange = Exchange(pairs, 7, rate=rate, start_ns=clock.now())
    clientele = Clientele(exchange, 7)
    key = clientele.admit(wealthy_customer(pairs), clock.now())
    gateway = GatewayV2(
        exchange.markets,
        clock,
        seed=7,
        heartbeat_ns=10**9,
        idle_ns=10**12,
        clientele=clientele,
    )
    level2, level3 = Reader("book", Level2), Reader("level3", Level3)
    subscribed(gateway, "public", "book", level2)
    subscribed(gateway, "level3", "level3", level3, gateway.tokens.issue(key))
    client = Client(exchange, gateway.publish)
    commands = 0
    for tick in range(1, 50 * SECONDS + 1):
        clock.move_to(STEPPED_START_NS + tick * 20_000_000)
        commands += exchange.advance(clock.now(), gateway.publish)
        gateway.tick(clock.now())
        client.trade(clock.now())
        if tick % 25 == 0:
            conserved(exchange, clientele.customers)
    assert level2.wrong == level3.wrong == []
    assert commands > 0.95 * EVENTS_PER_SECOND * SECONDS
    assert level2.checked > 0.2 * commands
    assert level3.checked > 0.2 * commands
    assert len(level2.books) == len(level3.books) == len(PAIRS)
    assert client.placed > 10 * SECONDS
    assert len(exchange.venue.ledger("trader")) > 2 * SECONDS
