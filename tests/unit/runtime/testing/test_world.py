"""A world in memory: time that is skipped, processes that crash, clients that stay."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import pytest

import everything_actors
from chat.app import registry
from chat_client import ChatClient, Overflow
from everything_client import EverythingClient
from rivetgen_client import UnknownOutcomeError
from rivetgen_runtime.testing.world import START_MS, World, virtual_time

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch
    from rivetgen_runtime.testing.virtual_time import VirtualTime

COUNTER_SLEEPS_AFTER_S = 30


def world_of(time: VirtualTime) -> tuple[World, ChatClient]:
    world = World(registry.actors, time)
    return world, ChatClient(transport=world.transport)


@virtual_time
async def test_a_generated_client_works_without_a_server(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        counter = client.counter.get_or_create(name="a", start=5)
        assert await counter.increment(2) == 7
        with pytest.raises(Overflow):
            await counter.increment(10_000)


@virtual_time
async def test_thirty_days_pass_at_once(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        actor_id = await client.counter.get_or_create(name="a").resolve()
        await world.skip(days=30)
        assert time.now_ms() - START_MS == pytest.approx(30 * 86_400_000)
        record = await world.store.record(actor_id)
        assert record is not None
        assert record.slept_at_ms is not None


@virtual_time
async def test_a_sleeping_actor_is_woken_for_what_is_due(time: VirtualTime) -> None:
    world = World(everything_actors.registry.actors, time)
    client = EverythingClient(transport=world.transport)
    async with world:
        actor_id = await client.everything.get_or_create(
            org="a",
            list="b",
            input_org="c",
            token="ada",  # noqa: S106 - none
        ).resolve()
        await world.sleep(actor_id)
        await world.skip(seconds=6)  # one of its schedules is every five seconds
        record = await world.store.record(actor_id)
        assert record is not None
        assert record.generation == 2


@virtual_time
async def test_what_was_answered_survives_a_crash(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        counter = client.counter.get_or_create(name="a")
        assert await counter.increment() == 1
        world.crash()
        assert await counter.increment() == 2


@virtual_time
async def test_a_call_whose_server_dies_has_an_unknown_outcome(
    time: VirtualTime,
) -> None:
    held = asyncio.Event()

    async def hold(_: Batch) -> None:
        await held.wait()

    async with World(registry.actors, time, commit_gate=hold) as world:
        client = ChatClient(transport=world.transport)
        counter = client.counter.get_or_create(name="a")
        pending = asyncio.create_task(counter.increment())
        await world.skip(seconds=1)
        world.crash()
        with pytest.raises(UnknownOutcomeError, match="was killed"):
            await pending
        held.set()
        assert await counter.get_count() == 0


@virtual_time
async def test_connections_come_back_after_a_crash(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world, client.counter.get_or_create(name="a").connect() as connection:
        counts = connection.events.new_count.listen()
        assert await connection.increment() == 1
        assert await anext(counts) == 1
        world.crash()
        await world.skip(seconds=5)
        assert await client.counter.get_or_create(name="a").increment() == 2
        assert await anext(counts) == 2


@virtual_time
async def test_a_restart_keeps_everything(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        counter = client.counter.get_or_create(name="a", start=3)
        assert await counter.get_count() == 3
        await world.restart()
        assert await counter.get_count() == 3


@virtual_time
async def test_a_killed_process_leaves_no_task_and_no_timer(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        await client.counter.get_or_create(name="a").increment()
        before = world.process
        world.crash()
        await world.skip(seconds=COUNTER_SLEEPS_AFTER_S * 2)
        assert not before.is_alive
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others


def test_pytest_does_not_see_the_time_as_a_fixture() -> None:
    async def check(time: VirtualTime, tmp_path: str) -> None:
        del time, tmp_path

    assert [*inspect.signature(virtual_time(check)).parameters] == ["tmp_path"]
