"""Trading methods as values: how each is judged and done, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from rxkraken.sim.engine import Refused

if TYPE_CHECKING:
    from rxkraken.sim.clientele import Clientele
    from rxkraken.sim.engine import Happening
    from rxkraken.sim.keys import Permission

    Given = dict[str, Any]


@attrs.frozen
class Outcome:
    """What a request did.

    Attributes:
        answers: a result, the count of a batch, or a refusal; one for each response.
        happenings: what the markets have to be told.
    """

    answers: list[Answer]
    happenings: list[Happening] = attrs.field(factory=list)


@attrs.frozen
class Count:
    """The answer of ``batch_cancel``, which has no result."""

    orders_cancelled: int


Answer = dict[str, Any] | list[dict[str, Any]] | Count | Refused


@attrs.frozen
class Method:
    """One trading method.

    Attributes:
        check: judges types; raises `Objection`.
        run: does it for an account; raises `Refused`.
        permission: what the key must be allowed.
    """

    check: Callable[[Given], None]
    run: Callable[[Clientele, str, Given, int], Outcome]
    permission: Permission
