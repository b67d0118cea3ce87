"""The durable store of one machine: one SQLite file, one writer thread."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self, TypeVar, cast

from rivetgen_runtime.core.ports import (
    DeleteRange,
    DeleteValue,
    PutValue,
    StoreStatistics,
)
from rivetgen_runtime.errors import StorageFailedError, StorageFullError
from rivetgen_runtime.storage.database import Database
from rivetgen_runtime.storage.opening import (
    DATABASE_NAME,
    connect,
    open_connection,
)
from rivetgen_runtime.storage.writer import Job, Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rivetgen_runtime.core.ports import (
        ActorRecord,
        Alarm,
        Area,
        Batch,
        NamePage,
        RecordPage,
        RecordQuery,
        ValueQuery,
    )
    from rivetgen_runtime.storage.opening import Connect
    from rivetgen_runtime.storage.writer import Outcome

__all__ = ["DEFAULT_SQLITE_OPTIONS", "SqliteOptions", "SqliteStore"]

T = TypeVar("T")

_PAGE_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteOptions:
    """Limits of a store."""

    waiting_batches: int = 10_000
    """Batches that wait for the disk; more are refused as ``storage_full``."""
    waiting_bytes: int = 64 << 20
    """How much may wait for the disk."""
    database_bytes: int | None = None
    """How large the database may grow; None for as large as the disk."""


DEFAULT_SQLITE_OPTIONS: Final = SqliteOptions()


class SqliteStore:
    """A ``Store`` in a data directory that no other process may use at the same time.

    Batches that wait for the disk are committed together: one flush for all of them.
    Made by ``open``; ``close`` it in the same event loop.
    """

    def __init__(
        self, directory: Path, options: SqliteOptions, connect: Connect
    ) -> None:
        self._options = options
        self._batches = 0
        self._flushes = 0
        self._waiting = 0
        self._waiting_bytes = 0
        self._submitted: list[Job] = []
        self._is_closing = False
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(
            self._loop,
            partial(_open_database, directory, options, connect),
            self._settle,
        )

    @classmethod
    async def open(
        cls,
        directory: Path,
        options: SqliteOptions = DEFAULT_SQLITE_OPTIONS,
        *,
        connect: Connect = connect,
    ) -> Self:
        """Open the store of a data directory; make it if it does not exist.

        Args:
            directory: No other process may use it at the same time.
            options: Limits.
            connect: Opens the file; tests put another file system below SQLite.

        Raises:
            DataDirectoryError: It cannot be used.
        """
        store = cls(directory, options, connect)
        store._writer.start()
        await store._writer.opened
        return store

    @property
    def failure(self) -> Exception | None:
        """Why nothing is saved any more; None while the store works."""
        return self._writer.failure

    @property
    def statistics(self) -> StoreStatistics:
        """What the store has done since it was opened."""
        return StoreStatistics(self._batches, self._flushes, self._waiting)

    def commit(self, batch: Batch) -> asyncio.Future[None]:
        """Make a batch durable; see ``Store.commit``."""
        future: asyncio.Future[None] = self._loop.create_future()
        job = Job(future=future, batch=batch, log_bytes=_log_bytes(batch))
        refusal = self._refusal(job)
        if refusal is None:
            self._submit(job)
        else:
            future.set_exception(refusal)
        return future

    async def record(self, actor_id: str) -> ActorRecord | None:
        """The record of a living or destroyed actor."""
        return await self._ask(lambda database: database.record(actor_id))

    async def find(
        self, namespace: str, name: str, key: tuple[str, ...]
    ) -> ActorRecord | None:
        """The record of the living actor with this key."""
        return await self._ask(lambda database: database.find(namespace, name, key))

    async def records(self, query: RecordQuery) -> RecordPage:
        """One page of records, newest first."""
        return await self._ask(lambda database: database.records(query))

    async def names(
        self, namespace: str, *, limit: int, cursor: str | None = None
    ) -> NamePage:
        """One page of actor names in use."""
        return await self._ask(
            lambda database: database.names(namespace, limit, cursor)
        )

    async def alarms(
        self, namespace: str, *, limit: int, after: Alarm | None = None
    ) -> list[Alarm]:
        """The earliest alarms of living actors, in order."""
        return await self._ask(
            lambda database: database.alarms(namespace, limit, after)
        )

    async def values(
        self, actor_id: str, areas: frozenset[Area]
    ) -> dict[tuple[Area, bytes], bytes]:
        """Every value of an actor in some areas.

        Raises:
            StorageCorruptError: A value does not match its checksum.
        """
        return await self._ask(lambda database: database.values(actor_id, areas))

    async def scan(self, query: ValueQuery) -> list[tuple[bytes, bytes]]:
        """Some values of an actor with their keys, in the order of the query.

        Raises:
            StorageCorruptError: A value does not match its checksum.
        """
        return await self._ask(lambda database: database.scan(query))

    async def backup(self, directory: Path) -> None:
        """Copy the store into another directory while it works.

        The copy has every batch that was confirmed before this call, and those until
        shortly before it returns.

        Args:
            directory: It exists and holds no store.
        """
        if self._is_closing:
            raise _closed()
        path = directory / DATABASE_NAME
        job = Job(future=self._loop.create_future(), long_work=partial(_back_up, path))
        self._submit(job)
        await job.future

    async def close(self) -> None:
        """Stop; everything handed to ``commit`` before is durable when this returns.

        Raises:
            StorageFailedError: The file could not be closed properly.
        """
        if not self._is_closing:
            self._is_closing = True
            self._hand_over()
            self._writer.stop()
        try:
            await asyncio.shield(self._writer.closed)
        except Exception as error:
            message = "The store could not be closed."
            raise StorageFailedError(message) from error

    async def _ask(self, question: Callable[[Database], T]) -> T:
        if self._is_closing:
            raise _closed()
        job = Job(future=self._loop.create_future(), question=question)
        self._submit(job)
        return cast("T", await job.future)

    def _submit(self, job: Job) -> None:
        self._waiting += 1
        self._waiting_bytes += job.log_bytes
        if not self._submitted:
            self._loop.call_soon(self._hand_over)
        self._submitted.append(job)

    def _hand_over(self) -> None:
        """Give what one pass of the event loop submitted to the writer, all at once.

        Woken by the first of them, it would compete for the interpreter with the code
        that is about to submit the next, and flush them one by one.
        """
        for job in self._submitted:
            self._writer.submit(job)
        self._submitted.clear()

    def _refusal(self, job: Job) -> Exception | None:
        if self._is_closing:
            return _closed()
        options = self._options
        if self._waiting >= options.waiting_batches:
            count = options.waiting_batches
            return StorageFullError(f"{count} changes are waiting for the disk.")
        if self._waiting_bytes + job.log_bytes > options.waiting_bytes:
            count = options.waiting_bytes
            return StorageFullError(f"{count} bytes are waiting for the disk.")
        return None

    def _settle(self, outcomes: list[Outcome]) -> None:
        kept = sum(1 for job, _, error in outcomes if job.batch and error is None)
        self._batches += kept
        self._flushes += kept > 0
        for job, result, error in outcomes:
            self._waiting -= 1
            self._waiting_bytes -= job.log_bytes
            if job.future.done():
                continue  # whoever asked has left
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)


def _open_database(
    directory: Path, options: SqliteOptions, connect: Connect
) -> Database:
    limit = options.database_bytes
    return Database(open_connection(directory, max_bytes=limit, connect=connect))


def _back_up(path: Path, database: Database, between: Callable[[], None]) -> None:
    with closing(connect(path)) as target:
        database.backup(target, between)


def _closed() -> StorageFailedError:
    return StorageFailedError("The store is closed.")


def _log_bytes(batch: Batch) -> int:
    """At least how much of the log a batch takes: each row is on a page of its own."""
    size = 0
    for write in batch.writes:
        size += _PAGE_BYTES
        if isinstance(write, PutValue):
            size += len(write.value) + len(write.key)
        elif not isinstance(write, DeleteValue | DeleteRange):
            size += len(write.record.input or b"")
    return size
