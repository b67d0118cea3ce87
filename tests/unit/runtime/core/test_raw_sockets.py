"""Raw WebSockets in the core: messages, closes, handlers, sleep, and slow actors."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase, LabConnection, LabContext
from raw_world import RawWorld
from rivetgen_client.types import Json
from rivetgen_runtime import (
    ActorOptions,
    Message,
    SocketClose,
    UserError,
    WebSocket,
)
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from raw_world import FakeSocket

OPTIONS = ActorOptions(sleep_timeout_s=10.0, sleep_grace_period_s=5.0)


class Base(LabBase):
    """What all of these actors have in common."""

    definition = replace(LabBase.definition, options=OPTIONS, conn_params=Json)
    trace: list[Any]
    go: asyncio.Event


class Reader(Base):
    """Reads its sockets in a loop."""

    async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
        self.trace.append(f"open {c.request.path} {c.conn.id in c.conns}")
        socket.send("welcome")
        async for data in socket:
            match data:
                case "close":
                    socket.close(4001, "bye")
                case "fail":
                    raise UserError("no", code="broken")
                case "disconnect":
                    c.conn.disconnect("reason")
                case "event":
                    c.conn.events.happened("x")
                case "count":
                    c.state.value += 1
                    socket.send(f"count {c.state.value}")
                case "change":
                    c.state.value += 1
                case _:
                    socket.send(data)
        self.trace.append(socket.closed)

    async def on_before_connect(self, c: LabContext, params: Any) -> None:
        if params == {"refuse": True}:
            raise UserError("no", code="refused")
        if c.has_request:  # a call of another actor has none
            self.trace.append(c.request.headers["origin"])

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
        self.trace.append("disconnect")

    async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
        self.trace.append("sleep")

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [c.state.value, len(c.conns)]


class Listener(Base):
    """Registers handlers and returns."""

    sockets: list[WebSocket]

    async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
        self.sockets.append(socket)

        @socket.on_message
        async def answer(message: Message) -> None:
            self.trace.append((message.data, message.index))
            if message.data == "wait":
                await self.go.wait()
                c.state.value += 1
                socket.send("waited")
            elif message.data == "fail":
                error = "broken"
                raise RuntimeError(error)

        @socket.on_close
        async def note(close: SocketClose) -> None:
            self.trace.append(close)
            await self.go.wait()
            self.trace.append("noted")

    async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
        for socket in self.sockets:
            socket.send("sleeping")

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [c.state.value, len(c.conns)]


def raw_world(base: type[Any] = Reader, **options: Any) -> tuple[RawWorld, Any]:
    facts: dict[str, Any] = {"trace": [], "go": asyncio.Event(), "sockets": []}
    actor: Any = type("LabHere", (base,), facts)
    return RawWorld(actor, **options), actor


async def test_a_socket_is_open_when_its_hook_begins() -> None:
    world, actor = raw_world()
    client = await world.open_raw("/websocket/room?x=1")
    assert client.received == ["welcome"]
    assert actor.trace == ["here", "open /websocket/room True"]


async def test_text_and_bytes_keep_their_kind_and_order() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    await client.say("a", b"\xff", "b")
    assert client.received[1:] == ["a", b"\xff", "b"]


async def test_the_actor_closes_with_its_code_and_reason() -> None:
    world, actor = raw_world()
    client = await world.open_raw()
    await client.say("a", "close", "never read")
    assert client.received == ["welcome", "a", (4001, "bye")]
    assert actor.trace[-2:] == [SocketClose(4001, "bye"), "disconnect"]
    assert await world.call("look") == [0, 1]  # the connection of this call


async def test_the_client_closes_with_its_code_and_reason() -> None:
    world, actor = raw_world()
    client = await world.open_raw()
    client.open_port.receive("a")
    await client.leave(4123, "cl")
    assert SocketClose(4123, "cl") in actor.trace
    assert "disconnect" in actor.trace
    assert await world.call("look") == [0, 1]


async def test_what_came_before_the_client_closed_is_still_read() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    for _ in range(3):
        client.open_port.receive("change")
    await client.leave()
    assert await world.call("look") == [3, 1]


async def test_a_hook_that_fails_closes_its_socket() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    await client.say("fail")
    assert client.received[-1] == (1011, "user.broken")


async def test_a_refused_socket_is_closed_with_the_error() -> None:
    world, actor = raw_world()
    with pytest.raises(RequestError):
        await world.open_raw(params={"refuse": True})
    assert actor.trace == []


async def test_an_actor_without_a_handler_leaves_the_socket_open() -> None:
    world = RawWorld(type("Silent", (Base,), {}))
    client = await world.open_raw()
    await client.say("anyone?")
    assert client.received == []
    await client.leave()


async def test_disconnecting_the_connection_closes_the_socket() -> None:
    world, actor = raw_world()
    client = await world.open_raw()
    await client.say("disconnect")
    assert client.received[-1] == (1000, "reason")
    assert SocketClose(1000, "reason") in actor.trace


async def test_events_do_not_reach_a_raw_socket() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    await client.say("event", "a")
    assert client.received == ["welcome", "a"]


async def test_a_message_waits_until_its_change_is_durable() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    world.commits.hold()
    await client.say("count", "after")
    assert client.received == ["welcome"]
    await world.commits.let_go()
    assert client.received == ["welcome", "count 1", "after"]


async def test_what_a_message_changed_is_saved_though_nothing_is_sent() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    await client.say("change")
    world.kill()
    assert await world.call("look") == [1, 1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(999, ""), (1005, ""), (1006, ""), (5000, ""), (1000, "x" * 124)],
)
async def test_a_close_that_cannot_be_sent_is_refused(code: int, reason: str) -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    with pytest.raises(ValueError, match="close"):
        actor.sockets[0].close(code, reason)
    assert client.received == []


async def test_what_is_neither_text_nor_bytes_is_refused() -> None:
    world, actor = raw_world(Listener)
    await world.open_raw()
    with pytest.raises(TypeError):
        actor.sockets[0].send(1)


# Handlers


async def test_messages_are_counted_from_one() -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    await client.say("a", b"b", "c")
    assert actor.trace == [("a", 1), (b"b", 2), ("c", 3)]


async def test_handlers_run_side_by_side_and_their_errors_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    await client.say("wait", "fail", "a")
    assert [data for data, _ in actor.trace] == ["wait", "fail", "a"]
    assert "a handler of a raw socket failed" in caplog.text
    actor.go.set()
    await settle()
    assert client.received == ["waited"]


async def test_a_running_handler_keeps_the_actor_awake_after_its_socket() -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    await client.say("wait")
    await client.leave()
    await world.clock.advance(30.0)
    record = await world.locate()
    assert record.generation == 1
    actor.go.set()
    await settle()
    await world.clock.advance(30.0)
    assert (await world.locate()).generation == 2
    assert "noted" in actor.trace


async def test_an_open_socket_keeps_the_actor_awake() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    await world.clock.advance(60.0)
    await client.say("a")
    assert client.received == ["welcome", "a"]


async def test_a_handler_that_comes_after_the_close_is_told() -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    await client.leave(1001, "away")
    told: list[SocketClose] = []
    actor.sockets[0].on_close(told.append)
    await settle()
    assert told == [SocketClose(1001, "away")]


# Stops


async def sleep(world: RawWorld) -> asyncio.Task[None]:
    record = await world.locate()
    stop = asyncio.create_task(world.host.sleep(record.actor_id))
    await settle()
    return stop


async def test_a_socket_is_closed_when_the_actor_sleeps() -> None:
    world, actor = raw_world()
    client = await world.open_raw()
    await (await sleep(world))
    assert client.received == ["welcome", (1000, "actor.stopped")]
    assert actor.trace[2:] == [
        "sleep",
        SocketClose(1000, "actor.stopped"),
        "disconnect",
    ]


async def test_on_sleep_can_still_send() -> None:
    world, actor = raw_world(Listener)
    actor.go.set()
    client = await world.open_raw()
    await (await sleep(world))
    assert client.received == ["sleeping", (1000, "actor.stopped")]


async def test_a_stop_waits_for_running_handlers() -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    await client.say("wait")
    stop = await sleep(world)
    assert not stop.done()
    actor.go.set()
    await stop
    assert client.received == ["sleeping", "waited", (1000, "actor.stopped")]
    assert await world.call("look") == [1, 1]


async def test_a_handler_that_exceeds_the_grace_period_is_cut() -> None:
    world, actor = raw_world(Listener)
    client = await world.open_raw()
    await client.say("wait")
    stop = await sleep(world)
    await world.clock.advance(5.0)
    await stop
    assert client.received == ["sleeping", (1000, "actor.stopped")]
    assert await world.call("look") == [0, 1]
    assert "noted" not in actor.trace


async def test_a_destroyed_actor_closes_its_sockets_without_a_reason() -> None:
    world, _ = raw_world()
    client = await world.open_raw()
    record = await world.locate()
    await world.host.destroy(record.actor_id)
    assert client.received == ["welcome", (1000, "")]


# Slow actors


async def test_a_client_waits_while_an_actor_has_too_much_to_read() -> None:
    world, actor = raw_world(Listener, running_actions_per_connection=3)
    client = await world.open_raw()
    await client.say("wait", "wait")
    await client.open_port.wait_for_room()
    await client.say("wait")
    assert client.open_port.is_full
    waiting = asyncio.create_task(client.open_port.wait_for_room())
    await settle()
    assert not waiting.done()
    actor.go.set()
    await waiting


async def test_waiting_for_room_ends_with_the_socket() -> None:
    world, _ = raw_world(Listener, running_actions_per_connection=1)
    client = await world.open_raw()
    await client.say("wait")
    waiting = asyncio.create_task(client.open_port.wait_for_room())
    await settle()
    assert not waiting.done()
    await client.leave()
    await waiting


async def test_a_thousand_messages_leave_no_task_behind() -> None:
    world, actor = raw_world(Listener)
    actor.go.set()
    await world.locate()
    before = asyncio.all_tasks()
    client: FakeSocket = await world.open_raw()
    await client.say(*["x"] * 1_000)
    await client.leave()
    assert len(actor.trace) == 1_002
    assert asyncio.all_tasks() == before
