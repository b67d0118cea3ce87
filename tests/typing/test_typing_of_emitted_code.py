"""Type checkers know what generated code means: right calls pass, wrong ones fail."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = ["right_calls.py", "wrong_calls.py"]
PATHS = [
    ROOT / tree / part
    for tree in ("examples/chat", "tests/golden/everything/expected")
    for part in ("src", "clients/python")
]
pytestmark = pytest.mark.timeout(300)


def findings(command: list[str], folder: Path) -> str:
    """Return what a checker says when it is not content."""
    program = f"{sysconfig.get_path('scripts')}/{command[0]}"
    result = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if result.returncode == 0 else result.stdout + result.stderr


def test_mypy_accepts_the_right_calls_and_refuses_the_wrong_ones(
    tmp_path: Path,
) -> None:
    paths = ":".join(map(str, PATHS))
    settings = f"[mypy]\nstrict = true\nmypy_path = {paths}\n"
    (tmp_path / "mypy.ini").write_text(settings)
    files = [str(HERE / name) for name in FILES]
    assert findings(["mypy", "--config-file=mypy.ini", *files], tmp_path) == ""


def test_pyright_accepts_the_right_calls_and_refuses_the_wrong_ones(
    tmp_path: Path,
) -> None:
    up = "../" * (len(tmp_path.parts) - 1)
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "include": [f"{up}{str(HERE / name).removeprefix('/')}" for name in FILES],
        "extraPaths": [str(path) for path in PATHS],
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": "error",
        "reportUnusedExpression": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    options = ["--project", str(tmp_path), "--pythonpath", sys.executable]
    assert findings(["pyright", *options], tmp_path) == ""


def test_every_wrong_line_is_marked_for_both_checkers() -> None:
    lines = (HERE / "wrong_calls.py").read_text().splitlines()
    marked = [line for line in lines if "ignore" in line]
    assert len(marked) >= 25
    assert all("# type: ignore[" in line for line in marked)
    assert all("# pyright: ignore" in line for line in marked)
