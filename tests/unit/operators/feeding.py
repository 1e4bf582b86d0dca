"""Pushes lists through operators."""

from datetime import UTC, datetime, timedelta

import reactivex

BEGIN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at(seconds):
    """Give a moment, some seconds into an ordinary day."""
    return BEGIN + timedelta(seconds=seconds)


def outcome(operator, items):
    """Give what an operator emits for a list, and last its error, or ``"end"``."""
    seen = []
    reactivex.from_iterable(items).pipe(operator).subscribe(
        seen.append, seen.append, lambda: seen.append("end")
    )
    return seen


def emitted(operator, items):
    """Give the values an operator emits for a list; raise its error."""
    *values, end = outcome(operator, items)
    if end != "end":
        raise end
    return values


def second(item):
    """Read an item that is (moment, value)."""
    return item[1]


def moment(item):
    """Read the time of an item that is (moment, value)."""
    return item[0]
