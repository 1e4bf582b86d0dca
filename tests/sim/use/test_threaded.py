"""A simulator on a thread of its own, for plain tests, and the fixture for other projects."""

import json
import subprocess
import sys
import textwrap
import threading
import urllib.request

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Fault, Simulator


def called(simulator, name):
    """A public REST call, by a client that blocks."""
    url = f"{simulator.environment.rest}/0/public/{name}"
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - loopback
        return json.load(response)["result"]


def simulator_threads():
    return [thread for thread in threading.enumerate() if thread.name == "rxkraken-simulator"]


def test_a_blocking_client_is_served_and_nothing_is_left_behind():
    with Simulator.threaded(["BTC/USD"], clock="stepped") as simulator:
        assert called(simulator, "SystemStatus")["status"] == "online"
        simulator.set_system_status("post_only")
        assert called(simulator, "SystemStatus")["status"] == "post_only"
        assert len(simulator_threads()) == 1
    assert simulator_threads() == []


def test_time_is_stepped_and_everything_can_be_seen():
    with Simulator.threaded(["BTC/USD"], clock="stepped") as simulator:
        simulator.step(2)
        assert simulator.history.commands > 100
        assert simulator.history.books["BTC/USD"] == simulator.book("BTC/USD")
        assert simulator.symbols == ("BTC/USD",)
        simulator.inject(Fault(kind="maintenance"))
        simulator.step(0.1)
        assert [incident.kind for incident in simulator.journal] == ["maintenance"]


def test_in_real_time_it_runs_by_itself():
    with Simulator.threaded(["BTC/USD"], rate=2000) as simulator:
        while not simulator.history.trades_made:
            called(simulator, "Time")
        assert simulator.history.commands > 0


def test_errors_come_out_where_the_call_was_made():
    with Simulator.threaded(["BTC/USD"]) as simulator:
        with pytest.raises(ConfigurationError, match="clock='stepped'"):
            simulator.step(1)
        with pytest.raises(ConfigurationError, match="runs BTC/USD"):
            simulator.book("ETH/USD")
        with pytest.raises(AttributeError):
            _ = simulator.no_such_thing
    simulator.close()


def test_a_simulator_that_cannot_open_leaves_no_thread():
    with Simulator.threaded(["BTC/USD"]) as simulator:
        port = int(simulator.environment.rest.rpartition(":")[2])
        with pytest.raises(ConfigurationError, match="cannot listen"):
            Simulator.threaded(["BTC/USD"], port=port).__enter__()
        assert len(simulator_threads()) == 1


OTHER_PROJECT = """
import json
import urllib.request
import pytest

def status(simulator):
    with urllib.request.urlopen(simulator.environment.rest + "/0/public/SystemStatus") as response:
        return json.load(response)["result"]["status"]

def test_default(kraken_simulator):
    assert status(kraken_simulator) == "online"

@pytest.mark.kraken_simulator(["SOL/USD"], seed=3, clock="stepped")
def test_settings(kraken_simulator):
    kraken_simulator.step(1.0)
    assert kraken_simulator.symbols == ("SOL/USD",)
    assert kraken_simulator.history.commands > 0
"""


def test_the_fixture_serves_the_tests_of_another_project(tmp_path):
    (tmp_path / "test_other.py").write_text(textwrap.dedent(OTHER_PROJECT))
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-W", "error"]
    # pytest-asyncio warns when it is installed and not set up; this project does not know it.
    command += ["-p", "no:asyncio"]
    plugin = [
        "-p",
        "no:rxkraken",
        "-p",
        "rxkraken.sim.pytest_plugin",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, *plugin], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
