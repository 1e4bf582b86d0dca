"""Every Kraken Spot stream as a typed Observable: live, replayed, simulated, property-tested."""

from rxkraken import errors, models, operators
from rxkraken.core.backoff import ReconnectPolicy
from rxkraken.environment import Credentials, Environment
from rxkraken.stream.kraken import Kraken
from rxkraken.stream.run import run

__all__ = [
    "Credentials",
    "Environment",
    "Kraken",
    "ReconnectPolicy",
    "errors",
    "models",
    "operators",
    "run",
]
