"""The profile of CBOR (RFC 8949) that JavaScript clients and official servers share.

Written: integers within 32 bits as integers, up to 2**53 - 1 as float64 (JavaScript
reads 8-byte integers as BigInt), larger ones and everything that JavaScript lacks as
compat tuples, dates as tag 1. Read: those, and every form that JavaScript writes.

An integral float64 beyond 32 bits is read as an int: in JavaScript they are the same,
and that is how such integers are written.
"""

import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import IO, Any, Final, NoReturn, TypeAlias, cast

import cbor2

from .errors import MalformedMessageError, UnsupportedValueError
from .limits import MAX_BIGINT_BITS, MAX_NESTING_DEPTH, MAX_SAFE_INTEGER
from .values import (
    COMPAT_RULES,
    UNDEFINED,
    BigInt,
    DecodeProfile,
    LeafRules,
    Undefined,
    Value,
    decode_compat,
    encode_compat,
)

__all__ = [
    "CBOR_PROFILE",
    "LENIENT_CBOR_PROFILE",
    "WideUint",
    "decode",
    "encode",
    "encode_frame",
    "parse",
    "parse_exactly",
]

_MAX_INT: Final = 2**32 - 1
_MIN_INT: Final = -(2**32)


class WideUint(int):
    """An unsigned integer that goes out with 8 bytes: JavaScript reads a BigInt."""

    __slots__ = ()


# Encoding


def _int(value: int) -> Any:
    if _MIN_INT <= value <= _MAX_INT:
        return value
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return float(value)
    return COMPAT_RULES[int](value)


def _float(value: float) -> float:
    return value


def _wide(value: WideUint) -> WideUint:
    return value


def _datetime(value: datetime) -> datetime:
    if value.tzinfo is None:
        reason = "a datetime needs a time zone"
        raise UnsupportedValueError(reason)
    return value


_RULES: Final[LeafRules] = {
    **COMPAT_RULES,
    int: _int,
    float: _float,
    datetime: _datetime,
    WideUint: _wide,
}


def _write_wide(encoder: cbor2.CBOREncoder, value: Any) -> None:
    encoder.write(b"\x1b" + cast("int", value).to_bytes(8, "big"))


_Encoders: TypeAlias = Mapping[type, Callable[[cbor2.CBOREncoder, Any], Any]]
_WIDE_ENCODERS: Final[_Encoders] = {WideUint: _write_wide}


def _dumps(value: Value, encoders: _Encoders | None) -> bytes:
    plain = encode_compat(value, rules=_RULES)
    try:
        return cbor2.dumps(plain, datetime_as_timestamp=True, encoders=encoders)
    except UnicodeEncodeError as error:
        reason = "text contains half of a surrogate pair"
        raise UnsupportedValueError(reason) from error


def encode(value: Value) -> bytes:
    """Encode one value.

    Raises:
        UnsupportedValueError: For what the protocol cannot carry.
    """
    return _dumps(value, None)


def encode_frame(frame: Mapping[str, Any]) -> bytes:
    """Encode a map that may hold ``WideUint`` (slower than ``encode``).

    Raises:
        UnsupportedValueError: For what the protocol cannot carry.
    """
    return _dumps(frame, _WIDE_ENCODERS)


# Decoding


def _malformed(reason: str) -> NoReturn:
    raise MalformedMessageError(reason)


def _unsupported(_value: Any, _immutable: object) -> NoReturn:
    _malformed("unsupported CBOR tag")


def _bignum(value: Any, _immutable: object) -> BigInt:
    if not isinstance(value, bytes) or len(value) * 8 > MAX_BIGINT_BITS:
        _malformed(f"a bignum has at most {MAX_BIGINT_BITS // 8} bytes")
    return BigInt.from_bytes(value, "big")


def _negative_bignum(value: Any, _immutable: object) -> BigInt:
    return BigInt(-1 - _bignum(value, _immutable))


def _bytes(value: Any, _immutable: object) -> bytes:
    if not isinstance(value, bytes):
        _malformed("a typed array is not a byte string")
    return value


def _set(value: Any, _immutable: object) -> list[Any]:
    # Sets take the way of compat tuples, so that one set of rules covers both.
    return ["$Set", value]


