"""The exchange simulator: a Kraken to trade, test and break things against.

The names are imported when they are first used, so that the pytest plugin costs other projects
nothing where they do not use it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rxkraken.sim.accounts import FeeSchedule
    from rxkraken.sim.customers import Customer
    from rxkraken.sim.faults import Fault, Faults
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.rules import Rules
    from rxkraken.sim.script import Scripted
    from rxkraken.sim.simulator import Simulator

_HOMES = {
    "Customer": "rxkraken.sim.customers",
    "Fault": "rxkraken.sim.faults",
    "Faults": "rxkraken.sim.faults",
    "FeeSchedule": "rxkraken.sim.accounts",
    "Pair": "rxkraken.sim.instruments",
    "Rules": "rxkraken.sim.rules",
    "Scripted": "rxkraken.sim.script",
    "Simulator": "rxkraken.sim.simulator",
}

__all__ = ["Customer", "Fault", "Faults", "FeeSchedule", "Pair", "Rules", "Scripted", "Simulator"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rxkraken.sim' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
