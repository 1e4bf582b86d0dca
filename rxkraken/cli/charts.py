"""Charts made of characters: values in, rows of text out, pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import attrs

_EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
_EIGHTHS_RIGHT = " ▏▎▍▌▋▊▉█"
_WICK, _BODY = 1, 2
_HALVES = {  # what the upper and the lower half of a cell hold
    (0, 0): " ",
    (0, _WICK): "╷",
    (0, _BODY): "╻",
    (_WICK, 0): "╵",
    (_WICK, _WICK): "│",
    (_WICK, _BODY): "╽",
    (_BODY, 0): "╹",
    (_BODY, _WICK): "╿",
    (_BODY, _BODY): "┃",
}


def bar(share: float, width: int) -> str:
    """Draw a horizontal bar that fills a share of the width, to an eighth of a character.

    >>> bar(0.5, 4), bar(0.3, 4)
    ('██  ', '█▎  ')
    """
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS_RIGHT[rest] if rest else "")).ljust(width)[:width]


def area(values: Sequence[float], width: int, height: int) -> list[str]:
    """Draw the latest values as an area of some rows, the highest value at the top.

    >>> area([1, 2, 3], 3, 1)
    ['▁▅█']
    """
    shown = list(values[-width:]) if width > 0 else []
    if not shown:
        return [""] * height
    low, high = min(shown), max(shown)
    steps = [_step(value, low, high, height) for value in shown]
    return [
        "".join(_EIGHTHS_UP[max(0, min(8, step - 8 * row))] for step in steps)
        for row in reversed(range(height))
    ]


def _step(value: float, low: float, high: float, height: int) -> int:
    if high == low:
        return 4 * height
    return 1 + round((value - low) / (high - low) * (8 * height - 1))


@attrs.frozen
class Bar:
    """One candle to draw."""

    open: float
    high: float
    low: float
    close: float

    @property
    def rising(self) -> bool:
        """The price ended no lower than it began."""
        return self.close >= self.open


def candle_rows(bars: Sequence[Bar], width: int, height: int) -> list[list[tuple[str, bool]]]:
    """Draw the latest candles, one a column, as rows of characters; each says if it rises."""
    shown = bars[-width:] if width > 0 else []
    if not shown:
        return [[] for _ in range(height)]
    low, high = min(bar.low for bar in shown), max(bar.high for bar in shown)
    columns = [(_column(bar, low, high, height), bar.rising) for bar in shown]
    return [[(column[row], rising) for column, rising in columns] for row in range(height)]


def _column(bar: Bar, low: float, high: float, height: int) -> list[str]:
    def half(price: float) -> int:
        return 0 if high == low else round((price - low) / (high - low) * (2 * height - 1))

    body = range(half(min(bar.open, bar.close)), half(max(bar.open, bar.close)) + 1)
    wick = range(half(bar.low), half(bar.high) + 1)
    kinds = [_BODY if at in body else _WICK if at in wick else 0 for at in range(2 * height)]
    return [_HALVES[kinds[2 * row + 1], kinds[2 * row]] for row in reversed(range(height))]


def running_totals(quantities: Sequence[float]) -> list[float]:
    """Give the depth of a book at each of its levels, best level first."""
    return list(accumulate(quantities))


def direction(values: Sequence[float]) -> str:
    """Give the sign of the last change: an arrow, or a blank when nothing changed.

    >>> direction([1.0, 2.0]), direction([2.0, 1.0]), direction([1.0])
    ('▲', '▼', ' ')
    """
    for before, after in reversed(list(pairwise(values))):
        if before != after:
            return "▲" if after > before else "▼"
    return " "
