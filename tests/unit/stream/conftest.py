"""Coroutine tests of this folder run in virtual time, against a scripted exchange."""

import inspect

import pytest

from .exchange import Exchange
from .virtual_loop import in_virtual_time


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    in_virtual_time(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def exchange():
    return Exchange()
