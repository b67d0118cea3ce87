"""The inspector of an actor with an SQL database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

import rivetgen_runtime as _runtime
from inspected_actors import Worker
from inspecting_tool import Tool, answer, received
from recorded_actors import Connection, Context, CreateContext
from rivetgen_client.wire import cbor
from rivetgen_runtime.serving import ServeOptions, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


class Notes(_runtime.Actor[Context]):
    """Has a database."""

    definition = _runtime.ActorDefinition(
        name="notes",
        has_database=True,
        context=Context,
        create_context=CreateContext,
        connection=Connection,
    )


class DatabaseTool(Tool):
    """Looks at the database of one actor."""

    async def look(self, path: str) -> tuple[int, Any]:
        return await self.ask("GET", path)

    async def execute(self, request: Any) -> tuple[int, Any]:
        body = json.dumps(request).encode()
        return await self.ask("POST", "database/execute", body=body)

    async def run(self, sql: str, **parameters: Any) -> Any:
        status, body = await self.execute({"sql": sql, **parameters})
        assert status == 200, body
        return body["rows"]


@pytest.fixture
async def tool(tmp_path: Path) -> AsyncGenerator[DatabaseTool]:
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        serving([Notes, Worker], options) as running,
        aiohttp.ClientSession() as session,
    ):
        tool = DatabaseTool(running.endpoint, session)
        await tool.create("notes")
        yield tool


async def fill(tool: DatabaseTool) -> None:
    await tool.run("CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    await tool.run("CREATE TABLE note (text TEXT, by INTEGER REFERENCES author(id))")
    await tool.run("INSERT INTO author VALUES (?, ?), (2, 'b')", args=[1, "a"])
    await tool.run("INSERT INTO note VALUES (:t, 1)", properties={"t": "hi"})


async def test_the_recorded_statements_give_the_recorded_rows(
    tool: DatabaseTool,
) -> None:
    assert await tool.run("select 1 as a") == [{"a": 1}]
    assert await tool.run("select ? as a", args=[5]) == [{"a": 5}]


async def test_tables_are_shown_with_columns_keys_and_numbers_of_rows(
    tool: DatabaseTool,
) -> None:
    await fill(tool)
    status, body = await tool.look("database/schema")

    author, note = body["schema"]["tables"]
    assert status == 200
    assert author["table"] == {"schema": "main", "name": "author", "type": "table"}
    assert author["records"] == 2
    assert author["columns"][1] == {
        "cid": 1,
        "name": "name",
        "type": "TEXT",
        "notnull": 1,
        "dflt_value": None,
        "pk": 0,
    }
    assert [key["table"] for key in note["foreignKeys"]] == ["author"]


async def test_rows_are_shown_page_by_page(tool: DatabaseTool) -> None:
    await fill(tool)

    _, first = await tool.look("database/rows?table=author&limit=1")
    _, second = await tool.look("database/rows?table=author&limit=1&offset=1")
    _, everything = await tool.look("database/rows?table=author&limit=none")

    assert first == {"rows": [{"id": 1, "name": "a"}]}
    assert second == {"rows": [{"id": 2, "name": "b"}]}
    assert len(everything["rows"]) == 2


@pytest.mark.parametrize(
    "path", ["database/rows", "database/rows?table=nope", 'database/rows?table="']
)
async def test_a_table_that_is_not_there_is_refused(
    tool: DatabaseTool, path: str
) -> None:
    status, body = await tool.look(path)

    assert status == 400
    assert body["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sql": "nope"}, "internal_error"),
        ({"sql": "ATTACH 'x' AS y"}, "not_authorized"),
        ({"sql": "SELECT ?", "args": [True]}, "invalid_bind_parameter"),
        ({"sql": 5}, "invalid_request"),
        ({"sql": "SELECT 1", "args": {}}, "invalid_request"),
        ({"sql": "SELECT 1", "args": [], "properties": {}}, "invalid_request"),
    ],
)
async def test_statements_that_cannot_be_run_say_why(
    tool: DatabaseTool, body: Any, code: str
) -> None:
    status, error = await tool.execute(body)

    assert (status, error["code"]) == (400, code)
    assert "Traceback" not in error["message"]


async def test_a_transaction_that_is_left_open_is_undone(tool: DatabaseTool) -> None:
    await fill(tool)
    await tool.run("BEGIN; INSERT INTO author VALUES (3, 'c')")

    assert await tool.run("SELECT count(*) AS n FROM author") == [{"n": 2}]


async def test_an_actor_without_a_database_says_so(tool: DatabaseTool) -> None:
    await tool.create("worker")

    for path in ("database/schema", "database/rows?table=x"):
        status, body = await tool.look(path)
        assert (status, body["code"]) == (400, "not_configured")
    _, summary = await tool.look("summary")
    assert summary["isDatabaseEnabled"] is False


async def test_the_socket_shows_tables_and_rows_as_well(tool: DatabaseTool) -> None:
    await fill(tool)
    table = {"id": 2, "table": "author", "limit": 10, "offset": 0}
    async with tool.connected() as socket:
        init = await received(socket)
        schema = await answer(socket, "DatabaseSchemaRequest", id=1)
        rows = await answer(socket, "DatabaseTableRowsRequest", **table)

    assert init.fields["isDatabaseEnabled"] is True
    tables: Any = cbor.decode(schema.fields["schema"])
    assert [each["table"]["name"] for each in tables["tables"]] == ["author", "note"]
    assert cbor.decode(rows.fields["result"]) == [
        {"id": 1, "name": "a"},
        {"id": 2, "name": "b"},
    ]
