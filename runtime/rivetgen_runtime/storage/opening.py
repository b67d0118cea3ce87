"""Opening the database of a data directory: lock, checks, settings."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_runtime.storage.errors import (
    DamagedDatabaseError,
    DataDirectoryError,
    DataDirectoryInUseError,
    ForeignDatabaseError,
)
from rivetgen_runtime.storage.schema import (
    APPLICATION_ID,
    LAYOUTS,
    OLDEST_SQLITE,
    SCHEMA_VERSION,
    SETTINGS,
    SETTINGS_BEFORE_LOCK,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["DATABASE_NAME", "Connect", "connect", "open_connection"]

Connect: TypeAlias = "Callable[[Path], sqlite3.Connection]"
"""Opens a file without reading it; the connection begins no transaction by itself."""

DATABASE_NAME: Final = "runtime.db"
"""File name of the database in a data directory."""

_LOG_GROWTH_WRITES: Final = 1_200
"""One-page transactions that the log holds before it has to grow: about 5 MB."""
_PAGE_BYTES: Final = 4_096
_LARGEST_CHECKED_BYTES: Final = 1 << 30
"""A larger file is not checked after an unclean stop: that would take too long."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a file with the SQLite of the standard library."""
    return sqlite3.connect(path, isolation_level=None)


def open_connection(
    directory: Path, *, max_bytes: int | None = None, connect: Connect = connect
) -> sqlite3.Connection:
    """Open the database of a data directory for this process alone; make it if needed.

    Args:
        directory: The data directory; it is made, readable by its owner only.
        max_bytes: How large the database may grow; None for as large as the disk.
        connect: Opens the file; tests put another file system below SQLite.

    Raises:
        DataDirectoryError: It cannot be used, for the reason that the message gives.
    """
    _require_sqlite(directory)
    try:
        _make_directory(directory)
        return _open(directory, max_bytes, connect)
    except OSError as error:
        reason = f"{directory} cannot be used as data directory: {error.strerror}."
        raise DataDirectoryError(directory, reason) from error


def _open(
    directory: Path, max_bytes: int | None, connect: Connect
) -> sqlite3.Connection:
    path = directory / DATABASE_NAME
    log = path.with_name(f"{DATABASE_NAME}-wal")
    was_clean = not log.exists()
    try:
        connection = connect(path)
    except sqlite3.Error as error:
        raise _explained(error, path) from error
    try:
        _run(connection, *SETTINGS_BEFORE_LOCK)
        _lock_and_create(connection, path)
        _run(connection, *SETTINGS)
        if not was_clean:
            _check(connection, path)
        _grow_log(connection, log)
        _limit(connection, max_bytes)
        _flush_directory(directory)
    except sqlite3.Error as error:
        connection.close()
        raise _explained(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _require_sqlite(directory: Path) -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        reason = f"SQLite {oldest} or newer is needed, not {sqlite3.sqlite_version}."
        raise DataDirectoryError(directory, reason)


def _make_directory(directory: Path) -> None:
    is_new = not directory.exists()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_new:  # an old one may be in a folder that only others can read
        _flush_directory(directory.parent)


def _flush_directory(directory: Path) -> None:
    """Make the names in a directory durable, where the system knows how to."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock_and_create(connection: sqlite3.Connection, path: Path) -> None:
    # The lock is taken by this and then kept, until the connection or process ends.
    _run(connection, "BEGIN EXCLUSIVE")
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    tables = _number(connection, "SELECT count(*) FROM sqlite_schema")
    is_empty = not (application or version or tables)
    if application != APPLICATION_ID and not is_empty:
        reason = f"{path} was not made by Rivetgen: choose another data directory."
        raise ForeignDatabaseError(path, reason)
    if version > SCHEMA_VERSION:
        reason = (
            f"{path} was written by a newer release (layout {version}, this one knows "
            f"{SCHEMA_VERSION}): use that release."
        )
        raise ForeignDatabaseError(path, reason)
    for layout in LAYOUTS[version:]:
        _run(connection, *layout)
    _run(connection, f"PRAGMA user_version = {SCHEMA_VERSION}", "COMMIT")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Look for damage, because whoever had the file open did not close it."""
    pages = _number(connection, "PRAGMA page_count")
    if pages * _PAGE_BYTES > _LARGEST_CHECKED_BYTES:
        return
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise DamagedDatabaseError(path, str(finding)[:200])


def _grow_log(connection: sqlite3.Connection, log: Path) -> None:
    """Make the log as long as it usually gets.

    Writing into a file of constant length costs one flush; appending to it makes each
    flush wait for the file system's own journal, too.
    """
    length = log.stat().st_size if log.exists() else 0
    if length < _LOG_GROWTH_WRITES * _PAGE_BYTES:
        _run(connection, "PRAGMA synchronous = OFF")
        for _ in range(_LOG_GROWTH_WRITES):
            _run(connection, "UPDATE log_growth SET writes = writes + 1")
        _run(connection, "PRAGMA synchronous = FULL")
    # Flushes the log first, then the database; the next commit begins at the log's top.
    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()


def _limit(connection: sqlite3.Connection, max_bytes: int | None) -> None:
    if max_bytes is not None:
        _run(connection, f"PRAGMA max_page_count = {max(1, max_bytes // _PAGE_BYTES)}")


def _explained(error: sqlite3.Error, path: Path) -> DataDirectoryError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_BUSY"):
        return DataDirectoryInUseError(path.parent)
    if name == "SQLITE_NOTADB":
        reason = f"{path} is not a database: choose another data directory."
        return ForeignDatabaseError(path, reason)
    if name.startswith("SQLITE_CORRUPT"):
        return DamagedDatabaseError(path, str(error))
    return DataDirectoryError(path, f"{path} cannot be opened: {error} ({name}).")


def _run(connection: sqlite3.Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement)


def _number(connection: sqlite3.Connection, statement: str) -> int:
    (number,) = connection.execute(statement).fetchone()
    return int(number)
