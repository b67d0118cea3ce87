"""What `nox -s fuzz` does 50,000 times, on fewer files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the session's program, in processes of its own to measure their memory."""
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_mutated_files_end_as_findings_in_little_time_and_memory() -> None:
    finished = fuzz("--count", "1500")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "\n0 problems" in finished.stdout


def test_one_command_repeats_a_trial() -> None:
    first, second = fuzz("--seed", "17"), fuzz("--seed", "17")
    assert first.returncode == 0, first.stderr
    assert "slowest" in first.stdout
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]
