"""Book sessions to measure with: recorded ones where they are at hand, generated ones always."""

from __future__ import annotations

import os
import random
import re
from bisect import insort
from pathlib import Path
from zlib import crc32

FIXTURES = Path(
    os.environ.get("RXKRAKEN_FIXTURES", Path(__file__).parents[2] / "shared" / "fixtures")
)
RECORDED = FIXTURES / "v2" / "sessions" / "book_btcusd_d10_2023-07-30.jsonl"
SYMBOL = "BTC/USD"


def recorded() -> list[bytes] | None:
    """Give the recorded session of depth 10 with the full precision that the exchange sends.

    The recording went through a JSON parser, which cut the zeros behind the last digit.
    """
    if not RECORDED.exists():
        return None
    return [_widened(line) for line in RECORDED.read_bytes().splitlines()]


def _widened(line: bytes) -> bytes:
    def widen(match: re.Match[bytes]) -> bytes:
        return match[1] + b"%.*f" % (1 if match[2] == b"price" else 8, float(match[3]))

    return re.sub(rb'("(price|qty)":)([0-9.]+)', widen, line)


def generated(depth: int, updates: int, seed: int = 7, symbol: str = SYMBOL) -> list[bytes]:
    """Make a session: a snapshot, then updates of about two levels, with right checksums."""
    chance = random.Random(seed)
    middle = 650_000
    sides = {
        "bids": {middle - 1 - step: _lots(chance) for step in range(depth)},
        "asks": {middle + 1 + step: _lots(chance) for step in range(depth)},
    }
    frames = [
        _frame(
            "snapshot",
            symbol,
            {side: list(levels.items()) for side, levels in sides.items()},
            sides,
        )
    ]
    for _ in range(updates):
        changes: dict[str, list[tuple[int, int]]] = {"bids": [], "asks": []}
        for _ in range(chance.choice((1, 2, 2, 3))):
            side = chance.choice(("bids", "asks"))
            _change(chance, sides[side], changes[side], depth, down=side == "bids")
        frames.append(_frame("update", symbol, changes, sides))
    return frames


def _lots(chance: random.Random) -> int:
    return chance.randrange(1, 500_000_000)


def _change(
    chance: random.Random,
    levels: dict[int, int],
    changes: list[tuple[int, int]],
    depth: int,
    *,
    down: bool,
) -> None:
    """Replace a quantity, or take a level away and let the next one come into the window."""
    prices = sorted(levels, reverse=down)
    near = min(int(chance.expovariate(0.3)), depth - 1)
    price = prices[near]
    if chance.random() < 0.6:
        levels[price] = _lots(chance)
        changes.append((price, levels[price]))
        return
    del levels[price]
    entering = prices[-1] - 1 if down else prices[-1] + 1
    levels[entering] = _lots(chance)
    changes += [(price, 0), (entering, levels[entering])]


def _frame(
    kind: str,
    symbol: str,
    changes: dict[str, list[tuple[int, int]]],
    sides: dict[str, dict[int, int]],
) -> bytes:
    parts = {
        side: ",".join(
            f'{{"price":{ticks // 10}.{ticks % 10},"qty":{lots // 10**8}.{lots % 10**8:08d}}}'
            for ticks, lots in changes[side]
        )
        for side in ("bids", "asks")
    }
    best: dict[str, list[int]] = {"asks": [], "bids": []}
    for side, keys in best.items():
        for ticks in sides[side]:
            insort(keys, ticks if side == "asks" else -ticks)
    tokens = [f"{abs(key)}{sides[side][abs(key)]}" for side in best for key in best[side][:10]]
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}",'
        f'"bids":[{parts["bids"]}],"asks":[{parts["asks"]}],'
        f'"checksum":{crc32("".join(tokens).encode())},'
        f'"timestamp":"2026-11-22T12:00:00.000000Z"}}]}}'
    ).encode()
