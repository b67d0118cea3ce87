"""The JSON form of the IR: what `client-spec.json` holds and the digest covers.

The rules are mechanical, so that the form stays stable:

* a dataclass becomes an object with its field names in camelCase; `position` is left
  out; members that equal their default are left out;
* a type and a type definition carry `kind`, such as `{"kind": "list", "item": ...}`;
* a `Default` becomes `{"value": ...}`;
* tuples become arrays in document order, mappings become objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from rivetgen_schema import ir

if TYPE_CHECKING:
    from rivetgen_schema.ir import JsonValue, Schema

FORMAT_VERSION = 1
"""Version of the JSON form; raised when the meaning of a key changes."""

KINDS: Mapping[type, str] = {
    ir.ScalarType: "scalar",
    ir.ListType: "list",
    ir.SetType: "set",
    ir.MapType: "map",
    ir.EnumType: "enum",
    ir.NamedType: "named",
    ir.NullableType: "nullable",
    ir.ChoiceType: "choice",
    ir.Record: "record",
    ir.ObjectDefinition: "object",
    ir.EnumDefinition: "enum",
    ir.UnionDefinition: "union",
    ir.AliasDefinition: "alias",
    ir.JsonSchemaDefinition: "jsonSchema",
}
"""Value of `kind` for each class that stands where others could stand too."""


def to_json(schema: Schema) -> dict[str, JsonValue]:
    """Return the JSON form of a schema; equal schemas give equal values."""
    return {"format": FORMAT_VERSION, **_object(schema)}


def element_to_json(element: ir.Body | ir.TypeDefinition) -> JsonValue:
    """Return the JSON form of a part of a schema."""
    return _object(element)


def canonical_json(value: JsonValue) -> str:
    """Return the one spelling of a JSON value: sorted keys, ASCII, no blanks."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False
    )


def schema_digest(schema: Schema) -> str:
    """Return the SHA-256 of the canonical JSON form as 64 hexadecimal digits."""
    text = canonical_json(to_json(schema))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@cache
def json_name(name: str) -> str:
    """Return the camelCase spelling of a field name of the IR."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def json_fields(cls: type[Any]) -> tuple[Field[Any], ...]:
    """Return the fields of an IR class that have a JSON form."""
    if cls not in _FIELDS:
        _FIELDS[cls] = tuple(part for part in fields(cls) if part.name != "position")
    return _FIELDS[cls]


_FIELDS: dict[type[Any], tuple[Field[Any], ...]] = {}


def default_of(part: Field[Any]) -> object:
    """Return the default of a dataclass field, or `MISSING`."""
    if part.default_factory is not MISSING:
        return part.default_factory()
    return part.default


def _object(element: object) -> dict[str, JsonValue]:
    cls: type[Any] = type(element)
    result: dict[str, JsonValue] = {}
    if cls in KINDS:
        result["kind"] = KINDS[cls]
    for part in json_fields(cls):
        value: object = getattr(element, part.name)
        if value != default_of(part):
            result[json_name(part.name)] = _value(value)
    return result


def _value(value: object) -> JsonValue:
    if is_dataclass(value):
        return _object(value)
    if isinstance(value, tuple):
        return [_value(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {name: _value(item) for name, item in mapping.items()}
    return cast("JsonValue", value)
