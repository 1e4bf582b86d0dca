"""``rxkraken demo``: the embedded exchange, three markets, everything verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from rxkraken.cli.options import duration_option, json_option, seed_option, symbols_option

if TYPE_CHECKING:
    from rxkraken.cli.board import Board
    from rxkraken.cli.views import View

_CHANNELS = frozenset({"book", "trade", "ohlc"})
_RATE = 200.0  # orders a second of a market: some hundred verified books a second in all


@click.command(epilog="Example: rxkraken demo --duration 10 --json")
@symbols_option("BTC/USD,ETH/USD,SOL/USD")
@duration_option
@seed_option
@json_option("Print the counters as JSON, one line a second and the final ones last.")
def demo(symbols: tuple[str, ...], duration: float | None, seed: int, as_json: bool) -> None:
    """Run against the embedded exchange: books, trades and candles over real loopback sockets.

    In a terminal this is a live dashboard, elsewhere one line a second. Every order book is
    verified by its checksum.
    """
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.cli.views import Counters, human_view  # noqa: PLC0415
    from rxkraken.cli.wording import sentence  # noqa: PLC0415
    from rxkraken.errors import ProtocolError  # noqa: PLC0415
    from rxkraken.wire import json  # noqa: PLC0415

    view = Counters() if as_json else human_view()
    board = asyncio.run(_run(symbols, duration, seed, view))
    summary = board.summary
    click.echo(json.encode(summary.counters()) if as_json else sentence(summary))
    if summary.checksum_failures:
        raise ProtocolError("an order book did not agree with the embedded exchange")


async def _run(symbols: tuple[str, ...], duration: float | None, seed: int, view: View) -> Board:
    from rxkraken.cli.board import Board  # noqa: PLC0415 - help stays fast
    from rxkraken.cli.session import Watched, drive, everything  # noqa: PLC0415
    from rxkraken.sim import Simulator  # noqa: PLC0415
    from rxkraken.stream.kraken import Kraken  # noqa: PLC0415

    async with (
        Simulator(symbols=symbols, seed=seed, rate=_RATE) as simulator,
        Kraken(simulator.environment) as kraken,
    ):
        watched = Watched(simulator.symbols, _CHANNELS)
        board = Board("demo", watched.symbols, watched.channels)
        return await drive(everything(kraken, watched), board, view, duration)
