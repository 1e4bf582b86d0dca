"""Options that several commands share, and how their values are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

if TYPE_CHECKING:
    from rxkraken.environment import Environment

Command = TypeVar("Command", bound=Callable[..., Any])

NAMED_ENVIRONMENTS = ("primary", "beta", "sim")
DEPTHS = ("10", "25", "100", "500", "1000")

duration_option = click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End after this many seconds. [default: until Ctrl-C]",
)
seed_option = click.option(
    "--seed", type=int, default=7, show_default=True, help="Seed of the embedded exchange."
)


def json_option(help_text: str) -> Callable[[Command], Command]:
    """Make the ``--json`` switch, with what it prints."""
    return click.option("--json", "as_json", is_flag=True, help=help_text)


def symbols_option(default: str) -> Callable[[Command], Command]:
    """Make the ``--symbols`` option with its default."""
    return click.option(
        "--symbols",
        default=default,
        show_default=True,
        metavar="A,B",
        callback=_listed,
        help="Pairs, separated by commas.",
    )


def _listed(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    symbols = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    if not symbols:
        raise click.BadParameter("name at least one pair, for example BTC/USD")
    return symbols


def environment_of(
    _context: click.Context, _parameter: click.Parameter, value: str
) -> str | Environment:
    """Check the value of ``--environment``: a name, or the address of a public v2 endpoint."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - help needs none of these

    from rxkraken.environment import Environment  # noqa: PLC0415 - likewise

    if value in NAMED_ENVIRONMENTS:
        return value
    try:
        _ = urlsplit(value).port  # raises where it is none
        return Environment(public_v2=value)
    except ValueError:  # a ConfigurationError is one as well
        raise click.BadParameter(
            f"{value!r} is neither {', '.join(NAMED_ENVIRONMENTS)} "
            "nor a ws:// or wss:// address with a host"
        ) from None
