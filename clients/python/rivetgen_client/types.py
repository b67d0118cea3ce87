"""Types of generated models: one alias per scalar of the schema language.

A type checker sees the plain Python type (``Int`` is ``int``); pydantic sees what the
wire allows. Nothing is coerced: ``"5"`` is no int and ``True`` is no number. Bounds are
added with ``typing.Annotated[types.Int, pydantic.Field(ge=1)]``.

==============================  =============================  =======================
alias                           Python                         wire value
==============================  =============================  =======================
``Int``                         int within ±(2^53 - 1)         number, also ``5.0``
``BigInt``                      int                            BigInt
``Float``                       finite float                   number
``Bool``, ``Str``, ``Bytes``    bool, str, bytes               the same
``Decimal``                     decimal.Decimal                text, ``"12.50"``
``DateTime``                    aware datetime, in UTC         text, RFC 3339
``Date``, ``Time``              date, time                     text, ISO 8601
``Duration``                    timedelta                      text, ISO 8601
``Uuid``                        uuid.UUID                      text
``Uri``, ``Email``              str                            text
``Json``                        None, bool, int, float, str,   the same
                                list, dict
==============================  =============================  =======================
"""

from __future__ import annotations

import datetime as dt
import decimal as _decimal
import enum
import re
import uuid as _uuid
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    cast,
)

import pydantic
from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import (
    PydanticCustomError,
    SchemaValidator,
    core_schema,
    to_jsonable_python,
)

from .wire.limits import MAX_SAFE_INTEGER
from .wire.values import UNDEFINED
from .wire.values import BigInt as _WireBigInt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from .wire.values import Undefined, Value

T = TypeVar("T")
M = TypeVar("M", bound="Model")

# Values that do not exist on the wire


class Missing(enum.Enum):
    """The type of ``MISSING``; an enum, so that type checkers narrow ``is`` tests."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> Literal[False]:
        return False

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Accept ``MISSING`` and the wire's ``UNDEFINED``, never a text."""
        return core_schema.no_info_plain_validator_function(
            _missing,
            serialization=core_schema.plain_serializer_function_ser_schema(_undefined),
        )


MISSING: Final = Missing.MISSING
"""The value of a field ``T | absent`` that is not there; null is ``None``."""


def is_missing(value: object) -> bool:
    """Whether a field is left out of what is sent (``exclude_if`` of such fields)."""
    return value is MISSING


def _missing(value: object) -> Missing:
    if value is MISSING or value is UNDEFINED:
        return MISSING
    raise PydanticCustomError("absent", "Input should be absent")


def _undefined(_: Missing) -> Undefined:
    return UNDEFINED


# Models


class Model(pydantic.BaseModel):
    """Base of every generated model.

    Fields are named as in Python and travel under their alias. Unknown fields are
    ignored when read: a newer server may send more than this client knows.
    """

    model_config = pydantic.ConfigDict(
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,
        extra="ignore",
        protected_namespaces=(),
    )


# Numbers


def _integral(value: object) -> object:
    # JavaScript has one number type: 2**40 arrives as a float.
    if type(value) is float and value.is_integer():
        return int(value)
    return value


Int: TypeAlias = Annotated[
    int,
    Field(strict=True, ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER),
    BeforeValidator(_integral),
]

BigInt: TypeAlias = Annotated[
    int,
    Field(strict=True),
    BeforeValidator(_integral),
    PlainSerializer(_WireBigInt, return_type=Any),
]

