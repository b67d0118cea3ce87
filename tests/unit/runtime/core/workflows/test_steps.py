"""Steps: recorded once they have worked, tried again until then."""

from __future__ import annotations

import asyncio
import itertools
import os
from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as runtime
from rivetgen_client import types
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.testing.manual import settle
from workflow_world import FlowContext, FlowWorkflow, FlowWorld, noting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class CardError(Exception):
    """What a step of a test raises."""


def failing(
    times: int, attempts: list[int], now_ms: Callable[[], int] = lambda: 0
) -> Callable[[FlowContext], Awaitable[str]]:
    """A step that fails some times, and notes when it was tried."""

    async def fail(_: FlowContext) -> str:
        attempts.append(now_ms())
        if len(attempts) <= times:
            message = "card declined"
            raise CardError(message)
        return "paid"

    return fail


async def test_two_steps_run_once_each_and_give_the_same_after_a_restart() -> None:
    outputs: list[Any] = []

    async def body(w: FlowWorkflow) -> None:
        outputs.append(await w.step("one", noting("one", world.did)))
        outputs.append(await w.step("two", noting("two", world.did)))
        await w.sleep("for ever", 10**9)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert outputs == ["one", "two", "one", "two"]
    assert world.did == ["one", "two"]
    assert await world.notes() == ["one", "two"]


async def test_a_step_that_returns_nothing_is_not_repeated() -> None:
    async def nothing(_: FlowContext) -> None:
        world.did.append("step")

    async def body(w: FlowWorkflow) -> None:
        assert await w.step("void", nothing) is None  # type: ignore[func-returns-value]
        await w.sleep("for ever", 10**9)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert world.did == ["step"]


async def test_attempts_are_repeated_with_waits_that_double() -> None:
    attempts: list[int] = []
    options = runtime.StepOptions(max_retries=3, backoff_minimum_s=0.02)

    async def body(w: FlowWorkflow) -> None:
        await w.step("pay", failing(9, attempts, world.clock.now_ms), options=options)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(5)
    gaps = [after - before for before, after in itertools.pairwise(attempts)]
    assert gaps == [40, 80, 160]
    assert await world.state() is WorkflowState.FAILED


async def test_retries_go_on_after_a_restart_where_they_were() -> None:
    attempts: list[int] = []
    options = runtime.StepOptions(max_retries=2, backoff_minimum_s=1)

    async def body(w: FlowWorkflow) -> None:
        assert await w.step("pay", failing(2, attempts), options=options) == "paid"

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert len(attempts) == 1
    await world.clock.advance(2)
    await world.restart()
    await world.clock.advance(4)
    assert len(attempts) == 3
    assert await world.state() is WorkflowState.COMPLETED


@pytest.mark.parametrize(("retries", "runs"), [(False, 1), (True, 2)])
async def test_an_attempt_that_takes_too_long_is_cancelled(
    retries: bool, runs: int
) -> None:
    options = runtime.StepOptions(
        timeout_s=0.01, retry_on_timeout=retries, max_retries=1
    )
    outcomes: list[Any] = []

    async def hang(_: FlowContext) -> None:
        world.did.append("try")
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            world.did.append("cancelled")
            raise

    async def body(w: FlowWorkflow) -> None:
        outcomes.append(await w.try_step("hang", hang, options=options))

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(5)
    assert world.did == ["try", "cancelled"] * runs
    assert outcomes[0].failure.kind == "timeout"
    assert outcomes[0].failure.attempts == runs


@pytest.mark.parametrize(
    ("error", "kind"),
    [(runtime.CriticalError, "critical"), (runtime.RollbackError, "rollback")],
)
async def test_some_errors_are_final(error: type[Exception], kind: str) -> None:
    async def fail(_: FlowContext) -> None:
        world.did.append("try")
        raise error("no")

    async def body(w: FlowWorkflow) -> None:
        with pytest.raises(runtime.StepFailedError) as caught:
            await w.step("fail", fail)
        world.did.append(caught.value.failure.kind)

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["try", kind]


async def test_fewer_retries_than_were_made_leave_none() -> None:
    def retrying(times: int) -> Any:
        options = runtime.StepOptions(max_retries=times, backoff_minimum_s=1)

        async def body(w: FlowWorkflow) -> None:
            await w.step("work", failing(99, attempts), options=options)

        return body

    attempts: list[int] = []
    world = FlowWorld(retrying(9))
    await world.wake()
    await world.clock.advance(2)
    assert len(attempts) == 2
    await world.deploy(retrying(1))
    assert len(attempts) == 2
    assert await world.state() is WorkflowState.FAILED
    assert world.failures[-1].error.message == "card declined"