def _map(value: object, _immutable: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        _malformed("a tagged map is not a map")
    return cast("Mapping[Any, object]", value)


def _object(value: object, _immutable: object) -> list[Any]:
    # JavaScript's RegExp and Error have no counterpart; their parts remain as an array.
    if not isinstance(value, list):
        _malformed("a tagged object is not an array")
    return cast("list[object]", value)


def _typed_array(element: str) -> Callable[[Any, object], list[Any]]:
    size = struct.calcsize(element)

    def read(value: Any, _immutable: object) -> list[Any]:
        data = _bytes(value, _immutable)
        if len(data) % size:
            _malformed(f"a typed array is not a multiple of {size} bytes")
        return [number for (number,) in struct.iter_unpack(element, data)]

    return read


# RFC 8746, section 2.1; 128-bit floats (83, 87) do not exist in JavaScript.
_ELEMENTS: Final = dict(
    (
        *((65, ">H"), (66, ">I"), (67, ">Q"), (69, "<H"), (70, "<I"), (71, "<Q")),
        *((72, "b"), (73, ">h"), (74, ">i"), (75, ">q")),
        *((77, "<h"), (78, "<i"), (79, "<q")),
        *((80, ">e"), (81, ">f"), (82, ">d"), (84, "<e"), (85, "<f"), (86, "<d")),
    )
)

# Tags that cbor2 would turn into objects outside the value domain. Shared references
# (28, 29) and string references (25, 256) would also let a small message grow
# without end.
_FOREIGN_TAGS: Final = (
    *(4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 83, 87, 100),
    *(256, 260, 261, 1004, 43000),
)

_TAGS: Final[Mapping[int, Callable[[Any, object], Any]]] = {
    **dict.fromkeys(_FOREIGN_TAGS, _unsupported),
    **{tag: _typed_array(element) for tag, element in _ELEMENTS.items()},
    2: _bignum,
    3: _negative_bignum,
    27: _object,
    64: _bytes,
    68: _bytes,
    258: _set,
    259: _map,
}


def _undefined(_: Any) -> Undefined:
    return UNDEFINED


def _number(value: float) -> int | float:
    if value.is_integer() and _MAX_INT < abs(value) <= MAX_SAFE_INTEGER:
        return int(value)
    return value


def _unknown_tag(tag: cbor2.CBORTag) -> NoReturn:
    _malformed(f"unsupported CBOR tag {tag.tag}")


_LEAVES: Final[LeafRules] = {
    float: _number,
    type(cbor2.undefined): _undefined,
    cbor2.CBORTag: _unknown_tag,
}

CBOR_PROFILE: Final = DecodeProfile(_LEAVES)
"""How values inside parsed CBOR are read."""

LENIENT_CBOR_PROFILE: Final = DecodeProfile(_LEAVES, lenient=True)
"""The same for requests in CBOR, where clients do not escape ``["$x", y]``."""

# Tags count as nesting for cbor2; the exact limit is kept by decode_compat.
_MAX_PARSER_DEPTH: Final = 2 * MAX_NESTING_DEPTH


def parse(data: bytes) -> Any:
    """Parse the first item of the data without looking at compat tuples.

    Raises:
        MalformedMessageError: For everything that is not CBOR, and for foreign tags.
    """
    try:
        return cbor2.loads(
            data,
            semantic_decoders=_TAGS,
            max_depth=_MAX_PARSER_DEPTH,
            strict_hashable_types=True,  # keys that collide would take quadratic time
        )
    except _PARSER_ERRORS as error:
        raise _as_malformed(error) from error


def parse_exactly(data: bytes) -> Any:
    """Parse data that holds one item and nothing after it, as clients demand.

    Raises:
        MalformedMessageError: For everything that is not one CBOR item.
    """
    source = _Source(data)
    decoder = cbor2.CBORDecoder(
        cast("IO[bytes]", source),
        semantic_decoders=_TAGS,
        max_depth=_MAX_PARSER_DEPTH,
        strict_hashable_types=True,
        read_size=len(data) + 1,
    )
    try:
        plain = decoder.decode()
    except _PARSER_ERRORS as error:
        raise _as_malformed(error) from error
    if source.position != len(data):
        _malformed(f"{len(data) - source.position} bytes follow the CBOR item")
    return plain


class _Source:
    """The least that cbor2 needs of a file; it seeks back to the end of the item."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, _relative_to_position: int) -> int:
        self.position += offset
        return self.position

    def read(self, size: int) -> bytes:
        chunk = self._data[self.position : self.position + size]
        self.position += len(chunk)
        return chunk


_PARSER_ERRORS: Final = (
    cbor2.CBORDecodeError,
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    MemoryError,
)


def _as_malformed(error: BaseException) -> MalformedMessageError:
    cause = error.__cause__
    if isinstance(cause, MalformedMessageError):
        return cause
    return MalformedMessageError(f"invalid CBOR: {error}")


def decode(data: bytes, *, exactly: bool = False) -> Value:
    """Decode one value.

    Args:
        data: CBOR, starting with the value.
        exactly: Refuse bytes after the value.

    Raises:
        MalformedMessageError: For everything that is not a CBOR value of the protocol.
    """
    plain = parse_exactly(data) if exactly else parse(data)
    return decode_compat(plain, CBOR_PROFILE)
