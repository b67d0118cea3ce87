"""Type expressions.

A *static* hint is what people read in signatures (`int`); a *wire* hint is what
models and definitions validate (`_types.Int`, with bounds). Checkers see the same
type in both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import string_literal
from rivetgen.python.literals import number_literal
from rivetgen.python.scalars import SCALARS, Scalar
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen.python.scopes import Scope


@dataclass(frozen=True, slots=True)
class WireHint:
    """A type and the arguments of the pydantic `Field` that bounds it.

    Attributes:
        name: The type without bounds.
        arguments: Keyword arguments of the `Field`.
    """

    name: Code
    arguments: tuple[Code, ...] = ()

    def render(self, scope: Scope) -> Code:
        """Return the type, with a `Field` only if there is something to say."""
        if not self.arguments:
            return self.name
        return code(
            "{}.Annotated[{}, {}.Field({})]",
            scope.module("typing"),
            self.name,
            scope.module("pydantic"),
            join(self.arguments, ", "),
        )


def static_hint(kind: ir.Type, scope: Scope) -> Code:
    """Return the plain Python type of a schema type."""
    match kind:
        case ir.ScalarType():
            return _static_scalar(SCALARS[kind.name], scope)
        case ir.NamedType():
            return _static_named(kind, scope)
        case ir.NullableType():
            return code("{} | None", static_hint(kind.inner, scope))
        case ir.ChoiceType():
            options = (static_hint(option, scope) for option in kind.options)
            return join(dict.fromkeys(options), " | ")
        case ir.EnumType() | ir.ListType() | ir.SetType() | ir.MapType():
            return _composed(kind, scope, static_hint)


def wire_hint(kind: ir.Type, scope: Scope) -> Code:
    """Return the type that validates values of a schema type."""
    return wire_parts(kind, scope).render(scope)


def wire_parts(kind: ir.Type, scope: Scope) -> WireHint:
    """Return the type that validates, apart from its bounds."""
    match kind:
        case ir.ScalarType():
            return _wire_scalar(kind, scope)
        case ir.NamedType():
            return _wire_named(kind, scope)
        case ir.NullableType():
            # Bounds stay outside: checkers know no `Annotated[...] | None` as a value.
            inner = wire_parts(kind.inner, scope)
            return replace(inner, name=code("{} | None", inner.name))
        case ir.ChoiceType():
            return _wire_choice(kind, scope)
        case ir.EnumType():
            return WireHint(_composed(kind, scope, wire_hint))
        case ir.ListType() | ir.SetType() | ir.MapType():
            plain = _composed(kind, scope, wire_hint)
            return WireHint(plain, _bounds(kind, _LENGTHS))


def _static_scalar(scalar: Scalar, scope: Scope) -> Code:
    if scalar.module is None:
        return scope.builtin(scalar.name)
    return code("{}.{}", scope.module(scalar.module), scalar.name)


def _wire_scalar(kind: ir.ScalarType, scope: Scope) -> WireHint:
    if kind.name == "none":
        return WireHint(Code("None"))
    scalar = SCALARS[kind.name]
    plain = code("{}.{}", scope.module("types"), scalar.wire)
    return WireHint(plain, _bounds(kind, _LENGTHS if scalar.measured else _LIMITS))


def _static_named(kind: ir.NamedType, scope: Scope) -> Code:
    name = scope.type_name(kind.name)
    if _is_open(kind, scope):
        return code("{} | {}", name, scope.builtin(Code("str")))
    return name


def _wire_named(kind: ir.NamedType, scope: Scope) -> WireHint:
    name = scope.type_name(kind.name)
    if not _is_open(kind, scope):
        return WireHint(name)
    # Otherwise pydantic would prefer the text, which always fits.
    text = code("{} | {}.Str", name, scope.module("types"))
    return WireHint(text, (Code('union_mode="left_to_right"'),))


def _wire_choice(kind: ir.ChoiceType, scope: Scope) -> WireHint:
    options = [wire_parts(option, scope) for option in kind.options]
    text = join(dict.fromkeys(option.render(scope) for option in options), " | ")
    if any(option.arguments for option in options):
        return WireHint(text, (Code('union_mode="smart"'),))
    return WireHint(text)


def _is_open(kind: ir.NamedType, scope: Scope) -> bool:
    definition = scope.elements.type_named(kind.name)
    return isinstance(definition, ir.EnumDefinition) and definition.open


def _composed(
    kind: ir.EnumType | ir.ListType | ir.SetType | ir.MapType,
    scope: Scope,
    hint: Callable[[ir.Type, Scope], Code],
) -> Code:
    match kind:
        case ir.EnumType():
            values = join([string_literal(value) for value in kind.values], ", ")
            return code("{}.Literal[{}]", scope.module("typing"), values)
        case ir.ListType():
            return code("{}[{}]", scope.builtin(Code("list")), hint(kind.item, scope))
        case ir.SetType():
            return code("{}[{}]", scope.builtin(Code("set")), hint(kind.item, scope))
        case ir.MapType():
            names = scope.builtin(Code("dict")), scope.builtin(Code("str"))
            return code("{}[{}, {}]", *names, hint(kind.value, scope))


_LIMITS = (Code("ge"), Code("le"))
_LENGTHS = (Code("min_length"), Code("max_length"))


def _bounds(
    kind: ir.ScalarType | ir.ListType | ir.SetType | ir.MapType,
    names: tuple[Code, Code],
) -> tuple[Code, ...]:
    bounds = zip(names, (kind.minimum, kind.maximum), strict=True)
    return tuple(
        code("{}={}", name, number_literal(bound))
        for name, bound in bounds
        if bound is not None
    )
