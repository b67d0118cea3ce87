"""Compatibility rules: a schema before, the same after, and what breaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rivetgen_schema import ir, load_text
from rivetgen_schema.compatibility import FAILING, LEVELS, RULES, compare, version_bump

DATA = Path(__file__).parents[2] / "data" / "schema" / "compatibility.yaml"
HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"


def load(text: str) -> ir.Schema:
    result = load_text(HEADER + text)
    assert result.schema is not None, result.findings
    return result.schema


def room(part: str) -> str:
    return f"actors:\n  room: {{ {part} }}\n"


def action(part: str) -> str:
    return room(f"actions: {{ act: {{ {part} }} }}")


def point(fields: str, use: str) -> str:
    return f"types:\n  Point: {{ fields: {{ {fields} }} }}\n{room(use)}"


RETURNED = "actions: { act: { returns: Point } }"


CASES: list[dict[str, Any]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
EVERY_CASE = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['rule']} of {case['element']}"
)


@EVERY_CASE
def test_rule_finds_its_change(case: dict[str, Any]) -> None:
    changes = compare(load(case["before"]), load(case["after"]))
    found = {(change.rule, change.element): change for change in changes}
    change = found[case["rule"], case["element"]]
    assert list(change.levels) == case["levels"]
    assert change.message == case["message"]
    assert change.position is not None


@EVERY_CASE
def test_every_message_names_its_element(case: dict[str, Any]) -> None:
    assert f"`{case['element']}`" in case["message"]


@EVERY_CASE
def test_same_schema_has_no_change(case: dict[str, Any]) -> None:
    for text in (case["before"], case["after"]):
        assert compare(load(text), load(text)) == ()


def test_every_rule_has_a_case() -> None:
    assert len(RULES) >= 60
    assert {case["rule"] for case in CASES} | {"schema-renamed"} == set(RULES)


def test_renamed_schema_breaks_the_imports_of_consumers() -> None:
    schema = load("actors: {}")
    (change,) = compare(schema, replace(schema, name="other"))
    assert change.rule == "schema-renamed"
    assert not change.fails


def test_gravest_changes_come_first() -> None:
    before = load(room("actions: { a: {}, b: { readOnly: true } }"))
    after = load(room("actions: { b: {}, c: {} }"))
    levels = [change.level for change in compare(before, after)]
    assert levels == sorted(levels, key=LEVELS.index)
    assert levels[0] in FAILING


@pytest.mark.parametrize(
    ("before", "after", "bump"),
    [
        (action(""), room(""), "major"),
        (room("state: { a: int = 1 }"), room(""), "major"),
        (room(""), action(""), "minor"),
        (action("args: [a: int]"), action("args: [b: int]"), "minor"),
        (action("timeout: 5s"), action("timeout: 4s"), "patch"),
        (action(""), action(""), "none"),
    ],
)
def test_changes_decide_the_version_bump(before: str, after: str, bump: str) -> None:
    assert version_bump(compare(load(before), load(after))) == bump


def test_raised_state_version_permits_any_state() -> None:
    before = load(room("state: { a: int = 1 }"))
    after = load(room("state: { b: string = x }, stateVersion: 2"))
    assert not any(change.fails for change in compare(before, after))


def test_removed_element_is_found_in_what_contained_it() -> None:
    before = load("actors:\n  hall: {}\n  room:\n    actions:\n      act: {}\n")
    after = load("actors:\n  hall: {}\n  room: {}\n")
    (change,) = compare(before, after)
    assert change.position is not None
    assert (change.element, change.position.line) == ("room.act", 5)


def test_long_chains_of_types_are_compared() -> None:
    chain = "".join(f"  T{n}: {{ fields: {{ a: T{n + 1} }} }}\n" for n in range(2_000))
    use = action("returns: T0")
    before = load(f"types:\n{chain}  T2000: int\n{use}")
    after = load(f"types:\n{chain}  T2000: string\n{use}")
    assert [change.element for change in compare(before, after)] == ["T2000"]


def test_alias_and_its_meaning_are_the_same_on_the_wire() -> None:
    before = load("types: { Id: string }\n" + action("args: [a: Id]"))
    after = load(action("args: [a: string]"))
    assert not any(change.fails for change in compare(before, after))


def test_recursive_types_are_compared_once() -> None:
    before = load(point("x: int, next: Point | null", RETURNED))
    after = load(point("x: string, next: Point | null", RETURNED))
    assert [c.element for c in compare(before, after)] == ["Point.x"]
