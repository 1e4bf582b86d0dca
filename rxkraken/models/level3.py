"""Level 3 messages: single orders, and what any value must offer to be taken for one.

Prices are in quote units, quantities in base units.
Source: spec ``v2-market-data`` §8.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

import attrs

N = TypeVar("N")
EventName = Literal["add", "modify", "delete"]


class RestingOrder(Protocol):
    """An order that rests in the book; its numbers are of any type that ``Decimal`` can read."""

    @property
    def order_id(self) -> str: ...  # noqa: D102 - see Level3Order
    @property
    def limit_price(self) -> Any: ...  # noqa: D102 - see Level3Order
    @property
    def order_qty(self) -> Any: ...  # noqa: D102 - see Level3Order


class OrderMessage(Protocol):
    """A frame of single orders: ``type`` is ``"snapshot"`` or ``"update"``.

    The orders of a snapshot are `RestingOrder`; those of an update also have ``event``.
    """

    @property
    def type(self) -> str: ...  # noqa: D102 - see above
    @property
    def symbol(self) -> str: ...  # noqa: D102 - the pair
    @property
    def bids(self) -> Sequence[RestingOrder]: ...  # noqa: D102 - buy orders
    @property
    def asks(self) -> Sequence[RestingOrder]: ...  # noqa: D102 - sell orders
    @property
    def timestamp(self) -> datetime | None: ...  # noqa: D102 - of the matching engine


@attrs.frozen
class Level3Order(Generic[N]):
    """One visible order; ``order_qty`` is what remains of it, ``timestamp`` its queueing time."""

    order_id: str
    limit_price: N
    order_qty: N
    timestamp: datetime | None = None


@attrs.frozen
class Level3Event(Generic[N]):
    """What happened to one order; the quantity of a ``delete`` means nothing and may be missing."""

    event: EventName
    order_id: str
    limit_price: N
    order_qty: N | None = None
    timestamp: datetime | None = None


@attrs.frozen
class Level3Snapshot(Generic[N]):
    """All orders of the subscribed levels: best price first, oldest first within a price."""

    symbol: str
    bids: tuple[Level3Order[N], ...]
    asks: tuple[Level3Order[N], ...]
    checksum: int | None = None
    timestamp: datetime | None = None

    @property
    def type(self) -> Literal["snapshot"]:
        """The word of the wire."""
        return "snapshot"


@attrs.frozen
class Level3Update(Generic[N]):
    """Events of both sides, in the order they are to be applied."""

    symbol: str
    bids: tuple[Level3Event[N], ...]
    asks: tuple[Level3Event[N], ...]
    checksum: int | None = None
    timestamp: datetime | None = None

    @property
    def type(self) -> Literal["update"]:
        """The word of the wire."""
        return "update"
