"""The module `types`: the types of a schema, the same in every package."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import docstring, identifier, string_literal
from rivetgen.naming import (
    enum_constant,
    tag_name,
    type_class,
    variant_class,
)
from rivetgen.python.hints import WireHint, wire_hint
from rivetgen.python.models import class_definition, model, stated
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import DefiningScope, Scope
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterator


@lru_cache(maxsize=1)  # the same text in every package
def types_module(origin: Origin) -> Code:
    """Return the module that defines the types of the schema."""
    scope = DefiningScope(elements=origin.elements)
    parts = list(type_definitions(origin.schema, scope))
    return module(origin, "Types of the schema.", scope.imports, parts)


def type_definitions(schema: ir.Schema, scope: DefiningScope) -> Iterator[Code]:
    """Yield the types of a schema in the order in which they are defined."""
    defined: set[str] = set()
    for definition in schema.types:
        inner = replace(scope, defined=defined)
        match definition:
            case ir.ObjectDefinition():
                # A class is not defined yet while its own fields are.
                yield _object(definition, inner)
            case ir.EnumDefinition():
                yield _enum(definition, inner)
            case ir.UnionDefinition():
                yield _union(definition, inner)
            case ir.AliasDefinition():
                yield _alias(definition, inner)
            case ir.JsonSchemaDefinition():
                yield _json_schema(definition, inner, defined)
        defined.add(definition.name)


def _json_schema(
    definition: ir.JsonSchemaDefinition, scope: DefiningScope, defined: set[str]
) -> Code:
    # Imported late: most schemas have no such type.
    from rivetgen.json_models.emitting import json_schema_types  # noqa: PLC0415

    return json_schema_types(definition, scope, defined)


def _object(definition: ir.ObjectDefinition, scope: Scope) -> Code:
    return model(
        identifier(type_class(definition)),
        definition.fields,
        scope,
        description=definition.description,
    )


def _enum(definition: ir.EnumDefinition, scope: Scope) -> Code:
    return class_definition(
        identifier(type_class(definition)),
        [code("{}.StrEnum", scope.module("enum"))],
        description=definition.description,
        members=[_enum_member(value) for value in definition.values],
    )


def _enum_member(value: ir.EnumValue) -> Code:
    name = identifier(enum_constant(value))
    text = code("{} = {}", name, string_literal(value.value))
    return _documented(text, value.description)


def _union(definition: ir.UnionDefinition, scope: DefiningScope) -> Code:
    variants = [_variant(definition, variant, scope) for variant in definition.variants]
    alias = _type_alias(definition, _one_of_variants(definition, scope), scope)
    return join([*variants, alias], "\n\n\n")


def _one_of_variants(definition: ir.UnionDefinition, scope: Scope) -> Code:
    names = [
        identifier(variant_class(definition, variant))
        for variant in definition.variants
    ]
    tag = code("discriminator={}", string_literal(tag_name(definition)))
    arguments = (tag,) if len(names) > 1 else ()
    return WireHint(join(names, " | "), arguments).render(scope)


def _variant(definition: ir.UnionDefinition, variant: ir.Variant, scope: Scope) -> Code:
    return model(
        identifier(variant_class(definition, variant)),
        variant.fields,
        scope,
        description=variant.description,
        first=[_tag(definition, variant, scope)],
    )


def _tag(definition: ir.UnionDefinition, variant: ir.Variant, scope: Scope) -> Code:
    name = tag_name(definition)
    value = string_literal(variant.tag_value)
    hint = code("{}.Literal[{}]", scope.module("typing"), value)
    alias = code("alias={}", string_literal(definition.tag))
    arguments = (alias,) if name != definition.tag else ()
    hint = WireHint(hint, arguments).render(scope)
    return code("{}: {} = {}", identifier(name), hint, value)


def _alias(definition: ir.AliasDefinition, scope: DefiningScope) -> Code:
    hint = scope.annotation(lambda inner: wire_hint(definition.type, inner))
    return _type_alias(definition, hint, scope)


def _type_alias(
    definition: ir.AliasDefinition | ir.UnionDefinition, hint: Code, scope: Scope
) -> Code:
    name = identifier(type_class(definition))
    text = code("{}: {}.TypeAlias = {}", name, scope.module("typing"), hint)
    return _documented(text, definition.description)


def _documented(text: Code, description: str | None) -> Code:
    description = stated(description)
    return code("{}\n{}", text, docstring(description)) if description else text
