"""One open database of an actor; used by one thread at a time."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from rivetgen_runtime.core.sql_ports import Interruption
from rivetgen_runtime.sql_errors import SqlTooLargeError
from rivetgen_runtime.storage.sql_failures import explained, is_fatal
from rivetgen_runtime.storage.sql_rules import SqlRules
from rivetgen_runtime.storage.sql_scripts import statements

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rivetgen_runtime.core.sql_ports import SqlRow, SqlStatement
    from rivetgen_runtime.options import SqlLimits
    from rivetgen_runtime.storage.opening import Connect

__all__ = ["SqlConnection", "connect_from_any_thread"]

_PAGE_BYTES: Final = 4_096
_STEPS_BETWEEN_LOOKS: Final = 100_000
"""Instructions of SQLite's machine, about ten milliseconds of them."""

_SETTINGS: Final = (
    "PRAGMA busy_timeout = 0",
    # Before the first access: no shared memory file, and nobody else gets in.
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    # A commit returns after the log has been flushed to the device.
    "PRAGMA synchronous = FULL",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cell_size_check = ON",
)

_KEPT_SETTINGS: Final = ("foreign_keys", "recursive_triggers")
"""What actors may set and the file does not remember."""


def connect_from_any_thread(path: Path) -> sqlite3.Connection:
    """Open a file; one thread after the other may use the connection."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


class SqlConnection:
    """Runs the statements of one actor.

    Args:
        connection: Begins no transaction by itself.
        limits: Of results and statements.
        settings: ``settings`` of the connection that was open before.

    Raises:
        SqlError | StorageError: The file cannot be used.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        limits: SqlLimits,
        *,
        settings: dict[str, int] | None = None,
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._rules = SqlRules()
        self._is_read_only = False
        self._interruption = Interruption()
        try:
            self._prepare(settings or {})
        except sqlite3.Error as error:
            connection.close()
            raise explained(error) from error

    @classmethod
    def open(
        cls,
        path: Path,
        limits: SqlLimits,
        *,
        connect: Connect,
        settings: dict[str, int] | None = None,
    ) -> SqlConnection:
        """Open a file for this process alone; make it if there is none.

        Raises:
            SqlError | StorageError: The file cannot be used.
        """
        is_new = not path.exists()
        try:
            opened = cls(connect(path), limits, settings=settings)
        except sqlite3.Error as error:
            raise explained(error) from error
        if is_new:
            _flush_directory(path.parent)
        return opened

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def run(self, statement: SqlStatement, interruption: Interruption) -> list[SqlRow]:
        """Run a statement, or several that have no parameters.

        What a script has begun is rolled back when the script fails.

        Returns:
            The rows of the last one.

        Raises:
            SqlError | StorageError: It failed; the cause is SQLite's error.
        """
        self._rules.reason = ""
        self._interruption = interruption
        was_in_transaction = self.in_transaction
        try:
            self._allow_writing(not statement.is_read_only)
            return self._run(statement)
        except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
            failure = explained(error, refusal=self._rules.reason)
            if not is_fatal(error):
                self._restore(was_in_transaction=was_in_transaction)
            raise failure from error
        except SqlTooLargeError:
            self._restore(was_in_transaction=was_in_transaction)
            raise

    def settings(self) -> dict[str, int]:
        """What a connection that is opened later should be set to."""
        self._interruption = Interruption()
        try:
            return {name: self._number(f"PRAGMA {name}") for name in _KEPT_SETTINGS}
        except sqlite3.Error:
            return {}  # the disk has failed: nothing is opened later

    def backup(self, path: Path) -> None:
        """Copy everything into a new file; no transaction may be open."""
        with closing(sqlite3.connect(path, isolation_level=None)) as target:
            self._connection.backup(target)

    def roll_back(self) -> None:
        """Undo the open transaction, if there is one."""
        self._connection.rollback()

    def close(self) -> None:
        """Roll back what is open, move the log into the file, and close it."""
        self._connection.close()

    def _run(self, statement: SqlStatement) -> list[SqlRow]:
        if statement.parameters:
            return self._rows(statement.sql, statement.parameters)
        rows: list[SqlRow] = []
        for part in statements(statement.sql):
            rows = self._rows(part, ())
        return rows

    def _rows(self, sql: str, parameters: Any) -> list[SqlRow]:
        cursor = self._connection.execute(sql, parameters)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return self._limited(names, cursor)

    def _limited(
        self, names: list[str], found: Iterable[tuple[Any, ...]]
    ) -> list[SqlRow]:
        rows: list[SqlRow] = []
        size = 0
        for values in found:
            if len(rows) == self._limits.result_rows:
                raise SqlTooLargeError("rows", self._limits.result_rows)
            size += sum(len(v) for v in values if isinstance(v, str | bytes))
            if size > self._limits.result_bytes:
                raise SqlTooLargeError("bytes", self._limits.result_bytes)
            rows.append(dict(zip(names, values, strict=True)))
        return rows

    def _prepare(self, settings: dict[str, int]) -> None:
        connection, limits = self._connection, self._limits
        connection.set_authorizer(None)  # of the activation before, in memory
        for setting in _SETTINGS:
            connection.execute(setting).fetchall()
        for name in _KEPT_SETTINGS:
            if name in settings:
                connection.execute(f"PRAGMA {name} = {settings[name]}")
        pages = limits.database_bytes // _PAGE_BYTES
        connection.execute(f"PRAGMA max_page_count = {max(1, pages)}").fetchall()
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.value_bytes)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, limits.statement_bytes)
        connection.set_progress_handler(self._is_interrupted, _STEPS_BETWEEN_LOOKS)
        connection.set_authorizer(self._rules.decide)

    def _allow_writing(self, allowed: bool) -> None:
        if self._is_read_only is not allowed:
            return
        self._set_own(f"PRAGMA query_only = {int(not allowed)}")
        self._is_read_only = not allowed

    def _restore(self, *, was_in_transaction: bool) -> None:
        if self.in_transaction and not was_in_transaction:
            self._interruption = Interruption()
            self._connection.execute("ROLLBACK")

    def _number(self, statement: str) -> int:
        (number,) = self._connection.execute(statement).fetchone()
        return int(number)

    def _set_own(self, statement: str) -> None:
        """Run a pragma that the rules keep from actors."""
        self._connection.set_authorizer(None)
        try:
            self._connection.execute(statement)
        finally:
            self._connection.set_authorizer(self._rules.decide)

    def _is_interrupted(self) -> bool:
        return self._interruption.is_requested


def _flush_directory(directory: Path) -> None:
    """Make the name of a new file durable, where the system knows how to."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
