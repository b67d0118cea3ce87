"""JSON that people can read: short values stay on one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_schema.ir import JsonValue

WIDTH = 88
STEP = 2


def json_text(value: Mapping[str, JsonValue] | JsonValue, *, column: int = 0) -> str:
    """Return a JSON value as ASCII text, broken where it would pass `WIDTH`."""
    short = json.dumps(value, ensure_ascii=True)
    if column + len(short) <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner = column + STEP
    if isinstance(value, list):
        items = [json_text(item, column=inner) for item in value]
        return _broken("[]", items, column)
    entries = [
        f"{json.dumps(name, ensure_ascii=True)}: {json_text(item, column=inner)}"
        for name, item in value.items()
    ]
    return _broken("{}", entries, column)


def _broken(brackets: str, items: list[str], column: int) -> str:
    margin = "\n" + " " * (column + STEP)
    body = ("," + margin).join(items)
    return f"{brackets[0]}{margin}{body}\n{' ' * column}{brackets[1]}"
