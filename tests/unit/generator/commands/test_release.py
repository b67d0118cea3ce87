"""`rivetgen release`, `changelog` and `diff`, and what `check` makes of the lock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rivetgen_cli import SCHEMA, run

if TYPE_CHECKING:
    from pathlib import Path

RENAMED = SCHEMA.replace("getCount", "readCount")
ADDED = SCHEMA + "      reset: int\n"


def edit(shop: Path, text: str, *, version: str = "0.1.0") -> None:
    text = text.replace("version: 0.1.0", f"version: {version}")
    (shop / "actors.yaml").write_text(text)


def released(shop: Path, text: str = SCHEMA, *, version: str = "1.4.0") -> None:
    edit(shop, text, version=version)
    assert run("release").status == 0


def test_the_first_release_writes_the_lock(shop: Path) -> None:
    result = run("release")
    assert (result.status, result.output) == (0, "wrote rivetgen.lock: shop 0.1.0\n")
    lock = json.loads((shop / "rivetgen.lock").read_text())
    assert lock["schema"]["version"] == "0.1.0"
    assert lock["states"]["counter"].keys() == {"1"}


def test_the_same_release_again_writes_nothing(shop: Path) -> None:
    released(shop)
    before = (shop / "rivetgen.lock").stat().st_mtime_ns
    assert "holds shop 1.4.0 already" in run("release").output
    assert (shop / "rivetgen.lock").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("text", "version", "status"),
    [
        (RENAMED, "1.4.0", 1),
        (RENAMED, "1.5.0", 1),
        (RENAMED, "2.0.0", 0),
        (ADDED, "1.4.1", 1),
        (ADDED, "1.5.0", 0),
        (SCHEMA, "1.3.9", 1),
        (SCHEMA, "1.4.1", 0),
    ],
)
def test_a_version_that_is_too_low_is_refused(
    shop: Path, text: str, version: str, status: int
) -> None:
    released(shop)
    before = (shop / "rivetgen.lock").read_text()
    edit(shop, text, version=version)
    result = run("release")
    assert result.status == status, result.errors
    assert ((shop / "rivetgen.lock").read_text() == before) is bool(status)


def test_the_refusal_says_which_version_would_do(shop: Path) -> None:
    released(shop)
    edit(shop, RENAMED, version="1.4.1")
    assert "Set `info.version` to 2.0.0 or higher" in run("release").errors
    assert run("release", "--force").status == 0


def test_states_of_earlier_versions_stay_in_the_lock(shop: Path) -> None:
    released(shop)
    migrated = SCHEMA.replace(
        "    state: { count: int = 0 }",
        "    stateVersion: 2\n    state: { total: int = 0 }",
    )
    released(shop, migrated, version="2.0.0")
    lock = json.loads((shop / "rivetgen.lock").read_text())
    assert lock["states"]["counter"].keys() == {"1", "2"}


def test_check_fails_when_the_last_release_is_broken(shop: Path) -> None:
    released(shop)
    run("generate")
    assert run("check").status == 0
    edit(shop, RENAMED, version="1.4.0")
    run("generate")
    result = run("check")
    assert result.status == 1
    assert "error[action-removed]" in result.errors
    assert "Raise `info.version`, or undo these changes." in result.errors


def test_check_accepts_a_break_that_the_version_announces(shop: Path) -> None:
    released(shop)
    edit(shop, RENAMED, version="2.0.0")
    run("generate")
    assert run("check").status == 0


def test_check_reports_everything_to_programs_at_once(shop: Path) -> None:
    released(shop)
    edit(shop, RENAMED, version="1.4.0")
    result = run("check", "--format", "json")
    assert result.status == 1
    codes = {item["code"] for item in json.loads(result.output)["findings"]}
    assert codes == {"action-removed", "output-missing"}


def test_check_needs_no_comparison_right_after_a_release(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compared(*_: object) -> tuple[()]:
        pytest.fail("the schema was loaded")

    run("generate")
    run("release")
    monkeypatch.setattr("rivetgen.lock_checking._compare", compared)
    assert run("check").status == 0
    assert (shop / "rivetgen.lock").exists()


def test_the_changelog_names_the_element_and_suggests_a_version(shop: Path) -> None:
    released(shop)
    edit(shop, RENAMED, version="1.4.0")
    result = run("changelog")
    assert result.status == 0
    assert result.output == (
        "## 2.0.0\n\n"
        "### Breaks deployed clients\n\n"
        "- The action `counter.getCount` was removed.\n\n"
        "### Added\n\n"
        "- The action `counter.readCount` was added.\n"
    )
    assert "Set `info.version` to 2.0.0 or higher" in result.errors


def test_the_changelog_takes_the_version_of_the_schema_if_it_is_enough(
    shop: Path,
) -> None:
    released(shop)
    edit(shop, ADDED, version="1.6.0")
    result = run("changelog")
    assert result.output.startswith("## 1.6.0\n")
    assert "`info.version` is 1.6.0, which fits a minor change." in result.errors


def test_source_changes_say_in_which_language(shop: Path) -> None:
    released(shop)
    edit(shop, SCHEMA.replace("amount:", "by:"), version="1.4.0")
    output = run("changelog").output
    line = (
        "- The argument `counter.increment.by` was called `amount`. (Python, Swift)\n"
    )
    assert line in output


def test_the_changelog_goes_above_earlier_sections(shop: Path) -> None:
    released(shop)
    path = shop / "CHANGELOG.md"
    path.write_text("# Changelog\n\nOurs.\n\n## 1.4.0\n\n- Old.\n")
    edit(shop, ADDED, version="1.5.0")
    assert run("changelog", "--output", "CHANGELOG.md").status == 0
    text = path.read_text()
    assert text.startswith("# Changelog\n\nOurs.\n\n## 1.5.0\n\n### Added\n")
    assert text.endswith("was added.\n\n## 1.4.0\n\n- Old.\n")


def test_a_missing_changelog_is_started(shop: Path) -> None:
    released(shop)
    run("changelog", "--output", "CHANGELOG.md")
    text = (shop / "CHANGELOG.md").read_text()
    assert text == "# Changelog\n\n## 1.4.0\n\nNo change of the contract.\n"


def test_the_difference_is_grouped_by_actor(shop: Path) -> None:
    released(shop)
    edit(shop, RENAMED + "errors:\n  full: Full.\n", version="1.4.0")
    result = run("diff")
    assert result.status == 0
    assert result.output.splitlines() == [
        "shop 1.4.0 -> 1.4.0 (against rivetgen.lock)",
        "",
        "counter",
        "  - The action `counter.getCount` was removed. [wire]  actors.yaml:4:3",
        "  + The action `counter.readCount` was added.  actors.yaml:9:7",
        "",
        "types and errors",
        "  + The error `full` was added.  actors.yaml:13:3",
    ]


def test_a_difference_in_texts_is_told_from_none(shop: Path) -> None:
    released(shop)
    assert "Nothing changed." in run("diff").output
    described = "    description: It counts.\n    key: [name: string]"
    edit(shop, SCHEMA.replace("    key: [name: string]", described), version="1.4.0")
    assert "Only texts differ" in run("diff").output


def test_check_exits_with_3_when_the_lock_is_damaged(shop: Path) -> None:
    run("generate")
    (shop / "rivetgen.lock").write_text("{}")
    result = run("check")
    assert result.status == 3
    assert "Error: rivetgen.lock: The lock file cannot be used" in result.errors
