"""The public names, and that they cost nothing before they are used."""

import subprocess
import sys

import pytest

import rxkraken.sim


@pytest.mark.parametrize("name", rxkraken.sim.__all__)
def test_every_public_name_is_there(name):
    assert getattr(rxkraken.sim, name).__name__ == name
    assert name in dir(rxkraken.sim)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'Exchange'"):
        _ = rxkraken.sim.Exchange


def test_the_plugin_alone_imports_neither_server_nor_engine():
    code = "import sys, rxkraken.sim.pytest_plugin; print('aiohttp' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
