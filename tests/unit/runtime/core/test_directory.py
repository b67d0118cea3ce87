"""Who exists and who is awake: one activation per actor, whatever happens at once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest

from core_actors import Counter, LabBase, LabContext, LabCreateContext, LabState
from core_world import World
from rivetgen_client.wire.identifiers import is_actor_id
from rivetgen_runtime.core.directory import Creation
from rivetgen_runtime.core.ports import ActorRecord, RecordQuery
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle


class Counted(LabBase):
    """Counts its activations, which must never overlap."""

    definition = replace(LabBase.definition, options=ActorOptions(sleep_timeout_s=1.0))
    creations: int = 0
    alive: int = 0
    most_alive: int = 0

    async def create_state(self, c: LabCreateContext, input: Any) -> LabState:  # noqa: A002, ARG002
        type(self).creations += 1
        await asyncio.sleep(0)
        return LabState()

    async def on_wake(self, c: LabContext) -> None:  # noqa: ARG002
        kind = type(self)
        kind.alive += 1
        kind.most_alive = max(kind.most_alive, kind.alive)
        await asyncio.sleep(0)

    async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
        await asyncio.sleep(0)
        type(self).alive -= 1

    async def on_destroy(self, c: LabContext) -> None:  # noqa: ARG002
        type(self).alive -= 1

    async def work(self, c: LabContext, argument: Any) -> Any:
        if argument == "sleep":
            c.sleep()
            return None
        c.state.value += 1
        return c.state.value

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.value


def counted() -> type[Counted]:
    return type("CountedHere", (Counted,), {"creations": 0, "alive": 0})


async def test_many_calls_for_one_key_create_one_actor() -> None:
    actor = counted()
    world = World(actor)
    records = await asyncio.gather(*(world.locate() for _ in range(200)))
    assert len({record.actor_id for record in records}) == 1
    assert (actor.creations, actor.most_alive) == (1, 1)
    assert len(world.commits.batches) == 1


async def test_many_keys_create_many_actors() -> None:
    actor = counted()
    world = World(actor)
    records = await asyncio.gather(
        *(world.locate(key=str(number % 10)) for number in range(200))
    )
    assert len({record.actor_id for record in records}) == 10
    assert actor.creations == 10


async def test_only_the_creating_call_is_told_so() -> None:
    world = World(Counter)
    creation = Creation(name="counter", key=("a",))
    results = await asyncio.gather(
        *(world.host.get_or_create(creation) for _ in range(10))
    )
    assert [created for _, created in results].count(True) == 1
    assert (await world.host.get_or_create(creation))[1] is False


async def test_many_calls_wake_an_actor_once() -> None:
    actor = counted()
    world = World(actor)
    await world.locate()
    world.crash()
    actor.alive = 0
    results = await asyncio.gather(*(world.call("work") for _ in range(50)))
    assert sorted(results, key=repr) == sorted(range(1, 51), key=repr)
    assert actor.most_alive == 1
    assert (await world.locate()).generation == 2


async def test_nothing_is_woken_before_it_is_called() -> None:
    actor = counted()
    world = World(actor)
    for number in range(10):
        await world.locate(key=str(number))
    world.crash()
    actor.alive = 0
    await world.locate(key="3")
    assert actor.alive == 1


async def test_a_caller_that_gives_up_does_not_stop_the_creation() -> None:
    world = World(Counter)
    world.commits.hold()
    first = asyncio.create_task(world.locate("counter"))
    second = asyncio.create_task(world.locate("counter"))
    await settle()
    first.cancel()
    await world.commits.let_go()
    assert first.cancelled()
    assert (await second).name == "counter"


async def test_creating_an_existing_key_is_refused() -> None:
    world = World(Counter)
    first = await world.host.create(Creation(name="counter", key=("a/b",)))
    with pytest.raises(RequestError) as caught:
        await world.host.create(Creation(name="counter", key=("a/b",)))
    assert (caught.value.body.name, caught.value.status) == (
        "actor.duplicate_key",
        400,
    )
    assert caught.value.body.metadata == {
        "existing_actor_id": first.actor_id,
        "key": "a\\/b",
    }
    assert caught.value.body.message == (
        f"Actor key 'a\\/b' already in use for actor '{first.actor_id}'"
    )


async def test_of_many_creations_one_succeeds() -> None:
    world = World(Counter)
    creation = Creation(name="counter", key=("a",))
    results = await asyncio.gather(
        *(world.host.create(creation) for _ in range(20)), return_exceptions=True
    )
    refused = [each for each in results if isinstance(each, RequestError)]
    assert len(refused) == 19
    assert {error.body.code for error in refused} == {"duplicate_key"}


async def test_actors_without_key_are_never_the_same() -> None:
    class Keyless(LabBase):
        definition = replace(LabBase.definition, key=None)

    world = World(Keyless)
    creation = Creation(name="lab", key=None)
    first = await world.host.create(creation)
    second = await world.host.create(creation)
    assert first.actor_id != second.actor_id
    assert await world.host.find("lab", ()) is None
    await world.host.sleep(first.actor_id)
    assert await world.host.call_action(first, "look", []) is None
    assert await world.host.find("lab", ()) is None


async def test_ids_are_those_of_the_protocol() -> None:
    assert is_actor_id((await World(Counter).locate("counter")).actor_id)


async def test_an_unknown_actor_name_is_refused() -> None:
    world = World(Counter)
    with pytest.raises(RequestError) as caught:
        await world.locate("nobody")
    assert (caught.value.body.name, caught.value.status) == (
        "actor.not_registered",
        400,
    )


async def test_a_stored_actor_whose_class_is_gone_is_refused() -> None:
    world = World(Counter, LabBase)
    record = await world.locate()
    world.actors = (Counter,)
    world.crash()
    with pytest.raises(RequestError, match=r"actor\.not_registered"):
        await world.host.call_action(record, "look", [])


@pytest.mark.parametrize("part", ["k" * 129, "é" * 65])
async def test_a_part_of_a_key_has_a_limit(part: str) -> None:
    with pytest.raises(RequestError) as caught:
        await World(Counter).locate("counter", part)
    assert (caught.value.body.name, caught.value.status) == ("actor.key_too_large", 400)


async def test_a_key_has_a_limit() -> None:
    world = World(Counter)
    target = replace(world.target("counter"), key=("k" * 100,) * 11)
    with pytest.raises(RequestError) as caught:
        await world.host.locate(target)
    metadata: Any = caught.value.body.metadata
    assert metadata["max_size"] == 1024
    assert len(metadata["key_preview"]) == 1024


async def test_getting_an_actor_that_does_not_exist_creates_nothing() -> None:
    world = World(Counter)
    with pytest.raises(RequestError) as caught:
        await world.host.locate(world.target("counter", create=False))
    assert (caught.value.body.name, caught.value.status) == ("actor.not_found", 404)
    assert caught.value.body.message == "The actor does not exist or was destroyed."
    assert world.commits.batches == []


async def test_another_namespace_is_refused() -> None:
    world = World(Counter)
    target = replace(world.target("counter"), namespace="other")
    with pytest.raises(RequestError) as caught:
        await world.host.locate(target)
    assert (caught.value.body.name, caught.value.status) == ("namespace.not_found", 400)


async def test_finding_does_not_wake() -> None:
    actor = counted()
    world = World(actor)
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    found = await world.host.find("lab", ("a",))
    assert found is not None
    assert found.slept_at_ms is not None
    again, created = await world.host.get_or_create(Creation(name="lab", key=("a",)))
    assert (again, created) == (found, False)
    assert actor.alive == 0


async def test_listing_shows_who_is_awake() -> None:
    world = World(Counter)
    records = [await world.locate("counter", key) for key in ("a", "b")]
    await world.host.sleep(records[0].actor_id)
    page = await world.host.list_records(
        RecordQuery(namespace="default", name="counter")
    )
    awake = {record.key: record.started_at_ms is not None for record in page.records}
    assert awake == {("a",): False, ("b",): True}


async def test_names_lists_what_was_created() -> None:
    world = World(Counter, LabBase)
    await world.locate("counter")
    await world.locate("lab")
    assert (await world.host.names("default", limit=1)).names == ("counter",)


async def test_destroy_and_wake_at_once_leave_one_outcome() -> None:
    world = World(counted())
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    destruction = asyncio.create_task(world.host.destroy(record.actor_id))
    wake = asyncio.create_task(world.host.call_action(record, "look", []))
    await destruction
    with pytest.raises(RequestError, match=r"actor\.not_found"):
        await wake
    assert await world.host.find("lab", ("a",)) is None


async def test_get_or_create_during_a_destruction_creates_the_next_actor() -> None:
    world = World(counted())
    record = await world.locate()
    destruction = asyncio.create_task(world.host.destroy(record.actor_id))
    await asyncio.sleep(0)
    results = await asyncio.gather(*(world.locate() for _ in range(20)))
    await destruction
    (actor_id,) = {each.actor_id for each in results}
    assert actor_id != record.actor_id


async def increment(world: World, record: ActorRecord) -> int:
    """Count up; zero when the actor is gone."""
    try:
        value: Any = await world.host.call_action(record, "work", [])
    except RequestError as error:
        if error.body.name not in {"actor.not_found", "actor.stopping"}:
            raise
        return 0
    return int(value)


@pytest.mark.parametrize("seed", range(30))
async def test_sleep_wake_and_destruction_at_random_never_overlap(seed: int) -> None:
    actor = counted()
    world = World(actor)
    chooser = random.Random(seed)
    acknowledged: dict[str, int] = {}

    async def visitor() -> None:
        for _ in range(15):
            record = await world.locate(key=chooser.choice("ab"))
            match chooser.randrange(8):
                case 0:
                    await world.host.destroy(record.actor_id)
                case 1:
                    await world.host.sleep(record.actor_id)
                case 2:
                    await world.clock.advance(chooser.random())
                case _:
                    value = await increment(world, record)
                    known = acknowledged.get(record.actor_id, 0)
                    acknowledged[record.actor_id] = max(known, value)

    await asyncio.gather(*(visitor() for _ in range(6)))
    assert actor.most_alive <= 2
    world.crash()
    for actor_id, value in acknowledged.items():
        record = await world.store.record(actor_id)
        if record is not None and record.destroyed_at_ms is None:
            assert await world.host.call_action(record, "look", []) == value
