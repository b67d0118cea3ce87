"""A store that forgets everything when the process ends: for tests and simulations."""

from __future__ import annotations

import asyncio
from collections import deque
from heapq import nsmallest
from typing import TYPE_CHECKING, TypeAlias

from rivetgen_runtime.core.ports import (
    Alarm,
    DeleteActor,
    DeleteRange,
    DeleteValue,
    NamePage,
    PutRecord,
    PutValue,
    RecordPage,
)
from rivetgen_runtime.errors import StorageError, StorageFailedError, StorageFullError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from rivetgen_runtime.core.ports import (
        ActorRecord,
        Area,
        Batch,
        RecordQuery,
        ValueQuery,
        Write,
    )

__all__ = ["CommitGate", "MemoryStore"]

CommitGate: TypeAlias = "Callable[[Batch], Awaitable[None]]"
"""Runs before each commit: it may wait, to hold the commit open, or raise a
``StorageError``, to make it fail."""


class MemoryStore:
    """Keeps records and values in dictionaries, and behaves like a durable store.

    Batches take effect one after the other, in order, never within the call of
    ``commit``. A failure other than ``StorageFullError`` puts it out of service.

    Args:
        commit_gate: Runs before each commit; None lets all of them pass.
    """

    def __init__(self, *, commit_gate: CommitGate | None = None) -> None:
        self._commit_gate = commit_gate
        self._records: dict[str, ActorRecord] = {}
        self._values: dict[str, dict[tuple[Area, bytes], bytes]] = {}
        self._queue: deque[tuple[Batch, asyncio.Future[None]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._failure: StorageError | None = None
        self.commits = 0
        """How many batches have become durable."""

    def commit(self, batch: Batch) -> asyncio.Future[None]:
        """Make a batch durable; see ``Store.commit``."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((batch, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return done

    async def record(self, actor_id: str) -> ActorRecord | None:
        """The record of a living or destroyed actor."""
        await self._settled()
        return self._records.get(actor_id)

    async def find(
        self, namespace: str, name: str, key: tuple[str, ...]
    ) -> ActorRecord | None:
        """The record of the living actor with this key."""
        await self._settled()
        address = (namespace, name, key)
        for record in self._records.values():
            if _is_alive(record) and _address(record) == address:
                return record
        return None

    async def records(self, query: RecordQuery) -> RecordPage:
        """One page of records, newest first."""
        await self._settled()
        found = sorted(
            (record for record in self._records.values() if _matches(record, query)),
            key=_position,
            reverse=True,
        )
        if query.cursor is not None:
            found = [record for record in found if _cursor(record) < query.cursor]
        page = tuple(found[: query.limit])
        more = len(found) > query.limit
        return RecordPage(page, _cursor(page[-1]) if more and page else None)

    async def names(
        self, namespace: str, *, limit: int, cursor: str | None = None
    ) -> NamePage:
        """One page of actor names in use."""
        await self._settled()
        names = sorted(
            {
                record.name
                for record in self._records.values()
                if record.namespace == namespace and record.name > (cursor or "")
            }
        )
        page = tuple(names[:limit])
        return NamePage(page, page[-1] if len(names) > limit and page else None)

    async def alarms(
        self, namespace: str, *, limit: int, after: Alarm | None = None
    ) -> list[Alarm]:
        """The earliest alarms of living actors, in order."""
        await self._settled()
        alarms = (
            Alarm(record.alarm_at_ms, record.actor_id)
            for record in self._records.values()
            if record.namespace == namespace
            and record.alarm_at_ms is not None
            and _is_alive(record)
        )
        return nsmallest(limit, (each for each in alarms if not after or each > after))

    async def values(
        self, actor_id: str, areas: frozenset[Area]
    ) -> dict[tuple[Area, bytes], bytes]:
        """Every value of an actor in some areas."""
        await self._settled()
        values = self._values.get(actor_id, {})
        return {place: value for place, value in values.items() if place[0] in areas}

    async def scan(self, query: ValueQuery) -> list[tuple[bytes, bytes]]:
        """Some values of an actor with their keys, in the order of the query."""
        await self._settled()
        found = [
            (key, value)
            for (area, key), value in self._values.get(query.actor_id, {}).items()
            if area is query.area and any(key in keys for keys in query.ranges)
        ]
        return sorted(found, reverse=query.reverse)[: query.limit]

    def fork(self, *, commit_gate: CommitGate | None = None) -> MemoryStore:
        """Return what another process would find if this one were killed now.

        Batches that are not durable yet are lost; the two stores share nothing.
        """
        other = MemoryStore(commit_gate=commit_gate)
        other._records = dict(self._records)
        other._values = {
            actor_id: dict(values) for actor_id, values in self._values.items()
        }
        return other

    async def close(self) -> None:
        """Stop; everything handed to ``commit`` before is durable then."""
        while self._worker is not None and not self._worker.done():
            await asyncio.wait([self._worker])
        self._failure = self._failure or StorageFailedError("The store is closed.")

    async def _settled(self) -> None:
        """Wait until reads see what was committed before."""
        worker = self._worker
        if worker is not None and not worker.done():
            pending = [done for _, done in self._queue if not done.done()]
            if pending:
                await asyncio.wait(pending[-1:])
        if self._failure is not None:
            raise StorageFailedError from self._failure

    async def _work(self) -> None:
        # One pass of the loop, as a store on another thread would take at least.
        await asyncio.sleep(0)
        while self._queue:
            batch, done = self._queue[0]
            error = await self._try(batch)
            self._queue.popleft()
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    async def _try(self, batch: Batch) -> StorageError | None:
        if self._failure is not None:
            return StorageFailedError()
        try:
            if self._commit_gate is not None:
                await self._commit_gate(batch)
        except StorageFullError as error:
            return error
        except StorageError as error:
            self._failure = error
            return error
        self._apply(batch.writes)
        self.commits += 1
        return None

    def _apply(self, writes: Iterable[Write]) -> None:
        for write in writes:
            match write:
                case PutRecord(record):
                    self._records[record.actor_id] = record
                case DeleteActor(record):
                    self._records[record.actor_id] = record
                    self._values.pop(record.actor_id, None)
                case PutValue(actor_id, area, key, value):
                    self._values.setdefault(actor_id, {})[area, key] = value
                case DeleteValue(actor_id, area, key):
                    self._values.get(actor_id, {}).pop((area, key), None)
                case DeleteRange(actor_id, area, keys):
                    values = self._values.get(actor_id, {})
                    for place in [*values]:
                        if place[0] is area and place[1] in keys:
                            del values[place]


def _is_alive(record: ActorRecord) -> bool:
    return record.destroyed_at_ms is None


def _address(record: ActorRecord) -> tuple[str, str, tuple[str, ...] | None]:
    return (record.namespace, record.name, record.key)


def _position(record: ActorRecord) -> tuple[int, str]:
    return (record.created_at_ms, record.actor_id)


def _cursor(record: ActorRecord) -> str:
    return f"{record.created_at_ms:015}.{record.actor_id}"


def _matches(record: ActorRecord, query: RecordQuery) -> bool:
    if record.namespace != query.namespace:
        return False
    if query.actor_ids:
        return record.actor_id in query.actor_ids
    if query.name is not None and record.name != query.name:
        return False
    if query.key is not None and record.key != query.key:
        return False
    return query.include_destroyed or _is_alive(record)
