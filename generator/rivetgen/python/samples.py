"""Values that are valid for a type, for examples in documentation and first tests."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from rivetgen.json_models.samples import json_sample
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rivetgen.lookup import Elements
    from rivetgen_schema.ir import JsonValue

TEXTS: Mapping[ir.ScalarName, str] = {
    "datetime": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "12:00:00",
    "duration": "PT1S",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com",
    "email": "someone@example.com",
}
"""Scalars that are texts of one form, by type."""
NUMBERS: Mapping[ir.ScalarName, Callable[[float], JsonValue]] = {
    "int": int,
    "bigint": int,
    "float": float,
    "decimal": str,
}
"""Scalars with bounds, and how their JSON form is made of a number."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Makes values in JSON form, as defaults are written.

    Attributes:
        elements: The types of the schema.
    """

    elements: Elements

    def of_member(self, member: ir.Member) -> JsonValue:
        """Return the example of a member, its default, or any valid value."""
        if member.example is not None:
            return member.example.value
        if member.default is not None:
            return member.default.value
        return self.of_type(member.type, name=member.name)

    def of_type(self, kind: ir.Type, *, name: str = "text") -> JsonValue:
        """Return a value of a type; texts are made of the name."""
        match kind:
            case ir.ScalarType():
                return _scalar(kind, name)
            case ir.EnumType():
                return kind.values[0]
            case ir.NullableType():
                return self.of_type(kind.inner, name=name)
            case ir.ChoiceType():
                return _scalar(kind.options[0], name)
            case ir.NamedType():
                return self._named(kind, name)
            case ir.ListType() | ir.SetType() | ir.MapType():
                return self._collection(kind, name)
            case _:
                assert_never(kind)

    def _named(self, kind: ir.NamedType, name: str) -> JsonValue:
        definition = self.elements.type_named(kind.name)
        match definition:
            case ir.EnumDefinition():
                return definition.values[0].value
            case ir.ObjectDefinition():
                return self._record(definition.fields)
            case ir.UnionDefinition():
                variant = definition.variants[0]
                fields = self._record(variant.fields)
                return {definition.tag: variant.tag_value, **fields}
            case ir.AliasDefinition():
                return self.of_type(definition.type, name=name)
            case ir.JsonSchemaDefinition():
                return json_sample(definition.schema)

    def _record(self, fields: Iterable[ir.Member]) -> dict[str, JsonValue]:
        required = (member for member in fields if member.required)
        return {member.name: self.of_member(member) for member in required}

    def _collection(
        self, kind: ir.ListType | ir.SetType | ir.MapType, name: str
    ) -> JsonValue:
        count = kind.minimum or 0
        names = [name if number == 0 else f"{name}{number}" for number in range(count)]
        if isinstance(kind, ir.MapType):
            return {key: self.of_type(kind.value, name=name) for key in names}
        return [self.of_type(kind.item, name=item) for item in names]


def _scalar(kind: ir.ScalarType, name: str) -> JsonValue:
    if kind.name in NUMBERS:
        return NUMBERS[kind.name](_number(kind))
    if kind.name in TEXTS:
        return TEXTS[kind.name]
    match kind.name:
        case "string":
            return _sized(name, kind)
        case "bytes":
            return base64.b64encode(_sized(name, kind).encode()).decode()
        case "bool":
            return True
        case _:
            return None


def _number(kind: ir.ScalarType) -> float:
    number: float = 1
    if kind.minimum is not None:
        number = max(number, kind.minimum)
    return number if kind.maximum is None else min(number, kind.maximum)


def _sized(text: str, kind: ir.ScalarType) -> str:
    minimum = int(kind.minimum or 0)
    filled = text + "x" * (minimum - len(text))
    return filled if kind.maximum is None else filled[: int(kind.maximum)]
