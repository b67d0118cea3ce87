"""The values that actions, events and queues carry, and their "compat" form.

A value is None, bool, int, float, str, bytes, datetime, ``UNDEFINED``, or a list,
tuple, dict with string keys, set or frozenset of values. JSON and CBOR as JavaScript
reads them lack some of these; the protocol writes them as two-element arrays:

=====================  ==============================
bytes                  ``["$Uint8Array", "<base64>"]``
``BigInt``, large int  ``["$BigInt", "<decimal>"]``
``UNDEFINED``          ``["$Undefined", 0]``
set, frozenset         ``["$Set", [...]]``
list ``["$x", y]``     ``["$$x", y]``
=====================  ==============================

``["$ArrayBuffer", "<base64>"]`` is read as bytes too. A set with members that are
lists, maps, sets or integers beyond 64 bits is read as a list. Nothing is copied that
does not change.
"""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias, cast

from .errors import MalformedMessageError, UnsupportedValueError
from .limits import MAX_BIGINT_BITS, MAX_NESTING_DEPTH, MAX_SAFE_INTEGER

__all__ = [
    "UNDEFINED",
    "BigInt",
    "DecodeProfile",
    "LeafRules",
    "Undefined",
    "Value",
    "decode_base64",
    "decode_compat",
    "encode_base64",
    "encode_compat",
]


class Undefined(Enum):
    """The type of ``UNDEFINED``; an enum, so that type checkers narrow ``is`` tests."""

    UNDEFINED = "UNDEFINED"

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined.UNDEFINED
"""JavaScript's ``undefined``: absent, not null. Actions without a result return it."""


