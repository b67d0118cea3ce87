"""`rivetgen fmt`: writing, checking, showing, standard input."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from rivetgen_cli import SCHEMA, run

if TYPE_CHECKING:
    from pathlib import Path

MESSY = SCHEMA.replace("    key:", "    # how it is found\n    key:  ").replace(
    "\nactors:", "\n\n\n\nactors:   "
)


def test_a_file_is_formatted_once_and_then_stays(shop: Path) -> None:
    path = shop / "actors.yaml"
    path.write_text(MESSY)
    first = run("fmt")
    assert (first.status, first.output) == (0, "formatted actors.yaml\n")
    formatted = path.read_text()
    assert "    # how it is found\n" in formatted
    assert "\n\n\n" not in formatted
    assert run("fmt").output == ""
    assert path.read_text() == formatted


def test_check_writes_nothing_and_exits_with_1(shop: Path) -> None:
    path = shop / "actors.yaml"
    path.write_text(MESSY)
    result = run("fmt", "--check")
    assert (result.status, result.output) == (1, "actors.yaml would change\n")
    assert path.read_text() == MESSY


def test_diff_shows_the_lines_and_writes_nothing(shop: Path) -> None:
    path = shop / "actors.yaml"
    path.write_text(MESSY)
    result = run("fmt", "--diff")
    assert result.status == 1
    assert "-actors:   \n+actors:\n" in result.output
    assert path.read_text() == MESSY


def test_imported_files_are_formatted_too(shop: Path) -> None:
    (shop / "actors.yaml").write_text(SCHEMA + "imports: [types.yaml]\n")
    (shop / "types.yaml").write_text("types:\n      Id: uuid\n")
    assert "formatted types.yaml" in run("fmt").output
    assert (shop / "types.yaml").read_text() == "types:\n  Id: uuid\n"


def test_a_file_that_is_no_yaml_stays_and_exits_with_3(shop: Path) -> None:
    path = shop / "actors.yaml"
    path.write_text("a: [\n")
    result = run("fmt")
    assert result.status == 3
    assert "error[RG100]" in result.errors
    assert path.read_text() == "a: [\n"


def test_a_schema_with_mistakes_can_still_be_formatted(shop: Path) -> None:
    (shop / "actors.yaml").write_text(MESSY.replace("int", "integer"))
    assert run("fmt").status == 0


def test_the_mode_of_a_file_stays(shop: Path) -> None:
    path = shop / "actors.yaml"
    path.write_text(MESSY)
    path.chmod(0o600)
    run("fmt")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_file_is_wrong_usage(shop: Path) -> None:
    result = run("fmt", "nothing.yaml")
    assert result.status == 2
    assert "nothing.yaml cannot be read" in result.errors
    assert shop.exists()


def test_standard_input_goes_to_standard_output() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rivetgen", "fmt", "-"],
        input="a:\n      b: 1\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "a:\n  b: 1\n"
