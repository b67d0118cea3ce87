"""Whatever a client saw before a crash is there after it, at every moment."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase, LabContext
from core_world import CommitControl, FakeClient, World
from rivetgen_client.wire.messages import ActionRequest

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch

KEYS: tuple[str, ...] = ("a", "b")


class Counting(LabBase):
    """Counts in one step or in several, and tells everyone."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        for _ in range(argument or 1):
            c.state.value += 1
            c.events.happened(c.state.value)
            if argument:
                await asyncio.sleep(0)
        return c.state.value

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.value


class SlowCommits(CommitControl):
    """A disk that takes its time."""

    def __init__(self, chooser: random.Random) -> None:
        super().__init__()
        self._chooser = chooser

    async def __call__(self, batch: Batch) -> None:
        for _ in range(self._chooser.randrange(6)):
            await asyncio.sleep(0)
        await super().__call__(batch)


class Witness:
    """What clients were told, by the key of the actor."""

    def __init__(self, world: World, chooser: random.Random) -> None:
        self.world = world
        self.chooser = chooser
        self.acknowledged = dict.fromkeys(KEYS, 0)
        self.sockets: list[tuple[str, FakeClient]] = []

    async def connect(self, key: str) -> None:
        client = await self.world.connect(key=key)
        self.sockets.append((key, client))
        await client.subscribe("happened")
        assert client.port is not None
        for number in range(20):
            steps = self.chooser.choice((0, 0, 3))
            client.port.receive(ActionRequest(number, "work", [steps]))
            await asyncio.sleep(0)

    async def call(self) -> None:
        for _ in range(20):
            for _ in range(self.chooser.randrange(20)):
                await asyncio.sleep(0)
            key = self.chooser.choice(KEYS)
            value: Any = await self.world.call("work", key=key)
            self.acknowledged[key] = max(self.acknowledged[key], value)

    def most_seen(self, key: str) -> int:
        seen: list[Any] = [self.acknowledged[key]]
        for socket_key, client in self.sockets:
            if socket_key == key:
                seen += [args[0] for args in client.events]
                seen += client.outputs.values()
        return int(max(seen))


@pytest.mark.parametrize("seed", range(60))
async def test_what_a_client_saw_survives_a_crash(seed: int) -> None:
    chooser = random.Random(seed)
    world = World(Counting)
    world.commits = SlowCommits(chooser)
    world.store = world.store.fork(commit_gate=world.commits)
    world.crash()
    witness = Witness(world, chooser)
    tasks = [asyncio.create_task(witness.connect(key)) for key in KEYS * 2]
    tasks += [asyncio.create_task(witness.call()) for _ in range(3)]
    for _ in range(chooser.randrange(400)):
        await asyncio.sleep(0)
    world.kill()
    seen = {key: witness.most_seen(key) for key in KEYS}
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for key in KEYS:
        if seen[key]:
            stored: Any = await world.call("look", key=key)
            assert stored >= seen[key]
    for _, client in witness.sockets:
        numbers: list[Any] = [args[0] for args in client.events]
        assert numbers == sorted(set(numbers))
