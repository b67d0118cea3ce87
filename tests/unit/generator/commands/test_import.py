"""`rivetgen import`: what can be expressed, and a list of what cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_cli import run
from rivetgen_schema import ir, load_text
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen_cli import Result

ANY: dict[str, Any] = {}
NO_SCOPES: list[str] = []
INFO = {"title": "Pet Store!", "version": "2.1.0"}


def imported(folder: Path, document: object, *arguments: str) -> Result:
    """Import a document that is written as JSON, with one value per line."""
    path = folder / "document.json"
    path.write_text(json.dumps(document, indent=1))
    return run("import", str(path), *arguments)


def schema_of(result: Result) -> ir.Schema:
    loaded = load_text(result.output)
    assert loaded.schema is not None, loaded.findings
    return loaded.schema


def types_of(folder: Path, properties: dict[str, Any]) -> dict[str, str]:
    """Import an object and return its fields as they are written."""
    result = imported(folder, {"title": "Thing", "properties": properties})
    schema_of(result)
    block = result.output.partition("  Thing:\n    fields:\n")[2]
    fields = [line for line in block.splitlines() if line.startswith("      ")]
    return dict(line.strip().split(": ", 1) for line in fields if ": " in line)


@pytest.mark.parametrize(
    ("schema", "expression"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "minLength": 1, "maxLength": 9}, "string(1..9)"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"type": "string", "format": "byte"}, "bytes"),
        ({"type": "string", "format": "hostname"}, "string"),
        ({"type": "integer", "minimum": 0}, "int(0..)"),
        ({"type": "number", "maximum": 1.5}, "float(..1.5)"),
        ({"type": "boolean"}, "bool"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "string", "nullable": True}, "string | null"),
        ({"type": ["string", "integer"]}, "string | int"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "int | null"),
        ({"enum": ["a", "b"]}, "enum<a | b>"),
        ({"enum": ["a", None]}, "enum<a> | null"),
        ({"const": "a"}, "enum<a>"),
        ({"type": "array", "items": {"type": "string"}}, "list<string>"),
        ({"type": "array", "minItems": 1}, "list<json>(1..)"),
        (
            {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "set<string>",
        ),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map<int>"),
        ({"type": "object"}, "map<json>"),
        ({}, "json"),
        ({"$ref": "#"}, "Thing"),
    ],
)
def test_types_are_mapped(
    tmp_path: Path, schema: dict[str, Any], expression: str
) -> None:
    assert types_of(tmp_path, {"value": schema})["value"] == f"{expression} | absent"


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer", "default": 3}, "int = 3"),
        ({"type": "boolean", "default": False}, "bool = false"),
        ({"type": "string", "default": ""}, '"string = \\"\\""'),
        ({"enum": ["a", "b"], "default": "b"}, "enum<a | b> = b"),
        ({"type": ["string", "null"], "default": None}, "string | null = null"),
        ({"type": "array", "default": []}, '"list<json> = []"'),
    ],
)
def test_defaults_are_carried_over(
    tmp_path: Path, schema: dict[str, Any], text: str
) -> None:
    assert types_of(tmp_path, {"value": schema})["value"] == text


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"type": "string", "pattern": "^a"}, "`pattern` cannot be expressed."),
        ({"type": "number", "multipleOf": 2}, "`multipleOf` cannot be expressed."),
        ({"oneOf": [{"type": "object"}, {"type": "array"}]}, "A choice of object and"),
        ({"$ref": "https://example.com/x.json"}, "The reference `https://example.com"),
        ({"type": "integer", "maximum": 2**60}, "`maximum` beyond 2^53"),
        ({"type": ["integer", "number"]}, "A choice of integer and number"),
        ({"type": "array", "default": [1]}, "This default cannot be expressed."),
        ({"not": {"type": "string"}}, "`not` cannot be expressed."),
        ({"type": "array", "prefixItems": [ANY]}, "`prefixItems` cannot be expressed."),
    ],
)
def test_what_cannot_be_expressed_is_listed_with_its_place(
    tmp_path: Path, schema: dict[str, Any], what: str
) -> None:
    properties = {"value": schema}
    result = imported(tmp_path, {"title": "Thing", "properties": properties})
    assert result.status == 1
    assert f"warning[import]: {what}" in result.errors
    assert "document.json:" in result.errors
    assert "Not expressed: 1." in result.errors
    schema_of(result)


def test_a_name_that_the_language_refuses_is_listed(tmp_path: Path) -> None:
    result = imported(tmp_path, {"title": "Thing", "properties": {"a-b": {}, "c": {}}})
    assert "The field `a-b` has a name that the language refuses." in result.errors
    assert "document.json:4:10" in result.errors
    (thing,) = schema_of(result).types
    assert isinstance(thing, ir.ObjectDefinition)
    assert [field.name for field in thing.fields] == ["c"]


def test_names_that_differ_in_case_only_are_listed(tmp_path: Path) -> None:
    result = imported(tmp_path, {"title": "Thing", "properties": {"id": {}, "ID": {}}})
    assert "The field `ID` has a name that differs from another" in result.errors
    schema_of(result)


def test_objects_in_place_get_names_and_allof_is_merged(tmp_path: Path) -> None:
    base = {"properties": {"id": {"type": "string"}}, "required": ["id"]}
    inner = {"allOf": [{"$ref": "#/$defs/Base"}], "properties": {"n": ANY}}
    document = {
        "title": "Thing",
        "properties": {"inner": inner},
        "$defs": {"Base": base},
    }
    schema = schema_of(imported(tmp_path, document))
    hoisted = schema.type_named("ThingInner")
    assert isinstance(hoisted, ir.ObjectDefinition)
    required = {field.name: field.required for field in hoisted.fields}
    assert required == {"id": True, "n": False}


def test_a_discriminator_becomes_a_tagged_union(tmp_path: Path) -> None:
    card = {"properties": {"kind": {"const": "card"}, "number": {"type": "string"}}}
    cash = {"properties": {"kind": {"const": "cash"}}}
    options = [{"$ref": "#/$defs/Card"}, {"$ref": "#/$defs/Cash"}]
    document = {
        "title": "Payment",
        "oneOf": options,
        "$defs": {"Card": card, "Cash": cash},
    }
    union = schema_of(imported(tmp_path, document)).type_named("Payment")
    assert isinstance(union, ir.UnionDefinition)
    assert (union.tag, [v.tag_value for v in union.variants]) == (
        "kind",
        ["card", "cash"],
    )
    assert [field.name for field in union.variants[0].fields] == ["number"]


def operation(**parts: object) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": INFO, "paths": {"/pets/{id}": parts}}


PET = {"type": "object", "properties": {"name": {"type": "string"}}}
ANSWER = {"description": "It.", "content": {"application/json": {"schema": PET}}}


def test_operations_become_actions_of_their_tag(tmp_path: Path) -> None:
    document = operation(
        parameters=[{"name": "id", "in": "path", "required": True}],
        get={
            "operationId": "get-pet",
            "tags": ["Pets"],
            "summary": "One pet.",
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer"}}
            ],
            "responses": {"200": ANSWER, "404": {"description": "No such pet."}},
        },
        delete={"tags": ["Pets"], "responses": {"204": {"description": "Gone."}}},
    )
    result = imported(tmp_path, document)
    assert result.status == 0, result.errors
    schema = schema_of(result)
    assert (schema.name, schema.version) == ("pet-store", "2.1.0")
    (actor,) = schema.actors
    get, delete = actor.actions
    assert (actor.name, get.name, delete.name) == ("pets", "getPet", "deletePetsId")
    assert [(a.name, a.required) for a in get.args] == [("id", True), ("limit", False)]
    assert get.returns == ir.NamedType(name="GetPetResult")
    assert get.description == "One pet."
    assert (get.read_only, delete.read_only) == (True, False)
    assert (get.idempotent, delete.idempotent) == (False, True)
    assert get.errors == ("not_found",)
    assert schema.errors[0].message == "No such pet."


def test_bodies_and_headers_become_arguments_required_ones_first(
    tmp_path: Path,
) -> None:
    document = operation(
        post={
            "parameters": [
                {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}
            ],
            "requestBody": {"required": True, "content": ANSWER["content"]},
            "responses": {"201": {"description": "Made."}},
        }
    )
    (action,) = schema_of(imported(tmp_path, document)).actors[0].actions
    assert [argument.name for argument in action.args] == ["body", "xTrace"]


def test_parts_of_openapi_that_have_no_counterpart_are_listed(tmp_path: Path) -> None:
    document = operation(
        get={
            "security": [{"key": NO_SCOPES}],
            "responses": {
                "200": {"description": "A.", "content": {"image/png": ANY}},
                "202": {"description": "B."},
                "500": {**ANSWER, "description": "C."},
            },
        }
    )
    result = imported(tmp_path, document)
    assert result.status == 1
    for sentence in (
        "`security` is not carried over.",
        "The media type `image/png` cannot be expressed.",
        "A second successful answer cannot be expressed.",
        "The body of the answer 500 is not carried over.",
    ):
        assert sentence in result.errors
    schema_of(result)


def test_the_contract_of_the_wire_protocol_can_be_imported(tmp_path: Path) -> None:
    output = tmp_path / "actors.yaml"
    result = run("import", str(ROOT / "openapi.json"), "--output", str(output))
    assert result.status == 1
    assert "error[" not in result.errors
    loaded = load_text(output.read_text())
    assert loaded.schema is not None
    assert {"listActors", "getHealth"} <= {
        action.name for actor in loaded.schema.actors for action in actor.actions
    }
    assert run("fmt", "--check", str(output)).status == 0


def test_yaml_documents_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "thing.yaml"
    path.write_text("title: Thing\nproperties:\n  on: { type: boolean }\n")
    result = run("import", str(path), "--from", "json-schema")
    assert "      on: bool | absent" in result.output.replace('"', "")


def test_names_that_targets_reserve_or_that_collide_are_changed(tmp_path: Path) -> None:
    definitions = {"error": PET, "Error": PET, "2fa": PET, "Map": PET}
    result = imported(tmp_path, {"$defs": definitions})
    names = [definition.name for definition in schema_of(result).types]
    assert names == ["ErrorType", "ErrorType2", "N2Fa", "MapType"]


def test_a_file_that_exists_is_kept_without_force(tmp_path: Path) -> None:
    output = tmp_path / "actors.yaml"
    output.write_text("mine")
    arguments = ("--output", str(output))
    assert imported(tmp_path, {"$defs": {"A": PET}}, *arguments).status == 2
    assert output.read_text() == "mine"
    assert imported(tmp_path, {"$defs": {"A": PET}}, *arguments, "--force").status == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "just text",
        "{",
        "a: &x 1\nb: *x",
        "? [a]\n: b",
        '{"swagger": "2.0"}',
        '{"openapi": 3.1}',
        "{" * 5000,
        "- " * 500,
        "\x00",
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "document"
    path.write_text(text)
    result = run("import", str(path))
    assert result.status == 2
    assert result.errors.startswith("Error: ")
    assert "Traceback" not in result.errors


@pytest.mark.parametrize("characters", ["\\ud83d\\ude00", "\U0001f600", "\\t\\u001b"])
def test_escapes_of_json_reach_descriptions(tmp_path: Path, characters: str) -> None:
    path = tmp_path / "thing.json"
    path.write_text(
        '{\n\t"title": "Thing",\n\t"description": "a' + characters + 'b",\n'
        '\t"properties": {"a": {}}\n}'
    )
    result = run("import", str(path))
    assert result.status == 0, result.errors
    (thing,) = schema_of(result).types
    assert thing.description in {"a\U0001f600b", "a\tb"}
