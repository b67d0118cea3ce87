"""Connections of actors that sleep: their clients do not notice."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
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
from core_world import World
from rivetgen_client.wire.messages import (
    ActionRequest,
    Init,
)
from rivetgen_runtime.core.ports import Area, Batch, PutValue
from rivetgen_runtime.errors import RequestError, StorageFailedError, UserError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from core_world import FakeClient
    from rivetgen_runtime.core.ports import ActorRecord

CONNECTIONS = frozenset({Area.CONNECTION})


class Room(LabBase):
    """Keeps a name per connection; notes every hook in its state."""

    definition = replace(
        LabBase.definition, conn_params=LabParams, conn_state=LabConnectionState
    )

    async def on_wake(self, c: LabContext) -> None:
        c.state.notes.append(f"wake {len(c.conns)}")

    async def create_conn_state(
        self,
        c: LabContext,  # noqa: ARG002
        params: LabParams,
    ) -> LabConnectionState:
        return LabConnectionState(user=params.badge)

    async def on_connect(self, c: LabContext, conn: LabConnection) -> None:
        c.state.notes.append(f"connect {conn.state.user}")

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:
        c.state.notes.append(f"disconnect {conn.state.user}")

    async def work(self, c: LabContext, argument: Any) -> Any:
        if argument == "sleep":
            c.sleep()
        c.events.happened(argument)
        return argument

    async def other(self, c: LabContext, argument: Any) -> Any:
        c.conn.state.user += argument
        return [c.conn.id, c.conn.params.badge, c.conn.state.user]

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [c.generation, *c.state.notes]


def room(**members: Any) -> type[Room]:
    """A room whose methods a test replaces; HTTP calls are not connections of it."""
    return type("RoomHere", (Room,), members)


async def asleep(world: World) -> None:
    """Send the actor of a world to sleep."""
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    await settle()


async def is_asleep(world: World, record: ActorRecord) -> bool:
    found = await world.store.record(record.actor_id)
    assert found is not None
    return found.slept_at_ms is not None


def user_of(client: FakeClient, action_id: int) -> str:
    """The connection state's user, as ``other`` answered it."""
    output: Any = client.outputs[action_id]
    return str(output[2])


async def stored_connections(world: World) -> int:
    record = await world.locate()
    return len(await world.store.values(record.actor_id, CONNECTIONS))


async def notes(world: World) -> list[Any]:
    """Generation and notes of the actor, without those of the call that asks."""
    client = await world.connect(params={"badge": "spy"})
    await client.request(1, "look")
    found: Any = client.outputs[1]
    await client.leave()
    return [note for note in found if "spy" not in str(note)]


async def test_a_client_does_not_notice_that_the_actor_sleeps() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    await client.request(1, "other", "!")
    await asleep(world)
    await client.request(2, "other", "?")
    assert client.close_frame is None
    assert [type(each) for each in client.received].count(Init) == 1
    assert client.port is not None
    assert client.outputs[2] == [client.port.connection_id, "ann", "ann!?"]


async def test_hooks_do_not_run_again_and_connections_are_there_in_on_wake() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    await client.request(1, "look")
    assert client.outputs[1] == [2, "wake 0", "connect ann", "wake 1"]


async def test_subscriptions_outlive_a_sleep() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    other = await world.connect(params={"badge": "bob"})
    await client.subscribe("happened")
    await other.subscribe("happened")
    await other.subscribe("happened", subscribe=False)
    for number in range(3):
        await asleep(world)
        await world.call("work", number, params={"badge": "web"})
    assert client.events == [[0], [1], [2]]
    assert other.events == []


async def test_an_unsubscription_while_asleep_wakes_the_actor_and_holds() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    await client.subscribe("happened")
    await asleep(world)
    await client.subscribe("happened", subscribe=False)
    await asleep(world)
    await world.call("work", 1, params={"badge": "web"})
    assert client.events == []


