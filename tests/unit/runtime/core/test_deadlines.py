"""Time limits: who is cancelled, and what is seen outside."""

from __future__ import annotations

import asyncio

import pytest

from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.errors import StrayCancellationError
from rivetgen_runtime.testing.manual import ManualClock, settle


class LateError(Exception):
    pass


class StoppedError(Exception):
    pass


async def limited(clock: ManualClock, seconds: float) -> str:
    with Deadline(clock, seconds, LateError):
        await asyncio.Event().wait()
    return "never"


async def test_what_ends_in_time_is_not_disturbed() -> None:
    clock = ManualClock()
    with Deadline(clock, 1, LateError):
        await asyncio.sleep(0)
    await clock.advance(5)


async def test_what_takes_too_long_fails_with_the_error() -> None:
    clock = ManualClock()
    task = asyncio.create_task(limited(clock, 1))
    await clock.advance(0.999)
    assert not task.done()
    await clock.advance(0.001)
    assert isinstance(task.exception(), LateError)
    assert task.cancelling() == 0


async def test_code_that_swallows_the_cancellation_still_fails() -> None:
    clock = ManualClock()

    async def stubborn() -> str:
        with Deadline(clock, 1, LateError):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "ignored it"
        return "never"

    task = asyncio.create_task(stubborn())
    await clock.advance(1)
    assert isinstance(task.exception(), LateError)


async def test_an_error_of_its_own_is_not_hidden_by_the_limit() -> None:
    clock = ManualClock()

    async def clumsy() -> None:
        with Deadline(clock, 1, LateError):
            try:
                await asyncio.Event().wait()
            finally:
                raise KeyError

    task = asyncio.create_task(clumsy())
    await clock.advance(1)
    assert isinstance(task.exception(), KeyError)


async def test_a_cancellation_from_outside_stays_one() -> None:
    clock = ManualClock()
    task = asyncio.create_task(limited(clock, 1))
    await settle()
    task.cancel()
    await settle()
    assert task.cancelled()
    await clock.advance(5)


async def test_a_cancellation_from_outside_wins_over_the_limit() -> None:
    clock = ManualClock()
    task = asyncio.create_task(limited(clock, 1))
    await settle()
    task.cancel()
    await clock.advance(1)
    assert task.cancelled()


async def test_an_interruption_fails_with_its_own_error() -> None:
    clock = ManualClock()
    deadlines: list[Deadline] = []

    async def interruptible() -> None:
        with Deadline(clock, 1, LateError) as deadline:
            deadlines.append(deadline)
            await asyncio.Event().wait()

    task = asyncio.create_task(interruptible())
    await settle()
    deadlines[0].interrupt(StoppedError())
    deadlines[0].interrupt(KeyError())
    await settle()
    assert isinstance(task.exception(), StoppedError)


async def test_limits_may_be_nested() -> None:
    clock = ManualClock()

    async def nested() -> str:
        with Deadline(clock, 5, StoppedError):
            try:
                await limited(clock, 1)
            except LateError:
                await asyncio.Event().wait()
        return "never"

    task = asyncio.create_task(nested())
    await clock.advance(1)
    assert not task.done()
    await clock.advance(4)
    assert isinstance(task.exception(), StoppedError)


def test_a_limit_needs_a_task() -> None:
    with pytest.raises(RuntimeError), Deadline(ManualClock(), 1, LateError):
        pass


async def test_a_cancellation_that_nobody_sent_is_told_apart() -> None:
    clock = ManualClock()

    async def clumsy() -> None:
        with Deadline(clock, 1, LateError):
            raise asyncio.CancelledError

    task = asyncio.create_task(clumsy())
    await settle()
    assert isinstance(task.exception(), StrayCancellationError)
