"""Batches of one actor: their order, what shares one, and what happens to failures."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core_world import CommitControl
from rivetgen_runtime.core.commits import Commits
from rivetgen_runtime.core.ports import (
    ActorRecord,
    Area,
    DeleteActor,
    DeleteRange,
    DeleteValue,
    KeyRange,
    PutRecord,
    PutValue,
)
from rivetgen_runtime.errors import (
    ActorStoppingError,
    StorageError,
    StorageFailedError,
    StorageFullError,
)
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Write

RECORD = ActorRecord(actor_id="a", name="lab", key=(), created_at_ms=1)


class Log:
    """A store under control, and what ``Commits`` reported about it."""

    def __init__(self) -> None:
        self.control = CommitControl()
        self.durable: list[int] = []
        self.failures: list[StorageError] = []
        self.commits = Commits(
            MemoryStore(commit_gate=self.control),
            on_durable=self.durable.append,
            on_failure=self._fail,
        )

    def _fail(self, error: StorageError) -> None:
        self.failures.append(error)
        self.commits.close(error)

    def put(self, value: bytes, *, key: bytes = b"k") -> int:
        self.commits.stage(PutValue("a", Area.KV, key, value))
        self.commits.submit()
        return self.commits.covering

    @property
    def values(self) -> list[list[bytes]]:
        return [
            [write.value for write in batch.writes if isinstance(write, PutValue)]
            for batch in self.control.batches
        ]


async def test_nothing_staged_needs_no_batch() -> None:
    log = Log()
    log.commits.submit()
    await log.commits.reached(log.commits.covering)
    assert log.control.batches == []


async def test_a_waiter_is_woken_when_its_batch_is_durable() -> None:
    log = Log()
    log.control.hold()
    waiter = asyncio.create_task(log.commits.reached(log.put(b"1")))
    await settle()
    assert not waiter.done()
    await log.control.let_go()
    assert waiter.done()
    assert log.durable == [1]


async def test_turns_share_the_batch_after_the_one_on_its_way() -> None:
    log = Log()
    log.control.hold()
    numbers = [
        log.put(value, key=key)
        for key, value in [(b"x", b"1"), (b"x", b"2"), (b"y", b"3"), (b"x", b"4")]
    ]
    await log.control.let_go()
    assert numbers == [1, 2, 2, 2]
    assert log.values == [[b"1"], [b"4", b"3"]]
    assert log.durable == [1, 2]


async def test_later_writes_to_one_place_replace_earlier_ones() -> None:
    log = Log()
    log.commits.stage(PutRecord(RECORD))
    log.commits.stage(PutValue("a", Area.KV, b"k", b"1"))
    log.commits.stage(DeleteValue("a", Area.KV, b"k"))
    log.commits.stage(PutValue("a", Area.QUEUE, b"k", b"2"))
    log.commits.submit()
    await settle()
    assert log.control.batches[0].writes == (
        PutRecord(RECORD),
        DeleteValue("a", Area.KV, b"k"),
        PutValue("a", Area.QUEUE, b"k", b"2"),
    )


async def test_a_range_removes_what_was_staged_before_and_not_what_comes_after() -> (
    None
):
    log = Log()
    cleared = DeleteRange("a", Area.KV, KeyRange(b"b", b"d"))
    before = [PutValue("a", Area.KV, key, b"1") for key in (b"a", b"b", b"c", b"d")]
    elsewhere = PutValue("a", Area.QUEUE, b"c", b"1")
    after = PutValue("a", Area.KV, b"c", b"2")
    deleted = DeleteValue("a", Area.KV, b"bb")
    staged: list[Write] = [*before, elsewhere, deleted, cleared, after]
    for write in staged:
        log.commits.stage(write)
    assert [*log.commits.staged] == [before[0], before[3], elsewhere, cleared, after]


async def test_deleting_the_actor_drops_what_else_was_staged() -> None:
    log = Log()
    log.commits.stage(PutValue("a", Area.KV, b"k", b"1"))
    log.commits.stage(DeleteActor(RECORD))
    log.commits.submit()
    await settle()
    assert log.control.batches[0].writes == (DeleteActor(RECORD),)


@pytest.mark.parametrize("error", [StorageFullError(), StorageFailedError()], ids=str)
async def test_a_failure_reaches_every_waiter_and_is_reported_once(
    error: StorageError,
) -> None:
    log = Log()
    log.control.hold()
    log.control.fail(error)
    waiters = [
        asyncio.create_task(log.commits.reached(log.put(value)))
        for value in (b"1", b"2")
    ]
    await settle()
    await log.control.let_go()
    results = await asyncio.gather(*waiters, return_exceptions=True)
    assert results == [error, error]
    assert log.failures == [error]


async def test_after_a_failure_nothing_is_committed() -> None:
    log = Log()
    log.control.fail(StorageFullError())
    log.put(b"1")
    await settle()
    log.control.fail(None)
    number = log.put(b"2")
    await settle()
    assert len(log.control.batches) == 1
    with pytest.raises(StorageFullError):
        await log.commits.reached(number)


async def test_an_error_that_no_store_should_raise_counts_as_a_failed_store() -> None:
    class Broken(MemoryStore):
        def commit(self, batch: object) -> asyncio.Future[None]:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.set_exception(ValueError(str(batch)))
            return future

    failures: list[StorageError] = []
    commits = Commits(Broken(), on_durable=lambda _: None, on_failure=failures.append)
    commits.stage(PutRecord(RECORD))
    commits.submit()
    await settle()
    assert [type(failure) for failure in failures] == [StorageFailedError]


async def test_a_waiter_that_gives_up_does_not_disturb_the_others() -> None:
    log = Log()
    log.control.hold()
    number = log.put(b"1")
    first = asyncio.create_task(log.commits.reached(number))
    second = asyncio.create_task(log.commits.reached(number))
    await settle()
    first.cancel()
    await log.control.let_go()
    assert first.cancelled()
    assert second.done()
    assert second.exception() is None


async def test_closing_fails_what_waits() -> None:
    log = Log()
    log.control.hold()
    waiter = asyncio.create_task(log.commits.reached(log.put(b"1")))
    await settle()
    log.commits.close(ActorStoppingError())
    await settle()
    assert isinstance(waiter.exception(), ActorStoppingError)
    await log.control.let_go()
