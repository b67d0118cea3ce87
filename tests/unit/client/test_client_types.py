"""Tests of the types that generated models are made of."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from enum import StrEnum
from typing import Annotated, Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from rivetgen_client import types
from rivetgen_client.wire.values import UNDEFINED, BigInt, Value

UTC = dt.UTC


class Role(StrEnum):
    GUEST = "guest"
    ADMIN = "admin"


class Message(types.Model):
    id: types.Uuid
    sent_at: Annotated[types.DateTime, pydantic.Field(alias="sentAt")]
    edited_at: Annotated[
        types.DateTime | types.Missing,
        pydantic.Field(alias="editedAt", exclude_if=types.is_missing),
    ] = types.MISSING
    reply_to: Annotated[
        types.Uuid | types.Missing | None,
        pydantic.Field(alias="replyTo", exclude_if=types.is_missing),
    ] = types.MISSING
    data: types.Bytes = b""
    tags: set[types.Str] = pydantic.Field(default_factory=set[str])
    role: Role = Role.GUEST


ID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=UTC)


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the adapter of a type, or of the alias with this name."""
    if kind == "set[Str]":
        kind = set[types.Str]
    return TypeAdapter(getattr(types, kind) if isinstance(kind, str) else kind)


def load(kind: Any, value: Any) -> Any:
    return types.load(adapter(kind), value)


def dump(kind: Any, value: Any) -> Any:
    return types.dump(value, adapter(kind))


ACCEPTED = [
    ("Int", 5, 5),
    ("Int", 5.0, 5),
    ("Int", 2**53 - 1, 2**53 - 1),
    ("Int", float(2**40), 2**40),
    ("BigInt", BigInt(7), 7),
    ("BigInt", 2**80, 2**80),
    ("Float", 1, 1.0),
    ("Float", 1.5, 1.5),
    ("Bool", True, True),
    ("Str", "", ""),
    ("Bytes", b"\x00", b"\x00"),
    ("Decimal", "12.50", decimal.Decimal("12.50")),
    ("Decimal", 3, decimal.Decimal(3)),
    ("DateTime", "2026-01-02T12:00:00Z", NOON),
    ("DateTime", "2026-01-02T13:00:00.000+01:00", NOON),
    ("DateTime", NOON, NOON),
    ("Date", "2026-01-02", dt.date(2026, 1, 2)),
    ("Time", "12:30:01.5", dt.time(12, 30, 1, 500_000)),
    ("Duration", "PT1H30M", dt.timedelta(minutes=90)),
    ("Duration", "P1DT0.5S", dt.timedelta(days=1, milliseconds=500)),
    ("Uuid", str(ID), ID),
    ("Uri", "https://host/path?a=1", "https://host/path?a=1"),
    ("Email", "a@b", "a@b"),
    ("Json", {"a": [1, None, 1.5, "x", True]}, {"a": [1, None, 1.5, "x", True]}),
    ("set[Str]", ["a", "a"], {"a"}),
    ("set[Str]", frozenset({"a"}), {"a"}),
]

REFUSED = [
    ("Int", "5"),
    ("Int", True),
    ("Int", 5.5),
    ("Int", 2**53),
    ("Int", None),
    ("BigInt", "5"),
    ("BigInt", True),
    ("Float", "1.5"),
    ("Float", True),
    ("Float", float("nan")),
    ("Float", float("inf")),
    ("Bool", 1),
    ("Bool", "true"),
    ("Str", 5),
    ("Bytes", "text"),
    ("Decimal", 1.5),
    ("Decimal", True),
    ("Decimal", "NaN"),
    ("Decimal", "1_000"),
    ("DateTime", "2026-01-02T12:00:00"),
    ("DateTime", dt.datetime(2026, 1, 2)),  # noqa: DTZ001 - that it has no zone
    ("DateTime", 1_700_000_000),
    ("DateTime", "1700000000"),
    ("DateTime", "2026-13-02T12:00:00Z"),
    ("Date", NOON),
    ("Date", "20260102"),
    ("Date", 20_000),
    ("Time", 60),
    ("Time", "25:00:00"),
    ("Duration", 60),
    ("Duration", "60"),
    ("Duration", "1:00:00"),
    ("Uuid", ID.hex),
    ("Uuid", ID.bytes),
    ("Uri", "/path"),
    ("Email", "nobody"),
    ("Json", b"bytes"),
]


@pytest.mark.parametrize(("kind", "wire", "expected"), ACCEPTED, ids=repr)
def test_wire_values_become_python_values(kind: str, wire: Any, expected: Any) -> None:
    loaded = load(kind, wire)

    assert loaded == expected
    assert type(loaded) is type(expected)


