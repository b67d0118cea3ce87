"""Refusing work costs little: no line in the log per refused call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_client.wire.messages import ActionRequest
from rivetgen_runtime.errors import RequestError


class Lab(LabBase):
    """Works until it is told to end."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        del c, argument
        await asyncio.Event().wait()


@pytest.fixture
async def world() -> World:
    """A host whose actors run one action at a time."""
    return World(Lab, running_actions_per_actor=1, running_actions_per_connection=1)


async def test_a_refused_call_is_answered_with_503_and_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    running = asyncio.create_task(world.call("work"))
    await asyncio.sleep(0.05)
    with pytest.raises(RequestError, match="limit of 1 running actions") as refused:
        await world.call("work")
    assert refused.value.status == 503
    assert not caplog.records
    running.cancel()


async def test_a_refused_request_of_a_connection_says_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    client = await world.connect()
    await client.request(1, "work")
    await client.request(2, "work")
    assert [error.message for error in client.errors] == [
        "The actor has reached its limit of 1 running actions per connection."
    ]
    assert not caplog.records


async def test_a_request_that_comes_too_late_is_no_failure(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    record = await world.locate()
    client = await world.connect()
    sleeping = asyncio.create_task(world.host.sleep(record.actor_id))
    # The actor has nothing left to do: its last batch is made in a few steps.
    for action_id in range(20):
        await asyncio.sleep(0)
        if client.port is not None:
            client.port.receive(ActionRequest(action_id, "look", []))
    await sleeping
    await asyncio.sleep(0.05)
    assert {error.code for error in client.errors} <= {"overloaded", "stopping"}
    assert not caplog.records
