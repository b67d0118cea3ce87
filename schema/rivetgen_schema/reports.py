"""Findings for programs: JSON, GitHub annotations and SARIF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rivetgen_schema.catalogue import explain
from rivetgen_schema.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rivetgen_schema.findings import Finding, Severity
    from rivetgen_schema.ir import JsonValue
    from rivetgen_schema.source import Position

REPORT_VERSION: Final = 1

_GITHUB_COMMANDS: Final[dict[Severity, str]] = {
    "error": "error",
    "warning": "warning",
    "info": "notice",
}
_SARIF_LEVELS: Final[dict[Severity, str]] = {
    "error": "error",
    "warning": "warning",
    "info": "note",
}


def render_json(findings: Iterable[Finding]) -> str:
    """Return findings as one JSON document; `version` names its format."""
    items = [_json_finding(finding) for finding in findings]
    return json.dumps({"version": REPORT_VERSION, "findings": items}, indent=2) + "\n"


def _json_finding(finding: Finding) -> JsonValue:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "fix": finding.fix,
        "position": json_position(finding.position),
        "related": [json_position(position) for position in finding.related],
        "repeats": finding.repeats,
    }


def json_position(position: Position | None) -> JsonValue:
    """Return a range as programs read it."""
    if position is None:
        return None
    return {
        "file": position.file,
        "line": position.line,
        "column": position.column,
        "endLine": position.end_line,
        "endColumn": position.end_column,
    }


def render_github(findings: Iterable[Finding]) -> str:
    """Return findings as workflow commands, which GitHub shows beside the lines."""
    return "".join(f"{_github_line(finding)}\n" for finding in findings)


def _github_line(finding: Finding) -> str:
    properties = {"title": finding.code}
    if finding.position is not None:
        position = finding.position
        properties |= {
            "file": position.file,
            "line": str(position.line),
            "col": str(position.column),
            "endLine": str(position.end_line),
            "endColumn": str(position.end_column),
        }
    listed = ",".join(f"{k}={_github_property(v)}" for k, v in properties.items())
    message = _github_text(f"{finding.message} {finding.fix}")
    return f"::{_GITHUB_COMMANDS[finding.severity]} {listed}::{message}"


def _github_text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_text(text).replace(":", "%3A").replace(",", "%2C")


def render_sarif(
    findings: Iterable[Finding],
    *,
    tool_version: str,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Return findings as SARIF 2.1.0, which code scanning services read.

    Args:
        findings: What to report.
        tool_version: Version of the generator.
        titles: Titles of codes that the catalogue does not know.
    """
    findings = list(findings)
    used = {finding.code for finding in findings}
    known = {row.code: row.title for row in CODES} | dict(titles or {})
    rules: list[JsonValue] = [
        _sarif_rule(code, known.get(code, code)) for code in sorted(used)
    ]
    document: JsonValue = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rivetgen",
                        "version": tool_version,
                        "rules": rules,
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding) for finding in findings],
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _sarif_rule(code: str, title: str) -> JsonValue:
    explanation = explain(code)
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": explanation.cause if explanation else title},
    }


def _sarif_result(finding: Finding) -> JsonValue:
    locations: list[JsonValue] = []
    if finding.position is not None:
        locations = [_sarif_location(finding.position)]
    return {
        "ruleId": finding.code,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.fix}"},
        "locations": locations,
        "relatedLocations": [_sarif_location(place) for place in finding.related],
    }


def _sarif_location(position: Position) -> JsonValue:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": position.file.replace("\\", "/")},
            "region": {
                "startLine": position.line,
                "startColumn": position.column,
                "endLine": position.end_line,
                "endColumn": position.end_column,
            },
        }
    }
