"""Open sockets: requests, subscriptions, events and the end of a connection."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LIMIT, Counter, LabBase, LabConnection, LabContext
from core_world import FakeClient, World
from rivetgen_client.wire.messages import (
    ActionRequest,
    ActionResponse,
    ActorSpecifier,
    Error,
    Event,
    Init,
    SubscriptionRequest,
)
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToClient


class Lab(LabBase):
    """Sends events as its argument says."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        c.events.happened(argument)
        return argument

    async def other(self, c: LabContext, argument: Any) -> Any:
        c.conn.events.happened(argument)
        return argument

    async def look(self, c: LabContext, argument: Any) -> Any:
        if argument is not None:
            c.events.happened(argument)
        return len(c.conns)


async def test_the_first_message_names_actor_and_connection() -> None:
    world = World(Lab)
    record = await world.locate()
    client = await world.connect()
    assert client.port is not None
    assert client.received == [Init(record.actor_id, client.port.connection_id)]


async def test_a_request_is_answered_under_its_id() -> None:
    client = await World(Counter).connect("counter")
    await client.request(7, "increment", 2)
    assert client.received[1:] == [ActionResponse(7, 2)]


async def test_a_request_that_fails_is_answered_with_an_error() -> None:
    world = World(Counter)
    record = await world.locate("counter")
    client = await world.connect("counter")
    await client.request(7, "increment", LIMIT + 1)
    await client.request(8, "nope")
    actor = ActorSpecifier(record.actor_id, 1, "a")
    assert client.errors == [
        Error(
            group="user",
            code="overflow",
            message="The counter would pass its limit.",
            metadata={"limit": LIMIT},
            action_id=7,
            actor=actor,
        ),
        Error(
            group="actor",
            code="action_not_found",
            message="Action `nope` was not found.",
            metadata=UNDEFINED,
            action_id=8,
            actor=actor,
        ),
    ]
    assert client.close_frame is None


