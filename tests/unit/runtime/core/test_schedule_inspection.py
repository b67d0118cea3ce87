"""What tools see of schedules, and what happens when they delete one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_client.wire import cbor
from rivetgen_runtime.core.schedule_inspection import ScheduleInspection


class Busy(LabBase):
    """Calls itself later."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        await c.cron.every(
            "often", timedelta(seconds=10), action="other", args=[argument]
        )
        return await c.schedule.after(timedelta(hours=1), "other", argument)

    async def other(self, c: LabContext, argument: Any) -> Any:
        c.state.notes.append(str(argument))


async def inspected(world: World) -> ScheduleInspection:
    record = await world.locate()
    directory = world.host._directory  # pyright: ignore[reportPrivateUsage]
    activation = directory.running(record.actor_id)
    assert activation is not None
    return ScheduleInspection(activation)


async def test_schedules_are_listed_by_their_next_run() -> None:
    world = World(Busy)
    schedule_id = await world.call("work", 7)
    often, once = await (await inspected(world)).rows()
    assert (often["id"], often["kind"]) == ("cron:often", "every")
    assert (often["name"], often["intervalMs"]) == ("often", 10_000)
    assert cbor.decode(often["args"]) == [7]
    assert (once["id"], once["kind"]) == (schedule_id, "at")
    assert once["nextRunAt"] - world.clock.now_ms() == 3_600_000


async def test_past_runs_are_shown_newest_first() -> None:
    world = World(Busy)
    await world.call("work", 7)
    await world.clock.advance(25)
    schedules = await inspected(world)
    newest, oldest = await schedules.history("cron:often", limit=5)
    assert (newest["result"], oldest["result"]) == ("ok", "ok")
    assert newest["scheduledAt"] - oldest["scheduledAt"] == 10_000


async def test_a_deleted_schedule_is_durably_gone() -> None:
    world = World(Busy)
    schedule_id: Any = await world.call("work", 7)
    schedules = await inspected(world)
    assert await schedules.delete("cron:often")
    assert await schedules.delete(schedule_id)
    assert not await schedules.delete(schedule_id)
    world.kill()
    assert await (await inspected(world)).rows() == []
