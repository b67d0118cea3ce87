"""`fmt`: one layout for schema files that keeps every comment.

Formatting works on lines, because a YAML emitter would drop comments, quotes and the
choice between flow and block style, which carry meaning for readers. Levels are two
blanks deep, lists are indented below their key, blank lines never come in pairs, and no
line ends in blanks. What a file says never changes: the result is parsed and compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rivetgen_schema.errors import SchemaError
from rivetgen_schema.findings import FindingLog
from rivetgen_schema.yaml_tree import (
    Mapping,
    Node,
    NodeBudget,
    Scalar,
    Sequence,
    parse_yaml,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen_schema.findings import Finding

INDENT: Final = 2
"""Blanks of one level."""

_DASHES: Final = re.compile(r"-[ ]+(?=\S)")


class FormatError(SchemaError):
    """A file cannot be formatted, because it cannot be read.

    Attributes:
        findings: What is wrong with it.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("The file cannot be read, so it cannot be formatted.")
        self.findings = findings


def format_text(text: str, *, name: str = "actors.yaml") -> str:
    """Return a schema file in the one layout; comments stay where they are.

    Raises:
        FormatError: The text is not YAML that the schema language allows.
    """
    before = _parse(text, name=name)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    layout = _Layout(lines=lines.split("\n"))
    layout.place(before, column=0)
    formatted = layout.text()
    try:
        after = _parse(formatted, name=name)
    except FormatError:
        return text
    # A rare layout that would not survive is left alone.
    return formatted if _same(before, after) else text


def _parse(text: str, *, name: str) -> Node:
    log = FindingLog()
    data = text.encode("utf-8", "surrogatepass")
    root = parse_yaml(data, name=name, log=log, budget=NodeBudget())
    if root is None or log.has_errors:
        raise FormatError(log.findings())
    return root


def _same(first: Node, second: Node) -> bool:
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        return (first.value, first.plain) == (second.value, second.plain)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        pairs = zip(first.entries.items(), second.entries.items(), strict=False)
        return len(first.entries) == len(second.entries) and all(
            a == b and _same(x.value, y.value) for (a, x), (b, y) in pairs
        )
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        items = zip(first.items, second.items, strict=False)
        return len(first.items) == len(second.items) and all(
            _same(a, b) for a, b in items
        )
    return False


@dataclass(slots=True, kw_only=True)
class _Layout:
    """Decides the indentation of every line.

    Attributes:
        lines: The lines as they are.
        columns: New indentation of the lines that start an entry or an item.
        inner: Lines inside a value; they move with the line that the value starts on.
        verbatim: Lines inside a text of several lines, blanks at their end included.
    """

    lines: list[str]
    columns: dict[int, int] = field(default_factory=dict[int, int])
    inner: set[int] = field(default_factory=set[int])
    verbatim: set[int] = field(default_factory=set[int])

    def place(self, node: Node, *, column: int) -> None:
        """Note where the lines of a node go."""
        if isinstance(node, Scalar):
            self._protect(node)
        elif isinstance(node, Mapping):
            self._place_mapping(node, column=column)
        else:
            self._place_sequence(node, column=column)

    def _place_mapping(self, node: Mapping, *, column: int) -> None:
        if node.flow:
            self._keep_inside(node)
        for entry in node.entries.values():
            self.place(entry.key, column=column)
            if not node.flow:
                self.columns.setdefault(entry.key.start.line, column)
            self.place(entry.value, column=column + INDENT)

    def _place_sequence(self, node: Sequence, *, column: int) -> None:
        if node.flow:
            self._keep_inside(node)
        for item in node.items:
            if not node.flow:
                self.columns.setdefault(item.start.line, column)
            self.place(item, column=column + INDENT)

    def _keep_inside(self, node: Mapping | Sequence) -> None:
        self.inner.update(range(node.start.line + 1, node.end.line + 1))

    def _protect(self, node: Scalar) -> None:
        # The end of a text in block style is the start of the line after it.
        last = node.end.line if node.end.column else node.end.line - 1
        lines = range(node.start.line + 1, last + 1)
        self.inner.update(lines)
        self.verbatim.update(lines)

    def text(self) -> str:
        """Return the lines at their new places."""
        result: list[str] = []
        shift = 0
        for number, line in enumerate(self.lines):
            if number in self.columns and number not in self.inner:
                shift = self.columns[number] - _indentation(line)
                result.append(self._entry(line, column=self.columns[number]))
            elif number in self.inner:
                kept = line if number in self.verbatim else line.rstrip()
                result.append(_shifted(kept, shift))
            else:
                result.append(self._between(number, line))
        return self._without_extra_blanks(result)

    def _entry(self, line: str, *, column: int) -> str:
        text = line.strip(" ")
        if text.startswith("- "):
            text = _DASHES.sub("- ", text, count=1)
        return " " * column + text

    def _between(self, number: int, line: str) -> str:
        """Return a comment at the level of the entry that it belongs to."""
        text = line.strip()
        if not text.startswith("#"):
            return line.rstrip()
        owner = self._owner(number, column=_indentation(line))
        return " " * (0 if owner is None else self.columns[owner]) + text

    def _owner(self, number: int, *, column: int) -> int | None:
        """Return the entry after a comment, or an earlier one at the same level."""
        after = next(self._entries(range(number + 1, len(self.lines))), None)
        if after is not None and _indentation(self.lines[after]) >= column:
            return after
        for before in self._entries(range(number - 1, -1, -1)):
            indentation = _indentation(self.lines[before])
            if indentation == column:
                return before
            if indentation < column:
                break
        return after

    def _entries(self, numbers: Iterable[int]) -> Iterator[int]:
        return (n for n in numbers if n in self.columns and n not in self.inner)

    def _without_extra_blanks(self, lines: list[str]) -> str:
        kept: list[str] = []
        for number, line in enumerate(lines):
            blank = not line and number not in self.inner
            if blank and (not kept or not kept[-1]):
                continue
            kept.append(line if number in self.verbatim else line.rstrip())
        while kept and not kept[-1]:
            kept.pop()
        return "\n".join(kept) + "\n"


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shifted(line: str, shift: int) -> str:
    if shift >= 0:
        return " " * shift + line if line else line
    return line[min(-shift, _indentation(line)) :]
