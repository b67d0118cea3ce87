"""Sample values are valid for their types, bounds included."""

from __future__ import annotations

import datetime as dt
import decimal
import typing
import uuid

import pydantic
import pytest

from emission_schema import scope
from rivetgen.python.hints import wire_hint
from rivetgen.python.literals import literal
from rivetgen.python.samples import Samples
from rivetgen_client import types
from rivetgen_schema.ir import Default, Member
from rivetgen_schema.type_expressions import parse_type

NAMESPACE = {
    "_datetime": dt,
    "_decimal": decimal,
    "_pydantic": pydantic,
    "_types": types,
    "_typing": typing,
    "_uuid": uuid,
}

TYPES = [
    "string",
    "string(20..)",
    "string(..2)",
    "string(3..3)",
    "int",
    "int(5..)",
    "int(..-5)",
    "int(0..0)",
    "bigint(-7..-5)",
    "float(0.25..0.5)",
    "decimal(2.5..)",
    "bool",
    "bytes(4..4)",
    "datetime",
    "date",
    "time",
    "duration",
    "uuid",
    "uri",
    "email",
    "json",
    "list<int>(2..)",
    "set<string>(3..3)",
    "set<int>(1..)",
    "map<int>(2..2)",
    "enum<a | b>",
    "string(2..) | null",
    "int(3..) | string",
]


@pytest.mark.parametrize("text", TYPES)
def test_a_sample_is_valid(text: str) -> None:
    place, kind = scope(), parse_type(text).type
    value = Samples(place.elements).of_type(kind)
    source = literal(kind, value, place)
    hint = eval(wire_hint(kind, place), NAMESPACE)  # noqa: S307 - just emitted
    adapter = pydantic.TypeAdapter[object](hint)
    adapter.validate_python(eval(source, NAMESPACE))  # noqa: S307 - just emitted


def test_named_types_are_filled_with_what_they_need() -> None:
    samples = Samples(scope().elements)
    assert samples.of_type(parse_type("Shape").type) == {"kind": "dot", "at": {"x": 1}}
    assert samples.of_type(parse_type("Color").type) == "red"
    assert samples.of_type(parse_type("Tags").type) == []


def test_an_example_is_better_than_a_default_and_that_than_nothing() -> None:
    samples = Samples(scope().elements)
    kind = parse_type("string").type
    plain = Member(name="topic", type=kind)
    assert samples.of_member(plain) == "topic"
    default = Member(name="topic", type=kind, default=Default(value="d"))
    assert samples.of_member(default) == "d"
    example = Member(name="topic", type=kind, example=Default(value="e"))
    assert samples.of_member(example) == "e"
