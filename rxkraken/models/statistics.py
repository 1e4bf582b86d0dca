"""Results of statistics that are more than one number."""

from __future__ import annotations

import attrs


@attrs.frozen
class Bands:
    """A value between the bands around its moving average, in the unit of the value.

    >>> bands = Bands(value=11.0, lower=8.0, middle=10.0, upper=12.0)
    >>> bands.position, bands.width
    (0.75, 0.4)
    """

    value: float
    lower: float
    middle: float
    upper: float

    @property
    def position(self) -> float | None:
        """Where the value is: 0 at the lower band, 1 at the upper; None when both are one."""
        if self.upper == self.lower:
            return None
        return (self.value - self.lower) / (self.upper - self.lower)

    @property
    def width(self) -> float | None:
        """The distance of the bands as a share of the average; None when that is zero."""
        return (self.upper - self.lower) / self.middle if self.middle else None
