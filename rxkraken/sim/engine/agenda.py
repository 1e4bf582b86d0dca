"""What has to be done at a certain time, in order of time and then of entry."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

import attrs

from rxkraken.sim.engine.events import Happening

Action = Callable[[int], list[Happening]]


@attrs.frozen(order=True)
class _Entry:
    due_ns: int
    number: int
    action: Action = attrs.field(eq=False, order=False)


class Agenda:
    """A queue of actions; each is called with the time at which it is done, and tells what it did.

    An entry is never taken back: an action whose reason has gone away does nothing.
    """

    __slots__ = ("_entries", "_numbers")

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._numbers = count()

    @property
    def next_ns(self) -> int | None:
        """When the next action is due."""
        return self._entries[0].due_ns if self._entries else None

    def add(self, due_ns: int, action: Action) -> None:
        """Let an action be done at a time."""
        heapq.heappush(self._entries, _Entry(due_ns, next(self._numbers), action))

    def run(self, now_ns: int, not_before_ns: int = 0) -> list[Happening]:
        """Do all that is due by `now_ns`, each at its own time but not before the given one."""
        entries = self._entries
        happenings: list[Happening] = []
        while entries and entries[0].due_ns <= now_ns:
            entry = heapq.heappop(entries)
            happenings += entry.action(max(entry.due_ns, not_before_ns))
        return happenings
