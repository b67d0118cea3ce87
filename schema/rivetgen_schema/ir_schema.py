"""The JSON Schema of `client-spec.json`, made from the classes of the IR.

Every class becomes a definition, every annotation a fragment, so the document cannot
drift from `rivetgen_schema.ir` and `rivetgen_schema.ir_json`.
"""

from __future__ import annotations

import inspect
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Final, get_args

from rivetgen_schema import ir
from rivetgen_schema.ir_json import FORMAT_VERSION, KINDS, json_fields, json_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.ir import JsonValue

SCHEMA_ID: Final = "urn:rivetgen:client-spec.schema.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Final[tuple[type[Any], ...]] = get_args(ir.Type)
_DEFINITIONS: Final[tuple[type[Any], ...]] = get_args(ir.TypeDefinition)
_PARTS: Final[tuple[type[Any], ...]] = (
    ir.Default,
    ir.Member,
    ir.Record,
    ir.EnumValue,
    ir.Variant,
    ir.ErrorDefinition,
    ir.Paginate,
    ir.Action,
    ir.Event,
    ir.Retry,
    ir.Restart,
    ir.Queue,
    ir.Schedule,
    ir.Options,
    ir.Actor,
)


def client_spec_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema of the JSON form of a schema.

    `digest` stands in written documents only, since it is made of all the rest.
    """
    classes = (*_TYPES, *_DEFINITIONS, *_PARTS)
    document = _object(ir.Schema)
    properties = document["properties"]
    required = document["required"]
    if isinstance(properties, dict) and isinstance(required, list):
        properties["format"] = {"const": FORMAT_VERSION}
        properties["digest"] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
        required.append("format")
    definitions: dict[str, JsonValue] = {cls.__name__: _object(cls) for cls in classes}
    definitions["Type"] = _any(_TYPES)
    definitions["Body"] = _any((ir.Record, *_TYPES))
    definitions["TypeDefinition"] = _any(_DEFINITIONS)
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "client-spec.json",
        **document,
        "$defs": definitions,
    }


def _object(cls: type[Any]) -> dict[str, JsonValue]:
    """Return the definition of one class; `kind` comes from the table of kinds."""
    properties: dict[str, JsonValue] = {}
    required: list[JsonValue] = []
    if cls in KINDS:
        properties["kind"] = {"const": KINDS[cls]}
        required.append("kind")
    for part in json_fields(cls):
        name = json_name(part.name)
        properties[name] = _fragment(str(part.type))
        if part.default is MISSING and part.default_factory is MISSING:
            required.append(name)
    return {
        "type": "object",
        "description": inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0],
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _reference(name: str) -> dict[str, JsonValue]:
    return {"$ref": f"#/$defs/{name}"}


def _any(classes: Iterable[type[Any]]) -> JsonValue:
    return {"anyOf": [_reference(cls.__name__) for cls in classes]}


def _fragment(annotation: str) -> JsonValue:
    """Return what an annotation allows; `None` never appears, it is the default."""
    annotation = annotation.removesuffix(" | None")
    if annotation.startswith("tuple["):
        item = annotation.removeprefix("tuple[").removesuffix(", ...]")
        return {"type": "array", "items": _fragment(item)}
    return _FRAGMENTS.get(annotation, _reference(annotation))


def _words(choices: object) -> JsonValue:
    return {"enum": [*get_args(choices)]}


_FRAGMENTS: Final[dict[str, JsonValue]] = {
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "int | float": {"type": "number"},
    "JsonValue": {},
    "Mapping[str, JsonValue]": {"type": "object"},
    "Mapping[Target, str]": {
        "type": "object",
        "propertyNames": _words(ir.Target),
        "additionalProperties": {"type": "string"},
    },
    "ScalarName": _words(ir.ScalarName),
    "Durability": _words(ir.Durability),
    "Audience": _words(ir.Audience),
    "Delivery": _words(ir.Delivery),
    "UndeclaredQueues": _words(ir.UndeclaredQueues),
    "Overlap": _words(ir.Overlap),
    "Missed": _words(ir.Missed),
    "Run": _words(ir.Run),
}
"""Annotation to fragment; every other annotation names a definition."""
