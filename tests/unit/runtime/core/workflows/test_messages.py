"""Messages of workflows: received once, and completed whoever has received them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import rivetgen_runtime as runtime
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.queues.errors import (
    PreviousNotCompletedError,
    QueueTimedOutError,
)
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.testing.manual import settle
from workflow_world import (
    SLEEP_S,
    AskReply,
    FlowContext,
    FlowWorkflow,
    FlowWorld,
    noting,
)

LONG_S = 10**9
THINKING_S = 20.0


class JobWorld(FlowWorld):
    """Its workflow takes jobs for ever, and notes each in a step."""

    def __init__(self) -> None:
        super().__init__(self._jobs)

    async def _jobs(self, w: FlowWorkflow) -> None:
        await w.repeat("jobs", self._one)

    async def _one(self, w: FlowWorkflow) -> None:
        delivery = await w.queues.jobs.next("wait")
        await w.step("note", noting(f"job {delivery.body}", self.did))


class AnsweringWorld(FlowWorld):
    """Its workflow answers questions, twenty seconds after it got them."""

    def __init__(self) -> None:
        super().__init__(self._questions)

    async def _questions(self, w: FlowWorkflow) -> None:
        await w.repeat("questions", self._one)

    async def _one(self, w: FlowWorkflow) -> None:
        delivery = await w.queues.ask.next("wait")
        self.did.append(delivery.body.question)
        await w.sleep("think", THINKING_S)

        async def answer(c: FlowContext) -> None:
            c.state.total += 1
            await delivery.complete(AskReply(answer=f"{c.state.total}"))

        await w.step("answer", answer)


async def test_a_message_is_received_and_the_same_in_a_replay() -> None:
    seen: list[Any] = []

    async def body(w: FlowWorkflow) -> None:
        delivery = await w.queues.next("wait", "jobs")
        seen.append((delivery.id, delivery.name, delivery.body, delivery.created_at_ms))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.send("jobs", {"a": [1, None]})
    await world.restart()
    first, second = seen
    assert first == second
    assert first[1:3] == ("jobs", {"a": [1, None]})


async def test_waiting_for_messages_lets_the_actor_sleep_and_a_message_wakes_it() -> (
    None
):
    world = JobWorld()
    await world.wake()
    await world.clock.advance(SLEEP_S + 1)
    assert await world.is_asleep()
    assert await world.state() is WorkflowState.SLEEPING
    await world.send("jobs", 1)
    assert world.did == ["job 1"]


async def test_messages_are_handled_in_the_order_in_which_they_were_sent() -> None:
    world = JobWorld()
    for number in range(10):
        await world.send("jobs", number)
    await world.clock.advance(1)
    assert world.did == [f"job {number}" for number in range(10)]


@pytest.mark.parametrize("ticks", range(0, 40, 3))
async def test_a_message_is_handled_once_whenever_the_process_dies(ticks: int) -> None:
    """It was lost between receiving and recording: defect 9 of official servers."""
    world = JobWorld()
    await world.wake()
    sending = asyncio.create_task(world.send("jobs", 1))
    for _ in range(ticks):
        await asyncio.sleep(0)
    world.commits.hold()
    await settle()
    is_acknowledged = sending.done()
    world.kill()
    sending.cancel()
    await world.wake()
    await world.clock.advance(5)
    notes = await world.notes()
    assert len(notes) <= 1
    assert notes or not is_acknowledged


async def test_next_raises_when_the_time_is_up_and_next_batch_returns_nothing() -> None:
    async def body(w: FlowWorkflow) -> None:
        assert await w.queues.next_batch("batch", "jobs", timeout=5) == []
        with pytest.raises(QueueTimedOutError):
            await w.queues.jobs.next("one", timeout=0)
        world.did.append("after")
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(4)
    assert world.did == []
    await world.restart()
    await world.clock.advance(2)
    assert world.did == ["after"]
    await world.send("jobs", 1)
    await world.restart()
    assert world.did == ["after", "after"]


async def test_a_message_that_comes_in_time_is_received() -> None:
    async def body(w: FlowWorkflow) -> None:
        delivery = await w.queues.jobs.next("wait", timeout=60)
        world.did.append(str(delivery.body))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(SLEEP_S + 1)
    assert await world.is_asleep()
    await world.send("jobs", 1)
    await world.restart()
    assert world.did == ["1", "1"]


async def test_a_message_that_comes_too_late_stays() -> None:
    async def body(w: FlowWorkflow) -> None:
        batch = await w.queues.jobs.next_batch("wait", timeout=5)
        world.did.append(str(len(batch)))
        await w.sleep("pause", 60)
        delivery = await w.queues.jobs.next("again")
        world.did.append(delivery.body)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(6)
    await world.send("jobs", "late")
    await world.clock.advance(60)
    assert world.did[-1] == "late"
    assert world.did[0] == "0"


async def test_a_batch_has_what_is_there_at_most_its_count() -> None:
    async def body(w: FlowWorkflow) -> None:
        assert await w.queues.ask.next_batch("all", count=2**40, timeout=0) == []
        batch = await w.queues.next_batch("wait", "jobs", "other", count=3)
        world.did.extend(f"{each.name} {each.body}" for each in batch)
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(idle)
    for number in range(4):
        await world.send("jobs" if number % 2 else "other", number)
    await world.deploy(body)
    assert world.did == ["other 0", "jobs 1", "other 2"]
    await world.restart()
    assert world.did == ["other 0", "jobs 1", "other 2"] * 2


async def idle(w: FlowWorkflow) -> None:
    """Do nothing, without getting to an end."""
    await w.abort_signal.wait()
    await asyncio.get_running_loop().create_future()


async def queue_size(world: FlowWorld) -> Any:
    """Messages that the actor has, those that are held included."""

    async def count(c: FlowContext, _: Any) -> Any:
        return len(c.activation.queues)

    world.works = count
    return await world.call("work", name="flow")


async def test_a_message_is_completed_after_the_actor_slept() -> None:
    """It was handled twice and never answered: defect 10 of official servers."""
    world = AnsweringWorld()
    (await world.ask("why", key="k")).cancel()
    await world.clock.advance(SLEEP_S + 1)
    assert await world.is_asleep()
    await world.clock.advance(THINKING_S)
    assert (await (await world.ask("why", key="k"))).reply == {"answer": "1"}
    await world.clock.advance(THINKING_S)
    assert set(world.did) == {"why"}
    assert await queue_size(world) == 0


async def test_a_message_is_completed_after_a_crash() -> None:
    world = AnsweringWorld()
    (await world.ask("why", key="k")).cancel()
    await world.restart()
    await world.restart()
    assert await queue_size(world) == 1
    asking = await world.ask("why", key="k")
    await world.clock.advance(THINKING_S)
    assert (await asking).reply == {"answer": "1"}
    await world.clock.advance(THINKING_S)
    assert await queue_size(world) == 0


async def test_a_message_that_is_held_goes_to_nobody_else() -> None:
    async def try_to_take(c: FlowContext, _: Any) -> Any:
        return await c.queues.ask.try_next() is not None

    world = AnsweringWorld()
    world.works = try_to_take
    (await world.ask("why")).cancel()
    for _ in range(3):
        assert await world.call("work", name="flow") is False
        await world.restart()


async def test_the_next_message_has_to_wait_until_the_last_one_is_completed() -> None:
    async def body(w: FlowWorkflow) -> None:
        delivery = await w.queues.ask.next("first")
        with pytest.raises(PreviousNotCompletedError):
            await w.queues.jobs.next("second")
        await delivery.complete(AskReply(answer="done"))
        await delivery.complete(AskReply(answer="again, which changes nothing"))
        world.did.append((await w.queues.jobs.next("third")).body)

    world = FlowWorld(body)
    await world.wake()
    await world.send("jobs", "job")
    asking = await world.ask()
    assert (await asking).reply == {"answer": "done"}
    assert world.did == ["job"]


async def test_a_wait_whose_names_are_taken_takes_no_message() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.sleep("wait:0", 0)
        await w.queues.jobs.next("wait")

    async def good(w: FlowWorkflow) -> None:
        await w.sleep("wait:0", 0)
        world.did.append((await w.queues.jobs.next("other wait")).body)

    world = FlowWorld(body)
    await world.send("jobs", "job")
    (failure,) = world.failures
    assert failure.error.name == "HistoryDivergedError"
    await world.deploy(good)
    assert world.did == ["job"]


async def test_a_message_without_completion_answers_a_sender_that_waits() -> None:
    world = JobWorld()
    answer = await world.send("jobs", 1, waits=True)
    assert answer.is_completed


async def test_completing_and_what_a_step_does_are_one_commit() -> None:
    world = AnsweringWorld()
    asking = await world.ask()
    await world.clock.advance(THINKING_S)
    assert (await asking).is_completed
    (commit,) = [each for each in world.commits.batches if "DeleteValue" in str(each)]
    areas = {getattr(write, "area", None) for write in commit.writes}
    assert {Area.STATE, Area.JOURNAL, Area.QUEUE} <= areas


async def test_a_message_that_does_not_fit_the_schema_blocks_nothing() -> None:
    async def body(w: FlowWorkflow) -> None:
        delivery = await w.queues.next("wait", "ask", "jobs")
        world.did.append(delivery.name)

    async def send_broken(c: FlowContext, _: Any) -> Any:
        c.activation.queues.send("ask", b"\x05")

    world = FlowWorld(idle)
    world.works = send_broken
    await world.call("work", name="flow")
    await world.send("jobs", 1)
    await world.deploy(body)
    assert world.did == ["jobs"]


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("dies", [False, True])
async def test_a_message_that_a_workflow_has_not_completed_is_for_others_when_it_ends(
    *, fails: bool, dies: bool
) -> None:
    """It was in nobody's hands, and its sender waited for ever."""

    async def body(w: FlowWorkflow) -> None:
        await w.queues.ask.next("question")
        if fails:
            raise runtime.RollbackError

    async def answer(c: FlowContext, _: Any) -> None:
        delivery = await c.queues.ask.next(timeout=0)
        assert delivery is not None
        await delivery.complete(AskReply(answer="somebody else"))

    world = FlowWorld(body)
    world.works = answer
    await world.wake()
    asking = await world.ask()
    assert (await world.state()).is_final
    if dies:
        await world.restart()
    await world.call("work", name="flow")
    if dies:
        asking.cancel()
    else:
        assert (await asking).reply == {"answer": "somebody else"}


