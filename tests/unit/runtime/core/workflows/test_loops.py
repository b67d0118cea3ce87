"""Loops: one iteration is replayed, and old ones are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as runtime
from rivetgen_runtime.core.workflows.entries import WorkflowState
from workflow_world import FlowWorkflow, FlowWorld, noting

if TYPE_CHECKING:
    from rivetgen_runtime import Break, Continue

LONG_S = 10**9


async def test_a_loop_goes_on_in_its_last_iteration() -> None:
    sums: list[int] = []

    async def iteration(w: FlowWorkflow, total: int) -> Continue[int] | Break[int]:
        await w.step("add", noting(f"add {total}", world.did))
        if total == 3:
            return runtime.Break(total * 100)
        await w.sleep("pause", 5)
        return runtime.Continue(total + 1)

    async def body(w: FlowWorkflow) -> None:
        sums.append(await w.loop("count", iteration, state=0))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    for _ in range(4):
        await world.restart()
        await world.clock.advance(5)
    await world.restart()
    assert world.did == ["add 0", "add 1", "add 2", "add 3"]
    assert set(sums) == {300}


async def test_a_loop_without_a_state_goes_on_while_it_returns_nothing() -> None:
    async def iteration(w: FlowWorkflow) -> Break[str] | None:
        await w.step("note", noting("note", world.did))
        return runtime.Break("done") if len(world.did) == 3 else None

    async def body(w: FlowWorkflow) -> None:
        assert await w.repeat("again", iteration) == "done"

    world = FlowWorld(body)
    await world.wake()
    assert len(world.did) == 3
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_loop_with_a_state_has_to_return_one() -> None:
    async def iteration(w: FlowWorkflow, state: int) -> Any:
        del w, state

    async def body(w: FlowWorkflow) -> None:
        with pytest.raises(runtime.LoopResultError, match="NoneType"):
            await w.loop("count", iteration, state=0)
        world.did.append("raised")

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["raised"]


async def test_old_iterations_are_removed() -> None:
    async def iteration(w: FlowWorkflow, number: int) -> Continue[int] | Break[int]:
        await w.step("work", noting("work", world.did))
        if number == 150:
            await w.sleep("for ever", LONG_S)
        return runtime.Continue(number + 1)

    async def body(w: FlowWorkflow) -> None:
        await w.loop("many", iteration, state=1)

    world = FlowWorld(body)
    await world.wake()
    for _ in range(60):
        await world.clock.advance(0)
    assert len(world.did) == 150
    kept = [path for path in await world.paths() if path.endswith("/work")]
    assert len(kept) <= 40
    assert len(await world.rows()) < 150
    await world.restart()
    assert len(world.did) == 150


async def test_nothing_of_the_iterations_is_left_when_the_loop_ends() -> None:
    async def iteration(w: FlowWorkflow, number: int) -> Continue[int] | Break[int]:
        await w.step("work", noting("work"))
        return runtime.Break(number) if number == 45 else runtime.Continue(number + 1)

    async def body(w: FlowWorkflow) -> None:
        await w.loop("many", iteration, state=0)
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    for _ in range(20):
        await world.clock.advance(0)
    assert await world.paths() == ["for ever", "many"]


async def test_a_loop_that_waits_for_nothing_holds_up_nobody() -> None:
    async def iteration(w: FlowWorkflow, number: int) -> Continue[int] | Break[int]:
        del w
        return runtime.Break(number) if world.did else runtime.Continue(number + 1)

    async def body(w: FlowWorkflow) -> None:
        await w.loop("busy", iteration, state=0)

    async def release(_: Any, argument: Any) -> Any:
        world.did.append("release")
        return argument

    world = FlowWorld(body)
    world.works = release
    await world.locate("flow")
    assert await world.call("work", 1, name="flow") == 1
    await world.clock.advance(0)
    assert await world.state() is WorkflowState.COMPLETED


async def test_loops_nest_across_iterations() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.repeat("outer", outer)

    async def outer(w: FlowWorkflow) -> Break[None] | None:
        number = len(world.did)

        async def inner(w: FlowWorkflow, left: int) -> Continue[int] | Break[None]:
            await w.step(f"item {left}", noting(f"{number}", world.did))
            await w.sleep("pause", 1)
            return runtime.Continue(left - 1) if left else runtime.Break(None)

        await w.loop("inner", inner, state=2)
        return runtime.Break(None) if len(world.did) >= 6 else None

    world = FlowWorld(body)
    for _ in range(20):
        await world.restart()
        await world.clock.advance(1)
    assert len(world.did) == 6
    assert await world.state() is WorkflowState.COMPLETED
