"""Sleep and destruction: what triggers them, what they wait for, what they leave."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase, LabConnection, LabContext
from core_world import FakeClient, World
from rivetgen_client.transport import ActionCall, IdTarget, KeyTarget
from rivetgen_client.wire.messages import ActionResponse, Event, Init
from rivetgen_runtime.core.ports import Area, RecordQuery
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import ActorRecord

OPTIONS = ActorOptions(sleep_timeout_s=10.0, sleep_grace_period_s=5.0)


class Lab(LabBase):
    """Notes what happens to it; its actions wait for the test's events."""

    definition = replace(LabBase.definition, options=OPTIONS)
    go: asyncio.Event
    trace: list[str]

    async def on_wake(self, c: LabContext) -> None:
        self.trace.append(f"wake {c.generation}")

    async def on_sleep(self, c: LabContext) -> None:
        self.trace.append("sleep")
        c.state.notes.append("slept")
        c.events.happened("sleeping")

    async def on_destroy(self, c: LabContext) -> None:
        self.trace.append(f"destroy {c.abort_signal.aborted} {c.state.value}")

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
        self.trace.append("disconnect")
        c.state.value += 1

    async def work(self, c: LabContext, argument: Any) -> Any:
        match argument:
            case "sleep":
                c.sleep()
            case "destroy":
                c.destroy()
            case "wait":
                await self.go.wait()
            case _:
                c.state.value = argument
        return argument

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [c.state.value, c.state.notes, c.generation]


def lab_world(**extra: Any) -> tuple[World, Any]:
    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": [], **extra}
    actor: Any = type("LabHere", (Lab,), facts)
    return World(actor), actor


async def stored(world: World, record: ActorRecord) -> ActorRecord:
    found = await world.store.record(record.actor_id)
    assert found is not None
    return found


# Sleep


async def test_an_idle_actor_goes_to_sleep_and_wakes_with_its_state() -> None:
    world, actor = lab_world()
    record = await world.locate()
    await world.call("work", 7)
    await settle()
    await world.clock.advance(9.9)
    assert "sleep" not in actor.trace
    await world.clock.advance(0.1)
    assert actor.trace[-1] == "sleep"
    asleep = await stored(world, record)
    assert asleep.started_at_ms is None
    assert asleep.slept_at_ms == world.clock.now_ms()
    assert await world.call("look") == [8, ["slept"], 2]
    awake = await stored(world, record)
    assert (awake.slept_at_ms, awake.generation) == (None, 2)


async def test_a_call_in_between_puts_sleep_off() -> None:
    world, actor = lab_world()
    await world.locate()
    await world.clock.advance(9)
    await world.call("look")
    await world.clock.advance(9)
    assert "sleep" not in actor.trace
    await world.clock.advance(1)
    assert "sleep" in actor.trace


async def test_an_actor_may_never_sleep_for_idleness() -> None:
    options = replace(OPTIONS, no_sleep=True)
    definition = replace(LabBase.definition, options=options)
    world, actor = lab_world(definition=definition)
    await world.locate()
    await world.clock.advance(1000)
    assert "sleep" not in actor.trace
    await world.call("work", "sleep")
    await settle()
    assert "sleep" in actor.trace


async def test_a_running_action_keeps_the_actor_awake() -> None:
    world, actor = lab_world()
    call = asyncio.create_task(world.call("work", "wait"))
    await world.clock.advance(50)
    assert "sleep" not in actor.trace
    actor.go.set()
    assert await call == "wait"
    await world.clock.advance(10)
    assert "sleep" in actor.trace


async def test_an_open_connection_keeps_the_actor_awake() -> None:
    world, actor = lab_world()
    client = await world.connect()
    await world.clock.advance(50)
    assert "sleep" not in actor.trace
    await client.leave()
    await world.clock.advance(10)
    assert actor.trace[-2:] == ["disconnect", "sleep"]


