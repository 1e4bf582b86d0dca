"""The exchange simulator: a Kraken to trade, test and break things against."""

from rxkraken.sim.faults import Fault, Faults
from rxkraken.sim.instruments import Pair
from rxkraken.sim.simulator import Simulator

__all__ = ["Fault", "Faults", "Pair", "Simulator"]
