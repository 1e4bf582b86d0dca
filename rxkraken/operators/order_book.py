"""From the frames of a book channel to verified books that heal themselves."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Generic, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable

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
RESYNC = ReconnectPolicy(
    immediate=(0.0, 0.5, 1.0), minimum=2.0, maximum=10.0, stable_after=10.0, maximum_attempts=5
)


class CurrentBook(Generic[N]):
    """Tells late subscribers the book as it stands, without holding on to any view."""

    passive = True

    def __init__(self) -> None:
        self.book: Book[N] | None = None

    def remember(self, _: OrderBook[N]) -> None:
        """The book itself remembers."""

    def recall(self) -> tuple[OrderBook[N], ...]:
        """Give the present view, if it is valid."""
        view = None if self.book is None else self.book.view()
        return () if view is None else (view,)

    def forget(self) -> None:
        """Trust nothing until the next snapshot."""
        if self.book is not None:
            self.book.invalidate()


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
    keeper = BookKeeper(
        symbol=symbol,
        depth=depth,
        number=number,
        precision=precision,
        resync=resync,
        snapshot_within=snapshot_within,
        report=report,
        scheduler=scheduler,
    )
    return lambda source: Observable(partial(keeper.keep, source.pipe(ops.map(_message))))


@attrs.frozen(kw_only=True)
class BookKeeper(Generic[N]):
    """What `order_book` is told, and the way to keep a book without a wrapper around each frame."""

    symbol: str
    depth: int
    number: Callable[[str], N]
    precision: Callable[[str], Precision | None]
    resync: ReconnectPolicy = RESYNC
    snapshot_within: float = 5.0
    report: Callable[[LifecycleEvent], None] = _ignore
    current: CurrentBook[N] = attrs.field(factory=CurrentBook)
    scheduler: abc.SchedulerBase | None = None

    def keep(
        self,
        source: Observable[BookMessage],
        observer: abc.ObserverBase[OrderBook[N]],
        subscription: abc.SchedulerBase | None = None,
    ) -> abc.DisposableBase:
        """Give an observer the books of a source, until disposed."""
        clock = scheduler_of(self.scheduler, subscription)
        return _HealingBook(self, source, observer, clock, subscription).start()

    def new_book(self) -> Book[N]:
        """Make an empty book."""
        precision = self.precision(self.symbol)
        return Book(self.symbol, self.depth, number=self.number, precision=precision)

    @property
    def topic(self) -> Topic:
        """What is reported on."""
        return Topic("book", self.symbol, (("depth", self.depth),))


@attrs.define(eq=False)
class _HealingBook(Generic[N]):
    """One subscription: a book that is begun anew, from a fresh snapshot, whenever it fails."""

    keeper: BookKeeper[N]
    source: Observable[BookMessage]
    observer: abc.ObserverBase[OrderBook[N]]
    clock: abc.SchedulerBase
    subscription: abc.SchedulerBase | None
    upstream: SerialDisposable = attrs.field(factory=SerialDisposable)
    timer: SerialDisposable = attrs.field(factory=SerialDisposable)
    book: Book[N] | None = None
    healing: bool = False
    waiting_since: float | None = None
    backoff: Backoff = attrs.field(init=False)

    @backoff.default
    def _backoff(self) -> Backoff:
        return Backoff(self.keeper.resync)

    def start(self) -> abc.DisposableBase:
        self.begin()
        return CompositeDisposable(self.timer, self.upstream)

    def begin(self, *_: object) -> None:
        book = self.book = self.keeper.current.book = self.keeper.new_book()
        apply, emit = book.apply, self.observer.on_next
        self.waiting_since = None

        def on_next(frame: BookMessage) -> None:
            try:
                view = apply(frame)
            except BookError as error:
                self.recover(error)
                return
            if view is None:
                self.await_snapshot()
                return
            if self.healing:
                if self.book is not book:
                    return  # a source that goes on while it is being left
                self.healed()
            emit(view)

        upstream = self.upstream.disposable = SingleAssignmentDisposable()
        upstream.disposable = self.source.subscribe(
            on_next, self.observer.on_error, self.observer.on_completed, scheduler=self.subscription
        )

    def recover(self, error: BookError) -> None:
        self.healing = True
        self.book = self.keeper.current.book = None
        self.upstream.disposable = None
        chance = random.random()  # noqa: S311 - jitter
        again = self.backoff.failed(error, self.now(), chance)
        delay = None if again is None else again.delay
        self.keeper.report(Gap(self.keeper.topic, str(error), self.backoff.attempt, delay))
        if delay is None:
            self.observer.on_error(error)
        else:
            self.timer.disposable = self.clock.schedule_relative(delay, self.begin)

    def healed(self) -> None:
        self.healing = False
        self.backoff.succeeded(self.now())
        self.keeper.report(Resynced(self.keeper.topic, self.backoff.attempt))

    def await_snapshot(self) -> None:
        if self.waiting_since is None:
            self.waiting_since = self.now()
        elif self.now() - self.waiting_since > self.keeper.snapshot_within:
            symbol = self.keeper.symbol
            self.recover(SnapshotMissing(f"{symbol}: no snapshot came", symbol=symbol))

    def now(self) -> float:
        return self.clock.to_seconds(self.clock.now)


def _message(frame: Frames) -> BookMessage:
    return frame if isinstance(frame, BookMessage) else book_message(frame)
