"""Classes with fields: pydantic models and named tuples."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import docstring, identifier, string_literal
from rivetgen.naming import field_name
from rivetgen.python.hints import WireHint, static_hint, wire_hint, wire_parts
from rivetgen.python.literals import is_mutable, literal
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rivetgen.python.scopes import Scope

TUPLE_MEMBERS = frozenset({"count", "index"})
"""Attributes of every tuple, which a field must not hide."""
_EMPTY_FACTORIES = (ir.ListType, ir.SetType, ir.MapType)


def model(
    name: Code,
    members: Sequence[ir.Member],
    scope: Scope,
    *,
    description: str | None = None,
    first: Iterable[Code] = (),
) -> Code:
    """Return a model class; `first` are members in front of the fields."""
    inner = scope.inside(field_name(member) for member in members)
    fields = [model_field(member, inner) for member in members]
    return class_definition(
        name,
        [code("{}.Model", scope.module("types"))],
        description=description,
        members=[*first, *fields],
    )


def named_tuple(
    name: Code, members: Sequence[ir.Member], scope: Scope, *, description: str
) -> Code:
    """Return a named tuple with the plain types of the members."""
    inner = scope.inside(field_name(member) for member in members)
    fields = [
        code("{}: {}", _tuple_field(member), static_member(member, inner))
        for member in members
    ]
    base = code("{}.NamedTuple", scope.module("typing"))
    return class_definition(name, [base], description=description, members=fields)


def _tuple_field(member: ir.Member) -> Code:
    name = field_name(member)
    return identifier(f"{name}_" if name in TUPLE_MEMBERS else name)


def class_definition(
    name: Code,
    bases: Sequence[Code],
    *,
    description: str | None = None,
    members: Iterable[Code] = (),
) -> Code:
    """Return a class; without members and description it just passes."""
    description = stated(description)
    return render(
        "python/class.jinja",
        name=name,
        bases=list(bases),
        docstring=docstring(description) if description else None,
        members=list(members),
    )


def model_field(member: ir.Member, scope: Scope) -> Code:
    """Return one field of a model with its docstring."""
    description = stated(member.description)
    return render(
        "python/field.jinja",
        name=identifier(field_name(member)),
        annotation=_annotation(member, scope),
        default=_default(member, scope),
        docstring=docstring(description) if description else None,
    )


def static_member(member: ir.Member, scope: Scope) -> Code:
    """Return the plain type of a member, absence included."""
    if member.absent:
        return with_missing(member.type, scope, static_hint)
    return static_hint(member.type, scope)


def with_missing(
    kind: ir.Type, scope: Scope, hint: Callable[[ir.Type, Scope], Code]
) -> Code:
    """Return a type that may be missing; `None` stays at the end."""
    missing = code("{}.Missing", scope.module("types"))
    if isinstance(kind, ir.NullableType):
        return code("{} | {} | None", hint(kind.inner, scope), missing)
    return code("{} | {}", hint(kind, scope), missing)


def stated(description: str | None) -> str | None:
    """Return a description, or `None` when it says nothing."""
    return description if description and description.strip() else None


def _annotation(member: ir.Member, scope: Scope) -> Code:
    arguments = _field_arguments(member, scope)

    def spell(inner: Scope) -> Code:
        if member.absent:
            return with_missing(member.type, inner, wire_hint)
        return wire_parts(member.type, inner).name

    name = scope.annotation(spell)
    bounds = () if member.absent else wire_parts(member.type, scope).arguments
    return WireHint(name, (*bounds, *arguments)).render(scope)


def _field_arguments(member: ir.Member, scope: Scope) -> list[Code]:
    arguments: list[Code] = []
    if field_name(member) != member.name:
        arguments.append(code("alias={}", string_literal(member.name)))
    if member.absent:
        arguments.append(code("exclude_if={}.is_missing", scope.module("types")))
    if member.sensitive:
        arguments.append(Code("repr=False"))
    if member.deprecated is not None:
        arguments.append(code("deprecated={}", string_literal(member.deprecated)))
    return arguments


def _default(member: ir.Member, scope: Scope) -> Code | None:
    if member.default is None:
        return code("{}.MISSING", scope.module("types")) if member.absent else None
    value = member.default.value
    simple = scope.at_once(lambda inner: literal(member.type, value, inner))
    if simple is not None and not is_mutable(member.type, value, scope):
        return simple
    factory = _factory(member.type, value, scope)
    return code("{}.Field(default_factory={})", scope.module("pydantic"), factory)


def _factory(kind: ir.Type, value: ir.JsonValue, scope: Scope) -> Code:
    # Checkers infer the type of the items from `list[T]`, but not from `list`.
    plain = _resolved(kind, scope)
    if isinstance(plain, _EMPTY_FACTORIES) and not value:
        return _empty(plain, scope)
    return code("lambda: {}", literal(kind, value, scope))


def _resolved(kind: ir.Type, scope: Scope) -> ir.Type:
    """Look through `| null` and aliases."""
    if isinstance(kind, ir.NullableType):
        return _resolved(kind.inner, scope)
    if isinstance(kind, ir.NamedType):
        definition = scope.elements.type_named(kind.name)
        if isinstance(definition, ir.AliasDefinition):
            return _resolved(definition.type, scope)
    return kind


def _empty(kind: ir.ListType | ir.SetType | ir.MapType, scope: Scope) -> Code:
    match kind:
        case ir.ListType():
            name, parts = Code("list"), [kind.item]
        case ir.SetType():
            name, parts = Code("set"), [kind.item]
        case ir.MapType():
            name, parts = Code("dict"), [ir.ScalarType(name="string"), kind.value]
    hints = [scope.annotation(partial(static_hint, part)) for part in parts]
    return code("{}[{}]", scope.builtin(name), join(hints, ", "))
