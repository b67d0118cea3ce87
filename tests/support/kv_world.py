"""An actor that runs what a test gives it, to use its KV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from core_actors import LabBase, LabContext
from core_world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Script: TypeAlias = "Callable[[LabContext], Awaitable[object]]"


class Lab(LabBase):
    """Every action puts, reads or lists what its argument says."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        key, value = argument
        await c.kv.put(key, value)
        c.state.value += 1
        c.events.happened(key)

    async def later(self, c: LabContext, argument: Any) -> Any:
        await c.kv.put(*argument)

    async def look(self, c: LabContext, argument: Any) -> Any:
        return await c.kv.get(argument)


class ScriptedWorld(World):
    """A world whose actor runs what each test gives it."""

    def __init__(self, **options: Any) -> None:
        self.script: Script = do_nothing
        self.failure: Exception | None = None
        world = self

        class Scripted(Lab):
            async def other(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
                try:
                    await world.script(c)
                except Exception as error:  # noqa: BLE001 - raised by run
                    world.failure = error

        super().__init__(Scripted, **options)


async def do_nothing(_: LabContext) -> None:
    """Do nothing."""


async def run(world: ScriptedWorld, script: Script) -> None:
    """Run a script as an action of the actor, in one turn; what it raises is raised."""
    world.script, world.failure = script, None
    await world.call("other")
    if world.failure is not None:
        raise world.failure
