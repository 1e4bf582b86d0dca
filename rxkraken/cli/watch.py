"""``rxkraken watch``: the dashboard for any endpoint."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import rich_click as click

from rxkraken.cli.options import DEPTHS, duration_option, environment_of, json_option

if TYPE_CHECKING:
    from rxkraken.cli.board import Board
    from rxkraken.cli.session import Watched
    from rxkraken.cli.views import View
    from rxkraken.environment import Environment

_CHANNELS = ("book", "trade", "ticker", "ohlc")


@click.command(epilog="Example: rxkraken watch BTC/USD ETH/USD --channel book --depth 25")
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option(
    "--channel",
    "channels",
    multiple=True,
    type=click.Choice(_CHANNELS),
    help="What to subscribe; repeatable. [default: book, trade and ohlc]",
)
@click.option(
    "--depth", type=click.Choice(DEPTHS), default="10", show_default=True, help="Levels a side."
)
@click.option(
    "--environment",
    default="primary",
    show_default=True,
    metavar="primary|beta|sim|URL",
    callback=environment_of,
    help="Where: Kraken, its beta, the embedded exchange, or the address of a public v2 endpoint.",
)
@duration_option
@json_option("Print every event as a line of JSON; exact numbers are strings.")
def watch(
    *,
    symbols: tuple[str, ...],
    channels: tuple[str, ...],
    depth: str,
    environment: str | Environment,
    duration: float | None,
    as_json: bool,
) -> None:
    """Watch markets live: order book, trades, tickers, candles.

    In a terminal this is a live dashboard, elsewhere one line a second.
    """
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.cli.session import Watched  # noqa: PLC0415
    from rxkraken.cli.views import Events, human_view  # noqa: PLC0415
    from rxkraken.cli.wording import sentence  # noqa: PLC0415

    watched = Watched(
        tuple(dict.fromkeys(symbol.upper() for symbol in symbols)),
        frozenset(channels or ("book", "trade", "ohlc")),
        int(depth),
        history=not as_json,
    )
    view = Events() if as_json else human_view()
    board = asyncio.run(_run(watched, environment, duration, view))
    if not as_json:
        click.echo(sentence(board.summary))


async def _run(
    watched: Watched, environment: str | Environment, duration: float | None, view: View
) -> Board:
    from rxkraken.cli.board import Board  # noqa: PLC0415 - help stays fast
    from rxkraken.cli.session import drive, everything  # noqa: PLC0415
    from rxkraken.stream.kraken import Kraken  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        if environment == "sim":
            environment = await _simulated(stack, watched.symbols)
        kraken = await stack.enter_async_context(Kraken(environment))
        board = Board("watch", watched.symbols, watched.channels)
        return await drive(everything(kraken, watched), board, view, duration)


async def _simulated(stack: AsyncExitStack, symbols: tuple[str, ...]) -> Environment:
    from rxkraken.sim import Simulator  # noqa: PLC0415 - only when it is asked for
    from rxkraken.sim.listing import PAIRS  # noqa: PLC0415

    known = tuple(symbol for symbol in symbols if symbol in PAIRS)
    simulator = Simulator(symbols=known or ("BTC/USD",))  # it refuses the others by itself
    return (await stack.enter_async_context(simulator)).environment
