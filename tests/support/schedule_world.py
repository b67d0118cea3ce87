"""An actor whose scheduled actions note when they run, and for what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_runtime.core.schedule_infos import Fire

Script: TypeAlias = "Callable[[LabContext], Awaitable[object]]"

START_MS = 1_700_000_000_000


class Note(NamedTuple):
    """One run of a scheduled action; times are seconds after the start of the test."""

    argument: Any
    scheduled_s: float
    fired_s: float


class Lab(LabBase):
    """``work`` runs a script of the test; ``other`` is what is scheduled."""

    world: ScheduleWorld

    async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        try:
            await self.world.script(c)
        except Exception as error:  # noqa: BLE001 - raised by run
            self.world.failure = error

    async def other(self, c: LabContext, argument: Any) -> Any:
        assert c.fire is not None
        self.world.fires.append(c.fire)
        c.state.notes.append(str(argument))
        await self.world.during(c)

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.notes


class ScheduleWorld(World):
    """A world with one actor, whose alarms are on.

    Attributes:
        script: What ``work`` does.
        during: What ``other`` does besides taking a note.
        fires: Why ``other`` ran, each time.
    """

    def __init__(self, actor: type[LabBase] = Lab, **options: Any) -> None:
        self.script: Script = do_nothing
        self.during: Script = do_nothing
        self.failure: Exception | None = None
        self.fires: list[Fire] = []
        super().__init__(type("Scheduled", (actor,), {"world": self}), **options)
        self.host.start()

    async def run(self, script: Script) -> None:
        """Run a script as an action of the actor; what it raises is raised."""
        self.script, self.failure = script, None
        await self.call("work")
        await settle()
        if self.failure is not None:
            raise self.failure

    async def sleep(self) -> None:
        """Send the actor to sleep."""
        await self.host.sleep((await self.locate()).actor_id)

    def restart(self) -> None:
        """Kill the process and start another one."""
        self.kill()
        self.host.start()

    @property
    def runs(self) -> list[tuple[float, float]]:
        """For when and when each run began, in seconds after the start."""
        return [(seconds(f.scheduled_at), seconds(f.fired_at)) for f in self.fires]


async def do_nothing(_: LabContext) -> None:
    """Do nothing."""


def seconds(moment: datetime) -> float:
    """Seconds after the start of the test."""
    return (moment - at(0)).total_seconds()


def at(second: float) -> datetime:
    """A moment so many seconds after the start of the test."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=START_MS)
    return start + timedelta(seconds=second)
