"""Every Kraken Spot stream as a typed Observable: live, replayed, simulated, property-tested.

The names are imported when they are first used, so that ``rxkraken --help`` need not wait.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rxkraken import errors, models, operators
    from rxkraken.core.backoff import ReconnectPolicy
    from rxkraken.environment import Credentials, Environment
    from rxkraken.stream.kraken import Kraken
    from rxkraken.stream.run import run

_HOMES = {
    "Credentials": "rxkraken.environment",
    "Environment": "rxkraken.environment",
    "Kraken": "rxkraken.stream.kraken",
    "ReconnectPolicy": "rxkraken.core.backoff",
    "run": "rxkraken.stream.run",
}

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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rxkraken' has no attribute {name!r}")
    home = _HOMES.get(name)
    value = (
        import_module(f"rxkraken.{name}") if home is None else getattr(import_module(home), name)
    )
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
