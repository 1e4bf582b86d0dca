"""Between observables and ``async``: coroutines for each value, and async iterables both ways."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar, cast

import attrs
from reactivex import Observable, abc
from reactivex.disposable import Disposable

from rxkraken.errors import BufferOverflow, ConfigurationError
from rxkraken.models.flow import FlowCounters
from rxkraken.operators.overflow import RULES, Rule

T = TypeVar("T")
R = TypeVar("R")


def map_async(
    function: Callable[[T], Awaitable[R]],
    *,
    concurrency: int = 1,
    ordered: bool = True,
    size: int = 1000,
) -> Callable[[Observable[T]], Observable[R]]:
    """Await a coroutine for each value, a few at a time.

    ::

        source                  -a-b-------|
        map_async(f)            ----A--B---|
        ordered=False, 2 at once ---B-A----|   (b was quicker)

    Args:
        function: gives an awaitable of a value.
        concurrency: how many may be under way.
        ordered: emit results in the order of their values, else as they come.
        size: values that may wait for their turn.

    Raises:
        ConfigurationError: an argument is wrong.
        BufferOverflow: passed to ``on_error`` when more than ``size`` values wait.

    Must be subscribed inside a running event loop. What is under way when the stream is disposed or
    fails is cancelled.

    >>> import reactivex
    >>> from rxkraken import run
    >>> async def double(value):
    ...     return 2 * value
    >>> run(reactivex.of(1, 2, 3).pipe(map_async(double)))
    6
    """
    if not callable(function):
        raise ConfigurationError(f"function must be callable, not {function!r}")
    _whole("concurrency", concurrency)
    _whole("size", size)

    def mapped(source: Observable[T]) -> Observable[R]:
        def subscribe(
            observer: abc.ObserverBase[R], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            loop = asyncio.get_running_loop()
            work: _Work[T, R] = _Work(observer, function, loop, concurrency, size, ordered=ordered)
            upstream = source.subscribe(work.take, work.fail, work.complete, scheduler=scheduler)

            def dispose() -> None:
                upstream.dispose()
                work.stop()

            return Disposable(dispose)

        return Observable(subscribe)

    return mapped


@attrs.define(eq=False)
class _Work(Generic[T, R]):
    """One subscription: values that wait, tasks under way, results that wait for earlier ones."""

    observer: abc.ObserverBase[R]
    function: Callable[[T], Awaitable[R]]
    loop: asyncio.AbstractEventLoop
    concurrency: int
    size: int
    ordered: bool = attrs.field(kw_only=True)
    waiting: deque[T] = attrs.field(factory=deque)
    tasks: deque[asyncio.Task[R]] = attrs.field(factory=deque)
    completed: bool = False

    def take(self, value: T) -> None:
        if len(self.waiting) >= self.size:
            self.fail(BufferOverflow(f"{self.size} values wait for their turn in map_async"))
            return
        self.waiting.append(value)
        self._begin()

    def fail(self, error: Exception) -> None:
        self.stop()
        self.observer.on_error(error)

    def complete(self) -> None:
        self.completed = True
        self._settle()

    def stop(self) -> None:
        self.waiting.clear()
        tasks, self.tasks = self.tasks, deque()
        for task in tasks:
            task.cancel()

    def _begin(self) -> None:
        running = sum(not task.done() for task in self.tasks)
        while self.waiting and running < self.concurrency:
            running += 1
            task = self.loop.create_task(self._one(self.waiting.popleft()))
            self.tasks.append(task)
            task.add_done_callback(self._done)

    async def _one(self, value: T) -> R:
        return await self.function(value)

    def _done(self, task: asyncio.Task[R]) -> None:
        if task not in self.tasks:
            if not task.cancelled():
                task.exception()  # seen: the stream has ended before it
            return
        self._settle()

    def _settle(self) -> None:
        while (task := self._next_done()) is not None:
            self.tasks.remove(task)
            if task.cancelled():
                self.fail(asyncio.InvalidStateError("a coroutine of map_async was cancelled"))
                return
            error = task.exception()
            if error is not None:
                self.fail(cast("Exception", error))
                return
            self._begin()
            self.observer.on_next(task.result())
        if self.completed and not self.tasks and not self.waiting:
            self.observer.on_completed()

    def _next_done(self) -> asyncio.Task[R] | None:
        candidates = list(self.tasks)[:1] if self.ordered else self.tasks
        return next((task for task in candidates if task.done()), None)


def to_async_iterable(
    *, size: int = 1000, rule: Rule = "error", counters: FlowCounters | None = None
) -> Callable[[Observable[T]], AsyncIterable[T]]:
    """Iterate a stream with ``async for``; leaving the loop disposes the subscription.

    ::

        source  -a--b--c-|
        async for value in source.pipe(to_async_iterable()): ...   # a, b, c

    Args:
        size: values that may wait while the loop's body runs.
        rule: what happens beyond it: ``latest``, ``drop_oldest`` or ``error``; a stream cannot be
            held up, so ``block`` is refused.
        counters: counts what is received, delivered and dropped.

    Raises:
        ConfigurationError: the size or the rule is none.
        BufferOverflow: raised in the loop by the rule ``error``.

    >>> import reactivex
    >>> async def last():
    ...     async for value in reactivex.of(1, 2, 3).pipe(to_async_iterable()):
    ...         pass
    ...     return value
    >>> asyncio.run(last())
    3
    """
    _whole("size", size)
    allowed = tuple(name for name in RULES if name != "block")
    if rule not in allowed:
        raise ConfigurationError(f"rule must be one of {allowed}, not {rule!r}")
    return lambda source: _Iteration(source, size, rule, counters or FlowCounters())


@attrs.define(eq=False)
class _Iteration(Generic[T]):
    """Each ``async for`` over it is a subscription of its own."""

    source: Observable[T]
    size: int
    rule: Rule
    counters: FlowCounters

    async def __aiter__(self) -> AsyncIterator[T]:
        waiting: deque[T] = deque()
        changed = asyncio.Event()
        ended: list[Exception | None] = []

        def on_next(value: T) -> None:
            self.counters.received += 1
            if len(waiting) == self.size:
                if self.rule == "error":
                    on_end(BufferOverflow(f"{self.size} values wait and the rule is 'error'"))
                    return
                dropped = self.size if self.rule == "latest" else 1
                self.counters.dropped += dropped
                for _ in range(dropped):
                    waiting.popleft()
            waiting.append(value)
            self.counters.most_waiting = max(self.counters.most_waiting, len(waiting))
            changed.set()

        def on_end(error: Exception | None = None) -> None:
            ended.append(error)
            changed.set()

        subscription = self.source.subscribe(on_next, on_end, on_end)
        try:
            while waiting or not ended:
                if waiting:
                    self.counters.delivered += 1
                    yield waiting.popleft()
                else:
                    changed.clear()
                    await changed.wait()
            if ended[0] is not None:
                raise ended[0]
        finally:
            subscription.dispose()


def from_async_iterable(iterable: AsyncIterable[T]) -> Observable[T]:
    """Emit the values of an async iterable; disposing ends its iteration.

    ::

        async for  -a--b--c-end
        observable -a--b--c-|

    Must be subscribed inside a running event loop; each subscription iterates anew, as far as the
    iterable can.

    Raises:
        ConfigurationError: it is no async iterable.

    >>> from rxkraken import run
    >>> async def numbers():
    ...     yield 1
    ...     yield 2
    >>> run(from_async_iterable(numbers()))
    2
    """
    if not hasattr(iterable, "__aiter__"):
        raise ConfigurationError(f"from_async_iterable() needs an async iterable, not {iterable!r}")

    def subscribe(
        observer: abc.ObserverBase[T], _: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        async def iterate() -> None:
            iterator = aiter(iterable)
            try:
                async for value in iterator:
                    observer.on_next(value)
            except Exception as error:  # noqa: BLE001 - whatever the iterable raises
                observer.on_error(error)
            else:
                observer.on_completed()
            finally:
                close = getattr(iterator, "aclose", None)
                if close is not None:
                    await close()

        task = asyncio.get_running_loop().create_task(iterate())

        def dispose() -> None:
            task.cancel()

        return Disposable(dispose)

    return Observable(subscribe)


def _whole(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"{name} must be a whole number of at least 1, not {value!r}")
