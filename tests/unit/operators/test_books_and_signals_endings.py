"""What operators over books, signals and fills owe a stream: its end, its error, disposal."""

from decimal import Decimal

import attrs
import pytest
import reactivex
from reactivex import Observable, testing
from reactivex.disposable import Disposable
from reactivex.subject import Subject

from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.models.level3 import Level3Order, Level3Snapshot
from rxkraken.models.portfolio import Fill, OrderRequest
from rxkraken.operators.book_depth import depth_within, walk_book
from rxkraken.operators.books import (
    crossed,
    imbalance,
    microprice,
    spread_bps,
    top_of_book,
)
from rxkraken.operators.debounce_signal import debounce_signal
from rxkraken.operators.level2_from_level3 import level2_from_level3
from rxkraken.operators.order_flow_imbalance import order_flow_imbalance
from rxkraken.operators.orders import target_to_orders
from rxkraken.operators.portfolio import position, profit_and_loss
from rxkraken.operators.signals import crossover, threshold
from rxkraken.operators.stop_when import stop_when
from rxkraken.operators.throttle_orders import throttle_orders
from rxkraken.wire.v2 import BookLevel

CLOCK = testing.TestScheduler()
BOOK = OrderBook(
    BookIdentity("A/B", 10, Decimal), [BookLevel("9", "1")], [BookLevel("11", "1")], None, None
)
ORDER = OrderRequest("A/B", "buy", "market", Decimal(1))
FILL = Fill("A/B", "buy", 9, 1)
UNREADABLE = OrderBook(
    BookIdentity("A/B", 10, Decimal), [BookLevel("", "")], [BookLevel("", "")], None, None
)


@attrs.frozen
class Case:
    """An operator, a value it takes, and one on which it fails."""

    operator: object
    value: object
    bad: object


CASES = {
    "top_of_book": Case(top_of_book(), BOOK, UNREADABLE),
    "microprice": Case(microprice(), BOOK, UNREADABLE),
    "imbalance": Case(imbalance(3), BOOK, UNREADABLE),
    "spread_bps": Case(spread_bps(), BOOK, UNREADABLE),
    "crossed": Case(crossed(), BOOK, UNREADABLE),
    "order_flow_imbalance": Case(order_flow_imbalance(), BOOK, UNREADABLE),
    "depth_within": Case(depth_within(10), BOOK, UNREADABLE),
    "walk_book": Case(walk_book("buy", qty=1), BOOK, UNREADABLE),
    "level2_from_level3": Case(
        level2_from_level3(),
        Level3Snapshot("A/B", (Level3Order("X", Decimal(9), Decimal(1)),), ()),
        Level3Snapshot("A/B", (Level3Order("X", "", ""),), ()),
    ),
    "crossover": Case(crossover(), (1, 2), ("a", 2)),
    "threshold": Case(threshold(5), 6, "a"),
    "debounce_signal": Case(debounce_signal(1, key=abs, scheduler=CLOCK), 1, "a"),
    "debounce_signal_by_events": Case(debounce_signal(1, time=lambda event: event[0]), (0, 1), ()),
    "position": Case(position(), FILL, ORDER),
    "profit_and_loss": Case(profit_and_loss(mark=reactivex.just(9)), FILL, ORDER),
    "stop_when": Case(stop_when(drawdown=5), 10, "a"),
    "target_to_orders": Case(target_to_orders("A/B", position=reactivex.just(0), lot=1), 5, "a"),
    "throttle_orders": Case(throttle_orders(scheduler=CLOCK), ORDER, "a"),
}


@pytest.fixture(params=CASES, name="case")
def each_case(request):
    return CASES[request.param]


def subscribe(case):
    subject, seen, ends = Subject(), [], []
    piped = subject.pipe(case.operator)
    subscription = piped.subscribe(seen.append, ends.append, lambda: ends.append("|"))
    return subject, seen, ends, subscription


def test_the_end_of_the_source_is_its_end(case):
    subject, _, ends, _ = subscribe(case)
    subject.on_next(case.value)
    subject.on_completed()
    assert ends == ["|"]


def test_an_error_of_the_source_is_its_error(case):
    subject, _, ends, _ = subscribe(case)
    subject.on_next(case.value)
    error = OSError("down")
    subject.on_error(error)
    assert ends == [error]


def test_a_value_it_cannot_use_is_its_error_and_the_producer_never_notices(case):
    subject, _, ends, _ = subscribe(case)
    subject.on_next(case.bad)
    subject.on_next(case.value)
    assert len(ends) == 1
    assert isinstance(ends[0], Exception)
    assert subject.observers == []


def test_after_a_disposal_it_has_left_its_source_and_is_silent(case):
    subject, seen, ends, subscription = subscribe(case)
    subject.on_next(case.value)
    before = list(seen)
    subscription.dispose()
    assert subject.observers == []
    subject.on_next(case.value)
    subject.on_completed()
    CLOCK.advance_by(100)
    assert (seen, ends) == (before, [])


def test_it_subscribes_on_the_scheduler_of_the_subscription(case):
    chosen, given = testing.TestScheduler(), []

    def subscribe_source(observer, scheduler=None):
        given.append(scheduler)
        return Disposable()

    Observable(subscribe_source).pipe(case.operator).subscribe(scheduler=chosen)
    assert given == [chosen]


def test_nothing_is_subscribed_before_its_subscription_and_each_has_its_own(case):
    subject = Subject()
    piped = subject.pipe(case.operator)
    assert subject.observers == []
    piped.subscribe()
    piped.subscribe()
    assert len(subject.observers) == 2