async def test_only_work_that_asks_for_it_keeps_the_actor_awake() -> None:
    class Background(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            if argument == "keep":
                c.keep_awake(self.go.wait())
            else:
                c.wait_until(self.go.wait())

    for argument, sleeps in [("keep", False), ("until", True)]:
        facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
        actor: Any = type("Here", (Background,), facts)
        world = World(actor)
        await world.call("work", argument)
        await world.clock.advance(10)
        assert ("sleep" in actor.trace) is sleeps
        actor.go.set()
        await world.clock.advance(20)
        assert "sleep" in actor.trace


async def test_sleep_waits_for_what_runs_and_what_was_left_running() -> None:
    class Background(Lab):
        async def other(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.wait_until(self.go.wait())

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    actor: Any = type("Here", (Background,), facts)
    world = World(actor)
    record = await world.locate()
    call = asyncio.create_task(world.call("work", "wait"))
    await settle()
    await world.call("other")
    await world.call("work", "sleep")
    await settle()
    assert "sleep" in actor.trace
    assert (await stored(world, record)).slept_at_ms is None
    actor.go.set()
    await settle()
    assert await call == "wait"
    assert (await stored(world, record)).slept_at_ms is not None


async def test_requests_during_a_stop_are_served_by_the_next_activation() -> None:
    world, actor = lab_world()
    call = asyncio.create_task(world.call("work", "wait"))
    await settle()
    await world.call("work", "sleep")
    later = asyncio.create_task(world.call("look"))
    await settle()
    assert not later.done()
    actor.go.set()
    result: Any = await later
    assert result[2] == 2
    assert await call == "wait"


async def test_what_exceeds_the_grace_period_is_cancelled() -> None:
    world, actor = lab_world()
    call = asyncio.create_task(world.call("work", "wait"))
    await settle()
    await world.call("work", "sleep")
    await world.clock.advance(4.9)
    assert not call.done()
    await world.clock.advance(0.1)
    error = call.exception()
    assert isinstance(error, RequestError)
    assert error.body.name == "actor.aborted"
    result: Any = await world.call("look")
    assert result[2] == 2
    assert actor.trace.count("sleep") == 1


async def test_code_that_ignores_its_cancellation_does_not_stop_the_stop() -> None:
    class Stubborn(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            if argument == "sleep":
                c.sleep()
                return
            while not self.go.is_set():
                try:
                    await self.go.wait()
                except asyncio.CancelledError:
                    continue
            c.state.value = 99

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    actor: Any = type("Here", (Stubborn,), facts)
    world = World(actor)
    call = asyncio.create_task(world.call("work"))
    await settle()
    await world.call("work", "sleep")
    await world.clock.advance(6)
    result: Any = await world.call("look")
    assert result[2] == 2
    actor.go.set()
    await settle()
    assert isinstance(call.exception(), RequestError)
    # What it does after its actor has ended changes nothing.
    assert (await world.call("look"))[0] != 99  # type: ignore[index] # a list


async def test_a_hook_that_fails_does_not_keep_the_actor_from_sleeping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Lab):
        async def on_sleep(self, c: LabContext) -> None:
            c.state.value = 5
            raise KeyError("lost")

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Failing,), facts))
    await world.locate()
    await world.clock.advance(10)
    assert "on_sleep failed" in caplog.text
    assert await world.call("look") == [5, [], 2]


async def test_a_hook_that_hangs_is_cut_at_the_grace_period() -> None:
    class Hanging(Lab):
        async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
            await asyncio.Event().wait()

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Hanging,), facts))
    record = await world.locate()
    await world.clock.advance(14.9)
    assert (await stored(world, record)).slept_at_ms is None
    await world.clock.advance(0.1)
    assert (await stored(world, record)).slept_at_ms is not None


async def test_sleep_leaves_sockets_open_after_their_last_events() -> None:
    world, actor = lab_world()
    client = await world.connect()
    await client.subscribe("happened")
    await client.request(1, "work", "sleep")
    assert [type(each) for each in client.received[:2]] == [Init, ActionResponse]
    assert client.received[2:] == [Event("happened", ["sleeping"])]
    assert actor.trace[-1] == "sleep"
    await client.leave()
    # The end of the connection woke the actor and was told to it.
    assert actor.trace[-2:] == ["wake 2", "disconnect"]
    assert await world.call("look") == [1, ["slept"], 2]


async def test_asking_for_sleep_twice_is_harmless() -> None:
    class Twice(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.sleep()
            c.sleep()

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    actor: Any = type("Here", (Twice,), facts)
    world = World(actor)
    await world.call("work")
    await settle()
    assert actor.trace.count("sleep") == 1


async def test_the_abort_signal_tells_of_the_stop() -> None:
    class Watching(Lab):
        async def other(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            assert not c.abort_signal.aborted
            await c.abort_signal.wait()
            return c.abort_signal.aborted

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Watching,), facts))
    call = asyncio.create_task(world.call("other"))
    await settle()
    await world.call("work", "sleep")
    assert await call is True


