"""A board is what a dashboard shows, folded from events."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from rxkraken.cli.board import (
    KEPT_CANDLES,
    KEPT_LOG,
    KEPT_MIDS,
    KEPT_TRADES,
    Board,
    Happening,
    Mid,
    fold,
    price_of,
)
from rxkraken.cli.wording import describe
from rxkraken.models import (
    Candle,
    Connected,
    Connecting,
    Disconnected,
    Gap,
    LifecycleEvent,
    Malformed,
    Refused,
    Resynced,
    Stale,
    Subscribed,
    SubscriberDetached,
    SubscriptionRejected,
    Ticker,
    Topic,
    Trade,
    Unsubscribed,
)

NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)
TOPIC = Topic("book", "BTC/USD", (("depth", 10),))


@pytest.fixture
def book(make_book):
    return make_book([("99.0", "1.0")], [("101.0", "1.0")])


def board_of(*events):
    board = Board("demo", ("BTC/USD",))
    for event in events:
        board = fold(board, event)
    return board


def trade(number, price="1.0"):
    return Trade("BTC/USD", "buy", Decimal(price), Decimal(1), "limit", number, NOON)


def candle(minute, close):
    begin = NOON + timedelta(minutes=minute)
    return Candle("BTC/USD", 1, begin, Decimal(1), Decimal(9), Decimal(1), Decimal(close))


def ticker(last):
    return Ticker("BTC/USD", *[Decimal(1)] * 4, Decimal(last), *[Decimal(1)] * 6)


def test_trades_repeated_after_a_reconnect_are_shown_once():
    board = board_of(trade(1), trade(2), trade(1), trade(2), trade(3))
    assert [shown.trade_id for shown in board.trades["BTC/USD"]] == [1, 2, 3]


def test_trade_ids_that_start_anew_are_shown():
    board = board_of(trade(900), trade(1))
    assert [shown.trade_id for shown in board.trades["BTC/USD"]] == [900, 1]


def test_a_candle_replaces_the_one_of_its_interval_and_others_are_in_order():
    board = board_of(candle(1, 2), candle(0, 3), candle(1, 5))
    assert [int(shown.close) for shown in board.candles["BTC/USD"]] == [3, 5]


def test_what_is_kept_is_bounded():
    board = board_of(
        *(trade(number) for number in range(KEPT_TRADES + 9)),
        *(candle(minute, 1) for minute in range(KEPT_CANDLES + 9)),
        *(Mid("BTC/USD", Decimal(second)) for second in range(KEPT_MIDS + 9)),
        *(Happening(NOON, Connected("ws://a", session)) for session in range(KEPT_LOG + 9)),
    )
    assert len(board.trades["BTC/USD"]) == KEPT_TRADES
    assert len(board.candles["BTC/USD"]) == KEPT_CANDLES
    assert len(board.mids["BTC/USD"]) == KEPT_MIDS
    assert len(board.log) == KEPT_LOG
    assert board.mids["BTC/USD"][-1] == KEPT_MIDS + 8


@pytest.mark.parametrize(
    ("event", "connection"),
    [
        (Connecting("ws://a", 1, 1), "connecting"),
        (Connected("ws://a", 1), "connected"),
        (Disconnected("ws://a", 1, "gone", 1006, 0.0), "disconnected"),
    ],
)
def test_the_board_knows_the_state_of_the_connection(event, connection):
    assert board_of(Happening(NOON, event)).connection == connection


@pytest.mark.parametrize(
    "happening",
    [Gap(TOPIC, "checksum", 1, 0.0), Disconnected("ws://a", 1, "gone", 1006, 0.0)],
)
def test_a_book_is_stale_from_a_loss_of_continuity_to_its_next_value(happening, book):
    lost = board_of(book, Happening(NOON, happening))
    assert lost.stale == {"BTC/USD"}
    assert fold(lost, book).stale == frozenset()


def test_lifecycle_events_are_counted_through_their_time_stamp():
    board = board_of(Happening(NOON, Resynced(TOPIC, 1)))
    assert board.summary.resyncs == 1
    assert board.log == ((NOON, "resynced book BTC/USD"),)


def test_the_price_is_the_best_that_is_known(book):
    board = Board("demo", ("BTC/USD",))
    seen = [price_of(board, "BTC/USD")]
    for event in (candle(0, 7), trade(1, "8.0"), ticker("9.0"), book):
        board = fold(board, event)
        seen.append(price_of(board, "BTC/USD"))
    assert seen == ["n/a", "7", "8.0", "9.0", "100.0"]


def test_what_changes_nothing_gives_the_same_board():
    board = board_of(trade(1))
    assert fold(board, trade(1)) is board


def test_a_board_is_immutable():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        board_of().title = "other"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Connecting("ws://a", 1, 1), "connecting to ws://a"),
        (Connecting("ws://a", 4, 3), "connecting to ws://a, attempt 3"),
        (Connected("ws://a", 4), "connected, session 4"),
        (Disconnected("ws://a", 1, "gone", 1006, 2.5), "disconnected: gone; again in 2.5 s"),
        (Disconnected("ws://a", 1, "gone", 1008, None), "disconnected: gone"),
        (Subscribed(TOPIC, 1), "subscribed book BTC/USD"),
        (Subscribed(TOPIC, 1, ("old", "new")), "subscribed book BTC/USD (old; new)"),
        (Unsubscribed(TOPIC, 1), "unsubscribed book BTC/USD"),
        (SubscriptionRejected(TOPIC, 1, "no such pair"), "refused book BTC/USD: no such pair"),
        (Gap(TOPIC, "checksum", 1, 0.5), "gap in book BTC/USD: checksum; again in 0.5 s"),
        (Resynced(TOPIC, 1), "resynced book BTC/USD"),
        (Malformed(1, "not JSON", b"x"), "unreadable frame: not JSON"),
        (Refused(1, "Exceeded msg rate"), "the exchange says: Exceeded msg rate"),
        (Stale(1, 5.0), "no frame for 5.0 s"),
        (SubscriberDetached("trade", "KeyError: 1"), "a subscriber of trade failed: KeyError: 1"),
        (LifecycleEvent(), "LifecycleEvent"),
    ],
)
def test_every_lifecycle_event_is_told_in_words(event, words):
    assert describe(event) == words


def test_a_busy_market_does_not_push_out_the_trades_of_a_quiet_one():
    busy = [attrs.evolve(trade(number), symbol="ETH/USD") for number in range(KEPT_TRADES + 9)]
    board = board_of(trade(1), *busy)
    assert len(board.trades["BTC/USD"]) == 1
