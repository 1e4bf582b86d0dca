"""``rxkraken demo`` proves itself, on a terminal and in a pipe."""

import json
import signal

import pytest

COUNTERS = ["frames", "books_verified", "checksum_failures", "resyncs", "reconnects"]


def test_json_is_one_object_a_line_and_the_counters_last(invoke):
    result = invoke("demo", "--duration", "2.5", "--json", "--seed", "5")
    assert result.exit_code == 0
    assert result.stderr == ""
    *seconds, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(seconds) >= 2
    assert all(set(COUNTERS) < set(second) for second in seconds)
    assert set(seconds[-1]["mid"]) == {"BTC/USD", "ETH/USD", "SOL/USD"}
    assert list(last) == COUNTERS
    assert last["frames"] > last["books_verified"] > 100
    assert last["checksum_failures"] == last["resyncs"] == last["reconnects"] == 0


def test_a_pipe_gets_readable_lines_and_a_summary(invoke):
    result = invoke("demo", "--duration", "1.2", "--symbols", "ETH/USD, ADA/USD")
    assert result.exit_code == 0
    *seconds, last = result.stdout.splitlines()
    assert seconds
    assert "connected  ETH/USD 3" in seconds[-1]
    assert "ADA/USD 0.4" in seconds[-1]
    assert "verified" in seconds[-1]
    assert last.endswith("books verified, 0 checksum failures, 0 resyncs, 0 reconnects.")
    assert "\x1b" not in result.stdout


def test_an_unknown_symbol_is_one_sentence(invoke):
    result = invoke("demo", "--symbols", "BTC/USD,NOPE/USD")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("rxkraken: the simulator has no pair 'NOPE/USD'")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_cleanly_with_the_summary(start, number):
    process = start("demo", "--json", "--symbols", "BTC/USD")
    assert "mid" in json.loads(process.stdout.readline())
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""
    assert list(json.loads(output.splitlines()[-1])) == COUNTERS


def test_a_reader_that_leaves_ends_the_command_quietly(start):
    process = start("demo", "--json", "--symbols", "BTC/USD")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=10) == 1
    assert process.stderr.read() == ""


def test_a_terminal_gets_the_dashboard_which_follows_its_size(on_terminal):
    terminal = on_terminal("demo")
    terminal.until("✓ verified")
    terminal.resize(200, 60)
    terminal.until("SOL/USD one-second mid")
    terminal.process.send_signal(signal.SIGINT)
    ending = terminal.until("reconnects.")
    assert terminal.process.wait(timeout=10) == 0
    assert "\x1b[?1049l" in ending  # the alternate screen was left
    assert "Traceback" not in ending
