"""The durable store: what survives, what is refused, what ends its service."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.core.ports import Alarm, Area, PutRecord, RecordQuery
from rivetgen_runtime.errors import (
    StorageCorruptError,
    StorageError,
    StorageFullError,
)
from rivetgen_runtime.storage.database import ALARMS_STATEMENT
from rivetgen_runtime.storage.errors import (
    DamagedDatabaseError,
    DataDirectoryError,
    DataDirectoryInUseError,
    ForeignDatabaseError,
)
from rivetgen_runtime.storage.opening import DATABASE_NAME, open_connection
from rivetgen_runtime.storage.schema import SCHEMA_VERSION
from rivetgen_runtime.storage.sqlite import SqliteOptions, SqliteStore
from stored_actors import (
    EVERY_AREA,
    actor_record,
    batch,
    delete_actor,
    put_record,
    put_state,
)

if TYPE_CHECKING:
    from pathlib import Path

STATE = (Area.STATE, b"")

HOLD = """
import asyncio, sys
from pathlib import Path
from rivetgen_runtime.storage.sqlite import SqliteStore

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.readline()
    await store.close()

asyncio.run(main())
"""

FAIL_TO_WRITE = """
import asyncio, resource, sys
from pathlib import Path
from rivetgen_runtime.core.ports import Area, Batch, PutValue
from rivetgen_runtime.errors import StorageFailedError
from rivetgen_runtime.storage.sqlite import SqliteStore

def put(size):
    return Batch((PutValue("actor", Area.STATE, b"", size * b"x"),))

async def attempt(store, size):
    try:
        await store.commit(put(size))
    except StorageFailedError as error:
        return type(error.__cause__).__name__
    return "durable"

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]))
    outcomes = [await attempt(store, 1)]
    limit = 8 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    outcomes.append(await attempt(store, 2 * limit))
    outcomes.append(await attempt(store, 1))
    try:
        await store.values("actor", frozenset(Area))
    except StorageFailedError:
        outcomes.append("no answer")
    print(*outcomes, store.failure is not None)
    await store.close()

