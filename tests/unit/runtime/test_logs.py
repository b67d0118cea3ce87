"""Lines of the log in three forms, with the same facts."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from rivetgen_runtime.logs import LogFormat, current_ray_id, log_handler


def line(
    kind: LogFormat,
    message: str,
    facts: dict[str, Any] | None = None,
    *,
    error: bool = False,
) -> str:
    """Format one record as a handler would."""
    handler = log_handler(kind)
    record = logging.LogRecord(
        "rivetgen.actor", logging.WARNING, "", 0, message, (), None
    )
    for name, value in (facts or {}).items():
        setattr(record, name, value)
    if error:
        try:
            raise ValueError(message)
        except ValueError as raised:
            record.exc_info = (ValueError, raised, raised.__traceback__)
    assert handler.filter(record)
    return handler.format(record)


ACTOR = {"actor": "counter", "actor_id": "abc", "key": ("room", "1")}


def test_json_lines_hold_every_fact() -> None:
    fields = json.loads(line(LogFormat.JSON, 'said "hé"', ACTOR))

    assert fields.pop("ts").endswith("+00:00")
    assert fields == {
        "level": "warning",
        "logger": "rivetgen.actor",
        "message": 'said "hé"',
        "actor": "counter",
        "actor_id": "abc",
        "key": "room/1",
    }


def test_logfmt_quotes_what_has_spaces() -> None:
    text = line(LogFormat.LOGFMT, "two words", ACTOR)

    assert 'message="two words"' in text
    assert "actor=counter" in text
    assert "key=room/1" in text
    assert "\n" not in text


@pytest.mark.parametrize("kind", LogFormat)
def test_an_error_comes_with_its_traceback(kind: LogFormat) -> None:
    text = line(kind, "broken", error=True)

    assert "ValueError: broken" in text
    assert ("\n" in text) is (kind is LogFormat.TEXT)


@pytest.mark.parametrize("kind", LogFormat)
def test_lines_name_the_request_that_is_served(kind: LogFormat) -> None:
    token = current_ray_id.set("ray1")
    try:
        assert "ray1" in line(kind, "served")
    finally:
        current_ray_id.reset(token)
    assert "ray1" not in line(kind, "later")


def test_text_lines_say_the_facts_behind_the_message() -> None:
    text = line(LogFormat.TEXT, "saved", ACTOR)

    assert text.endswith("saved [actor=counter actor_id=abc key=room/1]")
