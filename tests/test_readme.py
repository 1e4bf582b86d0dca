"""The README is a promise: what it shows runs."""

import asyncio
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rxkraken import Kraken
from rxkraken.sim import Simulator

README = Path(__file__).parents[1] / "README.rst"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = [
    textwrap.dedent(block)
    for block in re.findall(r"\.\. code-block:: python\n\n((?:    .*\n|\n)+)", TEXT)
]
COMMANDS = re.findall(r"^    (rxkraken .*)$", TEXT, re.MULTILINE)
RUNNING = {  # what makes a command of the README end soon, on this machine
    "demo": ["--duration", "1"],
    "watch": ["--environment", "sim", "--duration", "1"],
    "replay": [],
    "simulate": ["--port", "0", "--duration", "1"],
}


def test_the_readme_shows_python_and_commands():
    assert len(BLOCKS) >= 3
    assert {command.split()[1] for command in COMMANDS} == set(RUNNING)


def test_the_first_pipeline_runs_on_the_simulator():
    names = {"__name__": "readme"}
    exec(BLOCKS[0], names)  # noqa: S102 - the README's own code

    async def first():
        async with (
            asyncio.timeout(20),
            Simulator(symbols=("BTC/USD",)) as exchange,
            Kraken(exchange.environment) as kraken,
        ):
            return await names["spread"](kraken).first()

    assert asyncio.run(first()) > 0


SCRIPTS = [block for block in BLOCKS if "asyncio.run(" in block]
TESTS = [block for block in BLOCKS if "\ndef test_" in block]


def test_every_block_is_run():
    assert {BLOCKS[0], *SCRIPTS, *TESTS} == set(BLOCKS)


@pytest.mark.parametrize("block", TESTS, ids=range(len(TESTS)))
def test_a_block_runs_as_a_test(block, tmp_path):
    (tmp_path / "test_block.py").write_text(block)
    done = subprocess.run(  # noqa: S603 - the README's own code
        [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("block", SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_block_runs_as_a_script(block):
    done = subprocess.run(  # noqa: S603 - the README's own code
        [sys.executable, "-W", "error", "-c", block],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Subscribed" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs(command, tmp_path):
    recording = tmp_path / "frames.jsonl"
    recording.write_text(
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",'
        '"bids":[{"price":45283.5,"qty":0.10000000}],"asks":[],"checksum":2647523524}]}\n'
    )
    words = command.split()
    done = subprocess.run(  # noqa: S603 - the README's own command
        [sys.executable, "-m", "rxkraken.cli.main", *words[1:], *RUNNING[words[1]]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout
