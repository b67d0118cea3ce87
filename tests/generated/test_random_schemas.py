"""Random schemas full of awkward names give code that imports and validates."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from random_schemas import RandomSchema
from rivetgen_cli import project, run
from rivetgen_schema import load_text

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = 40
TYPED_SEED = 26

# Imports every module of every project and builds every validator in it.
PROBE = """\
import importlib, pathlib, sys
import pydantic

for folder in sorted(pathlib.Path().iterdir()):
    sys.path[:2] = [str(folder / "src"), str(folder / "clients/python")]
    for name in list(sys.modules):
        if name.partition(".")[0] in ("shop", "shop_client"):
            del sys.modules[name]
    packages = (folder / "src", "shop"), (folder / "clients/python", "shop_client")
    for base, package in packages:
        for path in sorted((base / package).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            if parts[-1] == "__main__":
                continue
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            for value in list(vars(module).values()):
                if isinstance(value, type) and issubclass(value, pydantic.BaseModel):
                    value.model_rebuild()
                for argument in getattr(value, "arguments", ()):
                    argument.adapter.validate_python
                if getattr(value, "returns", None) is not None:
                    value._result.validate_python
            for name in getattr(module, "__all__", ()):
                getattr(module, name)
"""


def tool(name: str, *arguments: str, folder: Path) -> str:
    """Run a tool installed beside Python and return what it finds."""
    program = f"{sysconfig.get_path('scripts')}/{name}"
    result = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if result.returncode == 0 else result.stdout + result.stderr


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one generated project per seed that is a valid schema."""
    folder = tmp_path_factory.mktemp("random")
    for seed in range(SEEDS):
        text = RandomSchema(seed).text()
        if load_text(text).schema is None:
            continue
        (folder / str(seed)).mkdir()
        result = run(
            "generate", "--project", str(project(folder / str(seed), schema=text))
        )
        # Some names only meet in what is emitted: that is a finding, not a defect.
        assert result.status in {0, 3}, (seed, result.errors)
        if result.status == 3:
            assert "error[RG001]" in result.errors or "error[RG002]" in result.errors
    return folder


@pytest.mark.timeout(120)
def test_everything_imports_and_every_validator_builds(trees: Path) -> None:
    generated = [tree for tree in trees.iterdir() if (tree / "src").exists()]
    assert len(generated) > SEEDS * 3 // 4
    command = [sys.executable, "-W", "error", "-c", PROBE]
    result = subprocess.run(
        command, cwd=trees, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2_000:]


@pytest.mark.timeout(120)
def test_linters_find_nothing_in_any_of_them(trees: Path) -> None:
    options = ("--isolated", "--no-cache", "--output-format=concise")
    for tree in trees.iterdir():
        assert tool("ruff", "check", *options, ".", folder=tree) == "", tree.name


@pytest.mark.timeout(300)
def test_type_checkers_find_nothing_in_one_of_them(trees: Path) -> None:
    tree = trees / str(TYPED_SEED)
    (tree / "mypy.ini").write_text(
        "[mypy]\nstrict = true\nmypy_path = src:clients/python\n"
    )
    names = ("-p", "shop", "-p", "shop_client")
    assert tool("mypy", "--config-file=mypy.ini", *names, folder=tree) == ""
    (tree / "pyrightconfig.json").write_text(
        '{"typeCheckingMode": "strict", "include": ["src", "clients/python"],'
        ' "pythonVersion": "3.11", "extraPaths": ["src", "clients/python"]}'
    )
    options = ("--project", ".", "--pythonpath", sys.executable)
    assert tool("pyright", *options, folder=tree) == ""
