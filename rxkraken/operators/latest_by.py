"""The latest value of each key."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.operators.stepping import stepping

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def latest_by(key: Callable[[T], K]) -> Callable[[Observable[T]], Observable[Mapping[K, T]]]:
    """Emit, with each value, the latest value of every key seen so far.

    ::

        source       -a1------b1------a2------>
        latest_by    -{a:a1}--{a:a1,--{a:a2,-->
                               b:b1}   b:b1}

    A mapping that was emitted never changes; keys are in the order in which they were first seen.
    Each mapping is a copy, so that an item costs time in proportion to the number of keys; none is
    ever dropped.

    Args:
        key: gives the key of a value, for example its symbol.

    Raises:
        ConfigurationError: ``key`` is no function.

    >>> import reactivex
    >>> words = reactivex.of("apple", "bean", "avocado")
    >>> by_letter = words.pipe(latest_by(lambda word: word[0]))
    >>> _ = by_letter.subscribe(lambda latest: print(dict(latest)))
    {'a': 'apple'}
    {'a': 'apple', 'b': 'bean'}
    {'a': 'avocado', 'b': 'bean'}
    """
    if not callable(key):
        raise ConfigurationError(f"key must be a function from a value, not {key!r}")

    def begin() -> Callable[[T], Mapping[K, T]]:
        latest: dict[K, T] = {}

        def step(value: T) -> Mapping[K, T]:
            latest[key(value)] = value
            return MappingProxyType(latest.copy())

        return step

    return stepping(begin)