async def test_an_error_about_a_file_whose_name_is_no_text_is_recorded() -> None:
    """Nothing of the actor could be saved any more: every call of it hung."""

    async def read(_: FlowContext) -> None:
        raise FileNotFoundError(os.fsdecode(b"caf\xe9.txt"))

    async def body(w: FlowWorkflow) -> None:
        caught = await w.try_step(
            "read", read, options=runtime.StepOptions(max_retries=0)
        )
        assert isinstance(caught, runtime.Failed)
        await w.step("note", noting(caught.failure.error.message))

    world = FlowWorld(body)
    await world.wake()
    assert await world.notes() == ["caf\\udce9.txt"]


async def test_a_failure_that_was_caught_stays_the_same_in_every_replay() -> None:
    """A caught failure ran again and became a success: defect 8 of official servers."""
    outcomes: list[Any] = []

    async def fail_once(_: FlowContext) -> str:
        world.did.append("try")
        if len(world.did) == 1:
            message = "declined"
            raise runtime.CriticalError(message)
        return "paid"

    async def body(w: FlowWorkflow) -> None:
        outcomes.append(await w.try_step("pay", fail_once))
        await w.sleep("wait", 60)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert world.did == ["try"]
    first, second = outcomes
    assert first == second
    assert first.failure.error.message == "declined"


async def test_a_step_that_kills_the_process_is_given_up() -> None:
    """Such a step ran again for ever: defect 23 of official servers."""
    outcomes: list[Any] = []
    options = runtime.StepOptions(max_retries=2)

    async def die(_: FlowContext) -> None:
        world.did.append("try")
        await asyncio.get_running_loop().create_future()

    async def body(w: FlowWorkflow) -> None:
        outcomes.append(await w.try_step("die", die, options=options))

    world = FlowWorld(body)
    for _ in range(6):
        await world.restart()
        await world.clock.advance(5)
    assert world.did == ["try"] * 3
    (outcome,) = outcomes
    assert outcome.failure.kind == "exhausted"
    assert "process ended" in outcome.failure.error.message


async def test_an_output_that_is_too_large_fails_at_once() -> None:
    """Its effects were repeated: defect 15 of official servers."""
    outcomes: list[Any] = []

    async def much(_: FlowContext) -> str:
        world.did.append("try")
        return "x" * (300 << 10)

    async def body(w: FlowWorkflow) -> None:
        outcomes.append(await w.try_step("much", much))

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(5)
    assert world.did == ["try"]
    failure = outcomes[0].failure
    assert failure.kind == "critical"
    assert failure.error.name == "WorkflowValueTooLargeError"
    assert failure.error.metadata["limit"] == 256 << 10


class Receipt(types.Model):
    """What a step of a test returns."""

    payment_id: types.Str


async def test_a_model_comes_back_as_a_model_when_its_type_is_named() -> None:
    outputs: list[Any] = []

    async def pay(_: FlowContext) -> Receipt:
        return Receipt(payment_id="p1")

    async def body(w: FlowWorkflow) -> None:
        outputs.append(await w.step("pay", pay, returns=Receipt))
        await w.sleep("wait", 60)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert outputs == [Receipt(payment_id="p1")] * 2


async def test_a_model_without_its_type_is_refused_with_advice() -> None:
    outcomes: list[Any] = []

    async def pay(_: FlowContext) -> Receipt:
        return Receipt(payment_id="p1")

    async def body(w: FlowWorkflow) -> None:
        outcomes.append(await w.try_step("pay", pay))

    world = FlowWorld(body)
    await world.wake()
    assert "pass its type as `returns`" in outcomes[0].failure.error.message


async def test_what_a_step_returns_is_what_a_replay_returns() -> None:
    outputs: list[Any] = []

    async def pair(_: FlowContext) -> Any:
        return (1, 2)

    async def body(w: FlowWorkflow) -> None:
        outputs.append(await w.step("pair", pair))
        await w.sleep("wait", 60)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    assert outputs == [[1, 2], [1, 2]]


async def test_a_step_and_the_state_that_it_changed_are_one_commit() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("note", noting("noted", world.did))
        await w.sleep("wait", 60)

    world = FlowWorld(body)
    await world.wake()
    areas = [
        {getattr(write, "area", None) for write in batch.writes}
        for batch in world.commits.batches
        if "noted" in str(batch)
    ]
    assert len(areas) == 1
    assert {Area.STATE, Area.JOURNAL} <= areas[0]
    await world.restart()
    assert await world.notes() == world.did == ["noted"]


