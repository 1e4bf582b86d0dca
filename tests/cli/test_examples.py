"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import rxkraken.cli

MODULES = [module.name for module in pkgutil.walk_packages(rxkraken.cli.__path__, "rxkraken.cli.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_examples_are_found():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 7
