"""Turns: one batch each, answers and events only after it is durable."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import Counter, LabBase, LabContext, LabState
from core_world import World
from rivetgen_client.wire.messages import ActionResponse, Event
from rivetgen_runtime.core.ports import Area, PutRecord, PutValue
from rivetgen_runtime.core.snapshots import decode_stored
from rivetgen_runtime.errors import RequestError, UserError
from rivetgen_runtime.options import ActorOptions, StateLimits
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch


def states(batches: list[Batch]) -> list[Any]:
    """The states that batches carry."""
    return [
        decode_stored(write.value)[1]
        for batch in batches
        for write in batch.writes
        if isinstance(write, PutValue) and write.area is Area.STATE
    ]


class Lab(LabBase):
    """Every action does what its argument says."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        c.state.value += argument or 0
        return c.state.value

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.value

    async def later(self, c: LabContext, argument: Any) -> Any:
        c.state.value += argument or 0
        c.events.happened(c.state.value)
        return c.state.value


async def test_an_action_reply_waits_for_its_commit() -> None:
    world = World(Lab)
    await world.locate()
    world.commits.hold()
    call = asyncio.create_task(world.call("work", 5))
    await settle()
    assert not call.done()
    await world.commits.let_go()
    assert await call == 5


async def test_a_turn_is_one_batch_with_the_whole_state() -> None:
    world = World(Lab)
    await world.locate()
    world.commits.batches.clear()
    await world.call("work", 5)
    assert len(world.commits.batches) == 1
    assert states(world.commits.batches) == [{"value": 5, "notes": []}]


async def test_an_unchanged_state_is_not_written() -> None:
    world = World(Lab)
    await world.call("work", 5)
    world.commits.batches.clear()
    assert await world.call("work", 0) == 5
    assert world.commits.batches == []


async def test_a_read_only_reply_waits_for_what_it_has_seen() -> None:
    """Otherwise a crash takes back what a client was told: a count went 5, 0."""
    world = World(Lab)
    await world.locate()
    client = await world.connect()
    world.commits.hold()
    write = asyncio.create_task(world.call("work", 5))
    await settle()
    read = asyncio.create_task(world.call("look"))
    await client.request(1, "look")
    assert client.outputs == {}
    assert not read.done()
    await world.commits.let_go()
    assert (await write, await read, client.outputs) == (5, 5, {1: 5})


async def test_a_read_only_reply_with_nothing_pending_never_waits() -> None:
    world = World(Lab)
    await world.call("work", 5)
    client = await world.connect()
    world.commits.hold()
    assert await world.call("look") == 5
    await client.request(1, "look")
    assert client.outputs == {1: 5}


