"""Migrations of an actor's database: numbered steps, each applied once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_runtime.core.sql import SqlTransaction
from rivetgen_runtime.sql_errors import SqlMigrationError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_MIGRATIONS_TABLE", "Migration", "migrate"]

DEFAULT_MIGRATIONS_TABLE: Final = "schema_migrations"

_TABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")

Work: TypeAlias = Callable[[SqlTransaction], Awaitable[object]]
"""Changes the database through the handle of the transaction around it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step.

    Attributes:
        version: One more than that of the step before; the first one has 1.
        change: SQL, of several statements if need be, or a function that gets the
            handle of the transaction.
    """

    version: int
    change: str | Work


async def migrate(
    transaction: SqlTransaction, migrations: Sequence[Migration], *, table: str
) -> int:
    """Apply what the database lacks, inside a transaction.

    Args:
        transaction: It is committed when all steps have been applied.
        migrations: All steps there ever were, in order.
        table: Where the applied versions are recorded.

    Returns:
        How many steps were applied.

    Raises:
        SqlMigrationError: Versions have a gap, or the database is ahead of them.
    """
    _check(migrations, table)
    await transaction.execute(
        f'CREATE TABLE IF NOT EXISTS "{table}" '
        "(version INTEGER NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)"
    )
    statement = f'SELECT coalesce(max(version), 0) AS version FROM "{table}"'  # noqa: S608 - a checked name
    (row,) = await transaction.execute(statement)
    current: int = row["version"]
    if current > len(migrations):
        message = (
            f"The database has version {current}, and the newest migration is "
            f"{len(migrations)}: a newer release has written it."
        )
        raise SqlMigrationError(message)
    for migration in migrations[current:]:
        await _apply(transaction, migration, table)
    return len(migrations) - current


async def _apply(transaction: SqlTransaction, migration: Migration, table: str) -> None:
    if isinstance(migration.change, str):
        await transaction.execute(migration.change)
    else:
        await migration.change(transaction)
    await transaction.execute(
        f"INSERT INTO \"{table}\" VALUES (?, datetime('now'))",  # noqa: S608 - checked
        migration.version,
    )


def _check(migrations: Sequence[Migration], table: str) -> None:
    if not _TABLE_NAME.fullmatch(table):
        message = f"{table!r} is no name for the table of migrations"
        raise SqlMigrationError(message)
    for expected, migration in enumerate(migrations, 1):
        if migration.version != expected:
            message = (
                f"Migration {migration.version} stands where {expected} is expected: "
                "versions begin with 1 and have no gaps."
            )
            raise SqlMigrationError(message)
