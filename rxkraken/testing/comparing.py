"""Two runs of a pipeline side by side, so that a person sees where they part."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from rxkraken.testing.playing import Output

_WIDTH = 60
_AROUND = 2  # lines shown before the first difference
_LINES = 8
_NOTHING: Any = object()


def same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Tell whether two rows of values are equal; a NaN equals itself.

    >>> same([1.0, float("nan")], [1.0, float("nan")]), same([1], [1, 2])
    (True, False)
    """
    return len(left) == len(right) and all(map(_equal, left, right))


def begins(whole: Sequence[Any], beginning: Sequence[Any]) -> bool:
    """Tell whether a row of values begins with another."""
    return same(whole[: len(beginning)], beginning)


def without_repeats(values: Sequence[Any]) -> list[Any]:
    """Leave out every value that equals the one before.

    >>> without_repeats([1, 1, 2, 1])
    [1, 2, 1]
    """
    kept: list[Any] = []
    for value in values:
        if not kept or not _equal(kept[-1], value):
            kept.append(value)
    return kept


def side_by_side(
    left_title: str, left: Sequence[Any], right_title: str, right: Sequence[Any]
) -> str:
    """Print two rows of values or outputs in columns, from a little before they part."""
    pairs = list(zip_longest(left, right, fillvalue=_NOTHING))
    parts = next((i for i, pair in enumerate(pairs) if not _equal(*pair)), len(pairs))
    first = max(0, parts - _AROUND)
    shown = [(i, _text(a), _text(b)) for i, (a, b) in enumerate(pairs)][first : first + _LINES]
    width = max([len(left_title), *(len(a) for _, a, _ in shown)])
    lines = [f"    {left_title:<{width}}   {right_title}"]
    for index, a, b in shown:
        mark = "  <-- here" if index == parts else ""
        lines.append(f"    {a:<{width}}   {b}{mark}")
    if len(pairs) > first + _LINES:
        lines.append(f"    ... and {len(pairs) - first - _LINES} more")
    return "\n".join(lines)


def _equal(left: Any, right: Any) -> bool:
    if left is right:
        return True
    if isinstance(left, Output) and isinstance(right, Output):
        return left.at == right.at and _equal(left.value, right.value)
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (left != left and right != right)  # noqa: PLR0124 - NaN
    return bool(left == right)


def _text(value: Any) -> str:
    if value is _NOTHING:
        return "(nothing)"
    if isinstance(value, Output):
        return f"{value.at / 1000:.3f} s  {_text(value.value)}"
    text = repr(value)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
