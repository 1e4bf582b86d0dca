"""What trading costs."""

from __future__ import annotations

from typing import Any

import attrs

from rxkraken.errors import ConfigurationError

_WHOLE = 1_000_000


def _below_all(_: object, attribute: attrs.Attribute[Any], value: int) -> None:
    if abs(value) >= _WHOLE:
        raise ConfigurationError(f"FeeSchedule.{attribute.name} must be below 100 %, not {value}")


@attrs.frozen
class FeeSchedule:
    """Fees of one account in millionths of the cost: 2500 is 0.25 %.

    Attributes:
        maker: for the order that rested; negative for a rebate.
        taker: for the order that arrived; at least the maker's and not negative.

    Raises:
        ConfigurationError: a fee is out of range.

    >>> FeeSchedule(maker=1600, taker=2600).taker
    2600
    """

    maker: int = attrs.field(default=2500, validator=_below_all)
    taker: int = attrs.field(default=4000, validator=_below_all)

    def __attrs_post_init__(self) -> None:
        """Refuse a schedule under which a hold at the taker's fee would not suffice."""
        if self.taker < max(0, self.maker):
            raise ConfigurationError(
                f"FeeSchedule.taker must be at least 0 and at least the maker's fee "
                f"{self.maker}, not {self.taker}"
            )


FREE = FeeSchedule(maker=0, taker=0)
