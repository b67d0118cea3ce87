"""``c.db``: the SQL database of an actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rivetgen_runtime.core.sql_migrations import DEFAULT_MIGRATIONS_TABLE, migrate
from rivetgen_runtime.core.sql_ports import SqlStatement
from rivetgen_runtime.core.sql_values import bind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rivetgen_runtime.core.sql import ActorDatabase, SqlTransaction
    from rivetgen_runtime.core.sql_migrations import Migration
    from rivetgen_runtime.core.sql_ports import SqlRow

__all__ = ["Db"]

T = TypeVar("T")


class Db:
    """The database of an actor, as one call uses it.

    Args:
        database: The database.
        owner: The call; a transaction that it begins with a statement belongs to it.
        is_read_only: Whether the call declares to change nothing.
    """

    __slots__ = ("_database", "_is_read_only", "_owner")

    def __init__(
        self, database: ActorDatabase, *, owner: object, is_read_only: bool
    ) -> None:
        self._database = database
        self._owner = owner
        self._is_read_only = is_read_only

    async def execute(self, sql: str, *parameters: object) -> list[SqlRow]:
        """Run SQL; what it changes is durable when this returns.

        Args:
            sql: One statement; without parameters it may be several, with semicolons
                in between.
            parameters: Values for ``?``, or one mapping for ``:name``.

        Returns:
            The rows of the last statement, each by column name; none for statements
            that return no rows.

        Raises:
            SqlBindingError: SQLite cannot hold a parameter.
            SqlStatementError: SQLite refuses the statement; with its message.
            SqlError: It cannot be run for another reason.
            StorageError: The disk is full or broken.
        """
        statement = SqlStatement(sql, bind(parameters), self._is_read_only)
        return await self._database.execute(self._owner, statement)

    def transaction(
        self, *, timeout: float | None = None, name: str = ""
    ) -> SqlTransaction:
        """Make a transaction: ``async with c.db.transaction() as tx``.

        It is exclusive and waits for its turn; other uses of the database wait for its
        end. It is committed at the end of the block, or rolled back when that raises.

        Args:
            timeout: Seconds until it is rolled back; None for 60.
            name: For messages.
        """
        return self._database.transaction(
            self._owner, timeout_s=timeout, name=name, is_read_only=self._is_read_only
        )

    async def transact(
        self,
        work: Callable[[SqlTransaction], Awaitable[T]],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - of the transaction
        name: str = "",
    ) -> T:
        """Run a function in a transaction and return its result."""
        async with self.transaction(timeout=timeout, name=name) as transaction:
            return await work(transaction)

    async def migrate(
        self,
        migrations: Sequence[Migration],
        *,
        table: str = DEFAULT_MIGRATIONS_TABLE,
        timeout: float | None = None,  # noqa: ASYNC109 - of the transaction
    ) -> int:
        """Apply the migrations that the database lacks, all of them or none.

        Args:
            migrations: All there ever were; versions count up from 1.
            table: Where the applied versions are recorded.
            timeout: Seconds that all of them together may take; None for 60.

        Returns:
            How many were applied.

        Raises:
            SqlMigrationError: Versions have a gap, or the database is ahead of them.
            SqlError: One of them failed; everything is as it was.
        """
        async with self.transaction(timeout=timeout, name="migrate") as transaction:
            return await migrate(transaction, migrations, table=table)
