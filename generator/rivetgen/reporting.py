"""Findings, changes and files in the formats that commands offer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rivetgen.version import VERSION
from rivetgen_schema import render_findings, render_github, render_json, render_sarif
from rivetgen_schema.compatibility import RULES, version_bump
from rivetgen_schema.findings import Finding, FindingLog
from rivetgen_schema.reports import json_position
from rivetgen_schema.source import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rivetgen.output import Change as FileChange
    from rivetgen.output import FileState
    from rivetgen_schema.compatibility import Change, Level
    from rivetgen_schema.findings import Severity
    from rivetgen_schema.ir import JsonValue
    from rivetgen_schema.source import SourceFile

CHANGES_VERSION: Final = 1

LEVEL_TITLES: Final[dict[Level, str]] = {
    "wire": "breaks deployed clients",
    "durable": "breaks stored data",
    "source-python": "breaks Python code on upgrade",
    "source-ts": "breaks TypeScript code on upgrade",
    "source-swift": "breaks Swift code on upgrade",
    "behaviour": "may surprise",
    "addition": "is new",
}
"""What a change of each level does."""

ADVICE: Final[dict[Level, str]] = {
    "wire": "Keep the old form beside the new one, or raise the major version.",
    "durable": "Keep what is stored readable, or raise the major version.",
    "source-python": "Say so in the changelog; users adapt when they upgrade.",
    "source-ts": "Say so in the changelog; users adapt when they upgrade.",
    "source-swift": "Say so in the changelog; users adapt when they upgrade.",
    "behaviour": "Say so in the changelog.",
    "addition": "Nothing is to be done.",
}
"""What to do about a change of each level."""

STATE_ADVICE: Final = "Raise `stateVersion` and migrate, or keep the field as it was."
MESSAGE_ADVICE: Final = "Empty the queue before the release, or add another queue."


def rendered(findings: Iterable[Finding], output_format: str, *, color: bool) -> str:
    """Return findings in one of the formats."""
    findings = list(findings)
    if output_format == "json":
        return render_json(findings)
    if output_format == "github":
        return render_github(findings)
    if output_format == "sarif":
        titles = {code: f"{code}: {title}" for code, title in _titles(findings)}
        return render_sarif(findings, tool_version=str(VERSION), titles=titles)
    return render_findings(findings, color=color)


def _titles(findings: Iterable[Finding]) -> Iterable[tuple[str, str]]:
    for finding in findings:
        rule = RULES.get(finding.code)
        if rule is not None:
            yield rule.code, LEVEL_TITLES[rule.levels[0]]


def change_findings(
    changes: Iterable[Change],
    *,
    failing: frozenset[Level],
    files: Iterable[SourceFile] = (),
) -> tuple[Finding, ...]:
    """Return changes as findings; those that fail are errors, additions are notes."""
    log = FindingLog(files={file.name: file for file in files})
    return tuple(_change_finding(change, failing, log) for change in changes)


def _change_finding(
    change: Change, failing: frozenset[Level], log: FindingLog
) -> Finding:
    position = change.position
    source = log.files.get(position.file) if position else None
    excerpt = source.excerpt(position) if source and position else None
    return Finding(
        code=change.rule,
        severity=_severity(change, failing),
        message=f"{', '.join(change.levels)}: {change.message}",
        fix=advice(change),
        position=position,
        excerpt=excerpt,
    )


def _severity(change: Change, failing: frozenset[Level]) -> Severity:
    if not failing.isdisjoint(change.levels):
        return "error"
    return "info" if change.level == "addition" else "warning"


def advice(change: Change) -> str:
    """Return one sentence that says what to do about a change."""
    parts = change.element.split(".")
    if change.level == "durable" and "state" in parts:
        return STATE_ADVICE
    if change.level == "durable" and "message" in parts:
        return MESSAGE_ADVICE
    return ADVICE[change.level]


def changes_json(changes: Sequence[Change], *, against: str) -> str:
    """Return changes as one JSON document; `version` names its format."""
    items: list[JsonValue] = [_change_json(change) for change in changes]
    document: JsonValue = {
        "version": CHANGES_VERSION,
        "against": against,
        "bump": version_bump(tuple(changes)),
        "changes": items,
    }
    return json.dumps(document, indent=2) + "\n"


def _change_json(change: Change) -> JsonValue:
    return {
        "rule": change.rule,
        "level": change.level,
        "levels": [*change.levels],
        "fails": change.fails,
        "element": change.element,
        "message": change.message,
        "fix": advice(change),
        "position": json_position(change.position),
    }


def file_findings(changes: Iterable[FileChange]) -> tuple[Finding, ...]:
    """Return generated files that are not as they should be, as findings."""
    return tuple(
        Finding(
            code=f"output-{_slug(change.state)}",
            severity="error",
            message=f"{change}.",
            fix="Run `rivetgen generate`.",
            position=Position(change.path, 1, 1, 1, 2),
        )
        for change in changes
    )


def _slug(state: FileState) -> str:
    return state.value.replace(" ", "-")
