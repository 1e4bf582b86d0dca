"""Text of ``level3`` messages, written digit by digit (spec ``v2-market-data`` §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.text_v2 import nanos

if TYPE_CHECKING:
    from rxkraken.sim.instruments import Pair
    from rxkraken.sim.level3_views import Change, Resting


def snapshot(
    pair: Pair, sides: tuple[list[Resting], list[Resting]], checksum: int, timestamp_ns: int
) -> bytes:
    """The whole window; `sides` are bids and asks."""
    bids, asks = (",".join([f"{{{_order(pair, order)}}}" for order in side]) for side in sides)
    return _message("snapshot", pair, (bids, asks), checksum, timestamp_ns)


def update(
    pair: Pair, sides: tuple[list[Change], list[Change]], checksum: int, timestamp_ns: int
) -> bytes:
    """What happened to the orders of the window; `sides` are bids and asks."""
    bids, asks = (
        ",".join([f'{{"event":"{event}",{_order(pair, order)}}}' for event, order in side])
        for side in sides
    )
    return _message("update", pair, (bids, asks), checksum, timestamp_ns)


def _message(
    kind: str, pair: Pair, sides: tuple[str, str], checksum: int, timestamp_ns: int
) -> bytes:
    bids, asks = sides
    return (
        f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{pair.symbol}","checksum":'
        f'{checksum},"bids":[{bids}],"asks":[{asks}],"timestamp":"{nanos(timestamp_ns)}"}}]}}'
    ).encode()


def _order(pair: Pair, order: Resting) -> str:
    return (
        f'"order_id":"{order.order_id}","limit_price":{pair.price_text(order.price)},"order_qty":'
        f'{pair.qty_text(order.quantity)},"timestamp":"{nanos(order.timestamp_ns)}"'
    )
