"""Cursors of listings."""

from __future__ import annotations

import pytest

from rivetgen_runtime.storage.cursors import RecordCursor
from stored_actors import actor_record


def test_a_cursor_survives_its_text() -> None:
    cursor = RecordCursor.after(actor_record(7))
    assert RecordCursor.parse(str(cursor)) == cursor


def test_a_time_alone_is_a_cursor_as_with_official_servers() -> None:
    assert RecordCursor.parse("1795247045982") == RecordCursor(1795247045982)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1e9", "٣", ".a", "9" * 40, "9" * 19, "0x10"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a cursor"):
        RecordCursor.parse(text)
