"""The escape hatch: types described by JSON Schema, with an allow-list of keywords.

What is not on the list never reaches a model generator: no remote references, no
vendor extensions, no patterns that engines read differently.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rivetgen_schema.files import find_files, is_pattern, read_bytes
from rivetgen_schema.findings import Suggestion
from rivetgen_schema.literals import json_of_literal, literal_of_node
from rivetgen_schema.sections import read_text, report_form
from rivetgen_schema.yaml_tree import Entry, Mapping, Node, Scalar, Sequence, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_schema.ir import JsonValue
    from rivetgen_schema.reading import Reading

KEYWORDS: Final[dict[str, str]] = {
    "$defs": "schemas",
    "$ref": "reference",
    "$comment": "text",
    "additionalProperties": "schema or flag",
    "allOf": "schema list",
    "anyOf": "schema list",
    "const": "any",
    "default": "any",
    "deprecated": "flag",
    "description": "text",
    "enum": "list",
    "examples": "list",
    "exclusiveMaximum": "number",
    "exclusiveMinimum": "number",
    "format": "text",
    "items": "schema",
    "maxItems": "count",
    "maxLength": "count",
    "maxProperties": "count",
    "maximum": "number",
    "minItems": "count",
    "minLength": "count",
    "minProperties": "count",
    "minimum": "number",
    "multipleOf": "number",
    "oneOf": "schema list",
    "pattern": "pattern",
    "prefixItems": "schema list",
    "properties": "schemas",
    "required": "texts",
    "title": "text",
    "type": "type",
    "uniqueItems": "flag",
}
"""Allowed keyword to the form of its value."""

JSON_TYPES = frozenset(
    {"array", "boolean", "integer", "null", "number", "object", "string"}
)
_REFERENCE = re.compile(r"#/\$defs/([A-Za-z_][A-Za-z0-9_]*)")
# Groups other than `(?:` and backward references differ between regex engines.
_UNPORTABLE = re.compile(r"\(\?(?!:)|\\[1-9]|\\[kpPAZzGQEXRK]|[*+?}]\+")


def read_json_schema(reading: Reading, node: Node) -> dict[str, JsonValue] | None:
    """Read a JSON Schema, in place or from a file below the schema's folder.

    Returns:
        The schema, or `None` when something in it was reported.
    """
    if isinstance(node, Scalar):
        loaded = _load(reading, node)
        if loaded is None:
            return None
        node = loaded
    if not isinstance(node, Mapping):
        report_form(reading.log, node, expected="a JSON Schema or the path of one")
        return None
    checker = _Checker(reading=reading, definitions=_definition_names(node))
    checker.schema(node)
    value = json_of_literal(literal_of_node(node))
    return value if isinstance(value, dict) and not checker.failed else None


def _definition_names(node: Mapping) -> frozenset[str]:
    entry = node.entries.get("$defs")
    if entry is None or not isinstance(entry.value, Mapping):
        return frozenset()
    return frozenset(entry.value.entries)


def _load(reading: Reading, node: Scalar) -> Node | None:
    if is_pattern(node.value) or not node.value:
        report_form(reading.log, node, expected="the path of one file")
        return None
    paths = find_files(reading, node)
    data = read_bytes(reading.log, paths[0], at=node) if paths else None
    if data is None:
        return None
    return parse_yaml(data, name=node.value, log=reading.log, budget=reading.budget)


@dataclass(slots=True, kw_only=True)
class _Checker:
    """Walks over a JSON Schema and reports what is not on the list."""

    reading: Reading
    definitions: frozenset[str]
    failed: bool = False

    def schema(self, node: Node) -> None:
        if not isinstance(node, Mapping):
            self._wrong(node, expected="a JSON Schema")
            return
        for name, entry in node.entries.items():
            form = KEYWORDS.get(name)
            if form is None:
                self._unknown(entry)
            else:
                self._check(form, entry.value)

    def _check(self, form: str, node: Node) -> None:
        if form == "schema":
            self.schema(node)
        elif form == "schemas":
            self._schemas(node)
        elif form == "schema list":
            self._schema_list(node)
        elif form == "schema or flag":
            if not _is_flag(node):
                self.schema(node)
        elif form == "list":
            if not isinstance(node, Sequence):
                self._wrong(node, expected="a list")
        else:
            self._single(form, node)

    def _schemas(self, node: Node) -> None:
        if not isinstance(node, Mapping):
            self._wrong(node, expected="a map of JSON Schemas")
            return
        for entry in node.entries.values():
            self.schema(entry.value)

    def _schema_list(self, node: Node) -> None:
        if not isinstance(node, Sequence):
            self._wrong(node, expected="a list of JSON Schemas")
            return
        for item in node.items:
            self.schema(item)

    def _single(self, form: str, node: Node) -> None:
        value = json_of_literal(literal_of_node(node))
        if form == "reference":
            self._reference(node, value)
        elif form == "pattern":
            self._pattern(node, value)
        elif form == "text":
            self._text(node)
        elif not _FORMS[form](value):
            self._wrong(node, expected=_EXPECTED[form])

    def _text(self, node: Node) -> None:
        if read_text(self.reading.log, node) is None:
            self.failed = True

    def _reference(self, node: Node, value: JsonValue) -> None:
        match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if match and match[1] in self.definitions:
            return
        name = match[1] if match else ""
        self._report(
            "RG151",
            node,
            message="A `$ref` must name a schema under `$defs` of the same schema.",
            fix=Suggestion(
                name, self.definitions, otherwise="Write `#/$defs/Name` and define it."
            ),
        )

    def _pattern(self, node: Node, value: JsonValue) -> None:
        if isinstance(value, str) and len(value) <= 500 and _compiles(value):
            return
        self._report(
            "RG152",
            node,
            message="The pattern does not mean the same in every target.",
            fix="Use classes, groups with `(?:`, `* + ? {m,n}`, `^` and `$` only.",
        )

    def _unknown(self, entry: Entry) -> None:
        name = entry.key.value[:60]
        self._report(
            "RG150",
            entry.key,
            message=f"The keyword `{name}` is not supported.",
            fix=Suggestion(name, KEYWORDS, otherwise="Remove it."),
        )

    def _wrong(self, node: Node, *, expected: str) -> None:
        self._report(
            "RG153",
            node,
            message=f"{expected[0].upper()}{expected[1:]} belongs here.",
            fix=f"Write {expected}.",
        )

    def _report(
        self, code: str, node: Node, *, message: str, fix: str | Suggestion
    ) -> None:
        self.failed = True
        self.reading.log.add(code, node.position, message, fix=fix)


def _is_flag(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain and node.value in {"true", "false"}


def _compiles(pattern: str) -> bool:
    if _UNPORTABLE.search(pattern):
        return False
    try:
        with warnings.catch_warnings():
            # Python warns of sets that later versions will read another way.
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning):
        return False
    return True


def _is_type(value: JsonValue) -> bool:
    if isinstance(value, list):
        return bool(value) and all(
            isinstance(v, str) and v in JSON_TYPES for v in value
        )
    return isinstance(value, str) and value in JSON_TYPES


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text_list(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_FORMS: Final[dict[str, Callable[[JsonValue], bool]]] = {
    "any": lambda _: True,
    "flag": lambda value: isinstance(value, bool),
    "number": _is_number,
    "count": _is_count,
    "texts": _is_text_list,
    "type": _is_type,
}
_EXPECTED: Final[dict[str, str]] = {
    "flag": "`true` or `false`",
    "number": "a number",
    "count": "a whole number from 0",
    "texts": "a list of texts",
    "type": "a JSON type such as `string`",
}
