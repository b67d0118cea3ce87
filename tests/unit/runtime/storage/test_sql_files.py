"""Databases of actors in files: few of them open, none of them in the way."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime.core.sql_ports import Interruption, SqlStatement
from rivetgen_runtime.errors import (
    StorageCorruptError,
    StorageError,
    StorageFailedError,
    StorageFullError,
)
from rivetgen_runtime.options import SqlLimits
from rivetgen_runtime.sql_errors import (
    SqlClosedError,
    SqlInterruptedError,
    SqlUnavailableError,
)
from rivetgen_runtime.storage.sql_connection import connect_from_any_thread
from rivetgen_runtime.storage.sql_files import SqlFileOptions, SqlFiles

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rivetgen_runtime.storage.sql_files import SqlFile

ENDLESS = (
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
    "SELECT max(x) FROM n"
)


@asynccontextmanager
async def opened(directory: Path, **options: Any) -> AsyncGenerator[SqlFiles]:
    limits = options.pop("limits", SqlLimits())
    files = SqlFiles(directory, limits, SqlFileOptions(**options))
    try:
        yield files
    finally:
        await files.close()


def database(files: SqlFiles, name: str = "a", *, is_busy: bool = False) -> SqlFile:
    return files.database(name, is_busy=lambda: is_busy)


async def run(database: SqlFile, sql: str, *parameters: Any) -> list[Any]:
    statement = SqlStatement(sql, parameters)
    return await database.run(statement, Interruption())


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - threads tell nobody
            await asyncio.sleep(0.01)


async def test_what_is_written_is_there_when_the_file_is_opened_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as files:
        await run(database(files), "CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    async with opened(tmp_path) as files:
        assert await run(database(files), "SELECT x FROM t") == [{"x": 1}]


async def test_settings_make_every_commit_wait_for_the_disk(tmp_path: Path) -> None:
    made: list[sqlite3.Connection] = []

    def connect(path: Path) -> sqlite3.Connection:
        made.append(connect_from_any_thread(path))
        return made[0]

    files = SqlFiles(tmp_path, connect=connect)
    await run(database(files), "CREATE TABLE t (x)")
    made[0].set_authorizer(None)
    for pragma, value in (
        *(("journal_mode", "wal"), ("synchronous", 2)),
        *(("locking_mode", "exclusive"), ("trusted_schema", 0)),
        *(("temp_store", 2), ("cell_size_check", 1)),
    ):
        assert made[0].execute(f"PRAGMA {pragma}").fetchone() == (value,)
    await files.close()


async def test_files_belong_to_their_owner_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as files:
        await run(database(files), "CREATE TABLE t (x)")
        assert files.folder.stat().st_mode & 0o077 == 0


async def test_no_more_files_are_open_than_may_be(tmp_path: Path) -> None:
    async with opened(tmp_path, open_files=8, threads=4) as files:
        most = 0

        async def use(number: int) -> SqlFile:
            nonlocal most
            file = database(files, f"actor{number}")
            for _ in range(3):
                await run(file, "CREATE TABLE IF NOT EXISTS t (x)")
                most = max(most, files.open_count)
                await run(file, "INSERT INTO t VALUES (?)", number)
            return file

        used = await asyncio.gather(*(use(number) for number in range(60)))
        assert most == 8
        held = [link for link in _open_files() if str(files.folder) in link]
        assert 0 < len(held) <= 2 * 8
        for file in used:
            assert await run(file, "SELECT count(*) AS n FROM t") == [{"n": 3}]


def _open_files() -> list[str]:
    links = Path("/proc/self/fd").iterdir()
    return [str(link.readlink()) for link in links if link.is_symlink()]


async def test_the_file_that_was_used_last_stays_open(tmp_path: Path) -> None:
    async with opened(tmp_path, open_files=2) as files:
        old, new, other = (database(files, name) for name in "abc")
        for file in (old, new, old, other):
            await run(file, "CREATE TEMP TABLE IF NOT EXISTS t (x)")
        await run(old, "SELECT * FROM t")
        with pytest.raises(Exception, match="no such table"):
            await run(new, "SELECT * FROM t")


async def test_the_file_of_a_call_in_progress_is_not_closed(tmp_path: Path) -> None:
    """``last_insert_rowid()`` would be lost between two statements."""
    async with opened(tmp_path, open_files=1, open_wait_s=0.5) as files:
        busy = database(files, "busy", is_busy=True)
        await run(busy, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        with pytest.raises(SqlUnavailableError) as caught:
            await run(database(files, "other"), "SELECT 1")
        assert caught.value.limit == 1
        rows = await run(busy, "SELECT last_insert_rowid() AS id")
        assert rows == [{"id": 1}]


async def test_who_waits_for_room_goes_on_when_a_call_ends(tmp_path: Path) -> None:
    async with opened(tmp_path, open_files=1, open_wait_s=20) as files:
        busy = [True]
        first = files.database("first", is_busy=lambda: bool(busy))
        await run(first, "SELECT 1")
        waiting = asyncio.ensure_future(run(database(files, "other"), "SELECT 2 AS x"))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        busy.clear()
        first.rest()
        assert await waiting == [{"x": 2}]


async def test_who_waits_for_room_goes_on_when_an_opening_fails(tmp_path: Path) -> None:
    async with opened(tmp_path, open_files=1, open_wait_s=20) as files:
        files.folder.mkdir()
        files.path("bad").mkdir()
        bad = asyncio.ensure_future(run(database(files, "bad"), "SELECT 1"))
        good = asyncio.ensure_future(run(database(files, "good"), "SELECT 2 AS x"))
        assert await good == [{"x": 2}]
        with pytest.raises(StorageError, match="cannot be opened"):
            await bad
        files.path("bad").rmdir()


async def test_an_open_transaction_keeps_the_file_open(tmp_path: Path) -> None:
    async with opened(tmp_path, open_files=1, open_wait_s=0.5) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        await run(file, "BEGIN")
        await run(file, "INSERT INTO t VALUES (1)")
        assert [file.in_transaction] == [True]
        with pytest.raises(SqlUnavailableError):
            await run(database(files, "other"), "SELECT 1")
        await run(file, "COMMIT")
        assert [file.in_transaction] == [False]
        await run(database(files, "other"), "SELECT 1")
        assert await run(file, "SELECT x FROM t") == [{"x": 1}]


async def test_a_transaction_that_begins_meanwhile_keeps_the_file_open(
    tmp_path: Path,
) -> None:
    """Closing it would undo what the transaction has done so far."""
    async with opened(tmp_path) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        beginning = asyncio.create_task(run(file, "BEGIN; INSERT INTO t VALUES (1)"))
        await asyncio.sleep(0)
        closing = file.put_away_soon()
        await beginning
        await closing
        await run(file, "COMMIT")
        assert await run(file, "SELECT x FROM t") == [{"x": 1}]


async def test_files_that_are_not_used_are_closed(tmp_path: Path) -> None:
    async with opened(tmp_path, idle_s=0.05) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        await until(lambda: files.open_count == 0)
        assert [path.name for path in files.folder.iterdir()] == ["a.db"]
        assert await run(file, "SELECT x FROM t") == []


async def test_settings_of_the_actor_outlive_the_closing_of_its_file(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as files:
        file = database(files)
        await run(file, "PRAGMA foreign_keys = ON")
        await file.put_away()
        assert files.open_count == 0
        assert await run(file, "PRAGMA foreign_keys") == [{"foreign_keys": 1}]


async def test_the_next_activation_waits_until_the_file_is_closed(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as files:
        for number in range(20):
            file = database(files)
            await run(file, "CREATE TABLE IF NOT EXISTS t (x)")
            await run(file, "INSERT INTO t VALUES (?)", number)
            file.close(removes=False)
            file.close(removes=False)
        rows = await run(database(files), "SELECT count(*) AS n FROM t")
        assert rows == [{"n": 20}]


async def test_closing_rolls_back_and_stops_what_runs(tmp_path: Path) -> None:
    async with opened(tmp_path) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        await run(file, "BEGIN")
        await run(file, "INSERT INTO t VALUES (1)")
        running = file.run(SqlStatement(ENDLESS), Interruption())
        queued = file.run(SqlStatement("SELECT 1"), Interruption())
        await asyncio.sleep(0.05)
        file.close(removes=False)
        with pytest.raises(SqlInterruptedError):
            await running
        with pytest.raises(SqlClosedError):
            await queued
        assert await run(database(files), "SELECT x FROM t") == []


async def test_a_removed_database_leaves_no_file(tmp_path: Path) -> None:
    async with opened(tmp_path) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        file.close(removes=True)
        files.remove("never-there")
        await until(lambda: not [*files.folder.iterdir()])
        with pytest.raises(Exception, match="no such table"):
            await run(database(files), "SELECT x FROM t")


async def test_a_runaway_statement_is_stopped_and_blocks_nobody_else(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, threads=2) as files:
        interruption = Interruption()
        running = database(files).run(SqlStatement(ENDLESS), interruption)
        other = database(files, "other")
        for _ in range(10):
            assert await run(other, "SELECT 1 AS x") == [{"x": 1}]
        assert not running.done()
        interruption.request()
        with pytest.raises(SqlInterruptedError, match="interrupted"):
            await running


async def test_a_statement_that_was_given_up_before_it_began_is_not_run(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        interruption = Interruption()
        interruption.request()
        with pytest.raises(SqlInterruptedError):
            await file.run(SqlStatement("INSERT INTO t VALUES (1)"), interruption)
        assert await run(file, "SELECT x FROM t") == []


async def test_a_full_disk_refuses_and_the_database_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=SqlLimits(database_bytes=40 << 10)) as files:
        file = database(files)
        await run(file, "CREATE TABLE t (x)")
        with pytest.raises(StorageFullError):
            await run(file, "INSERT INTO t VALUES (zeroblob(80000))")
        await run(file, "INSERT INTO t VALUES (1)")
        assert await run(file, "SELECT x FROM t") == [{"x": 1}]
        assert files.failure is None


async def test_a_damaged_file_fails_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as files:
        good = database(files, "good")
        await run(good, "CREATE TABLE t (x)")
        files.path("bad").write_bytes(b"no database at all" * 1000)
        with pytest.raises(StorageCorruptError):
            await run(database(files, "bad"), "SELECT 1")
        assert await run(good, "SELECT x FROM t") == []
        assert files.failure is None


async def test_a_file_that_cannot_be_opened_fails_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as files:
        await run(database(files, "good"), "CREATE TABLE t (x)")
        files.path("bad").mkdir()
        with pytest.raises(StorageError, match="cannot be opened"):
            await run(database(files, "bad"), "SELECT 1")
        assert files.failure is None
        files.path("bad").rmdir()


class _Broken(sqlite3.Connection):
    """A connection whose disk can break."""

    is_broken = False

    def execute(self, *args: Any) -> sqlite3.Cursor:
        if self.is_broken:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return super().execute(*args)


async def test_after_an_error_of_the_disk_nothing_is_confirmed_any_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, factory=_Broken
        )

    files = SqlFiles(tmp_path, connect=connect)
    first, second = database(files, "a"), database(files, "b")
    await run(second, "SELECT 1")
    await run(first, "CREATE TABLE t (x)")
    monkeypatch.setattr(_Broken, "is_broken", True)
    with (
        caplog.at_level(logging.CRITICAL),
        pytest.raises(StorageFailedError, match="disk I/O error"),
    ):
        await run(first, "INSERT INTO t VALUES (1)")
    monkeypatch.setattr(_Broken, "is_broken", False)
    for file in (first, second, database(files, "c")):
        with pytest.raises(StorageFailedError):
            await run(file, "SELECT 1")
    assert isinstance(files.failure, sqlite3.OperationalError)
    assert "nothing more is saved" in caplog.text
    await files.close()
