"""``rxkraken simulate`` and ``rxkraken watch`` meet over sockets."""

import base64
import json
import signal
import socket
import ssl
import urllib.request

import pytest


@pytest.fixture
def simulator(start):
    """A simulator in a process of its own."""
    process = start("simulate", "--json", "--symbols", "BTC/USD,ETH/USD", "--rate", "200")
    opening = json.loads(process.stdout.readline())
    return process, opening


def test_a_simulator_tells_its_address_and_ends_cleanly(simulator):
    process, opening = simulator
    assert opening["symbols"] == ["BTC/USD", "ETH/USD"]
    assert opening["public_v2"].startswith("ws://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""
    assert set(json.loads(output)) == {"connections", "frames_sent", "trades", "faults"}


def test_watch_follows_a_simulator_by_its_address(simulator, invoke):
    _, opening = simulator
    url = opening["public_v2"]
    result = invoke("watch", "btc/usd", "--environment", url, "--duration", "1.2", "--json")
    assert result.exit_code == 0
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[0]["event"] == "Connecting"
    assert events[0]["url"] == url
    books = [event for event in events if event.get("channel") == "book"]
    assert len(books) > 10
    assert all(book["verified"] and len(book["bids"]) == 10 for book in books)
    assert all(isinstance(text, str) for text in books[0]["bids"][0])
    assert {event.get("channel") for event in events} >= {"book", "ohlc"}


def test_the_invitation_shows_how_to_connect(invoke):
    result = invoke("simulate", "--duration", "0.1", "--symbols", "SOL/USD")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    url = lines[1].strip()
    assert url.startswith("ws://127.0.0.1:")
    assert f"rxkraken watch SOL/USD --environment {url}" in result.stdout
    assert f'Kraken(Environment(public_v2="{url}")).ticker("SOL/USD")' in result.stdout


def test_all_addresses_and_the_keys_are_told(simulator):
    _, opening = simulator
    port = opening["public_v2"].split(":")[2].split("/")[0]
    assert all(f":{port}" in opening[name] for name in ("private_v2", "level3", "rest"))
    assert len({opening[name] for name in ("public_v2", "private_v2", "level3", "rest")}) == 4
    assert len(opening["key"]) == 56
    assert len(base64.b64decode(opening["secret"])) == 64
    url = f"{opening['rest']}/0/public/SystemStatus"
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
        assert json.load(answer)["result"]["status"] == "online"


def test_a_plan_of_faults_is_carried_out_and_counted(invoke, tmp_path):
    plan = {"faults": [{"kind": "maintenance", "seconds": 0.01}]}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    path = str(tmp_path / "plan.json")
    result = invoke("simulate", "--json", "--faults", path, "--duration", "0.3")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["faults"] == 1


def test_a_plan_that_cannot_be_read_is_one_sentence(invoke, tmp_path):
    (tmp_path / "plan.json").write_text('{"faults": [{"kind": "drop", "evry": 2}]}')
    result = invoke("simulate", "--faults", str(tmp_path / "plan.json"))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "faults[0] has an unknown field 'evry': did you mean 'every'?" in result.stderr
    assert result.stderr.count("\n") == 1


def test_with_tls_the_certificate_of_the_authority_is_written(invoke, tmp_path):
    path = tmp_path / "authority.pem"
    result = invoke("simulate", "--json", "--tls", str(path), "--duration", "0.1")
    assert result.exit_code == 0, result.stderr
    opening = json.loads(result.stdout.splitlines()[0])
    assert opening["public_v2"].startswith("wss://localhost:")
    assert opening["rest"].startswith("https://localhost:")
    ssl.create_default_context(cafile=path)


def test_speed_makes_time_pass_faster(invoke):
    slow, quick = (
        invoke("simulate", "--json", "--speed", speed, "--duration", "0.5") for speed in ("1", "20")
    )
    trades = [json.loads(result.stdout.splitlines()[-1])["trades"] for result in (slow, quick)]
    assert trades[1] > 3 * max(1, trades[0])


def test_a_port_in_use_is_one_sentence(invoke):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = invoke("simulate", "--port", port)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"127.0.0.1:{port}" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_symbol_is_one_sentence(invoke):
    result = invoke("simulate", "--symbols", "NOPE/USD")
    assert result.exit_code == 1
    assert result.stderr.startswith("rxkraken: the simulator has no pair 'NOPE/USD'")
    assert result.stderr.count("\n") == 1