Float: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""NaN and the infinities do not exist in JSON and are refused in every encoding."""

Bool: TypeAlias = Annotated[bool, Field(strict=True)]

_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?", re.ASCII)


def _exact(value: object) -> object:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return _decimal.Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _decimal.Decimal(value)
    return value


# Text and bytes

Str: TypeAlias = Annotated[str, Field(strict=True)]

Bytes: TypeAlias = Annotated[bytes, Field(strict=True)]

Uri: TypeAlias = Annotated[
    str, Field(strict=True, pattern=r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$")
]
"""An absolute URI: a scheme, a colon and something after it (RFC 3986, section 3)."""

Email: TypeAlias = Annotated[
    str, Field(strict=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
]
"""Something before and after one ``@``; only a mail server knows more."""

Json: TypeAlias = JsonValue


# Scalars that travel as text


def _from_text(
    pattern: str, read: Callable[[str], object]
) -> Callable[[object], object]:
    """Read text of one form; anything else is left to the strict validator behind."""
    compiled = re.compile(pattern, re.ASCII)

    def validate(value: object) -> object:
        if isinstance(value, str) and compiled.fullmatch(value):
            return read(value)
        return value

    return validate


def _to_text(kind: type) -> PlainSerializer:
    """Write as JSON would; a value of another type must not pass unnoticed."""

    def serialize(value: object) -> str:
        if not isinstance(value, kind):
            message = f"expected {kind.__name__}, not {type(value).__name__}"
            raise TypeError(message)
        return str(to_jsonable_python(value))

    return PlainSerializer(serialize, return_type=str)


def _in_utc(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC)


def _write_datetime(value: dt.datetime) -> str:
    if value.tzinfo is None:
        message = "expected a datetime with a time zone"
        raise ValueError(message)
    return str(to_jsonable_python(_in_utc(value)))


_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
_OFFSET: Final = r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
_DURATION: Final = r"[+-]?P(?=[0-9T])[0-9.,WDTHMSY]+"
_UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

# Readers of pydantic's core, kept strict by the patterns in front of them.
_read_datetime: Final = SchemaValidator(core_schema.datetime_schema()).validate_python
_read_date: Final = SchemaValidator(core_schema.date_schema()).validate_python
_read_time: Final = SchemaValidator(core_schema.time_schema()).validate_python
_read_duration: Final = SchemaValidator(core_schema.timedelta_schema()).validate_python

Decimal: TypeAlias = Annotated[
    _decimal.Decimal,
    Field(strict=True, allow_inf_nan=False),
    BeforeValidator(_exact),
    _to_text(_decimal.Decimal),
]
"""Exact; also reads an int, never a float."""

DateTime: TypeAlias = Annotated[
    AwareDatetime,
    Field(strict=True),
    pydantic.AfterValidator(_in_utc),
    BeforeValidator(_from_text(f"{_DATE}[Tt ]{_TIME}{_OFFSET}", _read_datetime)),
    PlainSerializer(_write_datetime, return_type=str),
]

Date: TypeAlias = Annotated[
    dt.date,
    Field(strict=True),
    BeforeValidator(_from_text(_DATE, _read_date)),
    _to_text(dt.date),
]

Time: TypeAlias = Annotated[
    dt.time,
    Field(strict=True),
    BeforeValidator(_from_text(f"{_TIME}{_OFFSET}?", _read_time)),
    _to_text(dt.time),
]

Duration: TypeAlias = Annotated[
    dt.timedelta,
    Field(strict=True),
    BeforeValidator(_from_text(_DURATION, _read_duration)),
    _to_text(dt.timedelta),
]

Uuid: TypeAlias = Annotated[
    _uuid.UUID,
    Field(strict=True),
    BeforeValidator(_from_text(_UUID, _uuid.UUID)),
    _to_text(_uuid.UUID),
]


# Between Python and the wire


def load(kind: type[M] | TypeAdapter[T], value: Value) -> M | T:
    """Read a wire value as a model or through an adapter.

    JavaScript writes a field that is not there as ``undefined`` or not at all; both
    mean the same here.

    Raises:
        pydantic.ValidationError: The value does not fit.
    """
    read = (
        kind.validate_python if isinstance(kind, TypeAdapter) else kind.model_validate
    )
    try:
        return read(value)
    except ValidationError:
        # Looking for undefined in front of every value would cost all of them.
        stripped = _without_undefined(value)
        if stripped is value:
            raise
        return read(stripped)


def _without_undefined(value: Any) -> Any:
    """Return the value without undefined fields; itself when there are none."""
    if isinstance(value, dict):
        return _fields_without_undefined(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return _items_without_undefined(cast("list[object]", value))
    return value


def _fields_without_undefined(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {
        name: _without_undefined(item)
        for name, item in fields.items()
        if item is not UNDEFINED
    }
    same = len(kept) == len(fields) and all(
        kept[name] is item for name, item in fields.items()
    )
    return fields if same else kept


def _items_without_undefined(items: list[object]) -> list[object]:
    stripped = [_without_undefined(item) for item in items]
    same = all(new is old for new, old in zip(stripped, items, strict=True))
    return items if same else stripped


def dump(value: object, adapter: TypeAdapter[Any] | None = None) -> Value:
    """Write a model, or with an adapter any value, as a wire value.

    Bytes and sets stay what they are; absent fields are left out.

    Raises:
        pydantic_core.PydanticSerializationError: A part of the value has another type
            than declared.
    """
    if adapter is not None:
        return cast(
            "Value", adapter.dump_python(value, by_alias=True, warnings="error")
        )
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(by_alias=True, warnings="error")
    message = f"{type(value).__name__} is no model; pass an adapter"
    raise TypeError(message)


def given(**fields: object) -> dict[str, Any]:
    """Return the fields that are not ``MISSING``, for a model to fill in the others."""
    return {name: value for name, value in fields.items() if value is not MISSING}
