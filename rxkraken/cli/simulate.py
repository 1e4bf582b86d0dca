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
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Seconds that pass in one second: 60 runs an hour in a minute.",
)
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False),
    metavar="PLAN.JSON",
    help="What goes wrong on purpose: a file with a seed and a list of faults.",
)
@click.option(
    "--tls",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Serve wss:// and https://, and write the certificate of the authority to this file.",
)
@seed_option
@duration_option
@json_option("Print the address as JSON, and what was done when it ends.")
def simulate(
    *,
    port: int,
    symbols: tuple[str, ...],
    rate: float,
    speed: float,
    faults: str | None,
    tls: str | None,
    seed: int,
    duration: float | None,
    as_json: bool,
) -> None:
    """Run the exchange simulator until Ctrl-C: real sockets, a seeded market, an account."""
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.sim import Faults, Simulator  # noqa: PLC0415

    simulator = Simulator(
        symbols=symbols,
        seed=seed,
        rate=rate,
        port=port,
        speed=speed,
        faults=Faults.load(faults) if faults else None,
        tls=tls is not None,
    )
    if tls is not None:
        _write_authority(simulator, tls)
    asyncio.run(_run(simulator, duration, as_json=as_json))


async def _run(simulator: Simulator, duration: float | None, *, as_json: bool) -> None:
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.cli.session import stoppable  # noqa: PLC0415
    from rxkraken.wire import json  # noqa: PLC0415

    with stoppable() as stopped:
        async with simulator:
            opening = _opening(simulator)
            click.echo(json.encode(opening) if as_json else _invitation(opening, simulator.symbols))
            await asyncio.wait({stopped}, timeout=duration)
            done, incidents = simulator.history, simulator.journal
    closing = {
        "connections": done.connections_accepted,
        "frames_sent": done.frames_sent,
        "trades": done.trades_made,
        "faults": len(incidents),
    }
    words = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in closing.items())
    click.echo(json.encode(closing) if as_json else f"{words}.")


def _write_authority(simulator: Simulator, path: str) -> None:
    from pathlib import Path  # noqa: PLC0415 - help stays fast

    from rxkraken.errors import ConfigurationError  # noqa: PLC0415

    try:
        Path(path).write_bytes(simulator.authority_pem or b"")
    except OSError as error:
        raise ConfigurationError(f"--tls cannot write {path}: {error.strerror}") from None


def _opening(simulator: Simulator) -> dict[str, object]:
    """Where the simulator is, and the keys of its account; they open nothing but this one."""
    environment, credentials = simulator.environment, simulator.credentials
    return {
        "public_v2": environment.public_v2,
        "private_v2": environment.private_v2,
        "level3": environment.level3,
        "rest": environment.rest,
        "key": credentials.key,
        "secret": credentials.reveal_secret(),
        "symbols": simulator.symbols,
    }


def _invitation(opening: dict[str, object], symbols: tuple[str, ...]) -> str:
    url = opening["public_v2"]
    return (
        f"The exchange simulator runs {', '.join(symbols)} at\n"
        f"  {url}\n"
        f"  {opening['private_v2']}  (private)\n"
        f"  {opening['level3']}  (level3)\n"
        f"  {opening['rest']}  (REST)\n"
        "Its account, with play money:\n"
        f"  key    {opening['key']}\n"
        f"  secret {opening['secret']}\n"
        "Connect from a shell or from Python:\n"
        f"  rxkraken watch {symbols[0]} --environment {url}\n"
        f'  Kraken(Environment(public_v2="{url}")).ticker("{symbols[0]}")\n'
        "Ctrl-C ends it."
    )