async def test_a_hook_that_awaits_what_it_cancelled_does_no_harm() -> None:
    class Cancelling(Lab):
        async def on_sleep(self, c: LabContext) -> None:
            c.state.value = 5
            task = asyncio.create_task(asyncio.sleep(1))
            task.cancel()
            await task

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Cancelling,), facts))
    await world.locate()
    await world.clock.advance(10)
    assert await world.call("look") == [5, [], 2]


class Gated(Lab):
    """Lets callers in when the test says so."""

    async def on_before_connect(self, c: LabContext, params: Any) -> None:  # noqa: ARG002
        if c.generation == 1:
            await self.go.wait()


async def test_a_call_that_is_let_in_too_late_is_served_by_the_next_activation() -> (
    None
):
    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    actor: Any = type("Here", (Gated,), facts)
    world = World(actor)
    record = await world.locate()
    call = asyncio.create_task(world.call("work", 7))
    await settle()
    await world.host.sleep(record.actor_id)
    actor.go.set()
    assert await call == 7
    world.crash()
    result: Any = await world.call("look")
    assert result[0] >= 7


async def test_a_socket_that_is_let_in_too_late_opens_at_the_next_activation() -> None:
    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    actor: Any = type("Here", (Gated,), facts)
    world = World(actor)
    record = await world.locate()
    connecting = asyncio.create_task(world.connect())
    await settle()
    await world.host.sleep(record.actor_id)
    actor.go.set()
    client = await connecting
    await client.request(1, "look")
    assert client.close_frame is None
    result: Any = client.outputs[1]
    assert result[2] == 2


async def test_calls_at_every_moment_of_a_stop_are_acknowledged_only_when_saved() -> (
    None
):
    class Counting(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.notes.append(str(argument))
            return argument

    for delay in range(40):
        facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
        world = World(type("Here", (Counting,), facts))
        record = await world.locate()
        client = await world.connect()
        stopping = asyncio.create_task(world.host.sleep(record.actor_id))
        for _ in range(delay):
            await asyncio.sleep(0)
        await client.request(1, "work", "socket")
        assert await world.call("work", "http") == "http"
        await stopping
        world.crash()
        result: Any = await world.call("look")
        assert "http" in result[1]
        assert ("socket" in result[1]) or 1 not in client.outputs


async def test_an_actor_that_falls_asleep_may_call_itself() -> None:
    class Selfish(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            target = IdTarget(name="lab", actor_id=c.actor_id)
            if argument == "inner":
                return c.generation
            c.sleep()
            await settle()
            call = ActionCall(name="work", args=["inner"])
            return await c.transport.action(target, call)

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Selfish,), facts))
    assert await world.call("work") == 1
    await settle()
    assert await world.call("work", "inner") == 2


async def test_an_actor_that_falls_asleep_may_be_called_back() -> None:
    class Caller(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            there = KeyTarget(name="lab", key=("b",), create=True)
            match argument:
                case "callback":
                    return c.generation
                case None:
                    c.sleep()
                    await settle()
                    call = ActionCall(name="work", args=[c.actor_id])
                    return await c.transport.action(there, call)
                case caller:
                    call = ActionCall(name="work", args=["callback"])
                    return await c.transport.action(
                        IdTarget(name="lab", actor_id=caller), call
                    )

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Caller,), facts))
    assert await world.call("work") == 1


# Destruction


async def test_an_actor_may_destroy_itself_and_still_answers() -> None:
    world, actor = lab_world()
    record = await world.locate()
    assert await world.call("work", "destroy") == "destroy"
    await settle()
    assert actor.trace == ["wake 1", "destroy False 0", "disconnect"]
    assert (await stored(world, record)).destroyed_at_ms == world.clock.now_ms()
    assert await world.store.values(record.actor_id, frozenset(Area)) == {}


async def test_a_destroyed_actor_is_not_found_by_its_id() -> None:
    world, _ = lab_world()
    record = await world.locate()
    await world.host.destroy(record.actor_id)
    for _ in range(2):
        with pytest.raises(RequestError) as caught:
            await world.host.call_action(record, "look", [])
        assert (caught.value.body.name, caught.value.status) == ("actor.not_found", 404)
        assert caught.value.actor is None
        world.crash()


