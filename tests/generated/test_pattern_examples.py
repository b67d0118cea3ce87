"""The design patterns: generated, type-checked and run by their own tests."""

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

PATTERNS = ROOT / "examples" / "patterns"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with what is generated for it."""
    folder = tmp_path_factory.mktemp("patterns") / "project"
    written_by_machine = shutil.ignore_patterns("_generated", ".rivetgen", "clients")
    shutil.copytree(PATTERNS, folder, ignore=written_by_machine)
    run(folder, "rivetgen", "generate")
    return folder


def run(folder: Path, module: str, *arguments: str) -> None:
    paths = os.pathsep.join(str(folder / part) for part in ("src", "clients/python"))
    finished = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "MYPYPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_patterns_pass_their_own_tests(project: Path) -> None:
    run(project, "pytest", "-q")


@pytest.mark.timeout(120)
def test_the_patterns_are_typed(project: Path) -> None:
    bases = "--explicit-package-bases"
    run(project, "mypy", "--strict", bases, "--config-file=", "src/patterns", "tests")
