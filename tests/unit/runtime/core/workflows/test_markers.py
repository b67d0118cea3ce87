"""Code that changes while workflows are on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as runtime
from rivetgen_client import types
from rivetgen_runtime.core.workflows.entries import WorkflowState
from workflow_world import FlowContext, FlowWorkflow, FlowWorld, noting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LONG_S = 10**9


def until_the_end(
    *operations: Callable[[FlowWorkflow], Awaitable[Any]],
) -> Callable[[FlowWorkflow], Awaitable[None]]:
    """A workflow of some operations, which then waits an hour."""

    async def body(w: FlowWorkflow) -> None:
        for operation in operations:
            await operation(w)
        await w.sleep("hour", 3600)

    return body


async def step(w: FlowWorkflow) -> None:
    await w.step("old", noting("old"))


async def loop(w: FlowWorkflow) -> None:
    async def iteration(w: FlowWorkflow) -> None:
        await w.step("inside", noting("inside"))
        await w.sleep("pause", LONG_S)

    async def branch(w: FlowWorkflow) -> None:
        await w.repeat("old", iteration)

    await w.join("join", {"loop": branch, "nothing": nothing})


async def nothing(_: FlowWorkflow) -> None:
    pass


async def sleep(w: FlowWorkflow) -> None:
    await w.sleep("old", 0)


async def messages(w: FlowWorkflow) -> None:
    await w.queues.next_batch("old", timeout=0.001)


async def checkpoint(w: FlowWorkflow) -> None:
    await w.rollback_checkpoint("old")


async def join(w: FlowWorkflow) -> None:
    await w.join("old", {"branch": step})


async def race(w: FlowWorkflow) -> None:
    await w.race("old", {"branch": step})


async def version(w: FlowWorkflow) -> None:
    await w.version("old", 3)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (step, "step"),
        (sleep, "sleep"),
        (messages, "message"),
        (checkpoint, "rollback_checkpoint"),
        (join, "join"),
        (race, "race"),
        (version, "version_check"),
    ],
)
async def test_an_operation_can_be_removed_with_everything_inside(
    operation: Any, kind: str
) -> None:
    """Only the entry itself was covered: defect 13 of official servers."""

    async def removed(w: FlowWorkflow) -> None:
        await w.removed("old", kind)

    world = FlowWorld(until_the_end(operation))
    await world.wake()
    await world.clock.advance(1)
    for body in (until_the_end(removed), until_the_end(removed)):
        await world.deploy(body)
    await world.clock.advance(3600)
    assert world.failures == []
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_loop_inside_a_branch_can_be_removed() -> None:
    async def branch(w: FlowWorkflow) -> None:
        await w.removed("old", "loop")

    async def without(w: FlowWorkflow) -> None:
        await w.join("join", {"loop": branch, "nothing": nothing})

    world = FlowWorld(until_the_end(loop))
    await world.wake()
    await world.deploy(until_the_end(without))
    await world.clock.advance(3600)
    assert await world.state() is WorkflowState.COMPLETED


async def test_what_was_something_else_is_not_removed() -> None:
    async def removed(w: FlowWorkflow) -> None:
        await w.removed("old", "sleep")

    world = FlowWorld(until_the_end(step))
    await world.wake()
    await world.deploy(until_the_end(removed))
    (failure,) = world.failures
    assert "recorded as step, not sleep" in failure.error.message


async def test_leaving_an_operation_out_is_noticed_in_the_end() -> None:
    """At the top it was not: defect 22 of official servers."""
    world = FlowWorld(until_the_end(step))
    await world.wake()
    await world.deploy(until_the_end())
    await world.clock.advance(3600)
    (failure,) = world.failures
    assert '"old" is recorded in it' in failure.error.message


async def test_another_kind_of_operation_is_noticed() -> None:
    world = FlowWorld(until_the_end(step))
    await world.wake()
    await world.deploy(until_the_end(sleep))
    (failure,) = world.failures
    assert failure.error.name == "HistoryDivergedError"


async def test_a_workflow_whose_code_does_not_fit_goes_on_when_it_does() -> None:
    world = FlowWorld(until_the_end(step))
    await world.wake()
    await world.deploy(until_the_end(sleep))
    await world.deploy(until_the_end(step))
    await world.clock.advance(3600)
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_version_is_the_latest_for_what_begins_and_stays_so() -> None:
    versions: list[int] = []

    def versioned(latest: int) -> Any:
        async def ask(w: FlowWorkflow) -> None:
            versions.append(await w.version("v", latest))

        return ask

    world = FlowWorld(until_the_end(versioned(2)))
    await world.wake()
    await world.deploy(until_the_end(versioned(3)))
    assert versions == [2, 2]


async def test_a_version_is_one_for_what_was_on_its_way() -> None:
    versions: list[int] = []

    async def ask(w: FlowWorkflow) -> None:
        versions.append(await w.version("v", 2))

    world = FlowWorld(until_the_end(step))
    await world.wake()
    for _ in range(2):
        await world.deploy(until_the_end(ask, step))
    assert versions == [1, 1]


async def test_each_iteration_has_a_version_of_its_own() -> None:
    versions: list[int] = []

    def looping(latest: int | None) -> Any:
        async def iteration(w: FlowWorkflow) -> None:
            if latest is not None:
                versions.append(await w.version("v", latest))
            await w.step("work", noting("work"))
            await w.sleep("pause", 5)

        async def body(w: FlowWorkflow) -> None:
            await w.repeat("loop", iteration)

        return body

    world = FlowWorld(looping(None))
    await world.wake()
    await world.deploy(looping(2))
    await world.clock.advance(5)
    assert versions == [1, 2]


@pytest.mark.parametrize("version", [0, 2**32])
async def test_versions_are_positive_and_have_32_bits(version: int) -> None:
    async def ask(w: FlowWorkflow) -> None:
        with pytest.raises(ValueError, match="versions are 1 to"):
            await w.version("v", version)

    world = FlowWorld(until_the_end(ask))
    await world.wake()
    assert world.failures == []


@pytest.mark.parametrize("name", ["", "x" * 129, "half \udcff"])
async def test_names_have_1_to_128_whole_characters(name: str) -> None:
    async def body(w: FlowWorkflow) -> None:
        with pytest.raises(runtime.WorkflowNameError):
            await w.sleep(name, 0)
        await w.sleep("x" * 128, 0)
        for branching in (w.join, w.race):
            with pytest.raises(runtime.WorkflowNameError):
                await branching(branching.__name__, {name: nothing})

    world = FlowWorld(body)
    await world.wake()
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_name_is_used_once_in_its_scope() -> None:
    async def body(w: FlowWorkflow) -> None:
        await step(w)
        await step(w)

    world = FlowWorld(body)
    await world.wake()
    (failure,) = world.failures
    assert 'Duplicate entry name "old"' in failure.error.message


class Old(types.Model):
    """What a step returned once."""

    name: types.Str


class New(types.Model):
    """What it returns now."""

    number: types.Int


async def test_a_result_that_does_not_fit_its_new_type_stops_the_workflow() -> None:
    """It failed for good, and what it had done was undone."""

    async def undo(_: FlowContext, __: object) -> None:
        world.did.append("undone")

    def returning(kind: type[Any], value: Any) -> Any:
        async def work(_: FlowContext) -> Any:
            return value

        async def body(w: FlowWorkflow) -> None:
            await w.rollback_checkpoint("checkpoint")
            await w.step("work", work, returns=kind, rollback=undo)
            await w.sleep("for ever", LONG_S)

        return body

    world = FlowWorld(returning(Old, Old(name="x")))
    await world.wake()
    await world.deploy(returning(New, New(number=1)))
    (failure,) = world.failures
    assert failure.error.name == "HistoryDivergedError"
    await world.deploy(returning(Old, Old(name="x")))
    assert await world.state() is WorkflowState.SLEEPING
    assert world.did == []
