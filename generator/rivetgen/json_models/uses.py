"""Where values of `jsonSchema` types stand inside other values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_schema.ir import JsonValue

_Use = tuple[ir.JsonSchemaDefinition, "JsonValue"]


def described_values(
    kind: ir.Type, value: JsonValue, types: Mapping[str, ir.TypeDefinition]
) -> Iterator[_Use]:
    """Yield each part of a value that is described by JSON Schema.

    Args:
        kind: The type of the value.
        value: The value in its JSON form; the loader has checked all other parts.
        types: The types of the schema by name.
    """
    match kind, value:
        case ir.NullableType(), None:
            return
        case ir.NullableType(), _:
            yield from described_values(kind.inner, value, types)
        case ((ir.ListType() | ir.SetType()), list()):
            for item in value:
                yield from described_values(kind.item, item, types)
        case ir.MapType(), dict():
            for item in value.values():
                yield from described_values(kind.value, item, types)
        case ir.NamedType(), _:
            yield from _named(types[kind.name], value, types)
        case _:
            return


def _named(
    definition: ir.TypeDefinition,
    value: JsonValue,
    types: Mapping[str, ir.TypeDefinition],
) -> Iterator[_Use]:
    match definition, value:
        case ir.JsonSchemaDefinition(), _:
            yield definition, value
        case ir.AliasDefinition(), _:
            yield from described_values(definition.type, value, types)
        case ir.ObjectDefinition(), dict():
            yield from _fields(definition.fields, value, types)
        case ir.UnionDefinition(), dict():
            for variant in definition.variants:
                if variant.tag_value == value.get(definition.tag):
                    yield from _fields(variant.fields, value, types)
        case _:
            return


def _fields(
    fields: tuple[ir.Member, ...],
    value: dict[str, JsonValue],
    types: Mapping[str, ir.TypeDefinition],
) -> Iterator[_Use]:
    for member in fields:
        if member.name in value:
            yield from described_values(member.type, value[member.name], types)
