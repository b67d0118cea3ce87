"""``c.db``: statements, values, and what it promises about them."""

from __future__ import annotations

import asyncio
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase
from core_world import World
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.errors import (
    DatabaseNotEnabledError,
    DefinitionError,
    RequestError,
    UserError,
)
from rivetgen_runtime.options import SqlLimits, StartRetries
from rivetgen_runtime.sql_errors import (
    SqlBindingError,
    SqlClosedError,
    SqlConstraintError,
    SqlReadOnlyError,
    SqlRefusedError,
    SqlStatementError,
    SqlTooLargeError,
)
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.testing.manual import ManualClock, ManualRandomness, settle
from sql_world import SqlLabBase, SqlWorld, make_notes, notes

if TYPE_CHECKING:
    from sql_world import SqlContext


@pytest.fixture
def world() -> SqlWorld:
    return SqlWorld()


# Statements and rows


async def test_rows_are_read_by_column_name(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        made = await c.db.execute("INSERT INTO notes (text) VALUES (?)", "one")
        rows = await c.db.execute("SELECT id, text FROM notes")
        return made, rows

    assert await world.run(script) == ([], [{"id": 1, "text": "one"}])


async def test_parameters_are_given_by_position_or_by_name(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        return (
            await c.db.execute("SELECT ? AS a, ? AS b", 1, "x"),
            await c.db.execute("SELECT :a AS a, @b AS b", {"a": 1, "@b": "x"}),
            await c.db.execute("SELECT $a AS a, 'x' AS b", {"a": 1}),
        )

    assert await world.run(script) == ([{"a": 1, "b": "x"}],) * 3


async def test_returning_gives_rows(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        return await c.db.execute(
            "INSERT INTO notes (text) VALUES (?), (?) RETURNING id, text", "a", "b"
        )

    assert await world.run(script) == [
        {"id": 1, "text": "a"},
        {"id": 2, "text": "b"},
    ]


async def test_several_statements_give_the_rows_of_the_last(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        return await c.db.execute(
            "CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('a;b'); -- end;\n"
            "SELECT x FROM t; /* nothing; more */"
        )

    assert await world.run(script) == [{"x": "a;b"}]


async def test_a_script_may_hold_a_transaction(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        await c.db.execute(
            "BEGIN; INSERT INTO notes (text) VALUES ('a');"
            "UPDATE notes SET text = text || '-updated' WHERE id = last_insert_rowid();"
            "COMMIT"
        )
        return await notes(c)

    assert await world.run(script) == ["a-updated"]


async def test_a_script_that_fails_leaves_no_transaction_open(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        with pytest.raises(SqlConstraintError):
            await c.db.execute(
                "BEGIN; INSERT INTO notes (text) VALUES ('a');"
                "INSERT INTO notes (text) VALUES (NULL); COMMIT"
            )
        await c.db.execute("INSERT INTO notes (text) VALUES ('b')")
        return await notes(c)

    assert await world.run(script) == ["b"]


@pytest.mark.parametrize("sql", ["", "  ", "-- nothing", ";;", "/* open"])
async def test_no_statement_gives_no_rows(world: SqlWorld, sql: str) -> None:
    assert await world.run(lambda c: c.db.execute(sql)) == []


# Values


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0, 0),
        (2**53 + 1, 2**53 + 1),
        (-(2**63), -(2**63)),
        (2**63 - 1, 2**63 - 1),
        (1.5, 1.5),
        (float("inf"), float("inf")),
        ("", ""),
        ("a\0b", "a\0b"),
        ("\U0001f600", "\U0001f600"),
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"x"), b"x"),
        (None, None),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
    ],
    ids=repr,
)
async def test_values_come_back_as_they_were(
    world: SqlWorld, value: object, stored: object
) -> None:
    async def script(c: SqlContext) -> Any:
        (row,) = await c.db.execute("SELECT ? AS value", value)
        return row["value"]

    found = await world.run(script)
    assert found == stored
    assert type(found) is type(stored)


async def test_text_with_a_null_character_is_stored_whole(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        await c.db.execute("INSERT INTO notes (text) VALUES (?)", "a\0b")
        return await c.db.execute(
            "SELECT hex(text) AS hex_value, length(text) AS sqlite_length FROM notes"
        )

    assert await world.run(script) == [{"hex_value": "610062", "sqlite_length": 1}]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, "bool"),
        (2**63, "64 bits"),
        (float("nan"), "not a number"),
        ("\ud800", "surrogate"),
        ([1], "list"),
        pytest.param(object(), "object", id="an object"),
    ],
    ids=repr,
)
async def test_values_that_sqlite_cannot_hold_are_refused(
    world: SqlWorld, value: object, reason: str
) -> None:
    with pytest.raises(SqlBindingError, match=rf"parameter number 2 .*{reason}"):
        await world.run(lambda c: c.db.execute("SELECT ?, ?", 1, value))
    with pytest.raises(SqlBindingError, match=rf"parameter x .*{reason}"):
        await world.run(lambda c: c.db.execute("SELECT :x", {"x": value}))


