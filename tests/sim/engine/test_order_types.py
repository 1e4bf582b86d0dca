"""Every order type and time in force, once, in a market whose numbers can be done in the head."""

from decimal import Decimal

import pytest

from rxkraken.sim.engine import Conditional, OrderRemoved


@pytest.fixture
def book(desk):
    """Bids of 2 at 99.95 and 99.90, asks of 2 at 100.05 and 100.10, all of the crowd."""
    for distance in (5, 10):
        desk.crowd("buy", 2000, 10000 - distance)
        desk.crowd("sell", 2000, 10000 + distance)
    return desk


def test_a_limit_order_rests_at_its_price(book):
    order_id = book.add("buy", "limit", "1.5", "99.90")
    assert book.kinds() == ["pending", "new"]
    assert book.levels("buy") == [(9995, 2000), (9990, 3500)]
    assert book.state(order_id).visible == 1500
    assert book.available("USD") == (Decimal(100000) * 10_000) - 1_498_500 - 3897


def test_a_limit_order_that_crosses_trades_at_the_resting_price_and_rests_with_the_remainder(book):
    order_id = book.add("buy", "limit", "3", "100.05")
    assert book.trades() == [(10005, 2000)]
    assert book.kinds() == ["pending", "new", "trade"]
    assert book.levels("buy")[0] == (10005, 1000)
    (told,) = book.reports("trade")
    assert (told.fill.liquidity, told.fill.price, told.order.status) == (
        "t",
        10005,
        "partially_filled",
    )
    # 200.10 at 0.26 % is 0.52026, in units of 0.0001
    assert (told.fill.fee, told.fill.fee_asset) == (5203, "USD")
    book.crowd("sell", 1000, 10005)
    (told,) = book.reports("trade")
    # the fee of the whole order is 0.52026 + 100.05 * 0.16 % = 0.68034
    assert (told.fill.liquidity, told.fill.fee) == ("m", 6803 - 5203)
    assert book.state(order_id).status == "filled"


def test_a_market_order_walks_the_book_and_cancels_what_finds_no_counterpart(book):
    order_id = book.add("sell", "market", "5")
    assert book.trades() == [(9995, 2000), (9990, 2000)]
    assert book.kinds() == ["pending", "new", "trade", "trade", "canceled"]
    state = book.state(order_id)
    assert (state.filled, state.cost, state.reason) == (
        4000,
        9995 * 2000 + 9990 * 2000,
        "IOC remainder canceled",
    )


def test_a_market_order_for_an_amount_of_money_buys_as_many_lots_as_it_pays(book):
    order_id = book.add("buy", "market", None, cash=Decimal(250))
    assert book.trades() == [(10005, 2000), (10010, 498)]
    state = book.state(order_id)
    assert (state.status, state.quantity, state.filled) == ("filled", 2498, 2498)


def test_an_iceberg_shows_a_part_and_refills_it_behind_the_others(book):
    iceberg = book.add("buy", "iceberg", "3", "100.00", display="1")
    other = book.add("buy", "limit", "1", "100.00", who="bob")
    assert book.levels("buy")[0] == (10000, 2000)
    book.crowd("sell", 2500)
    assert book.kinds(iceberg) == ["trade", "refilled", "trade"]
    assert book.kinds(other) == ["trade", "filled"]
    assert book.levels("buy")[0] == (10000, 500)
    assert book.state(iceberg).filled == 1500
    removed = [event for event in book.events if isinstance(event, OrderRemoved)]
    assert [event.order_id for event in removed] == [iceberg, other]


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "quiet", "firing"),
    [
        ("stop-loss", "sell", "99.50", 9951, 9950),
        ("stop-loss", "buy", "100.50", 10049, 10050),
        ("take-profit", "sell", "100.50", 10049, 10050),
        ("take-profit", "buy", "99.50", 9951, 9950),
        ("stop-loss", "sell", ("-0.5", "pct"), 9951, 9950),
        ("take-profit", "sell", ("0.50", "quote"), 10049, 10050),
        ("trailing-stop", "sell", ("0.50", "quote"), 9951, 9950),
        ("trailing-stop", "buy", ("0.5", "pct"), 10049, 10050),
    ],
)
def test_a_triggered_order_fires_at_its_level_and_not_before(  # noqa: PLR0917 - a table
    book, kind, side, trigger, quiet, firing
):
    price, *kinds = (trigger,) if isinstance(trigger, str) else trigger
    order_id = book.add(side, kind, "1", trigger=(price, *(kinds or ["static"]), "index"))
    assert book.kinds() == ["pending", "new"]
    assert book.state(order_id).visible == 0
    book.hear(book.venue.set_index("ABC/USD", quiet, now_ns=book.now))
    assert not book.trades()
    book.hear(book.venue.set_index("ABC/USD", firing, now_ns=book.now))
    assert book.kinds() == ["status", "trade", "filled"]
    state = book.state(order_id).trigger
    assert (state.fired_price, state.fired_ns) == (firing, book.now)


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "price", "last"),
    [
        ("stop-loss-limit", "sell", "99.90", "99.90", 9990),
        ("take-profit-limit", "sell", "100.10", "100.10", 10010),
    ],
)
def test_a_triggered_limit_order_rests_at_its_limit(  # noqa: PLR0917 - a table
    book, kind, side, trigger, price, last
):
    order_id = book.add(side, kind, "1", price, trigger=trigger)
    if last < 10000:
        book.crowd("sell", 4000, 9990)
        assert book.levels("sell")[0] == (9990, 1000)
    else:
        book.crowd("buy", 4000, 10010)
        assert book.levels("sell")[0] == (10010, 1000)
    assert book.state(order_id).visible == 1000
    assert book.reports("status")[0].order.trigger.fired_price == last


