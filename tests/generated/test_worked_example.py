"""The worked example of the language can be generated, and its code is typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rivetgen_cli import run
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "worked" / "actors.yaml"
SETTINGS = """\
[tool.rivetgen.python-server]
package = "worked"
[tool.rivetgen.python-client]
output = "clients/python"
distribution = "worked-client"
package = "worked_client"
[tool.rivetgen.spec]
output = "specs"
"""


@pytest.mark.timeout(120)
def test_every_target_takes_it_and_mypy_accepts_the_code(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    generated = run("generate", "--project", str(tmp_path))
    assert generated.status == 0, generated.errors
    stub = (tmp_path / "src" / "worked" / "actors" / "order.py").read_text()
    assert "async def run(self, w: OrderWorkflow) -> None:" in stub
    paths = [str(tmp_path / part) for part in ("src", "clients/python")]
    packages = ("-p", "worked", "-p", "worked_client")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *packages],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