async def test_a_hook_of_the_state_that_fails_repeats_no_step() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("note", noting("noted", world.did))

    def broken(self: Any, c: FlowContext) -> None:
        del self, c
        message = "the hook is broken"
        raise KeyError(message)

    world = FlowWorld(body)
    world.actors[0].on_state_change = broken  # type: ignore[method-assign]
    await world.wake()
    await world.clock.advance(5)
    assert world.did == ["noted"]
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_step_that_leaves_the_state_unfit_is_tried_again() -> None:
    async def spoil(c: FlowContext) -> None:
        world.did.append("try")
        c.state.notes.append("kept" if len(world.did) > 1 else "lost")
        if len(world.did) == 1:
            c.state.total = "no number"  # type: ignore[assignment]

    async def body(w: FlowWorkflow) -> None:
        await w.step("spoil", spoil)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(5)
    assert await world.notes() == ["kept"]
    assert await world.state() is WorkflowState.COMPLETED


async def test_ephemeral_steps_become_durable_with_what_follows() -> None:
    fast = runtime.StepOptions(ephemeral=True)

    async def body(w: FlowWorkflow) -> None:
        for number in range(5):
            await w.step(f"fast {number}", noting("fast", world.did), options=fast)
        await w.sleep("wait", 60)

    world = FlowWorld(body)
    await world.wake()
    commits = len(world.commits.batches)
    await world.restart()
    assert world.did == ["fast"] * 5
    assert commits <= 2


async def test_the_hook_is_told_of_each_failed_attempt() -> None:
    attempts: list[int] = []
    options = runtime.StepOptions(max_retries=1)

    async def body(w: FlowWorkflow) -> None:
        await w.step("pay", failing(9, attempts), options=options)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(5)
    await world.restart()
    retried, final = world.failures
    assert isinstance(retried, runtime.StepFailed)
    assert (retried.attempt, retried.will_retry, retried.retry_delay_ms) == (
        1,
        True,
        200,
    )
    assert retried.error.message == "card declined"
    assert isinstance(final, runtime.StepFailed)
    assert (final.attempt, final.will_retry) == (2, False)
    assert final.to_value()["step"]["remainingRetries"] == 0


async def test_a_step_may_finish_while_the_actor_stops() -> None:
    release = asyncio.Event()

    async def slow(_: FlowContext) -> None:
        world.did.append("slow")
        await release.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.step("slow", slow)
        await w.step("next", noting("next", world.did))

    world = FlowWorld(body)
    await world.wake()
    sleeping = asyncio.create_task(world.sleep())
    await settle()
    release.set()
    await sleeping
    assert world.did == ["slow"]
    await world.wake()
    assert world.did == ["slow", "next"]


async def test_a_step_that_a_stop_cuts_off_has_not_used_up_an_attempt() -> None:
    options = runtime.StepOptions(max_retries=0, timeout_s=None)

    async def hang(_: FlowContext) -> None:
        world.did.append("try")
        if len(world.did) < 4:
            await asyncio.get_running_loop().create_future()

    async def body(w: FlowWorkflow) -> None:
        await w.step("hang", hang, options=options)

    world = FlowWorld(body)
    for _ in range(3):
        await world.wake()
        sleeping = asyncio.create_task(world.sleep())
        await world.clock.advance(6)
        await sleeping
    await world.wake()
    assert world.did == ["try"] * 4
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_context_that_outlives_its_step_refuses_what_is_durable() -> None:
    leaked: list[FlowContext] = []
    messages: list[str] = []

    async def leak(c: FlowContext) -> None:
        leaked.append(c)
        assert c.state.notes == []

    async def body(w: FlowWorkflow) -> None:
        await w.step("leak", leak)
        for feature in ("state", "queues", "transport", "kv", "conns", "destroy"):
            with pytest.raises(runtime.StepContextEndedError) as caught:
                getattr(leaked[0], feature)
            messages.append(str(caught.value).partition(" ")[0])
        assert leaked[0].key.name == "a"

    async def flag(c: FlowContext, _: Any) -> Any:
        return await c.kv.get("__rivet_actor_workflow_guard_triggered")

    world = FlowWorld(body)
    world.works = flag
    await world.wake()
    assert messages == ["state", "queues", "client", "kv", "conns", "destroy"]
    assert await world.call("work", name="flow") == "true"
