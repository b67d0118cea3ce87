"""Typed access to the fields of a decoded map.

Every function raises ``MalformedMessageError`` when the field is missing or of another
type; the ``optional_`` ones return None for a missing field and for null.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from .errors import MalformedMessageError
from .limits import MAX_ID
from .values import UNDEFINED, BigInt

__all__ = [
    "Fields",
    "as_fields",
    "boolean",
    "identifier",
    "optional_boolean",
    "optional_identifier",
    "optional_map",
    "optional_text",
    "required",
    "text",
]

Fields: TypeAlias = Mapping[str, Any]


def as_fields(value: object, what: str) -> Fields:
    """The value, which has to be a map."""
    if not isinstance(value, dict):
        reason = f"{what} is not a map"
        raise MalformedMessageError(reason)
    return cast("Fields", value)


def required(fields: Fields, name: str) -> Any:
    """The field as it is."""
    try:
        return fields[name]
    except KeyError as error:
        reason = f"{name} is missing"
        raise MalformedMessageError(reason) from error


def text(fields: Fields, name: str) -> str:
    """A string."""
    value = required(fields, name)
    if not isinstance(value, str):
        reason = f"{name} is not a string"
        raise MalformedMessageError(reason)
    return value


def boolean(fields: Fields, name: str) -> bool:
    """A boolean."""
    value = required(fields, name)
    if not isinstance(value, bool):
        reason = f"{name} is not a boolean"
        raise MalformedMessageError(reason)
    return value


def identifier(fields: Fields, name: str) -> int:
    """An unsigned 64-bit integer, as a number or a BigInt."""
    value = required(fields, name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) in (int, BigInt) and 0 <= value <= MAX_ID:
        return int(value)
    reason = f"{name} is not an unsigned 64-bit integer"
    raise MalformedMessageError(reason)


def _is_absent(fields: Fields, name: str) -> bool:
    value = fields.get(name)
    return value is None or value is UNDEFINED


def optional_text(fields: Fields, name: str) -> str | None:
    """A string, if any."""
    return None if _is_absent(fields, name) else text(fields, name)


def optional_boolean(fields: Fields, name: str) -> bool | None:
    """A boolean, if any."""
    return None if _is_absent(fields, name) else boolean(fields, name)


def optional_identifier(fields: Fields, name: str) -> int | None:
    """An unsigned 64-bit integer, if any."""
    return None if _is_absent(fields, name) else identifier(fields, name)


def optional_map(fields: Fields, name: str) -> Fields | None:
    """A map, if any."""
    return None if _is_absent(fields, name) else as_fields(fields[name], name)
