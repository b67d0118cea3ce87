"""Values that are valid for a JSON Schema, for examples in documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rivetgen_schema.ir import JsonValue

_Schema = dict[str, "JsonValue"]
TEXTS: Mapping[str, str] = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "duration": "PT1S",
    "email": "someone@example.com",
    "time": "12:00:00",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
"""Format to a text that has it."""
MAX_DEPTH = 8
"""Levels after which nothing more is filled in; a schema may refer to itself."""


def json_sample(schema: Mapping[str, JsonValue]) -> JsonValue:
    """Return a valid value: a given example, or the first of some guesses."""
    from rivetgen.json_models.defaults import is_valid  # noqa: PLC0415 - slow import

    guesses = list(_Sampler(schema).candidates(dict(schema), 0))
    valid = (value for value in guesses if is_valid(schema, value, root=schema))
    return next(valid, guesses[-1])


class _Sampler:
    def __init__(self, root: Mapping[str, JsonValue]) -> None:
        definitions = root.get("$defs")
        self._definitions = definitions if isinstance(definitions, dict) else {}

    def candidates(self, schema: _Schema, depth: int) -> Iterator[JsonValue]:
        """Yield values, the most likely first; the last is one by type."""
        yield from _items(schema.get("examples"))
        if "default" in schema:
            yield schema["default"]
        if "const" in schema:
            yield schema["const"]
        yield from _items(schema.get("enum"))
        yield self._made(schema, depth)

    def _value(self, value: JsonValue, depth: int) -> JsonValue:
        schema = value if isinstance(value, dict) else {}
        return next(self.candidates(schema, depth)) if depth < MAX_DEPTH else None

    def _made(self, schema: _Schema, depth: int) -> JsonValue:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = self._definitions.get(reference.rpartition("/")[2])
            return self._value(target, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            for option in _items(schema.get(keyword)):
                return self._value(option, depth + 1)
        parts = [self._value(part, depth + 1) for part in _items(schema.get("allOf"))]
        merged: _Schema = {}
        for part in parts:
            merged |= part if isinstance(part, dict) else {}
        if merged:
            return {**merged, **self._object(schema, depth)}
        return self._of_type(schema, depth)

    def _of_type(self, schema: _Schema, depth: int) -> JsonValue:
        types = _items(schema.get("type")) or [schema.get("type")]
        if "object" in types or (types == [None] and "properties" in schema):
            return self._object(schema, depth)
        if "array" in types:
            count = _whole(schema.get("minItems"))
            return [self._value(schema.get("items"), depth + 1)] * count
        return next((_BY_TYPE[str(name)](schema) for name in types if name), None)

    def _object(self, schema: _Schema, depth: int) -> _Schema:
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        return {
            str(name): self._value(known.get(str(name)), depth + 1)
            for name in _items(schema.get("required"))
        }


def _items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _whole(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _number(schema: _Schema) -> JsonValue:
    for keyword in ("minimum", "maximum", "multipleOf"):
        value = schema.get(keyword)
        if isinstance(value, int | float):
            return value
    above = schema.get("exclusiveMinimum")
    return above + 1 if isinstance(above, int | float) else 1


def _text(schema: _Schema) -> JsonValue:
    text = TEXTS.get(str(schema.get("format")), "text")
    longest = schema.get("maxLength")
    text += "x" * (_whole(schema.get("minLength")) - len(text))
    return text[:longest] if isinstance(longest, int) else text


_BY_TYPE: Mapping[str, Callable[[_Schema], JsonValue]] = {
    "boolean": lambda _: True,
    "integer": _number,
    "null": lambda _: None,
    "number": _number,
    "string": _text,
}
