"""Every error text of trading, and which one comes first."""

from decimal import Decimal

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import FeeSchedule
from rxkraken.sim.engine import Amendment, ByOrderId, Conditional, Refused

INVALID = "EGeneral:Invalid arguments:"
DAY = 86_400 * 10**9
STATIC = ("100.00", "static")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"symbol": "NO/PAIR"}, "EQuery:Unknown asset pair"),
        ({"kind": "settle-position", "price": None}, f"{INVALID}ordertype"),
        ({"side": "hold"}, f"{INVALID}type"),
        ({"quantity": None}, f"{INVALID}volume"),
        ({"cash": "5"}, f"{INVALID}volume"),
        ({"kind": "limit", "quantity": None, "cash": "5"}, f"{INVALID}viqc"),
        ({"kind": "market", "side": "sell", "quantity": None, "cash": "5", "price": None},
         f"{INVALID}viqc"),
        ({"price": None}, f"{INVALID}price"),
        ({"kind": "market"}, f"{INVALID}price"),
        ({"limit_price_type": "pct"}, f"{INVALID}price type"),
        ({"trigger": STATIC}, f"{INVALID}trigger price"),
        ({"kind": "stop-loss", "price": None}, f"{INVALID}trigger price"),
        ({"kind": "trailing-stop", "price": None, "trigger": STATIC}, f"{INVALID}trigger price"),
        ({"kind": "trailing-stop", "price": None, "trigger": ("-1", "quote")},
         f"{INVALID}trigger price"),
        ({"display": "1"}, f"{INVALID}display volume"),
        ({"kind": "iceberg"}, f"{INVALID}display volume"),
        ({"kind": "iceberg", "quantity": "16", "display": "1"}, f"{INVALID}display volume"),
        ({"kind": "iceberg", "display": "2"}, f"{INVALID}display volume"),
        ({"time_in_force": "ioc", "post_only": True}, f"{INVALID}post only"),
        ({"kind": "market", "price": None, "post_only": True}, f"{INVALID}post only"),
        ({"time_in_force": "day"}, f"{INVALID}timeinforce"),
        ({"kind": "market", "price": None, "time_in_force": "fok"}, f"{INVALID}timeinforce"),
        ({"time_in_force": "gtd"}, f"{INVALID}expiretm"),
        ({"expires_ns": 2 * DAY}, f"{INVALID}expiretm"),
        ({"time_in_force": "gtd", "expires_ns": 1}, f"{INVALID}expiretm"),
        ({"time_in_force": "gtd", "expires_ns": 40 * DAY}, f"{INVALID}expiretm"),
        ({"deadline_ns": DAY}, f"{INVALID}deadline"),
        ({"client_id": "far too long for free text"}, f"{INVALID}cl_ord_id"),
        ({"client_id": "a", "reference": 1}, f"{INVALID}cl_ord_id"),
        ({"client_id": "a", "conditional": Conditional(order_type="limit", limit_price=Decimal(1))},
         f"{INVALID}cl_ord_id"),
        ({"reference": 1 << 31}, f"{INVALID}userref"),
        ({"self_trade": "decrement"}, f"{INVALID}stp type"),
        ({"conditional": Conditional(order_type="market")}, f"{INVALID}close"),
        ({"conditional": Conditional(order_type="limit")}, f"{INVALID}close"),
        ({"kind": "stop-loss", "price": None, "symbol": "XYZ/USD",
          "trigger": ("9.0", "static", "index")}, f"{INVALID}Index unavailable"),
        ({"price": "99.91"}, "EOrder:Tick size check failed"),
        ({"price": "99.912"}, "EOrder:Invalid price"),
        ({"price": "0"}, "EOrder:Invalid price"),
        ({"price": "-1"}, "EOrder:Invalid price"),
        ({"price": "NaN"}, "EOrder:Invalid price"),
        ({"price": "1E+999"}, "EOrder:Invalid price"),
        ({"kind": "stop-loss", "price": None, "trigger": ("-100", "pct")}, "EOrder:Invalid price"),
        ({"kind": "stop-loss", "price": None, "trigger": ("1E+99", "pct")}, "EOrder:Invalid price"),
        ({"quantity": "1.0001"}, f"{INVALID}volume"),
        ({"quantity": "-1"}, f"{INVALID}volume"),
        ({"quantity": "0.099"}, "EOrder:Order minimum not met"),
        ({"price": "9.95", "quantity": "0.1"}, "EOrder:Cost minimum not met"),
        ({"deadline_ns": 1000 * 10**9}, "EService:Deadline elapsed"),
        ({"quantity": "1001"}, "EOrder:Insufficient funds"),
        ({"side": "sell", "quantity": "100001"}, "EOrder:Insufficient funds"),
        ({"reduce_only": True}, "EOrder:Reduce only:No position exists"),
        ({"margin": True}, "EOrder:Insufficient margin"),
        ({"price": "100.05", "post_only": True}, "EOrder:Post only order"),
    ],
    ids=str,
)  # fmt: skip
def test_an_order_is_refused_with_the_documented_text_and_leaves_no_trace(desk, arguments, text):
    desk.crowd("sell", 1000, 10005)
    with pytest.raises(Refused) as refusal:
        desk.add(**{"price": "100.00", **arguments})
    assert refusal.value.text == text
    assert not desk.venue.open_orders("alice")
    assert desk.available("USD") == desk.venue.accounts["alice"].balance("USD")
    assert desk.available("ABC") == desk.venue.accounts["alice"].balance("ABC")


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"symbol": "NO/PAIR"}, {"price": None}),
        ({"price": None}, {"quantity": "0.01"}),
        ({"price": "99.91"}, {"quantity": "0.01"}),
        ({"quantity": "0.01"}, {"deadline_ns": 1}),
        ({"deadline_ns": 1}, {"quantity": "5000"}),
        ({"quantity": "5000"}, {"reduce_only": True}),
        ({"reduce_only": True}, {"price": "100.05", "post_only": True}),
    ],
)
def test_of_two_mistakes_the_one_of_the_earlier_step_is_told(desk, worse, better):
    desk.crowd("sell", 1000, 10005)

    def text(**arguments):
        with pytest.raises(Refused) as refusal:
            desk.add(**{"price": "100.00", **arguments})
        return refusal.value.text

    assert text(**worse) == text(**{**better, **worse}) != text(**better)


