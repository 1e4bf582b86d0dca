"""The loop that the tests of this folder trust."""

import asyncio
import time

import pytest

from .virtual_loop import in_virtual_time


def test_an_hour_passes_at_once_and_exactly():
    async def scenario():
        loop = asyncio.get_running_loop()
        begin = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - begin

    before = time.monotonic()
    assert in_virtual_time(scenario()) == pytest.approx(3600)
    assert time.monotonic() - before < 30


def test_timers_run_in_the_order_of_their_times():
    async def scenario():
        seen = []
        loop = asyncio.get_running_loop()
        for delay in (3, 1, 2):
            loop.call_later(delay, seen.append, delay)
        await asyncio.sleep(5)
        return seen

    assert in_virtual_time(scenario()) == [1, 2, 3]


def test_waiting_for_what_can_never_happen_fails_at_once():
    async def scenario():
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="never happen"):
        in_virtual_time(scenario())


def test_a_guard_ends_what_takes_too_long():
    async def scenario():
        async with asyncio.timeout(5):
            await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        in_virtual_time(scenario())


def test_a_task_left_behind_is_found():
    async def scenario():
        scenario.task = asyncio.ensure_future(asyncio.sleep(100))

    with pytest.raises(AssertionError, match="sleep"):
        in_virtual_time(scenario())


def test_an_exception_in_a_callback_is_found():
    async def scenario():
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(AssertionError, match="division"):
        in_virtual_time(scenario())
