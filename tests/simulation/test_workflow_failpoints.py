"""Whatever happens at whichever commit of a workflow, it does what it would have done.

A workflow with a loop, messages, branches, steps and sleeps runs once for each of its
commits and each fate of it. What it does to the actor happens exactly once; what a step
does to the world outside may happen once more when the process dies during the step.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

import rivetgen_runtime as runtime
from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import ActionCall, KeyTarget, QueueMessage
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.watching import Watchers
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.core.workflows.journal import Journal
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.virtual_time import run
from workflow_world import AskReply, FlowBase, FlowContext, FlowWorkflow

from .failpoints import FailpointStore, Fate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TARGET: Final = KeyTarget(name="flow", key=("a",), create=True)
ROUNDS: Final = 3
FATES: Final = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.REFUSED, Fate.LATE)


@dataclass
class Outcome:
    """What a run led to.

    Attributes:
        notes: What the actor has noted in its state.
        effects: How often each step has done something outside.
        answers: What the senders of questions were answered.
        state: Where the workflow is in the end.
        queued: Messages that are left.
        commits: How many batches were made.
    """

    notes: list[str] = field(default_factory=list[str])
    effects: Counter[str] = field(default_factory=Counter[str])
    answers: list[str] = field(default_factory=list[str])
    state: WorkflowState = WorkflowState.PENDING
    queued: int = -1
    commits: int = 0


class Orders(FlowBase):
    """Handles a few orders, and then is done; ``outcome`` is that of the run."""

    outcome: Outcome

    async def run(self, w: FlowWorkflow) -> None:
        await w.step("open", self._doing("open"))
        await w.loop("orders", self._one, state=0)
        await w.step("close", self._doing("close"))

    async def look(self, c: FlowContext, argument: Any) -> Any:
        del argument
        return [list(c.state.notes), len(c.activation.queues)]

    async def _one(
        self, w: FlowWorkflow, number: int
    ) -> runtime.Continue[int] | runtime.Break[int]:
        order = (await w.queues.jobs.next("order")).body
        branches = {
            "pay": partial(self._pay, order),
            "pack": partial(self._pack, order),
        }
        await w.join("prepare", branches)
        question = await w.queues.ask.next("question", timeout=500)
        await w.sleep("ship", 40)

        async def answer(c: FlowContext) -> None:
            c.state.notes.append(f"answer {question.body.question}")
            await question.complete(AskReply(answer=f"shipped {order}"))

        await w.step("answer", answer)
        done = number + 1
        return runtime.Break(done) if done == ROUNDS else runtime.Continue(done)

    async def _pay(self, order: Any, w: FlowWorkflow) -> str:
        return await w.step("pay", self._doing(f"pay {order}"))

    async def _pack(self, order: Any, w: FlowWorkflow) -> str:
        await w.sleep("find", 0.5)
        await w.step("find it", self._doing(f"find {order}"))
        return await w.step("pack", self._doing(f"pack {order}"))

    def _doing(self, note: str) -> Callable[[FlowContext], Awaitable[str]]:
        async def do(c: FlowContext) -> str:
            self.outcome.effects[note] += 1
            await asyncio.sleep(0)
            c.state.notes.append(note)
            return note

        return do


def orders(outcome: Outcome) -> type[FlowBase]:
    """The actor of one run."""
    return type("OrdersHere", (Orders,), {"outcome": outcome})


async def until_known(call: Callable[[], Awaitable[Any]], world: World) -> Any:
    """Call until it is answered; messages have keys, so that they are sent once."""
    while True:
        with suppress(UnknownOutcomeError, ActorError):
            return await call()
        await world.skip(seconds=1)


async def _tell(time: VirtualTime, *, at: int, fate: Fate) -> Outcome:
    outcome, store = Outcome(), FailpointStore()
    world = World([orders(outcome)], time, store=store)

    def kill() -> None:
        world.crash()
        world.process.run(world.host.start)

    world.process.run(world.host.start)
    store.arm(at=at, fate=fate, kill=kill)
    for number in range(ROUNDS):
        job = QueueMessage(name="jobs", body=number, key=f"job {number}")
        await until_known(lambda job=job: world.transport.send(TARGET, job), world)  # type: ignore[misc]
        ask = QueueMessage(
            name="ask",
            body={"question": f"{number}"},
            key=f"ask {number}",
            waits=True,
        )
        answer = await until_known(
            lambda ask=ask: world.transport.send(TARGET, ask),  # type: ignore[misc]
            world,
        )
        outcome.answers.append(answer.reply["answer"])
    await world.skip(seconds=100)
    look = ActionCall(name="look", args=[], retryable=True)
    found: Any = await until_known(lambda: world.transport.action(TARGET, look), world)
    outcome.notes, outcome.queued = found
    outcome.state = await _stored_state(world, time)
    outcome.commits = store.counted
    await world.stop()
    return outcome


async def _stored_state(world: World, time: VirtualTime) -> WorkflowState:
    record = await world.store.find("default", "flow", ("a",))
    assert record is not None
    values = await world.store.values(record.actor_id, frozenset({Area.JOURNAL}))
    journal = Journal(record.actor_id, time, Watchers())
    journal.load({key: row for (_, key), row in values.items()})
    return journal.state


def tell(at: int = 0, fate: Fate = Fate.LATE) -> Outcome:
    """Run it; the chosen commit meets its fate."""

    async def main(time: VirtualTime) -> Outcome:
        return await _tell(time, at=at, fate=fate)

    return run(main, seed=0, start_ms=START_MS)


EXPECTED: Final = sorted(
    [
        "open",
        *(
            f"{what} {number}"
            for number in range(ROUNDS)
            for what in ("pay", "find", "pack", "answer")
        ),
        "close",
    ]
)


def test_without_anything_wrong_every_step_runs_once() -> None:
    outcome = tell()
    assert sorted(outcome.notes) == EXPECTED
    assert set(outcome.effects.values()) == {1}
    assert outcome.answers == [f"shipped {number}" for number in range(ROUNDS)]
    assert outcome.state is WorkflowState.COMPLETED
    assert outcome.queued == 0


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.name.lower())
def test_a_commit_that_goes_wrong_changes_nothing_in_the_end(fate: Fate) -> None:
    commits = tell().commits
    for at in range(1, commits + 1):
        outcome = tell(at, fate)
        try:
            assert sorted(outcome.notes) == EXPECTED
            assert outcome.answers == [f"shipped {number}" for number in range(ROUNDS)]
            assert outcome.state is WorkflowState.COMPLETED
            assert outcome.queued == 0
            again = [note for note, times in outcome.effects.items() if times > 1]
            assert len(again) <= 1 or fate is not Fate.LATE
            assert max(outcome.effects.values()) <= 2
        except AssertionError as error:
            error.add_note(f"commit {at} of {commits}: {outcome}")
            raise
    print(f"{commits} commits, {fate.value}")
