"""``rxkraken simulate``: the exchange simulator for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from rxkraken.cli.options import duration_option, json_option, seed_option, symbols_option

if TYPE_CHECKING:
    from rxkraken.sim import Simulator


@click.command(epilog="Example: rxkraken simulate --port 8080 --symbols BTC/USD,ETH/USD")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port on loopback; 0 takes a free one.",
)
@symbols_option("BTC/USD,ETH/USD,SOL/USD")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=100.0,
    show_default=True,
    help="Orders and cancellations a second of each market.",
)
@seed_option
@duration_option
@json_option("Print the address as JSON, and what was done when it ends.")
def simulate(
    *,
    port: int,
    symbols: tuple[str, ...],
    rate: float,
    seed: int,
    duration: float | None,
    as_json: bool,
) -> None:
    """Run the exchange simulator until Ctrl-C: real sockets, a seeded market."""
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.sim import Simulator  # noqa: PLC0415

    simulator = Simulator(symbols=symbols, seed=seed, rate=rate, port=port)
    asyncio.run(_run(simulator, duration, as_json=as_json))


async def _run(simulator: Simulator, duration: float | None, *, as_json: bool) -> None:
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.cli.session import stoppable  # noqa: PLC0415
    from rxkraken.wire import json  # noqa: PLC0415

    with stoppable() as stopped:
        async with simulator:
            url, symbols = simulator.environment.public_v2, simulator.symbols
            opening = {"public_v2": url, "symbols": symbols}
            click.echo(json.encode(opening) if as_json else _invitation(url, symbols))
            await asyncio.wait({stopped}, timeout=duration)
            done = simulator.history
    closing = {
        "connections": done.connections_accepted,
        "frames_sent": done.frames_sent,
        "trades": done.trades_made,
    }
    words = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in closing.items())
    click.echo(json.encode(closing) if as_json else f"{words}.")


def _invitation(url: str, symbols: tuple[str, ...]) -> str:
    return (
        f"The exchange simulator runs {', '.join(symbols)} at\n"
        f"  {url}\n"
        "Connect from a shell or from Python:\n"
        f"  rxkraken watch {symbols[0]} --environment {url}\n"
        f'  Kraken(Environment(public_v2="{url}")).ticker("{symbols[0]}")\n'
        "Ctrl-C ends it."
    )
