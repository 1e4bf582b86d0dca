"""What can be subscribed to: one channel, for one symbol, with its parameters."""

from __future__ import annotations

import attrs

Parameter = str | int | bool


@attrs.frozen(repr=False)
class Topic:
    """One subscription of the exchange: a channel, a symbol where it has one, and parameters.

    Two topics with the same `key` cannot share a connection unless they are equal: the exchange
    accepts one depth of a book, or one interval of candles, for each symbol and connection.

    >>> str(Topic("book", "BTC/USD", (("depth", 10),)))
    'book BTC/USD depth=10'
    """

    channel: str
    symbol: str | None = None
    parameters: tuple[tuple[str, Parameter], ...] = ()

    @property
    def key(self) -> tuple[str, str | None]:
        """What one connection carries once only."""
        return self.channel, self.symbol

    @property
    def group(self) -> tuple[str, tuple[tuple[str, Parameter], ...]]:
        """Topics of one group fit into one request, as a list of symbols."""
        return self.channel, self.parameters

    def __repr__(self) -> str:
        return f"Topic({str(self)!r})"

    def __str__(self) -> str:
        words = [self.channel, self.symbol or ""]
        words += [f"{name}={value}" for name, value in self.parameters]
        return " ".join(word for word in words if word)
