"""The same schema gives the same bytes, wherever and however it is generated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden" / "everything"

ENVIRONMENTS = {
    "hash seed": {"PYTHONHASHSEED": "1"},
    "another hash seed": {"PYTHONHASHSEED": "4242"},
    "plain locale": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
    "optimised": {"PYTHONOPTIMIZE": "2"},
    "another user": {"USER": "somebody", "HOME": "/nonexistent"},
}


def tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every generated file."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in {"actors.yaml", "rivetgen.lock", "ruff.toml"}
    }


def generate(folder: Path, *, cwd: Path, environment: dict[str, str]) -> None:
    """Generate the golden project in a folder with a process of its own."""
    for name in ("actors.yaml", "pyproject.toml", "rivetgen.lock"):
        shutil.copy(GOLDEN / name, folder / name)
    command = [sys.executable, "-m", "rivetgen", "generate", "--project", str(folder)]
    subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    (folder / "pyproject.toml").unlink()


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_environment_changes_nothing(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    generate(tmp_path, cwd=tmp_path, environment=environment)
    assert tree(tmp_path) == tree(GOLDEN / "expected")


def test_the_working_directory_changes_nothing(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    # Settings of the formatter that must not reach what is generated.
    for folder in (project, elsewhere):
        (folder / "ruff.toml").write_text(
            'line-length = 40\nformat.quote-style = "single"\n'
        )
    generate(project, cwd=elsewhere, environment={})
    assert tree(project) == tree(GOLDEN / "expected")


def test_nothing_names_the_machine_or_the_time(tmp_path: Path) -> None:
    generate(tmp_path, cwd=tmp_path, environment={"USER": "somebody"})
    for path, content in tree(tmp_path).items():
        assert str(tmp_path).encode() not in content, path
        assert b"somebody" not in content, path
