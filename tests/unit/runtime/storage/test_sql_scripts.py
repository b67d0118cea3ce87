"""Scripts are cut where SQLite would cut them."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from rivetgen_runtime.storage.sql_scripts import statements

TRIGGER = (
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN "
    "UPDATE a SET x = 1; DELETE FROM b WHERE y = ';'; END"
)


@pytest.mark.parametrize(
    ("script", "parts"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;", ["SELECT 1"]),
        ("SELECT 1; SELECT 2", ["SELECT 1", " SELECT 2"]),
        ("SELECT ';';SELECT \";\"", ["SELECT ';'", 'SELECT ";"']),
        ("SELECT 'it''s;';SELECT [;], `;`", ["SELECT 'it''s;'", "SELECT [;], `;`"]),
        ("SELECT 1 -- a;b\n;SELECT 2", ["SELECT 1 -- a;b\n", "SELECT 2"]),
        ("SELECT 1 /* ; */;;  ; -- end;", ["SELECT 1 /* ; */"]),
        (f"{TRIGGER}; SELECT 1", [TRIGGER, " SELECT 1"]),
        ("", []),
        (" \n", []),
        (";;", []),
        ("-- nothing", []),
        ("/* open ; ", []),
        ("SELECT 'open ; ", ["SELECT 'open ; "]),
        ("SELECT 1 - 2 / 3;", ["SELECT 1 - 2 / 3"]),
    ],
)
def test_parts_of_a_script(script: str, parts: list[str]) -> None:
    assert [*statements(script)] == parts


def test_random_scripts_do_what_sqlite_does_with_them() -> None:
    random = Random(20)
    pieces = (
        "INSERT INTO t VALUES ('a;b');",
        "INSERT INTO t VALUES ('it''s');",
        'INSERT INTO "t" VALUES (1 - 1); -- x;\n',
        "/* ; */ INSERT INTO [t] VALUES (7 / 2);",
        ";",
        "\n",
        "CREATE TRIGGER IF NOT EXISTS g AFTER DELETE ON t BEGIN SELECT 1; END;",
        "DELETE FROM t WHERE x = 0;",
    )
    for _ in range(200):
        script = "".join(random.choices(pieces, k=random.randint(0, 12)))
        ours, theirs = (sqlite3.connect(":memory:", isolation_level=None) for _ in "12")
        for database in (ours, theirs):
            database.execute("CREATE TABLE t (x)")
        theirs.executescript(script)
        for part in statements(script):
            ours.execute(part)
        assert [*ours.iterdump()] == [*theirs.iterdump()], script
        ours.close()
        theirs.close()


def test_a_long_script_is_cut_in_linear_time() -> None:
    script = "INSERT INTO t VALUES ('" + ";" * 1_000_000 + "');" + "SELECT 1;" * 10_000
    assert sum(1 for _ in statements(script)) == 10_001
