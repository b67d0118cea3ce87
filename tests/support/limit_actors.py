"""An actor that does as much of something as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import rivetgen_runtime as _runtime
from core_actors import LabBase, LabContext, LabState
from queue_world import KEPT, KeptDelivery
from rivetgen_client.types import dump
from rivetgen_client.wire import cbor
from rivetgen_runtime import Request, Response
from rivetgen_runtime.core.snapshots import Snapshot
from rivetgen_runtime.errors import CodedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROWS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) "
    "SELECT i FROM n"
)
BATCH = 8
"""Values that make up a large batch together."""


class LimitedQueues(_runtime.Queues[KeptDelivery, str]):
    """Queues of the actor."""

    _kinds = (KeptDelivery,)


class LimitedContext(LabContext):
    """What a method of the actor works with."""

    @property
    def db(self) -> _runtime.Db:
        """The SQL database of the actor."""
        return self._database


class Limited(LabBase):
    """Does things of a size.

    Attributes:
        holding: Actions that wait until they are let go.
        go: Lets them go.
    """

    definition: ClassVar[_runtime.ActorDefinition] = replace(
        LabBase.definition,
        has_database=True,
        context=LimitedContext,
        queues={"kept": _runtime.QueueBinding(queue=KEPT)},
    )
    holding: int
    go: asyncio.Event

    async def work(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        """Do a deed of a size.

        Returns:
            ``done``, or the name of the error that it ended with.
        """
        deed, size = argument[:2]
        try:
            await DEEDS[deed](c, int(size))
        except CodedError as error:
            return error.body.name
        return "done"

    async def other(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        """Be called later."""

    async def look(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        """Wait until the test lets go."""
        del c, argument
        type(self).holding += 1
        await self.go.wait()
        return "done"

    async def later(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        """Answer with a text of so many characters, after a change of the state."""
        c.state.value += 1
        return "x" * int(argument)

    async def on_request(self, c: LimitedContext, request: Request) -> Response:  # type: ignore[override] # as generated
        """Read a body whole."""
        del c
        return Response.json(len(await request.body()))


async def keep_key(c: LimitedContext, size: int) -> None:
    """Store a value under a key that takes so many bytes, with the wire's prefix."""
    await c.kv.put("k" * (size - 1), "")


async def keep_value(c: LimitedContext, size: int) -> None:
    """Store a value of so many bytes."""
    await c.kv.put("k", "v" * size)


async def keep_many(c: LimitedContext, size: int) -> None:
    """Store so many values at once."""
    await c.kv.batch_put([(str(number), "") for number in range(size)])


async def keep_large(c: LimitedContext, size: int) -> None:
    """Store values of so many bytes in all, keys included, at once."""
    rest = size - BATCH  # keys of one byte
    share = rest // BATCH
    sizes = [share] * (BATCH - 1) + [rest - share * (BATCH - 1)]
    entries = [(str(number), "v" * length) for number, length in enumerate(sizes)]
    await c.kv.batch_put(entries)


async def grow_state(c: LimitedContext, size: int) -> None:
    """Make the values of the state take so many bytes."""
    near = size - 100
    empty = Snapshot.of(dump(LabState(notes=["x" * near])), 1).size - near
    c.state.notes = ["x" * (size - empty)]
    await c.save_state()


async def schedule_many(c: LimitedContext, size: int) -> None:
    """Schedule so many calls."""
    for _ in range(size):
        await c.schedule.after(timedelta(hours=1), "other", None)


async def name_schedule(c: LimitedContext, size: int) -> None:
    """Set a schedule with a name of so many bytes."""
    await c.cron.every("n" * size, timedelta(hours=1), action="other")


async def write_expression(c: LimitedContext, size: int) -> None:
    """Set a schedule whose expression is so long."""
    minutes, rest = "0", " 9 * * *"
    minutes += ",0" * ((size - len(minutes) - len(rest)) // 2)
    missing = size - len(minutes) - len(rest)
    await c.cron.set("job", minutes + " " * missing + rest, action="other")


async def repeat_every(c: LimitedContext, size: int) -> None:
    """Set a schedule that fires every so many milliseconds."""
    interval = timedelta(milliseconds=size)
    await c.cron.every("job", interval, action="other")


async def keep_history(c: LimitedContext, size: int) -> None:
    """Set a schedule that keeps so many runs."""
    hour = timedelta(hours=1)
    await c.cron.every("job", hour, action="other", max_history=size)


async def schedule_arguments(c: LimitedContext, size: int) -> None:
    """Schedule a call whose arguments take so many bytes."""
    near = size - 100
    empty = len(cbor.encode(["x" * near])) - near
    await c.schedule.after(timedelta(hours=1), "other", "x" * (size - empty))


async def select_rows(c: LimitedContext, size: int) -> None:
    """Read so many rows."""
    await c.db.execute(ROWS, size)


async def select_bytes(c: LimitedContext, size: int) -> None:
    """Read so many bytes in rows that are small enough."""
    half = size // 2
    await c.db.execute("SELECT ? UNION ALL SELECT ?", "a" * half, "b" * (size - half))


async def select_value(c: LimitedContext, size: int) -> None:
    """Read one value of so many bytes."""
    await c.db.execute("SELECT length(?)", b"v" * size)


async def run_statement(c: LimitedContext, size: int) -> None:
    """Run a statement that is so long."""
    await c.db.execute("SELECT 1".ljust(size))


DEEDS: dict[str, Callable[[LimitedContext, int], Awaitable[None]]] = {
    deed.__name__: deed
    for deed in (
        *(keep_key, keep_value, keep_many, keep_large, grow_state),
        *(schedule_many, name_schedule, write_expression, repeat_every),
        *(keep_history, schedule_arguments),
        *(select_rows, select_bytes, select_value, run_statement),
    )
}
"""What ``work`` can do, by name."""


def new_limited(options: _runtime.ActorOptions) -> type[Limited]:
    """A class of one test's own."""
    definition = replace(Limited.definition, options=options)
    members = {"definition": definition, "holding": 0, "go": asyncio.Event()}
    return type("LimitedHere", (Limited,), members)
