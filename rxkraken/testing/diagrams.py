"""Marble diagrams: text to timelines and back.

Each character is one tick. ``-`` nothing happens, a letter is a value, ``(ab)`` values of one tick
(the one of the parenthesis), ``|`` completion, ``#`` an error; spaces are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters, digits
from typing import Any, Literal

import attrs

from rxkraken.errors import ConfigurationError

Kind = Literal["next", "error", "completed"]
LETTERS = ascii_letters + digits


@attrs.frozen
class Mark:
    """One notification at a tick: a value, an error or the completion."""

    tick: float
    kind: Kind
    value: Any = None


class MarbleError(Exception):
    """What ``#`` stands for where no error is given."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exception)

    def __hash__(self) -> int:
        return hash(MarbleError)


def read(diagram: str, letters: Mapping[str, Any], error: Exception | None = None) -> list[Mark]:
    """Read a diagram; a letter without a meaning stands for itself.

    Raises:
        ConfigurationError: a character or parenthesis is out of place; the message points at it.

    >>> [(mark.tick, mark.kind, mark.value) for mark in read("-a-(b|)", {"a": 1})]
    [(1, 'next', 1), (3, 'next', 'b'), (3, 'completed', None)]
    """
    marks: list[Mark] = []
    group: int | None = None
    for column, character in enumerate(diagram.replace(" ", "")):
        tick = column if group is None else group
        match character:
            case "-" if group is None:
                pass
            case "(" if group is None:
                group = column
            case ")" if group is not None:
                group = None
            case "|":
                marks.append(Mark(tick, "completed"))
            case "#":
                marks.append(Mark(tick, "error", error or MarbleError("#")))
            case _ if character in LETTERS:
                marks.append(Mark(tick, "next", letters.get(character, character)))
            case _:
                raise ConfigurationError(
                    f"the marble diagram {diagram!r} has {character!r} out of place "
                    f"at tick {column}"
                )
    if group is not None:
        raise ConfigurationError(f"the marble diagram {diagram!r} misses a ')'")
    return marks


def draw(marks: Sequence[Mark], letters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Draw marks, and give the meaning of letters that were needed beyond those given.

    >>> draw([Mark(1, "next", 7), Mark(3, "completed")], {"x": 7})
    ('-x-|', {})
    """
    found: dict[str, Any] = {}
    columns: dict[int, str] = {}
    for mark in marks:
        sign = {"completed": "|", "error": "#"}.get(mark.kind) or _letter(mark, letters, found)
        column = int(mark.tick)
        columns[column] = columns.get(column, "") + sign
    drawn = ""
    for column, signs in sorted(columns.items()):
        drawn += "-" * (column - len(drawn))
        drawn += signs if len(signs) == 1 else f"({signs})"
    return drawn, found


def _letter(mark: Mark, letters: Mapping[str, Any], found: dict[str, Any]) -> str:
    for letter, value in (*letters.items(), *found.items()):
        if type(value) is type(mark.value) and value == mark.value:
            return letter
    if isinstance(mark.value, str) and mark.value in LETTERS and len(mark.value) == 1:
        return mark.value
    free = next((sign for sign in LETTERS[::-1] if sign not in letters and sign not in found), "?")
    found[free] = mark.value
    return free
