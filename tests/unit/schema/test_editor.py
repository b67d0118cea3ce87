"""The JSON Schema for editors."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.editor import editor_schema
from rivetgen_schema.vocabulary import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[2] / "data" / "schema"
# The package has no annotations.
Draft7Validator: Any = importlib.import_module("jsonschema").Draft7Validator
HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"


@pytest.fixture(scope="module")
def validator() -> Any:
    return Draft7Validator(editor_schema())


def errors(validator: Any, text: str) -> list[str]:
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    return [error.message for error in validator.iter_errors(retyped(document))]


def retyped(value: object) -> object:
    """Give plain texts their YAML 1.2 types, as editors do."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        return {key: retyped(item) for key, item in mapping.items()}
    if isinstance(value, list):
        return [retyped(item) for item in cast("list[object]", value)]
    text = str(value)
    if text in {"true", "false", ""}:
        return {"true": True, "false": False, "": None}[text]
    return int(text) if text.isdigit() else text


def test_schema_is_valid_draft_7_and_plain_json() -> None:
    schema = editor_schema()
    Draft7Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


def test_worked_example_is_accepted(validator: Any) -> None:
    text = (DATA / "worked-example.yaml").read_text(encoding="utf-8")
    assert errors(validator, text) == []


@pytest.mark.parametrize("code", [c for c, e in EXPLANATIONS.items() if e.fixed])
def test_repaired_examples_are_accepted(validator: Any, code: str) -> None:
    assert errors(validator, EXPLANATIONS[code].fixed_text()) == []


@pytest.mark.parametrize(
    "body",
    [
        "actors: { a: { acitons: {} } }",
        "actors: { a: { run: loops } }",
        "actors: { a: { actions: { b: { timeout: 5 seconds } } } }",
        "actors: { 'a b': {} }",
        "actors: { a: { actions: { b: { args: { c: int } } } } }",
        "types: { lower: int }",
        "actor: {}",
    ],
)
def test_mistakes_are_marked(validator: Any, body: str) -> None:
    assert errors(validator, HEADER + body)


def descriptions(value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    mapping = cast("dict[str, object]", value)
    text = mapping.get("description")
    if isinstance(text, str):
        yield text
    for item in mapping.values():
        yield from descriptions(item)


def test_every_key_is_explained_on_hover() -> None:
    shown = set(descriptions(editor_schema()))
    assert {text for keys in SECTIONS.values() for text in keys.values()} <= shown
