"""A disk without space refuses changes; it does not end the service."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime.errors import StorageFullError
from rivetgen_runtime.storage.sqlite import SqliteStore
from stored_actors import EVERY_AREA, actor_record, put_state

if TYPE_CHECKING:
    from pathlib import Path

IDLE_S = 1.2
"""A little longer than the store waits before it moves its log."""


class Disk:
    """Whether there is space, and how often a statement that needs some was tried."""

    def __init__(self) -> None:
        self.is_full = False
        self.moves = 0

    def connect(self, path: Path) -> sqlite3.Connection:
        factory = partial(DiskConnection, self)
        return sqlite3.connect(path, isolation_level=None, factory=factory)  # type: ignore[call-overload,no-any-return] # any callable will do


class DiskConnection(sqlite3.Connection):
    """Fails as SQLite does on a full disk, in commits and in moves of the log."""

    def __init__(self, disk: Disk, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._disk = disk

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql == "PRAGMA wal_checkpoint(PASSIVE)":
            self._disk.moves += 1
        elif not sql.startswith(("COMMIT", "REPLACE")):
            return super().execute(sql, parameters)
        if self._disk.is_full:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        return super().execute(sql, parameters)


async def test_a_log_that_cannot_be_moved_for_lack_of_space_waits_until_there_is_some(
    tmp_path: Path,
) -> None:
    disk = Disk()
    store = await SqliteStore.open(tmp_path, connect=disk.connect)
    await store.commit(put_state(1, b"before"))
    disk.is_full = True
    with pytest.raises(StorageFullError):
        await store.commit(put_state(2, b"refused"))
    await asyncio.sleep(IDLE_S)
    assert disk.moves
    assert store.failure is None
    assert await store.values(actor_record(1).actor_id, EVERY_AREA)
    disk.is_full = False
    await store.commit(put_state(3, b"after"))
    moves = disk.moves
    await asyncio.sleep(IDLE_S)
    assert disk.moves > moves
    await store.close()
