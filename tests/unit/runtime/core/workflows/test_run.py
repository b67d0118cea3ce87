"""How a workflow begins, ends, stops and goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as runtime
from rivetgen_client.transport import KeyTarget, QueueMessage
from rivetgen_client.wire import cbor
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.ports import Area, Batch, PutValue
from rivetgen_runtime.core.watching import Topic
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.core.workflows.errors import (
    ReplayTargetError,
    WorkflowInFlightError,
)
from rivetgen_runtime.core.workflows.locations import Field
from rivetgen_runtime.errors import NotAcceptedError, RequestError
from rivetgen_runtime.testing.manual import settle
from workflow_world import (
    SLEEP_S,
    AskReply,
    FlowContext,
    FlowWorkflow,
    FlowWorld,
    noting,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

LONG_S = 10**9


async def test_it_begins_when_the_actor_has_woken_and_delays_no_call() -> None:
    release = asyncio.Event()

    async def hold(_: FlowContext) -> None:
        await release.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.step("hold", hold)

    world = FlowWorld(body)
    assert await world.notes() == []
    assert await world.state() is WorkflowState.RUNNING
    release.set()
    await settle()
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_completed_workflow_is_not_run_again() -> None:
    """It was at every start: defect 17 of official servers."""

    async def body(w: FlowWorkflow) -> None:
        world.did.append("run")
        await w.step("note", noting("note"))

    world = FlowWorld(body)
    for _ in range(3):
        await world.restart()
    assert world.did == ["run"]
    journal = await world.journal()
    assert journal.state is WorkflowState.COMPLETED
    for field in (Field.INPUT, Field.OUTPUT):
        row = journal.field(field)
        assert row is not None
        assert cbor.decode(row) is UNDEFINED


async def test_a_failed_workflow_is_not_run_again_and_its_error_is_kept() -> None:
    async def body(w: FlowWorkflow) -> None:
        world.did.append("run")
        await w.step("note", noting("note"))
        message = "no way"
        raise KeyError(message)

    world = FlowWorld(body)
    for _ in range(3):
        await world.restart()
    # The second time it is replayed for its rollbacks.
    assert world.did == ["run"] * 2
    row = (await world.journal()).field(Field.ERROR)
    assert row is not None
    assert cbor.decode(row) == {"name": "KeyError", "message": "'no way'"}
    (failure,) = world.failures
    assert isinstance(failure, runtime.WorkflowFailed)
    assert failure.workflow_id == (await world.record()).actor_id
    assert failure.to_value() == {
        "workflow": {
            "workflowId": failure.workflow_id,
            "error": {"name": "KeyError", "message": "'no way'"},
        }
    }


async def test_the_alarm_ends_in_the_commit_of_the_end() -> None:
    """A process that died after it was followed by one that had nothing to do."""

    async def body(w: FlowWorkflow) -> None:
        await w.step("note", noting("note"))

    world = FlowWorld(body)
    await world.wake()
    assert await world.state() is WorkflowState.COMPLETED
    assert (await world.record()).alarm_at_ms is None


async def test_an_actor_whose_workflow_ends_while_it_stops_is_not_woken() -> None:
    release = asyncio.Event()

    async def work(_: FlowContext) -> None:
        await release.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.step("work", work)

    world = FlowWorld(body)
    await world.wake()
    sleeping = asyncio.create_task(world.sleep())
    await settle()
    release.set()
    await sleeping
    await world.clock.advance(1)
    assert await world.state() is WorkflowState.COMPLETED
    assert await world.is_asleep()
    assert (await world.record()).generation == 1


async def test_an_actor_sleeps_when_its_workflow_has_ended() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("note", noting("note"))

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(SLEEP_S * 3)
    assert await world.is_asleep()
    assert (await world.record()).alarm_at_ms is None


async def test_a_process_that_dies_in_a_step_is_followed_by_one_that_goes_on() -> None:
    async def hang_once(_: FlowContext) -> None:
        world.did.append("try")
        if len(world.did) == 1:
            await asyncio.get_running_loop().create_future()

    async def body(w: FlowWorkflow) -> None:
        await w.step("hang", hang_once)

    world = FlowWorld(body)
    await world.wake()
    world.kill()
    world.host.start()
    await world.clock.advance(5)
    assert world.did == ["try"] * 2
    assert await world.state() is WorkflowState.COMPLETED


async def test_one_operation_of_a_scope_is_in_progress_at_a_time() -> None:
    caught: list[str] = []

    async def slow(_: FlowContext) -> None:
        await asyncio.sleep(0)

    async def body(w: FlowWorkflow) -> None:
        first = asyncio.create_task(w.step("first", slow))
        await asyncio.sleep(0)
        with pytest.raises(runtime.EntryInProgressError) as error:
            await w.step("second", slow)
        caught.append(error.value.name)
        await first

    world = FlowWorld(body)
    await world.wake()
    assert caught == ["first"]
    assert await world.state() is WorkflowState.COMPLETED


async def test_an_operation_inside_a_step_ends_the_workflow_at_once() -> None:
    async def body(w: FlowWorkflow) -> None:
        async def nested(_: FlowContext) -> None:
            world.did.append("try")
            await w.sleep("inside", 1)

        await w.step("outside", nested)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(5)
    assert world.did == ["try"]
    assert [failure.error.name for failure in world.failures] == [
        "EntryInProgressError"
    ]


async def test_leaving_a_step_unawaited_is_an_error() -> None:
    tasks: list[Awaitable[None]] = []

    async def slow(_: FlowContext) -> None:
        await asyncio.sleep(0)

    async def body(w: FlowWorkflow) -> None:
        tasks.append(asyncio.create_task(w.step("slow", slow)))
        await asyncio.sleep(0)

    world = FlowWorld(body)
    await world.wake()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert world.failures[-1].error.name == "EntryInProgressError"


async def test_a_step_may_destroy_its_actor() -> None:
    async def destroy(c: FlowContext) -> None:
        c.destroy()

    async def body(w: FlowWorkflow) -> None:
        await w.step("destroy", destroy)
        await w.step("never", noting("never", world.did))

    world = FlowWorld(body)
    record = await world.wake()
    await world.clock.advance(20)
    stored = await world.store.record(record.actor_id)
    assert stored is not None
    assert stored.destroyed_at_ms is not None
    assert world.did == []


async def test_an_actor_that_a_step_sends_to_sleep_goes_on_at_once() -> None:
    async def sleep(c: FlowContext) -> None:
        c.sleep()
        await c.abort_signal.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.step("sleep", sleep)
        await w.step("after", noting("after", world.did))

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(1)
    assert world.did == ["after"]
    assert (await world.record()).generation == 2


async def test_waits_end_at_once_when_the_actor_stops() -> None:
    async def body(w: FlowWorkflow) -> None:
        try:
            await w.sleep("long", LONG_S)
        except Exception:  # noqa: BLE001 - that is what is tested
            world.did.append("caught")
        finally:
            world.did.append("finally")

    world = FlowWorld(body)
    await world.wake()
    started_s = world.clock.monotonic_s()
    await world.sleep()
    assert world.clock.monotonic_s() == started_s
    assert world.did == ["finally"]
    assert await world.state() is WorkflowState.SLEEPING


async def test_a_step_that_ignores_a_stop_is_cut_off_after_the_grace_period() -> None:
    async def hang(_: FlowContext) -> None:
        await asyncio.get_running_loop().create_future()

    async def body(w: FlowWorkflow) -> None:
        await w.step("hang", hang, options=runtime.StepOptions(timeout_s=None))

    world = FlowWorld(body)
    await world.wake()
    sleeping = asyncio.create_task(world.sleep())
    await world.clock.advance(4.9)
    assert not sleeping.done()
    await world.clock.advance(0.2)
    await sleeping
    # There is work to do: it has been woken again.
    assert (await world.record()).generation == 2


async def test_the_hook_works_with_the_actor_and_its_errors_change_nothing() -> None:
    async def fail(_: FlowContext) -> None:
        message = "declined"
        raise ValueError(message)

    async def body(w: FlowWorkflow) -> None:
        await w.try_step("fail", fail, options=runtime.StepOptions(max_retries=0))
        world.did.append("after")

    world = FlowWorld(body)

    async def broken(self: Any, c: FlowContext, failure: Any) -> None:
        del self
        c.state.notes.append(failure.error.message)
        message = "the hook is broken"
        raise KeyError(message)

    world.actors[0].on_workflow_error = broken  # type: ignore[method-assign]
    await world.wake()
    assert world.did == ["after"]
    assert await world.notes() == ["declined"]


async def test_watchers_are_told_of_each_change() -> None:
    topics: list[Topic] = []

    async def watch(c: FlowContext, _: Any) -> Any:
        c.activation.turns.watchers.add(topics.append)

    async def body(w: FlowWorkflow) -> None:
        await w.queues.jobs.next("wait")

    world = FlowWorld(body)
    world.works = watch
    await world.call("work", name="flow")
    await world.send("jobs", 1)
    assert Topic.WORKFLOW in topics


async def test_a_step_may_use_other_actors_and_wait_for_their_workflows() -> None:
    child = KeyTarget(name="flow", key=("child",), create=True)

    async def ask_child(c: FlowContext) -> Any:
        question = QueueMessage(name="ask", body={"question": "why"}, waits=True)
        answer = await c.transport.send(child, question)
        return answer.reply

    async def body(w: FlowWorkflow) -> None:
        if w.key.name == "child":
            delivery = await w.queues.ask.next("wait")
            await delivery.complete(AskReply(answer=f"because of {w.key.name}"))
        else:
            world.did.append(str(await w.step("ask", ask_child)))

    world = FlowWorld(body)
    await world.wake()
    await settle()
    assert world.did == ["{'answer': 'because of child'}"]


# Replays that a tool asks for


async def workflow_of(world: FlowWorld) -> Any:
    """The workflow of the actor, awake."""
    found: list[Any] = []

    async def look(c: FlowContext, _: Any) -> Any:
        found.append(c.activation.workflow)

    world.works = look
    await world.call("work", name="flow")
    return found[0]


async def test_a_workflow_that_has_ended_is_replayed_from_its_beginning() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("one", noting("one"))
        await w.step("two", noting("two"))

    world = FlowWorld(body)
    await world.wake()
    workflow = await workflow_of(world)
    assert workflow.state is WorkflowState.COMPLETED
    await workflow.replay_from(None)
    await settle()
    assert await world.notes() == ["one", "two", "one", "two"]
    assert workflow.state is WorkflowState.COMPLETED


async def test_a_workflow_that_is_completed_is_replayed_at_once() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("one", noting("one"))

    world = FlowWorld(body)
    workflow = await workflow_of(world)
    # The very first tick in which it is so.
    while workflow.state is not WorkflowState.COMPLETED:  # noqa: ASYNC110
        await asyncio.sleep(0)
    world.commits.hold()
    replaying = asyncio.create_task(workflow.replay_from(None))
    await settle()
    await world.commits.let_go()
    await replaying
    await settle()
    assert await world.notes() == ["one", "one"]


async def test_an_actor_that_stops_refuses_to_replay_and_forgets_nothing() -> None:
    async def slow(c: FlowContext, _: Any) -> Any:
        await c.abort_signal.wait()

    async def body(w: FlowWorkflow) -> None:
        await w.step("one", noting("one"))

    world = FlowWorld(body)
    workflow = await workflow_of(world)
    world.works = slow
    working = asyncio.create_task(world.call("work", name="flow"))
    await settle()
    world.commits.hold()
    sleeping = asyncio.create_task(world.sleep())
    await settle()
    with pytest.raises(NotAcceptedError):
        await workflow.replay_from(None)
    await world.commits.let_go()
    await asyncio.gather(working, sleeping)
    assert await world.state() is WorkflowState.COMPLETED
    assert len(await world.paths()) == 1


async def test_a_workflow_is_replayed_from_a_step() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("one", noting("one"))
        await w.sleep("pause", 1)
        await w.step("two", noting("two"))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(1)
    workflow = await workflow_of(world)
    steps = {
        workflow.journal.path_of(entry.location): entry.id for entry in workflow.journal
    }
    await workflow.replay_from(steps["two"])
    await world.clock.advance(1)
    assert await world.notes() == ["one", "two", "two"]
    assert workflow.state is WorkflowState.SLEEPING


async def test_two_replays_at_once_run_the_workflow_once() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("one", noting("one"))

    world = FlowWorld(body)
    workflow = await workflow_of(world)
    await settle()
    assert workflow.state is WorkflowState.COMPLETED
    replays = [workflow.replay_from(None) for _ in range(2)]
    outcomes = await asyncio.gather(*replays, return_exceptions=True)
    assert [type(each) for each in outcomes] == [type(None), WorkflowInFlightError]
    await settle()
    assert await world.notes() == ["one", "one"]


@pytest.mark.parametrize(
    ("path", "again"),
    [("last", ["last"]), ("join/b/second", ["second", "last"]), ("race/a/won", None)],
)
async def test_what_ended_before_a_step_is_not_done_again(
    path: str, again: list[str] | None
) -> None:
    """A join or race was forgotten with all that had happened in it before."""

    async def first(w: FlowWorkflow) -> None:
        await w.step("first", noting("first", world.did))

    async def second(w: FlowWorkflow) -> None:
        await w.step("begin", noting("begin", world.did))
        await w.sleep("pause", 1)
        await w.step("second", noting("second", world.did))

    async def win(w: FlowWorkflow) -> None:
        await w.step("won", noting("won", world.did))

    async def body(w: FlowWorkflow) -> None:
        await w.race("race", {"a": win})
        await w.sleep("break", 1)
        await w.join("join", {"a": first, "b": second})
        await w.sleep("pause", 1)
        await w.step("last", noting("last", world.did))

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(3)
    everything = [*world.did]
    assert everything == ["won", "first", "begin", "second", "last"]
    world.did.clear()
    workflow = await workflow_of(world)
    await workflow.replay_from(id_of(workflow, path))
    await world.clock.advance(3)
    assert world.did == (everything if again is None else again)
    assert workflow.state is WorkflowState.COMPLETED


def id_of(workflow: Any, path: str) -> str:
    """Id of the entry at a path."""
    journal = workflow.journal
    (found,) = [each for each in journal if journal.path_of(each.location) == path]
    return str(found.id)


async def test_a_step_in_a_loop_is_replayed_with_the_loop() -> None:
    async def iteration(w: FlowWorkflow, number: int) -> runtime.Continue[int]:
        await w.step("work", noting(f"{number}"))
        await w.sleep("pause", LONG_S if number else 1)
        return runtime.Continue(number + 1)

    async def body(w: FlowWorkflow) -> None:
        await w.step("first", noting("first"))
        await w.loop("loop", iteration, state=0)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(1)
    workflow = await workflow_of(world)
    (last,) = [
        entry.id
        for entry in workflow.journal
        if workflow.journal.path_of(entry.location) == "~1/work"
        or workflow.journal.path_of(entry.location).endswith("~1/work")
    ]
    await workflow.replay_from(last)
    await settle()
    assert await world.notes() == ["first", "0", "1", "0"]


async def test_a_workflow_that_runs_is_not_replayed() -> None:
    async def hang(_: FlowContext) -> None:
        await asyncio.get_running_loop().create_future()

    async def body(w: FlowWorkflow) -> None:
        await w.step("hang", hang)

    world = FlowWorld(body)
    workflow = await workflow_of(world)
    assert workflow.is_running
    with pytest.raises(WorkflowInFlightError):
        await workflow.replay_from(None)


@pytest.mark.parametrize("which", ["unknown", "sleep"])
async def test_only_steps_are_replayed_from(which: str) -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    workflow = await workflow_of(world)
    (sleep,) = list(workflow.journal)
    with pytest.raises(ReplayTargetError, match="Cannot replay"):
        await workflow.replay_from("nobody" if which == "unknown" else sleep.id)
    assert workflow.state is WorkflowState.SLEEPING


async def test_a_stored_journal_that_is_none_fails_the_start() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    record = await world.wake()
    world.kill()
    write = PutValue(record.actor_id, Area.JOURNAL, b"\x06\x01\x15\x02", b"rubbish")
    await world.store.commit(Batch((write,)))
    with pytest.raises(RequestError):
        await world.notes()
