"""Actors with SQL databases in a data directory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from core_world import World
from rivetgen_runtime.core.ports import ActorRecord, Batch, DeleteActor, PutRecord
from rivetgen_runtime.embedded import Embedded, EmbeddedOptions
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.storage.sql_files import SqlFileOptions
from rivetgen_runtime.storage.sqlite import SqliteStore
from sql_world import TABLE, SqlLabBase

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen_client.wire.values import Value

ENDLESS = (
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
    "SELECT max(x) FROM n"
)


class Notes(SqlLabBase):
    """Runs what callers send, which is no example to follow."""

    async def on_wake(self, c: Any) -> None:
        await c.db.execute(TABLE)

    async def work(self, c: Any, argument: Any) -> Any:
        return await c.db.execute(*argument)

    async def other(self, c: Any, argument: Any) -> Any:
        """As ``work``, with a time limit of two seconds."""
        return await c.db.execute(argument)


TARGET = World().target()


async def call(embedded: Embedded, action: str, argument: Value, key: str = "a") -> Any:
    record = await embedded.host.locate(World().target(key=key))
    return await embedded.host.call_action(record, action, [argument])


async def test_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    embedded = await Embedded.open([Notes], tmp_path)
    await call(embedded, "work", ["INSERT INTO notes (text) VALUES (?)", "kept"])
    await embedded.finish(grace_s=5)
    await embedded.close()
    assert [path.suffix for path in (tmp_path / "databases").iterdir()] == [".db"]
    embedded = await Embedded.open([Notes], tmp_path)
    rows = await call(embedded, "work", ["SELECT text FROM notes"])
    assert rows == [{"text": "kept"}]
    await embedded.finish(grace_s=5)
    await embedded.close()


async def test_many_actors_share_few_files(tmp_path: Path) -> None:
    options = EmbeddedOptions(databases=SqlFileOptions(open_files=4))
    embedded = await Embedded.open([Notes], tmp_path, options)
    insert = ["INSERT INTO notes (text) VALUES ('x')"]
    keys = [f"{number}" for number in range(40)]
    await asyncio.gather(*(call(embedded, "work", insert, key) for key in keys))
    count = ["SELECT count(*) AS n FROM notes"]
    found = await asyncio.gather(*(call(embedded, "work", count, key) for key in keys))
    assert found == [[{"n": 1}]] * 40
    await embedded.finish(grace_s=5)
    await embedded.close()


async def test_a_runaway_statement_ends_with_its_action(tmp_path: Path) -> None:
    embedded = await Embedded.open([Notes], tmp_path)
    with pytest.raises(RequestError, match="timed out"):
        await call(embedded, "other", ENDLESS)
    assert await call(embedded, "work", ["SELECT 1 AS x"]) == [{"x": 1}]
    await embedded.finish(grace_s=5)
    await embedded.close()


async def test_a_destroyed_actor_leaves_no_file(tmp_path: Path) -> None:
    embedded = await Embedded.open([Notes], tmp_path)
    await call(embedded, "work", ["SELECT 1"])
    record = await embedded.host.locate(TARGET)
    await embedded.host.destroy(record.actor_id)
    await embedded.finish(grace_s=5)
    await embedded.close()
    assert not [*(tmp_path / "databases").iterdir()]


async def test_files_that_a_crash_left_behind_are_deleted_at_the_next_start(
    tmp_path: Path,
) -> None:
    store = await SqliteStore.open(tmp_path)
    for name in ("living", "destroyed"):
        record = ActorRecord(actor_id=name, name="lab", key=None, created_at_ms=1)
        await store.commit(Batch((PutRecord(record),)))
    dead = ActorRecord(
        actor_id="destroyed", name="lab", key=None, created_at_ms=1, destroyed_at_ms=2
    )
    await store.commit(Batch((DeleteActor(dead),)))
    await store.close()
    folder = tmp_path / "databases"
    folder.mkdir()
    for name in (
        *("living.db", "living.db-wal", "destroyed.db", "destroyed.db-wal"),
        *("unknown.db", "torn.db-wal", "README"),
    ):
        (folder / name).touch()
    embedded = await Embedded.open([Notes], tmp_path)
    async with asyncio.timeout(20):
        while len([*folder.iterdir()]) > 3:  # noqa: ASYNC110 - threads tell nobody
            await asyncio.sleep(0.01)
    await embedded.close()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["README", "living.db", "living.db-wal"]
