"""The two ways to write an actor key."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.keys import (
    join_query_key,
    parse_key,
    serialize_key,
    split_query_key,
    survives_query,
)
from wire_captures import cases

PARTS = st.lists(st.text() | st.text(alphabet="\\/0,a", max_size=5), max_size=5)


@pytest.mark.parametrize(
    "case", cases("keys"), ids=lambda case: case["serialized"][:40]
)
def test_keys_are_written_as_the_javascript_client_does(case: dict[str, Any]) -> None:
    parts, query = case["parts"], case["rvt_key_query"]

    assert serialize_key(parts) == case["serialized"]
    assert parse_key(case["serialized"]) == tuple(parts)
    assert join_query_key(parts) == (None if query is None else unquote_plus(query))
    assert split_query_key(join_query_key(parts)) == tuple(case["rvt_key_decodes_to"])


@given(PARTS)
def test_serialized_keys_are_lossless(parts: list[str]) -> None:
    assert parse_key(serialize_key(parts)) == tuple(parts)


@given(st.text(alphabet="\\/0,a"))
def test_every_text_is_a_serialized_key(text: str) -> None:
    parts = parse_key(text)

    assert parse_key(serialize_key(parts)) == parts


def test_no_key_has_no_parts() -> None:
    assert parse_key(None) == ()


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", ("",)), ("a/", ("a", "")), ("\\a", ("a",)), ("a\\", ("a\\",))],
)
def test_unusual_keys_are_read_as_official_servers_read_them(
    text: str, parts: tuple[str, ...]
) -> None:
    assert parse_key(text) == parts


@pytest.mark.parametrize(
    ("parts", "survives"),
    [
        ((), True),
        (("a", "b"), True),
        (("a", ""), True),
        (("a,b",), False),
        (("",), False),
    ],
)
def test_keys_with_commas_do_not_survive_a_query(
    parts: tuple[str, ...], survives: bool
) -> None:
    assert survives_query(parts) is survives
