"""The entry point of the ``rxkraken`` command."""

from __future__ import annotations

import contextlib
import sys
from io import TextIOWrapper

_EXTRA = {"click", "rich", "rich_click"}


def main() -> None:
    """Run the command line and exit with its code: 0 success, 1 failure, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(errors="replace")  # a dashboard survives an ASCII terminal
    try:
        import rich  # noqa: F401, PLC0415 - rich-click notices its absence only when it prints

        from rxkraken.cli.commands import rxkraken  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as missing:
        name = (missing.name or "").partition(".")[0]
        if name not in _EXTRA:
            raise
        sys.stderr.write(f"rxkraken: the commands need {name}: pip install 'rxkraken[cli]'\n")
        raise SystemExit(1) from None
    rxkraken(prog_name="rxkraken")


if __name__ == "__main__":
    main()
