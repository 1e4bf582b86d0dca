"""Arguments of the simulator, judged with sentences that say what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rxkraken.errors import ConfigurationError
from rxkraken.sim.clock import STEPPED_START_NS, SteppedClock

if TYPE_CHECKING:
    from rxkraken.sim.fair_values import Path
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.market import Rate
    from rxkraken.sim.script import Scripted


def stepped_clock(clock: str) -> SteppedClock | None:
    """The clock that the argument names; None for a real one.

    Raises:
        ConfigurationError: there is no such clock.
    """
    if clock not in {"real", "stepped"}:
        raise ConfigurationError(f"clock must be 'real' or 'stepped', not {clock!r}")
    return SteppedClock(STEPPED_START_NS) if clock == "stepped" else None


def checked_speed(speed: float, clock: str) -> float:
    """A speed that this clock can have.

    Raises:
        ConfigurationError: it cannot.
    """
    if not 0 < speed < float("inf"):
        raise ConfigurationError(f"speed must be positive, not {speed!r}")
    if speed != 1 and clock == "stepped":
        raise ConfigurationError("speed is for clock='real': stepped time has no speed of its own")
    return speed


def check_plans(
    pairs: tuple[Pair, ...],
    rate: Rate,
    script: tuple[Scripted, ...] | None,
    prices: Mapping[str, Path],
) -> None:
    """Refuse rates that are not positive and plans for pairs that nobody runs.

    Raises:
        ConfigurationError: one of the plans is such.
    """
    symbols = {pair.symbol for pair in pairs}
    rates = rate if isinstance(rate, Mapping) else {"": rate}
    for name, value in rates.items():
        if not 0 < value < float("inf"):
            place = f" of {name}" if name else ""
            raise ConfigurationError(f"rate must be positive{place}, not {value!r}")
    plans = {
        "rate": set(rates) - {""},
        "script": {entry.symbol for entry in script or ()},
        "prices": set(prices),
    }
    for name, named in plans.items():
        if named - symbols:
            raise ConfigurationError(
                f"{name} names {', '.join(sorted(named - symbols))}, which this simulator does not "
                f"run: add it to symbols"
            )
