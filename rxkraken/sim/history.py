"""What a market did before the simulator opened: seeded trades, sparse far back, dense of late.

Candles, day statistics and last trades of the first moment are folded from these trades like those
of every later one, so they agree with each other without any special case.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rxkraken.sim.engine import TradeMade

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from rxkraken.sim.instruments import Pair

_SECOND_NS = 1_000_000_000
_DAY_SECONDS = 86_400
# How far back (seconds) a stretch begins and the mean seconds between its trades, never more than
# half again as much: so there are ten candles of every interval, 15 days the longest.
_STRETCHES = (
    (160 * _DAY_SECONDS, 6 * 3600.0),
    (3 * _DAY_SECONDS, 1200.0),
    (_DAY_SECONDS + 3600, 150.0),
    (900, 6.0),
)


def past_trades(pair: Pair, source: random.Random, now_ns: int) -> list[TradeMade]:
    """Trades of the last 160 days that end at the pair's reference price, oldest first.

    Their orders are long forgotten, hence without ids.
    """
    moments = list(_moments(source, now_ns))
    prices = _prices(pair, source, moments, now_ns)
    usual, least = pair.typical_lots, pair.minimum_lots
    first_id = source.randrange(1_000_000, 90_000_000)
    return [
        TradeMade(
            trade_id=first_id + number,
            side="buy" if source.random() < 0.5 else "sell",  # noqa: PLR2004 - a fair coin
            price=price,
            quantity=max(least, int(usual * _size(source, gap_seconds))),
            order_type="market" if source.random() < 0.6 else "limit",  # noqa: PLR2004 - as seen
            taker_id="",
            maker_id="",
            timestamp_ns=moment,
        )
        for number, ((moment, gap_seconds), price) in enumerate(zip(moments, prices, strict=True))
    ]


def _moments(source: random.Random, now_ns: int) -> Iterator[tuple[int, float]]:
    """Time of each trade, and the mean gap of its stretch."""
    ends = [begin for begin, _ in _STRETCHES[1:]] + [0]
    for (begin, gap), end in zip(_STRETCHES, ends, strict=True):
        back = begin - source.uniform(0.5, 1.5) * gap
        while back > end:
            yield now_ns - int(back * _SECOND_NS), gap
            back -= source.uniform(0.5, 1.5) * gap


def _prices(
    pair: Pair, source: random.Random, moments: list[tuple[int, float]], now_ns: int
) -> list[int]:
    """Walk backwards from the reference price, so that the past leads to the present."""
    reference = pair.reference_ticks
    logarithm, later = 0.0, now_ns
    prices: list[int] = []
    for moment, _ in reversed(moments):
        days = (later - moment) / (_DAY_SECONDS * _SECOND_NS)
        logarithm += pair.volatility * math.sqrt(days) * source.gauss(0, 1) - 0.1 * days * logarithm
        steps = round(reference * math.exp(logarithm) / pair.price_increment)
        prices.append(max(1, steps) * pair.price_increment)
        later = moment
    return prices[::-1]


def _size(source: random.Random, gap_seconds: float) -> float:
    """One trade stands for all of its gap, hence larger where trades are sparse."""
    return max(1.0, gap_seconds / 6) * source.lognormvariate(0, 0.8)