async def test_requests_of_one_connection_start_in_their_order() -> None:
    started: list[Any] = []

    class Noting(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            started.append(argument)
            if argument % 2:
                await asyncio.sleep(0)
            c.state.value = argument

    client = await World(Noting).connect()
    assert client.port is not None
    for number in range(100):
        client.port.receive(ActionRequest(number, "work", [number]))
    await settle()
    assert started == list(range(100))
    assert set(client.outputs) == set(range(100))


async def test_only_subscribers_receive_a_broadcast() -> None:
    world = World(Lab)
    first, second = await world.connect(), await world.connect()
    await first.subscribe("happened")
    await second.subscribe("something else")
    await first.request(1, "work", "hello")
    assert first.events == [["hello"]]
    assert second.events == []


async def test_subscribing_twice_delivers_once_and_unsubscribing_stops() -> None:
    world = World(Lab)
    client = await world.connect()
    await client.subscribe("happened")
    await client.subscribe("happened")
    await client.request(1, "work", 1)
    await client.subscribe("happened", subscribe=False)
    await client.subscribe("happened", subscribe=False)
    await client.subscribe("never subscribed", subscribe=False)
    await client.request(2, "work", 2)
    assert client.events == [[1]]


async def test_an_event_to_one_connection_needs_no_subscription() -> None:
    world = World(Lab)
    client, bystander = await world.connect(), await world.connect()
    await bystander.subscribe("happened")
    await client.request(1, "other", "just you")
    assert client.received[1:] == [
        Event("happened", ["just you"]),
        ActionResponse(1, "just you"),
    ]
    assert bystander.events == []


async def test_subscribers_receive_the_same_message_object() -> None:
    world = World(Lab)
    clients = [await world.connect() for _ in range(3)]
    for client in clients:
        await client.subscribe("happened")
    await world.call("work", "hello")
    first, *others = [client.received[-1] for client in clients]
    assert all(other is first for other in others)


async def test_an_event_of_a_read_only_action_precedes_its_answer() -> None:
    client = await World(Lab).connect()
    await client.subscribe("happened")
    await client.request(1, "look", "hello")
    assert client.received[1:] == [Event("happened", ["hello"]), ActionResponse(1, 1)]


async def test_an_event_to_the_caller_precedes_the_answer_of_a_read_only_action() -> (
    None
):
    class Answering(LabBase):
        async def look(self, c: LabContext, argument: Any) -> Any:
            c.conn.events.happened(argument)
            return "done"

    client = await World(Answering).connect()
    await client.request(1, "look", "first")
    assert client.received[1:] == [
        Event("happened", ["first"]),
        ActionResponse(1, "done"),
    ]


async def test_connections_may_be_closed_while_walking_through_them() -> None:
    class Clearing(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            for conn in c.conns.values():
                conn.disconnect(argument)

    world = World(Clearing)
    clients = [await world.connect() for _ in range(3)]
    await world.call("work", "closing time")
    await settle()
    assert [client.close_frame for client in clients] == [(1000, "closing time")] * 3


async def test_an_event_is_sent_as_it_was_when_it_was_emitted() -> None:
    class Changing(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            payload = ["before"]
            c.events.happened(payload)
            payload.append("after")

    client = await World(Changing).connect()
    await client.subscribe("happened")
    await client.request(1, "work")
    assert client.events == [[["before"]]]


async def test_http_connections_receive_no_events() -> None:
    world = World(Lab)
    assert await world.call("other", "nobody hears this") == "nobody hears this"


async def test_connections_end_with_their_subscriptions() -> None:
    world = World(Lab)
    client = await world.connect()
    await client.subscribe("happened")
    assert await world.call("look") == 2
    await client.leave()
    await client.leave()
    assert await world.call("look") == 1
    await world.call("work", "hello")
    assert client.events == []


async def test_a_socket_that_is_gone_is_not_listened_to() -> None:
    world = World(Lab)
    client = await world.connect()
    await client.leave()
    await client.request(1, "work", "hello")
    await client.subscribe("happened")
    assert len(client.received) == 1


async def test_an_action_goes_on_when_its_caller_has_gone() -> None:
    go = asyncio.Event()

    class Patient(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            await go.wait()
            c.state.value = argument

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    world = World(Patient)
    client = await world.connect()
    await client.request(1, "work", 5)
    await client.leave()
    go.set()
    await settle()
    assert await world.call("look") == 5
    assert client.outputs == {}


async def test_an_action_may_close_its_connection() -> None:
    gone: list[str] = []

    class Kicking(LabBase):
        async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:
            gone.append(conn.id)
            c.state.value += 1

        async def work(self, c: LabContext, argument: Any) -> Any:
            c.conn.events.happened("bye")
            c.conn.disconnect(argument)
            c.conn.disconnect("again")
            c.conn.events.happened("unheard")
            return "unheard"

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return [c.state.value, len(c.conns)]

    world = World(Kicking)
    client = await world.connect()
    assert client.port is not None
    await client.request(1, "work", "kicked")
    assert client.received[1:] == [Event("happened", ["bye"]), (1000, "kicked")]
    await client.leave()
    assert gone == [client.port.connection_id]
    assert await world.call("look") == [1, 1]


async def test_http_calls_cannot_be_disconnected() -> None:
    class Kicking(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.conn.disconnect("no effect")
            return argument

    assert await World(Kicking).call("work", 1) == 1


async def test_an_event_may_be_sent_to_any_connection() -> None:
    class Whispering(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.conns[argument].events.happened("psst")

    world = World(Whispering)
    client, caller = await world.connect(), await world.connect()
    assert client.port is not None
    await caller.request(1, "work", client.port.connection_id)
    assert client.events == [["psst"]]
    assert caller.events == []


async def test_an_action_that_takes_too_long_times_out_on_a_socket_too() -> None:
    class Slow(LabBase):
        definition = replace(
            LabBase.definition, options=ActorOptions(action_timeout_s=1.0)
        )

        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            await asyncio.Event().wait()

    world = World(Slow)
    client = await world.connect()
    await client.request(1, "work")
    await world.clock.advance(1)
    assert [error.code for error in client.errors] == ["action_timed_out"]
    assert client.errors[0].message == "Action timed out"


async def test_more_requests_than_the_limit_are_refused() -> None:
    go = asyncio.Event()

    class Slow(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            await go.wait()

    world = World(Slow, running_actions_per_connection=2)
    client = await world.connect()
    for number in range(3):
        await client.request(number, "work")
    assert [(error.action_id, error.code) for error in client.errors] == [
        (2, "overloaded")
    ]
    go.set()
    await settle()
    assert set(client.outputs) == {0, 1}


async def test_more_subscriptions_than_the_limit_close_the_connection() -> None:
    world = World(Lab, subscriptions_per_connection=2)
    client = await world.connect()
    for name in ("a", "b", "a", "c"):
        await client.subscribe(name)
    assert client.close_frame == (1011, "actor.overloaded")


async def test_frames_may_come_before_init() -> None:
    world = World(Counter)
    await world.locate("counter")
    record, client = await world.locate("counter"), FakeClient()
    client.port = await world.host.open_connection(record, client)
    client.port.receive(SubscriptionRequest("newCount", subscribe=True))
    client.port.receive(ActionRequest(0, "increment", []))
    await settle()
    assert [type(each) for each in client.received] == [Init, Event, ActionResponse]


async def test_a_faulty_socket_does_not_keep_events_from_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty(FakeClient):
        def send(self, message: ToClient) -> None:
            if isinstance(message, Event):
                raise KeyError("cannot be encoded")
            super().send(message)

    world = World(Lab)
    record, faulty = await world.locate(), Faulty()
    faulty.port = await world.host.open_connection(record, faulty)
    await faulty.subscribe("happened")
    client = await world.connect()
    await client.subscribe("happened")
    assert await world.call("work", "hello") == "hello"
    assert client.events == [["hello"]]
    assert faulty.close_frame == (1011, "core.internal_error")
    assert "cannot be encoded" in caplog.text


@pytest.mark.parametrize("count", [100])
async def test_a_broadcast_reaches_many(count: int) -> None:
    world = World(Lab)
    clients = [await world.connect() for _ in range(count)]
    for client in clients:
        await client.subscribe("happened")
    for number in range(20):
        await world.call("work", number)
    assert all(
        client.events == [[number] for number in range(20)] for client in clients
    )
