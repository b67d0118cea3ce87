"""What every store promises, for each store there is."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import pytest

from rivetgen_runtime.core.ports import (
    Alarm,
    Area,
    DeleteRange,
    DeleteValue,
    KeyRange,
    PutRecord,
    PutValue,
    RecordQuery,
    ValueQuery,
)
from rivetgen_runtime.errors import StorageFailedError
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.storage.sqlite import SqliteStore
from stored_actors import (
    EVERY_AREA,
    actor_record,
    batch,
    delete_actor,
    put_record,
    put_state,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from rivetgen_runtime.core.ports import Store

Kind = Literal["memory", "sqlite"]


@pytest.fixture(params=["memory", "sqlite"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[Store]:
    kind: Kind = request.param
    opened: Store = (
        MemoryStore() if kind == "memory" else await SqliteStore.open(tmp_path / "data")
    )
    yield opened
    await opened.close()


async def test_an_unknown_actor_has_no_record(store: Store) -> None:
    assert await store.record("nobody") is None
    assert await store.find("default", "counter", ("a",)) is None
    assert await store.values("nobody", EVERY_AREA) == {}


async def test_every_field_of_a_record_is_kept(store: Store) -> None:
    record = actor_record(
        key=("a/b", "", "\\0", "ü"),
        namespace="other",
        pool="large",
        crash_policy="restart",
        generation=7,
        started_at_ms=1,
        slept_at_ms=2,
        destroyed_at_ms=3,
        alarm_at_ms=4,
        input=b"\x00\xff",
    )
    await store.commit(batch(PutRecord(record)))
    assert await store.record(record.actor_id) == record


@pytest.mark.parametrize("key", [None, (), ("",), ("a",), ("a,b",), ("a", "b")])
async def test_keys_are_kept_apart(store: Store, key: tuple[str, ...] | None) -> None:
    await store.commit(put_record(key=key))
    stored = await store.record(actor_record().actor_id)
    assert stored is not None
    assert stored.key == key


async def test_a_living_actor_is_found_by_namespace_name_and_key(store: Store) -> None:
    record = actor_record()
    await store.commit(put_record())
    key = ("room", "1")
    assert await store.find("default", "counter", key) == record
    assert await store.find("other", "counter", key) is None
    assert await store.find("default", "chat", key) is None
    assert await store.find("default", "counter", ("room/1",)) is None


async def test_reads_see_what_was_committed_before_them(store: Store) -> None:
    store.commit(put_record())
    store.commit(put_state(1, b"one"))
    store.commit(put_state(1, b"two"))
    values = await store.values(actor_record().actor_id, EVERY_AREA)
    assert values == {(Area.STATE, b""): b"two"}
    assert await store.record(actor_record().actor_id) == actor_record()


async def test_batches_are_confirmed_in_the_order_of_the_calls(store: Store) -> None:
    confirmed: list[int] = []

    def note(number: int, _: object) -> None:
        confirmed.append(number)

    commits = [store.commit(put_state(1, bytes([number]))) for number in range(50)]
    for number, commit in enumerate(commits):
        commit.add_done_callback(partial(note, number))
    await asyncio.gather(*commits)
    await asyncio.sleep(0)
    assert confirmed == list(range(50))


async def test_a_commit_is_never_done_within_its_call(store: Store) -> None:
    commit = store.commit(put_record())
    assert not commit.done()
    await commit


async def test_values_are_kept_by_area_and_key(store: Store) -> None:
    actor_id = actor_record().actor_id
    writes = {
        (Area.STATE, b""): b"state",
        (Area.KV, b"a"): b"",
        (Area.KV, b"\x00\xff"): b"\xff" * 100_000,
        (Area.QUEUE, b"a"): b"message",
    }
    puts = [
        PutValue(actor_id, area, key, value) for (area, key), value in writes.items()
    ]
    await store.commit(batch(*puts))
    assert await store.values(actor_id, EVERY_AREA) == writes
    kv = await store.values(actor_id, frozenset({Area.KV}))
    assert kv == {
        place: value for place, value in writes.items() if place[0] == Area.KV
    }
    assert await store.values(actor_id, frozenset()) == {}


async def test_the_last_of_several_writes_to_one_place_counts(store: Store) -> None:
    actor_id = actor_record().actor_id
    put = PutValue(actor_id, Area.KV, b"kept", b"1")
    gone = PutValue(actor_id, Area.KV, b"gone", b"1")
    again = PutValue(actor_id, Area.KV, b"again", b"2")
    await store.commit(
        batch(
            *(put, gone, DeleteValue(actor_id, Area.KV, b"gone")),
            *(DeleteValue(actor_id, Area.KV, b"again"), again),
            DeleteValue(actor_id, Area.KV, b"never"),
        )
    )
    values = await store.values(actor_id, EVERY_AREA)
    assert values == {(Area.KV, b"kept"): b"1", (Area.KV, b"again"): b"2"}


@pytest.mark.parametrize("count", [1, 3, 63, 64, 65, 200])
async def test_a_batch_of_any_number_of_values_is_kept(
    store: Store, count: int
) -> None:
    actor_id = actor_record().actor_id
    puts = [
        PutValue(actor_id, Area.KV, str(number).encode(), bytes([number % 256]))
        for number in range(count)
    ]
    await store.commit(batch(*puts))
    assert len(await store.values(actor_id, EVERY_AREA)) == count


async def test_a_destroyed_actor_leaves_its_record_and_no_values(store: Store) -> None:
    await store.commit(put_record())
    await store.commit(put_state(1, b"state"))
    await store.commit(delete_actor())
    record = await store.record(actor_record().actor_id)
    assert record is not None
    assert record.destroyed_at_ms is not None
    assert await store.values(record.actor_id, EVERY_AREA) == {}
    assert await store.find("default", "counter", ("room", "1")) is None


async def test_the_key_of_a_destroyed_actor_is_free_again(store: Store) -> None:
    await store.commit(put_record(1, key=("a",)))
    await store.commit(delete_actor(1, key=("a",)))
    await store.commit(put_record(2, key=("a",)))
    found = await store.find("default", "counter", ("a",))
    assert found is not None
    assert found.actor_id == actor_record(2).actor_id


async def test_one_batch_may_destroy_an_actor_and_create_its_successor(
    store: Store,
) -> None:
    await store.commit(put_record(1, key=("a",)))
    await store.commit(
        batch(
            *delete_actor(1, key=("a",)).writes,
            *put_record(2, key=("a",)).writes,
            *put_state(2, b"new").writes,
        )
    )
    found = await store.find("default", "counter", ("a",))
    assert found == actor_record(2, key=("a",))


async def test_records_are_listed_newest_first(store: Store) -> None:
    for number in (2, 3, 1):
        await store.commit(put_record(number))
    page = await store.records(RecordQuery(namespace="default", name="counter"))
    numbers = [record.key[1] for record in page.records if record.key]
    assert numbers == ["3", "2", "1"]
    assert page.cursor is None


async def test_listings_leave_out_other_names_namespaces_and_the_destroyed(
    store: Store,
) -> None:
    await store.commit(put_record(1))
    await store.commit(put_record(2, name="chat"))
    await store.commit(put_record(3, namespace="other"))
    await store.commit(put_record(4))
    await store.commit(delete_actor(4))
    living = await store.records(RecordQuery(namespace="default", name="counter"))
    assert [record.actor_id for record in living.records] == [actor_record(1).actor_id]
    query = RecordQuery(namespace="default", name="counter", include_destroyed=True)
    assert len((await store.records(query)).records) == 2


async def test_listings_by_id_include_the_destroyed_and_ignore_the_name(
    store: Store,
) -> None:
    for number in (1, 2, 3):
        await store.commit(put_record(number))
    await store.commit(delete_actor(2))
    wanted = (actor_record(1).actor_id, actor_record(2).actor_id, "unknown")
    page = await store.records(RecordQuery(namespace="default", actor_ids=wanted))
    assert {record.actor_id for record in page.records} == set(wanted[:2])


async def test_listings_by_key_find_one_actor(store: Store) -> None:
    for number in (1, 2):
        await store.commit(put_record(number))
    query = RecordQuery(namespace="default", name="counter", key=("room", "2"))
    page = await store.records(query)
    assert page.records == (actor_record(2),)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_together_list_every_record_once(store: Store, limit: int) -> None:
    for number in range(7):
        # Three at a time are of the same age.
        await store.commit(put_record(number, created_at_ms=1_000 + number // 3))
    found: list[str] = []
    cursor = None
    while True:
        query = RecordQuery(
            namespace="default", name="counter", limit=limit, cursor=cursor
        )
        page = await store.records(query)
        assert len(page.records) <= limit
        found += [record.actor_id for record in page.records]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == sorted(
        (actor_record(number).actor_id for number in range(7)), reverse=True
    )


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_pages_of_names_list_every_name_once(store: Store, limit: int) -> None:
    for number, name in enumerate(["chat", "counter", "auth", "chat", "worker"]):
        await store.commit(put_record(number, name=name))
    await store.commit(delete_actor(4, name="worker"))
    await store.commit(put_record(9, name="hidden", namespace="other"))
    found: list[str] = []
    cursor = None
    while True:
        page = await store.names("default", limit=limit, cursor=cursor)
        found += page.names
        cursor = page.cursor
        if cursor is None:
            break
    assert found == ["auth", "chat", "counter", "worker"]


async def test_close_waits_for_everything_that_was_committed(store: Store) -> None:
    commits = [store.commit(put_record(number)) for number in range(20)]
    await store.close()
    assert all(commit.done() and commit.exception() is None for commit in commits)


async def test_a_closed_store_refuses_everything(store: Store) -> None:
    await store.close()
    with pytest.raises(StorageFailedError):
        await store.commit(put_record())
    with pytest.raises(StorageFailedError):
        await store.record("anyone")


async def test_close_may_be_called_twice(store: Store) -> None:
    await store.close()
    await store.close()


async def put_keys(store: Store, *keys: bytes, number: int = 1) -> None:
    actor_id = actor_record(number).actor_id
    puts = [PutValue(actor_id, Area.KV, key, b"value of " + key) for key in keys]
    await store.commit(batch(*puts))


async def keys_in(store: Store, *ranges: KeyRange, **options: Any) -> list[bytes]:
    fields: dict[str, Any] = {
        "actor_id": actor_record().actor_id,
        "area": Area.KV,
        "ranges": ranges,
        "limit": 100,
    }
    query = ValueQuery(**(fields | options))
    found = await store.scan(query)
    assert all(value == b"value of " + key for key, value in found)
    return [key for key, _ in found]


EVERY_KEY = KeyRange(b"", None)


async def test_scans_are_in_the_order_of_the_bytes_of_keys(store: Store) -> None:
    await put_keys(store, b"b", b"\xff\xff", b"a", b"", b"a\x00", b"\xff")
    keys = [b"", b"a", b"a\x00", b"b", b"\xff", b"\xff\xff"]
    assert await keys_in(store, EVERY_KEY) == keys
    assert await keys_in(store, EVERY_KEY, reverse=True) == keys[::-1]


async def test_scans_are_half_open_and_read_several_ranges(store: Store) -> None:
    await put_keys(store, b"a", b"b", b"c", b"d", b"e")
    ranges = (KeyRange(b"a", b"b"), KeyRange(b"c", b"d"), KeyRange(b"e", None))
    assert await keys_in(store, *ranges) == [b"a", b"c", b"e"]
    assert await keys_in(store, *ranges, limit=2) == [b"a", b"c"]
    assert await keys_in(store, *ranges, limit=2, reverse=True) == [b"e", b"c"]
    assert await keys_in(store, *ranges, limit=0) == []
    assert await keys_in(store) == []
    assert await keys_in(store, KeyRange(b"d", b"a")) == []


async def test_scans_read_one_area_of_one_actor(store: Store) -> None:
    await put_keys(store, b"mine")
    await put_keys(store, b"other", number=2)
    await store.commit(put_state(1, b"state"))
    assert await keys_in(store, EVERY_KEY) == [b"mine"]
    assert await keys_in(store, EVERY_KEY, area=Area.QUEUE) == []


async def test_scans_see_what_was_committed_before_them(store: Store) -> None:
    actor_id = actor_record().actor_id
    store.commit(batch(PutValue(actor_id, Area.KV, b"k", b"value of k")))
    assert await keys_in(store, EVERY_KEY) == [b"k"]


async def test_a_range_is_removed_in_its_place_among_other_writes(store: Store) -> None:
    actor_id = actor_record().actor_id
    await put_keys(store, b"a", b"b", b"c", b"d")
    await put_keys(store, b"b", number=2)
    await store.commit(
        batch(
            PutValue(actor_id, Area.KV, b"bb", b"before"),
            DeleteRange(actor_id, Area.KV, KeyRange(b"b", b"d")),
            PutValue(actor_id, Area.KV, b"c", b"value of c"),
        )
    )
    assert await keys_in(store, EVERY_KEY) == [b"a", b"c", b"d"]
    other = actor_record(2).actor_id
    assert await keys_in(store, EVERY_KEY, actor_id=other) == [b"b"]
    rest = DeleteRange(actor_id, Area.KV, KeyRange(b"c", None))
    await store.commit(batch(rest))
    assert await keys_in(store, EVERY_KEY) == [b"a"]


async def test_scans_find_nothing_of_a_destroyed_actor(store: Store) -> None:
    await put_keys(store, b"a")
    await store.commit(delete_actor())
    assert await keys_in(store, EVERY_KEY) == []


def alarm(number: int, due_ms: int) -> Alarm:
    return Alarm(due_ms, actor_record(number).actor_id)


async def test_alarms_are_listed_by_time_and_then_by_id(store: Store) -> None:
    for number, due_ms in [(1, 300), (2, 100), (3, 200), (4, 100)]:
        await store.commit(put_record(number, alarm_at_ms=due_ms))
    expected = [alarm(2, 100), alarm(4, 100), alarm(3, 200), alarm(1, 300)]
    assert await store.alarms("default", limit=10) == expected
    assert await store.alarms("default", limit=3) == expected[:3]
    assert await store.alarms("default", limit=10, after=expected[1]) == expected[2:]


async def test_alarms_of_destroyed_actors_and_other_namespaces_are_not_listed(
    store: Store,
) -> None:
    await store.commit(put_record(1))
    await store.commit(put_record(2, alarm_at_ms=100, namespace="other"))
    await store.commit(put_record(3, alarm_at_ms=100))
    await store.commit(delete_actor(3, alarm_at_ms=100))
    assert await store.alarms("default", limit=10) == []


async def test_an_alarm_moves_with_its_record(store: Store) -> None:
    await store.commit(put_record(1, alarm_at_ms=100))
    await store.commit(put_record(1, alarm_at_ms=200))
    assert await store.alarms("default", limit=10) == [alarm(1, 200)]
    await store.commit(put_record(1))
    assert await store.alarms("default", limit=10) == []
