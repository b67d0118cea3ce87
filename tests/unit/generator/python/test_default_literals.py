"""Defaults of the schema as Python values."""

from __future__ import annotations

import builtins
import datetime as dt
import decimal
import typing
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from emission_schema import scope
from rivetgen.errors import EmissionError
from rivetgen.python.literals import is_mutable, json_literal, literal, number_literal
from rivetgen_client import types
from rivetgen_schema.type_expressions import parse_type

if TYPE_CHECKING:
    from rivetgen_schema.ir import JsonValue


def record(**fields: object) -> SimpleNamespace:
    return SimpleNamespace(**fields)


NAMESPACE: dict[str, Any] = {
    "__builtins__": builtins,
    "_datetime": dt,
    "_decimal": decimal,
    "_uuid": uuid,
    "_typing": typing,
    "_types": types,
    "_schema": SimpleNamespace(
        Color=SimpleNamespace(RED="the red", IN_PROGRESS="in progress"),
        Size=SimpleNamespace(SMALL="small"),
        Point=record,
        ShapeDot=record,
        ShapeNothing=record,
    ),
}

CASES: list[tuple[str, JsonValue, object]] = [
    ("string", 'a "b"\n', 'a "b"\n'),
    ("int", -5, -5),
    ("bigint", 10**30, 10**30),
    ("float", 1, 1.0),
    ("bool", True, True),
    ("decimal", "12.50", decimal.Decimal("12.50")),
    ("bytes", "AP8iXA==", b'\x00\xff"\\'),
    (
        "datetime",
        "2026-01-02T03:04:05Z",
        dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
    ),
    (
        "datetime",
        "2026-01-02T00:00:00+02:00",
        dt.datetime(2026, 1, 1, 22, tzinfo=dt.UTC),
    ),
    ("date", "2026-01-02", dt.date(2026, 1, 2)),
    ("time", "03:00:00", dt.time(3)),
    ("duration", "P1DT1.5S", dt.timedelta(days=1, seconds=1.5)),
    ("duration", "-PT1M", dt.timedelta(minutes=-1)),
    (
        "uuid",
        "6b1f7c3e-6a51-4f0e-9d5c-2f6f0f1a2b3c",
        uuid.UUID("6b1f7c3e6a514f0e9d5c2f6f0f1a2b3c"),
    ),
    ("json", {"a": [1, None, "x"]}, {"a": [1, None, "x"]}),
    ("json", "text", "text"),
    ("list<int>", [1, 2], [1, 2]),
    ("set<string>", ["a", "b"], {"a", "b"}),
    ("set<string>", [], set()),
    ("map<bool>", {"a": True}, {"a": True}),
    ("enum<a | b>", "a", "a"),
    ("int | null", None, None),
    ("int | string", "5", "5"),
    ("int | string", 5, 5),
    ("Size", "small", "small"),
    ("Color", "red", "the red"),
    ("Color", "unknown", "unknown"),
    ("Tags", ["a"], ["a"]),
    ("Point", {"x": 1}, record(x=1)),
    ("Shape", {"kind": "dot", "at": {"x": 1}}, record(at=record(x=1))),
    ("Shape", {"kind": "nothing"}, record()),
]


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_a_default_is_a_value_of_its_type(
    text: str, value: JsonValue, expected: object
) -> None:
    source = literal(parse_type(text).type, value, scope())
    assert eval(source, NAMESPACE) == expected  # noqa: S307 - what was just emitted


@pytest.mark.parametrize(
    ("text", "value", "mutable"),
    [
        ("string", "a", False),
        ("list<int>", [], True),
        ("list<int> | null", None, False),
        ("list<int> | null", [], True),
        ("json", None, False),
        ("json", {}, True),
        ("Size", "small", False),
        ("Tags", [], True),
        ("Point", {"x": 1}, True),
    ],
)
def test_mutable_defaults_are_known(
    text: str, value: JsonValue, *, mutable: bool
) -> None:
    assert is_mutable(parse_type(text).type, value, scope()) is mutable


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_numbers_without_a_literal_are_refused(value: float) -> None:
    with pytest.raises(EmissionError):
        number_literal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("duration", "1 day"), ("Shape", {"kind": "other"}), ("enum<a | b>", 5)],
)
def test_values_that_the_loader_would_refuse_are_refused(
    text: str, value: JsonValue
) -> None:
    with pytest.raises(EmissionError):
        literal(parse_type(text).type, value, scope())


def test_json_is_written_as_python() -> None:
    value: JsonValue = {"a": [True, None, 1.5, "x"]}
    assert json_literal(value) == '{"a": [True, None, 1.5, "x"]}'
