"""Type expressions.

A *static* hint is what people read in signatures (`int`); a *wire* hint is what
models and definitions validate (`_types.Int`, with bounds). Checkers see the same
type in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import string_literal
from rivetgen.python.literals import number_literal
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rivetgen.python.imports import Module
    from rivetgen.python.scopes import Scope


@dataclass(frozen=True, slots=True)
class Scalar:
    """Spelling of one scalar type.

    Attributes:
        wire: Name of the validating alias in `rivetgen_client.types`.
        name: Name of the Python type.
        module: Module that holds it; `None` is a builtin.
        measured: Whether bounds are lengths.
    """

    wire: Code
    name: Code
    module: Module | None = None
    measured: bool = False


SCALARS: Mapping[ir.ScalarName, Scalar] = {
    "string": Scalar(Code("Str"), Code("str"), measured=True),
    "int": Scalar(Code("Int"), Code("int")),
    "bigint": Scalar(Code("BigInt"), Code("int")),
    "float": Scalar(Code("Float"), Code("float")),
    "bool": Scalar(Code("Bool"), Code("bool")),
    "decimal": Scalar(Code("Decimal"), Code("Decimal"), "decimal"),
    "bytes": Scalar(Code("Bytes"), Code("bytes"), measured=True),
    "datetime": Scalar(Code("DateTime"), Code("datetime"), "datetime"),
    "date": Scalar(Code("Date"), Code("date"), "datetime"),
    "time": Scalar(Code("Time"), Code("time"), "datetime"),
    "duration": Scalar(Code("Duration"), Code("timedelta"), "datetime"),
    "uuid": Scalar(Code("Uuid"), Code("UUID"), "uuid"),
    "uri": Scalar(Code("Uri"), Code("str"), measured=True),
    "email": Scalar(Code("Email"), Code("str"), measured=True),
    "json": Scalar(Code("Json"), Code("Json"), "types"),
    "none": Scalar(Code("None"), Code("None")),
}


def static_hint(kind: ir.Type, scope: Scope) -> Code:
    """Return the plain Python type of a schema type."""
    match kind:
        case ir.ScalarType():
            return _static_scalar(SCALARS[kind.name], scope)
        case ir.NamedType():
            return _static_named(kind, scope)
        case _:
            return _composed(kind, scope, static_hint)


def wire_hint(kind: ir.Type, scope: Scope) -> Code:
    """Return the type that validates values of a schema type."""
    match kind:
        case ir.ScalarType():
            return _wire_scalar(kind, scope)
        case ir.NamedType():
            return _wire_named(kind, scope)
        case ir.ListType() | ir.SetType() | ir.MapType():
            plain = _composed(kind, scope, wire_hint)
            return _bounded(plain, kind, scope, measured=True)
        case _:
            return _composed(kind, scope, wire_hint)


def annotated(hint: Code, arguments: list[Code], scope: Scope) -> Code:
    """Attach a pydantic `Field` to a type; without arguments there is nothing to do."""
    if not arguments:
        return hint
    return code(
        "{}.Annotated[{}, {}.Field({})]",
        scope.module("typing"),
        hint,
        scope.module("pydantic"),
        join(arguments, ", "),
    )


def _static_scalar(scalar: Scalar, scope: Scope) -> Code:
    if scalar.module is None:
        return scope.builtin(scalar.name)
    return code("{}.{}", scope.module(scalar.module), scalar.name)


def _wire_scalar(kind: ir.ScalarType, scope: Scope) -> Code:
    if kind.name == "none":
        return Code("None")
    scalar = SCALARS[kind.name]
    plain = code("{}.{}", scope.module("types"), scalar.wire)
    return _bounded(plain, kind, scope, measured=scalar.measured)


def _static_named(kind: ir.NamedType, scope: Scope) -> Code:
    name = scope.type_name(kind.name)
    if _is_open(kind, scope):
        return code("{} | {}", name, scope.builtin(Code("str")))
    return name


def _wire_named(kind: ir.NamedType, scope: Scope) -> Code:
    name = scope.type_name(kind.name)
    if not _is_open(kind, scope):
        return name
    text = code("{} | {}.Str", name, scope.module("types"))
    return annotated(text, [Code('union_mode="left_to_right"')], scope)


def _is_open(kind: ir.NamedType, scope: Scope) -> bool:
    definition = scope.schema.type_named(kind.name)
    return isinstance(definition, ir.EnumDefinition) and definition.open


def _composed(
    kind: ir.Type, scope: Scope, hint: Callable[[ir.Type, Scope], Code]
) -> Code:
    match kind:
        case ir.ListType() | ir.SetType() | ir.MapType():
            return _collection(kind, scope, hint)
        case ir.EnumType():
            values = join([string_literal(value) for value in kind.values], ", ")
            return code("{}.Literal[{}]", scope.module("typing"), values)
        case ir.NullableType():
            return code("{} | None", hint(kind.inner, scope))
        case ir.ChoiceType():
            options = dict.fromkeys(hint(option, scope) for option in kind.options)
            return join(options, " | ")
        case ir.ScalarType() | ir.NamedType():
            return hint(kind, scope)


def _collection(
    kind: ir.ListType | ir.SetType | ir.MapType,
    scope: Scope,
    hint: Callable[[ir.Type, Scope], Code],
) -> Code:
    match kind:
        case ir.ListType():
            return code("{}[{}]", scope.builtin(Code("list")), hint(kind.item, scope))
        case ir.SetType():
            return code("{}[{}]", scope.builtin(Code("set")), hint(kind.item, scope))
        case ir.MapType():
            names = scope.builtin(Code("dict")), scope.builtin(Code("str"))
            return code("{}[{}, {}]", *names, hint(kind.value, scope))


def _bounded(
    plain: Code,
    kind: ir.ScalarType | ir.ListType | ir.SetType | ir.MapType,
    scope: Scope,
    *,
    measured: bool,
) -> Code:
    names = (Code("min_length"), Code("max_length")) if measured else _LIMITS
    bounds = zip(names, (kind.minimum, kind.maximum), strict=True)
    arguments = [
        code("{}={}", name, number_literal(bound))
        for name, bound in bounds
        if bound is not None
    ]
    return annotated(plain, arguments, scope)


_LIMITS = (Code("ge"), Code("le"))
