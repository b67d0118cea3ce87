"""Whatever a caller is doing, it may give up at every one of its steps (catalogue B5).

A script is run once for each step of it, and cancelled there. Nothing is left behind:
no connection, task or lock, and nothing that keeps the actor awake.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as _runtime
from core_world import FakeClient, World
from limit_actors import Limited, LimitedContext
from rivetgen_client.transport import (
    ActionCall,
    FetchCall,
    KeyTarget,
    NewActor,
    QueueMessage,
)
from rivetgen_client.wire.messages import ActionRequest
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime import ActorOptions, Request, Response
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core_actors import LabContext

    Script = Callable[[World], Awaitable[object]]

FEWEST_STEPS, MOST_STEPS = 8, 400
TARGET = KeyTarget(name="lab", key=("a",), create=True)
OTHER = KeyTarget(name="lab", key=("b",), create=True)


class Busy(Limited):
    """Takes several steps for everything; counts what it has finished."""

    definition = replace(Limited.definition, options=ActorOptions(sleep_timeout_s=10.0))

    async def on_wake(self, c: LabContext) -> None:
        await steps()
        c.state.notes.append("wake")

    async def work(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        await steps()
        await c.kv.put("entry", str(argument))
        c.state.value += 1
        c.events.happened(argument)
        await steps()
        return c.state.value

    async def other(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        if c.fire is not None:
            return None
        match argument:
            case "schedule":
                await c.schedule.after(timedelta(seconds=1), "other", None)
            case "sql":
                await c.db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
                async with c.db.transaction() as transaction:
                    await transaction.execute("INSERT INTO t VALUES (1)")
                    await steps()
            case "tell":
                await c.transport.action(OTHER, ActionCall(name="work", args=[1]))
            case "background":
                c.wait_until(steps())
                await c.keep_awake(steps())
            case "save":
                c.state.value += 1
                await c.save_state()
            case _:
                await steps()
        return None

    async def look(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
        del argument
        return [len(c.conns), c.state.value]

    async def on_request(self, c: LimitedContext, request: Request) -> Response:  # type: ignore[override] # as generated
        del c
        await steps()
        return Response(await request.body())

    async def on_web_socket(self, c: LabContext, socket: _runtime.WebSocket) -> None:
        del c
        await steps()
        async for message in socket.messages():
            socket.send(message.data)


async def steps() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def action(name: str, *args: Any) -> ActionCall:
    return ActionCall(name=name, args=list(args))


def acting(what: str) -> Script:
    async def act(world: World) -> object:
        return await world.call("other", what)

    return act


async def call(world: World) -> object:
    return await world.call("work", 1)


async def call_from_an_actor(world: World) -> object:
    return await world.host.transport.action(TARGET, action("work", 1))


async def use_a_connection(world: World) -> object:
    record, client = await world.locate(), FakeClient()
    port = await world.host.open_connection(record, client)
    try:
        port.receive(ActionRequest(1, "work", [1]))
        while not client.outputs:  # noqa: ASYNC110 - steps are what is counted here
            await asyncio.sleep(0)
    finally:
        port.detach()
    return client.outputs


async def use_a_channel(world: World) -> object:
    channel = await world.host.transport.connect(TARGET, UNDEFINED)
    try:
        await channel.send(ActionRequest(1, "work", [1]))
        return [await channel.receive() for _ in range(2)]
    finally:
        await channel.aclose(1000, "")


async def fetch(world: World) -> object:
    request = FetchCall(method="POST", path="/", body=b"x")
    answer = await world.host.transport.fetch(TARGET, request)
    try:
        return [chunk async for chunk in answer.chunks()]
    finally:
        await answer.aclose()


async def use_a_raw_socket(world: World) -> object:
    channel = await world.host.transport.web_socket(TARGET, "/", UNDEFINED)
    try:
        await channel.send("hello")
        return await channel.receive()
    finally:
        await channel.aclose(1000, "")


async def send(world: World) -> object:
    message = QueueMessage(name="kept", body="x", key="same")
    return await world.host.transport.send(TARGET, message)


async def send_and_wait(world: World) -> object:
    message = QueueMessage(name="kept", body="x", key="same", waits=True, wait_s=0.0)
    return await world.host.transport.send(TARGET, message)


async def create(world: World) -> object:
    actor = NewActor(name="lab", key=("c",), input=UNDEFINED)
    return await world.host.transport.create(actor)


async def sleep_and_wake(world: World) -> object:
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    return await world.call("work", 1)


async def destroy(world: World) -> object:
    record = await world.locate(key="d")
    await world.host.destroy(record.actor_id)
    return record


async def resolve(world: World) -> object:
    return await world.host.transport.resolve(TARGET)


SCRIPTS: dict[str, Script] = {
    **{
        script.__name__: script
        for script in (
            *(call, call_from_an_actor, use_a_connection, use_a_channel),
            *(fetch, use_a_raw_socket, send, send_and_wait),
            *(create, sleep_and_wake, destroy, resolve),
        )
    },
    **{
        what: acting(what)
        for what in ("schedule", "sql", "tell", "background", "save", "nothing")
    },
}
"""What callers do, by name."""


async def cancelled_at(script: Script, step: int) -> tuple[World, bool]:
    """Run a script up to a step; tells whether it had ended before."""
    world = World(type("BusyHere", (Busy,), {}))
    visitor = asyncio.ensure_future(script(world))
    for _ in range(step):
        await asyncio.sleep(0)
    has_ended = visitor.done()
    visitor.cancel()
    await asyncio.wait([visitor])
    if has_ended:
        visitor.result()
    await settle()
    return world, has_ended


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_may_be_given_up_at_every_step(name: str) -> None:
    for step in range(MOST_STEPS):
        tasks = asyncio.all_tasks()
        world, has_ended = await cancelled_at(SCRIPTS[name], step)
        _, before = await looked(world)
        assert await world.call("work", 2) == before + 1, f"step {step}"
        assert (await looked(world))[0] == 1, f"step {step}: a connection is left"
        await world.clock.advance(11)
        assert not world.host.awake_counts().actors, f"step {step}: it is awake"
        await world.host.stop()
        await settle()
        left = asyncio.all_tasks() - tasks
        assert not left, f"step {step}: {left}"
        if has_ended:
            assert step > FEWEST_STEPS
            return
    message = f"{name} takes more than {MOST_STEPS} steps"
    raise AssertionError(message)


async def looked(world: World) -> tuple[int, int]:
    """Connections of the actor, this look included, and its value."""
    found: Any = await world.call("look")
    connections, value = found
    return connections, value


async def test_work_that_is_given_up_before_it_began_keeps_nobody_awake() -> None:
    class Hasty(Busy):
        async def other(self, c: LimitedContext, argument: Any) -> Any:  # type: ignore[override] # as generated
            del argument
            c.keep_awake(steps()).cancel()

    world = World(Hasty)
    await world.call("other")
    await world.clock.advance(11)
    assert not world.host.awake_counts().actors
