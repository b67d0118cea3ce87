"""`rivetgen explain`: findings and compatibility rules."""

from __future__ import annotations

import pytest

from rivetgen_cli import run
from rivetgen_schema.codes import CODES
from rivetgen_schema.compatibility import RULES


def test_a_finding_is_explained_with_cause_example_and_repair() -> None:
    result = run("explain", "rg104")
    assert result.status == 0
    assert result.output.startswith("error[RG104]: Duplicate key\n")
    before, _, after = result.output.partition("Repaired:")
    assert "Example:" in before
    assert "rivet: 1" in after


@pytest.mark.parametrize("code", [row.code for row in CODES])
def test_every_code_can_be_explained(code: str) -> None:
    result = run("explain", code)
    assert result.status == 0
    assert len(result.output.splitlines()) >= 3


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_explained(rule: str) -> None:
    result = run("explain", rule)
    assert result.status == 0
    assert all(f"\n{level}: " in result.output for level in RULES[rule].levels)


def test_without_a_code_all_are_listed() -> None:
    output = run("explain").output
    assert all(f"  {row.code}  " in output for row in CODES)
    assert all(f"  {rule} " in output for rule in RULES)


def test_an_unknown_code_gets_a_suggestion() -> None:
    result = run("explain", "action-remove")
    assert result.status == 2
    assert "Did you mean `action-removed`?" in result.errors
    assert "`rivetgen explain` lists all codes." in run("explain", "zzzz").errors
