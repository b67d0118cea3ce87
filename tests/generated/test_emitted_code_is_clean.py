"""Everything emitted passes the strictest tools of its users."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden"
EXAMPLE = ROOT / "examples" / "chat"
TREES = [*sorted(GOLDEN.glob("*/expected")), EXAMPLE]
# What a checker may take on a slow machine with an empty cache.
pytestmark = pytest.mark.timeout(300)


def roots() -> list[Path]:
    """Return the folders from which emitted packages are imported."""
    parts = ("src", "clients/python")
    return [tree / part for tree in TREES for part in parts]


def parts(tree: Path) -> list[str]:
    """Return the folders of a project that hold Python."""
    return [part for part in ("src", "clients", "tests") if (tree / part).is_dir()]


def packages() -> list[Path]:
    """Return the emitted packages."""
    return [
        folder
        for root in roots()
        for folder in sorted(root.iterdir())
        if (folder / "__init__.py").exists()
    ]


def tool(name: str, *arguments: str, folder: Path) -> str:
    """Run a tool installed beside Python and return what it finds."""
    program = f"{sysconfig.get_path('scripts')}/{name}"
    result = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if result.returncode == 0 else result.stdout + result.stderr


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.parent.name)
def test_ruff_finds_nothing_with_its_default_rules(tree: Path) -> None:
    options = ("--isolated", "--no-cache", "--output-format=concise")
    assert tool("ruff", "check", *options, *parts(tree), folder=tree) == ""


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.parent.name)
def test_ruff_has_nothing_to_format(tree: Path) -> None:
    options = ("--isolated", "--no-cache", "--check")
    assert tool("ruff", "format", *options, *parts(tree), folder=tree) == ""


def test_mypy_strict_finds_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "mypy.ini"
    paths = ":".join(map(str, roots()))
    settings.write_text(f"[mypy]\nstrict = true\nmypy_path = {paths}\n")
    names = [part for package in packages() for part in ("-p", package.name)]
    assert tool("mypy", "--config-file=mypy.ini", *names, folder=tmp_path) == ""


def test_pyright_strict_finds_nothing(tmp_path: Path) -> None:
    up = "../" * (len(tmp_path.parts) - 1)
    checked = [*packages(), *(tree / "tests" for tree in TREES)]
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        # pyright takes only relative paths.
        "include": [f"{up}{str(path).removeprefix('/')}" for path in checked],
        "extraPaths": [str(root) for root in roots()],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    options = ("--project", str(tmp_path), "--pythonpath", sys.executable)
    assert tool("pyright", *options, folder=tmp_path) == ""


def test_generated_files_of_the_example_are_current() -> None:
    assert tool("rivetgen", "check", "--full", folder=EXAMPLE) == ""
