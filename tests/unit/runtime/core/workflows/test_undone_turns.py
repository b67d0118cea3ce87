"""Turns that other code spoils are undone, and workflows go on."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.testing.manual import settle
from workflow_world import SLEEP_S, FlowContext, FlowWorkflow, FlowWorld, noting

LONG_S = 10**9


async def test_a_sleep_ends_although_other_code_has_left_the_state_invalid() -> None:
    """The undone turn took the timer along, and the workflow did not go on."""
    spoiled, end = asyncio.Event(), asyncio.Event()

    async def body(w: FlowWorkflow) -> None:
        await spoiled.wait()
        await w.sleep("short", SLEEP_S / 2)
        await w.step("note", noting("awake", world.did))

    async def spoil(c: FlowContext, _: Any) -> None:
        cast("Any", c.state).total = "no number"
        spoiled.set()
        await end.wait()

    world = FlowWorld(body)
    world.works = spoil
    await world.wake()
    spoiling = asyncio.create_task(world.call("work", name="flow"))
    await settle()
    assert await world.state() is WorkflowState.SLEEPING
    end.set()
    await spoiling
    await world.clock.advance(SLEEP_S / 2)
    assert world.did == ["awake"]


async def test_a_message_goes_back_although_other_code_has_left_the_state_invalid() -> (
    None
):
    """The undone turn took the message along: it was in no queue and in no history."""
    spoiled, end = asyncio.Event(), asyncio.Event()

    async def lose(w: FlowWorkflow) -> None:
        await w.queues.jobs.next("job")
        await w.sleep("for ever", LONG_S)

    async def win(_: FlowWorkflow) -> None:
        await spoiled.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.race("race", {"lose": lose, "win": win})
        job = await w.queues.jobs.next("job")
        await w.step("note", noting(f"job {job.body}", world.did))

    async def spoil(c: FlowContext, _: Any) -> None:
        cast("Any", c.state).total = "no number"
        spoiled.set()
        await end.wait()

    world = FlowWorld(body)
    world.works = spoil
    await world.send("jobs", 1)
    spoiling = asyncio.create_task(world.call("work", name="flow"))
    await settle()
    end.set()
    await spoiling
    await world.clock.advance(1)
    assert world.did == ["job 1"]
