"""Which errors refuse one batch, and which put the store out of service.

An error that leaves the fate of earlier writes unknown (a failed flush above all) must
never be retried: the operating system may have dropped the very pages that could not be
written, and would report success the next time.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from rivetgen_runtime.errors import StorageError, StorageFullError

__all__ = ["refusal"]

_NO_SPACE: Final = "SQLITE_FULL"

_BAD_INPUT: Final = (
    sqlite3.IntegrityError,  # a second living actor with one key
    sqlite3.DataError,  # a value beyond SQLite's largest size
    sqlite3.InterfaceError,  # a type that SQLite cannot hold
    sqlite3.ProgrammingError,
    OverflowError,  # an integer beyond 64 bits
    UnicodeEncodeError,  # half of a surrogate pair
)


def refusal(error: Exception) -> StorageError | None:
    """What to tell whoever sent a batch; None when the store itself has failed."""
    if getattr(error, "sqlite_errorname", None) == _NO_SPACE:
        return StorageFullError("There is no space left for this change.")
    if isinstance(error, _BAD_INPUT):
        return StorageError(f"The store cannot hold this change: {error}")
    return None