def test_validation_checks_the_request_and_neither_money_nor_deadline(desk):
    assert desk.add(price="100.00", quantity="50000", deadline_ns=1, validate=True) == ""
    assert desk.events == []
    with pytest.raises(Refused, match="Tick size"):
        desk.add(price="100.01", validate=True)


@pytest.mark.parametrize(
    ("state", "arguments", "text"),
    [
        ("cancel_only", {}, "EService:Market in cancel_only mode"),
        ("post_only", {}, "EService:Market in post_only mode"),
        ("post_only", {"post_only": True}, None),
        ("limit_only", {"kind": "market", "price": None}, "EService:Market in limit_only mode"),
        ("limit_only", {}, None),
        ("maintenance", {}, "EService:Unavailable"),
    ],
)
@pytest.mark.parametrize("scope", ["system", "pair"])
def test_states_of_exchange_and_pair_allow_what_they_say(desk, state, arguments, text, scope):
    if scope == "system":
        desk.venue.set_system(state, now_ns=desk.now)
    else:
        desk.venue.set_pair("ABC/USD", state, now_ns=desk.now)
    if text is None:
        assert desk.add(**{"price": "99.00", **arguments})
        return
    with pytest.raises(Refused) as refusal:
        desk.add(**{"price": "99.00", **arguments})
    assert refusal.value.text == text


def test_orders_can_be_cancelled_but_not_amended_in_cancel_only(desk):
    order_id = desk.add(price="99.00")
    desk.venue.set_system("cancel_only", now_ns=desk.now)
    change = Amendment(limit_price=Decimal("98.00"))
    with pytest.raises(Refused, match="cancel_only"):
        desk.venue.amend("alice", ByOrderId(order_id), change, now_ns=desk.now)
    desk.cancel(order_id)
    assert desk.state(order_id).status == "canceled"


