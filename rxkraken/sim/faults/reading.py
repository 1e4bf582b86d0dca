"""Plans of faults as JSON, judged with sentences that say where and why."""

from __future__ import annotations

import difflib
import json
from typing import Any

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.faults.plan import Fault

_FIELDS = tuple(field.name for field in attrs.fields(Fault))
_EXAMPLE = '{"seed": 1, "faults": [{"kind": "drop", "symbol": "BTC/USD", "every": 50}]}'


def read_plan(text: str | bytes) -> tuple[list[Fault], int]:
    """Read faults and seed.

    Raises:
        ConfigurationError: the text is no plan.

    >>> faults, seed = read_plan('{"seed": 4, "faults": [{"kind": "refuse", "status": 429}]}')
    >>> faults[0].status, seed
    (429, 4)
    """
    plan = _decoded(text)
    if not isinstance(plan, dict) or not isinstance(plan.get("faults"), list):
        raise ConfigurationError(f"a fault plan is an object with a list 'faults', like {_EXAMPLE}")
    _refuse_unknown(plan, ("seed", "faults"), "the fault plan")
    seed = plan.get("seed", 0)
    if type(seed) is not int:
        raise ConfigurationError(f"the seed of a fault plan must be a whole number, not {seed!r}")
    return [_fault(item, f"faults[{number}]") for number, item in enumerate(plan["faults"])], seed


def _decoded(text: str | bytes) -> Any:
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text)
    except UnicodeDecodeError:
        raise ConfigurationError("the fault plan is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"the fault plan is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None


def _fault(item: object, place: str) -> Fault:
    if not isinstance(item, dict) or "kind" not in item:
        raise ConfigurationError(f"{place} must be an object with a 'kind', not {item!r}")
    _refuse_unknown(item, _FIELDS, place)
    try:
        return Fault(**item)
    except ConfigurationError as error:
        raise ConfigurationError(f"{place}: {error}") from None


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...], place: str) -> None:
    for name in given:
        if name not in known:
            similar = difflib.get_close_matches(name, known, n=1)
            advice = f"did you mean {similar[0]!r}?" if similar else f"use {', '.join(known)}"
            raise ConfigurationError(f"{place} has an unknown field {name!r}: {advice}")