def test_a_trailing_stop_follows_the_peak_and_tells_so_once_a_second(book):
    order_id = book.add("sell", "trailing-stop", "1", trigger=("1", "pct", "index"))
    told = []
    for index in (10100, 10200, 10150):
        book.hear(book.venue.set_index("ABC/USD", index, now_ns=book.now))
        told += book.kinds()
    assert told == ["status"]
    trigger = book.state(order_id).trigger
    assert (trigger.peak, trigger.level) == (10200, 10098)
    book.hear(book.venue.set_index("ABC/USD", 10098, now_ns=book.now))
    assert book.state(order_id).status == "filled"


@pytest.mark.parametrize(
    ("offset", "limit"), [(("0.03", "quote"), 9955), (("0", "quote"), 9950), (("0.1", "pct"), 9960)]
)
def test_the_limit_of_a_trailing_stop_limit_is_counted_from_its_trigger_and_snapped(
    book, offset, limit
):
    order_id = book.add(
        "sell",
        "trailing-stop-limit",
        "1",
        offset[0],
        limit_price_type=offset[1],
        trigger=("0.50", "quote", "index"),
    )
    book.hear(book.venue.set_index("ABC/USD", 9950, now_ns=book.now))
    assert book.state(order_id).limit_price == limit
    assert book.trades() == [(9995, 1000)]


def test_without_an_index_price_the_last_price_stands_in(book):
    order_id = book.add("sell", "stop-loss", "1", trigger=("99.90", "static", "index"))
    book.crowd("sell", 3000)
    assert book.state(order_id).status == "filled"


def test_a_trigger_that_is_passed_already_fires_at_once(book):
    book.add("sell", "stop-loss", "1", trigger="100.00")
    assert book.kinds() == ["pending", "new", "status", "trade", "filled"]


def test_an_ioc_order_never_rests(book):
    order_id = book.add("buy", "limit", "3", "100.05", time_in_force="ioc")
    assert book.kinds() == ["pending", "new", "trade", "canceled"]
    assert book.state(order_id).filled == 2000
    assert book.levels("sell") == [(10010, 2000)]


@pytest.mark.parametrize(("quantity", "filled"), [("4", 4000), ("4.001", 0)])
def test_a_fok_order_is_filled_whole_or_not_at_all(book, quantity, filled):
    order_id = book.add("buy", "limit", quantity, "100.10", time_in_force="fok")
    assert book.state(order_id).filled == filled
    assert book.state(order_id).status == ("filled" if filled else "canceled")
    assert bool(book.trades()) == bool(filled)


def test_a_gtd_order_expires_at_its_time(book):
    order_id = book.add(
        "buy", "limit", "1", "99.90", time_in_force="gtd", expires_ns=book.now + 60 * 10**9
    )
    book.advance(59.999)
    assert book.state(order_id).status == "new"
    book.advance(10)
    (told,) = book.reports("expired")
    assert told.timestamp_ns == 1060 * 10**9
    assert book.levels("buy")[1] == (9990, 2000)
    assert book.available("USD") == book.venue.accounts["alice"].balance("USD")


def test_a_scheduled_order_is_pending_until_its_start_and_holds_its_money(book):
    start = book.now + 10**10
    order_id = book.add("buy", "limit", "1", "100.05", starts_ns=start)
    assert book.kinds() == ["pending"]
    assert book.available("USD") < 10**9
    assert book.venue.next_ns == start
    book.advance(10)
    assert book.kinds() == ["new", "trade", "filled"]
    assert book.state(order_id).closed_ns == start


def test_each_fill_of_a_primary_makes_a_closing_order_of_its_size(book):
    close = Conditional(
        order_type="stop-loss-limit", limit_price=Decimal("99.00"), trigger_price=Decimal("99.10")
    )
    primary = book.add("buy", "limit", "3", "100.10", conditional=close)
    closing = [state for state in book.venue.open_orders("alice") if state.parent_id == primary]
    assert [(state.quantity, state.request.side) for state in closing] == [
        (2000, "sell"),
        (1000, "sell"),
    ]
    assert all(state.request.order_type == "stop-loss-limit" for state in closing)


def test_post_only_orders_that_would_trade_are_refused_or_cancelled(
    book, open_engine_desk, make_order
):
    from rxkraken.sim.engine import Refused

    with pytest.raises(Refused, match="EOrder:Post only order"):
        book.add("buy", "limit", "1", "100.05", post_only=True)
    assert book.available("USD") == 10**9
    other = open_engine_desk(post_only_refuses=False)
    other.crowd("sell", 1000, 10005)
    order_id = other.add("buy", "limit", "1", "100.05", post_only=True)
    assert other.kinds() == ["pending", "new", "canceled"]
    assert other.state(order_id).reason == "Post only order"


@pytest.mark.parametrize(
    ("mode", "arriving", "resting"),
    [
        ("cancel_newest", "canceled", "new"),
        ("cancel_oldest", "filled", "canceled"),
        ("cancel_both", "canceled", "canceled"),
    ],
)
def test_an_account_does_not_trade_with_itself(book, mode, arriving, resting):
    own = book.add("sell", "limit", "1", "100.00")
    new = book.add("buy", "limit", "1", "100.05", self_trade=mode)
    assert (book.state(new).status, book.state(own).status) == (arriving, resting)
    assert own not in {event.order.order_id for event in book.reports("trade")}


def test_traders_of_one_account_may_meet_if_they_say_who_they_are(book):
    book.add("sell", "limit", "1", "100.00", trader_id="one")
    book.add("buy", "limit", "1", "100.00", trader_id="two")
    assert book.trades() == [(10000, 1000)]
    assert not any(book.venue.conserved().values())
