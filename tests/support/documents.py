"""Fenced code blocks of Markdown files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block and the line it starts at."""

    language: str
    text: str
    line: int

    def __str__(self) -> str:
        """Name the block in the messages of tests."""
        return f"{self.language} block of line {self.line}"


def code_blocks(path: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown file, in order."""
    text = path.read_text()
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(language=match[1], text=match[2], line=line)


def prose(path: Path) -> str:
    """Return a Markdown file without its fenced blocks."""
    return FENCE.sub("", path.read_text())
