"""YAML as the schema language allows it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from rivetgen_schema import load_schema, load_text, yaml_tree
from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.findings import FindingLog
from rivetgen_schema.scalars import core_value, is_ambiguous
from rivetgen_schema.yaml_tree import NodeBudget, Scalar, parse_yaml

if TYPE_CHECKING:
    from rivetgen_schema.ir import JsonValue

DATA = Path(__file__).parents[2] / "data" / "schema"
WORKED_EXAMPLE = (DATA / "worked-example.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("yes", "yes"),
        ("off", "off"),
        ("012", "012"),
        ("1:30", "1:30"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
        ("2024-01-01", "2024-01-01"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: JsonValue) -> None:
    assert core_value(text) == value
    assert type(core_value(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["yes", "Off", "012", "1:30", "0x1F", "null", "2024-01-01"]
)
def test_texts_that_other_readers_change_are_known(text: str) -> None:
    assert is_ambiguous(text)


@pytest.mark.parametrize("text", ["y", "guest", "10", "1.5", "onwards", "a:b"])
def test_other_texts_are_not_ambiguous(text: str) -> None:
    assert not is_ambiguous(text)


def scalar(text: str) -> Scalar:
    log = FindingLog()
    node = parse_yaml(text.encode(), name="a", log=log, budget=NodeBudget())
    assert isinstance(node, Scalar)
    return node


def test_part_of_a_plain_text_has_an_exact_place() -> None:
    position = scalar("list<Mesage>").slice_position(5, 11)
    assert (position.column, position.end_column) == (6, 12)


def test_part_of_a_quoted_text_counts_the_quote() -> None:
    position = scalar('"list<Mesage>"').slice_position(5, 11)
    assert (position.column, position.end_column) == (7, 13)


def test_part_of_an_escaped_text_falls_back_to_the_whole() -> None:
    node = scalar('"list\\u003cMesage>"')
    assert node.slice_position(5, 11) == node.position


def test_columns_count_characters_and_not_bytes() -> None:
    line = "info: { name: a, version: 'é€😀', descriptio: x }"
    (finding,) = load_text(f"rivet: 1\n{line}").findings
    assert finding.position is not None
    assert finding.position.column == line.index("descriptio") + 1


def test_budget_is_shared_between_files() -> None:
    log, budget = FindingLog(), NodeBudget(left=4)
    assert parse_yaml(b"[1, 2]", name="a", log=log, budget=budget) is not None
    assert parse_yaml(b"[1, 2]", name="b", log=log, budget=budget) is None
    assert [finding.code for finding in log.findings()] == ["RG103"]


def test_reader_without_libyaml_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [WORKED_EXAMPLE, *(e.example_text() for e in EXPLANATIONS.values())]
    with_libyaml = [load_text(text) for text in texts]
    monkeypatch.setattr(yaml_tree, "EVENT_LOADER", yaml.SafeLoader)
    for text, expected in zip(texts, with_libyaml, strict=True):
        result = load_text(text)
        assert result.schema == expected.schema
        found = [(finding.code, finding.message) for finding in result.findings]
        if "RG100" not in [code for code, _ in found]:
            assert found == [(f.code, f.message) for f in expected.findings]


@pytest.mark.parametrize(
    "text", ["rivet: 1\ninfo: {", "rivet: 1\ninfo", 'rivet: "', "rivet: 1\na: |\nb"]
)
def test_mistakes_that_show_at_the_end_have_a_place_in_the_file(text: str) -> None:
    (finding,) = load_text(text).findings
    assert finding.position is not None
    assert finding.position.line <= text.count("\n") + 1
    assert finding.excerpt is not None
    assert finding.excerpt.lines[-1] == text.rpartition("\n")[2]


def test_bytes_that_are_not_utf_8_are_found_whatever_ends_lines(tmp_path: Path) -> None:
    (tmp_path / "actors.yaml").write_bytes(b"rivet: 1\rinfo:\r\n  name: \xff\n")
    (finding,) = load_schema(tmp_path / "actors.yaml").findings
    assert finding.position is not None
    assert (finding.position.line, finding.position.column) == (3, 9)


def test_mistake_at_the_end_of_a_long_line_is_found_in_little_time() -> None:
    text = f"rivet: 1\nother: [{'1234,' * 45_000},]"
    started_s = time.process_time()
    findings = load_text(text).findings
    assert [finding.code for finding in findings] == ["RG100"]
    # Looking at every part of the line for each part of it takes minutes.
    assert time.process_time() - started_s < 10
