"""The schema that the model generator sees: structure and numbers, no text.

Property names become identifiers, values and patterns become tokens, and annotations
become a token in `description` that the models carry back to us.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rivetgen.json_models.exactness import ANNOTATIONS, inexact
from rivetgen.json_models.library import ROOT
from rivetgen.json_models.problems import Problem
from rivetgen_schema.names import pascal_case, spelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_schema.ir import JsonValue

MAX_SAFE_INTEGER: Final = 2**53 - 1
FORMATS: Final = frozenset(
    {"date", "date-time", "duration", "email", "time", "uri", "uuid"}
)
"""Formats that are types of their own; others say nothing about valid values."""
_REFERENCE: Final = "#/$defs/"
_Schema = dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Annotations of one schema.

    Attributes:
        pointer: Place in the schema.
        description: Text of the docstring.
        deprecated: Whether it should not be used any more.
        default: The default in a list of its own; empty when there is none.
    """

    pointer: str
    description: str | None
    deprecated: bool
    default: tuple[JsonValue, ...]


@dataclass(slots=True)
class Prepared:
    """A schema for the model generator, and what its names and tokens stand for."""

    document: _Schema = field(default_factory=dict[str, "JsonValue"])
    properties: dict[str, str] = field(default_factory=dict[str, str])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    notes: dict[str, Note] = field(default_factory=dict[str, Note])
    problems: list[Problem] = field(default_factory=list[Problem])


def prepare(schema: Mapping[str, JsonValue]) -> Prepared:
    """Replace every text of a schema and report what models cannot express."""
    prepared = Prepared()
    preparer = _Preparer(prepared=prepared, names=_definition_names(schema))
    prepared.document = preparer.noted(dict(schema), "")
    return prepared


def _definition_names(schema: Mapping[str, JsonValue]) -> dict[str, str]:
    taken = {ROOT.lower()}
    definitions = schema.get("$defs")
    names = definitions if isinstance(definitions, dict) else {}
    return {name: _unique(pascal_case(name) or "Part", taken) for name in names}


def _unique(name: str, taken: set[str]) -> str:
    # Property names and definitions must differ in more than case for classes.
    result, number = name, 1
    while result.lower() in taken:
        number += 1
        result = f"{name}{number}"
    taken.add(result.lower())
    return result


@dataclass(slots=True, kw_only=True)
class _Preparer:
    prepared: Prepared
    names: Mapping[str, str]
    _identifiers: dict[str, str] = field(default_factory=dict[str, str])
    _taken: set[str] = field(default_factory=set[str])
    _tokens: dict[str, str] = field(default_factory=dict[str, str])

    def noted(self, value: JsonValue, pointer: str) -> _Schema:
        """Prepare a schema whose annotations are kept."""
        schema: _Schema = value if isinstance(value, dict) else {}
        token = f"n{len(self.prepared.notes)}"
        text = schema.get("description")
        self.prepared.notes[token] = Note(
            pointer=pointer,
            description=text if isinstance(text, str) else None,
            deprecated=schema.get("deprecated") is True,
            default=(schema["default"],) if "default" in schema else (),
        )
        return {**self.schema(schema, pointer), "description": token}

    def schema(self, value: JsonValue, pointer: str) -> _Schema:
        """Prepare a schema without its annotations."""
        schema = value if isinstance(value, dict) else {}
        self.prepared.problems += inexact(schema, pointer)
        return {
            keyword: _PREPARERS[keyword](self, inner, f"{pointer}/{keyword}")
            for keyword, inner in schema.items()
            if keyword not in ANNOTATIONS and not _says_nothing(keyword, inner)
        }

    def property_name(self, name: str) -> str:
        """Return the identifier of a property, the same everywhere in the schema."""
        if name not in self._identifiers:
            derived = spelling(name, "field", "python", names={}) or "field"
            unique = _unique(derived.lower(), self._taken)
            self._identifiers[name] = unique
            self.prepared.properties[unique] = name
        return self._identifiers[name]

    def token(self, text: str) -> str:
        """Return the token that stands for a text."""
        if text not in self._tokens:
            token = f"t{len(self._tokens)}"
            self._tokens[text] = token
            self.prepared.texts[token] = text
        return self._tokens[text]

    def report(self, problem: Problem) -> None:
        """Add something that is in the way."""
        self.prepared.problems.append(problem)


