"""`rivetgen init` starts a project that works at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rivetgen.errors import SettingsError
from rivetgen.starting import project_name
from rivetgen_cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(120)
def test_init_then_generate_then_pytest(tmp_path: Path) -> None:
    folder = tmp_path / "My Shop"
    started = run("init", str(folder))
    assert started.status == 0
    steps = started.output.partition("Next:")[2].split("\n  ")[1:]
    assert [step.strip() for step in steps][1:] == [
        "rivetgen generate",
        "pip install -e . -e clients/python --group test",
        "pytest",
        "python -m my_shop",
    ]
    assert run("generate", "--project", str(folder)).status == 0
    assert run("check", "--full", "--project", str(folder)).status == 0
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_first_schema_has_no_finding(tmp_path: Path) -> None:
    run("init", str(tmp_path / "shop"))
    generated = run("generate", "--project", str(tmp_path / "shop"))
    assert generated.errors == ""


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    refused = run("init", str(tmp_path), "--name", "shop")
    assert refused.status == 2
    assert "README.md exists already" in refused.errors
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My Chat", "my-chat"), ("chat_room2", "chat-room2"), ("ÄChat!", "chat")],
)
def test_the_name_comes_from_the_folder(folder: str, name: str) -> None:
    assert project_name(folder) == name


@pytest.mark.parametrize("folder", ["", "42", "class", "寸法", "-"])
def test_a_folder_without_a_usable_name_needs_one(folder: str) -> None:
    with pytest.raises(SettingsError, match="use --name"):
        project_name(folder)


@pytest.mark.parametrize("name", ["My Shop", "shop/../x", "9shop", "", "a--b", "class"])
def test_a_name_that_is_no_package_is_refused(tmp_path: Path, name: str) -> None:
    refused = run("init", str(tmp_path / "new"), "--name", name)
    assert refused.status == 2
    assert not (tmp_path / "new").exists()
