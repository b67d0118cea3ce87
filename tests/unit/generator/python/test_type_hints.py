"""Types of the schema as type expressions of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emission_schema import scope
from rivetgen.python.hints import static_hint, wire_hint
from rivetgen.python.scopes import DefiningScope, UserScope
from rivetgen_schema.type_expressions import parse_type

if TYPE_CHECKING:
    from rivetgen.lookup import Elements
    from rivetgen_schema import ir

CASES = [
    ("string", "str", "_types.Str"),
    ("int(1..5)", "int", "_typing.Annotated[_types.Int, _pydantic.Field(ge=1, le=5)]"),
    (
        "string(..5)",
        "str",
        "_typing.Annotated[_types.Str, _pydantic.Field(max_length=5)]",
    ),
    (
        "float(0.5..)",
        "float",
        "_typing.Annotated[_types.Float, _pydantic.Field(ge=0.5)]",
    ),
    ("bigint", "int", "_types.BigInt"),
    ("decimal", "_decimal.Decimal", "_types.Decimal"),
    ("datetime", "_datetime.datetime", "_types.DateTime"),
    ("duration", "_datetime.timedelta", "_types.Duration"),
    ("uuid", "_uuid.UUID", "_types.Uuid"),
    ("json", "_types.Json", "_types.Json"),
    ("list<int>", "list[int]", "list[_types.Int]"),
    ("map<set<string>>", "dict[str, set[str]]", "dict[str, set[_types.Str]]"),
    (
        "list<int>(1..)",
        "list[int]",
        "_typing.Annotated[list[_types.Int], _pydantic.Field(min_length=1)]",
    ),
    ("enum<a | b>", '_typing.Literal["a", "b"]', '_typing.Literal["a", "b"]'),
    ("string | null", "str | None", "_types.Str | None"),
    (
        "int(0..) | null",
        "int | None",
        "_typing.Annotated[_types.Int | None, _pydantic.Field(ge=0)]",
    ),
    ("int | string", "int | str", "_types.Int | _types.Str"),
    ("Point", "_schema.Point", "_schema.Point"),
    ("Size | null", "_schema.Size | None", "_schema.Size | None"),
    (
        "Color",
        "_schema.Color | str",
        (
            "_typing.Annotated[_schema.Color | _types.Str, "
            '_pydantic.Field(union_mode="left_to_right")]'
        ),
    ),
]


def kind(text: str) -> ir.Type:
    return parse_type(text).type


@pytest.mark.parametrize(("text", "static", "wire"), CASES, ids=[c[0] for c in CASES])
def test_a_type_has_a_plain_and_a_checked_form(
    text: str, static: str, wire: str
) -> None:
    assert static_hint(kind(text), scope()) == static
    assert wire_hint(kind(text), scope()) == wire


def test_members_of_a_class_do_not_hide_builtins() -> None:
    inner = scope().inside(["list", "str"])
    assert static_hint(kind("list<string>"), inner) == "_builtins.list[_builtins.str]"
    assert static_hint(kind("set<int>"), inner) == "set[int]"


def test_users_read_plain_names() -> None:
    user = UserScope(elements=scope().elements)
    assert static_hint(kind("list<datetime>"), user) == "list[datetime.datetime]"
    assert static_hint(kind("Point | null"), user) == "Point | None"
    assert user.imports.render() == "import datetime\n\nfrom ..types import Point"


def test_names_that_are_taken_get_their_module_in_front() -> None:
    user = UserScope(elements=scope().elements, taken=frozenset({"Point"}))
    assert static_hint(kind("Point"), user) == "_schema.Point"


def test_types_that_are_defined_later_are_quoted() -> None:
    elements: Elements = scope().elements
    early = DefiningScope(elements=elements, defined={"Size"})

    def hint(text: str) -> str:
        return early.annotation(lambda inner: wire_hint(kind(text), inner))

    assert hint("list<Size>") == "list[Size]"
    assert hint("list<Point | null>") == '"list[Point | None]"'
    assert early.at_once(lambda inner: inner.type_name("Point")) is None
