"""States of connections that calls hold while other turns end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from core_actors import (
    LabBase,
    LabConnectionState,
    LabContext,
    LabParams,
)
from core_world import World
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.testing.manual import settle

CONNECTIONS = frozenset({Area.CONNECTION})


class Room(LabBase):
    """Keeps a name per connection."""

    definition = replace(
        LabBase.definition, conn_params=LabParams, conn_state=LabConnectionState
    )

    async def create_conn_state(
        self,
        c: LabContext,  # noqa: ARG002
        params: LabParams,
    ) -> LabConnectionState:
        return LabConnectionState(user=params.badge)

    async def other(self, c: LabContext, argument: Any) -> Any:
        c.conn.state.user += argument


async def stored_records(world: World) -> list[bytes]:
    record = await world.locate()
    return list((await world.store.values(record.actor_id, CONNECTIONS)).values())


async def test_the_state_of_another_connection_is_saved_with_its_change() -> None:
    go = asyncio.Event()

    async def work(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        states = [conn.state for conn in c.conns.values()]
        await go.wait()
        for state in states:
            state.user = argument

    world = World(type("RoomHere", (Room,), {"work": work}))
    caller = await world.connect(params={"badge": "ann"})
    other = await world.connect(params={"badge": "bob"})
    await caller.request(1, "work", "new")
    await caller.request(2, "other", "!")  # its turn ends while the other call waits
    before = len(world.commits.batches)
    go.set()
    await settle()
    (batch,) = world.commits.batches[before:]
    assert len(batch.writes) == 2
    assert 1 in caller.outputs
    world.crash()
    await world.locate()
    records = await stored_records(world)
    assert [b"new" in record for record in records] == [True, True]
    assert other.close_frame is None


async def test_background_work_saves_the_connection_states_that_it_changes() -> None:
    go = asyncio.Event()

    async def work(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        async def rename() -> None:
            states = [conn.state for conn in c.conns.values()]
            await go.wait()
            for state in states:
                state.user = argument

        c.wait_until(rename())

    world = World(type("RoomHere", (Room,), {"work": work}))
    caller = await world.connect(params={"badge": "ann"})
    await world.connect(params={"badge": "bob"})
    await caller.request(1, "work", "new")
    await caller.request(2, "other", "!")
    go.set()
    await settle()
    records = await stored_records(world)
    assert [b"new" in record for record in records] == [True, True]
