"""What a late subscriber of a channel gets first: what a snapshot would say at that moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

from rxkraken.models.market import (
    Asset,
    Candle,
    InstrumentSnapshot,
    InstrumentUpdate,
    Pair,
)

T = TypeVar("T")

_CANDLES = 720  # the exchange never gives more than these


class Latest(Generic[T]):
    """The last value, where each value says everything: tickers, books, the system's status."""

    passive = False

    def __init__(self) -> None:
        self._values: tuple[T, ...] = ()

    def remember(self, value: T) -> None:
        """Take a value that was just emitted."""
        self._values = (value,)

    def recall(self) -> Iterable[T]:
        """Give the last value, if there is one."""
        return self._values

    def forget(self) -> None:
        """Drop it."""
        self._values = ()


class Recent(Generic[T]):
    """The last values, where each is an event: trades."""

    passive = False

    def __init__(self, size: int) -> None:
        self._values: deque[T] = deque(maxlen=size)

    def remember(self, value: T) -> None:
        """Take a value that was just emitted."""
        self._values.append(value)

    def recall(self) -> Iterable[T]:
        """Give them, oldest first."""
        return tuple(self._values)

    def forget(self) -> None:
        """Drop them."""
        self._values.clear()


class Candles:
    """The last state of each interval."""

    passive = False

    def __init__(self) -> None:
        self._candles: dict[Hashable, Candle[Any]] = {}

    def remember(self, value: Candle[Any]) -> None:
        """Take a candle that was just emitted."""
        self._candles[value.interval_begin] = value
        if len(self._candles) > _CANDLES:
            del self._candles[next(iter(self._candles))]

    def recall(self) -> Iterable[Candle[Any]]:
        """Give them, oldest first."""
        return tuple(self._candles.values())

    def forget(self) -> None:
        """Drop them."""
        self._candles.clear()


class Instruments:
    """All assets and pairs as of now."""

    passive = False

    def __init__(self) -> None:
        self._assets: dict[str, Asset[Any]] = {}
        self._pairs: dict[str, Pair[Any]] = {}

    def remember(self, value: InstrumentSnapshot[Any] | InstrumentUpdate[Any]) -> None:
        """Take a snapshot or a change that was just emitted."""
        if isinstance(value, InstrumentSnapshot):
            self.forget()
        self._assets.update((asset.id, asset) for asset in value.assets)
        self._pairs.update((pair.symbol, pair) for pair in value.pairs)

    def recall(self) -> Iterable[InstrumentSnapshot[Any]]:
        """Give one snapshot, if anything is known."""
        if not self._assets and not self._pairs:
            return ()
        return (InstrumentSnapshot(tuple(self._assets.values()), tuple(self._pairs.values())),)

    def forget(self) -> None:
        """Drop everything."""
        self._assets.clear()
        self._pairs.clear()
