"""Callers that give up at any moment leave nothing behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import (
    LabBase,
    LabConnection,
    LabConnectionState,
    LabContext,
    LabParams,
)
from core_world import FakeClient, World
from rivetgen_client.transport import ActionCall, KeyTarget
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BADGE = {"badge": "b"}
STEPS = 40


class Stepping(LabBase):
    """Every hook and action takes a few turns of the loop."""

    definition = replace(
        LabBase.definition,
        conn_params=LabParams,
        conn_state=LabConnectionState,
        options=ActorOptions(sleep_timeout_s=10.0),
    )
    slept: int = 0

    async def on_wake(self, c: LabContext) -> None:  # noqa: ARG002
        await steps()

    async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
        type(self).slept += 1

    async def on_before_connect(self, c: LabContext, params: LabParams) -> None:  # noqa: ARG002
        await steps()

    async def create_conn_state(
        self, c: LabContext, params: LabParams
    ) -> LabConnectionState:
        await steps()
        return LabConnectionState(user=f"{params.badge} {len(c.conns)}")

    async def on_connect(self, c: LabContext, conn: LabConnection) -> None:
        await steps()
        c.state.notes.append(conn.id)

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:
        await steps()
        c.state.notes.remove(conn.id)

    async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        await steps()
        c.state.value += 1
        await steps()
        return c.state.value

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [len(c.conns), len(c.state.notes)]


async def steps() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def call(world: World) -> None:
    await world.call("work", params=BADGE)


async def connect(world: World) -> None:
    record, client = await world.locate(), FakeClient()
    port = await world.host.open_connection(record, client, params=BADGE)
    port.detach()


async def transport_call(world: World) -> None:
    target = KeyTarget(name="lab", key=("a",), create=True)
    request = ActionCall(name="work", args=[], params=BADGE)
    await world.host.transport.action(target, request)


@pytest.mark.parametrize("moment", range(STEPS))
@pytest.mark.parametrize("visit", [call, connect, transport_call])
async def test_giving_up_at_any_moment_leaves_nothing_behind(
    visit: Callable[[World], Awaitable[None]], moment: int
) -> None:
    actor: Any = type("SteppingHere", (Stepping,), {"slept": 0})
    world = World(actor)
    visitor = asyncio.ensure_future(visit(world))
    for _ in range(moment):
        await asyncio.sleep(0)
    visitor.cancel()
    await asyncio.wait([visitor])
    await settle()
    # Only the connection that looks is there, and only its note.
    assert await world.call("look", params=BADGE) == [1, 1]
    await settle()
    await world.clock.advance(10)
    assert actor.slept == 1
