"""Keywords of JSON Schema that the language has no word for."""

from __future__ import annotations

from typing import Final

_CHECK: Final = "Check the value in the code of the action."

UNEXPRESSED: Final[dict[str, str]] = {
    "pattern": _CHECK,
    "multipleOf": _CHECK,
    "exclusiveMinimum": _CHECK,
    "exclusiveMaximum": _CHECK,
    "not": _CHECK,
    "if": _CHECK,
    "contains": _CHECK,
    "propertyNames": _CHECK,
    "dependentRequired": _CHECK,
    "dependentSchemas": _CHECK,
    "dependencies": _CHECK,
    "minProperties": _CHECK,
    "maxProperties": _CHECK,
    "prefixItems": "Declare an object with a field per item.",
    "patternProperties": "Declare a `map<T>`, or one field per name.",
    "unevaluatedProperties": "Declare every field.",
    "$dynamicRef": "Name the type.",
    "readOnly": "Declare one type for requests and one for answers.",
    "writeOnly": "Declare one type for requests and one for answers.",
}
"""Keyword to what its author can do instead."""

SCALARS: Final[dict[tuple[str, str], str]] = {
    ("string", "date-time"): "datetime",
    ("string", "date"): "date",
    ("string", "time"): "time",
    ("string", "duration"): "duration",
    ("string", "uuid"): "uuid",
    ("string", "uri"): "uri",
    ("string", "url"): "uri",
    ("string", "email"): "email",
    ("string", "decimal"): "decimal",
    ("string", "byte"): "bytes",
    ("string", "binary"): "bytes",
    ("string", ""): "string",
    ("integer", ""): "int",
    ("number", ""): "float",
    ("boolean", ""): "bool",
    ("null", ""): "none",
}
"""JSON type and format to the built-in type; other formats count as none."""

BOUNDS: Final[dict[str, tuple[str, str]]] = {
    "string": ("minLength", "maxLength"),
    "bytes": ("minLength", "maxLength"),
    "int": ("minimum", "maximum"),
    "float": ("minimum", "maximum"),
    "list": ("minItems", "maxItems"),
    "set": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}
"""Type to the keywords of its bounds."""

LARGEST_INT: Final = 2**53 - 1
