"""``c.kv``: what is read, what is refused, and what is committed when."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest

from core_actors import LabBase, LabContext, LabCreateContext, LabState
from core_world import World
from kv_world import Lab, ScriptedWorld, run
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.core.kv_values import WIRE_PREFIX
from rivetgen_runtime.core.ports import Area, DeleteRange, PutValue
from rivetgen_runtime.errors import (
    ActorStoppingError,
    KvBatchTooLargeError,
    KvKeyTooLargeError,
    KvNotTextError,
    KvReadOnlyError,
    KvValueTooLargeError,
    RequestError,
    StorageCorruptError,
    StorageFullError,
)
from rivetgen_runtime.options import KvLimits, StartRetries
from rivetgen_runtime.storage.sqlite import SqliteStore
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from rivetgen_runtime.core.kv import Kv
    from rivetgen_runtime.core.ports import Batch, ValueQuery

KvScript: TypeAlias = "Callable[[Kv], Awaitable[object]]"
KvOf: TypeAlias = "Callable[[KvScript], Awaitable[None]]"
LIMITS = KvLimits()
CONTENT = {b"a/1": b"one", b"a/2": b"two", b"a\xff": b"", b"b": b"three"}


async def fill(kv: Kv) -> None:
    await kv.batch_put(CONTENT.items())


def kv_writes(batches: Iterable[Batch]) -> list[bytes | None]:
    return [
        write.key if isinstance(write, PutValue) else None
        for batch in batches
        for write in batch.writes
        if isinstance(write, PutValue | DeleteRange) and write.area is Area.KV
    ]


# Reading and writing: once from memory, once from the store


@pytest.fixture(params=["this turn", "the store", "a waiting turn"])
async def kv_of(request: pytest.FixtureRequest) -> KvOf:
    """Run a script on an actor whose KV holds ``CONTENT`` at different places."""
    world = ScriptedWorld()
    await world.locate()

    async def run_script(script: KvScript) -> None:
        async def here(c: LabContext) -> None:
            await fill(c.kv)
            await script(c.kv)

        if request.param == "this turn":
            await run(world, here)
        elif request.param == "the store":
            await run(world, lambda c: fill(c.kv))
            await run(world, lambda c: script(c.kv))
        else:
            world.commits.hold()
            first = asyncio.create_task(world.call("work", ["b", "old"]))
            await settle()
            second = asyncio.create_task(run(world, lambda c: fill(c.kv)))
            await settle()
            third = asyncio.create_task(run(world, lambda c: script(c.kv)))
            await settle()
            await world.commits.let_go()
            await asyncio.gather(first, second, third)

    return run_script


async def test_values_are_read_as_text_or_bytes(kv_of: KvOf) -> None:
    async def script(kv: Kv) -> None:
        assert await kv.get("a/1") == await kv.get(b"a/1") == "one"
        assert await kv.get("a/1", type="binary") == b"one"
        assert await kv.get(memoryview(b"a\xff")) == ""
        assert await kv.get("zz") is None

    await kv_of(script)


async def test_listings_are_ordered_and_name_whole_keys(kv_of: KvOf) -> None:
    async def script(kv: Kv) -> None:
        assert await kv.list_prefix("a/") == [("a/1", "one"), ("a/2", "two")]
        assert await kv.list("a/") == await kv.list_prefix("a/")
        whole = await kv.list_prefix(key_type="binary", type="binary")
        assert whole == sorted(CONTENT.items())
        assert await kv.list_prefix(key_type="binary") == [
            (key, value.decode()) for key, value in whole
        ]
        assert await kv.list_prefix("b", type="binary") == [("b", b"three")]
        assert await kv.list_prefix("a/", reverse=True, limit=1) == [("a/2", "two")]
        assert await kv.list_prefix(b"a\xff", key_type="binary") == [(b"a\xff", "")]
        assert await kv.list_prefix(b"\xff") == []
        assert await kv.list_prefix("a", limit=0) == []

    await kv_of(script)


async def test_ranges_are_half_open(kv_of: KvOf) -> None:
    async def script(kv: Kv) -> None:
        assert await kv.list_range("a/1", "a/2") == [("a/1", "one")]
        assert await kv.list_range("b", "a") == []
        await kv.delete_range("b", "a")
        await kv.delete_range("a/1", "a/2")
        keys = [key for key, _ in await kv.list_prefix(key_type="binary")]
        assert keys == [b"a/2", b"a\xff", b"b"]

    await kv_of(script)


async def test_what_is_deleted_is_gone_and_may_come_back(kv_of: KvOf) -> None:
    async def script(kv: Kv) -> None:
        await kv.delete("a/1")
        await kv.delete("never")
        assert await kv.get("a/1") is None
        assert await kv.list_prefix("a/", limit=1) == [("a/2", "two")]
        await kv.delete_range("a", "b")
        await kv.put("a/3", "new")
        assert await kv.list_prefix() == [("a/3", "new"), ("b", "three")]
        await kv.batch_delete(["a/3", "b"])
        assert await kv.list_prefix() == []

    await kv_of(script)


async def test_batches_keep_the_order_of_their_keys(kv_of: KvOf) -> None:
    async def script(kv: Kv) -> None:
        await kv.put("a/2", "2")
        found = await kv.batch_get(["b", "zz", "a/2", b"b"])
        assert found == [b"three", None, b"2", b"three"]
        assert await kv.batch_get([]) == []

    await kv_of(script)


@pytest.mark.parametrize("seed", range(20))
async def test_reads_agree_with_a_dictionary(seed: int) -> None:
    chooser = random.Random(seed)
    world = ScriptedWorld()
    model: dict[bytes, bytes] = {}

    def key() -> bytes:
        return bytes(chooser.choices(b"ab\xff", k=chooser.randrange(3)))

    async def step(kv: Kv) -> None:
        first, second = key(), key()
        match chooser.randrange(4):
            case 0:
                await kv.delete(first)
                model.pop(first, None)
            case 1:
                await kv.delete_range(first, second)
                for gone in [each for each in model if first <= each < second]:
                    del model[gone]
            case _:
                model[first] = bytes([chooser.randrange(256)])
                await kv.put(first, model[first])
        prefix, limit = key(), chooser.randrange(1, 4)
        reverse = chooser.random() < 0.5
        expected = sorted(
            (item for item in model.items() if item[0].startswith(prefix)),
            reverse=reverse,
        )
        assert expected[:limit] == await kv.list_prefix(
            prefix, limit=limit, reverse=reverse, type="binary", key_type="binary"
        )
        assert await kv.get(second, type="binary") == model.get(second)

    async def turn(c: LabContext) -> None:
        for _ in range(chooser.randrange(1, 6)):
            await step(c.kv)

    for _ in range(20):
        await run(world, turn)
        if chooser.random() < 0.2:
            world.kill()


# Commits


async def test_kv_and_state_of_a_turn_are_one_batch() -> None:
    world = ScriptedWorld()
    await world.locate()
    world.commits.batches.clear()
    await world.call("work", ["k", "v"])
    [batch] = world.commits.batches
    areas = [write.area for write in batch.writes if isinstance(write, PutValue)]
    assert areas == [Area.STATE, Area.KV]


async def test_replies_and_events_wait_for_kv_writes() -> None:
    world = ScriptedWorld()
    client = await world.connect()
    await client.subscribe("happened")
    world.commits.hold()
    await client.request(1, "work", ["k", "v"])
    assert client.events == []
    assert client.outputs == {}
    await world.commits.let_go()
    assert client.events == [["k"]]
    assert client.outputs == {1: None}


async def test_a_turn_that_only_writes_kv_is_durable_before_its_reply() -> None:
    world = ScriptedWorld()
    await world.locate()
    world.commits.hold()
    call = asyncio.create_task(run(world, lambda c: c.kv.put("k", "v")))
    await settle()
    assert not call.done()
    await world.commits.let_go()
    await call


async def test_an_interval_reply_does_not_wait_for_kv_writes() -> None:
    world = ScriptedWorld()
    await world.locate()
    await world.clock.advance(5)
    world.commits.batches.clear()
    for number in range(5):
        await world.call("later", [f"k{number}", "v"])
        await world.clock.advance(0.1)
    assert kv_writes(world.commits.batches) == [b"k0"]
    await world.clock.advance(1)
    assert sorted(map(str, kv_writes(world.commits.batches))) == [
        str(f"k{number}".encode()) for number in range(5)
    ]


async def test_a_failed_commit_undoes_kv_writes() -> None:
    world = ScriptedWorld()
    await world.call("work", ["k", "old"])
    world.commits.fail(StorageFullError())
    with pytest.raises(RequestError) as caught:
        await world.call("work", ["k", "new"])
    assert caught.value.body.name == "rivetgen.storage_full"
    world.commits.fail(None)
    assert await world.call("look", "k") == "old"


async def test_a_state_that_is_undone_takes_kv_writes_with_it() -> None:
    world = ScriptedWorld()
    await world.call("work", ["k", "old"])

    async def break_state(c: LabContext) -> None:
        await c.kv.put("k", "new")
        cast("Any", c.state).value = "text"

    with pytest.raises(RequestError):
        await run(world, break_state)
    assert await world.call("look", "k") == "old"


async def test_values_outlive_sleep_and_are_gone_with_their_actor() -> None:
    world = ScriptedWorld()
    record = await world.locate()
    await world.call("work", ["k", "v"])
    await world.host.sleep(record.actor_id)
    assert await world.call("look", "k") == "v"
    await world.host.destroy(record.actor_id)
    assert await world.store.values(record.actor_id, frozenset({Area.KV})) == {}
    assert await world.call("look", "k") is None


@pytest.mark.parametrize("seed", range(40))
async def test_after_a_crash_kv_and_state_are_of_the_same_turn(seed: int) -> None:
    chooser = random.Random(seed)

    class Counting(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.state.value += 1
            await c.kv.put("count", str(c.state.value))
            await c.kv.delete_range("turn/", "turn0")
            await c.kv.put(f"turn/{c.state.value}", "")
            if chooser.random() < 0.5:
                await c.kv.get("elsewhere")
            return c.state.value

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            turns = [key for key, _ in await c.kv.list_prefix("turn/")]
            return [c.state.value, await c.kv.get("count"), turns]

    world = World(Counting)
    answers = [0]

    async def call() -> None:
        for _ in range(20):
            answer: Any = await world.call("work")
            answers.append(answer)

    await world.locate()
    tasks = [asyncio.create_task(call()) for _ in range(3)]
    for _ in range(chooser.randrange(200)):
        await asyncio.sleep(0)
    told = max(answers)
    world.kill()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    found: Any = await world.call("look")
    value, count, turns = found
    assert value >= told
    assert count == (str(value) if value else None)
    assert turns == ([f"turn/{value}"] if value else [])


async def test_kv_is_there_in_create_state() -> None:
    class Creating(Lab):
        async def create_state(self, c: LabCreateContext, input: None) -> LabState:  # noqa: A002, ARG002
            await c.kv.put("made", "early")
            assert await c.kv.get("made") == "early"
            return LabState()

    world = World(Creating)
    await world.locate()
    [batch] = world.commits.batches
    assert kv_writes([batch]) == [b"made"]
    world.kill()
    assert await world.call("look", "made") == "early"


async def test_nothing_of_kv_is_stored_when_creation_fails() -> None:
    class Failing(Lab):
        async def on_create(self, c: LabContext, input: None) -> None:  # noqa: A002, ARG002
            await c.kv.put("k", "v")
            raise ValueError

    world = World(Failing, start_retries=StartRetries(count=0))
    with pytest.raises(RequestError):
        await world.locate()
    assert kv_writes(world.commits.batches) == []


async def test_read_only_actions_cannot_write() -> None:
    failures: list[str] = []

    class Writing(Lab):
        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            for write in (
                c.kv.put("k", "v"),
                c.kv.delete("k"),
                c.kv.delete_range("a", "z"),
                c.kv.batch_put([("k", "v")]),
                c.kv.batch_delete(["k"]),
            ):
                with pytest.raises(KvReadOnlyError) as caught:
                    await write
                failures.append(caught.value.body.name)

    await World(Writing).call("look")
    assert failures == ["kv.read_only"] * 5


async def test_what_is_written_after_the_end_is_refused() -> None:
    world = ScriptedWorld()
    kept: list[LabContext] = []

    async def keep(c: LabContext) -> None:
        kept.append(c)

    await run(world, keep)
    await world.host.sleep((await world.locate()).actor_id)
    with pytest.raises(ActorStoppingError):
        await kept[0].kv.put("k", "v")


# Limits


async def test_keys_and_values_have_limits() -> None:
    world = ScriptedWorld()
    longest = "k" * (LIMITS.key_bytes - len(WIRE_PREFIX))

    async def script(c: LabContext) -> None:
        await c.kv.put(longest, b"v" * LIMITS.value_bytes)
        value = await c.kv.get(longest)
        assert value is not None
        assert len(value) == LIMITS.value_bytes
        with pytest.raises(KvKeyTooLargeError, match=r"\(2049 bytes\). Limit is 2048"):
            await c.kv.put(longest + "k", "v")
        with pytest.raises(KvKeyTooLargeError):
            await c.kv.get(longest + "k")
        with pytest.raises(KvValueTooLargeError) as caught:
            await c.kv.put("k", b"v" * (LIMITS.value_bytes + 1))
        assert caught.value.metadata == {"size": 131_073, "limit": 131_072}
        assert await c.kv.get("k") is None

    await run(world, script)


async def test_batches_have_limits_and_are_refused_as_a_whole() -> None:
    keys = [f"{number:04}" for number in range(LIMITS.batch_keys + 1)]
    # Seven of the largest values, and an eighth that fills the batch exactly.
    large = [(key, b"v" * LIMITS.value_bytes) for key in keys[:7]]
    rest = LIMITS.batch_bytes - 7 * LIMITS.value_bytes - 8 * 4

    async def script(c: LabContext) -> None:
        for batch in (c.kv.batch_get(keys), c.kv.batch_delete(keys)):
            with pytest.raises(KvBatchTooLargeError, match="129 keys"):
                await batch
        with pytest.raises(KvBatchTooLargeError, match="128 keys"):
            await c.kv.batch_put((key, "v") for key in keys)
        with pytest.raises(KvBatchTooLargeError, match="999425 bytes"):
            await c.kv.batch_put([*large, (keys[7], b"v" * (rest + 1))])
        with pytest.raises(KvValueTooLargeError):
            await c.kv.batch_put([("a", "1"), ("b", b"v" * (LIMITS.value_bytes + 1))])
        assert await c.kv.list_prefix() == []
        await c.kv.batch_put([*large, (keys[7], b"v" * rest)])
        await c.kv.batch_put((key, "v") for key in keys[:-1])
        assert await c.kv.batch_get(keys[:-1]) == [b"v"] * LIMITS.batch_keys

    await run(ScriptedWorld(), script)


async def test_a_listing_without_a_limit_has_the_default_one() -> None:
    world = ScriptedWorld(kv=replace(LIMITS, list_entries=2))

    async def script(c: LabContext) -> None:
        await fill(c.kv)
        assert len(await c.kv.list_prefix(key_type="binary")) == 2
        assert len(await c.kv.list_prefix(key_type="binary", limit=3)) == 3
        with pytest.raises(ValueError, match="negative"):
            await c.kv.list_prefix(limit=-1)

    await run(world, script)


async def test_only_what_is_asked_for_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ScriptedWorld()
    await run(world, lambda c: fill(c.kv))
    queries: list[ValueQuery] = []
    scan = world.store.scan

    async def noting(query: ValueQuery) -> list[tuple[bytes, bytes]]:
        queries.append(query)
        return await scan(query)

    monkeypatch.setattr(world.store, "scan", noting)

    async def script(c: LabContext) -> None:
        await c.kv.put("a/3", "new")
        await c.kv.get("a/3")
        assert queries == []
        await c.kv.delete("a/1")
        await c.kv.list_prefix("a/", limit=1)

    await run(world, script)
    assert [query.limit for query in queries] == [2]


async def test_bytes_are_not_read_as_text() -> None:
    async def script(c: LabContext) -> None:
        await c.kv.put("k", b"\xff")
        with pytest.raises(KvNotTextError, match="value is not text"):
            await c.kv.get("k")
        await c.kv.put(b"\xff", "v")
        with pytest.raises(KvNotTextError, match="key is not text"):
            await c.kv.list_prefix(b"\xff")
        with pytest.raises(TypeError):
            await c.kv.put("k", cast("Any", 5))

    await run(ScriptedWorld(), script)


async def test_a_caller_reads_what_kv_refused_with_status_400() -> None:
    with pytest.raises(RequestError) as caught:
        await ScriptedWorld().call("work", ["k" * 3000, "v"])
    message = "KV key too large (3001 bytes). Limit is 2048 bytes."
    assert caught.value.body.message == message
    assert caught.value.body.name == "kv.key_too_large"
    assert caught.value.status == 400


async def test_a_stored_value_of_another_layout_is_refused() -> None:
    world = ScriptedWorld()
    record = await world.locate()
    put = PutValue(record.actor_id, Area.KV, b"k", b"\x02" + bytes(8))
    await world.store.commit(replace(world.commits.batches[0], writes=(put,)))
    with pytest.raises(StorageCorruptError):
        await run(world, lambda c: c.kv.get("k"))


# From outside and over files


async def test_durable_values_are_read_without_waking_the_actor() -> None:
    world = ScriptedWorld()
    record = await world.locate()
    await world.call("work", ["k", "v"])
    await world.host.sleep(record.actor_id)
    stored = await world.host.kv_value(record.actor_id, WIRE_PREFIX + b"k")
    assert (stored.value, stored.updated_at_ms) == (b"v", world.clock.now_ms())
    [asleep] = (await world.store.record(record.actor_id),)
    assert asleep is not None
    assert asleep.slept_at_ms is not None
    for actor_id, key, name in (
        (record.actor_id, b"k", "actor.kv_key_not_found"),
        (record.actor_id, WIRE_PREFIX + b"other", "actor.kv_key_not_found"),
        ("nobody", WIRE_PREFIX + b"k", "actor.not_found"),
    ):
        with pytest.raises(RequestError) as caught:
            await world.host.kv_value(actor_id, key)
        assert caught.value.body.name == name


async def test_values_are_kept_in_files(tmp_path: Path) -> None:
    world = World(Lab)
    outputs: list[Any] = []
    for action, argument in (("work", ["k", "v"]), ("look", "k")):
        store = await SqliteStore.open(tmp_path / "data")
        host = Host(
            world.actors, store=store, clock=world.clock, randomness=world.randomness
        )
        record = await host.locate(world.target())
        outputs.append(await host.call_action(record, action, [argument]))
        await host.stop()
        await store.close()
    assert outputs == [None, "v"]
