"""What models cannot express is a finding with a code and a place."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emitted_python import complaints_about
from rivetgen.json_models.findings import json_schema_findings
from rivetgen.json_models.models import models_of
from rivetgen.python.definitions import types_module
from rivetgen.python.modules import Origin
from rivetgen_schema import ir, load_text

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = {"type": "string"}
OBJECT: dict[str, Any] = {"type": "object", "properties": {"a": TEXT}}
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "unique items": (
        {"type": "array", "uniqueItems": True},
        "RG154",
        "/uniqueItems",
    ),
    "tuples": ({"type": "array", "prefixItems": [TEXT]}, "RG154", "/prefixItems"),
    "no values": ({"enum": []}, "RG154", "/enum"),
    "no parts": ({"anyOf": []}, "RG154", "/anyOf"),
    "listed floats": ({"enum": [0.5]}, "RG154", "/enum/0"),
    "listed objects": ({"const": {"a": 1}}, "RG154", "/const"),
    "values of another type": ({"type": "string", "enum": [1]}, "RG154", ""),
    "large values": ({"const": 2**53}, "RG154", "/const"),
    "bounds without a type": ({"minLength": 1}, "RG154", "/minLength"),
    "bounds of another type": ({**TEXT, "minimum": 1}, "RG154", "/minimum"),
    "bounds beside values": (
        {**TEXT, "enum": ["a"], "maxLength": 1},
        "RG154",
        "/maxLength",
    ),
    "unknown required": (
        {**OBJECT, "required": ["b"]},
        "RG154",
        "/required",
    ),
    "counted properties": ({**OBJECT, "minProperties": 1}, "RG154", "/minProperties"),
    "typed other properties": (
        {**OBJECT, "additionalProperties": TEXT},
        "RG154",
        "/additionalProperties",
    ),
    "parts that narrow": (
        {"allOf": [{"required": ["a"]}]},
        "RG154",
        "/allOf/0",
    ),
    "neighbours of a choice": (
        {**OBJECT, "anyOf": [OBJECT]},
        "RG154",
        "/properties",
    ),
    "recursion of lists": (
        {
            "$ref": "#/$defs/L",
            "$defs": {"L": {"type": "array", "items": {"$ref": "#/$defs/L"}}},
        },
        "RG154",
        "",
    ),
    "recursion of nothing": (
        {"$ref": "#/$defs/L", "$defs": {"L": {"$ref": "#/$defs/L"}}},
        "RG154",
        "",
    ),
    "large patterns": (
        {**TEXT, "pattern": "(?:a{1000}){1000}"},
        "RG152",
        "/pattern",
    ),
    "defaults of another type": (
        {"type": "object", "properties": {"a": {**TEXT, "default": 1}}},
        "RG021",
        "/properties/a/default",
    ),
}


def schema_of(json_schema: dict[str, Any]) -> ir.Schema:
    text = (
        "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"
        f"types:\n  Filter: {{ jsonSchema: {json.dumps(json_schema)} }}\n"
        "actors:\n  room: { events: { changed: Filter } }\n"
    )
    result = load_text(text)
    assert result.schema is not None, result.findings
    return result.schema


def emitted(json_schema: dict[str, Any]) -> str:
    definition = ir.JsonSchemaDefinition(name="Filter", schema=json_schema)
    assert models_of(definition).problems == ()
    return types_module(Origin.of(ir.Schema(name="", version="", types=(definition,))))


@pytest.mark.parametrize("name", REFUSED)
def test_what_models_cannot_check_is_a_finding_with_a_place(name: str) -> None:
    json_schema, code, pointer = REFUSED[name]
    findings = json_schema_findings(schema_of(json_schema))
    assert [finding.code for finding in findings][:1] == [code]
    position = findings[0].position
    assert position is not None
    assert position.line == 4
    assert any(f"`{pointer}`" in f.message for f in findings) or not pointer
    assert findings[0].message.endswith(".")
    assert findings[0].fix.endswith(".")


WRONG_TEXTS = {
    "date": ["2026-13-01", "20260101"],
    "date-time": ["2026-01-01", "2026-01-01T25:00:00Z", "0001-01-01T00:00:00+23:59"],
    "duration": ["nonsense", "P", "PT", "P1Y"],
    "email": ["nobody"],
    "time": ["25:00", "12"],
    "uri": ["nonsense"],
    "uuid": ["5"],
}
RIGHT_TEXTS = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05+01:00",
    "duration": "P1DT2.5S",
    "email": "a@example.com",
    "time": "12:00:00.5",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, t) for name, texts in WRONG_TEXTS.items() for t in texts]
)
def test_a_default_without_its_format_is_a_finding(name: str, text: str) -> None:
    described = {"type": "string", "format": name, "default": text}
    findings = json_schema_findings(schema_of({"properties": {"a": described}}))
    assert [finding.code for finding in findings] == ["RG021"]


@pytest.mark.parametrize("name", RIGHT_TEXTS)
def test_a_default_with_its_format_is_a_value_of_its_type(name: str) -> None:
    described = {"type": "string", "format": name, "default": RIGHT_TEXTS[name]}
    read = adapter(emitted({"properties": {"a": described}})).validate_python({})
    again = adapter(emitted({"properties": {"a": described}})).validate_python(
        {"a": RIGHT_TEXTS[name]}
    )
    assert read.a == again.a


@pytest.mark.parametrize(
    "member",
    [
        "Filter = x",
        "'Filter | null = x'",
        "'list<Filter> = [1, x]'",
        "'map<Filter> = { \"a\": x }'",
        "'Holder = { \"filter\": x }'",
        "'Named = x'",
        '\'Chosen = { "kind": "some", "filter": x }\'',
        "{ type: Filter, example: x }",
    ],
)
def test_a_value_that_its_json_schema_refuses_is_a_finding(member: str) -> None:
    result = load_text(
        "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"
        "types:\n"
        "  Filter: { jsonSchema: { type: integer } }\n"
        "  Holder: { fields: { filter: Filter } }\n"
        "  Named: { type: Filter }\n"
        "  Chosen: { union: kind, variants: { some: { filter: Filter } } }\n"
        f"actors:\n  room: {{ actions: {{ go: {{ args: [a: {member}] }} }} }}\n"
    )
    assert result.schema is not None, result.findings
    (finding,) = json_schema_findings(result.schema)
    assert finding.code == "RG021"
    assert finding.position is not None
    assert finding.position.line == 9


def test_schemas_without_json_schema_never_load_the_model_generator() -> None:
    program = (
        "import sys\n"
        "from rivetgen.targets import python_client, python_server\n"
        "import rivetgen.python.definitions\n"
        "slow = {'datamodel_code_generator', 'jsonschema', 'pydantic'}\n"
        "sys.exit(', '.join(slow & sys.modules.keys()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.stderr.strip() == ""


def test_the_model_generator_sees_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def spy(document: dict[str, Any]) -> str:
        seen.append(json.dumps(document))
        return "class RivetgenRoot(BaseModel): pass"

    monkeypatch.setattr("rivetgen.json_models.models.generated_source", spy)
    hidden = "h i d d e n"
    whole: dict[str, Any] = {
        "title": hidden,
        "description": hidden,
        "type": "object",
        "examples": [{hidden: 1}],
        "properties": {
            hidden: {"type": "string", "pattern": hidden, "default": hidden},
            "b": {"enum": [hidden]},
            "c": {"const": hidden, "$comment": hidden},
        },
        "required": [hidden],
    }
    models_of(ir.JsonSchemaDefinition(name="Spied", schema=whole))
    assert len(seen) == 1
    assert hidden not in seen[0]


# Whatever is in a schema, what is emitted is code that we know, or a finding.

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\r\t"\\{}%'),
    max_size=12,
)


Strategy = st.SearchStrategy[dict[str, Any]]


def with_keyword(
    keyword: str, strategy: st.SearchStrategy[Any], **rest: Any
) -> Strategy:
    """Return schemas with one keyword of any value."""
    return st.fixed_dictionaries({keyword: strategy}).map(lambda schema: rest | schema)


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of objects that need their first property."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties)[:1],
    }


leaves: Strategy = st.one_of(
    with_keyword("description", texts, type="string"),
    with_keyword("default", texts, type="string"),
    with_keyword("const", texts),
    with_keyword("enum", st.lists(texts, min_size=1, unique=True)),
    with_keyword("minimum", st.integers(-(2**53), 2**53), type=["integer", "null"]),
    with_keyword("exclusiveMinimum", st.just(0), type="number"),
    with_keyword("format", st.sampled_from(["date", "uri", "hostname"]), type="string"),
    st.just({}),
)


def nested(inner: Strategy) -> Strategy:
    """Return schemas made of others."""
    return st.one_of(
        st.dictionaries(texts, inner, max_size=3).map(closed),
        with_keyword("items", inner, type="array"),
        with_keyword("additionalProperties", inner, type="object"),
        with_keyword("anyOf", st.lists(inner, min_size=1, max_size=3)),
    )


schemas: Strategy = st.recursive(leaves, nested, max_leaves=6)


@settings(max_examples=60, deadline=None)
@given(json_schema=schemas)
def test_models_of_any_schema_are_code_of_known_kinds(
    json_schema: dict[str, Any],
) -> None:
    definition = ir.JsonSchemaDefinition(name="Filter", schema=json_schema)
    if models_of(definition).problems:
        return
    source = emitted(json_schema)
    assert complaints_about(source) == []
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(source, "emitted", "exec"), namespace)  # noqa: S102 - the point


CASES: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    "an object": (
        {**OBJECT, "required": ["a"], "additionalProperties": False},
        [{"a": "x"}],
        [{}, {"a": 1}, {"a": "x", "b": 1}, {"a": None}, [], "x"],
    ),
    "optional is not null": (OBJECT, [{}, {"a": "x"}], [{"a": None}]),
    "numbers": (
        {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
        [0.5, 1],
        [0, "1", True, 0.7],
    ),
    "integers": (
        {"type": "integer", "minimum": -1, "maximum": 3},
        [-1, 3, 2.0],
        [-2, 4, 1.5, "1", True],
    ),
    "texts": (
        {**TEXT, "minLength": 2, "maxLength": 3, "pattern": "^a"},
        ["ab", "abc"],
        ["a", "abcd", "ba", 1],
    ),
    "values": ({"enum": ["a", 1, None]}, ["a", 1, None], ["b", 2]),
    "choices": (
        {"oneOf": [TEXT, {"type": "array", "items": {"type": "integer"}}]},
        ["a", [1]],
        [["a"], 1, None],
    ),
    "maps": (
        {
            "type": "object",
            "additionalProperties": {"type": ["boolean", "null"]},
            "minProperties": 1,
        },
        [{"a": True}, {"b": None}],
        [{}, {"a": 1}],
    ),
    "parts": (
        {
            "allOf": [
                OBJECT,
                {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
            ]
        },
        [{"b": 1}, {"a": "x", "b": 1}],
        [{}, {"b": "x"}, {"a": 1, "b": 1}],
    ),
    "recursion": (
        {
            "$ref": "#/$defs/Tree",
            "$defs": {
                "Tree": {
                    "type": "object",
                    "required": ["kids"],
                    "properties": {
                        "kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
                    },
                }
            },
        },
        [{"kids": []}, {"kids": [{"kids": []}]}],
        [{}, {"kids": [{}]}],
    ),
    "formats": (
        {"type": "string", "format": "date"},
        ["2026-01-02"],
        ["2026-13-02", 5],
    ),
}


def adapter(source: str) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 - beside the other imports it runs

    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(source, "emitted", "exec"), namespace)  # noqa: S102 - the point
    kind = namespace["Filter"]
    if hasattr(kind, "model_rebuild"):
        for value in list(namespace.values()):
            if hasattr(value, "model_rebuild"):
                value.model_rebuild(_types_namespace=namespace)
    return TypeAdapter(kind)


def values(valid: int) -> Iterator[tuple[str, Any]]:
    for name, case in CASES.items():
        yield from ((name, value) for value in case[valid])


@pytest.mark.parametrize(("name", "value"), list(values(1)))
def test_models_accept_what_the_schema_allows(name: str, value: Any) -> None:
    checked = adapter(emitted(CASES[name][0]))
    read = checked.validate_python(value)
    assert checked.dump_python(read, by_alias=True) == value


@pytest.mark.parametrize(("name", "value"), list(values(2)))
def test_models_refuse_what_the_schema_refuses(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        adapter(emitted(CASES[name][0])).validate_python(value)
