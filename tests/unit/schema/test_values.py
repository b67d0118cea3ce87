"""Values checked against types."""

from __future__ import annotations

import pytest

from rivetgen_schema import ir
from rivetgen_schema.literals import parse_literal
from rivetgen_schema.type_expressions import parse_type
from rivetgen_schema.values import ValueProblemError, checked_value

MEMBER_X = ir.Member(name="x", type=ir.ScalarType(name="int"))
MEMBER_Y = ir.Member(name="y", type=ir.ScalarType(name="int"), absent=True)
DEFINITIONS: dict[str, ir.TypeDefinition] = {
    "Point": ir.ObjectDefinition(name="Point", fields=(MEMBER_X, MEMBER_Y)),
    "Role": ir.EnumDefinition(
        name="Role", values=(ir.EnumValue(value="guest"), ir.EnumValue(value="admin"))
    ),
    "Id": ir.AliasDefinition(
        name="Id", type=ir.ScalarType(name="string", minimum=2, maximum=4)
    ),
    "Shape": ir.UnionDefinition(
        name="Shape",
        tag="kind",
        variants=(ir.Variant(tag_value="dot", fields=(MEMBER_X,)),),
    ),
    "Any": ir.JsonSchemaDefinition(name="Any", schema={}),
}


def check(type_text: str, literal_text: str) -> ir.JsonValue:
    literal = parse_literal(literal_text)
    return checked_value(literal, parse_type(type_text).type, definitions=DEFINITIONS)


@pytest.mark.parametrize(
    ("type_text", "literal", "expected"),
    [
        ("string", '"a b"', "a b"),
        ("string", "word", "word"),
        ("int", "-5", -5),
        ("int", "9007199254740991", 9007199254740991),
        ("bigint", "9007199254740993", 9007199254740993),
        ("float", "1", 1.0),
        ("float", "2.5e3", 2500.0),
        ("bool", "true", True),
        ("decimal", "0", "0"),
        ("decimal", "+9.90", "9.90"),
        ("bytes", '"aGk="', "aGk="),
        ("datetime", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z"),
        ("date", "2026-01-31", "2026-01-31"),
        ("time", "12:30", "12:30:00"),
        ("duration", "15s", "PT15S"),
        ("duration", "1500ms", "PT1.5S"),
        ("duration", "P1DT2H", "P1DT2H"),
        (
            "uuid",
            "00000000-0000-4000-8000-00000000000A",
            "00000000-0000-4000-8000-00000000000a",
        ),
        ("uri", "https://example.org/a", "https://example.org/a"),
        ("email", "a@example.org", "a@example.org"),
        ("json", "{a: [1, null]}", {"a": [1, None]}),
        ("int | null", "null", None),
        ("none", "null", None),
        ("string | int", "5", 5),
        ("string | int", '"5"', "5"),
        ("enum<a | b>", "b", "b"),
        ("list<int>(1..2)", "[1, 2]", [1, 2]),
        ("set<string>", "[a, b]", ["a", "b"]),
        ("map<int>", "{a: 1}", {"a": 1}),
        ("Role", "admin", "admin"),
        ("Id", "abc", "abc"),
        ("Point", "{x: 1}", {"x": 1}),
        ("Shape", "{kind: dot, x: 2}", {"kind": "dot", "x": 2}),
        ("Any", "{free: true}", {"free": True}),
        ("list<Role>", "[guest]", ["guest"]),
    ],
)
def test_value_gets_its_wire_form(
    type_text: str, literal: str, expected: ir.JsonValue
) -> None:
    value = check(type_text, literal)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("type_text", "literal"),
    [
        ("string", "5"),
        ("string", "true"),
        ("string(2..3)", "a"),
        ("int", '"5"'),
        ("int", "1.5"),
        ("int", "012"),
        ("int", "true"),
        ("int", "9007199254740992"),
        ("int(0..)", "-1"),
        ("bool", "yes"),
        ("bool", "1"),
        ("float", "nan"),
        ("float", ".inf"),
        ("decimal", "1e5"),
        ("decimal(0..)", "-1"),
        ("bytes", "hello!"),
        ("bytes(1..)", '""'),
        ("datetime", "2026-01-31"),
        ("datetime", "2026-13-31T00:00:00Z"),
        ("datetime", "0001-01-01T00:00:00+14:00"),
        ("date", "31.01.2026"),
        ("time", "25:00"),
        ("duration", "P"),
        ("duration", "15"),
        ("uuid", "1234"),
        ("uri", "example"),
        ("email", "example"),
        ("none", "1"),
        ("int", "null"),
        ("int", "[]"),
        ("list<int>", "1"),
        ("list<int>", "{}"),
        ("list<int>(1..)", "[]"),
        ("set<int>", "[1, 1]"),
        ("map<int>", "[]"),
        ("enum<a | b>", "c"),
        ("enum<a | b>", "[a]"),
        ("string | int", "true"),
        ("Role", "gest"),
        ("Id", "abcde"),
        ("Point", "{}"),
        ("Point", "{x: 1, z: 2}"),
        ("Point", "[]"),
        ("Shape", "{x: 1}"),
        ("Shape", "{kind: line}"),
    ],
)
def test_value_that_does_not_fit_is_refused(type_text: str, literal: str) -> None:
    with pytest.raises(ValueProblemError) as caught:
        check(type_text, literal)
    assert caught.value.message.endswith(".")
    assert str(caught.value.fix).endswith((".", "?"))


def test_near_enum_value_is_suggested() -> None:
    with pytest.raises(ValueProblemError) as caught:
        check("Role", "gest")
    assert str(caught.value.fix) == "Did you mean `guest`?"
