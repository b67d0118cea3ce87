"""What happens to actors when something cannot be made durable."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_client.wire.messages import ActionResponse, Init
from rivetgen_runtime.errors import (
    RequestError,
    StorageError,
    StorageFailedError,
    StorageFullError,
)
from rivetgen_runtime.testing.manual import settle


class Lab(LabBase):
    """Counts, tells, and waits."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        if argument == "wait":
            await asyncio.Event().wait()
        c.state.value += 1
        c.events.happened(c.state.value)
        return c.state.value

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [c.state.value, c.generation]


FAILURES = [
    (StorageFullError(), "rivetgen.storage_full", 507),
    (StorageFailedError(), "rivetgen.storage_failed", 503),
]


def failed(call: asyncio.Task[Any]) -> RequestError:
    error = call.exception()
    assert isinstance(error, RequestError)
    return error


@pytest.mark.parametrize(("failure", "name", "status"), FAILURES)
async def test_waiting_callers_get_an_error_and_nothing_is_sent(
    failure: StorageError, name: str, status: int
) -> None:
    world = World(Lab)
    caller, watcher = await world.connect(), await world.connect()
    await watcher.subscribe("happened")
    world.commits.hold()
    world.commits.fail(failure)
    calls = [asyncio.create_task(world.call("work")) for _ in range(3)]
    await caller.request(1, "work")
    await world.commits.let_go()
    for call in calls:
        error = failed(call)
        assert (error.body.name, error.status) == (name, status)
    assert watcher.events == []
    assert [(each.action_id, each.code) for each in caller.errors] == [
        (1, name.partition(".")[2])
    ]
    assert caller.outputs == {}


async def test_after_a_full_store_the_actor_goes_on_from_what_is_stored() -> None:
    world = World(Lab)
    assert await world.call("work") == 1
    world.commits.fail(StorageFullError())
    with pytest.raises(RequestError, match="storage_full"):
        await world.call("work")
    world.commits.fail(None)
    # Memory was ahead of the store: that activation is gone.
    assert await world.call("look") == [1, 2]
    assert await world.call("work") == 2


async def test_a_full_store_still_serves_reads() -> None:
    world = World(Lab)
    await world.call("work")
    world.commits.fail(StorageFullError())
    assert await world.call("look") == [1, 1]


async def test_after_a_failed_store_nothing_is_confirmed_any_more() -> None:
    world = World(Lab)
    await world.call("work")
    await world.call("work", key="b")
    world.commits.fail(StorageFailedError())
    with pytest.raises(RequestError, match="storage_failed"):
        await world.call("work")
    world.commits.fail(None)
    for key in ("a", "b", "new"):
        with pytest.raises(RequestError) as caught:
            await world.call("work", key=key)
        assert caught.value.body.name == "rivetgen.storage_failed"


async def test_running_actions_are_interrupted() -> None:
    world = World(Lab)
    waiting = asyncio.create_task(world.call("work", "wait"))
    await settle()
    world.commits.fail(StorageFullError())
    with pytest.raises(RequestError):
        await world.call("work")
    await settle()
    assert failed(waiting).body.name == "rivetgen.storage_full"


async def test_sockets_are_closed_so_that_clients_come_back() -> None:
    world = World(Lab)
    client = await world.connect()
    world.commits.fail(StorageFullError())
    await client.request(1, "work")
    assert client.close_frame == (1011, "actor.restarting")
    await client.leave()
    world.commits.fail(None)
    again = await world.connect()
    await again.request(2, "work")
    assert [type(each) for each in again.received] == [Init, ActionResponse]


async def test_an_actor_whose_creation_cannot_be_stored_does_not_exist() -> None:
    world = World(Lab)
    world.commits.fail(StorageFullError())
    with pytest.raises(RequestError, match="storage_full"):
        await world.locate()
    world.commits.fail(None)
    assert await world.host.find("lab", ("a",)) is None
    assert (await world.locate()).generation == 1


async def test_an_actor_that_cannot_be_saved_for_sleep_is_dropped() -> None:
    world = World(Lab)
    record = await world.locate()
    world.commits.fail(StorageFullError())
    await world.host.sleep(record.actor_id)
    world.commits.fail(None)
    assert await world.call("look") == [0, 2]


async def test_sockets_are_closed_when_sleep_cannot_be_saved() -> None:
    world = World(Lab)
    record = await world.locate()
    client = await world.connect()
    world.commits.fail(StorageFullError())
    await world.host.sleep(record.actor_id)
    assert client.close_frame == (1011, "actor.restarting")


async def test_a_destruction_that_cannot_be_stored_is_told() -> None:
    world = World(Lab)
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    world.commits.fail(StorageFullError())
    with pytest.raises(RequestError, match="storage_full"):
        await world.host.destroy(record.actor_id)
    world.commits.fail(None)
    assert await world.call("look") == [0, 2]


async def test_management_calls_tell_of_a_failed_store() -> None:
    world = World(Lab)
    await world.call("work")
    world.commits.fail(StorageFailedError())
    with pytest.raises(RequestError):
        await world.call("work")
    with pytest.raises(RequestError, match="storage_failed"):
        await world.host.find("lab", ("b",))
    with pytest.raises(RequestError, match="storage_failed"):
        await world.host.names("default", limit=1)


async def test_the_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    world = World(Lab)
    await world.locate()
    world.commits.fail(StorageFullError())
    with pytest.raises(RequestError):
        await world.call("work")
    assert "dropped from memory" in caplog.text


async def test_stopping_a_host_with_a_failed_store_ends() -> None:
    world = World(Lab)
    await world.call("work")
    await world.call("work", key="b")
    world.commits.fail(StorageFailedError())
    await world.host.stop()
