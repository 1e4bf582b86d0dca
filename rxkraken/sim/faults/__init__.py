"""What goes wrong on purpose, and a journal of it, for tests of healing.

A `Fault` says what happens and where it aims; `Faults` is a seeded plan of them, in Python or JSON.
The `Injector` counts what passes and decides; a `Line` is the way to one client on which the faults
are done. Gateways know nothing of all this.
"""

from rxkraken.sim.faults.injector import Incident, Injector
from rxkraken.sim.faults.kinds import Endpoint, FaultKind
from rxkraken.sim.faults.line import Line, Outlet
from rxkraken.sim.faults.mutations import NON_JSON_TEXT
from rxkraken.sim.faults.occasions import Occasion
from rxkraken.sim.faults.plan import Fault, Faults

__all__ = [
    "NON_JSON_TEXT",
    "Endpoint",
    "Fault",
    "FaultKind",
    "Faults",
    "Incident",
    "Injector",
    "Line",
    "Occasion",
    "Outlet",
]
