"""The JSON form of the IR and its digest."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import rivetgen_schema
from rivetgen_schema import ir, load_schema, load_text, schema_digest, to_json
from rivetgen_schema.ir_json import canonical_json

DATA = Path(__file__).parents[2] / "data" / "schema"
HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"


def worked_example() -> ir.Schema:
    schema = load_schema(DATA / "worked-example.yaml").schema
    assert schema is not None
    return schema


def test_json_form_is_json_without_positions() -> None:
    value = to_json(worked_example())
    text = json.dumps(value)
    assert json.loads(text) == value
    assert "worked-example.yaml" not in text
    assert '"position"' not in text


def test_types_carry_their_kind() -> None:
    schema = ir.Schema(
        name="a",
        version="1",
        types=(
            ir.AliasDefinition(name="A", type=ir.ListType(item=ir.NamedType(name="B"))),
        ),
    )
    assert to_json(schema)["types"] == [
        {
            "kind": "alias",
            "name": "A",
            "type": {"kind": "list", "item": {"kind": "named", "name": "B"}},
        }
    ]


def test_null_default_differs_from_no_default() -> None:
    result = load_text(
        HEADER + "actors: { a: { state: { b: int | null = null, c: int | null } } }"
    )
    assert result.schema is not None
    text = canonical_json(to_json(result.schema))
    assert text.count('"default":{"value":null}') == 1


def test_digest_ignores_files_and_layout() -> None:
    first = load_text(HEADER + "actors: { a: { description: x } }", name="one.yaml")
    second = load_text(
        HEADER + "\n\nactors:\n  a:\n    description: x", name="two.yaml"
    )
    assert first.schema is not None
    assert second.schema is not None
    assert first.schema == second.schema
    assert schema_digest(first.schema) == schema_digest(second.schema)


def test_digest_covers_descriptions_and_order() -> None:
    schema = worked_example()
    digests = {
        schema_digest(schema),
        schema_digest(replace(schema, description="Other.")),
        schema_digest(replace(schema, actors=schema.actors[::-1])),
    }
    assert len(digests) == 3
    assert all(len(digest) == 64 for digest in digests)


def test_importing_the_package_loads_no_parser() -> None:
    program = (
        "import sys, rivetgen_schema;"
        "assert 'yaml' not in sys.modules and 'pydantic' not in sys.modules;"
        "rivetgen_schema.load_text; assert 'yaml' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_public_name_exists() -> None:
    for name in rivetgen_schema.__all__:
        assert getattr(rivetgen_schema, name) is not None
    assert not hasattr(rivetgen_schema, "missing")
