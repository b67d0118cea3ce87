"""Every code of the catalogue is raised by its example and gone after its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rivetgen.json_models.findings import json_schema_findings
from rivetgen_schema import lint_targets, load_text, unsupported
from rivetgen_schema.catalogue import EXPLANATIONS, explain
from rivetgen_schema.codes import CODES, code_named, severity_of

if TYPE_CHECKING:
    from rivetgen_schema.findings import Finding
    from rivetgen_schema.ir import Target

# A short text cannot show these; they have tests of their own.
WITHOUT_EXAMPLE = {"RG101", "RG103", "RG108", "RG110", "RG114", "RG140"}
SHOWN = [code for code, entry in EXPLANATIONS.items() if entry.example]


def all_findings(text: str) -> tuple[Finding, ...]:
    result = load_text(text)
    if result.schema is None:
        return result.findings
    targets: frozenset[Target] = frozenset({"swift"})
    return (
        *result.findings,
        *unsupported(result.schema, frozenset()),
        *lint_targets(result.schema, targets),
        *json_schema_findings(result.schema),
    )


def test_every_code_has_an_explanation() -> None:
    assert {row.code for row in CODES} == EXPLANATIONS.keys()


def test_codes_are_distinct_and_sorted() -> None:
    codes = [row.code for row in CODES]
    assert codes == sorted(set(codes))


def test_only_what_cannot_be_shown_has_no_example() -> None:
    assert set(EXPLANATIONS) - set(SHOWN) == WITHOUT_EXAMPLE


@pytest.mark.parametrize("code", SHOWN)
def test_example_raises_its_code(code: str) -> None:
    findings = all_findings(EXPLANATIONS[code].example_text())
    assert code in [finding.code for finding in findings]


@pytest.mark.parametrize("code", SHOWN)
def test_example_raises_nothing_else_of_the_same_weight(code: str) -> None:
    findings = load_text(EXPLANATIONS[code].example_text()).findings
    others = {f.code for f in findings if f.severity == "error"} - {code}
    assert not others


@pytest.mark.parametrize("code", SHOWN)
def test_fix_removes_the_finding(code: str) -> None:
    text = EXPLANATIONS[code].fixed_text()
    result = load_text(text)
    assert result.schema is not None, result.findings
    assert code not in [finding.code for finding in all_findings(text)]


@pytest.mark.parametrize("code", SHOWN)
def test_finding_says_where_what_and_how_to_repair(code: str) -> None:
    findings = all_findings(EXPLANATIONS[code].example_text())
    finding = next(finding for finding in findings if finding.code == code)
    assert finding.position is not None
    assert finding.position.line >= 1
    assert finding.message.endswith(".")
    assert finding.fix.endswith((".", "?"))
    assert finding.severity == severity_of(code)


def test_explain_ignores_case() -> None:
    assert explain("rg010") is EXPLANATIONS["RG010"]
    assert explain("RG999") is None
    assert code_named("RG999") is None
