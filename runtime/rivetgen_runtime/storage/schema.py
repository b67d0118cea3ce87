"""What the database of one host looks like: tables, version and settings."""

from __future__ import annotations

from typing import Final

__all__ = [
    "APPLICATION_ID",
    "LAYOUTS",
    "OLDEST_SQLITE",
    "SCHEMA_VERSION",
    "SETTINGS",
    "SETTINGS_BEFORE_LOCK",
]

APPLICATION_ID: Final = int.from_bytes(b"RvGn", "big")
"""Tells our databases from every other SQLite file (``PRAGMA application_id``)."""

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first release with STRICT tables."""

SETTINGS_BEFORE_LOCK: Final = (
    # Waiting for a lock is pointless: whoever holds it keeps it until it ends.
    "PRAGMA busy_timeout = 0",
    # Before the first access: no shared memory file, and nobody else gets in.
    "PRAGMA locking_mode = EXCLUSIVE",
)
"""Run first on every connection: nothing of the file has been read yet."""

SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    # A commit returns after the log has been flushed to the device.
    "PRAGMA synchronous = FULL",
    # The writer decides when to checkpoint, so that no commit has to wait for it.
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cell_size_check = ON",
)
"""Run in this order once the file is known to be ours."""

_FIRST_LAYOUT: Final = (
    """
    CREATE TABLE actors (
        actor_id TEXT NOT NULL PRIMARY KEY,
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        key TEXT,
        pool TEXT NOT NULL,
        crash_policy TEXT NOT NULL,
        generation INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL,
        started_at_ms INTEGER,
        slept_at_ms INTEGER,
        destroyed_at_ms INTEGER,
        input BLOB,
        checksum BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE UNIQUE INDEX living_actors_by_key ON actors (namespace, name, key)
    WHERE destroyed_at_ms IS NULL AND key IS NOT NULL
    """,
    "CREATE INDEX actors_by_age ON actors (namespace, name, created_at_ms, actor_id)",
    """
    CREATE TABLE actor_values (
        actor_id TEXT NOT NULL,
        area INTEGER NOT NULL,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        checksum BLOB NOT NULL,
        PRIMARY KEY (actor_id, area, key)
    ) STRICT, WITHOUT ROWID
    """,
    # One row that is rewritten to make the log as long as it will be in use.
    "CREATE TABLE log_growth (writes INTEGER NOT NULL) STRICT",
    "INSERT INTO log_growth VALUES (0)",
    f"PRAGMA application_id = {APPLICATION_ID}",
)

_ALARMS: Final = (
    "ALTER TABLE actors ADD COLUMN alarm_at_ms INTEGER",
    """
    CREATE INDEX alarms ON actors (namespace, alarm_at_ms, actor_id)
    WHERE alarm_at_ms IS NOT NULL AND destroyed_at_ms IS NULL
    """,
)

LAYOUTS: Final = (_FIRST_LAYOUT, _ALARMS)
"""What makes each layout out of the one before, the first out of an empty database.

All that a database lacks are run in one transaction.
"""

SCHEMA_VERSION: Final = len(LAYOUTS)
"""Kept as ``PRAGMA user_version``; a database with a higher one is refused."""
