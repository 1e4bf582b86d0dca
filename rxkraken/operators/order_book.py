"""From the frames of a book channel to verified books that heal themselves."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.core.backoff import Backoff, ReconnectPolicy
from rxkraken.core.order_book import Book, Precision
from rxkraken.errors import BookError, ConfigurationError, SnapshotMissing
from rxkraken.models.book import BookSnapshot, BookUpdate, OrderBook
from rxkraken.models.lifecycle import Gap, LifecycleEvent, Resynced
from rxkraken.models.topic import Topic
from rxkraken.operators.timing import scheduler_of
from rxkraken.wire.v2 import BookMessage, book_message

N = TypeVar("N")
Frames = BookMessage | BookSnapshot[Any] | BookUpdate[Any]

DEPTHS = (10, 25, 100, 500, 1000)
RESYNC = ReconnectPolicy(immediate=(0.0, 0.5, 1.0), minimum=2.0, maximum=10.0, maximum_attempts=5)


def _ignore(_: LifecycleEvent) -> None:
    pass


def order_book(
    symbol: str,
    depth: int = 10,
    *,
    number: Callable[[str], N] = Decimal,  # type: ignore[assignment] # the default of N
    precision: Callable[[str], Precision | None] = lambda _: None,
    resync: ReconnectPolicy = RESYNC,
    snapshot_within: float = 5.0,
    report: Callable[[LifecycleEvent], None] = _ignore,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[Frames]], Observable[OrderBook[N]]]:
    """Build the order book of one symbol, verify it with every frame, and heal it.

    ::

        frames      --S--u--u--X           S--u--
        order_book  --B--B--B--(Gap)-delay-B--B--   (Resynced)

    A frame that does not verify, crosses the book or cannot be read is withheld, as is everything
    after it: the operator reports `Gap`, leaves its source and subscribes to it again (which makes
    a channel ask for a fresh snapshot), and reports `Resynced` with the first book after that.
    When the budget of ``resync`` is spent, the stream ends with the error.

    Args:
        symbol: the pair; frames of others must not come.
        depth: levels a side of the subscription: 10, 25, 100, 500 or 1000.
        number: makes numbers of texts, ``Decimal`` or ``float``.
        precision: gives the pair's precision if it is known; else it is learnt from the frames.
        resync: pace and budget of healing.
        snapshot_within: seconds that updates without a snapshot are waited through.
        report: takes `Gap` and `Resynced`.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: the depth is not one the exchange offers.

    Source: spec ``v2-market-data`` §7.

    >>> import reactivex
    >>> from rxkraken.models import BookSnapshot, Level
    >>> levels = (Level(Decimal("100.1"), Decimal("2.0")),)
    >>> frames = reactivex.just(BookSnapshot("BTC/USD", bids=(), asks=levels))
    >>> _ = frames.pipe(order_book("BTC/USD")).subscribe(lambda book: print(book.best_ask.price))
    100.1
    """
    if depth not in DEPTHS:
        raise ConfigurationError(f"depth must be one of {DEPTHS}, not {depth!r}")
    topic = Topic("book", symbol, (("depth", depth),))

    def build(source: Observable[Frames]) -> Observable[OrderBook[N]]:
        def subscribe(
            observer: abc.ObserverBase[OrderBook[N]], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            return _HealingBook(
                source,
                observer,
                lambda: Book(symbol, depth, number=number, precision=precision(symbol)),
                topic,
                Backoff(resync),
                snapshot_within,
                report,
                scheduler_of(scheduler, subscription),
            ).start()

        return Observable(subscribe)

    return build


@attrs.define(eq=False)
class _HealingBook(Generic[N]):
    """One subscription: a book that is begun anew, from a fresh snapshot, whenever it fails."""

    source: Observable[Frames]
    observer: abc.ObserverBase[OrderBook[N]]
    new_book: Callable[[], Book[N]]
    topic: Topic
    backoff: Backoff
    snapshot_within: float
    report: Callable[[LifecycleEvent], None]
    clock: abc.SchedulerBase
    upstream: SerialDisposable = attrs.field(factory=SerialDisposable)
    timer: SerialDisposable = attrs.field(factory=SerialDisposable)
    healing: bool = False
    waiting_since: float | None = None

    def start(self) -> abc.DisposableBase:
        self.begin()
        return CompositeDisposable(self.timer, self.upstream)

    def begin(self, *_: object) -> None:
        apply, emit = self.new_book().apply, self.observer.on_next
        self.waiting_since = None

        def on_next(frame: Frames) -> None:
            message = frame if frame.__class__ is BookMessage else book_message(cast("Any", frame))
            try:
                view = apply(message)
            except BookError as error:
                self.recover(error)
                return
            if view is None:
                self.await_snapshot()
                return
            if self.healing:
                self.healed()
            emit(view)

        self.upstream.disposable = self.source.subscribe(
            on_next, self.observer.on_error, self.observer.on_completed, scheduler=self.clock
        )

    def recover(self, error: BookError) -> None:
        self.healing = True
        self.upstream.disposable = None
        chance = random.random()  # noqa: S311 - jitter
        again = self.backoff.failed(error, self.now(), chance)
        delay = None if again is None else again.delay
        self.report(Gap(self.topic, str(error), self.backoff.attempt, delay))
        if delay is None:
            self.observer.on_error(error)
        else:
            self.timer.disposable = self.clock.schedule_relative(delay, self.begin)

    def healed(self) -> None:
        self.healing = False
        self.backoff.succeeded(self.now())
        self.report(Resynced(self.topic, self.backoff.attempt))

    def await_snapshot(self) -> None:
        if self.waiting_since is None:
            self.waiting_since = self.now()
        elif self.now() - self.waiting_since > self.snapshot_within:
            symbol = str(self.topic.symbol)
            self.recover(SnapshotMissing(f"{symbol}: no snapshot came", symbol=symbol))

    def now(self) -> float:
        return self.clock.to_seconds(self.clock.now)
