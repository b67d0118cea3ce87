"""Findings as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen_schema.findings import Finding, Severity
    from rivetgen_schema.source import Excerpt, Position

_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
_BLUE: Final = "\x1b[1;34m"
_COLORS: Final[dict[Severity, str]] = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
}
MAXIMUM_LINE_WIDTH: Final = 200
"""Columns of an excerpt; longer lines are cut."""


def render_findings(findings: Iterable[Finding], *, color: bool) -> str:
    """Return findings as text with excerpts, each ending with an empty line."""
    return "".join(f"{_finding(finding, color=color)}\n" for finding in findings)


def summary(findings: Iterable[Finding]) -> str:
    """Return how many findings there are, such as "2 errors, 1 warning"."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.severity] = counts.get(finding.severity, 0) + finding.repeats + 1
    parts = [_count(counts[word], word) for word in _COLORS if word in counts]
    return ", ".join(parts) or "no findings"


def _count(number: int, word: str) -> str:
    plural = "" if number == 1 or word == "info" else "s"
    return f"{number:,} {word}{plural}"


def _finding(finding: Finding, *, color: bool) -> str:
    paint = _paint if color else _plain
    head = paint(f"{finding.severity}[{finding.code}]", _COLORS[finding.severity])
    lines = [f"{head}{paint(f': {printable(finding.message)}', _BOLD)}"]
    if finding.position is not None:
        lines.append(f"{paint('  -->', _BLUE)} {printable(str(finding.position))}")
        if finding.excerpt is not None:
            lines.extend(
                _excerpt(finding, finding.excerpt, finding.position, color=color)
            )
    lines.append(f"{paint('  fix:', _BLUE)} {printable(finding.fix)}")
    lines.extend(f"  see: {printable(str(place))}" for place in finding.related)
    if finding.repeats:
        lines.append(f"  (and {finding.repeats:,} more like this)")
    return "\n".join([*lines, ""])


def _excerpt(
    finding: Finding, excerpt: Excerpt, position: Position, *, color: bool
) -> Iterator[str]:
    paint = _paint if color else _plain
    width = len(str(excerpt.first_line + len(excerpt.lines)))
    for number, line in enumerate(excerpt.lines, start=excerpt.first_line):
        gutter = paint(f"{number:>{width}} |", _BLUE)
        text = printable(line)
        yield f"{gutter} {text[:MAXIMUM_LINE_WIDTH]}".rstrip()
        if number == position.line and position.column <= MAXIMUM_LINE_WIDTH:
            carets = "^" * _caret_count(position, len(text))
            marker = paint(carets, _COLORS[finding.severity])
            blank = paint(f"{'':>{width}} |", _BLUE)
            yield f"{blank} {' ' * (position.column - 1)}{marker}"


def _caret_count(position: Position, line_length: int) -> int:
    same_line = position.end_line == position.line
    end = position.end_column if same_line else line_length + 1
    return max(1, min(end, MAXIMUM_LINE_WIDTH + 1) - position.column)


def printable(text: str) -> str:
    """Return a text of the same width without characters that steer a terminal."""
    return "".join(
        character if character.isprintable() else _replacement(character)
        for character in text
    )


def _replacement(character: str) -> str:
    return " " if character == "\t" else "\ufffd"


def _paint(text: str, color: str) -> str:
    return f"{color}{text}{_RESET}"


def _plain(text: str, _color: str) -> str:
    return text