asyncio.run(main())
"""


async def state_of(store: SqliteStore, number: int = 1) -> bytes | None:
    values = await store.values(actor_record(number).actor_id, EVERY_AREA)
    return values.get(STATE)


async def values_of(path: Path, actor_id: str) -> dict[tuple[Area, bytes], bytes]:
    store = await SqliteStore.open(path)
    values = await store.values(actor_id, EVERY_AREA)
    await store.close()
    return values


def names_of_files(path: Path) -> list[str]:
    return [file.name for file in path.iterdir()]


def execute(path: Path, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(path / DATABASE_NAME)) as connection:
        connection.execute(statement, parameters)
        connection.commit()


async def test_what_was_confirmed_is_there_after_reopening(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_record())
    await store.commit(put_state(1, b"kept"))
    await store.close()
    store = await SqliteStore.open(tmp_path)
    assert await store.record(actor_record().actor_id) == actor_record()
    assert await state_of(store) == b"kept"
    await store.close()


async def test_the_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "data"
    store = await SqliteStore.open(directory)
    await store.close()
    assert directory.stat().st_mode & 0o077 == 0


async def test_a_closed_store_leaves_one_file(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_record())
    await store.close()
    assert names_of_files(tmp_path) == [DATABASE_NAME]


async def test_the_log_has_its_full_length_from_the_start(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    log = tmp_path / f"{DATABASE_NAME}-wal"
    before = log.stat().st_size
    for number in range(20):
        await store.commit(put_record(number))
    assert log.stat().st_size == before
    await store.close()


def test_settings_make_a_commit_mean_a_flush(tmp_path: Path) -> None:
    with closing(open_connection(tmp_path)) as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "locking_mode")
        }
    full = 2
    assert settings == {
        "journal_mode": "wal",
        "synchronous": full,
        "locking_mode": "exclusive",
    }


async def test_a_log_that_got_long_is_moved_into_the_file(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    database = tmp_path / DATABASE_NAME
    before = database.stat().st_size
    for number in range(9):
        await store.commit(put_state(number, bytes(2 << 20)))
    await store.record("anyone")
    assert database.stat().st_size > before + (16 << 20)
    await store.close()


# A second process, and files of others


async def test_a_second_process_is_refused_with_a_clear_sentence(
    tmp_path: Path,
) -> None:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"
    with pytest.raises(DataDirectoryInUseError, match="in use by another process"):
        await SqliteStore.open(tmp_path)
    await holder.communicate(b"\n")
    store = await SqliteStore.open(tmp_path)
    await store.close()


async def test_a_second_store_in_the_same_process_is_refused(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    with pytest.raises(DataDirectoryInUseError):
        await SqliteStore.open(tmp_path)
    await store.commit(put_record())
    await store.close()


async def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.close()
    execute(tmp_path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(ForeignDatabaseError, match="newer release"):
        await SqliteStore.open(tmp_path)


async def test_a_database_of_the_first_layout_is_brought_up_to_date(
    tmp_path: Path,
) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_record(1))
    await store.close()
    for statement in (
        "DROP INDEX alarms",
        "ALTER TABLE actors DROP COLUMN alarm_at_ms",
        "PRAGMA user_version = 1",
    ):
        execute(tmp_path, statement)
    store = await SqliteStore.open(tmp_path)
    assert await store.record(actor_record(1).actor_id) == actor_record(1)
    await store.commit(put_record(2, alarm_at_ms=5))
    alarms = await store.alarms("default", limit=10)
    assert alarms == [Alarm(5, actor_record(2).actor_id)]
    await store.close()


async def test_alarms_are_read_in_the_order_of_their_index(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_record(1, alarm_at_ms=5))
    await store.close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        asked = f"EXPLAIN QUERY PLAN {ALARMS_STATEMENT}"
        steps = connection.execute(asked, ("default", 0, "", 9)).fetchall()
    (step,) = [step[-1] for step in steps]
    assert "USING INDEX alarms (namespace=? AND (alarm_at_ms,actor_id)>" in step


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    execute(tmp_path, "CREATE TABLE notes (text TEXT)")
    before = (tmp_path / DATABASE_NAME).read_bytes()
    with pytest.raises(ForeignDatabaseError, match="not made by Rivetgen"):
        await SqliteStore.open(tmp_path)
    assert (tmp_path / DATABASE_NAME).read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("not a database, but long enough" * 100)
    with pytest.raises(ForeignDatabaseError, match="not a database"):
        await SqliteStore.open(tmp_path)


async def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.touch()
    with pytest.raises(DataDirectoryError, match="cannot be used as data directory"):
        await SqliteStore.open(path)


async def test_a_folder_in_place_of_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).mkdir()
    with pytest.raises(DataDirectoryError, match="cannot be opened"):
        await SqliteStore.open(tmp_path)


# Damage


@pytest.mark.parametrize("column", ["value", "checksum"])
async def test_a_damaged_value_is_never_returned(tmp_path: Path, column: str) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_state(1, b"state"))
    await store.commit(put_state(2, b"other"))
    await store.close()
    execute(
        tmp_path,
        f"UPDATE actor_values SET {column} = x'00' WHERE actor_id = ?",  # noqa: S608
        actor_record(1).actor_id,
    )
    store = await SqliteStore.open(tmp_path)
    with pytest.raises(StorageCorruptError, match="is damaged"):
        await state_of(store, 1)
    assert await state_of(store, 2) == b"other"
    assert store.failure is None
    await store.close()


async def test_a_value_of_another_actor_is_never_returned(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_state(1, b"state"))
    await store.close()
    other = actor_record(2).actor_id
    execute(tmp_path, "UPDATE actor_values SET actor_id = ?", other)
    store = await SqliteStore.open(tmp_path)
    with pytest.raises(StorageCorruptError):
        await state_of(store, 2)
    await store.close()


async def test_a_damaged_record_is_never_returned(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_record())
    await store.close()
    execute(tmp_path, "UPDATE actors SET generation = 99")
    store = await SqliteStore.open(tmp_path)
    with pytest.raises(StorageCorruptError):
        await store.record(actor_record().actor_id)
    with pytest.raises(StorageCorruptError):
        await store.records(RecordQuery(namespace="default"))
    await store.close()


async def test_a_damaged_file_is_noticed_after_an_unclean_stop(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    for number in range(300):
        await store.commit(put_record(number))
    await store.close()
    database = tmp_path / DATABASE_NAME
    content = bytearray(database.read_bytes())
    content[8192:12288] = bytes(4096)
    database.write_bytes(content)
    (tmp_path / f"{DATABASE_NAME}-wal").touch()
    with pytest.raises(DamagedDatabaseError, match="Restore it from a backup"):
        await SqliteStore.open(tmp_path)


# Refused batches


async def test_a_full_store_refuses_changes_and_goes_on(tmp_path: Path) -> None:
    options = SqliteOptions(database_bytes=1 << 20)
    store = await SqliteStore.open(tmp_path, options)
    await store.commit(put_record(1))
    await store.commit(put_state(1, b"small"))
    with pytest.raises(StorageFullError):
        await store.commit(put_state(2, bytes(2 << 20)))
    assert await state_of(store, 1) == b"small"
    await store.commit(put_state(1, b"again"))
    assert await state_of(store, 1) == b"again"
    assert store.failure is None
    await store.close()


async def test_space_that_is_freed_can_be_used_again(tmp_path: Path) -> None:
    options = SqliteOptions(database_bytes=1 << 20)
    store = await SqliteStore.open(tmp_path, options)
    await store.commit(put_record(1))
    await store.commit(put_state(1, bytes(800_000)))
    with pytest.raises(StorageFullError):
        await store.commit(put_state(2, bytes(800_000)))
    await store.commit(delete_actor(1))
    await store.commit(put_state(2, bytes(800_000)))
    await store.close()


async def test_of_a_group_only_the_batches_without_space_are_refused(
    tmp_path: Path,
) -> None:
    options = SqliteOptions(database_bytes=1 << 20)
    store = await SqliteStore.open(tmp_path, options)
    sizes = [10, 2 << 20, 20, 2 << 20, 30]
    commits = [
        store.commit(put_state(number, bytes(size)))
        for number, size in enumerate(sizes)
    ]
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    refused = [isinstance(outcome, StorageFullError) for outcome in outcomes]
    assert refused == [False, True, False, True, False]
    assert await state_of(store, 4) == bytes(30)
    assert await state_of(store, 1) is None
    await store.close()


async def test_a_second_living_actor_with_one_key_is_refused(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    outcomes = await asyncio.gather(
        store.commit(put_record(1, key=("a",))),
        store.commit(put_record(2, key=("a",))),
        store.commit(put_record(3, key=("b",))),
        return_exceptions=True,
    )
    assert [isinstance(outcome, StorageError) for outcome in outcomes] == [
        *(False, True, False)
    ]
    found = await store.find("default", "counter", ("a",))
    assert found is not None
    assert found.actor_id == actor_record(1).actor_id
    await store.close()


@pytest.mark.parametrize(
    "changes", [{"name": "half\ud800"}, {"created_at_ms": 2**63}], ids=repr
)
async def test_what_sqlite_cannot_hold_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    store = await SqliteStore.open(tmp_path)
    record = replace(actor_record(), **changes)  # type: ignore[arg-type] # any field
    with pytest.raises(StorageError):
        await store.commit(batch(PutRecord(record)))
    await store.commit(put_record(2))
    assert store.failure is None
    await store.close()


async def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(put_record(1, key=("taken",)))
    writes = (
        *put_state(2, b"state").writes,
        *put_record(2, key=("taken",)).writes,
    )
    with pytest.raises(StorageError):
        await store.commit(batch(*writes))
    assert await state_of(store, 2) is None
    await store.close()


async def test_more_batches_than_may_wait_are_refused(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, SqliteOptions(waiting_batches=10))
    commits = [store.commit(put_record(number)) for number in range(15)]
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    refused = [isinstance(outcome, StorageFullError) for outcome in outcomes]
    assert refused == [False] * 10 + [True] * 5
    await store.commit(put_record(99))
    await store.close()


async def test_more_bytes_than_may_wait_are_refused(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, SqliteOptions(waiting_bytes=100_000))
    with pytest.raises(StorageFullError, match="100000 bytes are waiting"):
        await store.commit(put_state(1, bytes(100_000)))
    await store.commit(put_state(1, bytes(90_000)))
    await store.close()


# Failure


def test_a_failed_write_ends_the_service_for_good(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FAIL_TO_WRITE, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [
        *("durable", "OperationalError", "OperationalError", "no", "answer", "True")
    ]
    assert "the store is out of service" in run.stderr
    assert asyncio.run(values_of(tmp_path, "actor")) == {STATE: b"x"}


async def test_whoever_gives_up_waiting_does_not_disturb_the_store(
    tmp_path: Path,
) -> None:
    store = await SqliteStore.open(tmp_path)
    abandoned = store.commit(put_record(1))
    abandoned.cancel()
    await store.commit(put_record(2))
    assert await store.record(actor_record(1).actor_id) is not None
    await store.close()
