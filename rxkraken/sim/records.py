"""What a simulator has done, for tests to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from rxkraken.sim.accounts import LedgerEntry
    from rxkraken.sim.market import BookTop


@attrs.frozen
class History:
    """What the simulator has done so far.

    Attributes:
        commands: orders and cancellations of the crowd.
        trades_made: trades of all markets since the opening.
        frames_sent: frames handed to sockets.
        connections_accepted: connections that were opened.
        connections_cut: connections whose client did not read.
        connections_refused: attempts beyond the limit.
        books: symbol to the best ten levels, and their checksum, of its book as it is now.
        ledger: account to every change of its balances, oldest first.
    """

    commands: int
    trades_made: int
    frames_sent: int
    connections_accepted: int
    connections_cut: int
    connections_refused: int
    books: Mapping[str, BookTop]
    ledger: Mapping[str, tuple[LedgerEntry, ...]]
