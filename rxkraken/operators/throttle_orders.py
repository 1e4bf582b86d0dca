"""Orders at the pace that the trading engine's rate counter allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Generic, TypeVar

import attrs
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxkraken.core.rate_counter import RateCounter, Tier, TierName
from rxkraken.errors import BufferOverflow, ConfigurationError
from rxkraken.operators.timing import duration, scheduler_of

R = TypeVar("R")

_MICROSECOND = timedelta(microseconds=1)


def _cost_of_adding(_: Any) -> float:
    return 1.0


def _symbol_of(request: Any) -> str:
    return str(request.symbol)


def _ignore(_: Any) -> None:
    pass


def throttle_orders(
    counter: RateCounter | TierName | Tier = "starter",
    *,
    cost: Callable[[R], float] = _cost_of_adding,
    symbol: Callable[[R], str] = _symbol_of,
    size: int = 100,
    give_up_after: str | float | timedelta | None = None,
    given_up: Callable[[R], None] = _ignore,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[R]], Observable[R]]:
    """Pass orders on at once while the counter of their pair has room, later when it has not.

    ::

        orders                    -a-b-c-d---------->   (room for two, then one every 3 s)
        throttle_orders           -a-b---c--d------->

    Orders of one pair keep their order; pairs do not wait for each other. Each order that passes
    is charged to the counter. When the source completes, what waits is still passed on; when it
    fails, it is not. A `RateCounter` that something else charges or corrects too may be given: all
    subscriptions share it then, and its times must be nanoseconds of the scheduler's clock since
    1970. By default each subscription has its own.

    Args:
        counter: the rate counter, or the tier of an account to make one for.
        cost: points of a request; by default 1, those of adding an order.
        symbol: pair of a request; by default its attribute ``symbol``.
        size: how many requests may wait; one more ends the stream with ``BufferOverflow``.
        give_up_after: how long a request may wait (seconds, a ``timedelta``, or a text such as
            ``"5s"``) before it is too old to be sent; by default for ever.
        given_up: called with each request that became too old.
        scheduler: clock and timer; by default those of the subscription.

    Raises:
        ConfigurationError: there is no such tier, size is no whole number above zero, or
            ``give_up_after`` no duration above zero; as the error of the stream: a request that
            costs more than the threshold of the counter, which never has room for it.

    Source: spec ``rest`` §9.2.

    >>> import reactivex
    >>> from decimal import Decimal
    >>> from reactivex.testing import TestScheduler
    >>> from rxkraken.models.portfolio import OrderRequest
    >>> clock = TestScheduler()
    >>> order = OrderRequest("BTC/USD", "buy", "market", Decimal(1))
    >>> sent = reactivex.of(*[order] * 62).pipe(throttle_orders("starter", scheduler=clock))
    >>> times = []
    >>> _ = sent.subscribe(lambda order: times.append(round(clock.clock)))
    >>> clock.advance_to(5)
    >>> times[0], times[59], times[60], times[61]
    (0, 0, 1, 2)
    """
    if not isinstance(counter, RateCounter):
        RateCounter(counter)  # an unknown tier is refused now and not with the first order
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ConfigurationError(f"size must be a whole number above zero, not {size!r}")
    patience = None if give_up_after is None else duration(give_up_after, "give_up_after")

    def throttle(source: Observable[R]) -> Observable[R]:
        def subscribe(
            observer: abc.ObserverBase[R], subscription: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            own = counter if isinstance(counter, RateCounter) else RateCounter(counter)
            patience_ns = None if patience is None else patience // _MICROSECOND * 1000
            queue = _Queue(own, cost, symbol, size, patience_ns, given_up)
            clock = scheduler_of(scheduler, subscription)
            return _Throttle(queue, observer, clock).start(source, subscription)

        return Observable(subscribe)

    return throttle


@attrs.define(eq=False)
class _Queue(Generic[R]):
    """Requests that wait, a queue a pair. Pure: time is an argument."""

    counter: RateCounter
    cost: Callable[[R], float]
    symbol: Callable[[R], str]
    size: int
    patience_ns: int | None
    given_up: Callable[[R], None]
    waiting: dict[str, deque[tuple[R, float, int]]] = attrs.field(factory=dict)
    count: int = 0

    def offer(self, request: R, now_ns: int) -> bool:
        """Charge a request that may pass at once; else let it wait."""
        symbol, cost = self.symbol(request), self.cost(request)
        wait = self.counter.wait_ns(symbol, cost, now_ns=now_ns)
        queue = self.waiting.get(symbol)
        if not wait and not queue:
            self.counter.charge(symbol, cost, now_ns=now_ns)
            return True
        if self.count >= self.size:
            raise BufferOverflow(
                f"{symbol}: {self.size} orders wait for the rate counter already: "
                f"send fewer, or raise size"
            )
        self.waiting.setdefault(symbol, deque()).append((request, cost, now_ns))
        self.count += 1
        return False

    def take(self, now_ns: int) -> R | None:
        """Charge and give one request that may pass now."""
        for symbol, queue in list(self.waiting.items()):
            self._forget_old(queue, now_ns)
            if not queue:
                del self.waiting[symbol]
                continue
            request, cost, _ = queue[0]
            if not self.counter.wait_ns(symbol, cost, now_ns=now_ns):
                queue.popleft()
                self.count -= 1
                self.counter.charge(symbol, cost, now_ns=now_ns)
                return request
        return None

    def _forget_old(self, queue: deque[tuple[R, float, int]], now_ns: int) -> None:
        while self.patience_ns is not None and queue and now_ns - queue[0][2] > self.patience_ns:
            self.count -= 1
            self.given_up(queue.popleft()[0])

    def wait_ns(self, now_ns: int) -> int | None:
        """Give the time until the next request may pass or is given up, None when none waits."""
        waits = []
        for symbol, queue in self.waiting.items():
            if queue:
                _, cost, since_ns = queue[0]
                waits.append(self.counter.wait_ns(symbol, cost, now_ns=now_ns))
                if self.patience_ns is not None:
                    waits.append(since_ns + self.patience_ns + 1000 - now_ns)
        return min(waits, default=None)


@attrs.define(eq=False)
class _Throttle(Generic[R]):
    """One subscription: a queue and the timer of its next request."""

    queue: _Queue[R]
    observer: abc.ObserverBase[R]
    clock: abc.SchedulerBase
    timer: SerialDisposable = attrs.field(factory=SerialDisposable)
    ended: bool = False

    def start(
        self, source: Observable[R], subscription: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        upstream = source.subscribe(
            self.on_next, self.observer.on_error, self.on_completed, scheduler=subscription
        )
        return CompositeDisposable(self.timer, upstream)

    def on_next(self, request: R) -> None:
        try:
            passes = self.queue.offer(request, self.now_ns())
        except Exception as error:  # noqa: BLE001 - what cost or symbol raise, or a full queue
            self.observer.on_error(error)
            return
        if passes:
            self.observer.on_next(request)
        else:
            self.drain()  # the timer of the one before may be due at this very moment

    def on_completed(self) -> None:
        self.ended = True
        if not self.queue.count:
            self.observer.on_completed()

    def drain(self, *_: object) -> None:
        while True:
            try:
                request = self.queue.take(self.now_ns())
            except Exception as error:  # noqa: BLE001 - what given_up raises
                self.observer.on_error(error)
                return
            if request is None:
                break
            self.observer.on_next(request)
        self.schedule()
        if self.ended and not self.queue.count:
            self.observer.on_completed()

    def schedule(self) -> None:
        wait = self.queue.wait_ns(self.now_ns())
        if wait is not None:
            whole = max(1, -(-wait // 1000))  # clocks tell microseconds: never wake too early
            self.timer.disposable = self.clock.schedule_relative(
                timedelta(microseconds=whole), self.drain
            )

    def now_ns(self) -> int:
        return self.clock.to_timedelta(self.clock.now) // _MICROSECOND * 1000
