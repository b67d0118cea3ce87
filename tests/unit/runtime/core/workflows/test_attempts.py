"""Blocks whose failure is a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as runtime
from workflow_world import FlowContext, FlowWorkflow, FlowWorld, noting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LONG_S = 10**9
ONCE = runtime.StepOptions(max_retries=0)


def attempting(
    block: Callable[[FlowWorkflow], Awaitable[Any]], outcomes: list[Any], **options: Any
) -> Callable[[FlowWorkflow], Awaitable[None]]:
    """A workflow that attempts a block, and then waits."""

    async def body(w: FlowWorkflow) -> None:
        outcomes.append(await w.attempt("block", block, **options))
        await w.sleep("for ever", LONG_S)

    return body


async def decline(c: FlowContext) -> None:
    c.state.total += 1
    message = "declined"
    raise ValueError(message)


async def failing_step(w: FlowWorkflow) -> None:
    await w.step("charge", decline, options=ONCE)


async def failing_branch(_: FlowWorkflow) -> None:
    message = "join failed"
    raise ValueError(message)


async def failing_join(w: FlowWorkflow) -> None:
    await w.join("parallel", {"bad": failing_branch})


async def failing_race(w: FlowWorkflow) -> None:
    await w.race("parallel", {"bad": failing_branch})


async def test_a_block_that_succeeds_gives_its_value_in_every_replay() -> None:
    outcomes: list[Any] = []

    async def block(w: FlowWorkflow) -> str:
        return await w.step("note", noting("note", world.did))

    world = FlowWorld(attempting(block, outcomes))
    await world.wake()
    await world.restart()
    assert outcomes == [runtime.Succeeded("note")] * 2
    assert world.did == ["note"]


@pytest.mark.parametrize(
    ("block", "source", "name"),
    [
        (failing_step, "step", "charge"),
        (failing_join, "join", "parallel"),
        (failing_race, "race", "parallel"),
    ],
)
async def test_failures_are_values_and_the_same_in_every_replay(
    block: Any, source: str, name: str
) -> None:
    outcomes: list[Any] = []
    world = FlowWorld(attempting(block, outcomes))
    await world.wake()
    await world.restart()
    first, second = outcomes
    assert first == second
    assert (first.failure.source, first.failure.name) == (source, name)


async def test_the_failure_of_a_step_says_all_about_it() -> None:
    outcomes: list[Any] = []
    world = FlowWorld(attempting(failing_step, outcomes))
    await world.wake()
    step = outcomes[0].failure.step
    assert (step.kind, step.step_name, step.attempts) == ("exhausted", "charge", 1)
    assert step.error == runtime.ErrorFacts(name="ValueError", message="declined")
    assert outcomes[0].failure.to_value()["step"]["attempts"] == 1


async def roll_back(_: FlowWorkflow) -> None:
    message = "undo"
    raise runtime.RollbackError(message)


async def test_a_rollback_is_caught_by_those_who_ask() -> None:
    outcomes: list[Any] = []
    world = FlowWorld(attempting(roll_back, outcomes, catch=["rollback"]))
    await world.wake()
    assert (outcomes[0].failure.source, outcomes[0].failure.name) == (
        "rollback",
        "block",
    )


@pytest.mark.parametrize("block", [roll_back, failing_branch])
async def test_other_errors_end_the_workflow(block: Any) -> None:
    outcomes: list[Any] = []
    world = FlowWorld(attempting(block, outcomes))
    await world.wake()
    assert outcomes == []
    (failure,) = world.failures
    assert isinstance(failure, runtime.WorkflowFailed)


async def test_a_step_is_never_the_one_of_a_block_with_a_similar_path() -> None:
    """Names with a slash gave the results of others: defect 7 of official servers."""
    outputs: list[Any] = []

    async def block(w: FlowWorkflow) -> str:
        return await w.step("b", noting("inside"))

    async def body(w: FlowWorkflow) -> None:
        await w.attempt("a", block)
        outputs.append(await w.step("a/b", noting("outside")))
        outputs.append(await w.step("a/~0/b", noting("iteration")))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert outputs == ["outside", "iteration"] * 2
