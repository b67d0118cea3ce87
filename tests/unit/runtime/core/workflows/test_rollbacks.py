"""Rollbacks: a failed workflow undoes what it has done, the last step first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import rivetgen_runtime as runtime
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.testing.manual import settle
from workflow_world import FlowContext, FlowWorkflow, FlowWorld, noting

LONG_S = 10**9


def undoing(did: list[str]) -> Any:
    """A rollback that notes what it undoes."""

    async def undo(c: FlowContext, output: str) -> None:
        c.state.notes.append(f"undo {output}")
        did.append(f"undo {output}")

    return undo


async def fail(_: FlowContext) -> None:
    message = "no"
    raise runtime.CriticalError(message)


async def test_steps_are_undone_in_reverse_order_and_never_again() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        for name in ("one", "two", "three"):
            await w.step(name, noting(name), rollback=undoing(world.did))
        await w.step("fail", fail)

    world = FlowWorld(body)
    await world.wake()
    for _ in range(3):
        await world.restart()
    assert world.did == ["undo three", "undo two", "undo one"]
    assert await world.state() is WorkflowState.FAILED
    assert len(world.failures) == 1


async def test_a_rollback_goes_on_after_a_crash_and_repeats_no_handler() -> None:
    async def hang_once(c: FlowContext, output: str) -> None:
        world.did.append(f"begin {output}")
        if world.did.count(f"begin {output}") == 1:
            await asyncio.get_running_loop().create_future()
        c.state.notes.append(output)

    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        await w.step("one", noting("one"), rollback=hang_once)
        await w.step("two", noting("two"), rollback=undoing(world.did))
        await w.step("fail", fail)

    world = FlowWorld(body)
    await world.wake()
    assert await world.state() is WorkflowState.ROLLING_BACK
    await world.restart()
    assert world.did == ["undo two", "begin one", "begin one"]
    assert await world.state() is WorkflowState.FAILED


async def test_steps_of_the_running_iteration_are_undone() -> None:
    """They were not: defect 12 of official servers."""

    async def iteration(w: FlowWorkflow, number: int) -> runtime.Continue[int]:
        await w.step("do", noting(f"{number}"), rollback=undoing(world.did))
        if number == 2:
            await w.step("fail", fail)
        return runtime.Continue(number + 1)

    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        await w.loop("loop", iteration, state=0)

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["undo 2"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_steps_of_branches_are_undone(restarts: bool) -> None:
    async def branch(w: FlowWorkflow) -> None:
        await w.step("do", noting("done"), rollback=undoing(world.did))

    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        await w.join("both", {"a": branch, "b": branch})
        await w.sleep("pause", 5)
        await w.step("fail", fail)

    world = FlowWorld(body)
    await world.wake()
    if restarts:
        await world.restart()
    await world.clock.advance(6)
    assert world.did == ["undo done"] * 2


async def test_a_rollback_without_a_checkpoint_is_refused() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("do", noting("done", world.did), rollback=undoing(world.did))

    world = FlowWorld(body)
    await world.wake()
    assert world.did == []
    (failure,) = world.failures
    assert failure.error.name == "RollbackCheckpointError"


async def test_a_checkpoint_of_a_block_holds_for_that_block_only() -> None:
    async def block(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        await w.step("do", noting("done"), rollback=undoing(world.did))

    async def body(w: FlowWorkflow) -> None:
        await w.attempt("block", block)
        with pytest.raises(runtime.RollbackCheckpointError):
            await w.step("do", noting("done"), rollback=undoing(world.did))
        world.did.append("refused")

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["refused"]


async def test_a_handler_that_fails_stops_the_rollback_until_the_next_start() -> None:
    async def fail_once(_: FlowContext, output: str) -> None:
        world.did.append(output)
        if len(world.did) == 1:
            message = "not now"
            raise ValueError(message)

    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        await w.step("one", noting("one"), rollback=undoing(world.did))
        await w.step("two", noting("two"), rollback=fail_once)
        await w.step("fail", fail)

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["two"]
    assert await world.state() is WorkflowState.ROLLING_BACK
    assert isinstance(world.failures[-1], runtime.RollbackFailed)
    await world.restart()
    await settle()
    assert world.did == ["two", "two", "undo one"]
    assert await world.state() is WorkflowState.FAILED


async def test_a_stop_between_two_handlers_leaves_the_rest_for_later() -> None:
    release = asyncio.Event()

    async def slow(_: FlowContext, output: str) -> None:
        world.did.append(output)
        await release.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("begin")
        await w.step("one", noting("one"), rollback=undoing(world.did))
        await w.step("two", noting("two"), rollback=slow)
        await w.step("fail", fail)

    world = FlowWorld(body)
    await world.wake()
    sleeping = asyncio.create_task(world.sleep())
    await settle()
    release.set()
    await sleeping
    assert world.did == ["two"]
    await world.wake()
    assert world.did == ["two", "undo one"]


async def test_a_failed_step_is_reported_once_when_the_rollback_begins_again() -> None:
    async def undo(_: FlowContext, __: str) -> None:
        world.did.append("undo")
        if len(world.did) == 1:
            raise ValueError

    async def fail(_: FlowContext) -> None:
        raise runtime.CriticalError

    async def body(w: FlowWorkflow) -> None:
        await w.rollback_checkpoint("checkpoint")
        await w.step("work", noting("work"), rollback=undo)
        await w.step("fail", fail)

    world = FlowWorld(body)
    await world.wake()
    assert await world.state() is WorkflowState.ROLLING_BACK
    await world.restart()
    assert await world.state() is WorkflowState.FAILED
    reported = [type(failure).__name__ for failure in world.failures]
    assert reported == ["StepFailed", "RollbackFailed"]
