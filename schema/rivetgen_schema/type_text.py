"""Types written back in the short form of the schema language."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterable

_Bounded: TypeAlias = ir.ScalarType | ir.ListType | ir.SetType | ir.MapType


def type_text(type_: ir.Type) -> str:
    """Return a type as it is written in a schema, such as `list<int>(1..100)`."""
    match type_:
        case ir.ScalarType() | ir.ListType() | ir.SetType() | ir.MapType():
            return f"{_bounded_text(type_)}{bounds_text(type_)}"
        case ir.EnumType(values=values):
            return f"enum<{' | '.join(values)}>"
        case ir.NullableType(inner=inner):
            return _united([inner]) + " | null"
        case ir.ChoiceType(options=options):
            return _united(options)
        case ir.NamedType(name=name):
            return name


def bounds_text(type_: _Bounded) -> str:
    """Return bounds as they are written, or an empty text when there are none."""
    if type_.minimum is None and type_.maximum is None:
        return ""
    low = "" if type_.minimum is None else type_.minimum
    high = "" if type_.maximum is None else type_.maximum
    return f"({low}..{high})"


def _bounded_text(type_: _Bounded) -> str:
    match type_:
        case ir.ScalarType(name=name):
            return name
        case ir.ListType(item=item):
            return f"list<{type_text(item)}>"
        case ir.SetType(item=item):
            return f"set<{type_text(item)}>"
        case ir.MapType(value=value):
            return f"map<{type_text(value)}>"


def _united(types: Iterable[ir.Type]) -> str:
    return " | ".join(type_text(type_) for type_ in types)
