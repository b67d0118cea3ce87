"""Raw sockets that stay open while their actor sleeps."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from core_actors import (
    LabBase,
    LabConnection,
    LabConnectionState,
    LabContext,
)
from raw_world import RawWorld
from rivetgen_client.types import Json
from rivetgen_runtime import ActorOptions, Message, SocketClose, UserError, WebSocket
from rivetgen_runtime.testing.manual import settle

OPTIONS = ActorOptions(can_hibernate_web_socket=True, sleep_grace_period_s=5.0)
PROBE = "__rivetkitTestHibernatableAckStateV1"


class Base(LabBase):
    """What all of these actors have in common."""

    definition = replace(
        LabBase.definition,
        options=OPTIONS,
        conn_params=Json,
        conn_state=LabConnectionState,
    )

    async def create_conn_state(
        self,
        c: LabContext,  # noqa: ARG002
        params: Any,  # noqa: ARG002
    ) -> LabConnectionState:
        return LabConnectionState(user="")

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:
        if conn.is_socket or conn.state.user:
            c.state.notes.append(f"disconnect {conn.state.user}")

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.notes


class Listener(Base):
    """Counts how often it is asked to serve, and answers with the index."""

    async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
        c.state.value += 1
        socket.send(f"welcome {c.state.value} {c.request.path} {c.conn.state.user}")

        @socket.on_message
        async def answer(message: Message) -> None:
            c.conn.state.user += str(message.data)
            socket.send(f"{message.data!s} {message.index}")

        @socket.on_close
        async def note(close: SocketClose) -> None:
            c.state.notes.append(f"close {close.code}")


class Reader(Base):
    """Reads in a loop, and notes when it was cut off."""

    async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
        try:
            async for message in socket.messages():
                socket.send(f"{message.data!s} {message.index} {c.generation}")
            c.state.notes.append("ended")
        except asyncio.CancelledError:
            c.state.notes.append("cut off")
            raise


async def asleep(world: RawWorld) -> None:
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    await settle()


async def test_a_raw_socket_outlives_a_sleep_and_its_hook_runs_again() -> None:
    world = RawWorld(Listener)
    socket = await world.open_raw("/websocket/path")
    await socket.say("a")
    await asleep(world)
    assert socket.received == ["welcome 1 /websocket/path ", "a 1"]
    await socket.say("b")
    assert socket.received[2:] == ["welcome 2 /websocket/path a", "b 2"]


async def test_messages_to_a_sleeping_actor_arrive_in_order_with_their_index() -> None:
    world = RawWorld(Reader)
    socket = await world.open_raw()
    await socket.say("a")
    await asleep(world)
    assert socket.port is not None
    for number in range(5):
        socket.port.receive(str(number))
    await settle()
    assert socket.received == ["a 1 1", *[f"{n} {n + 2} 2" for n in range(5)]]


async def test_a_hook_that_reads_is_cut_off_and_its_end_handlers_do_not_run() -> None:
    world = RawWorld(Reader)
    await world.open_raw()
    await asleep(world)
    assert await world.call("look") == ["cut off"]
    world = RawWorld(Listener)
    await world.open_raw()
    await asleep(world)
    assert await world.call("look") == []


async def test_what_nobody_had_read_is_read_after_the_sleep() -> None:
    go = asyncio.Event()

    class Busy(Base):
        async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
            async for message in socket.messages():
                socket.send(f"{message.data!s} {message.index} {c.generation}")
                if c.generation == 1:
                    await go.wait()

    world = RawWorld(Busy)
    socket = await world.open_raw()
    for text in ("a", "b", "c"):
        await socket.say(text)
    record = await world.locate()
    going = asyncio.create_task(world.host.sleep(record.actor_id))
    await world.clock.advance(10)  # over the grace period: the hook is cut off
    await going
    await settle()
    assert socket.received == ["a 1 1", "b 2 2", "c 3 2"]


async def test_a_client_that_leaves_a_sleeping_actor_is_told_to_it() -> None:
    world = RawWorld(Listener)
    socket = await world.open_raw()
    await socket.say("x")
    await asleep(world)
    await socket.leave()
    await settle()
    assert await world.call("look") == ["disconnect x"]


async def test_a_close_by_the_actor_is_an_end() -> None:
    class Closing(Base):
        async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
            @socket.on_message
            async def close(message: Message) -> None:
                socket.close(4001, str(message.data))

            @socket.on_close
            async def note(close: SocketClose) -> None:
                c.state.notes.append(f"close {close.code}")

    world = RawWorld(Closing)
    socket = await world.open_raw()
    await asleep(world)
    await socket.say("bye")
    assert socket.received[-1] == (4001, "bye")
    assert await world.call("look") == ["close 4001"]


async def test_destroying_a_sleeping_actor_closes_its_raw_sockets() -> None:
    world = RawWorld(Listener)
    socket = await world.open_raw()
    record = await world.locate()
    await asleep(world)
    await world.host.destroy(record.actor_id)
    assert socket.received[-1] == (1000, "")


async def test_a_start_that_fails_closes_the_socket_that_asked_for_it() -> None:
    class Failing(Listener):
        async def on_wake(self, c: LabContext) -> None:
            if c.generation > 1:
                raise UserError("not today", code="closed")

    world = RawWorld(Failing)
    socket = await world.open_raw()
    await asleep(world)
    await socket.say("x")
    await world.clock.advance(60)
    assert socket.received[-1] == (1011, "user.closed")


async def test_without_the_option_sockets_end_with_the_sleep() -> None:
    class Plain(Listener):
        definition = replace(Base.definition, options=ActorOptions())

    world = RawWorld(Plain)
    socket = await world.open_raw()
    await asleep(world)
    assert socket.received[-1] == (1000, "actor.stopped")
    assert await world.call("look") == ["close 1000", "disconnect "]


async def test_the_probe_of_official_suites_is_answered_when_it_is_allowed() -> None:
    world = RawWorld(Listener, hibernation_probe=True)
    socket = await world.open_raw()
    await socket.say("a")
    await asleep(world)
    await socket.say("b")
    await socket.say(json.dumps({PROBE: True}))
    assert json.loads(str(socket.received[-1])) == {
        PROBE: True,
        "lastSentIndex": 2,
        "lastAckedIndex": 2,
        "pendingIndexes": [],
    }
    await socket.say("c")
    assert socket.received[-1] == "c 4"


async def test_the_probe_is_an_ordinary_message_otherwise() -> None:
    world = RawWorld(Listener)
    socket = await world.open_raw()
    probe = json.dumps({PROBE: True})
    await socket.say(probe)
    assert socket.received[-1] == f"{probe} 1"


@pytest.mark.parametrize("seed", range(30))
async def test_no_message_is_lost_doubled_or_overtaken_across_sleeps(seed: int) -> None:
    chance = random.Random(seed)
    world = RawWorld(chance.choice([Reader, Listener]))
    record = await world.locate()
    socket = await world.open_raw()
    assert socket.port is not None
    sent = 0
    sleeps: list[asyncio.Task[None]] = []
    for _ in range(80):
        match chance.randrange(4):
            case 0:
                sleeps.append(asyncio.create_task(world.host.sleep(record.actor_id)))
            case 1:
                for _ in range(chance.randrange(6)):
                    await asyncio.sleep(0)
            case _:
                sent += 1
                socket.port.receive(str(sent))
    for _ in range(20):
        await settle()
    await asyncio.gather(*sleeps)
    heard = [str(text) for text in socket.received if "welcome" not in str(text)]
    assert [text.split()[:2] for text in heard] == [
        [str(number), str(number)] for number in range(1, sent + 1)
    ]
