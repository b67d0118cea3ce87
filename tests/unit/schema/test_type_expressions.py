"""The short form of types."""

from __future__ import annotations

import pytest

from rivetgen_schema import ir
from rivetgen_schema.literals import Items, Quoted, Word
from rivetgen_schema.type_expressions import SCALAR_NAMES, TypeSyntaxError, parse_type

STRING = ir.ScalarType(name="string")
INT = ir.ScalarType(name="int")


@pytest.mark.parametrize("name", SCALAR_NAMES)
def test_every_scalar_is_a_type(name: ir.ScalarName) -> None:
    assert parse_type(name).type == ir.ScalarType(name=name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string(1..200)", ir.ScalarType(name="string", minimum=1, maximum=200)),
        ("int(0..)", ir.ScalarType(name="int", minimum=0)),
        ("int(..-1)", ir.ScalarType(name="int", maximum=-1)),
        ("float(-0.5..1e3)", ir.ScalarType(name="float", minimum=-0.5, maximum=1000.0)),
        ("list<int>(1..100)", ir.ListType(item=INT, minimum=1, maximum=100)),
        ("set<string>", ir.SetType(item=STRING)),
        ("map<list<int>>", ir.MapType(value=ir.ListType(item=INT))),
        ("enum<a | b-c | 2>", ir.EnumType(values=("a", "b-c", "2"))),
        ("Message", ir.NamedType(name="Message")),
        ("int | null", ir.NullableType(inner=INT)),
        ("null | int", ir.NullableType(inner=INT)),
        ("string | int", ir.ChoiceType(options=(STRING, INT))),
        (
            "string | int | null",
            ir.NullableType(inner=ir.ChoiceType(options=(STRING, INT))),
        ),
        ("list<int | null>", ir.ListType(item=ir.NullableType(inner=INT))),
    ],
)
def test_expression_means(text: str, expected: ir.Type) -> None:
    assert parse_type(text).type == expected


def test_absent_is_a_flag_and_not_a_type() -> None:
    parsed = parse_type("uuid | null | absent")
    assert parsed.absent
    assert parsed.type == ir.NullableType(inner=ir.ScalarType(name="uuid"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int = 0", Word("0")),
        ("string = guest", Word("guest")),
        ('string = ""', Quoted("")),
        ('string = "a = b"', Quoted("a = b")),
        ("string = 'it''s'", Quoted("it's")),
        ("list<int> = []", Items(())),
        ("list<int> = [1, 2]", Items((Word("1"), Word("2")))),
        ("datetime = 2026-01-31T12:00:00Z", Word("2026-01-31T12:00:00Z")),
    ],
)
def test_default_is_the_literal_after_the_sign(text: str, expected: object) -> None:
    parsed = parse_type(text)
    assert parsed.default == expected
    assert text[parsed.default_start :].startswith(text.split("= ", 1)[1])


def test_uses_carry_their_place() -> None:
    (use,) = parse_type("map<Message>").uses
    assert (use.name, use.start, use.end) == ("Message", 4, 11)


@pytest.mark.parametrize(
    ("text", "code", "start"),
    [
        ("", "RG130", 0),
        ("list", "RG132", 0),
        ("list<>", "RG130", 5),
        ("list<int", "RG130", 8),
        ("list<int>>", "RG130", 9),
        ("map<string, int>", "RG132", 10),
        ("int<string>", "RG132", 3),
        ("string[]", "RG131", 6),
        ("string?", "RG131", 6),
        ("{ a: int }", "RG131", 0),
        ("integer", "RG131", 0),
        ("strin", "RG010", 0),
        ("string(5)", "RG130", 8),
        ("string(5..1)", "RG023", 6),
        ("string(-1..5)", "RG023", 6),
        ("string(..)", "RG023", 6),
        ("string(1.5..2)", "RG023", 7),
        ("bool(0..1)", "RG023", 4),
        ("Message(1..2)", "RG023", 7),
        ("float(1e999..)", "RG023", 6),
        ("int | int | absent", "RG026", 6),
        ("string | uuid", "RG026", 9),
        ("Message | Other", "RG026", 0),
        ("null | absent", "RG130", 0),
        ("int | null | null", "RG018", 13),
        ("list<int | absent>", "RG024", 11),
        ("enum<a | a>", "RG018", 9),
        ("enum<>", "RG130", 5),
        ("int = ", "RG130", 6),
        ("string = two words", "RG130", 13),
        ("list<int> = [1", "RG130", 14),
        ("int é", "RG130", 4),
        ("list<" * 40 + "int" + ">" * 40, "RG102", 160),
    ],
)
def test_wrong_expression_says_what_and_where(text: str, code: str, start: int) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)
    assert (caught.value.code, caught.value.start) == (code, start)
    assert caught.value.end > caught.value.start


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("strin", "Did you mean `string`?"),
        ("boolean", "Write `bool`."),
        ("string[]", "Write `list<T>` for a list."),
        ("xyzzy", "Names of your own types start with a capital letter."),
    ],
)
def test_wrong_expression_says_how_to_repair(text: str, fix: str) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)
    assert str(caught.value.fix) == fix
