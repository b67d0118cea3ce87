"""Cutting SQL text into statements: SQLite's interface takes one at a time."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["statements"]

_TOKEN: Final = re.compile(
    r"""
    '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) | `[^`]*(?:`|\Z) | \[[^\]]*(?:\]|\Z)
    | --[^\n]*            | /\*.*?(?:\*/|\Z)
    | (?P<end>;)          | (?P<space>\s+)        | (?P<text>[^'"`\[\-/;\s]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Literals, names in quotes, comments, and everything else."""

_COMMENTS: Final = ("--", "/*")


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script without their semicolons at the end.

    Triggers hold semicolons of their own: SQLite is asked where a statement is
    complete. Parts that are nothing but comments are left out.
    """
    start = 0
    is_empty = True
    for token in _TOKEN.finditer(script):
        if token["end"] is None:
            is_empty = is_empty and _is_silent(token)
            continue
        part = script[start : token.end()]
        if is_empty:
            start = token.end()
        elif sqlite3.complete_statement(part):
            yield part[:-1]
            start, is_empty = token.end(), True
    if not is_empty:
        yield script[start:]


def _is_silent(token: re.Match[str]) -> bool:
    return token["space"] is not None or token[0].startswith(_COMMENTS)
