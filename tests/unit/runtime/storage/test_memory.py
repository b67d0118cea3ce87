"""The store of tests: what it does beyond the contract of every store."""

from __future__ import annotations

import asyncio

import pytest

from core_world import CommitControl
from rivetgen_runtime.core.ports import ActorRecord, Area, Batch, PutRecord, PutValue
from rivetgen_runtime.errors import StorageFailedError, StorageFullError
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.testing.manual import settle

RECORD = ActorRecord(actor_id="a", name="lab", key=("k",), created_at_ms=1)


def put(value: bytes) -> Batch:
    return Batch((PutValue("a", Area.KV, b"k", value),))


async def test_a_commit_takes_effect_after_the_call() -> None:
    store = MemoryStore()
    committed = store.commit(Batch((PutRecord(RECORD),)))
    assert not committed.done()
    await committed
    assert store.commits == 1


async def test_a_held_commit_holds_those_behind_it_and_reads() -> None:
    control = CommitControl()
    store = MemoryStore(commit_gate=control)
    control.hold()
    commits = [store.commit(put(value)) for value in (b"1", b"2")]
    reading = asyncio.create_task(store.values("a", frozenset({Area.KV})))
    await settle()
    assert not reading.done()
    assert len(control.batches) == 1
    await control.let_go()
    assert await reading == {(Area.KV, b"k"): b"2"}
    assert all(commit.done() for commit in commits)


async def test_a_refused_batch_leaves_the_store_in_service() -> None:
    control = CommitControl()
    store = MemoryStore(commit_gate=control)
    control.fail(StorageFullError())
    with pytest.raises(StorageFullError):
        await store.commit(put(b"1"))
    control.fail(None)
    await store.commit(put(b"2"))
    assert await store.values("a", frozenset({Area.KV})) == {(Area.KV, b"k"): b"2"}


async def test_a_failed_batch_puts_the_store_out_of_service() -> None:
    control = CommitControl()
    store = MemoryStore(commit_gate=control)
    control.fail(StorageFailedError())
    first, second = store.commit(put(b"1")), store.commit(put(b"2"))
    for commit in (first, second):
        with pytest.raises(StorageFailedError):
            await commit
    control.fail(None)
    with pytest.raises(StorageFailedError):
        await store.record("a")
    with pytest.raises(StorageFailedError):
        await store.commit(put(b"3"))


async def test_a_caller_that_gives_up_does_not_undo_its_commit() -> None:
    control = CommitControl()
    store = MemoryStore(commit_gate=control)
    control.hold()
    commit = store.commit(put(b"1"))
    commit.cancel()
    await control.let_go()
    assert await store.values("a", frozenset({Area.KV})) == {(Area.KV, b"k"): b"1"}
