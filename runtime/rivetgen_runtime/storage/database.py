"""The statements on one open database; used by the writer thread alone."""
# ruff: noqa: S608 - statements are made of constants, values are always parameters

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rivetgen_client.wire.keys import serialize_key
from rivetgen_runtime.core.ports import (
    Alarm,
    DeleteActor,
    DeleteRange,
    DeleteValue,
    NamePage,
    PutRecord,
    PutValue,
    RecordPage,
)
from rivetgen_runtime.storage.cursors import RecordCursor
from rivetgen_runtime.storage.rows import (
    RECORD_COLUMNS,
    VALUE_COLUMNS,
    record_from_row,
    record_to_row,
    value_from_row,
    value_to_row,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rivetgen_runtime.core.ports import (
        ActorRecord,
        Area,
        KeyRange,
        RecordQuery,
        ValueQuery,
        Write,
    )
    from rivetgen_runtime.storage.rows import ValueRow

__all__ = ["ALARMS_STATEMENT", "Database"]

_Place: TypeAlias = tuple[str, int, bytes]
_Parameters: TypeAlias = "Sequence[str | int | bytes | None]"

_MOST_ROWS_PER_STATEMENT: Final = 64
_PAGES_PER_PART: Final = 256
"""One megabyte: other work waits a few milliseconds for it."""
_RECORD_COLUMN_LIST: Final = ", ".join(RECORD_COLUMNS)
_VALUE_COLUMN_LIST: Final = ", ".join(VALUE_COLUMNS)
_VALUE_ROW: Final = f"({', '.join('?' * len(VALUE_COLUMNS))})"

_PUT_RECORD: Final = (
    f"INSERT INTO actors ({_RECORD_COLUMN_LIST}) "
    f"VALUES ({', '.join('?' * len(RECORD_COLUMNS))}) "
    "ON CONFLICT (actor_id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in RECORD_COLUMNS[1:])
)
_PUT_VALUES: Final = {
    count: f"REPLACE INTO actor_values ({_VALUE_COLUMN_LIST}) "
    f"VALUES {', '.join([_VALUE_ROW] * count)}"
    for count in range(1, _MOST_ROWS_PER_STATEMENT + 1)
}
_DELETE_VALUE: Final = (
    "DELETE FROM actor_values WHERE actor_id = ? AND area = ? AND key = ?"
)
_IN_AREA: Final = "actor_id = ? AND area = ? AND key >= ?"
_DELETE_VALUES: Final = "DELETE FROM actor_values WHERE actor_id = ?"
_RECORDS: Final = f"SELECT {_RECORD_COLUMN_LIST} FROM actors WHERE "
_FIND: Final = (
    _RECORDS + "namespace = ? AND name = ? AND key = ? AND destroyed_at_ms IS NULL"
)
_VALUES: Final = f"SELECT {_VALUE_COLUMN_LIST} FROM actor_values WHERE actor_id = ? "
ALARMS_STATEMENT: Final = (
    "SELECT alarm_at_ms, actor_id FROM actors "
    "WHERE namespace = ? AND alarm_at_ms IS NOT NULL AND destroyed_at_ms IS NULL "
    "AND (alarm_at_ms, actor_id) > (?, ?) ORDER BY alarm_at_ms, actor_id LIMIT ?"
)
_BEFORE_ALL_ALARMS: Final = Alarm(-(1 << 63), "")
_NEXT_NAME: Final = "SELECT min(name) FROM actors WHERE namespace = ? AND name > ?"


class Database:
    """Reads and writes rows; transactions are begun and ended by the caller.

    Every method raises what ``sqlite3`` raises.

    Args:
        connection: Opened by ``opening.open_connection``.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._puts: dict[_Place, ValueRow] = {}
        self._begins_at_next_statement = False

    # Transactions

    def begin(self) -> None:
        """Begin a transaction that may write."""
        self._begins_at_next_statement = True

    def commit(self) -> None:
        """Make everything since ``begin`` durable, and return when it is.

        What one statement can write needs no ``BEGIN`` and ``COMMIT`` around it. After
        each statement this thread has to wait for the interpreter, perhaps for long.
        """
        if len(self._puts) <= _MOST_ROWS_PER_STATEMENT:
            self._begins_at_next_statement = False
        self.flush()
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Forget everything since ``begin``, unless SQLite has done so already."""
        self._puts.clear()
        self._begins_at_next_statement = False
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def backup(self, target: sqlite3.Connection, between: Callable[[], None]) -> None:
        """Copy everything into an empty database, a part at a time.

        What is written in between is in the copy, too: SQLite sees to that, because it
        is written by the same connection.

        Args:
            target: The copy.
            between: Called between two parts.
        """

        def progress(_status: int, _remaining: int, _total: int) -> None:
            between()

        self._connection.backup(
            target, pages=_PAGES_PER_PART, progress=progress, sleep=0
        )

    def checkpoint(self) -> None:
        """Move what the log holds into the database file; the log keeps its size."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def close(self) -> None:
        """Move everything into the database file and close it."""
        self._connection.close()

    # Writing

    def write(self, writes: Iterable[Write]) -> None:
        """Take up writes; they reach SQLite before the next read, at ``flush``.

        Values are collected, so that one statement writes many of them and a value
        that is written twice is written once.
        """
        for write in writes:
            match write:
                case PutValue(actor_id, area, key, value):
                    row = value_to_row(actor_id, area, key, value)
                    self._puts[row[:3]] = row
                case DeleteValue(actor_id, area, key):
                    self._puts.pop((actor_id, int(area), key), None)
                    self._execute(_DELETE_VALUE, (actor_id, area, key))
                case DeleteRange(actor_id, area, keys):
                    self.flush()
                    self._delete_range(actor_id, area, keys)
                case PutRecord(record):
                    self._execute(_PUT_RECORD, record_to_row(record))
                case DeleteActor(record):
                    self.flush()
                    self._execute(_DELETE_VALUES, (record.actor_id,))
                    self._execute(_PUT_RECORD, record_to_row(record))

    def flush(self) -> None:
        """Hand the collected values to SQLite."""
        rows = iter(self._puts.values())
        while part := tuple(islice(rows, _MOST_ROWS_PER_STATEMENT)):
            self._execute(_PUT_VALUES[len(part)], tuple(chain.from_iterable(part)))
        self._puts.clear()

    def _execute(self, statement: str, parameters: _Parameters) -> None:
        if self._begins_at_next_statement:
            self._begins_at_next_statement = False
            self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(statement, parameters)

    def _delete_range(self, actor_id: str, area: Area, keys: KeyRange) -> None:
        condition, parameters = _in_range(actor_id, area, keys)
        statement = f"DELETE FROM actor_values WHERE {condition}"
        self._execute(statement, parameters)

    # Reading

    def record(self, actor_id: str) -> ActorRecord | None:
        """The record of an actor."""
        return self._record(_RECORDS + "actor_id = ?", actor_id)

    def find(
        self, namespace: str, name: str, key: tuple[str, ...]
    ) -> ActorRecord | None:
        """The record of the living actor with a key."""
        return self._record(_FIND, namespace, name, serialize_key(key))

    def records(self, query: RecordQuery) -> RecordPage:
        """One page of records, newest first."""
        condition, parameters = _condition(query)
        statement = (
            f"{_RECORDS}{condition} ORDER BY created_at_ms DESC, actor_id DESC LIMIT ?"
        )
        # One more than asked for tells whether there is a next page.
        rows = self._connection.execute(statement, [*parameters, query.limit + 1])
        found = [record_from_row(row) for row in rows]
        page = tuple(found[: query.limit])
        more = len(found) > query.limit and page
        return RecordPage(page, str(RecordCursor.after(page[-1])) if more else None)

    def names(self, namespace: str, limit: int, cursor: str | None) -> NamePage:
        """One page of names, in order.

        Each name is one step in the index, however many actors have it.
        """
        names: list[str] = []
        last = cursor or ""
        while len(names) <= limit:
            rows = self._connection.execute(_NEXT_NAME, (namespace, last))
            (name,) = rows.fetchone()
            if name is None:
                return NamePage(tuple(names), None)
            names.append(name)
            last = name
        page = tuple(names[:limit])
        return NamePage(page, page[-1] if page else None)

    def alarms(self, namespace: str, limit: int, after: Alarm | None) -> list[Alarm]:
        """The earliest alarms of living actors, in order."""
        last = after or _BEFORE_ALL_ALARMS
        rows = self._connection.execute(ALARMS_STATEMENT, (namespace, *last, limit))
        return [Alarm(*row) for row in rows]

    def values(
        self, actor_id: str, areas: frozenset[Area]
    ) -> dict[tuple[Area, bytes], bytes]:
        """The values of an actor in some areas."""
        wanted = sorted(areas)
        statement = f"{_VALUES} AND area IN ({', '.join('?' * len(wanted))})"
        rows = self._connection.execute(statement, (actor_id, *wanted))
        return dict(value_from_row(row) for row in rows)

    def scan(self, query: ValueQuery) -> list[tuple[bytes, bytes]]:
        """The values of the ranges, up to the limit."""
        found: list[tuple[bytes, bytes]] = []
        for keys in reversed(query.ranges) if query.reverse else query.ranges:
            if len(found) < query.limit:
                found += self._scan_range(query, keys, query.limit - len(found))
        return found

    def _scan_range(
        self, query: ValueQuery, keys: KeyRange, limit: int
    ) -> Iterator[tuple[bytes, bytes]]:
        condition, parameters = _in_range(query.actor_id, query.area, keys)
        order = "DESC" if query.reverse else "ASC"
        statement = (
            f"SELECT {_VALUE_COLUMN_LIST} FROM actor_values "
            f"WHERE {condition} ORDER BY key {order} LIMIT ?"
        )
        for row in self._connection.execute(statement, (*parameters, limit)):
            (_, key), value = value_from_row(row)
            yield key, value

    def _record(self, statement: str, *parameters: str) -> ActorRecord | None:
        row: Any = self._connection.execute(statement, parameters).fetchone()
        return None if row is None else record_from_row(row)


def _in_range(
    actor_id: str, area: Area, keys: KeyRange
) -> tuple[str, tuple[str | int | bytes, ...]]:
    if keys.end is None:
        return _IN_AREA, (actor_id, area, keys.start)
    return f"{_IN_AREA} AND key < ?", (actor_id, area, keys.start, keys.end)


def _condition(query: RecordQuery) -> tuple[str, list[str | int]]:
    terms = ["namespace = ?"]
    parameters: list[str | int] = [query.namespace]
    if query.actor_ids:
        terms.append(f"actor_id IN ({', '.join('?' * len(query.actor_ids))})")
        parameters += query.actor_ids
    else:
        _add_name_and_key(query, terms, parameters)
    if query.cursor is not None:
        cursor = RecordCursor.parse(query.cursor)
        terms.append("(created_at_ms, actor_id) < (?, ?)")
        parameters += (cursor.created_at_ms, cursor.actor_id)
    return " AND ".join(terms), parameters


def _add_name_and_key(
    query: RecordQuery, terms: list[str], parameters: list[str | int]
) -> None:
    if query.name is not None:
        terms.append("name = ?")
        parameters.append(query.name)
    if query.key is not None:
        terms.append("key = ?")
        parameters.append(serialize_key(query.key))
    if not query.include_destroyed:
        terms.append("destroyed_at_ms IS NULL")
