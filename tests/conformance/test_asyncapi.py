"""``asyncapi.json`` is valid by the JSON Schema that AsyncAPI publishes."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from rivetgen_runtime.front import documents
from workspace import ROOT

# jsonschema ships no annotations.
Draft7Validator: Any = importlib.import_module("jsonschema").Draft7Validator

pytestmark = pytest.mark.node

SCHEMAS = ROOT / "tests" / "conformance" / "node_modules" / "@asyncapi" / "specs"


def errors_of(document: Any) -> list[str]:
    schema = SCHEMAS / "schemas" / "3.0.0-without-$id.json"
    validator = Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
    return [error.message for error in validator.iter_errors(document)]


def test_the_document_is_valid() -> None:
    assert errors_of(json.loads(documents.asyncapi())) == []


def test_mistakes_are_noticed() -> None:
    document = json.loads(documents.asyncapi())
    document["operations"]["sendToClient"]["action"] = "shout"

    assert errors_of(document)
