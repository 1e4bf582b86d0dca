"""Running sums down one side of a book, which keep what consecutive books share."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from rxkraken.models.book import LevelText


class Ladder:
    """Prices of one side from the best on, with the quantity and notional up to each.

    Levels are read only as far as somebody asks. Of the next book, those are kept that come before
    the first level that changed, and the numbers of all others that stay: books share the levels
    that did not change. All lists begin with an entry for the place before the first level.

    Args:
        sign: -1 for bids, so that prices ascend from the best level on both sides.

    Attributes:
        places: prices times the sign, beginning with minus infinity.
        quantities: sums of quantities up to each level, beginning with zero.
        notionals: the same of price times quantity.
    """

    __slots__ = ("_bids", "_known", "_levels", "_number", "notionals", "places", "quantities")

    def __init__(self, sign: int) -> None:
        self._bids = sign < 0
        self._levels: Sequence[LevelText] = ()
        self._number: Callable[[str], Any] | None = None
        self._known: dict[int, tuple[Any, Any, Any, LevelText]] = {}
        self.places: list[Any] = []
        self.quantities: list[Any] = []
        self.notionals: list[Any] = []

    def stand_on(self, levels: Sequence[LevelText], number: Callable[[str], Any]) -> None:
        """Take the levels of the next book."""
        before = self._levels
        if levels is before:  # books of which only the other side changed share the list itself
            return
        if self._number is None:
            self._number = number
            self.places = [number("-Infinity")]
            self.quantities, self.notionals = [number("0")], [number("0")]
        same = 0
        for level, old in zip(levels, before[: len(self.places) - 1], strict=False):
            if level is not old:
                break
            same += 1
        del self.places[same + 1 :], self.quantities[same + 1 :], self.notionals[same + 1 :]
        self._levels = levels
        if len(self._known) > 2 * len(levels) + 20:
            self._known.clear()  # of levels that are gone

    def reach(self, sums: list[Any], target: Any) -> int:
        """Read on until a list goes beyond a target; give the first place that is not below it."""
        number, levels, index = self._number, self._levels, len(self.places) - 1
        if number is None or sums[-1] > target:
            return bisect_left(sums, target)
        known, places = self._known, self.places
        quantities, notionals = self.quantities, self.notionals
        qty, notional = quantities[-1], notionals[-1]
        for level in levels[index:] if index else levels:
            found = known.get(id(level))
            if found is None:  # kept with its level, so that nothing else can have the same id
                price, size = number(level.price), number(level.qty)
                found = -price if self._bids else price, size, price * size, level
                known[id(level)] = found
            place, size, worth, _ = found
            qty += size
            notional += worth
            places.append(place)
            quantities.append(qty)
            notionals.append(notional)
            if sums[-1] > target:
                break
        return bisect_left(sums, target)
