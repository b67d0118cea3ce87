"""From JSON Schema to types of the language."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rivetgen.importing.drafts import Draft, Part, cleaned
from rivetgen.importing.keywords import BOUNDS, LARGEST_INT, SCALARS, UNEXPRESSED
from rivetgen.importing.names import type_name
from rivetgen_schema.names import folded
from rivetgen_schema.reading import ENUM_VALUE, NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen.importing.documents import Value
    from rivetgen.importing.notes import Notes

ANYTHING: Final = "json"
_WORD: Final = re.compile(r"[^\s\"'\[\]{},=:#]+")
_SCALAR_TEXT: Final = re.compile(r"(?:string|int|float|bool)\b")


@dataclass(slots=True, kw_only=True)
class TypeImporter:
    """Turns schemas into type expressions, and objects into named types.

    Attributes:
        draft: Takes the definitions.
        notes: Takes what cannot be expressed.
        targets: Schemas that references may name, by JSON pointer.
        names: Names of those schemas.
    """

    draft: Draft
    notes: Notes
    targets: dict[str, Value]
    names: dict[str, str] = field(default_factory=dict[str, str])

    def declare(self) -> None:
        """Name every schema that can be referred to."""
        for pointer in self.targets:
            last = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            self.names[pointer] = type_name(last, set(self.names.values()))

    def define(self) -> None:
        """Write the definitions of all schemas that can be referred to."""
        for pointer, schema in self.targets.items():
            name = self.names[pointer]
            self.draft.types[name] = {}
            self.draft.types[name] = self.definition(schema, name)

    def definition(self, schema: Value, name: str) -> Part:
        """Return what stands under `types` for a schema."""
        described: dict[str, Part] = {}
        if text := schema.text("description"):
            described["description"] = cleaned(text)
        self._report_keywords(schema)
        if values := enum_values(schema):
            return {**described, "enum": [*values]}
        if union := self._union(schema, name):
            return {**described, **union}
        if self._is_object(schema):
            return {**described, "fields": self.fields(schema, name)}
        expression = self.expression(schema, name)
        return {**described, "type": expression} if described else expression

    def fields(self, schema: Value, hint: str) -> Part:
        """Return the fields of an object, those of `allOf` included."""
        fields: dict[str, Part] = {}
        required = self._required(schema)
        for name, value in self._properties(schema).items():
            if problem := _name_problem(name, fields):
                message = f"The field `{name[:60]}` has a name {problem}."
                fix = "Rename it, or send the object as `json`."
                self.notes.add(value, message, fix=fix)
                continue
            inner = f"{hint} {name}"
            fields[name] = self.member(value, inner, required=name in required)
        return fields

    def member(self, schema: Value, hint: str, *, required: bool) -> Part:
        """Return a field or an argument: its type, and what is said about it."""
        expression = self.expression(schema, hint)
        if not required:
            expression += self._default(schema, expression)
        details: dict[str, Part] = {}
        if text := schema.text("description"):
            details["description"] = cleaned(text)
        if schema.flag("deprecated"):
            details["deprecated"] = True
        return {"type": expression, **details} if details else expression

    def expression(self, schema: Value, hint: str) -> str:
        """Return the type expression of a schema."""
        if schema.get("$ref") is not None:
            return self._reference(schema)
        self._report_keywords(schema)
        if values := enum_values(schema):
            return _nullable(f"enum<{' | '.join(values)}>", is_nullable(schema))
        for keyword in ("oneOf", "anyOf", "allOf"):
            if schema.get(keyword) is not None:
                return self._combined(schema, keyword, hint)
        kinds = json_types(schema)
        if len(kinds) > 1:
            return self._several(schema, kinds)
        inner = self._of_type(schema, kinds[0] if kinds else "", hint)
        return _nullable(inner, is_nullable(schema))

    def _of_type(self, schema: Value, kind: str, hint: str) -> str:
        if kind == "array" or (not kind and schema.get("items")):
            return self._array(schema, hint)
        if kind == "object" or (not kind and schema.get("properties")):
            return self._object(schema, hint)
        if not kind:
            if schema.content is False:
                self._give_up(schema, "A schema that refuses everything")
            return ANYTHING
        name = _scalar(kind, schema.text("format") or "")
        return name + self._bounds(schema, name)

    def _array(self, schema: Value, hint: str) -> str:
        items = schema.get("items")
        item = self.expression(items, f"{hint} item") if items else ANYTHING
        unique = schema.flag("uniqueItems") and _SCALAR_TEXT.fullmatch(item)
        name = "set" if unique else "list"
        return f"{name}<{item}>{self._bounds(schema, name)}"

    def _object(self, schema: Value, hint: str) -> str:
        more = schema.get("additionalProperties")
        if self._properties(schema):
            if more is not None and more.entries():
                self._give_up(more, "Fields beside those that are declared")
            return self._hoisted(schema, hint)
        if more is None or isinstance(more.content, bool):
            return f"map<{ANYTHING}>"
        value = self.expression(more, f"{hint} value")
        return f"map<{value}>{self._bounds(schema, 'map')}"

    def _hoisted(self, schema: Value, hint: str) -> str:
        """Give an object that is written in place a name of its own."""
        name = type_name(hint, self.draft.types.keys() | set(self.names.values()))
        self.draft.types[name] = {}
        self.draft.types[name] = self.definition(schema, name)
        return name

    def _reference(self, schema: Value) -> str:
        pointer = schema.text("$ref") or ""
        name = self.names.get(pointer)
        if name is None:
            self._give_up(schema, f"The reference `{pointer[:80]}`")
            return ANYTHING
        return _nullable(name, is_nullable(schema))

    def _combined(self, schema: Value, keyword: str, hint: str) -> str:
        parts = schema.get(keyword)
        options = parts.items() if parts else []
        real = [part for part in options if json_types(part) != ["null"]]
        nullable = len(real) < len(options) or is_nullable(schema)
        if len(real) == 1 and not schema.get("properties"):
            return _nullable(self.expression(real[0], hint), nullable)
        if keyword == "allOf" and self._is_object(schema):
            return _nullable(self._hoisted(schema, hint), nullable)
        if keyword != "allOf" and self._union(schema, hint, is_trial=True):
            return _nullable(self._hoisted(schema, hint), nullable)
        kinds = [kind for part in real for kind in json_types(part)]
        if keyword != "allOf" and len(kinds) == len(real):
            return _nullable(self._several(schema, kinds), nullable)
        self._give_up(schema, f"This use of `{keyword}`")
        return ANYTHING

    def _several(self, schema: Value, kinds: list[str]) -> str:
        """Return a choice of scalars that can be told apart."""
        real = [kind for kind in dict.fromkeys(kinds) if kind != "null"]
        names = [_scalar(kind, "") for kind in real if (kind, "") in SCALARS]
        if len(names) < len(real) or {"int", "float"} <= set(names):
            self._give_up(schema, f"A choice of {' and '.join(real)}")
            return ANYTHING
        return _nullable(" | ".join(names), len(real) < len(set(kinds)))

    def _union(
        self, schema: Value, hint: str, *, is_trial: bool = False
    ) -> dict[str, Part] | None:
        """Return a tagged union, if the options are objects with one tag."""
        options = [*_list(schema, "oneOf"), *_list(schema, "anyOf")]
        resolved = [self._resolved(option) for option in options]
        tag = _tag(schema, [self._properties(option) for option in resolved])
        if tag is None or len(options) < 2:
            return None
        variants: dict[str, Part] = {}
        mapping = schema.get("discriminator")
        tags = mapping.get("mapping") if mapping else None
        for option, object_ in zip(options, resolved, strict=True):
            value = self._tag_value(option, object_, tag, tags)
            if value is None or value in variants:
                return None
            variants[value] = {}
            if not is_trial:
                fields = self.fields(object_, f"{hint} {value}")
                rest = fields if isinstance(fields, dict) else {}
                variants[value] = {k: v for k, v in rest.items() if k != tag}
        return {"union": tag, "variants": variants}

    def _tag_value(
        self, option: Value, object_: Value, tag: str, mapping: Value | None
    ) -> str | None:
        pointer = option.text("$ref") or ""
        for value, target in (mapping.entries() if mapping else {}).items():
            if target.content in (pointer, pointer.rpartition("/")[2]):
                return value if ENUM_VALUE.fullmatch(value) else None
        properties = self._properties(object_)
        values = enum_values(properties[tag]) if tag in properties else []
        if len(values) == 1:
            return values[0]
        last = pointer.rpartition("/")[2]
        is_named = last and mapping is None and ENUM_VALUE.fullmatch(last)
        return last if is_named else None

    def _resolved(self, schema: Value) -> Value:
        seen: set[str] = set()
        while (pointer := schema.text("$ref")) and pointer not in seen:
            seen.add(pointer)
            schema = self.targets.get(pointer, schema)
        return schema

    def _is_object(self, schema: Value) -> bool:
        kinds = json_types(schema)
        return bool(self._properties(schema)) and kinds in ([], ["object"])

    def _properties(self, schema: Value, depth: int = 0) -> dict[str, Value]:
        """Return the properties of a schema and of what `allOf` adds to it."""
        found: dict[str, Value] = {}
        for part in _list(schema, "allOf") if depth < 20 else []:
            found |= self._properties(self._resolved(part), depth + 1)
        properties = schema.get("properties")
        return found | (properties.entries() if properties else {})

    def _required(self, schema: Value, depth: int = 0) -> set[str]:
        names = {str(item.content) for item in _list(schema, "required")}
        for part in _list(schema, "allOf") if depth < 20 else []:
            names |= self._required(self._resolved(part), depth + 1)
        return names

    def _bounds(self, schema: Value, name: str) -> str:
        if name not in BOUNDS:
            return ""
        low, high = (self._bound(schema, key, name) for key in BOUNDS[name])
        return f"({low}..{high})" if low or high else ""

    def _bound(self, schema: Value, keyword: str, name: str) -> str:
        value = schema.get(keyword)
        number = value.content if value else None
        if isinstance(number, bool) or not isinstance(number, int | float):
            return ""
        if name == "int" and abs(number) > LARGEST_INT:
            self._give_up(schema, f"`{keyword}` beyond 2^53")
            return ""
        if name != "float":
            return str(int(number))
        return "" if "e" in str(number) else str(number)

    def _default(self, schema: Value, expression: str) -> str:
        value = schema.get("default")
        if value is None:
            return " | absent"
        literal = _literal(value, expression)
        if literal is None:
            self._give_up(value, "This default")
            return " | absent"
        return f" = {literal}"

    def _report_keywords(self, schema: Value) -> None:
        for keyword, advice in UNEXPRESSED.items():
            value = schema.get(keyword)
            in_bounds = keyword in BOUNDS["map"] and not schema.get("properties")
            if value is not None and value.content is not False and not in_bounds:
                message = f"`{keyword}` cannot be expressed."
                self.notes.add(value, message, fix=advice)

    def _give_up(self, at: Value, what: str) -> None:
        self.notes.add(
            at,
            f"{what} cannot be expressed.",
            fix="Write the type by hand, or keep what stands there now.",
        )


def _name_problem(name: str, others: Iterable[str]) -> str | None:
    if NAME.fullmatch(name) is None:
        return "that the language refuses"
    if folded(name) in map(folded, others):
        return "that differs from another one in case only"
    return None


def json_types(schema: Value) -> list[str]:
    """Return the JSON types that a schema allows, as far as it says so."""
    value = schema.get("type")
    if value is None:
        return []
    items = value.items() or [value]
    return [item.content for item in items if isinstance(item.content, str)] or [
        "null" for item in items if item.content is None
    ]


def is_nullable(schema: Value) -> bool:
    """Whether null is allowed: by the type, by an enum, or as OpenAPI 3.0 says it."""
    kinds = json_types(schema)
    nulls = any(item.content is None for item in _list(schema, "enum"))
    return schema.flag("nullable") or nulls or ("null" in kinds and len(kinds) > 1)


def enum_values(schema: Value) -> list[str]:
    """Return the values of an enum of texts; nothing for everything else."""
    constant = schema.get("const")
    items = [constant] if constant else _list(schema, "enum")
    values = [item.content for item in items if item.content is not None]
    texts = [text for text in values if isinstance(text, str)]
    fitting = [text for text in dict.fromkeys(texts) if ENUM_VALUE.fullmatch(text)]
    return fitting if len(fitting) == len(values) else []


def _tag(schema: Value, objects: list[dict[str, Value]]) -> str | None:
    discriminator = schema.get("discriminator")
    name = discriminator.text("propertyName") if discriminator else None
    if name is not None:
        return name if NAME.fullmatch(name) else None
    common = [
        key
        for key in (objects[0] if objects else {})
        if NAME.fullmatch(key)
        and all(key in o and len(enum_values(o[key])) == 1 for o in objects)
    ]
    return common[0] if common else None


def _list(schema: Value, key: str) -> list[Value]:
    value = schema.get(key)
    return value.items() if value else []


def _scalar(kind: str, form: str) -> str:
    return SCALARS.get((kind, form)) or SCALARS.get((kind, ""), ANYTHING)


def _nullable(expression: str, nullable: bool) -> str:
    is_already = expression.endswith(" | null") or expression in (ANYTHING, "none")
    return f"{expression} | null" if nullable and not is_already else expression


def _literal(value: Value, expression: str) -> str | None:
    """Return a default as it is written behind `=`, if it is simple enough."""
    content = value.content
    if isinstance(content, bool | int | float) or content is None:
        return json.dumps(content)
    if isinstance(content, list | dict):
        return None if content else json.dumps(value.plain())
    if not expression.startswith("string") and _WORD.fullmatch(content):
        return content
    return json.dumps(content, ensure_ascii=False)
