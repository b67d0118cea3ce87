"""Types written back in the short form."""

from __future__ import annotations

import pytest

from rivetgen_schema.type_expressions import parse_type
from rivetgen_schema.type_text import type_text


@pytest.mark.parametrize(
    "text",
    [
        "string",
        "string(1..200)",
        "int(0..)",
        "int(..9)",
        "list<int>(1..100)",
        "set<string>",
        "map<list<Message>>(..5)",
        "enum<a | b>",
        "Message | null",
        "string | int",
        "string | int | null",
        "list<int | null>",
    ],
)
def test_text_reads_back_as_the_same_type(text: str) -> None:
    parsed = parse_type(text).type
    assert type_text(parsed) == text
    assert parse_type(type_text(parsed)).type == parsed