_Prepare = Callable[[_Preparer, "JsonValue", str], "JsonValue"]


def _says_nothing(keyword: str, value: JsonValue) -> bool:
    if keyword == "format":
        return value not in FORMATS
    return keyword == "uniqueItems" and value is False


def _same(_: _Preparer, value: JsonValue, __: str) -> JsonValue:
    return value


def _inner(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    return value if isinstance(value, bool) else preparer.schema(value, pointer)


def _list(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    items = value if isinstance(value, list) else []
    if not items:
        preparer.report(Problem(pointer=pointer, message="The list is empty"))
    return [
        preparer.schema(item, f"{pointer}/{number}")
        for number, item in enumerate(items)
    ]


def _properties(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    entries = value if isinstance(value, dict) else {}
    return {
        preparer.property_name(name): preparer.noted(inner, f"{pointer}/{name}")
        for name, inner in entries.items()
    }


def _definitions(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    entries = value if isinstance(value, dict) else {}
    return {
        preparer.names.get(name, name): preparer.noted(inner, f"{pointer}/{name}")
        for name, inner in entries.items()
    }


def _required(preparer: _Preparer, value: JsonValue, _: str) -> JsonValue:
    names = value if isinstance(value, list) else []
    return [preparer.property_name(name) for name in names if isinstance(name, str)]


def _reference(preparer: _Preparer, value: JsonValue, _: str) -> JsonValue:
    name = str(value).removeprefix(_REFERENCE)
    return f"{_REFERENCE}{preparer.names[name]}"


def _values(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    values = value if isinstance(value, list) else []
    if not values:
        preparer.report(Problem(pointer=pointer, message="The list is empty"))
    return [
        _value(preparer, item, f"{pointer}/{number}")
        for number, item in enumerate(values)
    ]


def _value(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    if isinstance(value, str):
        return preparer.token(value)
    if isinstance(value, float | list | dict) or _is_large(value):
        preparer.report(
            Problem(
                pointer=pointer,
                message="Only texts, whole numbers, flags and null can be listed",
                fix="Describe the value with `type` and bounds.",
            )
        )
        return None
    return value


def _is_large(value: JsonValue) -> bool:
    return isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER


def _pattern(preparer: _Preparer, value: JsonValue, pointer: str) -> JsonValue:
    text = str(value)
    if not _is_usable(text):
        preparer.report(
            Problem(
                code="RG152",
                pointer=pointer,
                message="The pattern cannot be compiled by the validator of models",
                fix="Use classes, groups with `(?:`, `* + ? {m,n}`, `^` and `$` only.",
            )
        )
    return preparer.token(text)


def _is_usable(pattern: str) -> bool:
    from pydantic_core import (  # noqa: PLC0415 - slow, and few schemas have patterns
        SchemaError,
        SchemaValidator,
        core_schema,
    )

    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        return False
    return re.search(r"\\[zZA]", pattern) is None


def _unchecked(keyword: str) -> _Prepare:
    def report(preparer: _Preparer, _: JsonValue, pointer: str) -> JsonValue:
        problem = Problem(
            pointer=pointer,
            message=f"`{keyword}` cannot be checked by Python models",
            fix=f"Remove `{keyword}` and check the value in the actor.",
        )
        preparer.report(problem)
        return None

    return report


_PREPARERS: Final[Mapping[str, _Prepare]] = {
    "$defs": _definitions,
    "$ref": _reference,
    "additionalProperties": _inner,
    "allOf": _list,
    "anyOf": _list,
    "const": _value,
    "enum": _values,
    "exclusiveMaximum": _same,
    "exclusiveMinimum": _same,
    "format": _same,
    "items": _inner,
    "maxItems": _same,
    "maxLength": _same,
    "maxProperties": _same,
    "maximum": _same,
    "minItems": _same,
    "minLength": _same,
    "minProperties": _same,
    "minimum": _same,
    "multipleOf": _same,
    "oneOf": _list,
    "pattern": _pattern,
    "prefixItems": _unchecked("prefixItems"),
    "properties": _properties,
    "required": _required,
    "type": _same,
    "uniqueItems": _unchecked("uniqueItems"),
}
"""Keyword to what the model generator sees; there is no other way through."""
