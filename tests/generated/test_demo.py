"""The demo that the README begins with."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DEMO_TIMEOUT_S = 60


@pytest.mark.timeout(DEMO_TIMEOUT_S)
def test_the_demo_loses_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "chat" / "demo")],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=DEMO_TIMEOUT_S,
        check=False,
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stdout.endswith("Nothing was lost.\n")
    assert not list(tmp_path.iterdir())
