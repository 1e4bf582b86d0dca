"""Tools to test pipelines over market data: marbles, generated markets, and laws to hold.

* `marbles`: tables in virtual time, with market events as letters.
* `strategies`: Hypothesis strategies of books, frames, tapes, storms and whole markets.
* `invariants`: checks of what every pipeline should be: deterministic, causal, bounded...
* `play`: runs a pipeline over a `Market` in virtual time.

Needs the extra ``test``.
"""

from importlib.util import find_spec

if find_spec("hypothesis") is None:
    raise ModuleNotFoundError(
        "rxkraken.testing needs hypothesis: pip install 'rxkraken[test]'", name="hypothesis"
    )

from rxkraken.testing import invariants, marbles, strategies
from rxkraken.testing.events import Deal, Quote, Storm
from rxkraken.testing.invariants import InvariantViolated
from rxkraken.testing.listing import Listing
from rxkraken.testing.market import Market
from rxkraken.testing.playing import Output, Played, play
from rxkraken.testing.sessions import BookSession
from rxkraken.testing.virtual_time import VirtualLoop, in_virtual_time

__all__ = [
    "BookSession",
    "Deal",
    "InvariantViolated",
    "Listing",
    "Market",
    "Output",
    "Played",
    "Quote",
    "Storm",
    "VirtualLoop",
    "in_virtual_time",
    "invariants",
    "marbles",
    "play",
    "strategies",
]
