"""The text of a release: every change named, grouped by what it means for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen.comparing import Comparison
    from rivetgen_schema.compatibility import Change, Level

HEADINGS: Final[dict[str, frozenset[Level]]] = {
    "Breaks deployed clients": frozenset({"wire"}),
    "Breaks stored data": frozenset({"durable"}),
    "Needs changes in code on upgrade": frozenset(
        {"source-python", "source-ts", "source-swift"}
    ),
    "Behaves differently": frozenset({"behaviour"}),
    "Added": frozenset({"addition"}),
}
"""Heading to the gravest levels of the changes below it, in order."""

_LANGUAGES: Final[dict[Level, str]] = {
    "source-python": "Python",
    "source-ts": "TypeScript",
    "source-swift": "Swift",
}


def changelog_section(comparison: Comparison, version: str) -> str:
    """Return the section of one release as Markdown."""
    return "\n".join([f"## {version}", *_groups(comparison.changes)]) + "\n"


def _groups(changes: Iterable[Change]) -> Iterator[str]:
    changes = list(changes)
    if not changes:
        yield "\nNo change of the contract."
    for heading, levels in HEADINGS.items():
        entries = [_entry(change) for change in changes if change.level in levels]
        if entries:
            yield f"\n### {heading}\n"
            yield from entries


def _entry(change: Change) -> str:
    languages = [_LANGUAGES[level] for level in change.levels if level in _LANGUAGES]
    note = f" ({', '.join(languages)})" if languages else ""
    return f"- {change.message}{note}"


def with_section(text: str, section: str) -> str:
    """Return a changelog with a new section above those of earlier releases."""
    before, mark, after = text.partition("\n## ")
    if not mark:
        return f"{text.rstrip() or '# Changelog'}\n\n{section}"
    return f"{before.rstrip()}\n\n{section}\n## {after}"
