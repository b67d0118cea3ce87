"""Crowds that get or create one actor while it sleeps and is destroyed."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core_actors import LabBase, LabContext
from rivetgen_client.transport import ActionCall, KeyTarget
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.virtual_time import run

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch

__all__ = ["Presence", "rage"]

KEY: Final = "a"
TARGET: Final = KeyTarget(name="lab", key=(KEY,), create=True)
CROWD: Final = 60
CALLS: Final = 5
DISTURBANCES: Final = 12
LONGEST_COMMIT_S: Final = 0.05


@dataclass
class Presence:
    """Who was alive, seen from inside the actors.

    Attributes:
        created: How often ``on_create`` ran, by actor id.
        alive: Instances that have started and not ended, by actor id.
        crowded: What was alive at moments when more than one instance was.
        answers: How many calls were answered.
    """

    created: Counter[str] = field(default_factory=Counter[str])
    alive: Counter[str] = field(default_factory=Counter[str])
    crowded: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    answers: int = 0

    def enter(self, actor_id: str) -> None:
        """An instance has started."""
        self.alive[actor_id] += 1
        if self.alive.total() > 1:
            self.crowded.append(dict(self.alive))

    def leave(self, actor_id: str) -> None:
        """An instance has ended."""
        self.alive[actor_id] -= 1


def rage(seed: int) -> Presence:
    """Run one storm; equal seeds make equal storms."""
    return run(_rage, seed=seed, start_ms=START_MS, shuffle=True)


async def _rage(time: VirtualTime) -> Presence:
    presence = Presence()

    async def commit(batch: Batch) -> None:
        del batch
        await asyncio.sleep(time.random.random() * LONGEST_COMMIT_S)

    async with World([_observed(presence)], time, commit_gate=commit) as world:
        crowd = [_call_often(world, presence, time) for _ in range(CROWD)]
        await asyncio.gather(*crowd, _disturb(world, time))
    return presence


def _observed(presence: Presence) -> type[LabBase]:
    class Observed(LabBase):
        """Says when it comes and goes."""

        async def on_create(self, c: LabContext, input: None) -> None:  # noqa: A002
            del input
            presence.created[c.actor_id] += 1

        async def on_wake(self, c: LabContext) -> None:
            presence.enter(c.actor_id)

        async def on_sleep(self, c: LabContext) -> None:
            presence.leave(c.actor_id)

        async def on_destroy(self, c: LabContext) -> None:
            presence.leave(c.actor_id)

        async def work(self, c: LabContext, argument: Any) -> Any:
            del argument
            c.state.value += 1
            return c.state.value

    return Observed


async def _call_often(world: World, presence: Presence, time: VirtualTime) -> None:
    for _ in range(CALLS):
        await asyncio.sleep(time.random.random())
        await world.transport.action(TARGET, ActionCall(name="work", args=[]))
        presence.answers += 1


async def _disturb(world: World, time: VirtualTime) -> None:
    for _ in range(DISTURBANCES):
        await asyncio.sleep(time.random.random() * 0.4)
        end = time.random.choice((world.host.sleep, world.host.destroy))
        record = await world.process.call(lambda: world.host.find("lab", (KEY,)))
        if record is not None:
            actor_id = record.actor_id
            await world.process.call(lambda: end(actor_id))  # noqa: B023
