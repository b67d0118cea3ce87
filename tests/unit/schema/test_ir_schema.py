"""The JSON Schema of the client spec."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from rivetgen_schema import load_schema, load_text, to_json
from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.ir_schema import client_spec_schema

DATA = Path(__file__).parents[2] / "data" / "schema"

# The package has no annotations.
Draft202012Validator: Any = importlib.import_module("jsonschema").Draft202012Validator


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = client_spec_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_schema_is_plain_json_with_only_known_references() -> None:
    schema: Any = client_spec_schema()
    text = json.dumps(schema)
    references = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert references <= schema["$defs"].keys()


def test_worked_example_fits(validator: Any) -> None:
    schema = load_schema(DATA / "worked-example.yaml").schema
    assert schema is not None
    validator.validate(to_json(schema))


@pytest.mark.parametrize("name", ["smallest", "everything"])
def test_emitted_documents_fit(validator: Any, name: str) -> None:
    expected = DATA.parents[1] / "golden" / name / "expected"
    (path,) = expected.rglob("client-spec.json")
    validator.validate(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("code", [c for c, e in EXPLANATIONS.items() if e.fixed])
def test_repaired_examples_fit(validator: Any, code: str) -> None:
    schema = load_text(EXPLANATIONS[code].fixed_text()).schema
    assert schema is not None
    validator.validate(to_json(schema))


OTHER_PARTS: list[dict[str, object]] = [
    {"format": 2},
    {"other": 1},
    {"actors": [{"description": "A."}]},
    {"actors": [{"name": "a", "run": "forever"}]},
    {"types": [{"kind": "list", "name": "A"}]},
]


@pytest.mark.parametrize("change", OTHER_PARTS)
def test_other_documents_do_not_fit(validator: Any, change: dict[str, object]) -> None:
    whole = {"format": 1, "name": "a", "version": "1"}
    assert validator.is_valid(whole)
    assert not validator.is_valid(whole | change)
