"""Findings for programs and for people."""

from __future__ import annotations

import json

import pytest

from rivetgen_schema import Finding, Position, load_text, render_findings
from rivetgen_schema.render import printable, summary
from rivetgen_schema.reports import render_github, render_json, render_sarif

TEXT = (
    "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"
    "types: { Unused: int }\nactors: { a: { events: { b: Nothing, c: Nothing } } }\n"
)


@pytest.fixture
def findings() -> tuple[Finding, ...]:
    return load_text(TEXT).findings


def test_json_holds_everything_a_tool_needs(findings: tuple[Finding, ...]) -> None:
    report = json.loads(render_json(findings))
    assert report["version"] == 1
    unused, unknown = report["findings"]
    assert unused["severity"] == "warning"
    assert unknown == {
        "code": "RG010",
        "severity": "error",
        "message": "There is no type `Nothing`.",
        "fix": "Define `Nothing` under `types`.",
        "position": {
            "file": "actors.yaml",
            "line": 4,
            "column": 29,
            "endLine": 4,
            "endColumn": 36,
        },
        "related": [],
        "repeats": 1,
    }


def test_github_annotations_are_single_lines(findings: tuple[Finding, ...]) -> None:
    lines = render_github(findings).splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["::warning", "::error"]
    assert "file=actors.yaml,line=4,col=29" in lines[1]


def test_github_properties_are_escaped() -> None:
    finding = Finding(
        code="RG100",
        severity="error",
        message="One%\ntwo.",
        fix="Fix.",
        position=Position("a,b:c.yaml", 1, 1, 1, 2),
    )
    (line,) = render_github([finding]).splitlines()
    assert "file=a%2Cb%3Ac.yaml" in line
    assert "One%25%0Atwo." in line


def test_sarif_lists_rules_and_results(findings: tuple[Finding, ...]) -> None:
    report = json.loads(render_sarif(findings, tool_version="0.1.0"))
    (run,) = report["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RG010", "RG011"]
    assert [result["level"] for result in run["results"]] == ["warning", "error"]
    region = run["results"][1]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (4, 29)


def test_finding_without_position_has_no_location() -> None:
    finding = Finding(code="RG114", severity="error", message="Gone.", fix="Look.")
    report = json.loads(render_sarif([finding], tool_version="0.1.0"))
    assert report["runs"][0]["results"][0]["locations"] == []
    assert json.loads(render_json([finding]))["findings"][0]["position"] is None
    assert render_findings([finding], color=False) == (
        "error[RG114]: Gone.\n  fix: Look.\n\n"
    )


def test_text_shows_repeats_and_colors(findings: tuple[Finding, ...]) -> None:
    plain = render_findings(findings, color=False)
    assert "(and 1 more like this)" in plain
    assert "\x1b" not in plain
    colored = render_findings(findings, color=True)
    assert "\x1b[1;31merror[RG010]\x1b[0m" in colored


def test_text_never_carries_terminal_controls() -> None:
    assert printable("a\x1b[31m\u202eb\tc") == "a\ufffd[31m\ufffdb c"


def test_long_lines_are_cut() -> None:
    text = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\nactors: { a: "
    result = load_text(text + "{ description: " + "x" * 5_000 + ", stat: 1 } }")
    shown = render_findings(result.findings, color=False)
    assert max(len(line) for line in shown.splitlines()) < 500


def test_summary_counts_repeats(findings: tuple[Finding, ...]) -> None:
    assert summary(findings) == "2 errors, 1 warning"
    assert summary([]) == "no findings"
