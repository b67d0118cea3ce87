"""Spelling of wire names in targets."""

from __future__ import annotations

import keyword
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_schema import ir
from rivetgen_schema.names import (
    NameKind,
    camel_case,
    folded,
    pascal_case,
    snake_case,
    spelling,
    upper_case,
)

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True)
TARGETS: tuple[ir.Target, ...] = get_args(ir.Target)


@pytest.mark.parametrize(
    ("name", "snake", "pascal", "camel"),
    [
        ("getCount", "get_count", "GetCount", "getCount"),
        ("room_full", "room_full", "RoomFull", "roomFull"),
        ("HTTPServer", "http_server", "HttpServer", "httpServer"),
        ("userID", "user_id", "UserId", "userId"),
        ("v2Name", "v2_name", "V2Name", "v2Name"),
        ("members.kick", "members_kick", "MembersKick", "membersKick"),
        ("in-progress", "in_progress", "InProgress", "inProgress"),
        ("a", "a", "A", "a"),
    ],
)
def test_words_are_joined_the_way_of_the_target(
    name: str, snake: str, pascal: str, camel: str
) -> None:
    assert snake_case(name) == snake
    assert pascal_case(name) == pascal
    assert camel_case(name) == camel
    assert upper_case(name) == snake.upper()


@pytest.mark.parametrize(
    ("name", "kind", "target", "expected"),
    [
        ("from", "field", "python", "from_"),
        ("from", "field", "typescript", "from"),
        ("class", "argument", "typescript", "class_"),
        ("json", "field", "python", "json_"),
        ("modelName", "field", "python", "model_name_"),
        ("self", "argument", "python", "self_"),
        ("guest", "value", "python", "GUEST"),
        ("2fa", "value", "python", "VALUE_2_FA"),
        ("Message", "type", "swift", "Message"),
        ("room_full", "error", "python", "RoomFull"),
        ("getCount", "action", "swift", "getCount"),
    ],
)
def test_spelling_is_safe(
    name: str, kind: NameKind, target: ir.Target, expected: str
) -> None:
    assert spelling(name, kind, target, names={}) == expected


def test_override_wins() -> None:
    assert spelling("import", "action", "python", names={"python": "load"}) == "load"


@given(NAMES)
def test_python_fields_are_identifiers_and_no_keywords(name: str) -> None:
    if not folded(name):
        return
    spelled = spelling(name, "field", "python", names={})
    assert spelled.isidentifier()
    assert not keyword.iskeyword(spelled)


@given(NAMES, NAMES)
def test_names_with_one_spelling_have_one_fold(first: str, second: str) -> None:
    for target in TARGETS:
        spelled = [spelling(n, "action", target, names={}) for n in (first, second)]
        if spelled[0] == spelled[1]:
            assert folded(first) == folded(second)
