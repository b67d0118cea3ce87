"""Whether a value is valid for a type, and its spelling on the wire."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, NoReturn, TypeVar
from uuid import UUID

from rivetgen_schema import ir
from rivetgen_schema.errors import SchemaError
from rivetgen_schema.findings import Suggestion, list_names
from rivetgen_schema.literals import (
    Entries,
    Items,
    Literal,
    Quoted,
    Word,
    json_of_literal,
)
from rivetgen_schema.scalars import MAXIMUM_DIGITS, core_value
from rivetgen_schema.sections import DURATION_UNITS_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rivetgen_schema.ir import JsonValue

MAXIMUM_INT = 2**53 - 1
"""`int` travels as a JSON number, which is exact up to here."""

MAXIMUM_DEPTH = 64

_DECIMAL = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_SHORT_DURATION = re.compile(r"([0-9]{1,12})(ms|s|m|h|d)")
_ISO_DURATION = re.compile(
    r"-?P(?=.)(?:[0-9]+W|(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?)"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class ValueProblemError(SchemaError):
    """A value is not valid for its type."""

    def __init__(self, message: str, *, fix: str | Suggestion) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def checked_value(
    literal: Literal,
    type_: ir.Type,
    *,
    definitions: Mapping[str, ir.TypeDefinition],
) -> JsonValue:
    """Return the JSON form of a value after checking it against its type.

    Raises:
        ValueProblemError: The value is not valid for the type.
    """
    return _Checker(definitions).value(literal, type_, depth=1)


@dataclass(frozen=True, slots=True)
class _Checker:
    definitions: Mapping[str, ir.TypeDefinition]

    def value(self, literal: Literal, type_: ir.Type, *, depth: int) -> JsonValue:
        if depth > MAXIMUM_DEPTH:
            _fail("The value is nested too deeply", fix="Use a simpler value")
        match type_:
            case ir.NullableType():
                if _is_null(literal):
                    return None
                return self.value(literal, type_.inner, depth=depth + 1)
            case ir.MapType():
                return self._map(literal, type_, depth=depth)
            case ir.NamedType():
                return self._named(literal, type_, depth=depth)
            case ir.ListType() | ir.SetType():
                return self._items(literal, type_, depth=depth)
            case ir.ScalarType() | ir.EnumType() | ir.ChoiceType():
                return _single(literal, type_)

    def _items(
        self, literal: Literal, type_: ir.ListType | ir.SetType, *, depth: int
    ) -> JsonValue:
        if not isinstance(literal, Items):
            _fail("A list is needed here", fix="Write `[]` or a list in brackets")
        items = [
            self.value(item, type_.item, depth=depth + 1) for item in literal.items
        ]
        if isinstance(type_, ir.SetType):
            spelled = {json.dumps(item, sort_keys=True) for item in items}
            if len(spelled) != len(items):
                _fail("A set holds no item twice", fix="Remove the repeated item")
        _check_range(len(items), type_.minimum, type_.maximum, what="number of items")
        return items

    def _map(self, literal: Literal, type_: ir.MapType, *, depth: int) -> JsonValue:
        if not isinstance(literal, Entries):
            _fail("A map is needed here", fix="Write `{}` or a map in braces")
        result: dict[str, JsonValue] = {
            name: self.value(value, type_.value, depth=depth + 1)
            for name, value in literal.entries
        }
        _check_range(
            len(result), type_.minimum, type_.maximum, what="number of entries"
        )
        return result

    def _named(self, literal: Literal, type_: ir.NamedType, *, depth: int) -> JsonValue:
        definition = self.definitions.get(type_.name)
        match definition:
            case None | ir.JsonSchemaDefinition():
                # An unknown name has its own finding.
                return json_of_literal(literal)
            case ir.AliasDefinition():
                return self.value(literal, definition.type, depth=depth + 1)
            case ir.EnumDefinition():
                return _enum_value(literal, tuple(v.value for v in definition.values))
            case ir.ObjectDefinition():
                return self._object(
                    literal, definition.fields, name=type_.name, depth=depth
                )
            case ir.UnionDefinition():
                return self._union(literal, definition, depth=depth)

    def _object(
        self,
        literal: Literal,
        fields: tuple[ir.Member, ...],
        *,
        name: str,
        depth: int,
    ) -> dict[str, JsonValue]:
        if not isinstance(literal, Entries):
            _fail(f"A `{name}` is a map", fix="Write the fields in braces")
        given = dict(literal.entries)
        by_name = {member.name: member for member in fields}
        for key in given:
            if key not in by_name:
                _fail(
                    f"`{name}` has no field `{key}`",
                    fix=Suggestion(key, by_name, otherwise="Remove it."),
                )
        for member in fields:
            if member.required and member.name not in given:
                _fail(f"The field `{member.name}` is missing", fix="Give it a value")
        return {
            key: self.value(value, by_name[key].type, depth=depth + 1)
            for key, value in given.items()
        }

    def _union(
        self, literal: Literal, definition: ir.UnionDefinition, *, depth: int
    ) -> JsonValue:
        given = dict(literal.entries) if isinstance(literal, Entries) else {}
        tags = tuple(variant.tag_value for variant in definition.variants)
        tag = given.pop(definition.tag, None)
        if tag is None:
            _fail(
                f"The tag `{definition.tag}` is missing",
                fix=f"Add `{definition.tag}` with {list_names(tags)}",
            )
        tag_value = _enum_value(tag, tags)
        variant = next(v for v in definition.variants if v.tag_value == tag_value)
        rest = Entries(tuple(given.items()))
        fields = self._object(rest, variant.fields, name=definition.name, depth=depth)
        return {definition.tag: tag_value, **fields}


def _fail(message: str, *, fix: str | Suggestion) -> NoReturn:
    whole = f"{fix}." if isinstance(fix, str) else fix
    raise ValueProblemError(f"{message}.", fix=whole)


def _single(
    literal: Literal, type_: ir.ScalarType | ir.EnumType | ir.ChoiceType
) -> JsonValue:
    if isinstance(type_, ir.ScalarType):
        return _scalar(literal, type_)
    if isinstance(type_, ir.EnumType):
        return _enum_value(literal, type_.values)
    return _choice(literal, type_)


def _is_null(literal: Literal) -> bool:
    return isinstance(literal, Word) and core_value(literal.text) is None


def _text(literal: Literal) -> str:
    if isinstance(literal, Word | Quoted):
        return literal.text
    return _fail("A single value is needed here", fix="Write it without brackets")


def _enum_value(literal: Literal, values: tuple[str, ...]) -> str:
    text = _text(literal)
    if text not in values:
        _fail(
            f"`{text[:40]}` is not a value of this enum",
            fix=Suggestion(
                text[:64], values, otherwise=f"Write {list_names(values[:8])}."
            ),
        )
    return text


def _choice(literal: Literal, type_: ir.ChoiceType) -> JsonValue:
    for option in type_.options:
        try:
            return _scalar(literal, option)
        except ValueProblemError:
            continue
    names = list_names(option.name for option in type_.options)
    return _fail("The value fits none of the types", fix=f"Write {names}")


def _scalar(literal: Literal, type_: ir.ScalarType) -> JsonValue:
    if type_.name == "json":
        return json_of_literal(literal)
    if type_.name == "none" and _is_null(literal):
        return None
    if isinstance(literal, Items | Entries) or type_.name not in _CHECKS:
        _fail(f"This is not a value of `{type_.name}`", fix="Write a fitting value")
    value = _CHECKS[type_.name](literal)
    _check_bounds(value, type_)
    return value


def _string(literal: Word | Quoted) -> str:
    text = literal.text
    if isinstance(literal, Word) and not isinstance(core_value(text), str):
        _fail(f"`{text}` is not a text", fix=f'Put it in quotes: `"{text}"`')
    if re.search("[\ud800-\udfff]", text):
        _fail("The text holds half of a surrogate pair", fix="Remove the escape")
    return text


def _whole(literal: Word | Quoted) -> int:
    value = core_value(literal.text) if isinstance(literal, Word) else None
    if not isinstance(value, int) or isinstance(value, bool):
        _fail(f"`{literal.text[:40]}` is not a whole number", fix="Write one, like `1`")
    return value


def _int(literal: Word | Quoted) -> int:
    value = _whole(literal)
    if abs(value) > MAXIMUM_INT:
        _fail(
            "An `int` must be between -(2^53-1) and 2^53-1",
            fix="Use a smaller number or the type `bigint`",
        )
    return value


def _float(literal: Word | Quoted) -> float:
    value = core_value(literal.text) if isinstance(literal, Word) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        _fail(f"`{literal.text[:40]}` is not a number", fix="Write one, like `0.5`")
    return float(value)


def _bool(literal: Word | Quoted) -> bool:
    value = core_value(literal.text) if isinstance(literal, Word) else None
    if not isinstance(value, bool):
        _fail(
            f"`{literal.text[:40]}` is neither true nor false",
            fix="Write `true` or `false`",
        )
    return value


def _decimal(literal: Word | Quoted) -> str:
    text = literal.text
    if not _DECIMAL.fullmatch(text) or len(text) > MAXIMUM_DIGITS:
        _fail(f"`{text[:40]}` is not a decimal number", fix="Write one, like `9.90`")
    return text.removeprefix("+")


def _bytes(literal: Word | Quoted) -> str:
    try:
        base64.b64decode(literal.text, validate=True)
    except (binascii.Error, ValueError):
        _fail("The bytes are not base64", fix='Write base64, like `"aGk="`')
    return literal.text


def _datetime(literal: Word | Quoted) -> str:
    value = _parsed(literal, _utc_time, example="2026-01-31T12:00:00Z")
    return value.isoformat().replace("+00:00", "Z")


def _utc_time(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        _fail("The time has no zone", fix="Add `Z` for UTC")
    return value.astimezone(UTC)


def _date(literal: Word | Quoted) -> str:
    return _parsed(literal, date.fromisoformat, example="2026-01-31").isoformat()


def _time(literal: Word | Quoted) -> str:
    return _parsed(literal, time.fromisoformat, example="12:30:00").isoformat()


def _uuid(literal: Word | Quoted) -> str:
    return str(_parsed(literal, UUID, example="00000000-0000-4000-8000-000000000000"))


def _duration(literal: Word | Quoted) -> str:
    text = literal.text
    short = _SHORT_DURATION.fullmatch(text)
    if short:
        return _iso_duration(int(short[1]) * DURATION_UNITS_MS[short[2]])
    if not _ISO_DURATION.fullmatch(text):
        _fail(
            f"`{text[:40]}` is not a duration", fix="Write one, like `15s` or `PT15S`"
        )
    return text


def _iso_duration(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1_000)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    return f"PT{seconds}{fraction}S"


def _uri(literal: Word | Quoted) -> str:
    if not _URI.fullmatch(literal.text):
        _fail("This is not a URI", fix="Write one, like `https://example.org/`")
    return literal.text


def _email(literal: Word | Quoted) -> str:
    if not _EMAIL.fullmatch(literal.text):
        _fail("This is not an address", fix="Write one, like `a@example.org`")
    return literal.text


_Parsed = TypeVar("_Parsed")


def _parsed(
    literal: Word | Quoted, parse: Callable[[str], _Parsed], *, example: str
) -> _Parsed:
    try:
        return parse(literal.text)
    except (ValueError, OverflowError):
        return _fail(f"`{literal.text[:40]}` is not valid", fix=f"Write `{example}`")


_CHECKS: Mapping[ir.ScalarName, Callable[[Word | Quoted], JsonValue]] = {
    "string": _string,
    "int": _int,
    "bigint": _whole,
    "float": _float,
    "bool": _bool,
    "decimal": _decimal,
    "bytes": _bytes,
    "datetime": _datetime,
    "date": _date,
    "time": _time,
    "duration": _duration,
    "uuid": _uuid,
    "uri": _uri,
    "email": _email,
}


def _check_bounds(value: JsonValue, type_: ir.ScalarType) -> None:
    if type_.minimum is None and type_.maximum is None:
        return
    if type_.name == "bytes":
        measured: float = len(base64.b64decode(str(value)))
    elif type_.name == "string":
        measured = len(str(value))
    elif isinstance(value, int | float):
        measured = value
    else:
        measured = float(str(value))
    what = "length" if type_.name in {"string", "bytes"} else "value"
    _check_range(measured, type_.minimum, type_.maximum, what=what)


def _check_range(
    value: float, minimum: float | None, maximum: float | None, *, what: str
) -> None:
    low = minimum is not None and value < minimum
    high = maximum is not None and value > maximum
    if low or high:
        least = "" if minimum is None else minimum
        most = "" if maximum is None else maximum
        _fail(f"The {what} is outside ({least}..{most})", fix="Stay within the bounds")
