"""The official React hooks in a real browser: a live counter on a page."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from official_client import FOLDER, NODE

if TYPE_CHECKING:
    from pathlib import Path

# A browser starts, on a machine that is busy.
pytestmark = [pytest.mark.node, pytest.mark.timeout(120)]

DRIVER = FOLDER / "react" / "drive.mjs"


def test_a_page_shows_a_live_counter(twin_endpoint: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.fail("Chromium is not installed: run .ci/run, which installs it")
    command = [str(NODE), str(DRIVER), twin_endpoint, "bare", browser, str(tmp_path)]

    finished = subprocess.run(command, capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout)
    assert answer.get("observed") == {
        "status": "connected",
        # This caller, and one connection that both views on the page share.
        "members": 2,
        "ofOthers": ["1", "1"],
        "own": "11",
        "afterReconnect": "12",
        "disabled": "idle",
        "enabled": "connected",
        "errors": [],
    }, answer
