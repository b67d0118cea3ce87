"""Values of a JSON Schema type: which are valid, and how they are written."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rivetgen.json_models.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_schema.ir import JsonValue


def is_valid(
    schema: Mapping[str, JsonValue], value: JsonValue, *, root: Mapping[str, JsonValue]
) -> bool:
    """Whether a value fits a part of a schema.

    Args:
        schema: The part.
        value: The value.
        root: The whole schema, whose `$defs` the part refers to.
    """
    # Imported late: few schemas need it. It is not typed.
    library: Any = importlib.import_module("jsonschema")
    whole = {**schema, "$defs": root.get("$defs", {})}
    checker = library.FormatChecker()
    return bool(
        library.Draft202012Validator(whole, format_checker=checker).is_valid(value)
    )


def invalid_defaults(root: Mapping[str, JsonValue]) -> Iterator[Problem]:
    """Yield a problem for each default that does not fit its schema."""
    for pointer, schema in _schemas(root, ""):
        if "default" in schema and not is_valid(schema, schema["default"], root=root):
            yield Problem(
                code="RG021",
                pointer=f"{pointer}/default",
                message="The default does not fit its schema",
                fix="Change the default or the schema.",
            )


def _schemas(
    schema: Mapping[str, JsonValue], pointer: str
) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    yield pointer, schema
    for keyword in ("$defs", "properties"):
        entries = schema.get(keyword)
        for name, inner in entries.items() if isinstance(entries, dict) else ():
            yield from _inner(inner, f"{pointer}/{keyword}/{name}")
    for keyword in ("allOf", "anyOf", "oneOf"):
        items = schema.get(keyword)
        for number, inner in enumerate(items if isinstance(items, list) else ()):
            yield from _inner(inner, f"{pointer}/{keyword}/{number}")
    for keyword in ("items", "additionalProperties"):
        yield from _inner(schema.get(keyword), f"{pointer}/{keyword}")


def _inner(
    value: JsonValue, pointer: str
) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    if isinstance(value, dict):
        yield from _schemas(value, pointer)
