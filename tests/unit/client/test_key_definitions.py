"""Keys are typed in Python and texts on the wire, with one spelling each."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated, NamedTuple

import pytest
from pydantic import Field

from rivetgen_client import Argument, InvalidArgumentsError, KeyDefinition, types


class Size(StrEnum):
    SMALL = "small"


class Key(NamedTuple):
    value: object


def definition(kind: object) -> KeyDefinition[Key]:
    return KeyDefinition(Key, (Argument("value", kind),))


ID = uuid.UUID("6b1f7c3e-6a51-4f0e-9d5c-2f6f0f1a2b3c")
SPELLINGS = [
    (types.Str, "a/b", "a/b"),
    (types.Str, "5", "5"),
    (types.Str, "true", "true"),
    (types.Int, -5, "-5"),
    (types.BigInt, 10**30, "1" + "0" * 30),
    (types.Bool, True, "true"),
    (types.Bool, False, "false"),
    (types.Uuid, ID, str(ID)),
    (types.Date, dt.date(2026, 1, 2), "2026-01-02"),
    (Size, Size.SMALL, "small"),
]


@pytest.mark.parametrize(("kind", "value", "text"), SPELLINGS)
def test_a_part_has_one_spelling(kind: object, value: object, text: str) -> None:
    key = definition(kind)
    assert key.dump(value) == (text,)
    assert key(text) == Key(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (types.Int, "05"),
        (types.Int, "+5"),
        (types.Int, "5.0"),
        (types.Int, "²"),
        (types.Bool, "True"),
        (types.Uuid, str(ID).upper()),
        (types.Date, "2026-1-2"),
        (Size, "SMALL"),
        (Annotated[types.Str, Field(max_length=2)], "abc"),
    ],
)
def test_other_spellings_are_no_key(kind: object, text: str) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        definition(kind)(text)
    assert caught.value.issues[0]["path"] == "key.value"


def test_a_value_of_another_type_is_refused_by_the_caller() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        definition(types.Int).dump("5")
    assert caught.value.issues[0]["path"] == "value"


class Path(NamedTuple):
    year: int
    names: list[str]


PATH = KeyDefinition(
    Path,
    (Argument("year", types.Int), Argument("names", list[types.Str])),
    is_open=True,
)


@pytest.mark.parametrize("names", [[], [""], ["a"], ["a", "b/c", "5"]])
def test_the_last_part_may_stand_for_all_that_follow(names: list[str]) -> None:
    texts = PATH.dump(2026, names)
    assert texts == ("2026", *names)
    assert PATH(*texts) == Path(2026, names)


def test_an_open_key_needs_the_parts_before_its_last() -> None:
    with pytest.raises(InvalidArgumentsError, match="at least 1 parts"):
        PATH()


def test_a_key_of_other_parts_than_declared_is_refused() -> None:
    with pytest.raises(
        InvalidArgumentsError, match=r"expected 1 parts \(value\), got 2"
    ):
        definition(types.Str)("a", "b")


def test_parts_of_an_open_key_are_checked() -> None:
    bounded = Annotated[types.Str, Field(max_length=2)]
    key = KeyDefinition(Key, (Argument("value", list[bounded]),), is_open=True)
    with pytest.raises(InvalidArgumentsError, match="part"):
        key("ab", "abc")
