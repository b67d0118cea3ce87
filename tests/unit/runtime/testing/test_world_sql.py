"""SQL databases in a test world survive its crashes as far as they were committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core_world import World as Targets
from rivetgen_runtime.testing.world import World, virtual_time
from sql_world import TABLE, SqlLabBase

if TYPE_CHECKING:
    from rivetgen_runtime.testing.virtual_time import VirtualTime


class Notes(SqlLabBase):
    """Writes a note, in a transaction or outside of one."""

    async def work(self, c: Any, argument: Any) -> Any:
        await c.db.execute(TABLE)
        await c.db.execute("INSERT INTO notes (text) VALUES (?)", argument)
        return await c.db.execute("SELECT text FROM notes ORDER BY id")


async def call(world: World, argument: str) -> Any:
    async def work() -> Any:
        record = await world.host.locate(Targets().target())
        return await world.host.call_action(record, "work", [argument])

    return await world.process.call(work)


@virtual_time
async def test_rows_survive_a_crash(time: VirtualTime) -> None:
    async with World([Notes], time) as world:
        assert await call(world, "a") == [{"text": "a"}]
        world.crash()
        assert await call(world, "b") == [{"text": "a"}, {"text": "b"}]
        await world.restart()
        assert len(await call(world, "c")) == 3
