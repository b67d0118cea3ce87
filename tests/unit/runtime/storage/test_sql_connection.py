"""An actor's connection gives what SQLite gives."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime.core.sql_ports import Interruption, SqlStatement
from rivetgen_runtime.errors import CodedError
from rivetgen_runtime.options import SqlLimits
from rivetgen_runtime.storage.sql_connection import (
    SqlConnection,
    connect_from_any_thread,
)

if TYPE_CHECKING:
    from pathlib import Path

STATEMENTS = 2_000
SEEDS = range(3)

TABLES = (
    "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x, y TEXT UNIQUE)",
    "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id), z BLOB)",
    "CREATE INDEX b_a ON b (a)",
    """CREATE TRIGGER copies AFTER INSERT ON a WHEN new.x > 90
    BEGIN INSERT INTO b (a, z) VALUES (new.id, new.y); END""",
)


def value(random: Random) -> Any:
    return random.choice(
        (
            *(None, random.randint(-5, 100), random.randint(-(2**62), 2**62)),
            *(random.random(), f"text {random.randint(0, 200)}", "a\0b"),
            random.randbytes(random.randint(0, 2_000)),
        )
    )


def statement(random: Random) -> tuple[str, tuple[Any, ...]]:
    """One statement, of which some fail."""
    number = random.randint(1, 60)
    text = f"text {random.randint(0, 200)}"
    return random.choice(
        (
            ("INSERT INTO a (x, y) VALUES (?, ?)", (value(random), text)),
            ("INSERT INTO a (x, y) VALUES (?, ?) RETURNING *", (value(random), text)),
            ("INSERT OR REPLACE INTO a VALUES (?, ?, ?)", (number, 95, text)),
            ("INSERT OR ROLLBACK INTO a VALUES (?, ?, ?)", (number, 1, text)),
            ("INSERT INTO b (a, z) VALUES (?, ?)", (number, value(random))),
            ("UPDATE a SET x = ? WHERE id = ?", (value(random), number)),
            ("DELETE FROM a WHERE id = ?", (number,)),
            ("DELETE FROM b WHERE a IN (SELECT id FROM a WHERE x < ?)", (number,)),
            ("SELECT * FROM a ORDER BY id LIMIT ?", (number,)),
            ("SELECT typeof(x) AS t, count(*) AS n FROM a GROUP BY t", ()),
            ("SELECT a.*, b.z FROM a JOIN b ON b.a = a.id ORDER BY a.id, b.id", ()),
            ("SELECT last_insert_rowid() AS id, changes() AS n", ()),
            ("INSERT INTO a (y) VALUES ('one;two'); SELECT max(id) AS m FROM a;", ()),
            ("PRAGMA foreign_keys = ON", ()),
            ("SELECT missing FROM a", ()),
            ("NO SQL AT ALL", ()),
            *((word, ()) for word in ("BEGIN", "COMMIT", "ROLLBACK", "VACUUM")),
            ("SAVEPOINT s", ()),
            ("RELEASE s", ()),
        )
    )


def as_sqlite_does(database: sqlite3.Connection, sql: str, parameters: Any) -> Any:
    try:
        if sql.endswith(";"):
            first, second, _ = sql.replace("one;two", "one\1two").split(";")
            database.execute(first.replace("\1", ";"))
            sql = second
        cursor = database.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]
    except sqlite3.Error as error:
        return str(error)


def as_we_do(ours: SqlConnection, sql: str, parameters: Any) -> Any:
    try:
        return ours.run(SqlStatement(sql, parameters), Interruption())
    except CodedError as error:
        return error.message


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_workload_has_the_results_of_sqlite(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    path = tmp_path / "a.db"
    ours = SqlConnection.open(path, SqlLimits(), connect=connect_from_any_thread)
    theirs = sqlite3.connect(tmp_path / "b.db", isolation_level=None)
    theirs.execute("PRAGMA synchronous = OFF")
    for table in TABLES:
        ours.run(SqlStatement(table), Interruption())
        theirs.execute(table)
    for _ in range(STATEMENTS // len(SEEDS)):
        sql, parameters = statement(random)
        expected = as_sqlite_does(theirs, sql, parameters)
        assert as_we_do(ours, sql, parameters) == expected, sql
        assert ours.in_transaction == theirs.in_transaction, sql
    ours.close()
    with sqlite3.connect(path) as stored:
        theirs.rollback()
        assert [*stored.iterdump()] == [*theirs.iterdump()]
    stored.close()
    theirs.close()


@pytest.mark.parametrize("action", ["close", "roll_back"])
def test_what_is_open_at_the_end_is_undone(action: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = SqlConnection.open(path, SqlLimits(), connect=connect_from_any_thread)
    for sql in ("CREATE TABLE t (x)", "BEGIN", "INSERT INTO t VALUES (1)"):
        connection.run(SqlStatement(sql), Interruption())
    getattr(connection, action)()
    connection.close()
    with sqlite3.connect(path) as stored:
        assert stored.execute("SELECT * FROM t").fetchall() == []
    stored.close()