async def test_a_read_only_reply_waits_for_what_an_unfinished_action_changed() -> None:
    release = asyncio.Event()

    class Slow(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.value = argument
            await release.wait()

    world = World(Slow)
    await world.locate()
    write = asyncio.create_task(world.call("work", 5))
    await settle()
    world.commits.hold()
    read = asyncio.create_task(world.call("look"))
    await settle()
    assert not read.done()
    await world.commits.let_go()
    assert await read == 5
    world.kill()
    assert await world.call("look") == 5
    write.cancel()


async def test_events_and_reply_leave_after_the_commit_and_in_order() -> None:
    world = World(Counter)
    caller = await world.connect("counter")
    watcher = await world.connect("counter")
    for client in (caller, watcher):
        await client.subscribe("newCount")
        client.received.clear()
    world.commits.hold()
    await caller.request(1, "increment", 2)
    assert caller.received == watcher.received == []
    await world.commits.let_go()
    event = Event("newCount", [2])
    assert caller.received == [event, ActionResponse(1, 2)]
    assert watcher.received == [event]


async def test_turns_that_end_during_a_commit_share_the_next_one() -> None:
    world = World(Lab)
    await world.locate()
    world.commits.batches.clear()
    world.commits.hold()
    calls = [asyncio.create_task(world.call("work", 1)) for _ in range(10)]
    await settle()
    await world.commits.let_go()
    assert await asyncio.gather(*calls) == list(range(1, 11))
    assert [state["value"] for state in states(world.commits.batches)] == [1, 10]


async def test_an_event_in_the_middle_of_an_action_leaves_before_its_end() -> None:
    release = asyncio.Event()

    class Streaming(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.value = 1
            c.events.happened("started")
            await release.wait()
            c.events.happened(argument)
            return "done"

    world = World(Streaming)
    client = await world.connect()
    await client.subscribe("happened")
    world.commits.batches.clear()
    world.commits.hold()
    await client.request(1, "work", "ended")
    assert client.events == []
    await world.commits.let_go()
    # What the event speaks of is durable, although the action goes on.
    assert client.events == [["started"]]
    assert states(world.commits.batches) == [{"value": 1, "notes": []}]
    release.set()
    await settle()
    assert client.events == [["started"], ["ended"]]
    assert client.outputs == {1: "done"}


async def test_a_stream_of_events_is_saved_as_often_as_the_store_confirms() -> None:
    class Streaming(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            for number in range(argument):
                c.state.value = number
                c.events.happened(number)
                await asyncio.sleep(0)

    world = World(Streaming)
    client = await world.connect()
    await client.subscribe("happened")
    world.commits.batches.clear()
    world.commits.hold()
    await client.request(1, "work", 20)
    await world.commits.let_go()
    assert client.events == [[number] for number in range(20)]
    assert len(world.commits.batches) == 2


async def test_a_broadcast_has_the_same_order_for_all_and_every_connection() -> None:
    world = World(Counter)
    clients = [await world.connect("counter") for _ in range(5)]
    for client in clients:
        await client.subscribe("newCount")
    for number, client in enumerate(clients * 4):
        world.commits.hold()
        await client.request(number, "increment", 1)
        if number % 3 == 0:
            await world.commits.let_go()
    await world.commits.let_go()
    for client in clients:
        assert client.events == [[number] for number in range(1, 21)]


async def test_saving_the_state_waits_until_it_is_durable() -> None:
    steps: list[str] = []

    class Saving(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.value = argument
            await c.save_state()
            steps.append("saved")
            c.state.value = argument + 1

    world = World(Saving)
    await world.locate()
    world.commits.batches.clear()
    world.commits.hold()
    call = asyncio.create_task(world.call("work", 1))
    await settle()
    assert steps == []
    await world.commits.let_go()
    await call
    assert [state["value"] for state in states(world.commits.batches)] == [1, 2]


async def test_a_save_may_be_put_off() -> None:
    class Lazy(Lab):
        async def later(self, c: LabContext, argument: Any) -> Any:
            c.state.value = argument
            await c.save_state(max_wait_s=0.2)
            await c.save_state(immediate=False)

    world = World(Lazy)
    await world.locate()
    await world.clock.advance(0.5)
    await world.call("later", 4)
    world.commits.batches.clear()
    await world.clock.advance(0.1)
    assert world.commits.batches == []
    await world.clock.advance(0.1)
    assert states(world.commits.batches) == [{"value": 4, "notes": []}]
    await world.clock.advance(10)
    assert len(world.commits.batches) == 1


async def test_a_large_state_is_remarked_once(caplog: pytest.LogCaptureFixture) -> None:
    class Growing(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.notes.append("x" * argument)

    world = World(Growing, state=StateLimits(advised_bytes=1000, maximum_bytes=3000))
    for _ in range(2):
        await world.call("work", 900)
    assert caplog.text.count("is saved as a whole") == 1
    with pytest.raises(RequestError, match="state_too_large"):
        await world.call("work", 2000)
    assert "the limit is 3,000" in caplog.text
    await world.call("work", 0)


# What may be lost within an interval


async def test_an_interval_reply_and_its_events_do_not_wait() -> None:
    world = World(Lab)
    client = await world.connect()
    await client.subscribe("happened")
    world.commits.batches.clear()
    await world.clock.advance(10)
    world.commits.hold()
    assert await world.call("later", 3) == 3
    assert client.events == [[3]]
    assert world.commits.batches == []
    await world.clock.advance(0)
    assert states(world.commits.batches) == [{"value": 3, "notes": []}]


async def test_interval_saves_are_spaced_by_the_interval() -> None:
    world = World(Lab)
    await world.locate()
    await world.clock.advance(10)
    world.commits.batches.clear()
    saved_at: list[tuple[float, int]] = []
    for _ in range(40):
        before = len(world.commits.batches)
        await world.call("later", 1)
        await world.clock.advance(0.1)
        if len(world.commits.batches) > before:
            value = states(world.commits.batches)[-1]["value"]
            saved_at.append((round(world.clock.monotonic_s() - 10, 1), value))
    assert [at for at, _ in saved_at] == pytest.approx([0.1, 1.1, 2.1, 3.1], abs=0.11)


class Hurried(Lab):
    """Saves at most every ten seconds what may be lost."""

    definition = replace(
        LabBase.definition, options=ActorOptions(state_save_interval_s=10.0)
    )

    async def later(self, c: LabContext, argument: Any) -> Any:
        c.state.notes.append(argument)
        if argument == "now":
            await c.save_state()
        elif argument == "soon":
            await c.save_state(max_wait_s=0.2)

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.notes


@pytest.mark.parametrize(
    ("second", "killed_after_s", "kept"),
    [
        ("later", 1.0, ["first"]),
        ("later", 10.0, ["first", "later"]),
        ("now", 0.0, ["first", "now"]),
        ("soon", 0.1, ["first"]),
        ("soon", 0.3, ["first", "soon"]),
    ],
)
async def test_a_killed_server_loses_what_the_interval_allows_and_no_more(
    second: str, killed_after_s: float, kept: list[str]
) -> None:
    world = World(Hurried)
    await world.locate()
    await world.clock.advance(20)
    await world.call("later", "first")
    await world.clock.advance(0.05)
    await world.call("later", second)
    await world.clock.advance(killed_after_s)
    world.kill()
    assert await world.call("look") == kept


async def test_a_killed_server_loses_no_durable_answer_of_a_hurried_actor() -> None:
    world = World(Hurried)
    await world.locate()
    await world.call("later", "first")
    await world.call("later", "second")
    await world.call("work", 3)
    world.kill()
    assert await world.call("look") == ["first", "second"]


async def test_sleep_saves_what_the_interval_has_not() -> None:
    world = World(Hurried)
    record = await world.locate()
    await world.call("later", "first")
    await world.call("later", "second")
    await world.host.sleep(record.actor_id)
    world.kill()
    assert await world.call("look") == ["first", "second"]


async def test_an_interval_event_does_not_overtake_a_durable_one() -> None:
    class Mixed(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.value = 7
            c.events.happened(argument)

    world = World(Mixed)
    client = await world.connect()
    await client.subscribe("happened")
    world.commits.hold()
    await client.request(1, "work", "first")
    await client.request(2, "later", 1)
    assert client.events == []
    await world.commits.let_go()
    assert client.events == [["first"], [8]]
    assert client.outputs == {1: None, 2: 8}


async def test_an_actor_may_be_saved_by_interval_as_a_whole() -> None:
    class Relaxed(Lab):
        definition = replace(LabBase.definition, durability="interval")

    world = World(Relaxed)
    await world.locate()
    world.commits.hold()
    assert await world.call("work", 4) == 4
    await world.clock.advance(1)
    await world.commits.let_go()
    assert states(world.commits.batches)[-1]["value"] == 4


# on_state_change


class Observed(LabBase):
    """Counts what its hook is told."""

    definition = replace(LabBase.definition, options=ActorOptions())

    def __init__(self) -> None:
        self.seen: list[int] = []

    def on_state_change(self, c: LabContext) -> None:
        self.seen.append(c.state.value)
        c.events.happened(c.state.value)

    async def work(self, c: LabContext, argument: Any) -> Any:
        for _ in range(3):
            c.state.value += argument
        return "done"

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return list(self.seen)


async def test_one_burst_of_changes_is_one_call_of_the_hook() -> None:
    world = World(Observed)
    client = await world.connect()
    await client.subscribe("happened")
    await client.request(1, "work", 2)
    await client.request(2, "work", 0)
    assert await world.call("look") == [6]
    assert client.events == [[6]]
    assert client.received[-2:] == [
        ActionResponse(1, "done"),
        ActionResponse(2, "done"),
    ]


async def test_a_hook_that_fails_fails_the_action_but_the_change_stays() -> None:
    class Failing(Observed):
        def on_state_change(self, c: LabContext) -> None:
            super().on_state_change(c)
            raise UserError("no", code="disliked")

    world = World(Failing)
    with pytest.raises(RequestError) as caught:
        await world.call("work", 2)
    assert caught.value.body.name == "user.disliked"
    assert states(world.commits.batches)[-1]["value"] == 6


async def test_a_hook_that_changes_the_state_is_refused() -> None:
    class Reentrant(Observed):
        def on_state_change(self, c: LabContext) -> None:
            c.state.value = -1

    world = World(Reentrant)
    with pytest.raises(RequestError) as caught:
        await world.call("work", 2)
    assert caught.value.body.name == "actor.state_mutation_reentrant"
    assert states(world.commits.batches)[-1]["value"] == 6
    assert await world.call("look") == []


# States that cannot be saved


async def test_a_state_that_does_not_fit_fails_the_action_and_is_undone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Careless(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state.value = argument
            c.events.happened("changed")

    world = World(Careless)
    client = await world.connect()
    await client.subscribe("happened")
    await world.call("work", 3)
    with pytest.raises(RequestError) as caught:
        await world.call("work", "not a number")
    assert caught.value.body.name == "rivetgen.state_invalid"
    assert caught.value.body.message == "An internal error occurred"
    assert "ray" in caplog.text
    assert await world.call("look") == 3
    assert client.events == [["changed"]]
    await world.call("work", 4)
    assert await world.call("look") == 4


async def test_the_first_batch_of_an_actor_holds_its_record_and_its_state() -> None:
    world = World(Lab)
    record = await world.locate()
    (batch,) = world.commits.batches
    assert states([batch]) == [LabState().model_dump()]
    records = [write.record for write in batch.writes if isinstance(write, PutRecord)]
    assert records == [record]
