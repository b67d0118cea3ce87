"""Combinations of keywords that Python models would not check in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen.json_models.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from rivetgen_schema.ir import JsonValue

ANNOTATIONS: Final = frozenset(
    {"$comment", "default", "deprecated", "description", "examples", "title"}
)
_OBJECT: Final = frozenset({"additionalProperties", "properties", "required", "type"})
ALONE: Final[Mapping[str, AbstractSet[str]]] = {
    "$ref": frozenset(),
    "allOf": _OBJECT,
    "anyOf": frozenset(),
    "const": frozenset({"type"}),
    "enum": frozenset({"type"}),
    "oneOf": frozenset(),
}
"""Keyword to the keywords that may stand beside it, annotations aside."""
TYPED: Final[Mapping[str, AbstractSet[str]]] = {
    "exclusiveMaximum": {"integer", "number"},
    "exclusiveMinimum": {"integer", "number"},
    "format": {"string"},
    "items": {"array"},
    "maximum": {"integer", "number"},
    "maxItems": {"array"},
    "maxLength": {"string"},
    "maxProperties": {"object"},
    "minimum": {"integer", "number"},
    "minItems": {"array"},
    "minLength": {"string"},
    "minProperties": {"object"},
    "multipleOf": {"integer", "number"},
    "pattern": {"string"},
}
"""Keyword to the types it says something about."""
BESIDE_PROPERTIES: Final = ("maxProperties", "minProperties")
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "string": (str,),
}


def inexact(schema: Mapping[str, JsonValue], pointer: str) -> Iterator[Problem]:
    """Yield a problem for each combination that would be checked in part.

    Args:
        schema: One schema; the schemas in it are not looked at.
        pointer: Its place.
    """
    yield from _neighbours(schema, pointer)
    yield from _untyped(schema, pointer)
    yield from _properties(schema, pointer)
    yield from _parts(schema, pointer)
    types = _types(schema)
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    for value in values if types and isinstance(values, list) else ():
        if not any(_is_of(value, name) for name in types):
            yield _problem(pointer, "A listed value has another type than `type` says")


def _neighbours(schema: Mapping[str, JsonValue], pointer: str) -> Iterator[Problem]:
    for keyword, allowed in ALONE.items():
        if keyword not in schema:
            continue
        others = schema.keys() - allowed - ANNOTATIONS - {keyword, "$defs"}
        for other in sorted(others):
            yield _problem(
                f"{pointer}/{other}", f"`{other}` beside `{keyword}` cannot be checked"
            )


def _untyped(schema: Mapping[str, JsonValue], pointer: str) -> Iterator[Problem]:
    types = _types(schema)
    for keyword in schema.keys() & TYPED.keys():
        if not types & TYPED[keyword]:
            names = " or ".join(f"`type: {name}`" for name in sorted(TYPED[keyword]))
            yield Problem(
                pointer=f"{pointer}/{keyword}",
                message=f"`{keyword}` says nothing without {names}",
                fix=f"Add {names}, or remove `{keyword}`.",
            )


def _properties(schema: Mapping[str, JsonValue], pointer: str) -> Iterator[Problem]:
    properties, required = schema.get("properties"), schema.get("required")
    names = properties if isinstance(properties, dict) else {}
    for name in required if isinstance(required, list) else ():
        if name not in names:
            yield _problem(
                f"{pointer}/required", "A required property is not described"
            )
    if not names:
        return
    extra = schema.get("additionalProperties")
    described = ["additionalProperties"] if isinstance(extra, dict) and extra else []
    limits = [keyword for keyword in BESIDE_PROPERTIES if keyword in schema]
    for keyword in (*described, *limits):
        yield _problem(
            f"{pointer}/{keyword}", f"`{keyword}` beside `properties` cannot be checked"
        )


def _parts(schema: Mapping[str, JsonValue], pointer: str) -> Iterator[Problem]:
    parts = schema.get("allOf")
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        if not isinstance(part, dict) or not part.keys() & {"$ref", "properties"}:
            yield _problem(
                f"{pointer}/allOf/{number}",
                "A part of `allOf` needs `$ref` or `properties`",
            )


def _types(schema: Mapping[str, JsonValue]) -> set[str]:
    types = schema.get("type", [])
    return {str(name) for name in (types if isinstance(types, list) else [types])}


def _is_of(value: JsonValue, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, _TYPES.get(name, ()))


def _problem(pointer: str, message: str) -> Problem:
    return Problem(pointer=pointer, message=message)
