"""The command group: what it contains, and the boundary at which errors become sentences."""

from __future__ import annotations

import logging
import sys
from typing import Any, NoReturn

import rich_click as click

from rxkraken.cli.demo import demo
from rxkraken.cli.replay import replay
from rxkraken.cli.simulate import simulate
from rxkraken.cli.watch import watch
from rxkraken.errors import Rejected, RxKrakenError


class Boundary(click.RichGroup):
    """A group whose commands fail with one sentence: code 2 for wrong usage, 1 for the rest.

    Attributes:
        traceback: unexpected errors are raised as they are.
    """

    traceback = False

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run a command line and exit."""
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "rxkraken"
            _fail(f"{error.format_message().rstrip('.')}; see {command} --help", code=2)
        except click.ClickException as error:
            _fail(error.format_message())
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted")
        except Rejected as error:
            _fail(f"the exchange refused {error.symbol or 'the request'}: {error.code}")
        except (RxKrakenError, OSError) as error:
            _fail(str(error))
        except Exception as error:
            if self.traceback:
                raise
            _fail(
                f"unexpected {type(error).__name__}: {error}; "
                "please report it with what 'rxkraken --traceback COMMAND' shows"
            )
        sys.exit(code if isinstance(code, int) else 0)


def _fail(sentence: str, *, code: int = 1) -> NoReturn:
    click.echo(f"rxkraken: {' '.join(sentence.split())}", err=True)
    sys.exit(code)


@click.group(
    cls=Boundary,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: rxkraken demo --duration 10",
)
@click.version_option(package_name="rxkraken", prog_name="rxkraken")
@click.option("--traceback", is_flag=True, help="Show the log, and where an error happened.")
def rxkraken(traceback: bool) -> None:
    """Every Kraken Spot stream as a typed Observable: live, replayed, simulated."""
    rxkraken.traceback = traceback
    if not traceback:  # the log would tear the dashboard; what matters in it is a lifecycle event
        logging.basicConfig(handlers=[logging.NullHandler()])


for _command in (demo, watch, replay, simulate):
    rxkraken.add_command(_command)
