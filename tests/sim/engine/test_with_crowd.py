"""Clients and the crowd in the same markets: nothing is lost and nothing goes negative."""

import random
from decimal import Decimal

from rxkraken.sim.clock import STEPPED_START_NS
from rxkraken.sim.engine import OrderReport, OrderRequest, Refused, Trigger
from rxkraken.sim.listing import PAIRS
from rxkraken.sim.market import Exchange

SECOND = 10**9
SYMBOLS = ("BTC/USD", "EUR/USD", "BTT/USD", "ETH/BTC")


def wild_request(source, market):
    """An order near the market: any side, several types, a modest size."""
    pair, side = market.pair, source.choice(["buy", "sell"])
    ticks = market.engine.last_price + source.randrange(-200, 200) * pair.price_increment
    price = Decimal(pair.price_text(max(pair.price_increment, ticks)))
    kind = source.choice(["limit", "limit", "market", "stop-loss", "trailing-stop-limit"])
    trigger = {
        "stop-loss": Trigger(price=price),
        "trailing-stop-limit": Trigger(price=Decimal("0.1"), price_type="pct", reference="index"),
    }.get(kind)
    limit = {"limit": price, "trailing-stop-limit": Decimal(0)}.get(kind)
    return OrderRequest(
        symbol=pair.symbol,
        side=side,
        order_type=kind,
        quantity=Decimal(pair.qty_text(max(pair.minimum_lots, pair.typical_lots // 3))),
        limit_price=limit,
        trigger=trigger,
        fee_in=source.choice(["quote", "base"]),
        starts_ns=source.choice([None, None, STEPPED_START_NS + 3 * SECOND]),
    )


def run(seed):
    """Five seconds; after every command the invariants are looked at."""
    pairs = [PAIRS[symbol] for symbol in SYMBOLS]
    exchange = Exchange(pairs, seed, rate=100.0, start_ns=STEPPED_START_NS)
    venue, source, reports, refusals = exchange.venue, random.Random(seed), [], set()
    money = {"USD": Decimal(30_000), "BTC": Decimal(1), "EUR": Decimal(20_000)}
    for name in ("alice", "bob"):
        venue.open_account(name, balances=money)

    def look(market, events):
        bid, ask = market.book.bids.best_price(), market.book.asks.best_price()
        assert bid < ask
        reports.extend(event for event in events if isinstance(event, OrderReport))
        for name in ("alice", "bob"):
            account = venue.accounts[name]
            assert all(account.available(asset) >= 0 for asset in account.balances())

    for step in range(1, 101):
        now_ns = STEPPED_START_NS + step * SECOND // 20
        exchange.advance(now_ns, look)
        market = exchange.markets[source.choice(SYMBOLS)]
        try:
            placed = venue.add(
                source.choice(["alice", "bob"]), wild_request(source, market), now_ns=now_ns
            )
        except Refused as refused:
            refusals.add(refused.text)
            continue
        exchange.announce(placed.happenings, look)
        assert not any(venue.conserved().values())
    assert refusals <= {"EOrder:Insufficient funds"}
    return reports, venue


def test_money_is_conserved_and_never_negative_while_clients_trade_with_the_crowd():
    reports, venue = run(5)
    kinds = {report.kind for report in reports}
    assert {"pending", "new", "trade", "filled", "status"} <= kinds
    assert {report.fill.liquidity for report in reports if report.fill} == {"m", "t"}
    for name in ("alice", "bob"):
        venue.cancel_all(name, now_ns=STEPPED_START_NS + 10 * SECOND)
        account = venue.accounts[name]
        assert all(account.held(asset) == 0 for asset in account.balances())


def test_the_same_seed_gives_the_same_reports_with_the_same_identifiers():
    assert run(6)[0] == run(6)[0]
