"""Default values of the schema as Python expressions.

The JSON form of a default is described at `rivetgen_schema.ir.Default`.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
import re
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.errors import EmissionError
from rivetgen.escaping import identifier, string_literal
from rivetgen.json_models.findings import is_model
from rivetgen.naming import enum_constant, field_name
from rivetgen.python.scalars import SCALARS
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import JsonValue

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>[0-9.]+)W)?(?:(?P<days>[0-9.]+)D)?"
    r"(?:T(?:(?P<hours>[0-9.]+)H)?(?:(?P<minutes>[0-9.]+)M)?"
    r"(?:(?P<seconds>[0-9.]+)S)?)?"
)


def number_literal(value: int | float) -> Code:  # noqa: PYI041 - ints stay ints
    """Return a finite number.

    Raises:
        EmissionError: The number is infinite or not a number.
    """
    if isinstance(value, float) and not math.isfinite(value):
        msg = f"{value} has no literal"
        raise EmissionError(msg)
    return Code(repr(value))


def json_literal(value: JsonValue) -> Code:
    """Return any JSON value as a Python expression."""
    match value:
        case None | bool():
            return Code(repr(value))
        case int() | float():
            return number_literal(value)
        case str():
            return string_literal(value)
        case list():
            return _brackets([json_literal(item) for item in value])
        case dict():
            return _braces(
                (string_literal(name), json_literal(item))
                for name, item in value.items()
            )


def is_mutable(kind: ir.Type, value: JsonValue, scope: Scope) -> bool:
    """Whether a default must be made anew for each use."""
    match kind:
        case ir.NullableType():
            return value is not None and is_mutable(kind.inner, value, scope)
        case ir.NamedType():
            definition = scope.elements.type_named(kind.name)
            if isinstance(definition, ir.AliasDefinition):
                return is_mutable(definition.type, value, scope)
            return not isinstance(definition, ir.EnumDefinition)
        case ir.ScalarType():
            return isinstance(value, list | dict)
        case ir.EnumType() | ir.ChoiceType():
            return False
        case ir.ListType() | ir.SetType() | ir.MapType():
            return True


def fits_signature(kind: ir.Type, value: JsonValue, scope: Scope) -> bool:
    """Whether a default can stand in a signature, where linters allow few calls."""
    match kind:
        case ir.NullableType():
            return value is None or fits_signature(kind.inner, value, scope)
        case ir.NamedType():
            definition = scope.elements.type_named(kind.name)
            if isinstance(definition, ir.AliasDefinition):
                return fits_signature(definition.type, value, scope)
            return not is_mutable(kind, value, scope)
        case ir.ChoiceType():
            return _chosen(kind, value) != "uuid"
        case ir.ScalarType(name="uuid"):
            return False
        case _:
            return not is_mutable(kind, value, scope)


def literal(kind: ir.Type, value: JsonValue, scope: Scope) -> Code:
    """Return a default in JSON form as an expression of the Python type."""
    match kind:
        case ir.NullableType():
            return Code("None") if value is None else literal(kind.inner, value, scope)
        case ir.ScalarType():
            return _scalar(kind.name, value, scope)
        case ir.ChoiceType():
            return _scalar(_chosen(kind, value), value, scope)
        case ir.EnumType():
            return string_literal(_text(value))
        case ir.NamedType():
            return _named(kind.name, value, scope)
        case ir.ListType() | ir.SetType() | ir.MapType():
            return _collection(kind, value, scope)


def _collection(
    kind: ir.ListType | ir.SetType | ir.MapType, value: JsonValue, scope: Scope
) -> Code:
    match kind:
        case ir.ListType():
            return _brackets(literal(kind.item, item, scope) for item in _items(value))
        case ir.SetType():
            items = [literal(kind.item, item, scope) for item in _items(value)]
            empty = code("{}()", scope.builtin(Code("set")))
            return code("{{{}}}", join(items, ", ")) if items else empty
        case ir.MapType():
            return _braces(
                (string_literal(name), literal(kind.value, item, scope))
                for name, item in _entries(value).items()
            )


def _scalar(name: ir.ScalarName, value: JsonValue, scope: Scope) -> Code:
    match name:
        case "decimal" | "uuid":
            text = str(value)
            is_whole = name == "decimal" and _WHOLE.fullmatch(text)
            part = Code(text) if is_whole else string_literal(text)
            return code("{}.{}({})", scope.module(name), SCALARS[name].name, part)
        case "bytes":
            return _bytes(base64.b64decode(_text(value)))
        case "datetime" | "date" | "time" | "duration":
            return _temporal(name, _text(value), scope)
        case "float" if isinstance(value, int):
            return number_literal(float(value))
        case "json" if isinstance(value, list | dict):
            # Checkers would infer a type of items that JSON values are not.
            names = scope.module("typing"), scope.module("types")
            return code('{}.cast("{}.Json", {})', *names, json_literal(value))
        case _:
            return json_literal(value)


def _temporal(name: ir.ScalarName, text: str, scope: Scope) -> Code:
    module = scope.module("datetime")
    match name:
        case "date":
            day = dt.date.fromisoformat(text)
            return _call(code("{}.date", module), day.year, day.month, day.day)
        case "time":
            moment = dt.time.fromisoformat(text)
            parts = (moment.hour, moment.minute, moment.second, moment.microsecond)
            return _call(code("{}.time", module), *_trimmed(parts, 2))
        case "duration":
            return _duration(text, module)
        case _:
            return _datetime(text, module)


def _datetime(text: str, module: Code) -> Code:
    moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    day = (moment.year, moment.month, moment.day)
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond)
    parts = [number_literal(part) for part in _trimmed((*day, *clock), len(day))]
    text = join(parts, ", ")
    return code("{}.datetime({}, tzinfo={}.UTC)", module, text, module)


def _trimmed(parts: tuple[int, ...], least: int) -> tuple[int, ...]:
    """Leave out the zeros at the end, but keep some parts."""
    while len(parts) > least and parts[-1] == 0:
        parts = parts[:-1]
    return parts


def _duration(text: str, module: Code) -> Code:
    match = _DURATION.fullmatch(text)
    if match is None:
        msg = f"{text!r} is not a duration"
        raise EmissionError(msg)
    sign = -1 if match["sign"] else 1
    parts = {
        name: sign * float(amount)
        for name, amount in match.groupdict().items()
        if name != "sign" and amount
    }
    whole = {
        name: int(part) if part == int(part) else part for name, part in parts.items()
    }
    arguments = join(
        [
            code("{}={}", identifier(name), number_literal(part))
            for name, part in whole.items()
        ],
        ", ",
    )
    return code("{}.timedelta({})", module, arguments)


def _named(name: str, value: JsonValue, scope: Scope) -> Code:
    definition = scope.elements.type_named(name)
    match definition:
        case ir.EnumDefinition():
            return _enum(definition, _text(value), scope)
        case ir.AliasDefinition():
            return literal(definition.type, value, scope)
        case ir.ObjectDefinition():
            return _object(scope.type_name(name), definition.fields, value, scope=scope)
        case ir.UnionDefinition():
            return _union(definition, _entries(value), scope)
        case ir.JsonSchemaDefinition():
            return _validated(definition, value, scope)


def _validated(
    definition: ir.JsonSchemaDefinition, value: JsonValue, scope: Scope
) -> Code:
    """Return a value that the models of a JSON Schema make themselves."""
    name = scope.type_name(definition.name)
    if is_model(definition):
        return code("{}.model_validate({})", name, json_literal(value))
    adapter = code("{}.TypeAdapter[{}]({})", scope.module("pydantic"), name, name)
    return code("{}.validate_python({})", adapter, json_literal(value))


def _enum(definition: ir.EnumDefinition, value: str, scope: Scope) -> Code:
    for member in definition.values:
        if member.value == value:
            name = scope.type_name(definition.name)
            return code("{}.{}", name, identifier(enum_constant(member)))
    return string_literal(value)


def _union(
    definition: ir.UnionDefinition, value: dict[str, JsonValue], scope: Scope
) -> Code:
    tag = value.get(definition.tag)
    for variant in definition.variants:
        if variant.tag_value == tag:
            name = scope.variant_name(definition, variant)
            return _object(name, variant.fields, value, scope=scope)
    msg = f"{definition.name} has no variant {tag!r}"
    raise EmissionError(msg)


def _object(
    name: Code, fields: Iterable[ir.Member], value: JsonValue, *, scope: Scope
) -> Code:
    given = _entries(value)
    arguments = [
        code(
            "{}={}",
            identifier(field_name(member)),
            literal(member.type, given[member.name], scope),
        )
        for member in fields
        if member.name in given
    ]
    return code("{}({})", name, join(arguments, ", "))


def _chosen(kind: ir.ChoiceType, value: JsonValue) -> ir.ScalarName:
    """Return the option of a choice that a default belongs to."""
    for option in kind.options:
        if isinstance(value, _JSON_TYPES[option.name]) and not (
            isinstance(value, bool) and option.name != "bool"
        ):
            return option.name
    return "json"


_JSON_TYPES: Mapping[ir.ScalarName, tuple[type, ...]] = {
    "int": (int,),
    "bigint": (int,),
    "float": (int, float),
    "bool": (bool,),
    "none": (type(None),),
    "json": (object,),
    "string": (str,),
    "bytes": (str,),
    "decimal": (str,),
    "datetime": (str,),
    "date": (str,),
    "time": (str,),
    "duration": (str,),
    "uuid": (str,),
    "uri": (str,),
    "email": (str,),
}


def _brackets(items: Iterable[Code]) -> Code:
    return code("[{}]", join(items, ", "))


def _braces(items: Iterable[tuple[Code, Code]]) -> Code:
    entries = [code("{}: {}", name, item) for name, item in items]
    return code("{{{}}}", join(entries, ", "))


def _call(name: Code, *arguments: int) -> Code:
    parts = [number_literal(argument) for argument in arguments]
    return code("{}({})", name, join(parts, ", "))


def _bytes(value: bytes) -> Code:
    text = "".join(chr(byte) if _is_plain(byte) else f"\\x{byte:02x}" for byte in value)
    return Code(f'b"{text}"')


def _is_plain(byte: int) -> bool:
    return 0x20 <= byte < 0x7F and chr(byte) not in '"\\'


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    msg = f"a default should be text, not {type(value).__name__}"
    raise EmissionError(msg)


def _items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _entries(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}
