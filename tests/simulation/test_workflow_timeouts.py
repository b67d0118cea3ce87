"""A workflow that waits for messages with a time limit handles each message once.

The time limit is another branch of a race. Messages come at any moment, also as the
time is up and as the process dies; none is lost, and none is handled twice.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pytest

import rivetgen_runtime as runtime
from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import ActionCall, KeyTarget, QueueMessage
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.virtual_time import run
from workflow_world import FlowBase, FlowContext, FlowWorkflow

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch

TARGET: Final = KeyTarget(name="flow", key=("a",), create=True)
MESSAGES: Final = 8
LIMIT_S: Final = 1.0


class Limited(FlowBase):
    """Takes messages, and does something else when none comes in time."""

    async def run(self, w: FlowWorkflow) -> None:
        await w.loop("messages", self._one, state=0)

    async def look(self, c: FlowContext, argument: Any) -> Any:
        del argument
        return [list(c.state.notes), len(c.activation.queues)]

    async def _one(
        self, w: FlowWorkflow, handled: int
    ) -> runtime.Continue[int] | runtime.Break[int]:
        raced = await w.race("either", {"take": self._take, "limit": self._limit})
        if raced.winner == "limit":
            return runtime.Continue(handled)

        async def note(c: FlowContext) -> None:
            c.state.notes.append(str(raced.value))

        await w.step("note", note)
        handled += 1
        return (
            runtime.Break(handled) if handled == MESSAGES else runtime.Continue(handled)
        )

    async def _take(self, w: FlowWorkflow) -> Any:
        return (await w.queues.jobs.next("wait")).body

    async def _limit(self, w: FlowWorkflow) -> Any:
        await w.sleep("limit", LIMIT_S)


async def _send(world: World, rng: random.Random) -> None:
    for number in range(MESSAGES):
        await world.skip(seconds=rng.choice([0, LIMIT_S, rng.random() * 3]))
        message = QueueMessage(name="jobs", body=number, key=f"{number}")
        while True:
            with suppress(UnknownOutcomeError, ActorError):
                await world.transport.send(TARGET, message)
                break
            await world.skip(seconds=0.5)


async def _crash(world: World, rng: random.Random) -> None:
    for _ in range(rng.randrange(6)):
        await world.skip(seconds=rng.choice([0.01, LIMIT_S, 2 * rng.random()]))
        world.crash()
        world.process.run(world.host.start)


async def _tell(time: VirtualTime, seed: int) -> None:
    rng = random.Random(seed)

    async def disk(batch: Batch) -> None:
        del batch
        await asyncio.sleep(rng.choice([0, 0.001, 0.01, LIMIT_S / 2]))

    world = World([Limited], time, commit_gate=disk)
    world.process.run(world.host.start)
    await asyncio.gather(_send(world, rng), _crash(world, rng))
    await world.skip(hours=1)
    look = ActionCall(name="look", args=[], retryable=True)
    found: Any = await world.transport.action(TARGET, look)
    notes, queued = found
    assert sorted(notes) == [str(number) for number in range(MESSAGES)]
    assert queued == 0
    await world.stop()


@pytest.mark.parametrize("seed", range(60))
def test_each_message_is_handled_once(seed: int) -> None:
    async def main(time: VirtualTime) -> None:
        await _tell(time, seed)

    run(main, seed=seed, start_ms=START_MS)
