"""Random workflows, interrupted at random moments, do what they would have done.

A seed makes a program of steps that fail a few times, sleeps, messages, loops, joins,
races and blocks, and decides when the process dies or restarts. After each of these the
journal is read from what is stored.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

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
from workflow_world import FlowBase, FlowContext, FlowWorkflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_runtime.core.ports import Batch

TARGET: Final = KeyTarget(name="flow", key=("a",), create=True)
LONG_S: Final = 10**7


@dataclass(frozen=True)
class Step:
    """Notes its path, after it has failed a few times."""

    failures: int


@dataclass(frozen=True)
class Doomed:
    """A step that fails for good, which is caught."""


@dataclass(frozen=True)
class Sleep:
    """Waits."""

    seconds: float


@dataclass(frozen=True)
class Receive:
    """Waits for a message."""


@dataclass(frozen=True)
class Loop:
    """Does the same a few times."""

    times: int
    body: Block


@dataclass(frozen=True)
class Join:
    """Does several things at the same time."""

    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Race:
    """Does something while another branch has begun something that it cannot win."""

    winner: Block
    loser: Block


@dataclass(frozen=True)
class Attempt:
    """Does something in a scope of its own."""

    body: Block


Operation: TypeAlias = "Step | Doomed | Sleep | Receive | Loop | Join | Race | Attempt"
Block: TypeAlias = "tuple[Operation, ...]"


def block(rng: random.Random, depth: int) -> Block:
    """A random program."""
    return tuple(operation(rng, depth) for _ in range(rng.randint(1, 3)))


def operation(rng: random.Random, depth: int) -> Operation:
    """A random operation; deeper inside it is a simple one."""
    simple: list[Operation] = [
        Step(rng.choice([0, 0, 0, 1, 2])),
        Doomed(),
        Sleep(rng.choice([0, 0.01, 3, 60])),
        Receive(),
    ]
    if depth == 0 or rng.random() < 0.5:
        return rng.choice(simple)
    inside = partial(block, rng, depth - 1)
    match rng.randrange(4):
        case 0:
            return Loop(rng.randint(1, 4), inside())
        case 1:
            return Join(tuple(inside() for _ in range(rng.randint(1, 3))))
        case 2:
            return Race(inside(), (*inside(), Sleep(LONG_S)))
        case _:
            return Attempt(inside())


def expected_notes(program: Block, path: str = "") -> Iterator[str]:
    """What a program notes; what the loser of a race notes may be there or not."""
    for number, each in enumerate(program):
        here = f"{path}/{number}"
        match each:
            case Step():
                yield here
            case Loop(times, body):
                for iteration in range(times):
                    yield from expected_notes(body, f"{here}~{iteration}")
            case Join(branches):
                for index, branch in enumerate(branches):
                    yield from expected_notes(branch, f"{here}.{index}")
            case Race(winner, _):
                yield from expected_notes(winner, f"{here}.winner")
            case Attempt(body):
                yield from expected_notes(body, here)
            case _:
                pass


def messages_of(program: Block) -> int:
    """How many messages a program waits for at most."""
    total = 0
    for each in program:
        match each:
            case Receive():
                total += 1
            case Loop(times, body):
                total += times * messages_of(body)
            case Join(branches):
                total += sum(map(messages_of, branches))
            case Race(winner, loser):
                total += messages_of(winner) + messages_of(loser)
            case Attempt(body):
                total += messages_of(body)
            case _:
                pass
    return total


class Programmed(FlowBase):
    """Runs a program; ``tries`` outlives the process."""

    program: Block
    tries: dict[str, int]

    async def run(self, w: FlowWorkflow) -> None:
        await self._block(self.program, "", w)

    async def look(self, c: FlowContext, argument: Any) -> Any:
        del argument
        return list(c.state.notes)

    async def _block(self, program: Block, path: str, w: FlowWorkflow) -> str:
        for number, each in enumerate(program):
            await self._operation(each, f"{path}/{number}", w)
        return path

    async def _operation(self, each: Operation, here: str, w: FlowWorkflow) -> None:
        name = here.rpartition("/")[2]
        match each:
            case Step(failures):
                options = runtime.StepOptions(max_retries=99)
                await w.step(name, partial(self._note, here, failures), options=options)
            case Doomed():
                outcome = await w.try_step(name, self._fail)
                assert isinstance(outcome, runtime.Failed)
            case Sleep(seconds):
                await w.sleep(name, seconds)
            case Receive():
                await w.queues.jobs.next(name)
            case Loop():
                await w.loop(name, partial(self._iterate, each, here), state=0)
            case Join(branches):
                bodies = {
                    f"{index}": partial(self._block, branch, f"{here}.{index}")
                    for index, branch in enumerate(branches)
                }
                results = await w.join(name, bodies)
                assert results == {key: f"{here}.{key}" for key in bodies}
            case Race(winner, loser):
                raced = await w.race(
                    name,
                    {
                        "winner": partial(self._block, winner, f"{here}.winner"),
                        "loser": partial(self._block, loser, f"{here}.loser"),
                    },
                )
                assert raced == runtime.Raced("winner", f"{here}.winner")
            case Attempt(body):
                await w.attempt(name, partial(self._block, body, here))

    async def _iterate(
        self, loop: Loop, here: str, w: FlowWorkflow, iteration: int
    ) -> runtime.Continue[int] | runtime.Break[None]:
        if iteration == loop.times:
            return runtime.Break(None)
        await self._block(loop.body, f"{here}~{iteration}", w)
        return runtime.Continue(iteration + 1)

    async def _note(self, here: str, failures: int, c: FlowContext) -> None:
        self.tries[here] = self.tries.get(here, 0) + 1
        await asyncio.sleep(0)
        if self.tries[here] <= failures:
            message = "not yet"
            raise ValueError(message)
        c.state.notes.append(here)

    async def _fail(self, c: FlowContext) -> None:
        del c
        message = "never"
        raise runtime.CriticalError(message)


@dataclass
class Disk:
    """Takes its time for each commit."""

    rng: random.Random

    async def __call__(self, batch: Batch) -> None:
        """Let one batch become durable."""
        del batch
        await asyncio.sleep(self.rng.choice([0, 0, 0.001, 0.05]))


async def _check_journal(world: World, time: VirtualTime) -> WorkflowState:
    record = await world.store.find("default", "flow", ("a",))
    if record is None:
        return WorkflowState.PENDING
    values = await world.store.values(record.actor_id, frozenset({Area.JOURNAL}))
    journal = Journal(record.actor_id, time, Watchers())
    journal.load({key: row for (_, key), row in values.items()})
    for entry in journal:
        assert "?" not in journal.path_of(entry.location)
    return journal.state


async def _interrupt(world: World, rng: random.Random, time: VirtualTime) -> None:
    """Let the process die or restart, again and again."""
    for _ in range(rng.randrange(12)):
        await world.skip(seconds=rng.choice([0.001, 0.02, 0.3, 5, 40]) * rng.random())
        if rng.random() < 0.7:
            world.crash()
        else:
            await world.restart()
        world.process.run(world.host.start)
        await _check_journal(world, time)


async def _send(world: World, rng: random.Random, count: int) -> None:
    for number in range(count):
        await world.skip(seconds=rng.choice([0, 0, 1, 30]))
        message = QueueMessage(name="jobs", body=number, key=f"{number}")
        while True:
            with suppress(UnknownOutcomeError, ActorError):
                await world.transport.send(TARGET, message)
                break
            await world.skip(seconds=0.5)


async def _tell(time: VirtualTime, seed: int) -> None:
    rng = random.Random(seed)
    program = block(rng, 3)
    kind = type("ProgrammedHere", (Programmed,), {"program": program, "tries": {}})
    world = World([kind], time, commit_gate=Disk(rng))
    world.process.run(world.host.start)
    look = ActionCall(name="look", args=[], retryable=True)
    await world.transport.action(TARGET, look)
    await asyncio.gather(
        _interrupt(world, rng, time), _send(world, rng, messages_of(program))
    )
    await world.skip(days=1)
    notes: Any = await world.transport.action(TARGET, look)
    state = await _check_journal(world, time)
    kept = [note for note in notes if ".loser" not in note]
    assert sorted(kept) == sorted(expected_notes(program)), program
    assert state is WorkflowState.COMPLETED, program
    await world.stop()


# In the last ones an idle timer was set again and again, for less than the clock can
# tell: time stood still.
SEEDS: Final = (*range(150), 239, 412, 1377, 1951)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_workflow_does_the_same_with_and_without_interruptions(
    seed: int,
) -> None:
    async def main(time: VirtualTime) -> None:
        await _tell(time, seed)

    run(main, seed=seed, start_ms=START_MS)
