"""Guards of events: who may subscribe."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from core_actors import LabBase, LabConnectionState, LabContext, LabParams
from core_world import FakeClient, World
from rivetgen_client.wire.messages import ActionRequest, SubscriptionRequest
from rivetgen_runtime.errors import ForbiddenError, UserError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle


class Guarded(LabBase):
    """Lets ``ann`` subscribe to ``happened``; everyone to everything else."""

    definition = replace(
        LabBase.definition,
        conn_params=LabParams,
        conn_state=LabConnectionState,
        subscription_guards={"happened": "can_subscribe_happened"},
    )

    async def create_conn_state(
        self,
        c: LabContext,  # noqa: ARG002
        params: LabParams,
    ) -> LabConnectionState:
        return LabConnectionState(user=params.badge)

    async def can_subscribe_happened(self, c: LabContext) -> Any:
        c.state.notes.append(c.conn.state.user)
        badge = c.conn.params.badge
        match badge:
            case "rude":
                raise UserError("not you", code="rude")
            case "late":
                await asyncio.Event().wait()
            case "broken":
                raise KeyError("secret")
            case "banned":
                raise ForbiddenError
            case _:
                pass
        return "yes" if badge == "vague" else badge == "ann"

    async def work(self, c: LabContext, argument: Any) -> Any:
        c.events.happened(argument)

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.notes


async def connected(world: World, badge: str) -> FakeClient:
    return await world.connect(params={"badge": badge})


async def test_who_may_subscribe_receives_events() -> None:
    world = World(Guarded)
    client = await connected(world, "ann")
    await client.subscribe("happened")
    await client.request(1, "work", "hello")
    assert client.events == [["hello"]]


@pytest.mark.parametrize(
    ("badge", "reason"),
    [
        ("bob", "auth.forbidden"),
        ("banned", "auth.forbidden"),
        ("rude", "user.rude"),
        ("broken", "rivetkit.internal_error"),
        ("vague", "rivetkit.internal_error"),
    ],
)
async def test_who_may_not_is_closed_and_others_go_on(badge: str, reason: str) -> None:
    world = World(Guarded)
    welcome, client = await connected(world, "ann"), await connected(world, badge)
    await welcome.subscribe("happened")
    await client.subscribe("happened")
    assert client.received[1:] == [(1011, reason)]
    await world.call("work", "hello", params={"badge": "web"})
    assert welcome.events == [["hello"]]
    assert welcome.close_frame is None


async def test_a_guard_has_a_time_limit() -> None:
    options = ActorOptions(on_before_connect_timeout_s=2.0)
    definition = replace(Guarded.definition, options=options)
    world = World(type("Here", (Guarded,), {"definition": definition}))
    client = await connected(world, "late")
    await client.subscribe("happened")
    await world.clock.advance(1.9)
    assert client.close_frame is None
    await world.clock.advance(0.1)
    assert client.close_frame == (1011, "actor.callback_timed_out")


async def test_other_events_and_unsubscriptions_ask_nobody() -> None:
    world = World(Guarded)
    client = await connected(world, "bob")
    await client.subscribe("something else")
    await client.subscribe("happened", subscribe=False)
    assert client.close_frame is None
    assert await world.call("look", params={"badge": "web"}) == []


async def test_a_subscription_that_is_there_is_not_asked_about_again() -> None:
    world = World(Guarded)
    client = await connected(world, "ann")
    await client.subscribe("happened")
    await client.subscribe("happened")
    assert await world.call("look", params={"badge": "web"}) == ["ann"]
    await client.subscribe("happened", subscribe=False)
    await client.subscribe("happened")
    assert await world.call("look", params={"badge": "web"}) == ["ann", "ann"]


async def test_what_follows_a_subscription_waits_for_its_guard() -> None:
    """P4: the event of an action that was sent after the subscription arrives."""
    go = asyncio.Event()

    class Slow(Guarded):
        async def can_subscribe_happened(self, c: LabContext) -> bool:  # noqa: ARG002
            await go.wait()
            return True

    world = World(Slow)
    client = await connected(world, "ann")
    assert client.port is not None
    client.port.receive(SubscriptionRequest("happened", subscribe=True))
    client.port.receive(ActionRequest(1, "work", ["hello"]))
    client.port.receive(ActionRequest(2, "work", ["again"]))
    await settle()
    assert client.outputs == {}
    go.set()
    await settle()
    assert client.events == [["hello"], ["again"]]
    assert set(client.outputs) == {1, 2}


async def test_what_a_guard_changes_is_saved() -> None:
    world = World(Guarded)
    client = await connected(world, "ann")
    await client.subscribe("happened")
    world.kill()
    assert await world.call("look", params={"badge": "web"}) == ["ann"]


async def test_a_client_may_leave_while_its_guard_decides() -> None:
    world = World(Guarded)
    client = await connected(world, "late")
    await client.subscribe("happened")
    await client.leave()
    await world.clock.advance(5)
    assert len(client.received) == 1


async def test_a_guard_that_sleep_interrupts_is_asked_again_after_it() -> None:
    class Slow(Guarded):
        definition = replace(
            Guarded.definition, options=ActorOptions(sleep_grace_period_s=1.0)
        )

        async def can_subscribe_happened(self, c: LabContext) -> bool:
            if c.generation == 1:
                await asyncio.Event().wait()
            return True

    world = World(Slow)
    client = await connected(world, "ann")
    await client.subscribe("happened")
    record = await world.locate()
    going = asyncio.create_task(world.host.sleep(record.actor_id))
    await world.clock.advance(2)
    await going
    await client.request(1, "work", "hello")
    assert client.events == [["hello"]]


async def test_a_subscription_outlives_a_sleep_without_asking_again() -> None:
    world = World(Guarded)
    client = await connected(world, "ann")
    await client.subscribe("happened")
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    await client.request(1, "work", "hello")
    assert client.events == [["hello"]]
    assert await world.call("look", params={"badge": "web"}) == ["ann"]
