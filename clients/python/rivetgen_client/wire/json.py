"""JSON as both sides of the protocol read it.

Differences to plain ``json``: compat tuples (see ``values``), no NaN or infinity (they
go out as null and are not accepted), dates as ISO 8601 text as JavaScript writes them.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from json import JSONDecoder, JSONEncoder
from math import isfinite
from typing import Any, Final, NoReturn

from .errors import MalformedMessageError, UnsupportedValueError
from .values import (
    COMPAT_RULES,
    DecodeProfile,
    LeafRules,
    Value,
    decode_compat,
    encode_compat,
)

__all__ = [
    "JSON_PROFILE",
    "decode",
    "encode",
    "encode_ascii",
    "format_datetime",
    "parse",
    "serialize",
    "to_plain",
]


def _float(value: float) -> float | None:
    return value if isfinite(value) else None


def format_datetime(value: datetime) -> str:
    """The instant as JavaScript's ``Date.toJSON`` writes it; finer than ms if needed.

    Raises:
        UnsupportedValueError: For a datetime without time zone.
    """
    if value.tzinfo is None:
        reason = "a datetime needs a time zone"
        raise UnsupportedValueError(reason)
    precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision)
    return f"{text}Z"


_RULES: Final[LeafRules] = {**COMPAT_RULES, float: _float, datetime: format_datetime}

JSON_PROFILE: Final = DecodeProfile()
"""How values inside parsed JSON are read."""

_LONE_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def _serializer(*, ensure_ascii: bool) -> Callable[[Any], str]:
    return JSONEncoder(
        ensure_ascii=ensure_ascii,
        allow_nan=False,
        separators=(",", ":"),
        check_circular=False,  # values were walked already
    ).encode


_serialize: Final = _serializer(ensure_ascii=False)
_serialize_ascii: Final = _serializer(ensure_ascii=True)


def _reject_constant(name: str) -> NoReturn:
    reason = f"{name} is not JSON"
    raise MalformedMessageError(reason)


_parse: Final = JSONDecoder(parse_constant=_reject_constant).decode


def to_plain(value: Value) -> Any:
    """The value in terms of what JSON knows.

    Raises:
        UnsupportedValueError: For what the protocol cannot carry.
    """
    return encode_compat(value, rules=_RULES)


def serialize(plain: Any) -> str:
    """JSON text of what ``to_plain`` returned.

    Raises:
        UnsupportedValueError: For text that is not Unicode (lone surrogates).
    """
    text = _serialize(plain)
    if not text.isascii():
        _require_unicode(text)
    return text


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        reason = "text contains half of a surrogate pair"
        raise UnsupportedValueError(reason) from error


def parse(data: bytes | str) -> Any:
    """Parse JSON without looking at compat tuples.

    Raises:
        MalformedMessageError: For everything that is not JSON.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        plain = _parse(text)
        if _LONE_SURROGATE.search(text):
            _serialize(plain).encode()
    except (ValueError, RecursionError) as error:
        # ValueError: syntax, invalid UTF-8, lone surrogates, integers of 4,301 digits.
        reason = f"invalid JSON: {error}"
        raise MalformedMessageError(reason) from error
    return plain


def encode_ascii(value: Value) -> str:
    """Encode one value as JSON that fits into an HTTP header.

    Raises:
        UnsupportedValueError: For what the protocol cannot carry.
    """
    plain = to_plain(value)
    text = serialize(plain)
    if not text.isascii():
        text = _serialize_ascii(plain)
    # The one control character that JSON leaves alone and headers do not.
    return text.replace("\x7f", "\\u007f")


def encode(value: Value) -> bytes:
    """Encode one value as UTF-8 JSON.

    Raises:
        UnsupportedValueError: For what the protocol cannot carry.
    """
    return serialize(to_plain(value)).encode()


def decode(data: bytes | str) -> Value:
    """Decode one value.

    Raises:
        MalformedMessageError: For everything that is not a JSON value of the protocol.
    """
    return decode_compat(parse(data), JSON_PROFILE)
