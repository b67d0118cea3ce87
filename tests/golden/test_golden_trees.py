"""What is generated from a schema, file by file.

`pytest tests/golden --update` rewrites the expected trees; the diff is the review.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rivetgen_cli import run

FOLDER = Path(__file__).parent
PROJECTS = sorted(path.parent.name for path in FOLDER.glob("*/actors.yaml"))
INPUTS = ("actors.yaml", "pyproject.toml", "rivetgen.lock")


def tree(folder: Path) -> dict[str, str]:
    """Return the text of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def generated(project: str, folder: Path) -> dict[str, str]:
    """Generate a project in an empty folder and return all its files."""
    inputs = [name for name in INPUTS if (FOLDER / project / name).exists()]
    for name in inputs:
        shutil.copy(FOLDER / project / name, folder / name)
    result = run("generate", "--project", str(folder))
    assert result.status == 0, result.errors
    for name in inputs:
        (folder / name).unlink()
    return tree(folder)


@pytest.mark.parametrize("project", PROJECTS)
def test_the_generated_tree_is_the_expected_one(
    project: str, tmp_path: Path, *, update: bool
) -> None:
    expected = FOLDER / project / "expected"
    actual = generated(project, tmp_path)
    if update:
        shutil.rmtree(expected, ignore_errors=True)
        for path, text in actual.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(text.encode())
    wanted = tree(expected)
    assert actual.keys() == wanted.keys()
    assert [path for path in actual if actual[path] != wanted[path]] == []


def test_every_golden_project_has_all_targets() -> None:
    for project in PROJECTS:
        settings = (FOLDER / project / "pyproject.toml").read_text()
        for target in ("python-server", "python-client", "spec"):
            assert f"[tool.rivetgen.{target}]" in settings