def test_triggers_wait_until_the_market_is_open_again(desk):
    desk.crowd("buy", 5000, 9900)
    order_id = desk.add("sell", "stop-loss", "1", trigger=("99.00", "static", "index"))
    desk.venue.set_system("cancel_only", now_ns=desk.now)
    desk.venue.set_index("ABC/USD", 9800, now_ns=desk.now)
    assert desk.state(order_id).status == "new"
    desk.hear(desk.venue.set_system("online", now_ns=desk.now))
    assert desk.state(order_id).status == "filled"


def test_a_maintenance_holds_the_timers_up(desk):
    order_id = desk.add(price="99.00")
    desk.venue.cancel_after("alice", 10, now_ns=desk.now)
    desk.venue.set_system("maintenance", now_ns=desk.now)
    desk.advance(60)
    assert desk.venue.next_ns is None
    assert desk.state(order_id).status == "new"
    desk.venue.set_system("online", now_ns=desk.now)
    desk.advance(1)
    assert desk.state(order_id).closed_ns == desk.now - 10**9


class Strict:
    """Rules that say no to what they were told to, and note what they are asked."""

    def __init__(self):
        self.charged, self.over, self.full = [], None, None

    def charge(  # noqa: PLR0917 - as it is asked
        self, account, symbol, transaction, ages_ns, count, now_ns
    ):
        self.charged.append((account, symbol, transaction, tuple(ages_ns), count))
        return self.over

    def admit(self, account, symbol, open_orders, *, scheduled):
        return self.full if open_orders else None


def test_rules_are_asked_in_their_step_and_charged_even_if_the_order_is_refused(open_engine_desk):
    rules = Strict()
    desk = open_engine_desk(rules=rules)
    rules.over = "EOrder:Rate limit exceeded"
    with pytest.raises(Refused, match="Tick size"):
        desk.add(price="99.91")
    with pytest.raises(Refused, match="Rate limit"):
        desk.add(price="99.00", quantity="50000")
    assert rules.charged == [("alice", "ABC/USD", "add", (), 1)] * 2
    rules.over, rules.full = None, "EOrder:Orders limit exceeded"
    order_id = desk.add(price="99.00")
    with pytest.raises(Refused, match="Orders limit"):
        desk.add(price="99.00")
    desk.advance(7)
    desk.cancel(order_id)
    assert rules.charged[-1] == ("alice", "ABC/USD", "cancel", (7 * 10**9,), 1)


def test_accounts_cannot_be_opened_twice_or_paid_in_what_there_is_not(desk):
    with pytest.raises(ConfigurationError, match="already"):
        desk.venue.open_account("alice")
    with pytest.raises(ConfigurationError, match="GOLD"):
        desk.venue.deposit("alice", "GOLD", Decimal(1), now_ns=0)
    with pytest.raises(ConfigurationError, match="decimals"):
        desk.venue.deposit("alice", "USD", Decimal("0.00001"), now_ns=0)
    with pytest.raises(ConfigurationError, match="open_account"):
        desk.venue.deposit("carol", "USD", Decimal(1), now_ns=0)
    with pytest.raises(ConfigurationError, match="taker"):
        FeeSchedule(maker=10, taker=5)
    with pytest.raises(ConfigurationError, match="100 %"):
        FeeSchedule(maker=0, taker=1_000_000)


def test_what_is_held_cannot_be_withdrawn(desk):
    desk.add(price="100.00", quantity="995")
    with pytest.raises(Refused, match="Insufficient funds"):
        desk.venue.withdraw("alice", "USD", Decimal(1000), now_ns=desk.now)
    entry = desk.venue.withdraw("alice", "USD", Decimal(10), now_ns=desk.now)
    assert (entry.kind, entry.amount) == ("withdrawal", -100_000)
    assert not any(desk.venue.conserved().values())