@pytest.mark.parametrize(("kind", "wire"), REFUSED, ids=repr)
def test_nothing_is_coerced(kind: str, wire: Any) -> None:
    with pytest.raises(pydantic.ValidationError):
        load(kind, wire)


@pytest.mark.parametrize(
    ("kind", "value", "wire"),
    [
        ("Int", 5, 5),
        ("Decimal", decimal.Decimal("12.50"), "12.50"),
        ("DateTime", NOON, "2026-01-02T12:00:00Z"),
        ("Date", dt.date(2026, 1, 2), "2026-01-02"),
        ("Time", dt.time(12, 30), "12:30:00"),
        ("Duration", dt.timedelta(minutes=90), "PT1H30M"),
        ("Uuid", ID, str(ID)),
        ("Bytes", b"\xff", b"\xff"),
        ("set[Str]", {"a"}, {"a"}),
    ],
    ids=repr,
)
def test_python_values_become_wire_values(kind: str, value: Any, wire: Any) -> None:
    assert dump(kind, value) == wire


def test_a_bigint_keeps_its_type_on_the_wire() -> None:
    assert type(dump(types.BigInt, 7)) is BigInt


def test_bounds_apply_after_integral_floats_are_read() -> None:
    bounded = Annotated[types.Int, pydantic.Field(ge=1)]

    assert load(bounded, 1.0) == 1
    with pytest.raises(pydantic.ValidationError, match="greater than or equal to 1"):
        load(bounded, 0)


def test_datetimes_are_written_in_utc() -> None:
    east = dt.timezone(dt.timedelta(hours=1))

    assert dump(types.DateTime, NOON.astimezone(east)) == "2026-01-02T12:00:00Z"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("DateTime", dt.datetime(2026, 1, 2)),  # noqa: DTZ001 - that it has no zone
        ("DateTime", "tomorrow"),
        ("Uuid", "text"),
        ("Decimal", 1.5),
    ],
    ids=repr,
)
def test_a_value_of_another_type_is_not_written(kind: str, value: Any) -> None:
    with pytest.raises(PydanticSerializationError):
        dump(kind, value)


def test_a_model_travels_under_its_aliases_without_absent_fields() -> None:
    message = Message(id=ID, sent_at=NOON, data=b"\x01", tags={"a"}, role=Role.ADMIN)

    assert types.dump(message) == {
        "id": str(ID),
        "sentAt": "2026-01-02T12:00:00Z",
        "data": b"\x01",
        "tags": {"a"},
        "role": "admin",
    }


def test_null_and_absent_are_different_things() -> None:
    wire: Value = {"id": str(ID), "sentAt": "2026-01-02T12:00:00Z", "replyTo": None}

    message = types.load(Message, wire)

    assert message.reply_to is None
    assert message.edited_at is types.MISSING
    assert not message.edited_at


def test_undefined_fields_are_absent_wherever_they_are() -> None:
    wire: Value = {
        "id": str(ID),
        "sentAt": "2026-01-02T12:00:00Z",
        "editedAt": UNDEFINED,
        "data": UNDEFINED,
    }

    (message,) = load(list[Message], [wire])

    assert message.edited_at is types.MISSING
    assert message.data == b""


def test_the_text_missing_is_not_the_absence_of_a_value() -> None:
    with pytest.raises(pydantic.ValidationError):
        load(types.Missing, "MISSING")


def test_unknown_fields_of_a_newer_server_are_ignored() -> None:
    wire: Value = {"id": str(ID), "sentAt": "2026-01-02T12:00:00Z", "later": 1}

    assert types.load(Message, wire).id == ID


def test_only_models_are_written_without_an_adapter() -> None:
    with pytest.raises(TypeError, match="int is no model"):
        types.dump(5)


def test_a_field_that_was_assigned_a_wrong_type_is_not_written() -> None:
    message = Message(id=ID, sent_at=NOON)
    message.data = "text"  # type: ignore[assignment] # what a checker would refuse

    with pytest.raises(PydanticSerializationError):
        types.dump(message)


@given(st.datetimes(timezones=st.timezones()))
def test_datetimes_survive_the_wire(value: dt.datetime) -> None:
    try:
        in_utc = value.astimezone(UTC)
    except OverflowError:
        return
    assert load(types.DateTime, dump(types.DateTime, value)) == in_utc


@given(st.timedeltas())
def test_durations_survive_the_wire(value: dt.timedelta) -> None:
    assert load(types.Duration, dump(types.Duration, value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_survive_the_wire(value: decimal.Decimal) -> None:
    assert load(types.Decimal, dump(types.Decimal, value)) == value
