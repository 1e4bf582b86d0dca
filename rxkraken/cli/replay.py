"""``rxkraken replay``: a recording through the whole client, to verify its books again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from rxkraken.cli.options import DEPTHS, json_option

if TYPE_CHECKING:
    from rxkraken.cli.playback import Outcome
    from rxkraken.cli.recording import Advance, Recording


@click.command(epilog="Example: rxkraken replay session.jsonl --json")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--depth",
    type=click.Choice(DEPTHS),
    help="Levels a side that were subscribed. [default: what the snapshots need]",
)
@json_option("Print the final counters as JSON.")
def replay(file: Path, depth: str | None, as_json: bool) -> None:
    """Replay a recording of v2 frames, one JSON frame a line, and verify every order book in it.

    The frames take the same way as those of a socket. Exit code 1 when a book did not verify or a
    line was no frame.
    """
    import asyncio  # noqa: PLC0415 - help stays fast

    from rxkraken.cli.playback import play  # noqa: PLC0415
    from rxkraken.cli.recording import survey  # noqa: PLC0415
    from rxkraken.errors import ProtocolError  # noqa: PLC0415
    from rxkraken.wire import json  # noqa: PLC0415

    with _progress(file, "reading") as advance:
        recording = survey(file, advance)
    with _progress(file, "replaying") as advance:
        outcome = asyncio.run(play(recording, int(depth) if depth else None, advance))
    counters = outcome.summary.counters()
    click.echo(json.encode(counters) if as_json else _report(recording, outcome))
    complaint = _complaint(recording, outcome)
    if complaint:
        raise ProtocolError(complaint)


def _report(recording: Recording, outcome: Outcome) -> str:
    from rxkraken.cli.wording import counted, sentence  # noqa: PLC0415 - help stays fast

    books = ", ".join(f"{symbol} depth {depth}" for symbol, depth in outcome.depths.items())
    over = f" {counted(len(recording.problems), 'line')} passed over." if recording.problems else ""
    return f"{recording.path}: {books}: {sentence(outcome.summary)}{over}"


def _complaint(recording: Recording, outcome: Outcome) -> str:
    """Say in one sentence what was wrong with a recording, nothing when all is well."""
    parts = []
    if outcome.failures:
        first = outcome.failures[0]
        more = len(outcome.failures) - 1
        parts.append(
            f"at line {first.line} the {first.symbol} book did not agree with the exchange "
            f"({first.cause})" + (f"; {more} more failed" if more else "")
        )
    elif not outcome.summary.books_verified:
        parts.append("no book could be verified, because no frame carries a checksum")
    if recording.problems:
        problem, more = recording.problems[0], len(recording.problems) - 1
        others = f" and {more} more" if more else ""
        parts.append(
            f"line {problem.line}{others} was passed over, being no v2 frame ({problem.reason})"
        )
    return f"{recording.path}: {'; '.join(parts)}" if parts else ""


@contextmanager
def _progress(file: Path, words: str) -> Iterator[Advance]:
    """Show a bar on a terminal while a file is being read."""
    if not sys.stderr.isatty() or not file.is_file():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only terminals need them
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"{words} {file.name}", total=file.stat().st_size)
        yield lambda size: progress.advance(task, size)
