"""From single orders to the book of price levels that they add up to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any, TypeVar

from reactivex import Observable

from rxkraken.errors import ConfigurationError
from rxkraken.models.book import BookIdentity, OrderBook
from rxkraken.models.exact import EXACT
from rxkraken.models.level3 import OrderMessage, RestingOrder
from rxkraken.operators.stepping import stepping
from rxkraken.wire.v2 import BookLevel

N = TypeVar("N")


def level2_from_level3(
    depth: int = 10,
    *,
    number: Callable[[str], N] = Decimal,  # type: ignore[assignment] # the default of N
) -> Callable[[Observable[OrderMessage]], Observable[OrderBook[N]]]:
    """Emit the order book of price levels after each message about single orders.

    ::

        level3              --S----add 1 @ 10--delete 2 @ 9--modify-->
        level2_from_level3  --B----B-----------B-------------B------->

    A message is any value with ``type`` (``"snapshot"`` or ``"update"``), ``symbol``, ``bids``,
    ``asks`` and ``timestamp``. Its orders have ``order_id``, ``limit_price`` and ``order_qty``;
    those of an update also ``event``:

    * ``add``: the order appears; one of the same id goes first;
    * ``modify``: its quantity, and perhaps its price, is a new one; an unknown id is ignored;
    * ``delete``: it is gone; an unknown id is ignored, and so is the quantity.

    After each message both sides are cut to ``depth`` price levels: of orders pushed out the
    exchange says nothing more, and it adds them again when their level returns. Updates before
    the first snapshot give nothing. Quantities are summed exactly. The checksum of level 3 covers
    the queues and not the levels, so the books have none; use a level 3 book where it matters.

    Args:
        depth: price levels a side, those of the subscription.
        number: makes the numbers of the books from text, ``Decimal`` or ``float``.

    Raises:
        ConfigurationError: the depth is no whole number above zero.

    Source: spec ``v2-market-data`` §8, §9.1.

    >>> import reactivex
    >>> from rxkraken.models.level3 import Level3Order, Level3Snapshot
    >>> bids = (Level3Order("A", Decimal("9.5"), Decimal(1)),
    ...         Level3Order("B", Decimal("9.5"), Decimal(2)))
    >>> messages = reactivex.just(Level3Snapshot("BTC/USD", bids=bids, asks=()))
    >>> _ = messages.pipe(level2_from_level3()).subscribe(lambda book: print(book.best_bid))
    Level(price=Decimal('9.5'), qty=Decimal('3'))
    """
    if not isinstance(depth, int) or isinstance(depth, bool) or depth < 1:
        raise ConfigurationError(f"depth must be a whole number above zero, not {depth!r}")

    def begin() -> Callable[[OrderMessage], OrderBook[N] | None]:
        bids, asks = _Side(depth, -1), _Side(depth, 1)
        identity: BookIdentity[N] | None = None

        def step(message: OrderMessage) -> OrderBook[N] | None:
            nonlocal identity
            if message.type == "snapshot":
                identity = BookIdentity(message.symbol, depth, number)
                bids.restart(message.bids)
                asks.restart(message.asks)
            elif identity is None:
                return None
            else:
                bids.update(message.bids)
                asks.update(message.asks)
            at = message.timestamp
            return OrderBook(
                identity, bids.levels, asks.levels, None, None if at is None else at.isoformat()
            )

        return step

    return stepping(begin)


class _Side:
    """Orders of one side by price; ``sign`` is -1 for bids, so that keys ascend from the best."""

    __slots__ = ("_bids", "_depth", "_keys", "_known", "_queues", "levels")

    def __init__(self, depth: int, sign: int) -> None:
        self._depth = depth
        self._bids = sign < 0
        self._clear()

    def _clear(self) -> None:
        self.levels: list[BookLevel] = []  # replaced, never changed: books share it
        self._keys: list[Decimal] = []
        self._queues: dict[Decimal, dict[str, Decimal]] = {}
        self._known: dict[str, Decimal] = {}

    def restart(self, orders: Sequence[RestingOrder]) -> None:
        """Forget all and take a snapshot."""
        self._clear()
        touched: set[Decimal] = set()
        for order in orders:
            self._add(order.order_id, order.limit_price, order.order_qty, touched)
        self._tell(touched)

    def update(self, events: Sequence[Any]) -> None:
        """Apply events in order.

        Raises:
            ValueError: an event is none of the three.
        """
        if not events:
            return
        touched: set[Decimal] = set()
        for event in events:
            name, order_id = event.event, event.order_id
            if name == "delete":
                self._delete(order_id, touched)
            elif name == "add" or (name == "modify" and order_id in self._known):
                self._add(order_id, event.limit_price, event.order_qty, touched)
            elif name != "modify":
                raise ValueError(f"a level 3 event is add, modify or delete, not {name!r}")
        self._tell(touched)

    def _add(self, order_id: str, price: Any, qty: Any, touched: set[Decimal]) -> None:
        self._delete(order_id, touched)
        number = _exact(price)
        key = number.copy_negate() if self._bids else number
        self._queues.setdefault(key, {})[order_id] = _exact(qty)
        self._known[order_id] = key
        touched.add(key)

    def _delete(self, order_id: str, touched: set[Decimal]) -> None:
        key = self._known.pop(order_id, None)
        if key is not None:
            del self._queues[key][order_id]
            touched.add(key)

    def _tell(self, touched: set[Decimal]) -> None:
        """Bring the levels of the touched prices up to date, and cut what is beyond the depth."""
        keys, levels = self._keys, self.levels.copy()
        for key in touched:
            index = bisect_left(keys, key)
            held = index < len(keys) and keys[index] == key
            if not self._queues[key]:
                del self._queues[key]
                if held:
                    del keys[index], levels[index]
            elif held:
                levels[index] = self._level(key)
            else:
                keys.insert(index, key)
                levels.insert(index, self._level(key))
        for key in keys[self._depth :]:
            for order_id in self._queues.pop(key):
                del self._known[order_id]
        del keys[self._depth :], levels[self._depth :]
        self.levels = levels

    def _level(self, key: Decimal) -> BookLevel:
        total = reduce(EXACT.add, self._queues[key].values())
        return BookLevel(format(key.copy_abs(), "f"), format(total, "f"))


def _exact(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
