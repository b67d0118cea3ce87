"""What an actor learns when SQLite fails, and which failures are the disk's fault."""

from __future__ import annotations

import sqlite3
from typing import Final

from rivetgen_runtime.errors import (
    StorageCorruptError,
    StorageError,
    StorageFailedError,
    StorageFullError,
)
from rivetgen_runtime.sql_errors import (
    SqlConstraintError,
    SqlError,
    SqlInterruptedError,
    SqlReadOnlyError,
    SqlRefusedError,
    SqlStatementError,
)

__all__ = ["explained", "is_fatal"]

_STATEMENTS: Final[tuple[tuple[str, type[SqlStatementError]], ...]] = (
    ("SQLITE_CONSTRAINT", SqlConstraintError),
    ("SQLITE_READONLY", SqlReadOnlyError),
    ("SQLITE_INTERRUPT", SqlInterruptedError),
)
_FATAL: Final = "SQLITE_IOERR"
_STORAGE: Final[tuple[tuple[str, type[StorageError], str], ...]] = (
    ("SQLITE_FULL", StorageFullError, "There is no space left for this change."),
    ("SQLITE_CORRUPT", StorageCorruptError, "The actor's database is damaged: {}."),
    ("SQLITE_NOTADB", StorageCorruptError, "The actor's database is damaged: {}."),
    ("SQLITE_CANTOPEN", StorageError, "The actor's database cannot be opened: {}."),
    (_FATAL, StorageFailedError, "The actor's database failed: {}."),
)
"""By the beginning of SQLite's code; braces stand for its message."""


def explained(error: Exception, *, refusal: str = "") -> SqlError | StorageError:
    """Return what user code gets for an error of ``sqlite3``.

    Args:
        error: The error.
        refusal: Why the rules refused the statement; empty when they did not.
    """
    code: str = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    if code.startswith("SQLITE_AUTH") or refusal:
        return SqlRefusedError(refusal or f"{error}")
    for prefix, kind, message in _STORAGE:
        if code.startswith(prefix):
            return kind(message.format(error))
    for prefix, statement_kind in _STATEMENTS:
        if code.startswith(prefix):
            return statement_kind(f"{error}", code)
    return SqlStatementError(f"{error}", code)


def is_fatal(error: Exception) -> bool:
    """Whether it is unknown what is on the disk: nothing may be confirmed any more."""
    code: str = getattr(error, "sqlite_errorname", "")
    return isinstance(error, sqlite3.Error) and code.startswith(_FATAL)
