"""Markets from a list of orders: nobody trades but the script, so every number is known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.instruments import units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rxkraken.sim.engine import Event, MatchingEngine, Side
    from rxkraken.sim.instruments import Pair

_SECOND_NS = 1_000_000_000
_NEVER_NS = 1 << 80


@attrs.frozen
class Scripted:
    """One entry of a script: an order, or the end of an earlier one.

    Attributes:
        at: seconds since the opening.
        symbol: the market.
        side: ``buy`` or ``sell``; None cancels the order of that `name`.
        quantity: decimal text.
        price: decimal text; None is a market order.
        name: by which a later entry can cancel it.

    >>> Scripted(0.5, "BTC/USD", "buy", "0.25", "65000.0", name="first").price
    '65000.0'
    """

    at: float
    symbol: str
    side: Side | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.in_(("buy", "sell")))
    )
    quantity: str = "0"
    price: str | None = None
    name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse an entry that says nothing.

        Raises:
            ConfigurationError: a moment before the opening, or neither an order nor a name.
        """
        if not self.at >= 0:
            raise ConfigurationError(f"Scripted.at must be seconds from 0 on, not {self.at!r}")
        if self.side is None and not self.name:
            raise ConfigurationError("a Scripted without a side cancels an order: give its name")


class ScriptedCrowd:
    """Does what the script says about one market, in its order.

    Args:
        pair: the market.
        script: entries of all markets.
        engine: what they are given to.
        start_ns: the opening.

    Raises:
        ConfigurationError: a number does not fit the pair, or a name was never given.
    """

    fair_price = None
    __slots__ = ("_entries", "_known", "_pair", "_start_ns", "_upcoming", "engine", "next_ns")

    def __init__(
        self, pair: Pair, script: Iterable[Scripted], *, engine: MatchingEngine, start_ns: int
    ) -> None:
        self._pair = pair
        self._start_ns = start_ns
        self._known: dict[str, str] = {}
        self.engine = engine
        mine = sorted((entry for entry in script if entry.symbol == pair.symbol), key=_moment)
        _check(pair, mine)
        self._entries = iter([*mine, None])
        self._upcoming = next(self._entries)
        self.next_ns = self._due()

    def act(self, _: str = "online") -> list[Event]:
        """Do what is next."""
        entry, now_ns = self._upcoming, self.next_ns
        self._upcoming = next(self._entries)
        self.next_ns = self._due()
        return [] if entry is None else self._carry_out(entry, now_ns)

    def postpone(self, now_ns: int) -> None:
        """Nothing is postponed: what was missed is done as soon as it can be."""

    def _due(self) -> int:
        if self._upcoming is None:
            return _NEVER_NS
        return self._start_ns + int(self._upcoming.at * _SECOND_NS)

    def _carry_out(self, entry: Scripted, now_ns: int) -> list[Event]:
        engine, pair = self.engine, self._pair
        if entry.side is None:
            order_id = self._known.pop(entry.name)
            resting = order_id in engine.book.orders
            return engine.cancel(order_id, now_ns=now_ns) if resting else []
        quantity = units(entry.quantity, pair.qty_precision)
        if entry.price is None:
            return engine.market(entry.side, quantity=quantity, now_ns=now_ns, owner="script")
        price = units(entry.price, pair.price_precision)
        before = set(engine.book.orders) if entry.name else set()
        events = engine.limit(
            entry.side, quantity=quantity, price=price, now_ns=now_ns, owner="script"
        )
        if entry.name:
            self._known[entry.name] = next(iter(set(engine.book.orders) - before), "")
        return events


def _moment(entry: Scripted) -> float:
    return entry.at


def _check(pair: Pair, entries: Iterable[Scripted]) -> None:
    named: set[str] = set()
    for entry in entries:
        if entry.side is None:
            if entry.name not in named:
                raise ConfigurationError(
                    f"the script of {pair.symbol} cancels {entry.name!r} before it was placed"
                )
            continue
        named.add(entry.name)
        sizes = [units(entry.quantity, pair.qty_precision)]
        if entry.price is not None:
            sizes.append(units(entry.price, pair.price_precision))
        if min(sizes) < 1:
            raise ConfigurationError(
                f"the script of {pair.symbol} needs positive numbers, not {entry!r}"
            )
