"""Migrations are applied once, in order, and all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core_world import World
from rivetgen_runtime.core.sql_migrations import Migration
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.sql_errors import SqlMigrationError, SqlStatementError
from sql_world import SqlLabBase, SqlWorld

if TYPE_CHECKING:
    from rivetgen_runtime import SqlTransaction
    from sql_world import Script, SqlContext

FIRST = Migration(1, "CREATE TABLE items (id INTEGER PRIMARY KEY); SELECT 1")
SECOND = Migration(2, "ALTER TABLE items ADD COLUMN status TEXT DEFAULT 'active'")


@pytest.fixture
def world() -> SqlWorld:
    return SqlWorld()


def migrating(*migrations: Migration, **options: Any) -> Script:
    async def script(c: SqlContext) -> int:
        return await c.db.migrate(migrations, **options)

    return script


async def columns(c: SqlContext) -> list[str]:
    rows = await c.db.execute("SELECT name FROM pragma_table_info('items')")
    return [row["name"] for row in rows]


async def test_each_migration_is_applied_once(world: SqlWorld) -> None:
    assert await world.run(migrating(FIRST)) == 1
    assert await world.run(migrating(FIRST)) == 0
    assert await world.run(migrating(FIRST, SECOND)) == 1
    assert await world.run(migrating(FIRST, SECOND)) == 0
    assert await world.run(columns) == ["id", "status"]


async def test_applied_versions_are_recorded_in_a_table(world: SqlWorld) -> None:
    await world.run(migrating(FIRST, SECOND, table="steps"))

    async def versions(c: SqlContext) -> Any:
        return await c.db.execute("SELECT version FROM steps ORDER BY version")

    assert await world.run(versions) == [{"version": 1}, {"version": 2}]


async def test_a_migration_may_be_a_function(world: SqlWorld) -> None:
    async def fill(tx: SqlTransaction) -> None:
        await tx.execute("INSERT INTO items (id) VALUES (?)", 7)

    await world.run(migrating(FIRST, Migration(2, fill)))

    async def ids(c: SqlContext) -> Any:
        return await c.db.execute("SELECT id FROM items")

    assert await world.run(ids) == [{"id": 7}]


async def test_a_failed_migration_undoes_all_of_them(world: SqlWorld) -> None:
    async def fail(tx: SqlTransaction) -> None:
        await tx.execute("CREATE TABLE probe (x)")
        raise LookupError("intentional failure")

    with pytest.raises(LookupError, match="intentional"):
        await world.run(migrating(FIRST, Migration(2, fail)))
    assert await world.run(columns) == []
    assert await world.run(migrating(FIRST, SECOND)) == 2


async def test_a_failed_statement_undoes_all_of_them(world: SqlWorld) -> None:
    with pytest.raises(SqlStatementError, match="no such table"):
        await world.run(
            migrating(FIRST, Migration(2, "INSERT INTO nowhere VALUES (1)"))
        )
    assert await world.run(columns) == []


@pytest.mark.parametrize("versions", [(2,), (0, 1), (1, 3), (1, 1), (1, 2, 2)], ids=str)
async def test_gaps_are_refused_before_anything_is_applied(
    world: SqlWorld, versions: tuple[int, ...]
) -> None:
    migrations = [Migration(version, FIRST.change) for version in versions]
    with pytest.raises(SqlMigrationError, match="no gaps"):
        await world.run(migrating(*migrations))
    assert await world.run(columns) == []


async def test_a_database_of_a_newer_release_is_refused(world: SqlWorld) -> None:
    await world.run(migrating(FIRST, SECOND))
    with pytest.raises(SqlMigrationError, match="newer release"):
        await world.run(migrating(FIRST))


@pytest.mark.parametrize("table", ["", 'a"b', "a b", "1a", "x" * 64])
async def test_the_name_of_the_table_is_checked(world: SqlWorld, table: str) -> None:
    with pytest.raises(SqlMigrationError, match="no name"):
        await world.run(migrating(FIRST, table=table))


async def test_a_migration_that_fails_in_a_hook_fails_the_start() -> None:
    attempts: list[int] = []

    class Migrating(SqlLabBase):
        async def on_wake(self, c: Any) -> None:
            attempts.append(1)
            bad = "INSERT INTO nowhere VALUES (1)"
            await c.db.migrate([FIRST, Migration(2, bad if len(attempts) == 1 else "")])

        async def work(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
            return await columns(c)

    world = World(Migrating)
    with pytest.raises(RequestError):
        await world.call("work")
    assert await world.call("work") == ["id"]
