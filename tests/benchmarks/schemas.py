"""The same contract as actors.yaml and as OpenAPI, in any size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS: Final = """\
[tool.rivetgen.python-server]
package = "bench"

[tool.rivetgen.python-client]
output = "clients/python"
distribution = "bench-client"
package = "bench_client"

[tool.rivetgen.spec]
output = "specs"
"""
TYPES_PER_FILE: Final = 250
"""Keeps every file below the limit of the language."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much a contract declares."""

    actors: int
    actions: int
    types: int

    def __str__(self) -> str:
        """Return what stands in the table."""
        return f"{self.types:,} types, {self.actions:,} actions"


SMALL: Final = Size(actors=3, actions=9, types=10)
LARGE: Final = Size(actors=33, actions=333, types=1_000)


def write_project(folder: Path, size: Size) -> None:
    """Write a project with all targets."""
    (folder / "types").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(SETTINGS)
    for first in range(0, size.types, TYPES_PER_FILE):
        numbers = range(first, min(first + TYPES_PER_FILE, size.types))
        lines = [line for number in numbers for line in type_lines(number)]
        text = "\n".join(["types:", *lines, ""])
        (folder / "types" / f"part{first}.yaml").write_text(text)
    (folder / "actors.yaml").write_text("\n".join([*schema_lines(size), ""]))


def type_lines(number: int) -> Iterator[str]:
    """Yield one object type; every other one refers to the type before it."""
    yield f"  Record{number}:"
    yield f"    description: Record number {number}."
    yield "    fields:"
    yield "      id: uuid"
    yield "      title: string(1..200)"
    yield "      count: int(0..) = 0"
    yield "      ratio: float | null"
    yield "      createdAt: datetime"
    yield "      labels: list<string> = []"
    yield "      state: enum<open | closed> = open"
    if number % 2:
        yield f"      parent: Record{number - 1} | absent"


def schema_lines(size: Size) -> Iterator[str]:
    """Yield the schema file that imports the types."""
    yield "rivet: 1"
    yield "info: { name: bench, version: 1.0.0 }"
    yield "imports: [types/*.yaml]"
    yield "actors:"
    for actor in range(size.actors):
        yield f"  actor{actor}:"
        yield "    key: [name: string]"
        yield "    state: { count: int = 0 }"
        yield "    actions:"
        for action in range(actor, size.actions, size.actors):
            yield f"      action{action}:"
            yield f"        description: Action number {action}."
            taken = argument_of(action, size)
            yield f"        args: [record: Record{taken}, limit: int = 10]"
            yield f"        returns: Record{result_of(action, size)}"
        yield "    events:"
        for number in range(actor, size.types, size.actors):
            yield f"      changed{number}: Record{number}"


def argument_of(action: int, size: Size) -> int:
    """Return the number of the type that an action takes."""
    return action * 3 % size.types


def result_of(action: int, size: Size) -> int:
    """Return the number of the type that an action returns."""
    return (action * 3 + 1) % size.types


def write_openapi(path: Path, size: Size) -> None:
    """Write the same types and actions as OpenAPI; events have no place there."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "bench", "version": "1.0.0"},
        "paths": {
            f"/actor{n % size.actors}/action{n}": {"post": operation(n, size)}
            for n in range(size.actions)
        },
        "components": {"schemas": {f"Record{n}": record(n) for n in range(size.types)}},
    }
    path.write_text(json.dumps(document, indent=1))


def operation(number: int, size: Size) -> dict[str, Any]:
    """Return one action as an operation."""
    return {
        "operationId": f"action{number}",
        "description": f"Action number {number}.",
        "tags": [f"actor{number % size.actors}"],
        "parameters": [
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "default": 10},
            }
        ],
        "requestBody": {
            "required": True,
            "content": content(argument_of(number, size)),
        },
        "responses": {
            "200": {"description": "Done.", "content": content(result_of(number, size))}
        },
    }


def content(number: int) -> dict[str, Any]:
    """Return a body that holds one type."""
    schema = {"$ref": f"#/components/schemas/Record{number}"}
    return {"application/json": {"schema": schema}}


def record(number: int) -> dict[str, Any]:
    """Return one object type as JSON Schema."""
    properties: dict[str, Any] = {
        "id": {"type": "string", "format": "uuid"},
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "count": {"type": "integer", "minimum": 0, "default": 0},
        "ratio": {"type": ["number", "null"]},
        "createdAt": {"type": "string", "format": "date-time"},
        "labels": {"type": "array", "items": {"type": "string"}, "default": []},
        "state": {"type": "string", "enum": ["open", "closed"], "default": "open"},
    }
    if number % 2:
        reference = f"#/components/schemas/Record{number - 1}"
        properties["parent"] = {"$ref": reference}
    return {
        "type": "object",
        "description": f"Record number {number}.",
        "properties": properties,
        "required": ["id", "title", "ratio", "createdAt"],
    }
