"""Databases of actors that end with the process: for tests and simulations."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from rivetgen_runtime.options import SqlLimits
from rivetgen_runtime.sql_errors import SqlClosedError, SqlInterruptedError
from rivetgen_runtime.storage.sql_connection import SqlConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.sql_ports import Interruption, SqlRow, SqlStatement

__all__ = ["MemorySqlDatabase", "MemorySqlDatabases"]


class MemorySqlDatabases:
    """``SqlDatabases`` without files and threads: statements run on the event loop.

    Args:
        limits: Of results and statements.
    """

    def __init__(self, limits: SqlLimits | None = None) -> None:
        self._limits = limits or SqlLimits()
        self._connections: dict[str, sqlite3.Connection] = {}

    def database(
        self, actor_id: str, *, is_busy: Callable[[], bool]
    ) -> MemorySqlDatabase:
        """The database of an actor; see ``SqlDatabases``."""
        del is_busy  # nothing is ever closed to make room
        return MemorySqlDatabase(self, actor_id)

    def remove(self, actor_id: str) -> None:
        """Delete the database of an actor, if there is one."""
        connection = self._connections.pop(actor_id, None)
        if connection is not None:
            connection.close()

    def fork(self) -> MemorySqlDatabases:
        """Return what another process would find if this one were killed now.

        That ends what is in progress here; the two share nothing.
        """
        other = MemorySqlDatabases(self._limits)
        for actor_id, connection in self._connections.items():
            connection.rollback()
            copy = other._connection(actor_id)
            connection.backup(copy)
        return other

    def open(self, actor_id: str) -> SqlConnection:
        """The database of an actor, as one activation has it open."""
        return SqlConnection(self._connection(actor_id), self._limits)

    def close(self) -> None:
        """Forget everything."""
        for actor_id in tuple(self._connections):
            self.remove(actor_id)

    @property
    def actor_ids(self) -> frozenset[str]:
        """The actors that have a database."""
        return frozenset(self._connections)

    def _connection(self, actor_id: str) -> sqlite3.Connection:
        if actor_id not in self._connections:
            self._connections[actor_id] = sqlite3.connect(
                ":memory:", isolation_level=None
            )
        return self._connections[actor_id]


class MemorySqlDatabase:
    """``SqlDatabase`` in memory; a transaction that is open at the end is undone.

    Attributes:
        in_transaction: Whether a transaction was open after the last result.
    """

    def __init__(self, databases: MemorySqlDatabases, actor_id: str) -> None:
        self.in_transaction = False
        self._databases = databases
        self._actor_id = actor_id
        self._connection: SqlConnection | None = None
        self._is_closed = False
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()

    def run(
        self, statement: SqlStatement, interruption: Interruption
    ) -> asyncio.Task[list[SqlRow]]:
        """Run a statement; see ``SqlDatabase``."""
        task = asyncio.get_running_loop().create_task(
            self._run(statement, interruption)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def rest(self) -> None:
        """Do nothing: there are no files."""

    def close(self, *, removes: bool) -> None:
        """End this activation; see ``SqlDatabase``."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._connection is not None and self.in_transaction:
            self._connection.roll_back()
        if removes:
            self._databases.remove(self._actor_id)

    async def _run(
        self, statement: SqlStatement, interruption: Interruption
    ) -> list[SqlRow]:
        # One pass of the loop, as a database on another thread would take at least.
        async with self._lock:
            await asyncio.sleep(0)
            if self._is_closed:
                raise SqlClosedError
            if interruption.is_requested:
                message = "interrupted"
                raise SqlInterruptedError(message, "SQLITE_INTERRUPT")
            if self._connection is None:
                self._connection = self._databases.open(self._actor_id)
            try:
                return self._connection.run(statement, interruption)
            finally:
                self.in_transaction = self._connection.in_transaction
