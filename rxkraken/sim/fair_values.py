"""What things are worth: walks of assets that drift and now and then jump, and scripted paths.

The value of a pair is the value of its base in its quote, so three pairs of three assets agree
with each other, and a factor that all coins share moves them together. A walk goes in steps of a
tenth of a second and depends on the seed and its asset only: a market is worth the same whether or
not others run beside it, and however the caller slices time.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Protocol

from rxkraken.errors import ConfigurationError
from rxkraken.sim.instruments import units
from rxkraken.sim.listing import PAIRS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rxkraken.sim.instruments import Pair

_SECOND_NS = 1_000_000_000
_STEP_NS = 100_000_000
_STEPS_PER_DAY = 864_000
_DEVIATION = math.sqrt(1 / _STEPS_PER_DAY)
_REVERSION = 2.0 / _STEPS_PER_DAY
_JUMPS_PER_DAY = 24.0
_JUMP_DEVIATIONS = 0.15
_FACTOR = "factor"
_FACTOR_SHARE = 0.7
# Money and coins that are pegged to it do not follow the coins.
_STEADY = frozenset({"USD", "EUR", "GBP", "CHF", "USDT", "USDC"})

Path = tuple[tuple[float, str], ...]
"""Seconds since the opening, and the price from then on, moving evenly from point to point."""


class FairValue(Protocol):
    """What a market is worth in the course of time."""

    def at(self, now_ns: int) -> float:
        """Price in ticks; time does not go back."""


class Walk:
    """One standard walk: its deviation after a day is about 1, and it is drawn back to 0."""

    __slots__ = ("_next_jump", "_random", "_step", "value")

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._step = 0
        self._next_jump = self._pause()
        self.value = 0.0

    def go_to(self, step: int) -> float:
        """Walk on; return where it is."""
        gauss, value = self._random.gauss, self.value
        while self._step < step:
            self._step += 1
            value += _DEVIATION * gauss(0.0, 1.0) - _REVERSION * value
            if self._step >= self._next_jump:
                value += gauss(0.0, _JUMP_DEVIATIONS)
                self._next_jump = self._step + self._pause()
        self.value = value
        return value

    def _pause(self) -> int:
        return 1 + int(self._random.expovariate(_JUMPS_PER_DAY / _STEPS_PER_DAY))


class Economy:
    """The walks of all assets.

    Args:
        seed: decides them.
        start_ns: when they begin, at the reference prices.
        paths: symbol to the scripted path that it follows instead.
    """

    __slots__ = ("_paths", "_seed", "_start_ns", "_walks")

    def __init__(self, seed: int, start_ns: int, paths: Mapping[str, Path] | None = None) -> None:
        self._seed = seed
        self._start_ns = start_ns
        self._paths = dict(paths or {})
        self._walks: dict[str, Walk] = {}

    def fair_value(self, pair: Pair, *, calm: float = 1.0) -> FairValue:
        """What a pair is worth.

        Args:
            pair: the market.
            calm: from 0 to 1, damps its moves.
        """
        path = self._paths.get(pair.symbol)
        if path is not None:
            return ScriptedValue(pair, path, self._start_ns)
        return WalkingValue(self, pair, calm)

    def deviation(self, asset: str, now_ns: int) -> float:
        """Where the walk of an asset is, in its own volatility."""
        step = max(0, now_ns - self._start_ns) // _STEP_NS
        own = self._walk(asset).go_to(step)
        if asset in _STEADY:
            return own
        common = self._walk(_FACTOR).go_to(step)
        return _FACTOR_SHARE * common + math.sqrt(1 - _FACTOR_SHARE**2) * own

    def _walk(self, asset: str) -> Walk:
        walk = self._walks.get(asset)
        if walk is None:
            walk = self._walks[asset] = Walk(f"{self._seed} {asset} value")
        return walk


class WalkingValue:
    """The value of a pair by the walks of its two assets."""

    __slots__ = ("_economy", "_pair", "_step", "_value", "_volatilities")

    def __init__(self, economy: Economy, pair: Pair, calm: float) -> None:
        self._economy = economy
        self._pair = pair
        self._volatilities = [calm * part for part in _volatilities(pair)]
        self._step = -1
        self._value = float(pair.reference_ticks)

    def at(self, now_ns: int) -> float:
        """Price in ticks."""
        if now_ns // _STEP_NS != self._step:
            self._step = now_ns // _STEP_NS
            pair, (base, quote) = self._pair, self._volatilities
            logarithm = base * self._economy.deviation(pair.base, now_ns) if base else 0.0
            if quote:
                logarithm -= quote * self._economy.deviation(pair.quote, now_ns)
            self._value = pair.reference_ticks * math.exp(logarithm)
        return self._value


def _volatilities(pair: Pair) -> tuple[float, float]:
    """Usual daily moves of base and quote against the dollar."""
    in_dollars = PAIRS.get(f"{pair.base}/USD")
    if pair.quote == "USD" or in_dollars is None or not pair.volatility:
        return pair.volatility, 0.0
    quote = PAIRS.get(f"{pair.quote}/USD")
    return in_dollars.volatility, quote.volatility if quote else 0.0


class ScriptedValue:
    """The value of a pair as somebody wrote it down.

    >>> btc = PAIRS["BTC/USD"]
    >>> value = ScriptedValue(btc, ((0.0, "65000"), (10.0, "66000")), start_ns=0)
    >>> value.at(0), value.at(5_000_000_000), value.at(99_000_000_000)
    (650000.0, 655000.0, 660000.0)
    """

    __slots__ = ("_points", "_start_ns")

    def __init__(self, pair: Pair, path: Sequence[tuple[float, str]], start_ns: int) -> None:
        self._start_ns = start_ns
        self._points = [(at, units(price, pair.price_precision)) for at, price in path]
        moments = [at for at, _ in self._points]
        if not moments or moments != sorted(set(moments)) or min(p for _, p in self._points) <= 0:
            raise ConfigurationError(
                f"the path of {pair.symbol} must be (seconds, price) in the order of time with "
                f"positive prices, not {list(path)!r}"
            )

    def at(self, now_ns: int) -> float:
        """Price in ticks."""
        now = (now_ns - self._start_ns) / _SECOND_NS
        before = self._points[0]
        for point in self._points:
            if point[0] > now:
                share = max(0.0, (now - before[0]) / (point[0] - before[0] or 1))
                return before[1] + share * (point[1] - before[1])
            before = point
        return float(before[1])