class BigInt(int):
    """An int that always travels as a JavaScript BigInt, however small it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"BigInt({int(self)})"


Value: TypeAlias = (
    bool
    | int
    | float
    | str
    | bytes
    | datetime
    | Undefined
    | Sequence["Value"]
    | Mapping[str, "Value"]
    | AbstractSet["Value"]
    | None
)
"""What messages carry. Decoding gives lists, dicts and sets."""

LeafRules: TypeAlias = Mapping[type, Callable[[Any], Any]]
"""What an encoding does with values of exactly these types."""

_MAX_BIGINT_DIGITS: Final = int(MAX_BIGINT_BITS * 0.302)
_DECIMAL: Final = re.compile(rf"[-+]?[0-9]{{1,{_MAX_BIGINT_DIGITS}}}", re.ASCII)
_MAX_HASHED_BITS: Final = 64
_URL_SAFE: Final = str.maketrans("-_", "+/")
_PLAIN: Final = frozenset({str, bool, type(None)})
_LEAVES: Final = frozenset({float, bytes, datetime, BigInt})
_TOO_DEEP: Final = f"nested deeper than {MAX_NESTING_DEPTH} levels"


# Encoding


def encode_base64(data: bytes | bytearray | memoryview) -> str:
    """Standard base64 with padding, as text."""
    return b2a_base64(data, newline=False).decode("ascii")


def _encode_bytes(value: bytes | bytearray | memoryview) -> list[Any]:
    return ["$Uint8Array", encode_base64(value)]


def _encode_bigint(value: int) -> list[Any]:
    if value.bit_length() > MAX_BIGINT_BITS:
        reason = f"integers have at most {MAX_BIGINT_BITS} bits"
        raise UnsupportedValueError(reason)
    return ["$BigInt", str(int(value))]


def _encode_int(value: int) -> Any:
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return value
    return _encode_bigint(value)


def _encode_undefined(_: Undefined) -> list[Any]:
    return ["$Undefined", 0]


COMPAT_RULES: Final[LeafRules] = {
    int: _encode_int,
    BigInt: _encode_bigint,
    bytes: _encode_bytes,
    bytearray: _encode_bytes,
    memoryview: _encode_bytes,
    Undefined: _encode_undefined,
}
"""Leaf rules that every encoding shares."""

_DEFAULT_RULES: Final[LeafRules] = {
    **COMPAT_RULES,
    float: lambda value: value,
    datetime: lambda value: value,
}


def encode_compat(value: Value, *, rules: LeafRules = _DEFAULT_RULES) -> Any:
    """Replace everything that only exists in Python by its compat tuple.

    Args:
        value: Any value of the protocol.
        rules: What to do with leaves, by exact type.

    Returns:
        The value itself when nothing had to change.

    Raises:
        UnsupportedValueError: For other types, keys that are not strings, and values
            nested deeper than ``MAX_NESTING_DEPTH`` (which includes circular ones).
    """
    return _encode(value, rules, MAX_NESTING_DEPTH)


def _encode(value: object, rules: LeafRules, depth: int) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    rule = rules.get(kind)
    if rule is not None:
        return rule(value)
    if depth == 0:
        raise UnsupportedValueError(_TOO_DEEP)
    if kind is dict:
        return _encode_dict(cast("dict[Any, Any]", value), rules, depth - 1)
    if kind is list or kind is tuple:
        return _encode_items(cast("Sequence[Any]", value), rules, depth - 1)
    if kind is set or kind is frozenset:
        return _encode_set(cast("AbstractSet[Any]", value), rules, depth - 1)
    return _encode_other(value, rules, depth)


def _encode_items(items: Sequence[Any], rules: LeafRules, depth: int) -> Sequence[Any]:
    changed: list[Any] | None = None
    for index, item in enumerate(items):
        if type(item) in _PLAIN:
            continue
        encoded = _encode(item, rules, depth)
        if encoded is not item:
            if changed is None:
                changed = list(items)
            changed[index] = encoded
    if len(items) == 2 and isinstance(items[0], str) and items[0][:1] == "$":
        return ["$" + items[0], (changed or items)[1]]
    return items if changed is None else changed


def _encode_set(members: AbstractSet[Any], rules: LeafRules, depth: int) -> list[Any]:
    # The array of members is never escaped, even if it looks like a tuple.
    if depth == 0:
        raise UnsupportedValueError(_TOO_DEEP)
    return ["$Set", [_encode(item, rules, depth - 1) for item in _ordered(members)]]


def _encode_dict(
    items: Mapping[Any, Any], rules: LeafRules, depth: int
) -> Mapping[str, Any]:
    changed: dict[str, Any] | None = None
    for key, item in items.items():
        if not isinstance(key, str):
            reason = f"keys are strings, not {type(key).__name__}"
            raise UnsupportedValueError(reason)
        if type(item) in _PLAIN:
            continue
        encoded = _encode(item, rules, depth)
        if encoded is not item:
            if changed is None:
                changed = dict(items)
            changed[key] = encoded
    return items if changed is None else changed


def _ordered(members: AbstractSet[Any]) -> list[Any]:
    # Sets of strings iterate in another order in every process; equal values shall give
    # equal bytes.
    try:
        return sorted(members)
    except TypeError:
        return sorted(members, key=lambda member: (type(member).__name__, repr(member)))


def _encode_other(value: Any, rules: LeafRules, depth: int) -> Any:
    """Subclasses (enums, named tuples, ...) travel as what they are based on."""
    for base, as_base in _BASES:
        if isinstance(value, base):
            return _encode(as_base(value), rules, depth)
    if isinstance(value, datetime):
        return rules[datetime](value)
    reason = f"{type(value).__name__} is not a value of the protocol"
    raise UnsupportedValueError(reason)


def _to_dict(items: Mapping[Any, Any]) -> dict[Any, Any]:
    return dict(items)


_BASES: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (BigInt, BigInt),
    (int, int),
    (float, float),
    (bytes, bytes),
    (Mapping, _to_dict),
    (AbstractSet, frozenset),
    (Sequence, list),
)


# Decoding


@dataclass(frozen=True, slots=True)
class DecodeProfile:
    """How an encoding differs from plain JSON when it is read.

    Attributes:
        rules: What to do with leaves, by exact type.
        lenient: Keep ``["$x", y]`` with an unknown tag as it is. JavaScript clients do
            not escape such arrays in CBOR requests.
    """

    rules: LeafRules = field(default_factory=dict[type, Callable[[Any], Any]])
    lenient: bool = False


_STRICT: Final = DecodeProfile()


def decode_compat(value: Any, profile: DecodeProfile = _STRICT) -> Value:
    """Replace compat tuples by the values they stand for.

    Args:
        value: What a JSON or CBOR parser returned.
        profile: How to read leaves and unknown tuples.

    Returns:
        The value itself when nothing had to change.

    Raises:
        MalformedMessageError: For unknown or broken tuples, keys that are not strings,
            and nesting deeper than ``MAX_NESTING_DEPTH``.
    """
    return cast("Value", _decode(value, profile, MAX_NESTING_DEPTH))


def _decode(value: object, profile: DecodeProfile, depth: int) -> Any:
    kind = type(value)
    if kind in _PLAIN or kind is int:
        return value
    rule = profile.rules.get(kind)
    if rule is not None:
        return rule(value)
    if kind is list:
        if depth == 0:
            raise MalformedMessageError(_TOO_DEEP)
        return _decode_list(cast("list[Any]", value), profile, depth - 1)
    if kind is dict:
        if depth == 0:
            raise MalformedMessageError(_TOO_DEEP)
        return _decode_dict(cast("dict[Any, Any]", value), profile, depth - 1)
    if kind in _LEAVES:
        return value
    reason = f"{kind.__name__} is not a value of the protocol"
    raise MalformedMessageError(reason)


def _decode_list(items: list[Any], profile: DecodeProfile, depth: int) -> Any:
    if len(items) == 2 and type(items[0]) is str and items[0][:1] == "$":
        return _decode_tuple(items, profile, depth)
    changed = items
    for index, item in enumerate(items):
        if type(item) in _PLAIN:
            continue
        decoded = _decode(item, profile, depth)
        if decoded is not item:
            if changed is items:
                changed = items.copy()
            changed[index] = decoded
    return changed


def _decode_dict(
    items: dict[Any, Any], profile: DecodeProfile, depth: int
) -> dict[str, Any]:
    changed = items
    for key, item in items.items():
        if type(key) is not str:
            reason = f"keys are strings, not {type(key).__name__}"
            raise MalformedMessageError(reason)
        if type(item) in _PLAIN:
            continue
        decoded = _decode(item, profile, depth)
        if decoded is not item:
            if changed is items:
                changed = items.copy()
            changed[key] = decoded
    return changed


def _decode_tuple(items: list[Any], profile: DecodeProfile, depth: int) -> Any:
    tag, payload = items
    if tag[:2] == "$$":
        return [tag[1:], _decode(payload, profile, depth)]
    if tag == "$Set":
        return _decode_set(payload, profile, depth)
    reader = _TUPLE_READERS.get(tag)
    if reader is not None:
        return reader(payload)
    if profile.lenient:
        return [tag, _decode(payload, profile, depth)]
    reason = f"unknown value tag {tag[:32]!r}"
    raise MalformedMessageError(reason)


def _decode_set(payload: object, profile: DecodeProfile, depth: int) -> Any:
    if not isinstance(payload, list):
        reason = "$Set does not hold an array"
        raise MalformedMessageError(reason)
    if depth == 0:
        raise MalformedMessageError(_TOO_DEEP)
    items = cast("list[object]", payload)
    members = [_decode(item, profile, depth - 1) for item in items]
    return set(members) if all(map(_is_safe_member, members)) else members


def _is_safe_member(value: object) -> bool:
    """Whether nobody can choose many such members with the same hash.

    Python's hashes of huge integers and of tuples are easy to foresee; building a set
    of a thousand colliding members takes a million comparisons.
    """
    if isinstance(value, int):
        return value.bit_length() <= _MAX_HASHED_BITS
    return not isinstance(value, list | dict | set)


def _read_bigint(payload: Any) -> BigInt:
    if type(payload) is int and payload.bit_length() <= MAX_BIGINT_BITS:
        return BigInt(payload)
    if isinstance(payload, str) and _DECIMAL.fullmatch(payload):
        return BigInt(payload)
    reason = "$BigInt does not hold a decimal integer of at most "
    raise MalformedMessageError(f"{reason}{_MAX_BIGINT_DIGITS} digits")


def decode_base64(text: str) -> bytes:
    """Read base64 in the standard or the URL alphabet, with or without padding.

    Raises:
        MalformedMessageError: For anything else.
    """
    digits = text.translate(_URL_SAFE).rstrip("=")
    try:
        return a2b_base64(digits + "=" * (-len(digits) % 4), strict_mode=True)
    except ValueError as error:  # binascii.Error, and non-ASCII text
        reason = f"invalid base64: {error}"
        raise MalformedMessageError(reason) from error


def _read_bytes(payload: Any) -> bytes:
    if isinstance(payload, str):
        return decode_base64(payload)
    reason = "binary value does not hold base64 text"
    raise MalformedMessageError(reason)


def _read_undefined(_: Any) -> Undefined:
    return UNDEFINED


_TUPLE_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "$BigInt": _read_bigint,
    "$Uint8Array": _read_bytes,
    "$ArrayBuffer": _read_bytes,
    "$Undefined": _read_undefined,
}
