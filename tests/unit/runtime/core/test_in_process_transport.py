"""Calls from actor to actor: the same as through a network, without one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from core_actors import LIMIT, Counter, LabBase, LabContext, LabCreateContext, LabState
from core_world import World
from rivetgen_client.errors import (
    ActionNotFoundError,
    ActionTimedOutError,
    ActorError,
    ActorNotFoundError,
    DeadlineExceededError,
    DuplicateKeyError,
    UnknownOutcomeError,
)
from rivetgen_client.transport import (
    ActionCall,
    Channel,
    ChannelClosedError,
    IdTarget,
    KeyTarget,
    NewActor,
    Transport,
)
from rivetgen_client.wire.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    Init,
    SubscriptionRequest,
)
from rivetgen_client.wire.values import UNDEFINED, BigInt
from rivetgen_runtime.core.unread import UNREAD_MESSAGES
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

COUNTER = KeyTarget(name="counter", key=("c",), create=True)


def get_lab(key: str = "a", *, create: bool = True) -> KeyTarget:
    return KeyTarget(name="lab", key=(key,), create=create)


def call(name: str, *args: Any, **facts: Any) -> ActionCall:
    return ActionCall(name=name, args=list(args), **facts)


class Echo(LabBase):
    """Returns or does what it is told."""

    definition = replace(LabBase.definition, options=ActorOptions(action_timeout_s=5.0))
    seen: list[Any]

    async def work(self, c: LabContext, argument: Any) -> Any:
        self.seen.append(argument)
        if argument == "wait":
            await asyncio.Event().wait()
        c.events.happened(argument)
        return argument


def echo_world() -> tuple[World, Any]:
    actor: Any = type("EchoHere", (Echo,), {"seen": []})
    return World(actor, Counter), actor


async def test_a_call_reaches_the_actor_and_its_output_comes_back() -> None:
    world = World(Counter)
    transport: Transport = world.host.transport
    assert await transport.action(COUNTER, call("increment", 3)) == 3
    assert await world.call("getCount", name="counter", key="c") == 3


async def test_values_are_never_shared() -> None:
    world, actor = echo_world()
    sent: list[Any] = [{"deep": [1]}]
    received: Any = await world.host.transport.action(get_lab(), call("work", sent))
    assert received == sent == actor.seen[0]
    assert received is not actor.seen[0]
    assert actor.seen[0] is not sent
    assert actor.seen[0][0]["deep"] is not sent[0]["deep"]


async def test_a_call_without_result_returns_undefined() -> None:
    world, _ = echo_world()
    assert await world.host.transport.action(get_lab(), call("other")) is None
    assert await world.host.transport.action(get_lab(), call("look")) is None


async def test_errors_arrive_as_the_errors_of_the_client() -> None:
    world = World(Counter)
    transport = world.host.transport
    actor_id = await transport.resolve(COUNTER)
    with pytest.raises(ActorError) as caught:
        await transport.action(COUNTER, call("increment", LIMIT + 1))
    assert caught.value.name == "user.overflow"
    assert caught.value.metadata == {"limit": LIMIT}
    assert caught.value.actor is not None
    assert caught.value.actor.actor_id == actor_id
    with pytest.raises(ActionNotFoundError):
        await transport.action(COUNTER, call("nope"))
    with pytest.raises(ActorNotFoundError):
        await transport.action(replace(COUNTER, create=False, key=("x",)), call("x"))
    with pytest.raises(ActorNotFoundError):
        await transport.action(IdTarget(name="counter", actor_id="x"), call("x"))


async def test_an_actor_is_reached_by_its_id() -> None:
    world = World(Counter)
    transport = world.host.transport
    await transport.action(COUNTER, call("increment", 3))
    target = IdTarget(name="counter", actor_id=await transport.resolve(COUNTER))
    assert await transport.resolve(target) == target.actor_id
    assert await transport.action(target, call("getCount")) == 3


async def test_creation_with_input_and_its_refusal() -> None:
    world = World(Counter)
    transport = world.host.transport
    new = NewActor(name="counter", key=("c",), input={"start": 5})
    actor_id = await transport.create(new)
    assert await transport.resolve(COUNTER) == actor_id
    assert await transport.action(COUNTER, call("getCount")) == 5
    with pytest.raises(DuplicateKeyError) as caught:
        await transport.create(new)
    assert caught.value.existing_actor_id == actor_id


async def test_resolving_may_create_or_fail() -> None:
    transport = World(Counter).host.transport
    with pytest.raises(ActorNotFoundError):
        await transport.resolve(replace(COUNTER, create=False))
    assert await transport.resolve(COUNTER)


async def test_the_limit_of_the_action_reaches_the_caller() -> None:
    world, _ = echo_world()
    task = asyncio.create_task(
        world.host.transport.action(get_lab(), call("work", "wait"))
    )
    await world.clock.advance(5)
    assert isinstance(task.exception(), ActionTimedOutError)


@pytest.mark.parametrize(
    ("retryable", "kind"), [(True, DeadlineExceededError), (False, UnknownOutcomeError)]
)
async def test_the_limit_of_the_caller_leaves_the_action_running(
    retryable: bool,
    kind: type[Exception],
) -> None:
    world, actor = echo_world()
    request = call("work", "wait", timeout_s=1.0, retryable=retryable)
    task = asyncio.create_task(world.host.transport.action(get_lab(), request))
    await world.clock.advance(1)
    assert isinstance(task.exception(), kind)
    assert actor.seen == ["wait"]
    await world.clock.advance(4)


async def test_a_caller_that_is_cancelled_leaves_the_action_running() -> None:
    go = asyncio.Event()

    class Slow(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            await go.wait()
            c.state.value = argument

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    world = World(Slow)
    task = asyncio.create_task(world.host.transport.action(get_lab(), call("work", 7)))
    await settle()
    task.cancel()
    await settle()
    go.set()
    await settle()
    assert await world.call("look") == 7


# From inside actors


class Caller(LabBase):
    """Calls the counter, itself, or whatever its argument says."""

    definition = replace(LabBase.definition, options=ActorOptions(action_timeout_s=5.0))

    async def create_state(self, c: LabCreateContext, input: Any) -> LabState:  # noqa: A002, ARG002
        value: Any = await c.transport.action(COUNTER, call("increment", 1))
        return LabState(value=value)

    async def work(self, c: LabContext, argument: Any) -> Any:
        return await c.transport.action(COUNTER, call("increment", argument))

    async def other(self, c: LabContext, argument: Any) -> Any:
        if argument == 0:
            return c.state.value
        return await c.transport.action(get_lab(), call("other", argument - 1))


async def test_an_actor_calls_another_one() -> None:
    world = World(Caller, Counter)
    assert await world.call("work", 4) == 5
    assert await world.call("getCount", name="counter", key="c") == 5


async def test_an_actor_may_call_itself() -> None:
    assert await World(Caller, Counter).call("other", 10) == 1


async def test_an_error_that_escapes_keeps_saying_where_it_came_from() -> None:
    world = World(Caller, Counter)
    counter = await world.locate("counter", "c")
    with pytest.raises(RequestError) as caught:
        await world.call("work", LIMIT + 1)
    assert caught.value.body.name == "user.overflow"
    assert caught.value.body.metadata == {"limit": LIMIT}
    assert caught.value.actor is not None
    assert caught.value.actor.actor_id == counter.actor_id


# Channels


async def opened(world: World) -> Channel:
    return await world.host.transport.connect(get_lab(), UNDEFINED)


async def test_a_channel_carries_requests_and_events() -> None:
    world, _ = echo_world()
    channel = await opened(world)
    init = await channel.receive()
    assert isinstance(init, Init)
    await channel.send(SubscriptionRequest("happened", subscribe=True))
    await channel.send(ActionRequest(3, "work", ["hi"]))
    assert await channel.receive() == Event("happened", ["hi"])
    assert await channel.receive() == ActionResponse(3, "hi")


async def test_messages_of_a_channel_are_not_shared() -> None:
    world, actor = echo_world()
    channel = await opened(world)
    await channel.send(ActionRequest(0, "work", [[1]]))
    await channel.receive()
    response = await channel.receive()
    assert isinstance(response, ActionResponse)
    assert response.output == actor.seen[0]
    assert response.output is not actor.seen[0]


async def test_closing_a_channel_ends_the_connection() -> None:
    world, _ = echo_world()
    channel = await opened(world)
    await channel.receive()
    await channel.aclose(1000, "done")
    await channel.aclose(1000, "again")
    with pytest.raises(ChannelClosedError) as caught:
        await channel.receive()
    assert (caught.value.code, caught.value.reason) == (1000, "done")
    with pytest.raises(ChannelClosedError):
        await channel.send(ActionRequest(0, "work", []))


async def test_a_channel_ends_with_its_actor() -> None:
    world, _ = echo_world()
    channel = await opened(world)
    await channel.receive()
    waiting = asyncio.create_task(channel.receive())
    await settle()
    await world.host.destroy((await world.locate()).actor_id)
    with pytest.raises(ChannelClosedError) as caught:
        await waiting
    assert (caught.value.code, caught.value.reason) == (1000, "")


async def test_a_refused_channel_holds_the_refusal() -> None:
    class Closed(LabBase):
        async def on_before_connect(self, c: LabContext, params: Any) -> None:  # noqa: ARG002
            raise KeyError("secret")

    channel = await opened(World(Closed))
    assert await channel.receive() == Error(
        group="rivetkit",
        code="internal_error",
        message="An internal error occurred",
    )
    with pytest.raises(ChannelClosedError, match=r"1011 rivetkit\.internal_error"):
        await channel.receive()


async def test_a_channel_to_nobody_is_refused() -> None:
    world, _ = echo_world()
    with pytest.raises(ChannelClosedError, match=r"1011 actor\.not_found"):
        await world.host.transport.connect(get_lab("x", create=False), UNDEFINED)


async def test_a_reader_that_never_reads_is_cut_off() -> None:
    world, _ = echo_world()
    channel = await opened(world)
    await channel.send(SubscriptionRequest("happened", subscribe=True))
    for number in range(UNREAD_MESSAGES + 1):
        await world.call("work", number)
    with pytest.raises(ChannelClosedError, match=r"message\.too_many_unread"):
        await channel.receive()


async def test_big_integers_survive_the_way() -> None:
    world, actor = echo_world()
    big = 2**60
    assert await world.host.transport.action(
        get_lab(), call("work", [BigInt(big)])
    ) == [big]
    assert actor.seen == [[big]]
