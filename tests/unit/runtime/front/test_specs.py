"""``openapi.json`` and ``asyncapi.json`` describe what is served, all of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from described_frames import asyncapi, frame_violations, messages
from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_client.wire import inspector
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.error_codes import SERVER_ERRORS
from rivetgen_client.wire.errors import Origin, http_status
from rivetgen_runtime.front import documents
from rivetgen_runtime.front.routes import (
    ACTOR_ROUTES,
    INSPECTOR_ROUTES,
    RAW_ROUTES,
    SERVER_ROUTES,
    SOCKET_ROUTES,
    Access,
)
from wire_captures import frames
from wire_contract import contract, schema_violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_runtime.front.routes import Route
    from wire_captures import Frame

ASYNCAPI: Any = asyncapi()
MESSAGES: Any = messages()
GATEWAY = "/gateway/{actor}"
NOT_METHODS = {"parameters", "head"}  # HEAD is served wherever GET is


def spelled(path: str) -> str:
    """A template of the route table as OpenAPI writes it."""
    return path.replace("...}", "}")


def served() -> Iterator[tuple[str, str, Route]]:
    """Yield method and path of every HTTP route, with its row."""
    for route in SERVER_ROUTES:
        for method in route.methods:
            yield method.lower(), spelled(route.path), route
    for route in (*ACTOR_ROUTES, *INSPECTOR_ROUTES, *RAW_ROUTES):
        path = GATEWAY + ("" if route.path == "/" else spelled(route.path))
        for method in route.methods:
            yield method.lower(), path, route
    for route in RAW_ROUTES:  # headers name the actor
        for method in route.methods:
            yield method.lower(), spelled(route.path), route


def operations() -> Iterator[tuple[str, str, Any]]:
    """Yield method, path and description of every operation of openapi.json."""
    for path, item in contract()["paths"].items():
        for method, operation in item.items():
            if method not in NOT_METHODS:
                yield method, path, operation


EVERY_OPERATION = [
    pytest.param(*found, id=found[2]["operationId"]) for found in operations()
]


# OpenAPI


def test_every_route_is_described_and_every_description_is_a_route() -> None:
    rows = {(method, path) for method, path, _ in served()}
    described = {(method, path) for method, path, _ in operations()}

    assert rows - described == set()
    assert described - rows == set()


@pytest.mark.parametrize(("method", "path", "operation"), EVERY_OPERATION)
def test_descriptions_say_what_a_caller_has_to_show(
    method: str, path: str, operation: Any
) -> None:
    route = next(row for *place, row in served() if place == [method, path])
    schemes = operation.get("security", contract()["security"])

    match route.access:
        case Access.OPEN:
            assert schemes == []
        case Access.INSPECTOR:
            assert schemes == [{"inspector": []}]
        case _:
            assert {"bearer": []} in schemes
    has_refusal = not operation["responses"].keys().isdisjoint({"401", "default"})
    assert has_refusal is (route.access is not Access.OPEN)


def resolved(node: Any) -> Any:
    if "$ref" not in node:
        return node
    found: Any = contract()
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def examples() -> Iterator[tuple[str, Any, Any]]:
    """Yield every JSON example of a body: its place, its schema and its value."""
    for _, _, operation in operations():
        bodies = {"request": operation.get("requestBody", {})}
        bodies |= {code: resolved(r) for code, r in operation["responses"].items()}
        for place, body in bodies.items():
            media = body.get("content", {}).get("application/json", {})
            for name, example in media.get("examples", {}).items():
                where = f"{operation['operationId']} {place} {name}"
                yield where, media["schema"], example["value"]


def test_examples_are_what_they_are_examples_of() -> None:
    found = [*examples()]

    wrong = [
        f"{place}: {sentence}"
        for place, schema, value in found
        for sentence in schema_violations(schema, value)
    ]

    assert wrong == []
    assert len(found) > 60


def test_every_error_of_an_example_is_one_of_the_table() -> None:
    errors = {
        f"{value['group']}.{value['code']}"
        for _, _, value in examples()
        if isinstance(value, dict) and {"group", "code"} <= value.keys()
    }

    assert {name for name in errors if not name.startswith("user.")} <= {*SERVER_ERRORS}


def test_errors_are_listed_with_their_status() -> None:
    listed = contract()["x-errors"]

    assert listed.keys() == SERVER_ERRORS.keys()
    for name, row in listed.items():
        group, _, code = name.partition(".")
        assert row["status"] == http_status(group, code, origin=Origin.HOST)


# AsyncAPI


def test_every_socket_is_described_and_every_description_is_a_socket() -> None:
    by_subprotocols = {"/connect", "/websocket/{path}"}
    # Whatever is nothing else is raw; clients use one path for it.
    raw_paths = {"/gateway/{actor}/{path}", "/gateway/{actor}/websocket/{path}"}
    described = {channel["address"] for channel in ASYNCAPI["channels"].values()}
    rows = {GATEWAY + spelled(route.path) for route in SOCKET_ROUTES}

    assert rows - raw_paths <= described
    assert described - rows - raw_paths <= by_subprotocols
    assert "/gateway/{actor}/websocket/{path}" in described


def test_messages_of_the_inspector_are_those_of_its_tables() -> None:
    for name, message in MESSAGES.items():
        if not name.startswith("Inspector"):
            continue
        own = name.removeprefix("Inspector")
        fields = {
            field: spelled_kind(kind) for field, kind in inspector.FIELDS[own].items()
        }
        assert message["x-bare"] == fields
        for version, tag in message["x-tags"].items():
            names: set[str] = {
                table[int(version)][tag]
                for table in (inspector.TO_CLIENT, inspector.TO_SERVER)
                if tag < len(table[int(version)])
            }
            assert own in names


def spelled_kind(kind: inspector.Kind) -> str:
    match kind:
        case inspector.Scalar():
            return kind.value
        case inspector.OptionalOf(inner):
            return f"optional<{spelled_kind(inner)}>"
        case inspector.ListOf(inner):
            return f"list<{spelled_kind(inner)}>"
        case inspector.Struct(name):
            return name


def test_every_message_of_the_inspector_is_described() -> None:
    tables = (inspector.TO_CLIENT, inspector.TO_SERVER)
    names = {f"Inspector{name}" for t in tables for row in t.values() for name in row}

    assert names == {name for name in MESSAGES if name.startswith("Inspector")}


CONNECTION_MESSAGES = [
    name for name in MESSAGES if not name.startswith("Inspector") and "Raw" not in name
]


@pytest.mark.parametrize("name", CONNECTION_MESSAGES)
def test_examples_of_frames_are_read_by_the_codec(name: str) -> None:
    codec = codec_for(Encoding.JSON)
    for example in MESSAGES[name]["examples"]:
        payload = example["payload"]
        text = json.dumps(payload)
        is_request = name.endswith("Request")
        read = (
            codec.decode_to_server(text) if is_request else codec.decode_to_client(text)
        )

        assert type(read).__name__ == name
        assert frame_violations(payload) == []


RECORDED = [
    frame
    for frame in frames("ws_conn_json", "ws_protocol_raw")
    if isinstance(frame.payload, str)
    and frame.closed_with is None
    and re.match(
        r'\{"body":\{"tag":"(Init|Error|Event|Action\w+|Sub\w+)"', frame.payload
    )
]


def test_recorded_frames_are_as_described() -> None:
    def wrong(frame: Frame) -> list[str]:
        return frame_violations(json.loads(frame.payload))

    assert [f"{frame}: {text}" for frame in RECORDED for text in wrong(frame)] == []
    assert len(RECORDED) > 50


def test_the_description_of_frames_notices_mistakes() -> None:
    assert frame_violations({"body": {"tag": "Init", "val": {"actorId": "a"}}})
    number = {"id": 7, "output": 1}
    assert frame_violations({"body": {"tag": "ActionResponse", "val": number}})


# Both are served


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_the_descriptions_are_served(name: str) -> None:
    async with running_front(ACTORS) as base, aiohttp.ClientSession() as session:
        async with session.get(f"{base}/{name}.json") as response:
            assert response.content_type == "application/json"
            body = await response.read()
        async with session.post(f"{base}/{name}.json") as response:
            assert response.status == 405

    assert body == getattr(documents, name)()
    assert name in json.loads(body)
