"""`rivetgen breaking`: against a revision, a file and the lock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repositories import commit, git, repository
from rivetgen_cli import SCHEMA, run

if TYPE_CHECKING:
    from pathlib import Path

RENAMED = SCHEMA.replace("getCount", "readCount")
REORDERED = "[by: int = 1, amount: int = 1]"
TWO_ARGUMENTS = SCHEMA.replace("[amount: int = 1]", "[amount: int = 1, by: int = 1]")


def edit(shop: Path, text: str) -> None:
    (shop / "actors.yaml").write_text(text)


def test_a_removed_action_is_named_with_its_actor_and_line(shop: Path) -> None:
    repository(shop)
    edit(shop, RENAMED)
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 1
    assert (
        "error[action-removed]: wire: The action `counter.getCount` was removed.\n"
        "  --> actors.yaml:4:3\n"
    ) in result.output
    assert "4 |   counter:\n  |   ^^^^^^^\n" in result.output
    assert "Breaks git:HEAD: 1 wire, 1 addition." in result.output


def test_a_retyped_argument_is_named_with_its_own_line(shop: Path) -> None:
    repository(shop)
    edit(shop, SCHEMA.replace("amount: int = 1", "amount: string = x"))
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 1
    assert "`counter.increment.amount` was `int` and is `string`" in result.output
    assert "actors.yaml:8:27" in result.output


def test_nothing_changed_exits_with_0(shop: Path) -> None:
    repository(shop)
    result = run("breaking", "--against", "git:main")
    assert result.status == 0
    assert result.output == "Does not break git:main: no changes.\n"


def test_an_addition_exits_with_0_and_is_only_counted(shop: Path) -> None:
    repository(shop)
    edit(shop, SCHEMA + "      reset: int\n")
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 0
    assert result.output == "Does not break git:HEAD: 1 addition.\n"


def test_a_change_of_behaviour_warns_unless_it_shall_fail(shop: Path) -> None:
    repository(shop)
    edit(shop, SCHEMA.replace("amount: int = 1", "amount: int = 2"))
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 0
    assert "warning[default-changed]: behaviour: " in result.output
    strict = run("breaking", "--against", "git:HEAD", "--fail-on", "behaviour")
    assert strict.status == 1
    assert "error[default-changed]" in strict.output


def test_stored_state_is_protected_unless_its_version_is_raised(shop: Path) -> None:
    repository(shop)
    retyped = SCHEMA.replace("count: int = 0", "count: string = x")
    edit(shop, retyped)
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 1
    assert "durable: Stored `counter.state.count` was `int`" in result.output
    assert "fix: Raise `stateVersion` and migrate" in result.output
    edit(shop, retyped.replace("    state:", "    stateVersion: 2\n    state:"))
    assert run("breaking", "--against", "git:HEAD").status == 0


def test_reordered_arguments_are_found_through_the_lock(shop: Path) -> None:
    edit(shop, TWO_ARGUMENTS)
    assert run("release").status == 0
    edit(shop, SCHEMA.replace("[amount: int = 1]", REORDERED))
    result = run("breaking")
    assert result.status == 1
    assert "error[arguments-reordered]" in result.output
    assert "`counter.increment` took `amount` then `by`" in result.output


@pytest.mark.parametrize(
    "name", ["old.yaml", "specs/client-spec.json", "rivetgen.lock"]
)
def test_every_kind_of_file_can_be_compared_with(shop: Path, name: str) -> None:
    (shop / "old.yaml").write_text(SCHEMA)
    run("generate")
    run("release")
    edit(shop, RENAMED)
    result = run("breaking", "--against", name)
    assert result.status == 1
    assert "The action `counter.getCount` was removed." in result.output


def test_a_schema_can_be_named_instead_of_the_project(shop: Path) -> None:
    (shop / "other").mkdir()
    (shop / "other" / "actors.yaml").write_text(RENAMED)
    result = run("breaking", "other/actors.yaml", "--against", "actors.yaml")
    assert result.status == 1
    assert "other/actors.yaml:4:3" in result.output


def test_imported_files_come_from_the_revision_too(shop: Path) -> None:
    edit(shop, SCHEMA + "      changed: Id\nimports: ['types/*.yaml']\n")
    (shop / "types").mkdir()
    (shop / "types" / "id.yaml").write_text("types:\n  Id: uuid\n")
    repository(shop)
    (shop / "types" / "id.yaml").write_text("types:\n  Id: int\n")
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 1
    assert "wire: `Id` was `uuid` and is `int`." in result.output
    assert "types/id.yaml:2:3" in result.output


def test_a_schema_below_the_top_of_the_repository_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "services" / "counter"
    folder.mkdir(parents=True)
    (folder / "actors.yaml").write_text(SCHEMA)
    repository(tmp_path)
    (folder / "actors.yaml").write_text(RENAMED)
    monkeypatch.chdir(tmp_path)
    result = run("breaking", "services/counter/actors.yaml", "--against", "git:HEAD")
    assert result.status == 1
    assert "services/counter/actors.yaml:4:3" in result.output


@pytest.mark.parametrize(
    ("against", "sentence"),
    [
        ("git:nothing", "there is no revision 'nothing' in this repository"),
        ("git:--help", "'--help' is no revision"),
        ("git:", "'' is no revision"),
        ("nothing.yaml", "nothing.yaml cannot be read"),
        ("lock", "there is no rivetgen.lock; `rivetgen release` writes it"),
    ],
)
def test_a_version_that_is_not_there_exits_with_2(
    shop: Path, against: str, sentence: str
) -> None:
    repository(shop)
    result = run("breaking", "--against", against)
    assert result.status == 2
    assert sentence in result.errors


def test_a_folder_without_a_repository_exits_with_2(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 2
    assert "not a git repository" in result.errors


def test_a_revision_without_the_schema_exits_with_2(shop: Path) -> None:
    (shop / "actors.yaml").rename(shop / "old.txt")
    repository(shop)
    (shop / "old.txt").rename(shop / "actors.yaml")
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 2
    assert "actors.yaml does not exist in the revision 'HEAD'" in result.errors


def test_a_broken_schema_exits_with_3(shop: Path) -> None:
    repository(shop)
    edit(shop, SCHEMA.replace("int", "integer"))
    result = run("breaking", "--against", "git:HEAD")
    assert result.status == 3
    assert "actors.yaml:6:21" in result.errors


def test_a_broken_revision_exits_with_3_and_is_named(shop: Path) -> None:
    edit(shop, SCHEMA.replace("int", "integer"))
    repository(shop)
    edit(shop, SCHEMA)
    commit(shop)
    assert run("breaking", "--against", "git:HEAD").status == 0
    result = run("breaking", "--against", "git:HEAD~1")
    assert result.status == 3
    assert "git:HEAD~1:actors.yaml:6:21" in result.errors
    assert "Error: git:HEAD~1 cannot be used." in result.errors


@pytest.mark.parametrize("text", ['{"lock": 1}', '{"format": 9}', "{nonsense", "{}"])
def test_a_file_that_is_no_schema_exits_with_3(shop: Path, text: str) -> None:
    (shop / "old.json").write_text(text)
    result = run("breaking", "--against", "old.json")
    assert result.status == 3
    assert "is neither a schema, a lock nor a client spec" in result.errors


def test_an_edited_lock_exits_with_3(shop: Path) -> None:
    run("release")
    lock = shop / "rivetgen.lock"
    lock.write_text(lock.read_text().replace("increment", "decrement"))
    result = run("breaking")
    assert result.status == 3
    assert "edited or merged by hand" in result.errors


def test_json_names_rule_levels_element_and_place(shop: Path) -> None:
    repository(shop)
    edit(shop, RENAMED)
    result = run("breaking", "--against", "git:HEAD", "--format", "json")
    assert result.status == 1
    report = json.loads(result.output)
    assert (report["against"], report["bump"]) == ("git:HEAD", "major")
    removed, added = report["changes"]
    assert removed["rule"] == "action-removed"
    assert removed["levels"] == ["wire"]
    assert removed["element"] == "counter.getCount"
    assert removed["fails"] is True
    assert removed["position"]["line"] == 4
    assert added["level"] == "addition"


def test_sarif_names_the_rules(shop: Path) -> None:
    repository(shop)
    edit(shop, RENAMED)
    result = run("breaking", "--against", "git:HEAD", "--format", "sarif")
    (log,) = json.loads(result.output)["runs"]
    (rule,) = log["tool"]["driver"]["rules"]
    assert rule["id"] == "action-removed"
    assert "breaks deployed clients" in rule["shortDescription"]["text"]
    assert [r["level"] for r in log["results"]] == ["error"]


def test_github_annotates_the_line(shop: Path) -> None:
    repository(shop)
    edit(shop, RENAMED)
    result = run("breaking", "--against", "git:HEAD", "--format", "github")
    assert "::error title=action-removed,file=actors.yaml,line=4," in result.output


def test_the_working_tree_is_left_alone(shop: Path) -> None:
    repository(shop)
    edit(shop, RENAMED)
    before = git(shop, "status", "--porcelain")
    run("breaking", "--against", "git:HEAD")
    assert git(shop, "status", "--porcelain") == before