async def test_a_message_of_an_iteration_that_is_forgotten_goes_back() -> None:
    """No other wait of the workflow was allowed, and no action got the message."""

    async def iteration(w: FlowWorkflow, number: int) -> runtime.Continue[int]:
        if number == 0:
            await w.queues.ask.next("question")
        if number == 4:
            question = await w.queues.ask.next("again")
            world.did.append(question.body.question)
            await w.sleep("for ever", LONG_S)
        await w.step("work", noting(f"{number}"))
        return runtime.Continue(number + 1)

    async def body(w: FlowWorkflow) -> None:
        await w.loop("loop", iteration, state=0, prune_interval=2)

    world = FlowWorld(body)
    await world.wake()
    asking = await world.ask("once more")
    await world.clock.advance(1)
    assert world.did == ["once more"]
    asking.cancel()


async def test_code_that_completes_a_message_no_more_completes_it_at_once() -> None:
    """The message came a second time after the next restart."""

    async def before(w: FlowWorkflow) -> None:
        await w.queues.next("job", "jobs", completable=True)
        await w.sleep("hour", 3600)

    async def after(w: FlowWorkflow) -> None:
        job = await w.queues.jobs.next("job")
        await job.complete()
        await w.sleep("hour", 3600)
        more = await w.queues.next_batch("more", "jobs", timeout=0)
        world.did.extend(str(job.body) for job in more)

    world = FlowWorld(before)
    await world.wake()
    await world.send("jobs", 1)
    await world.deploy(after)
    await world.restart()
    await world.clock.advance(3601)
    assert await world.state() is WorkflowState.COMPLETED
    assert world.did == []
