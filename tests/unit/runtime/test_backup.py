"""A backup of a server at work is a data directory that a server starts from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from core_world import World
from rivetgen_runtime.embedded import Embedded, EmbeddedOptions
from rivetgen_runtime.storage.errors import DataDirectoryError
from rivetgen_runtime.storage.sql_files import SqlFileOptions
from sql_world import TABLE, SqlLabBase

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen_client.wire.values import Value

ACTORS = 12
OPTIONS = EmbeddedOptions(databases=SqlFileOptions(open_files=5))


class Journal(SqlLabBase):
    """Writes a number into its database and then into its state."""

    async def on_wake(self, c: Any) -> None:
        await c.db.execute(TABLE)

    async def work(self, c: Any, argument: Any) -> Any:
        async with c.db.transaction() as tx:
            for _ in range(2):
                await tx.execute("INSERT INTO notes (text) VALUES (?)", f"{argument}")
        c.state.value = argument
        c.state.notes = ["x" * 500] * 20

    async def look(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
        rows = await c.db.execute(
            "SELECT max(CAST(text AS INTEGER)) AS last, count(*) AS n FROM notes"
        )
        return [c.state.value, rows[0]["last"] or 0, rows[0]["n"]]


async def call(embedded: Embedded, action: str, argument: Value, key: str) -> Any:
    record = await embedded.host.locate(World().target(key=key))
    return await embedded.host.call_action(record, action, [argument])


async def write(embedded: Embedded, key: str, confirmed: dict[str, int]) -> None:
    """Call one actor for ever; every now and then it sleeps."""
    while True:
        number = confirmed.get(key, 0) + 1
        await call(embedded, "work", number, key)
        confirmed[key] = number
        if number % 7 == 0:
            record = await embedded.host.locate(World().target(key=key))
            await embedded.host.sleep(record.actor_id)


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - it is only looked at
            await asyncio.sleep(0.01)


async def test_a_backup_under_load_has_everything_that_was_confirmed(
    tmp_path: Path,
) -> None:
    embedded = await Embedded.open([Journal], tmp_path / "data", OPTIONS)
    confirmed: dict[str, int] = {}
    keys = [f"{number}" for number in range(ACTORS)]
    writers = [asyncio.ensure_future(write(embedded, k, confirmed)) for k in keys]
    await until(lambda: len(confirmed) == ACTORS and max(confirmed.values()) > 7)
    before = dict(confirmed)
    await embedded.backup(tmp_path / "copy")
    after = dict(confirmed)
    for writer in writers:
        writer.cancel()
    await asyncio.gather(*writers, return_exceptions=True)
    await embedded.finish(grace_s=5)
    await embedded.close()
    assert sum(after.values()) > sum(before.values())

    copy = await Embedded.open([Journal], tmp_path / "copy", OPTIONS)
    for key in keys:
        state, last, count = await call(copy, "look", None, key)
        assert before[key] <= state <= last <= after[key] + 1
        assert count == 2 * last
    await copy.finish(grace_s=5)
    await copy.close()


async def test_an_actor_that_ends_during_a_backup_is_in_it(tmp_path: Path) -> None:
    embedded = await Embedded.open([Journal], tmp_path / "data", OPTIONS)
    await call(embedded, "work", 1, "a")
    record = await embedded.host.locate(World().target())
    backing_up = asyncio.ensure_future(embedded.backup(tmp_path / "copy"))
    await embedded.host.destroy(record.actor_id)
    await backing_up
    await embedded.finish(grace_s=5)
    await embedded.close()
    assert not [*(tmp_path / "data" / "databases").iterdir()]
    copy = await Embedded.open([Journal], tmp_path / "copy", OPTIONS)
    found = await copy.host.find("lab", ("a",))
    if found is not None:
        assert await call(copy, "look", None, "a") == [1, 1, 2]
    await copy.finish(grace_s=5)
    await copy.close()


async def test_a_backup_needs_an_empty_directory(tmp_path: Path) -> None:
    embedded = await Embedded.open([Journal], tmp_path / "data", OPTIONS)
    with pytest.raises(DataDirectoryError, match="not empty"):
        await embedded.backup(tmp_path / "data")
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryError, match="cannot hold a backup"):
        await embedded.backup(tmp_path / "file")
    await embedded.close()
