"""The crowd of one market: makers, takers and cancellers around a moving fair value.

Arrivals are a Poisson process, so the order flow does not depend on how the caller slices time: the
same seed gives the same orders at the same nanoseconds. Makers keep two zones filled, a busy one
near the touch and a deep one behind it; who stands on the wrong side of the fair value leaves or is
taken. The book is never emptied and never crossed. Orders of others than the crowd are traded with,
but never touched otherwise.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rxkraken.sim.engine import BookSide, Event, MatchingEngine, Order, Side
    from rxkraken.sim.fair_values import FairValue
    from rxkraken.sim.instruments import Pair

_SECOND_NS = 1_000_000_000
_DAY_SECONDS = 86_400
# Shares are of the decisions of the kind; levels count from the best one.
_NEAR_LEVELS = 24
_LEAST_SPACING = 3
_LEVELS_PASSED_PER_SECOND = 4
_KEPT_LEVELS = 2
_TRIES_PER_LEVEL = 12
_ORDERS_PER_LEVEL = 3
_TAKER_SHARE = 0.05
_NEAR_SHARE = 0.8
_JOIN_SHARE = 0.3
_JOINED_LEVELS = 5
_SWEPT_LEVELS = 5
_REDUCE_SHARE = 0.03
_STALE_TAKEN_SHARE = 0.3
_ROUND_SHARE = 0.3
_MATCHING_STATES = frozenset({"online", "limit_only"})


class Crowd:
    """All traders of one market.

    Args:
        pair: the market.
        seed: together with the symbol it decides everything.
        rate: orders and cancellations a second.
        value: what the market is worth.
        start_ns: when the market opens; the first ladder is built at that moment.
        engine: what they trade with.
    """

    __slots__ = (
        "_deep_band",
        "_fair",
        "_mean_gap_ns",
        "_minimum_lots",
        "_near_band",
        "_near_levels",
        "_pair",
        "_random",
        "_round_lots",
        "_typical_lots",
        "_value",
        "engine",
        "next_ns",
    )

    def __init__(
        self,
        pair: Pair,
        seed: int,
        *,
        rate: float,
        value: FairValue,
        start_ns: int,
        engine: MatchingEngine,
    ) -> None:
        self._random = random.Random(f"{seed} {pair.symbol} crowd")
        self._pair = pair
        self.engine = engine
        self._value = value
        self._fair = value.at(start_ns)
        self._near_levels = min(_NEAR_LEVELS, pair.levels)
        step = pair.price_increment
        # Levels stand further apart where the price wanders faster, so that the crowd can follow.
        wander_per_second = self._fair * pair.volatility / math.sqrt(_DAY_SECONDS)
        spacing = max(_LEAST_SPACING * step, wander_per_second / _LEVELS_PASSED_PER_SECOND)
        self._near_band = pair.spread * step / 2 + spacing * self._near_levels
        self._deep_band = self._near_band + spacing * (pair.levels - self._near_levels)
        self._mean_gap_ns = _SECOND_NS / rate
        self._typical_lots, self._minimum_lots = pair.typical_lots, pair.minimum_lots
        self._round_lots = 10 ** (len(str(self._typical_lots)) - 1)
        self.next_ns = start_ns + self._gap()
        self._open(start_ns)

    @property
    def fair_price(self) -> int:
        """What the market is worth now, in ticks."""
        return max(1, round(self._fair))

    def act(self, state: str = "online") -> list[Event]:
        """Do the next thing, at `next_ns`, and choose the time of the one after it.

        Args:
            state: of the exchange. Nobody trades in ``post_only``, there are no market orders in
                ``limit_only``, and in ``cancel_only`` the book only shrinks.
        """
        now_ns = self.next_ns
        self._fair = self._value.at(now_ns)
        self.next_ns = now_ns + self._gap()
        if state == "cancel_only":
            return self._leave(now_ns)
        matching = state in _MATCHING_STATES
        events = self._correct(now_ns, matching=matching)
        if not events and self._random.random() < _TAKER_SHARE and matching:
            events = self._take(now_ns, as_limit=state == "limit_only")
        return events or self._make(now_ns)

    def postpone(self, now_ns: int) -> None:
        """Let the time until `now_ns` pass without order flow."""
        if self.next_ns < now_ns:
            self.next_ns = now_ns + self._gap()

    def _gap(self) -> int:
        return 1 + int(self._random.expovariate(1.0) * self._mean_gap_ns)

    def _open(self, now_ns: int) -> None:
        """Fill both sides, the near zone first; many tries meet a price that is there already."""
        sides: tuple[Side, ...] = ("buy", "sell")
        for side in sides:
            keys = self.engine.book.side(side).keys
            for number in range(_TRIES_PER_LEVEL * self._pair.levels):
                if len(keys) >= self._pair.levels:
                    break
                self._place(side, now_ns, near=number < 2 * self._near_levels)

    # -- those who stand on the wrong side of the fair value ------------------------------------

    def _correct(self, now_ns: int, *, matching: bool) -> list[Event]:
        """Take or withdraw a best order that the fair value has passed."""
        sides: tuple[Side, ...] = ("sell", "buy")
        for side in sides:
            levels = self.engine.book.side(side)
            if len(levels.keys) <= _KEPT_LEVELS or levels.keys[0] >= levels.sign * self._fair:
                continue
            order = levels.best_order()
            taken = self._random.random() < _STALE_TAKEN_SHARE or order.ticket is not None
            if not (taken and matching):
                return self._cancel(order, now_ns)
            return self.engine.limit(
                "sell" if side == "buy" else "buy",
                quantity=levels.quantities[levels.keys[0]],
                price=order.price,
                now_ns=now_ns,
                owner="taker",
            )
        return []

    def _cancel(self, order: Order, now_ns: int) -> list[Event]:
        if order.ticket is not None:
            return []
        return self.engine.cancel(order.order_id, now_ns=now_ns)

    # -- takers ---------------------------------------------------------------------------------

    def _take(self, now_ns: int, *, as_limit: bool) -> list[Event]:
        """Trade at the market, but never through the last levels of a side."""
        side: Side = "buy" if self._random.random() < 0.5 else "sell"  # noqa: PLR2004 - a fair coin
        levels = self.engine.book.opposite(side)
        spare = levels.keys[: min(_SWEPT_LEVELS, max(0, len(levels.keys) - _KEPT_LEVELS))]
        available = sum(levels.quantities[key] for key in spare)
        quantity = min(self._quantity(), available)
        if not quantity:
            return []
        if as_limit:
            price = levels.sign * spare[-1]
            return self.engine.limit(
                side, quantity=quantity, price=price, now_ns=now_ns, owner="taker"
            )
        return self.engine.market(side, quantity=quantity, now_ns=now_ns, owner="taker")

    # -- makers and cancellers ------------------------------------------------------------------

    def _make(self, now_ns: int) -> list[Event]:
        """Add to a zone or thin it out: the fuller it is, the rather the latter."""
        draw = self._random.random
        side: Side = "buy" if draw() < 0.5 else "sell"  # noqa: PLR2004 - a fair coin
        levels = self.engine.book.side(side)
        near = draw() < _NEAR_SHARE
        if near and self._pair.levels > self._near_levels:
            count, target = self._levels_within(levels, self._near_band), self._near_levels
        else:
            count, target = len(levels.keys), self._pair.levels
        crowded = len(self.engine.book.orders) > _ORDERS_PER_LEVEL * 2 * self._pair.levels
        wanted = 0.0 if crowded else 1 - count / (2 * target)
        if len(levels.keys) > _KEPT_LEVELS and draw() >= wanted:
            return self._withdraw(levels, now_ns, count if near else len(levels.keys))
        return self._place(side, now_ns, near=near)

    def _levels_within(self, levels: BookSide, band: float) -> int:
        """How many of the best levels lie within `band` of the fair value."""
        limit = levels.sign * self._fair + band
        low, high = 0, min(len(levels.keys), 4 * self._near_levels)
        while low < high:
            middle = (low + high) // 2
            if levels.keys[middle] > limit:
                high = middle
            else:
                low = middle + 1
        return low

    def _place(self, side: Side, now_ns: int, *, near: bool) -> list[Event]:
        price = self._price(side, near=near)
        return self.engine.limit(
            side, quantity=self._quantity(), price=price, now_ns=now_ns, owner="maker"
        )

    def _price(self, side: Side, *, near: bool) -> int:
        """A price in the zone, never touching the other side."""
        book, step = self.engine.book, self._pair.price_increment
        own, other = book.side(side), book.opposite(side)
        sign = own.sign
        if near and own.keys and self._random.random() < _JOIN_SHARE:
            key = own.keys[self._random.randrange(min(len(own.keys), _JOINED_LEVELS))]
            if len(own.levels[key]) < 2 * _ORDERS_PER_LEVEL:
                return sign * key
        half = self._pair.spread * step / 2
        if near:
            distance = half + self._random.expovariate(3.0 / (self._near_band - half))
        else:
            distance = self._near_band + self._random.random() * (self._deep_band - self._near_band)
        price = round((self._fair + sign * distance) / step) * step
        best = other.best_price()
        if best is not None and sign * price <= sign * best:
            price = best + sign * step
        return max(step, price)

    def _leave(self, now_ns: int) -> list[Event]:
        """Cancel something on either side, as long as there is more than the last levels."""
        side: Side = "buy" if self._random.random() < 0.5 else "sell"  # noqa: PLR2004 - a fair coin
        levels = self.engine.book.side(side)
        if len(levels.keys) <= _KEPT_LEVELS:
            return []
        return self._withdraw(levels, now_ns, len(levels.keys))

    def _withdraw(self, levels: BookSide, now_ns: int, among: int) -> list[Event]:
        """Cancel, or now and then reduce, the youngest order of one of the best `among` levels."""
        outermost = levels.keys[-1] - levels.sign * self._fair
        chosen = self._random.randrange(max(1, among))
        if outermost > 2 * self._deep_band:
            chosen = len(levels.keys) - 1
        level = levels.levels[levels.keys[chosen]]
        order: Order | None = next(
            (order for order in reversed(level.values()) if order.ticket is None), None
        )
        if order is None:
            return []
        if self._random.random() < _REDUCE_SHARE and order.quantity > 1:
            by = 1 + self._random.randrange(order.quantity - 1)
            return self.engine.reduce(order.order_id, by=by, now_ns=now_ns)
        return self.engine.cancel(order.order_id, now_ns=now_ns)

    def _quantity(self) -> int:
        """Lognormal around the typical size; some people like round numbers."""
        lots = int(self._typical_lots * self._random.lognormvariate(0, 1.2))
        if self._random.random() < _ROUND_SHARE:
            lots -= lots % self._round_lots
        elif lots:
            lots += self._random.randrange(1 + lots // 1000)
        return max(self._minimum_lots, lots)
