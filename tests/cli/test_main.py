"""The entry point: help, wrong usage, a missing extra, unexpected errors."""

import subprocess
import sys

import pytest

from rxkraken.cli import commands, demo

COMMANDS = ["demo", "watch", "replay", "simulate"]

HELP = """
import sys
sys.argv = ["rxkraken", "--help"]
from rxkraken.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
for name in ("aiohttp", "reactivex", "rich.live"):
    print(name, name in sys.modules)
"""

WITHOUT_EXTRA = """
import sys
sys.modules[{missing!r}] = None
from rxkraken.cli.main import main
main()
"""


def python(script):
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def test_help_lists_the_commands_and_an_example(invoke):
    result = invoke("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command in result.output
    assert "Example: rxkraken" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example_and_speaks_of_json(invoke, command):
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"Example: rxkraken {command}" in result.output
    assert "--json" in result.output


def test_help_imports_nothing_slow():
    result = python(HELP)
    assert result.stderr == ""
    assert result.stdout.splitlines()[-3:] == [
        "aiohttp False",
        "reactivex False",
        "rich.live False",
    ]


@pytest.mark.parametrize("missing", ["rich_click", "rich"])
def test_a_missing_extra_is_named_in_one_sentence(missing):
    result = python(WITHOUT_EXTRA.format(missing=missing))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"rxkraken: the commands need {missing}: pip install 'rxkraken[cli]'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "No such command 'nope'; see rxkraken --help"),
        (["watch"], "Missing argument 'SYMBOL...'; see rxkraken watch --help"),
        (["replay"], "Missing argument 'FILE'; see rxkraken replay --help"),
        (
            ["watch", "BTC/USD", "--environment", "http://host"],
            (
                "Invalid value for '--environment': 'http://host' is neither primary, beta, sim "
                "nor a ws:// or wss:// address with a host; see rxkraken watch --help"
            ),
        ),
        (
            ["watch", "BTC/USD", "--environment", "ws://host:123456"],
            (
                "Invalid value for '--environment': 'ws://host:123456' is neither primary, beta, "
                "sim nor a ws:// or wss:// address with a host; see rxkraken watch --help"
            ),
        ),
        (
            ["watch", "BTC/USD", "--depth", "11"],
            (
                "Invalid value for '--depth': '11' is not one of '10', '25', '100', '500', '1000'; "
                "see rxkraken watch --help"
            ),
        ),
        (
            ["demo", "--symbols", " , "],
            (
                "Invalid value for '--symbols': name at least one pair, for example BTC/USD; "
                "see rxkraken demo --help"
            ),
        ),
        (
            ["demo", "--duration", "0"],
            (
                "Invalid value for '--duration': 0.0 is not in the range x>0; see "
                "rxkraken demo --help"
            ),
        ),
        (
            ["simulate", "--port", "70000"],
            (
                "Invalid value for '--port': 70000 is not in the range 0<=x<=65535; "
                "see rxkraken simulate --help"
            ),
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(invoke, arguments, sentence):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"rxkraken: {sentence}\n"


def test_an_unknown_option_is_named(invoke):
    result = invoke("--nope")
    assert result.exit_code == 2
    assert "--nope" in result.stderr
    assert result.stderr.endswith("; see rxkraken --help\n")


def broken(**_):
    raise ZeroDivisionError("two\nlines")


def test_an_unexpected_error_is_one_sentence_that_asks_for_a_report(invoke, monkeypatch):
    monkeypatch.setattr(demo.demo, "callback", broken)
    result = invoke("demo")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "unexpected ZeroDivisionError: two lines" in result.stderr


def test_an_unexpected_error_is_raised_where_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(demo.demo, "callback", broken)
    with pytest.raises(ZeroDivisionError):
        commands.rxkraken.main(["--traceback", "demo"])


def test_an_interrupted_command_fails(invoke, monkeypatch):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo.demo, "callback", interrupted)
    result = invoke("demo")
    assert result.exit_code == 1
    assert result.stderr.strip() == "rxkraken: interrupted"
