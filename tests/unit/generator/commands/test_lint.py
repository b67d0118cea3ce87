"""`rivetgen lint`: every finding, in every format, over several files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_cli import SCHEMA, run
from rivetgen_schema import load_schema
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UNUSED = "types:\n  Unused: { fields: { id: uuid } }\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_clean_schema_exits_with_0(shop: Path) -> None:
    result = run("lint")
    assert (result.status, result.output) == (0, "1 file: no findings\n")
    assert (shop / "actors.yaml").exists()


def test_warnings_exit_with_1(shop: Path) -> None:
    write(shop / "actors.yaml", SCHEMA + UNUSED)
    result = run("lint")
    assert result.status == 1
    assert "warning[RG011]: Nothing uses the type `Unused`." in result.output
    assert "  --> actors.yaml:13:3\n" in result.output


def test_errors_exit_with_3_and_all_of_them_are_shown(shop: Path) -> None:
    text = (
        SCHEMA.replace("returns: int,", "returns: integer,") + "      other: Nothing\n"
    )
    write(shop / "actors.yaml", text)
    result = run("lint")
    assert result.status == 3
    assert result.output.count("error[") == 2
    assert result.output.endswith("1 file: 2 errors\n")


def test_notes_do_not_count(shop: Path) -> None:
    write(shop / "actors.yaml", SCHEMA.replace("count: int = 0", "count: int"))
    result = run("lint")
    assert result.status == 0
    assert "info[RG030]" in result.output


def test_targets_of_the_project_are_heard_too(shop: Path) -> None:
    paged = (
        "actions:\n      find: { args: [cursor: string | absent], paginate: cursor, "
        "returns: { items: list<int>, nextCursor: string | null } }\n"
    )
    write(shop / "actors.yaml", SCHEMA.replace("actions:\n", paged))
    result = run("lint")
    assert result.status == 3
    assert "error[RG907]" in result.output
    assert run("lint", "actors.yaml").status == 0


def test_wildcards_reach_files_in_folders(shop: Path) -> None:
    write(shop / "a" / "actors.yaml", SCHEMA)
    write(shop / "b" / "c" / "actors.yaml", SCHEMA + UNUSED)
    result = run("lint", "*/**/actors.yaml", "a/actors.yaml")
    assert result.status == 1
    assert "b/c/actors.yaml:13:3" in result.output
    assert "2 files: 1 warning" in result.output


def test_a_pattern_without_files_is_wrong_usage(shop: Path) -> None:
    result = run("lint", "nothing/*.yaml")
    assert result.status == 2
    assert "No file is called 'nothing/*.yaml'." in result.errors
    assert shop.exists()


def test_a_folder_without_settings_needs_only_a_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("lint").status == 2
    write(tmp_path / "actors.yaml", SCHEMA)
    assert run("lint").status == 0


def sarif(shop: Path) -> dict[str, Any]:
    write(shop / "actors.yaml", SCHEMA + UNUSED)
    result = run("lint", "--format", "sarif")
    assert result.status == 1
    document: dict[str, Any] = json.loads(result.output)
    return document


def test_sarif_has_every_property_that_its_schema_requires(shop: Path) -> None:
    document = sarif(shop)
    assert document["version"] == "2.1.0"
    (log,) = document["runs"]
    driver = log["tool"]["driver"]
    assert driver["name"] == "rivetgen"
    assert all({"id", "shortDescription"} <= rule.keys() for rule in driver["rules"])
    for result in log["results"]:
        assert result["message"]["text"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["ruleId"] in {rule["id"] for rule in driver["rules"]}


def test_sarif_regions_count_from_one_and_end_after_the_last_character(
    shop: Path,
) -> None:
    (result,) = sarif(shop)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "actors.yaml"}
    assert place["region"] == {
        "startLine": 13,
        "startColumn": 3,
        "endLine": 13,
        "endColumn": 9,
    }


def test_json_and_github_carry_the_same_place(shop: Path) -> None:
    write(shop / "actors.yaml", SCHEMA + UNUSED)
    (finding,) = json.loads(run("lint", "--format", "json").output)["findings"]
    assert (finding["code"], finding["position"]["line"]) == ("RG011", 13)
    line = run("lint", "--format", "github").output
    assert line.startswith("::warning title=RG011,file=actors.yaml,line=13,col=3,")


def test_the_examples_are_clean() -> None:
    result = run("lint", f"{ROOT}/examples/**/actors.yaml")
    assert result.status == 0, result.output
    assert result.output.endswith("files: no findings\n")


def test_the_examples_are_formatted() -> None:
    examples = [str(path) for path in (ROOT / "examples").glob("*/actors.yaml")]
    result = run("fmt", "--check", *examples)
    assert (result.status, result.output) == (0, "")


def test_a_disabled_colour_is_not_written(shop: Path) -> None:
    write(shop / "actors.yaml", SCHEMA + UNUSED)
    assert "\x1b" not in run("lint").output


@pytest.mark.parametrize("output_format", ["json", "github", "sarif"])
def test_programs_get_an_empty_report_for_a_clean_schema(
    shop: Path, output_format: str
) -> None:
    result = run("lint", "--format", output_format)
    assert result.status == 0
    assert "no findings" not in result.output
    assert shop.exists()


def test_the_worked_example_says_what_its_copy_in_the_test_data_says() -> None:
    example = load_schema(ROOT / "examples" / "worked" / "actors.yaml")
    copy = load_schema(ROOT / "tests" / "data" / "schema" / "worked-example.yaml")
    assert example.findings == ()
    assert example.schema is not None
    assert example.schema == copy.schema
