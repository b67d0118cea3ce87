"""The chat example passes its own tests, run the way its users run them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workspace import ROOT


@pytest.mark.timeout(120)
def test_the_tests_of_the_example_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(
        command,
        cwd=ROOT / "examples" / "chat",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
