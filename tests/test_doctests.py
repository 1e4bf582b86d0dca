"""The examples in the docstrings run as they are written."""

import doctest
import importlib
import pkgutil
import threading

import pytest

import rxkraken

ELSEWHERE = ("rxkraken.cli", "rxkraken.sim")  # tested beside their own rooms
MODULES = [
    module.name
    for module in pkgutil.walk_packages(rxkraken.__path__, "rxkraken.")
    if not module.name.startswith(ELSEWHERE)
]


def examples(module):
    """Give the tests of a module, with anything of it that has an example."""
    return [test for test in doctest.DocTestFinder().find(module) if test.examples]


@pytest.mark.parametrize("name", ["rxkraken", *MODULES])
def test_the_examples_of_a_module_run(name):
    before = threading.active_count()
    results = doctest.testmod(importlib.import_module(name), verbose=False)
    assert results.failed == 0
    assert threading.active_count() == before


def test_the_examples_are_found():
    found = [test.name for name in MODULES for test in examples(importlib.import_module(name))]
    assert len(found) > 10
    for public in ("rxkraken.operators.resample", "rxkraken.stream.kraken", "rxkraken.stream.run"):
        assert any(name.startswith(public) for name in found)