async def test_a_missing_parameter_is_an_error(world: SqlWorld) -> None:
    with pytest.raises(SqlStatementError, match="number of bindings"):
        await world.run(lambda c: c.db.execute("SELECT ?, ?", 1))


async def test_parameter_names_are_text(world: SqlWorld) -> None:
    with pytest.raises(SqlBindingError, match="names of parameters are text, not int"):
        await world.run(lambda c: c.db.execute("SELECT :x", {1: 1}))


# Errors


async def test_errors_name_the_reason_to_user_code_and_hide_it_from_callers(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        await c.db.execute("SELECT * FROM nowhere")

    with pytest.raises(SqlStatementError, match="no such table: nowhere") as caught:
        await world.run(script)
    assert caught.value.sqlite_code == "SQLITE_ERROR"
    with pytest.raises(RequestError) as refused:
        await world.call("work", 0)
    body = refused.value.body
    assert (body.group, body.code) == ("rivetkit", "internal_error")
    assert "nowhere" not in body.message


async def test_constraints_have_an_error_of_their_own(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        await make_notes(c)
        await c.db.execute("INSERT INTO notes VALUES (1, 'a')")
        await c.db.execute("INSERT INTO notes VALUES (1, 'b')")

    with pytest.raises(SqlConstraintError, match="UNIQUE") as caught:
        await world.run(script)
    assert caught.value.sqlite_code == "SQLITE_CONSTRAINT_PRIMARYKEY"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("ATTACH 'other.db' AS other", "own file"),
        ("ATTACH ? AS other", "own file"),
        ("VACUUM INTO 'copy.db'", "own file"),
        ("SELECT load_extension('x')", "Extensions"),
        ("PRAGMA synchronous = OFF", "PRAGMA synchronous"),
        ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"),
        ("PRAGMA writable_schema = ON", "PRAGMA writable_schema"),
        ("PRAGMA query_only = OFF", "PRAGMA query_only"),
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count cannot be set"),
        ("CREATE TABLE _rivet_state (x)", "reserved"),
        ("CREATE INDEX _RIVET_i ON notes (text)", "reserved"),
    ],
)
async def test_statements_that_reach_too_far_are_refused(
    world: SqlWorld, sql: str, reason: str
) -> None:
    async def script(c: SqlContext) -> None:
        await make_notes(c)
        await c.db.execute(sql, *(["other.db"] if "?" in sql else []))

    with pytest.raises(SqlRefusedError, match=reason):
        await world.run(script)


