"""A project with a schema, in which the commands run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rivetgen_cli import project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project; it is the working directory too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return project(tmp_path)
