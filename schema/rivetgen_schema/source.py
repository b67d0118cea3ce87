"""Where something stands in a schema file, and the lines around it."""

from __future__ import annotations

from dataclasses import dataclass

CONTEXT_LINES = 1
"""Lines of an excerpt shown before and after the line of a finding."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A range of characters in one file; lines and columns count from 1.

    Attributes:
        file: Name of the file as it is shown to the reader.
        line: Line of the first character.
        column: Column of the first character, in code points.
        end_line: Line of the last character.
        end_column: Column after the last character.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """Return the `file:line:column` form that editors understand."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The lines around a position, so that a finding can be read on its own.

    Attributes:
        first_line: Number of the first line in `lines`.
        lines: At most three lines, without line ends.
    """

    first_line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One schema file as text.

    Attributes:
        name: Name of the file as it is shown to the reader.
        lines: The text split at line ends.
    """

    name: str
    lines: tuple[str, ...]

    @classmethod
    def from_text(cls, text: str, *, name: str) -> SourceFile:
        """Split a text the way YAML does: LF, CRLF and CR end a line."""
        unified = text.replace("\r\n", "\n").replace("\r", "\n")
        return cls(name=name, lines=tuple(unified.split("\n")))

    def start(self) -> Position:
        """Return the position of the first character."""
        return Position(self.name, 1, 1, 1, 1)

    def end(self) -> Position:
        """Return the position after the last character."""
        line, column = len(self.lines), len(self.lines[-1]) + 1
        return Position(self.name, line, column, line, column + 1)

    def excerpt(self, position: Position) -> Excerpt:
        """Return the line of a position with the line before and after it."""
        first = max(position.line - CONTEXT_LINES, 1)
        last = min(position.line + CONTEXT_LINES, len(self.lines))
        return Excerpt(first_line=first, lines=self.lines[first - 1 : last])