async def test_harmless_pragmas_and_vacuum_work(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        await c.db.execute("VACUUM")
        await c.db.execute("PRAGMA user_version = 7")
        return (
            await c.db.execute("PRAGMA user_version"),
            await c.db.execute("PRAGMA integrity_check"),
            await c.db.execute("SELECT name FROM pragma_table_info('notes')"),
            [row["page_count"] for row in await c.db.execute("PRAGMA page_count")],
        )

    version, check, columns, pages = await world.run(script)
    assert version == [{"user_version": 7}]
    assert check == [{"integrity_check": "ok"}]
    assert [row["name"] for row in columns] == ["id", "text"]
    assert pages[0] > 0


@pytest.mark.parametrize(
    ("limits", "sql", "unit"),
    [
        (SqlLimits(result_rows=10), "VALUES " + ", ".join(["(1)"] * 11), "rows"),
        (SqlLimits(result_bytes=100), "SELECT hex(zeroblob(60)) AS x", "bytes"),
    ],
)
async def test_results_beyond_their_limit_are_refused(
    limits: SqlLimits, sql: str, unit: str
) -> None:
    with pytest.raises(SqlTooLargeError, match=unit):
        await SqlWorld(sql=limits).run(lambda c: c.db.execute(sql))


async def test_values_and_statements_beyond_their_limits_are_refused() -> None:
    world = SqlWorld(sql=SqlLimits(value_bytes=1000, statement_bytes=100))
    with pytest.raises(SqlStatementError, match="too big"):
        await world.run(lambda c: c.db.execute("SELECT zeroblob(2000)"))
    with pytest.raises(SqlStatementError):
        await world.run(lambda c: c.db.execute("SELECT 1" + " + 1" * 100))


async def test_a_database_that_is_full_refuses_and_goes_on() -> None:
    world = SqlWorld(sql=SqlLimits(database_bytes=40 << 10))

    async def script(c: SqlContext) -> Any:
        await make_notes(c)
        with pytest.raises(Exception, match="no space left") as caught:
            await c.db.execute("INSERT INTO notes (text) VALUES (hex(zeroblob(40000)))")
        await c.db.execute("INSERT INTO notes (text) VALUES ('fits')")
        return caught.value, await notes(c)

    error, texts = await world.run(script)
    assert error.body.name == "rivetgen.storage_full"
    assert texts == ["fits"]


# Where it can be used


async def test_it_can_be_used_before_there_is_a_state() -> None:
    class Early(SqlLabBase):
        async def create_state(self, c: Any, input: Any) -> Any:  # noqa: A002
            await c.db.execute("CREATE TABLE t (x); INSERT INTO t VALUES (5)")
            return await super().create_state(c, input)

        async def on_create(self, c: Any, input: Any) -> None:  # noqa: A002, ARG002
            (row,) = await c.db.execute("SELECT x FROM t")
            c.state.value = row["x"]

        async def work(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    assert await World(Early).call("work") == 5


async def test_an_actor_that_is_never_stored_leaves_no_database() -> None:
    class Failing(SqlLabBase):
        async def create_state(self, c: Any, input: Any) -> Any:  # noqa: A002, ARG002
            await c.db.execute("CREATE TABLE t (x)")
            raise UserError("no")

    world = World(Failing, start_retries=StartRetries(count=0))
    with pytest.raises(RequestError):
        await world.locate()
    assert not world.databases.actor_ids


async def test_rows_outlive_sleep_and_end_with_the_actor(world: SqlWorld) -> None:
    async def write(c: SqlContext) -> None:
        await make_notes(c)
        await c.db.execute("INSERT INTO notes (text) VALUES ('kept')")

    await world.run(write)
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    assert await world.run(notes) == ["kept"]
    await world.host.destroy(record.actor_id)
    assert not world.databases.actor_ids
    await world.run(write)
    assert await world.run(notes) == ["kept"]


async def test_an_actor_that_is_destroyed_asleep_leaves_no_database(
    world: SqlWorld,
) -> None:
    await world.run(make_notes)
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    await world.host.destroy(record.actor_id)
    assert not world.databases.actor_ids


async def test_what_was_written_survives_a_kill_before_the_state_is_saved(
    world: SqlWorld,
) -> None:
    async def write(c: SqlContext) -> None:
        await make_notes(c)
        await c.db.execute("INSERT INTO notes (text) VALUES ('first')")
        c.state.value = 1

    await world.run(write)
    world.commits.hold()
    call = asyncio.ensure_future(world.run(write))
    await settle()
    world.kill()
    call.cancel()

    async def look(c: SqlContext) -> Any:
        return c.state.value, await notes(c)

    assert await world.run(look) == (1, ["first", "first"])


async def test_each_actor_has_its_own(world: SqlWorld) -> None:
    await world.run(make_notes, key="a")
    with pytest.raises(SqlStatementError, match="no such table"):
        await world.run(notes, key="b")


async def test_after_the_end_it_is_closed(world: SqlWorld) -> None:
    kept: list[SqlContext] = []

    async def keep(c: SqlContext) -> None:
        await make_notes(c)
        kept.append(c)

    await world.run(keep)
    await world.host.stop()
    with pytest.raises(SqlClosedError, match="database is closed"):
        await kept[0].db.execute("SELECT 1")
    with pytest.raises(SqlClosedError):
        async with kept[0].db.transaction():
            pytest.fail("it must not begin")


async def test_an_actor_without_a_database_says_so() -> None:
    class Plain(LabBase):
        async def work(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
            with pytest.raises(DatabaseNotEnabledError, match="db: true"):
                _ = c._database
            return "refused"

    assert await World(Plain).call("work") == "refused"


def test_a_host_without_databases_refuses_actors_that_need_one() -> None:
    with pytest.raises(DefinitionError, match="SqlLabBase declares a database"):
        Host(
            [SqlLabBase],
            store=MemoryStore(),
            clock=ManualClock(),
            randomness=ManualRandomness(),
        )


async def test_a_read_only_action_reads_and_does_not_write(world: SqlWorld) -> None:
    async def write(c: SqlContext) -> None:
        await c.db.execute("INSERT INTO notes (text) VALUES ('x')")

    await world.run(make_notes)
    await world.run(write)
    assert await world.run(notes, action="look") == ["x"]
    with pytest.raises(SqlReadOnlyError):
        await world.run(write, action="look")
    await world.run(write)
    assert await world.run(notes) == ["x", "x"]


async def test_a_statement_that_nobody_waits_for_is_not_begun(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        await make_notes(c)
        write = asyncio.ensure_future(
            c.db.execute("INSERT INTO notes (text) VALUES ('late')")
        )
        await asyncio.sleep(0)
        write.cancel()
        with pytest.raises(asyncio.CancelledError):
            await write

    await world.run(script)
    assert await world.run(notes) == []
