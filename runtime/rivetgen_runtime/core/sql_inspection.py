"""What tools see of the SQL database of an actor, and the statements that they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.sql_ports import SqlStatement
from rivetgen_runtime.core.sql_values import bind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.sql import ActorDatabase
    from rivetgen_runtime.core.sql_ports import SqlRow

__all__ = ["MOST_ROWS", "SqlInspection"]

MOST_ROWS: Final = 500
"""Rows of a table in one answer."""

_TABLES: Final = (
    "SELECT name, type FROM sqlite_master "
    "WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "ORDER BY name"
)


class SqlInspection:
    """The database of an actor, for one request of a tool.

    Every method raises ``SqlError`` for what SQLite or the rules of actors refuse.

    Args:
        database: The database.
    """

    def __init__(self, database: ActorDatabase) -> None:
        self._database = database

    async def schema(self) -> dict[str, Value]:
        """Tables and views with columns, foreign keys and numbers of rows."""
        return {"tables": [await self._table(row) for row in await self._ask(_TABLES)]}

    async def rows(self, table: str, *, limit: int, offset: int) -> list[SqlRow]:
        """Rows of one table, in the order of the table."""
        sql = f"SELECT * FROM {_quoted(table)} LIMIT ? OFFSET ?"  # noqa: S608 - quoted
        return await self._ask(sql, min(limit, MOST_ROWS), offset)

    async def execute(self, sql: str, parameters: tuple[object, ...]) -> list[SqlRow]:
        """Run one statement; what it changes is durable when this returns."""
        statement = SqlStatement(sql, bind(parameters))
        return await self._as_call(
            lambda owner: self._database.execute(owner, statement)
        )

    async def _table(self, found: SqlRow) -> Value:
        name = _quoted(found["name"])
        counted = await self._ask(f"SELECT count(*) AS n FROM {name}")  # noqa: S608
        return {
            "table": {"schema": "main", "name": found["name"], "type": found["type"]},
            "columns": [*await self._ask(f"PRAGMA table_info({name})")],
            "foreignKeys": [*await self._ask(f"PRAGMA foreign_key_list({name})")],
            "records": counted[0]["n"],
        }

    async def _ask(self, sql: str, *parameters: int) -> list[SqlRow]:
        statement = SqlStatement(sql, parameters, is_read_only=True)
        return await self._as_call(
            lambda owner: self._database.execute(owner, statement)
        )

    async def _as_call(
        self, run: Callable[[object], Awaitable[list[SqlRow]]]
    ) -> list[SqlRow]:
        """A call of its own: a transaction that it leaves open is undone."""
        owner = object()
        try:
            return await run(owner)
        finally:
            self._database.end_call(owner)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