async def test_its_key_is_free_again() -> None:
    world, _ = lab_world()
    first = await world.locate()
    await world.call("work", 5)
    await world.host.destroy(first.actor_id)
    second = await world.locate()
    assert second.actor_id != first.actor_id
    assert await world.call("look") == [0, [], 1]


async def test_destroying_twice_is_harmless_but_not_from_inside() -> None:
    class Twice(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.destroy()
            c.sleep()
            c.destroy()

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    world = World(type("Here", (Twice,), facts))
    record = await world.locate()
    with pytest.raises(RequestError) as caught:
        await world.call("work")
    assert caught.value.body.name == "actor.stopping"
    await world.host.destroy(record.actor_id)
    await world.host.destroy(record.actor_id)


async def test_a_sleeping_actor_is_destroyed_without_waking() -> None:
    world, actor = lab_world()
    record = await world.locate()
    await world.clock.advance(10)
    actor.trace.clear()
    await world.host.destroy(record.actor_id)
    assert actor.trace == []
    assert (await stored(world, record)).destroyed_at_ms is not None


async def test_an_actor_that_never_was_cannot_be_destroyed() -> None:
    world, _ = lab_world()
    with pytest.raises(RequestError, match=r"actor\.not_found"):
        await world.host.destroy("unknown")


async def test_destruction_closes_sockets_without_a_reason() -> None:
    world, actor = lab_world()
    client = await world.connect()
    await client.request(1, "work", "destroy")
    assert client.received[1:] == [ActionResponse(1, "destroy"), (1000, "")]
    assert actor.trace[-2:] == ["destroy False 0", "disconnect"]


async def test_destruction_waits_for_what_runs() -> None:
    world, actor = lab_world()
    record = await world.locate()
    call = asyncio.create_task(world.call("work", "wait"))
    await settle()
    destruction = asyncio.create_task(world.host.destroy(record.actor_id))
    await settle()
    assert not destruction.done()
    actor.go.set()
    assert await call == "wait"
    await destruction


async def test_destruction_of_an_actor_that_falls_asleep_still_happens() -> None:
    world, actor = lab_world()
    record = await world.locate()
    call = asyncio.create_task(world.call("work", "wait"))
    await settle()
    await world.call("work", "sleep")
    destruction = asyncio.create_task(world.host.destroy(record.actor_id))
    await settle()
    actor.go.set()
    await call
    await destruction
    assert (await stored(world, record)).destroyed_at_ms is not None


async def test_tombstones_are_listed_on_request() -> None:
    world, _ = lab_world()
    record = await world.locate()
    await world.host.destroy(record.actor_id)
    query = RecordQuery(namespace="default", name="lab")
    assert (await world.host.list_records(query)).records == ()
    everything = replace(query, include_destroyed=True)
    (tombstone,) = (await world.host.list_records(everything)).records
    assert tombstone.actor_id == record.actor_id


# The host


async def test_stopping_the_host_saves_every_actor() -> None:
    world, actor = lab_world()
    for key in ("a", "b", "c"):
        await world.call("work", 3, key=key)
    await world.host.stop()
    assert actor.trace.count("sleep") == 3
    with pytest.raises(RequestError) as caught:
        await world.call("look")
    assert (caught.value.body.name, caught.value.status) == (
        "guard.service_unavailable",
        503,
    )
    world.crash()
    assert await world.call("look", key="c") == [4, ["slept"], 2]


async def test_stopping_the_host_waits_for_actors_that_start() -> None:
    class Starting(Lab):
        async def on_wake(self, c: LabContext) -> None:  # noqa: ARG002
            await self.go.wait()

    facts: dict[str, Any] = {"go": asyncio.Event(), "trace": []}
    actor: Any = type("Here", (Starting,), facts)
    world = World(actor)
    call = asyncio.create_task(world.locate())
    await settle()
    stop = asyncio.create_task(world.host.stop())
    await settle()
    assert not stop.done()
    actor.go.set()
    await stop
    assert isinstance(call.exception(), RequestError)
    assert actor.trace == ["sleep"]


async def test_a_client_that_leaves_during_the_stop_does_no_harm() -> None:
    world, actor = lab_world()
    client: FakeClient = await world.connect()
    waiting = asyncio.create_task(world.call("work", "wait"))
    await settle()
    await world.call("work", "sleep")
    await client.leave()
    actor.go.set()
    await waiting
    await settle()
    assert actor.trace.count("disconnect") == 3
