"""What commands of clients give back."""

from __future__ import annotations

import attrs

from rxkraken.sim.engine.events import Happening
from rxkraken.sim.engine.refusals import Refused


@attrs.frozen
class Placed:
    """An accepted order; the id is empty if it was only to be validated."""

    order_id: str
    happenings: list[Happening]


@attrs.frozen
class BatchPlaced:
    """The fate of each order of a batch, in the order of the request."""

    rows: tuple[Placed | Refused, ...]
    happenings: list[Happening]


@attrs.frozen
class Amended:
    """An amended order."""

    amend_id: str
    order_id: str
    happenings: list[Happening]


@attrs.frozen
class Edited:
    """An order that replaced another; the new id is empty if it was only to be validated."""

    order_id: str
    original_order_id: str
    happenings: list[Happening]


@attrs.frozen
class Cancelled:
    """Orders that were cancelled."""

    order_ids: tuple[str, ...]
    happenings: list[Happening]