async def test_messages_to_a_sleeping_actor_are_handled_in_their_order() -> None:
    handled: list[Any] = []

    async def other(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        handled.append(argument)

    world = World(room(other=other))
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    assert client.port is not None
    for number in range(50):
        client.port.receive(ActionRequest(number, "other", [number]))
    await client.port.accepting()
    await settle()
    assert handled == list(range(50))
    assert list(client.outputs) == list(range(50))


async def test_requests_after_the_last_moment_are_served_by_the_next_activation() -> (
    None
):
    """The official engine holds them as well; none is lost, none runs twice."""
    handled: list[Any] = []

    async def other(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        handled.append((c.generation, argument))

    world = World(room(other=other))
    client = await world.connect(params={"badge": "ann"})
    record = await world.locate()
    world.commits.hold()
    going = asyncio.create_task(world.host.sleep(record.actor_id))
    await settle()  # only the last commit is missing now
    for number in range(5):
        await client.request(number, "other", number)
    assert handled == []
    await world.commits.let_go()
    await going
    await settle()
    assert handled == [(2, number) for number in range(5)]
    assert set(client.outputs) == set(range(5))


async def test_a_reader_waits_while_the_actor_wakes() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    assert client.port is not None
    await client.port.accepting()
    world.commits.hold()
    client.port.receive(ActionRequest(1, "other", ["!"]))
    reading = asyncio.create_task(client.port.accepting())
    await asyncio.sleep(0)
    assert not reading.done()
    await world.commits.let_go()
    assert reading.done()


async def test_a_client_that_leaves_a_sleeping_actor_wakes_it() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    await client.leave()
    await client.leave()
    assert await notes(world) == [
        2,
        "wake 0",
        "connect ann",
        "wake 0",
        "disconnect ann",
    ]
    assert await stored_connections(world) == 0


async def test_a_client_may_leave_while_the_actor_starts() -> None:
    go = asyncio.Event()

    async def on_wake(self: Any, c: LabContext) -> None:  # noqa: ARG001
        if c.generation > 1:
            await go.wait()

    world = World(room(on_wake=on_wake))
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    call = asyncio.create_task(world.call("look", params={"badge": "spy"}))
    await settle()
    await client.leave()
    go.set()
    await call
    await settle()
    assert await notes(world) == [2, "connect ann", "disconnect ann"]


async def test_destroying_a_sleeping_actor_closes_its_sockets() -> None:
    """The official engine leaves them hanging."""
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    record = await world.locate()
    await asleep(world)
    await world.host.destroy(record.actor_id)
    assert client.close_frame == (1000, "")
    await client.request(1, "other", "!")
    assert client.outputs == {}


async def test_a_start_that_fails_closes_the_socket_that_asked_for_it() -> None:
    async def on_wake(self: Any, c: LabContext) -> None:  # noqa: ARG001
        if c.generation > 1:
            raise UserError("not today", code="closed")

    world = World(room(on_wake=on_wake))
    asking = await world.connect(params={"badge": "ann"})
    silent = await world.connect(params={"badge": "bob"})
    await asleep(world)
    await asking.request(1, "other", "!")
    assert asking.close_frame == (1011, "user.closed")
    assert silent.close_frame is None


async def test_a_call_that_cannot_start_the_actor_leaves_sockets_open() -> None:
    fails = True

    async def on_wake(self: Any, c: LabContext) -> None:  # noqa: ARG001
        if c.generation > 1 and fails:
            raise UserError("not today", code="closed")

    world = World(room(on_wake=on_wake))
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    with pytest.raises(RequestError):
        await world.call("look", params={"badge": "web"})
    assert client.close_frame is None
    fails = False
    await client.request(1, "other", "!")
    assert user_of(client, 1) == "ann!"


async def test_clients_of_a_process_that_died_are_told_to_the_actor() -> None:
    world = World(Room)
    await world.connect(params={"badge": "ann"})
    await world.connect(params={"badge": "bob"})
    world.kill()
    assert await notes(world) == [
        2,
        "wake 0",
        "connect ann",
        "connect bob",
        "wake 0",
        "disconnect ann",
        "disconnect bob",
    ]
    assert await stored_connections(world) == 0
    world.kill()
    assert (await notes(world)).count("disconnect ann") == 1


async def test_a_record_goes_together_with_what_on_disconnect_changed() -> None:
    """Bug: presence was wrong when the process died between the two."""
    go = asyncio.Event()

    async def on_disconnect(self: Any, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG001
        if conn.state.user == "ann":
            await go.wait()
        c.state.notes.append(f"disconnect {conn.state.user}")

    world = World(room(on_disconnect=on_disconnect))
    client = await world.connect(params={"badge": "ann"})
    await client.leave()
    await world.call("work", 1, params={"badge": "web"})  # commits something else
    assert await stored_connections(world) == 1
    world.kill()
    go.set()
    assert (await notes(world)).count("disconnect ann") == 1


async def test_a_connection_is_stored_in_the_commit_of_its_hooks() -> None:
    world = World(Room)
    await world.locate()
    before = len(world.commits.batches)
    await world.connect(params={"badge": "ann"})
    (batch,) = world.commits.batches[before:]
    areas = [write.area for write in batch.writes if isinstance(write, PutValue)]
    assert sorted(areas) == [Area.STATE, Area.CONNECTION]


async def test_a_change_of_connection_state_is_durable_with_its_action() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    before = len(world.commits.batches)
    await client.request(1, "other", "!")
    (batch,) = world.commits.batches[before:]
    assert [type(write) for write in batch.writes] == [PutValue]
    await client.request(2, "other", "")
    assert len(world.commits.batches) == before + 1


async def test_a_connection_state_that_does_not_fit_undoes_the_turn() -> None:
    async def work(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        c.state.notes.append("unseen")
        c.conn.state.user = argument

    world = World(room(work=work))
    client = await world.connect(params={"badge": "ann"})
    await client.request(1, "work", 5)
    await client.request(2, "other", "!")
    await client.request(3, "look")
    assert [error.code for error in client.errors] == ["state_invalid"]
    assert user_of(client, 2) == "ann!"
    assert client.outputs[3] == [1, "wake 0", "connect ann"]


async def test_a_state_may_be_changed_while_other_turns_end() -> None:
    go = asyncio.Event()

    async def work(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        state = c.conn.state
        await go.wait()
        state.user = argument

    world = World(room(work=work))
    client = await world.connect(params={"badge": "ann"})
    await client.request(1, "work", "new")
    await client.request(2, "other", "!")
    go.set()
    await settle()
    await asleep(world)
    await client.request(3, "other", "?")
    assert user_of(client, 3) == "new?"


async def test_actors_without_hooks_write_connections_only_when_they_sleep() -> None:
    class Plain(LabBase):
        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return [c.generation, list(c.conns)]

    world = World(Plain)
    await world.locate()
    before = len(world.commits.batches)
    client = await world.connect()
    assert len(world.commits.batches) == before
    await asleep(world)
    await client.request(1, "look")
    assert client.port is not None
    assert client.outputs[1] == [2, [client.port.connection_id]]


async def test_a_store_that_fails_closes_sockets_so_that_clients_come_back() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    world.commits.fail(StorageFailedError())
    await client.request(1, "other", "!")
    assert client.close_frame == (1011, "actor.restarting")
    assert [error.code for error in client.errors] == ["storage_failed"]


async def test_a_store_that_fails_the_last_commit_closes_sockets_too() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    world.commits.fail(StorageFailedError())
    await client.request(1, "work", "sleep")
    assert client.close_frame == (1011, "actor.restarting")


async def test_a_call_that_ignores_its_end_is_answered_before_the_actor_sleeps() -> (
    None
):
    stop = asyncio.Event()

    class Stubborn(Room):
        definition = replace(
            Room.definition, options=ActorOptions(sleep_grace_period_s=1.0)
        )

        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            while not stop.is_set():
                with suppress(asyncio.CancelledError):
                    await stop.wait()

    world = World(Stubborn)
    client = await world.connect(params={"badge": "ann"})
    record = await world.locate()
    await client.request(1, "work")
    going = asyncio.create_task(world.host.sleep(record.actor_id))
    await world.clock.advance(3)
    await going
    assert [(error.action_id, error.code) for error in client.errors] == [
        (1, "aborted")
    ]
    await client.request(2, "other", "!")
    assert user_of(client, 2) == "ann!"
    stop.set()
    await settle()
    assert set(client.outputs) == {2}
    assert len(client.errors) == 1


async def test_open_connections_keep_an_idle_actor_awake() -> None:
    """As the official stack does; see decision 4."""
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    record = await world.locate()
    await world.clock.advance(1000)
    assert not await is_asleep(world, record)
    await client.leave()
    await world.clock.advance(1000)
    assert await is_asleep(world, record)


async def test_a_restored_connection_keeps_the_actor_awake_too() -> None:
    world = World(Room)
    client = await world.connect(params={"badge": "ann"})
    await asleep(world)
    record = await world.locate()
    await world.clock.advance(1000)
    assert not await is_asleep(world, record)
    await client.leave()
    await world.clock.advance(1000)
    assert await is_asleep(world, record)


async def test_only_sockets_hibernate() -> None:
    async def work(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        return c.conn.is_hibernatable

    world = World(room(work=work))
    client = await world.connect(params={"badge": "ann"})
    await client.request(1, "work")
    assert client.outputs == {1: True}
    assert await world.call("work", params={"badge": "web"}) is False


async def test_a_record_that_cannot_be_read_costs_one_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(Room)
    damaged = await world.connect(params={"badge": "ann"})
    fine = await world.connect(params={"badge": "bob"})
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    assert damaged.port is not None
    key = damaged.port.connection_id.encode()
    await world.store.commit(
        Batch((PutValue(record.actor_id, Area.CONNECTION, key, b"\x01\x01\x00"),))
    )
    await fine.request(1, "other", "!")
    assert user_of(fine, 1) == "bob!"
    assert damaged.close_frame == (1011, "actor.restarting")
    assert "a stored connection is dropped" in caplog.text
    assert await stored_connections(world) == 1


@pytest.mark.parametrize("seed", range(40))
async def test_nothing_is_lost_doubled_or_overtaken_across_sleeps(seed: int) -> None:
    """P4: random messages, sleeps and delays; every client sees its own order."""
    chance = random.Random(seed)
    handled: dict[str, list[int]] = {}

    async def other(self: Any, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        handled.setdefault(c.conn.state.user, []).append(argument)
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        c.events.happened(argument)
        return argument

    world = World(room(other=other))
    record = await world.locate()
    clients = {f"u{n}": await world.connect(params={"badge": f"u{n}"}) for n in "abc"}
    sent = dict.fromkeys(clients, 0)
    for client in clients.values():
        await client.subscribe("happened")
    sleeps: list[asyncio.Task[None]] = []
    for _ in range(100):
        name = chance.choice(list(clients))
        match chance.randrange(4):
            case 0:
                sleeps.append(asyncio.create_task(world.host.sleep(record.actor_id)))
            case 1:
                for _ in range(chance.randrange(6)):
                    await asyncio.sleep(0)
            case _:
                port = clients[name].port
                assert port is not None
                port.receive(ActionRequest(sent[name], "other", [sent[name]]))
                sent[name] += 1
    for _ in range(20):
        await settle()
    await asyncio.gather(*sleeps)
    for name, client in clients.items():
        assert client.close_frame is None
        assert handled.get(name, []) == list(range(sent[name]))
        assert sorted(client.outputs) == list(range(sent[name]))
        assert len(client.events) == sum(sent.values())
        assert client.events == clients["ua"].events
