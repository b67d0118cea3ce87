"""Documents that follow no rules: a schema or a sentence, never a traceback."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from typing import Any, cast

import pytest

from rivetgen.errors import ImportSchemaError
from rivetgen.importing.reading import import_text
from rivetgen_schema import load_text
from workspace import ROOT

ANY: dict[str, Any] = {}
SCRAPS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1e300, "", "x", "#", "a b", "\u0000", "\ud7ff"),
    *([], {}, [None], [[]], {"": {}}, {"$ref": "#"}, {"$ref": 5}, {"type": 5}),
    {"type": ["null"]},
    {"type": "array", "items": {"$ref": "#/components/schemas/Actor"}},
    {"allOf": [{"$ref": "#/components/schemas/Actor"}]},
    {"oneOf": [ANY, ANY], "discriminator": {"propertyName": "kind", "mapping": []}},
    {"enum": [1, "a", None], "default": {"a": 1}},
    {"properties": {"a": {"properties": {"b": {}}}, "A": {}, "class": {}}},
)


@cache
def original() -> Any:
    return json.loads((ROOT / "openapi.json").read_text("utf-8"))


def keys_of(holder: Any) -> list[Any]:
    """Return the keys of a map or the indexes of a list."""
    return list(cast("Any", holder) if isinstance(holder, dict) else range(len(holder)))


def damaged(seed: int) -> Any:
    """Return a part of the contract with a few values replaced by scraps."""
    generator = random.Random(seed)
    whole = original()
    paths = generator.sample(sorted(whole["paths"]), 6)
    kept = {path: whole["paths"][path] for path in paths}
    document = copy.deepcopy({**whole, "paths": kept})
    for _ in range(generator.randint(1, 6)):
        holder: Any = document
        for _ in range(generator.randint(1, 9)):
            inner = [k for k in keys_of(holder) if isinstance(holder[k], dict | list)]
            if not inner:
                break
            holder = holder[generator.choice(inner)]
        if keys := keys_of(holder):
            holder[generator.choice(keys)] = copy.deepcopy(generator.choice(SCRAPS))
    return document


def check(document: Any) -> None:
    text = json.dumps(document, indent=1)
    try:
        imported = import_text(text, file="a.json", output="b.yaml", name="a")
    except ImportSchemaError:
        return
    codes = {finding.code for finding in load_text(imported.text).findings}
    # The text is always YAML of the language, whatever it says.
    assert not codes & {"RG100", "RG104", "RG105", "RG107", "RG109", "RG120", "RG130"}


@pytest.mark.parametrize("part", range(8))
def test_damaged_documents_are_imported_or_refused(part: int) -> None:
    for seed in range(part * 25, part * 25 + 25):
        check(damaged(seed))


@pytest.mark.parametrize(
    "document",
    [
        {"allOf": [{"$ref": "#"}], "properties": {"a": {"$ref": "#"}}},
        {"$ref": "#"},
        {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}},
        {"oneOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"properties": {"__proto__": {}, "on": {}, "a" * 500: {}}},
        {"title": "\u0000\u2028", "description": "a: b # c\n- d", "type": "object"},
        {"enum": ["a: b", "yes", "1"], "default": "yes"},
        {"properties": {"a": {"const": "1"}, "b": {"default": "a, b]"}}},
    ],
    ids=lambda document: str(document)[:40],
)
def test_awkward_schemas_are_imported_or_refused(document: Any) -> None:
    check(document)


def test_deep_schemas_are_imported_or_refused() -> None:
    document: Any = {}
    for _ in range(45):
        document = {"properties": {"a": document}}
    check(document)
