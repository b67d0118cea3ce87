"""Scheduled calls that the process dies of: put off, and given up in the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rivetgen_runtime.core.ports import Area, DeleteValue
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS, crash_backoff_ms
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle
from schedule_world import Lab, ScheduleWorld, at, do_nothing

if TYPE_CHECKING:
    import pytest

    from core_actors import LabContext

LONGEST_WAIT_S = SCHEDULE_LIMITS.crash_backoff_maximum_ms // 1000 + 10
MOST = SCHEDULE_LIMITS.crashed_runs


async def hang(_: LabContext) -> None:
    """Run until the process dies."""
    await asyncio.Event().wait()


async def schedule(world: ScheduleWorld, *arguments: str) -> None:
    """Let calls be due in one second."""

    async def script(c: LabContext) -> None:
        for argument in arguments:
            await c.schedule.at(at(1), "other", argument)

    await world.run(script)


async def deaths(world: ScheduleWorld, count: int) -> list[int]:
    """Kill the process whenever the call runs; when that was, in seconds.

    Returns:
        As many moments as it ran, if that is less often than asked for.
    """
    moments = list[int]()
    seen = len(world.fires)
    for _ in range(count):
        for _ in range(LONGEST_WAIT_S):
            if len(world.fires) > seen:
                break
            await world.clock.advance(1)
        else:
            break
        seen = len(world.fires)
        moments.append(round(world.runs[-1][1]))
        world.restart()
        await settle()
    return moments


async def test_a_call_that_kills_the_process_waits_longer_each_time() -> None:
    world = ScheduleWorld()
    world.during = hang
    await schedule(world, "poison")
    moments = await deaths(world, 6)
    waits = [later - earlier for earlier, later in pairwise(moments)]
    # The first time nobody suspects it, and the second run is made without a wait.
    assert waits[0] <= 1
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] >= 8


async def test_a_call_that_kills_ten_processes_is_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = ScheduleWorld()
    world.during = hang
    await schedule(world, "poison")
    moments = await deaths(world, MOST + 5)
    assert len(moments) == MOST + 1  # the first one was not counted
    assert "is given up: 10 processes died" in caplog.text
    pending = list[object]()

    async def look(c: LabContext) -> None:
        pending.extend(await c.schedule.list())

    await world.run(look)
    assert pending == []


async def test_what_was_due_at_the_same_time_is_not_given_up_with_it() -> None:
    world = ScheduleWorld()

    async def poison(c: LabContext) -> None:
        if c.state.notes[-1] == "poison":
            await asyncio.Event().wait()

    world.during = poison
    await schedule(world, "poison", *"abc")
    await deaths(world, MOST + 5)
    assert {"a", "b", "c"} <= set(world_notes(await world.call("look")))


def world_notes(value: Any) -> list[str]:
    """Notes of the actor, as ``look`` answers them."""
    return [str(note) for note in value]


async def test_a_call_that_ends_after_some_deaths_is_over() -> None:
    world = ScheduleWorld()
    world.during = hang
    await schedule(world, "slow")
    await deaths(world, 3)
    world.during = do_nothing
    await world.clock.advance(60)
    runs = len(world.fires)
    await world.clock.advance(600)
    world.restart()
    await world.clock.advance(600)
    assert len(world.fires) == runs


class Hasty(Lab):
    """Waits no more than a second for what runs when it stops."""

    definition = replace(Lab.definition, options=ActorOptions(sleep_grace_period_s=1.0))


async def test_a_stop_that_cuts_off_a_call_does_not_count_as_a_death() -> None:
    world = ScheduleWorld(Hasty)
    world.during = hang
    await schedule(world, "long")
    await deaths(world, 2)
    before = len(world.fires)
    for _ in range(MOST + 2):
        stop = asyncio.create_task(world.sleep())
        await world.clock.advance(1)
        await stop
        await world.locate()
        await settle()
    assert len(world.fires) >= before + MOST


async def test_a_call_that_was_not_due_at_the_crash_is_not_suspected() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        await c.schedule.after(timedelta(seconds=5), "other", "later")

    await world.run(script)
    world.restart()
    await world.locate()
    before = len(world.commits.batches)
    await world.clock.advance(6)
    assert len(world.fires) == 1
    writes = [each for batch in world.commits.batches[before:] for each in batch.writes]
    rows = [each for each in writes if getattr(each, "area", None) is Area.SCHEDULE]
    assert [type(row) for row in rows] == [DeleteValue]


# Again and again


async def test_a_recurring_call_that_kills_the_process_makes_up_for_nothing() -> None:
    world = ScheduleWorld()
    world.during = hang

    async def script(c: LabContext) -> None:
        await c.cron.every("job", timedelta(seconds=10), action="other")

    await world.run(script)
    moments = await deaths(world, 6)
    assert moments[1] <= moments[0] + 1  # the first time it is made up for
    later = moments[1:]
    assert all((moment - 10) % 10 == 0 for moment in later[1:])
    waits = [after - before for before, after in pairwise(later)]
    assert min(waits[1:]) >= 9


async def test_a_recurring_call_that_ends_is_trusted_again() -> None:
    world = ScheduleWorld()
    world.during = hang

    async def script(c: LabContext) -> None:
        await c.cron.every("job", timedelta(seconds=10), action="other")

    await world.run(script)
    await deaths(world, 4)
    world.during = do_nothing
    await world.clock.advance(40)
    world.during = hang
    moments = await deaths(world, 2)
    assert moments[1] <= moments[0] + 1


def test_the_wait_after_a_death_doubles_up_to_a_limit() -> None:
    waits = [crash_backoff_ms(deaths) for deaths in range(1, 12)]
    limit = SCHEDULE_LIMITS.crash_backoff_maximum_ms
    assert waits[:3] == [1_000, 2_000, 4_000]
    assert waits[-1] == limit
    assert all(later == min(2 * earlier, limit) for earlier, later in pairwise(waits))
